"""The work of an order: handed in, sent back for changes, accepted (docs/states.md)."""

from datetime import datetime

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict
from gigflow.core.ids import new_id
from gigflow.files import actions as files
from gigflow.files.models import Subject
from gigflow.orders import store
from gigflow.orders.actions import finish, move, order_of_side, reminder, wrong_state
from gigflow.orders.events import CHANGES_ASKED, ORDER_COMPLETED, ORDER_DELIVERED
from gigflow.orders.models import ACCEPT_WITHIN, ORDER, REVISE_WITHIN, Delivery, Order
from gigflow.orders.telling import tell_side

_DELIVERED = "{actor} delivered {title}. Accept it or request changes."
_DELIVERED_LAST = "{actor} delivered {title}. No changes are left to request: accept it, or open a dispute."

_NO_CHANGES = "All the agreed revisions have been used. Accept the delivery, or open a dispute."
_NO_REVISIONS = "No revisions were agreed for this order. Accept the delivery, or open a dispute."


def deliveries_of(db: Db, order: Order) -> list[Delivery]:
    """Return what was handed in, the oldest first."""
    return store.find_deliveries(db, order.id)


def check_may_deliver(db: Db, viewer: Viewer, order_id: ObjectId) -> None:
    """Refuse a delivery before its files are read if it would be refused afterwards. Raises as `deliver` does."""
    order, _ = order_of_side(db, viewer, order_id, "freelancer")
    if order.status not in ORDER["deliver"].sources:
        raise wrong_state(order)


def deliver(
    db: Db, viewer: Viewer, order_id: ObjectId, message: str, file_ids: list[ObjectId], now: datetime
) -> Order:
    """Hand the work in: a message and files that were sent before. Raises NotFound, Forbidden, Conflict."""
    order, _ = order_of_side(db, viewer, order_id, "freelancer")
    accept_by = now + ACCEPT_WITHIN[order.source.type]
    delivery = Delivery(id=new_id(), order_id=order.id, message=message, file_ids=file_ids, created_at=now)

    def work(tx: Tx) -> Order:
        changes = {"accept_by": accept_by, "remind_at": reminder(order, accept_by, now)}
        data = {"files": len(file_ids)}
        delivered = move(tx, order, ORDER["deliver"], "freelancer", now, changes, data=data)
        store.insert_delivery(tx, delivery)
        files.adopt(tx, viewer, file_ids, Subject("order", order.id), now)
        text = _DELIVERED if delivered.revisions_left else _DELIVERED_LAST
        tell_side(tx, ORDER_DELIVERED, delivered, "client", text, now, actor=viewer, words=message)
        return delivered

    return db.transact(work)


def check_may_ask_for_changes(db: Db, viewer: Viewer, order_id: ObjectId) -> Order:
    """Return the order if revisions are left for what was delivered. Raises NotFound, Forbidden, Conflict."""
    order, _ = order_of_side(db, viewer, order_id, "client")
    if order.status == "delivered" and not order.revisions_left:
        said = _NO_CHANGES if order.terms.revisions else _NO_REVISIONS
        raise Conflict(said, code="no_revisions_left")
    return order


def ask_for_changes(db: Db, viewer: Viewer, order_id: ObjectId, message: str, now: datetime) -> Order:
    """Send a delivery back with the changes that are wanted, while revisions are left. Raises NotFound, Forbidden,
    Conflict.
    """
    order = check_may_ask_for_changes(db, viewer, order_id)
    due_at = max(order.due_at or now, now + REVISE_WITHIN)

    def work(tx: Tx) -> Order:
        changes = {
            "inc:revisions_used": 1,
            "due_at": due_at,
            "accept_by": None,
            "remind_at": reminder(order, due_at, now),
        }
        unused = {"revisions_used": order.revisions_used}
        data = {"message": message}
        revised = move(tx, order, ORDER["revise"], "client", now, changes, data=data, condition=unused)
        text = "{actor} requested changes to {title}."
        tell_side(tx, CHANGES_ASKED, revised, "freelancer", text, now, actor=viewer, words=message)
        return revised

    return db.transact(work)


def accept(db: Db, viewer: Viewer, order_id: ObjectId, now: datetime) -> Order:
    """Accept the delivery: the money goes to the freelancer. Raises NotFound, Forbidden, Conflict."""
    order, _ = order_of_side(db, viewer, order_id, "client")

    def work(tx: Tx) -> Order:
        done = finish(tx, order, ORDER["accept"], "client", order.price_minor, now)
        text = "{actor} accepted {title}. The money is in your balance."
        tell_side(tx, ORDER_COMPLETED, done, "freelancer", text, now, actor=viewer)
        return done

    return db.transact(work)
