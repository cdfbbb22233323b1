"""How reviews are put together with the rest."""

from gigflow.proof import reviews
from gigflow.proof.snapshot import Reading
from gigflow.proof.whole import whole_orders
from gigflow.reviews import actions, api, pages
from gigflow.wiring import Wiring

WIRING = Wiring(
    blueprints=(pages.pages, api.api),
    due=(actions.reveal_due,),
    proof=(Reading(whole_orders, reviews.CHECKS),),
)
