"""How services are put together with the rest."""

from gigflow.accounts.hooks import leaving
from gigflow.accounts.parts import ends_many
from gigflow.notifications.hooks import EVENTS
from gigflow.orders.hooks import ended_unpaid, finished
from gigflow.proof import services as proven_services
from gigflow.proof.snapshot import Reading
from gigflow.services import (
    actions,
    api,
    buying,
    buying_pages,
    drafts,
    events,
    hooks,
    moderation_api,
    moderation_pages,
    pages,
)
from gigflow.turn.hooks import waits
from gigflow.wiring import Wiring

WIRING = Wiring(
    hooks=(hooks.service_archived,),
    takes=(
        *EVENTS.by(events),
        *waits.by(drafts.drafts_that_wait),
        *leaving.by(
            ends_many("services paused", "service", actions.services_left, actions.end_services_of),
        ),
        *ended_unpaid.by("service", buying.uncount_order),
        *finished.by("service", buying.keep_service),
    ),
    blueprints=(pages.pages, api.api, moderation_pages.pages, moderation_api.api, buying_pages.pages),
    writers=("/services", "/api/admin"),
    proof=(Reading(proven_services.whole_services, proven_services.CHECKS),),
)
