"""Both sides of an order, and admins, see it change while they look at it (docs/api.md, Socket.IO: `watch`,
`order`).
"""

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db
from gigflow.orders import actions, store
from gigflow.web.watches import Standing, Watchable


def _circle_of(db: Db, viewer: Viewer | None, order_id: ObjectId) -> str | None:
    return "inner" if viewer and actions.order_for(db, viewer, order_id) else None


def _standing_of(db: Db, order_id: ObjectId, circle: str | None) -> Standing | None:
    order = store.get_order(db, order_id) if circle else None
    return Standing(order.status, str(order.version)) if order else None


WATCHED = Watchable("order", store.ORDERS, ("inner",), _circle_of, _standing_of)
