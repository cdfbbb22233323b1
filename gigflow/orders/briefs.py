"""The brief of an order: what its client needs. It may be changed until they pay, and then it is agreed."""

from datetime import datetime

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Viewer
from gigflow.core.briefs import Brief, GivenBrief, brief_of
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict
from gigflow.files import actions as files
from gigflow.files.models import Subject
from gigflow.orders import store
from gigflow.orders.actions import order_of_side
from gigflow.orders.models import Order

NOTHING = Brief()
NOT_GIVEN = GivenBrief()


def order_with_brief(db: Db, viewer: Viewer, order_id: ObjectId) -> Order:
    """Return an order of the viewer's that has a brief, whether or not it can still be changed. Raises NotFound,
    Forbidden, and Conflict if it came through a door where nobody is asked for one.
    """
    order, _ = order_of_side(db, viewer, order_id, "client")
    if order.source.type != "service":
        raise Conflict("Only the order of a service has a brief.", code="no_brief")
    return order


def may_change(order: Order) -> bool:
    """Return whether the client of an order that has a brief may still change it: until they pay."""
    return order.status == "pending_payment"


def order_to_brief(db: Db, viewer: Viewer, order_id: ObjectId) -> Order:
    """Return an order of the viewer's whose brief they may change. Raises NotFound, Forbidden, and Conflict as
    `order_with_brief`, and if it is paid or over.
    """
    order = order_with_brief(db, viewer, order_id)
    if not may_change(order):
        raise _is_agreed(order)
    return order


def change_brief(db: Db, viewer: Viewer, order_id: ObjectId, given: GivenBrief, now: datetime) -> Order:
    """Change what the client of an unpaid order needs: it is replaced whole, and files that it no longer has go.

    Raises NotFound, Forbidden, Conflict as `order_to_brief`, also if a file is gone, and Invalid at
    `answers.<id of the question>`.
    """
    order = order_to_brief(db, viewer, order_id)
    brief = brief_of(order.terms.questions, given)
    if brief == (order.terms.brief or NOTHING):
        return order

    def work(tx: Tx) -> Order:
        before = store.put_brief(tx, order.id, brief)
        if before is None:
            raise _is_agreed(order)
        accounts.act(tx, viewer)
        old = before.terms.brief or NOTHING
        files.replace(tx, viewer, old.file_ids, brief.file_ids, Subject("order", order.id), now)
        return store.renew_digest(tx, order.id)

    return db.transact(work)


def _is_agreed(order: Order) -> Conflict:
    said = "is paid" if order.paid_at else "is paid or over"
    text = f"This order {said}, so what you need is agreed. Write to the freelancer about anything else."
    return Conflict(text, code="brief_agreed")
