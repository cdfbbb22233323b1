"""What an order knows of its reviews (docs/domain.md, Reviews): which side has written one. Reviews are built on
orders.
"""

from datetime import datetime

from gigflow.core.db import Tx
from gigflow.core.errors import Conflict
from gigflow.orders import store
from gigflow.orders.actions import wrong_state
from gigflow.orders.models import Order, Side


def note_review(tx: Tx, order: Order, side: Side, now: datetime) -> Order:
    """Write into a completed order that one of its sides has reviewed it, in the review's transaction: so if both do it
    at once, the second sees the first. Raises Conflict if it is not completed, or if this side has done so already.
    """
    noted = store.note_review(tx, order.id, side, now)
    if noted is None:
        fresh = store.get_order(tx, order.id)
        assert fresh is not None
        if fresh.status != "completed":
            raise wrong_state(fresh)
        raise Conflict("You have already reviewed this order.", code="already_reviewed")
    return noted
