"""Both sides of an order, and admins, see it change while they look at it (API.md, Socket.IO: `watch`, `order`)."""

from typing import Any

from flask_socketio import emit

from gigflow.accounts.models import Viewer
from gigflow.core.changes import WRITE, Change
from gigflow.core.db import Db, object_id
from gigflow.core.errors import NotFound
from gigflow.orders import actions, store
from gigflow.orders.models import Order
from gigflow.web.realtime import Realtime, join


def register(realtime: Realtime, db: Db) -> None:
    """Let sockets watch an order that their person may know of, and tell the watchers when it changes."""

    def watch(viewer: Viewer | None, data: dict[str, Any]) -> None:
        order_id = object_id(str(data.get("order", "")))
        if viewer is None:
            return
        try:
            actions.order_for(db, viewer, order_id)
        except NotFound:
            return
        # The room first, the state after: a page may be older than its watching, and sees by the stamp that it is.
        if not join(_room(order_id)):
            return
        emit("order", _news(actions.order_for(db, viewer, order_id)))

    def written(change: Change) -> None:
        order_id = change["documentKey"]["_id"]
        order = store.get_order(db, order_id) if realtime.is_anybody_in(_room(order_id)) else None
        if order:
            realtime.emit("order", _news(order), _room(order_id))

    realtime.on_event("watch", watch)
    realtime.changes.watch(store.ORDERS, WRITE, written)


def _news(order: Order) -> dict[str, str]:
    return {"id": str(order.id), "status": order.status, "stamp": str(order.version)}


def _room(order_id: object) -> str:
    return f"order:{order_id}"
