"""Both sides of an order, and admins, see it change while they look at it (docs/api.md, Socket.IO: `watch`,
`order`).
"""

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.changes import WRITE, Change
from gigflow.core.db import Db
from gigflow.core.errors import NotFound
from gigflow.orders import actions, store
from gigflow.orders.models import Order
from gigflow.web.realtime import Realtime, Watchable


def register(realtime: Realtime, db: Db) -> None:
    """Let sockets watch an order that their person may know of, and tell the watchers when it changes."""

    def room_of(viewer: Viewer | None, order_id: ObjectId) -> str | None:
        return _room(actions.order_for(db, viewer, order_id).id) if viewer else None

    def news_of(viewer: Viewer | None, order_id: ObjectId) -> dict[str, str] | None:
        try:
            return _news(actions.order_for(db, viewer, order_id)) if viewer else None
        except NotFound:
            return None

    def written(change: Change) -> None:
        order_id = change["documentKey"]["_id"]
        order = store.get_order(db, order_id) if realtime.is_anybody_in(_room(order_id)) else None
        if order:
            realtime.emit("order", _news(order), _room(order_id))

    realtime.on_watch("order", Watchable(room_of, news_of))
    realtime.changes.watch(store.ORDERS, WRITE, written)


def _news(order: Order) -> dict[str, str]:
    return {"id": str(order.id), "status": order.status, "stamp": str(order.version)}


def _room(order_id: object) -> str:
    return f"order:{order_id}"
