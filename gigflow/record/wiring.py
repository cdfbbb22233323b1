"""How the record is put together with the rest."""

from gigflow.proof import record
from gigflow.proof.snapshot import Reading, itself
from gigflow.proof.whole import whole_orders
from gigflow.wiring import Wiring

WIRING = Wiring(proof=(Reading(whole_orders, record.CHECKS_OF_ORDERS), Reading(itself, record.CHECKS)))
