"""How reviews are put together with the rest."""

from gigflow.notifications.hooks import EVENTS
from gigflow.proof import reviews
from gigflow.proof.snapshot import Reading
from gigflow.proof.whole import whole_orders
from gigflow.reports.hooks import reportable
from gigflow.reviews import actions, api, events, pages, reporting, waiting
from gigflow.turn.hooks import waits
from gigflow.wiring import Wiring

WIRING = Wiring(
    takes=(
        *EVENTS.by(events),
        *waits.by(waiting.reviews_that_wait),
        *reportable.by("review", reporting.copy_of),
    ),
    blueprints=(pages.pages, api.api),
    due=(actions.reveal_due,),
    proof=(Reading(whole_orders, reviews.CHECKS),),
)
