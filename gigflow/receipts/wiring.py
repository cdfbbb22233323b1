"""How receipts are put together with the rest."""

from gigflow.proof import receipts
from gigflow.proof.snapshot import Reading, itself
from gigflow.proof.whole import whole_orders
from gigflow.receipts import api, numbering, pages
from gigflow.wiring import Wiring

WIRING = Wiring(
    blueprints=(pages.pages, api.api),
    due=(numbering.give_numbers,),
    proof=(
        Reading(whole_orders, receipts.CHECKS_OF_ORDERS),
        Reading(itself, receipts.CHECKS),
    ),
)
