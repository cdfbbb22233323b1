"""How gigs, jobs and services, are put together with the rest."""

from gigflow.accounts.hooks import copying, leaving
from gigflow.accounts.parts import ends_each, ends_many
from gigflow.gigs import (
    actions,
    api,
    buying,
    buying_pages,
    events,
    hooks,
    moderation_api,
    moderation_pages,
    pages,
    service_api,
    service_pages,
    services,
    sockets,
    wording,
)
from gigflow.gigs.forms import SearchApiForm, SearchPageForm
from gigflow.gigs.store import GIGS
from gigflow.notifications.hooks import EVENTS
from gigflow.orders.hooks import ended_unpaid, finished
from gigflow.proof import finding
from gigflow.proof import services as proven_services
from gigflow.proof.snapshot import Reading, itself
from gigflow.web.cache import NO_PARAMETERS
from gigflow.web.forms import parameters_of
from gigflow.wiring import Wiring

WIRING = Wiring(
    hooks=(hooks.job_closed,),
    takes=(
        *EVENTS.by(events),
        *leaving.by(
            ends_each("open jobs closed", "job", actions.open_jobs_left, actions.close_job_of),
            ends_many("services paused", "service", services.services_left, services.end_services_of),
        ),
        *copying.by(ends_many("", "gig", actions.old_copies, actions.copy_owner)),
        *ended_unpaid.by("service", buying.uncount_order),
        *finished.by("service", buying.keep_service),
    ),
    blueprints=(
        pages.pages,
        api.api,
        service_pages.pages,
        service_api.api,
        moderation_pages.pages,
        moderation_api.api,
        buying_pages.pages,
    ),
    sockets=sockets.register,
    due=(wording.forget_unused_words,),
    lists={
        "/api/gigs": parameters_of(SearchApiForm) | {"search", "title", "limit", "cursor"},
        "/api/gigs/search": parameters_of(SearchApiForm) | {"facets", "limit", "cursor"},
        "/api/categories": NO_PARAMETERS,
        "/jobs": parameters_of(SearchPageForm) | {"cursor", "pages"},
        "/services": parameters_of(SearchPageForm) | {"cursor", "pages"},
        "/categories": NO_PARAMETERS,
        "/categories/": NO_PARAMETERS,  # what is no category is answered by 404 and never kept
    },
    listed=(GIGS,),
    writers=("/gigs", "/services", "/api/gigs", "/api/admin"),
    proof=(
        Reading(proven_services.whole_services, proven_services.CHECKS),
        Reading(itself, finding.CHECKS),
    ),
)
