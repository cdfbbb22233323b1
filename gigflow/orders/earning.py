"""What orders brought those who did their work: for lists of money, which know an order by its id alone."""

from collections.abc import Iterable

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db
from gigflow.orders import store


def titles_of(db: Db, viewer: Viewer, order_ids: Iterable[ObjectId]) -> dict[ObjectId, str]:
    """What these orders are called, as far as the viewer did their work."""
    found = store.find_orders(db, list(order_ids))
    return {order.id: order.terms.title for order in found if order.freelancer_id == viewer.user_id}
