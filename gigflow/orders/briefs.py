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


def change_brief(
    db: Db,
    viewer: Viewer,
    order_id: ObjectId,
    given: GivenBrief,
    now: datetime,
    *,
    version: int | None = None,
    only: bool = False,
) -> Order:
    """Change what the client of an unpaid order needs. What was not `given` stays; the rest is replaced, and files that
    the brief no longer has go.

    Raises NotFound, Forbidden, Conflict as `order_to_brief`, also if a file is gone, or if it would be another brief
    and the order is not of the `version` that was read. Raises Invalid as `brief_of`.
    """
    order = order_to_brief(db, viewer, order_id)
    while may_change(order):
        before = order.terms.brief or NOTHING
        brief = brief_of(order.terms.questions, given.over(before), only=only)
        if brief == before:
            return order
        if version not in (None, order.version):
            raise Conflict(
                "What you need was saved in another window since you opened this."
                " Send this again to replace that with what you have here.",
                code="version_changed",
            )
        if changed := _change(db, viewer, order, brief, now):
            return changed
        order = order_with_brief(db, viewer, order.id)
    raise _is_agreed(order)


def _change(db: Db, viewer: Viewer, order: Order, brief: Brief, now: datetime) -> Order | None:
    """Replace the brief of an order that is as it was read; returns None if it is not."""
    old = order.terms.brief or NOTHING

    def work(tx: Tx) -> Order | None:
        if not store.put_brief(tx, order.id, brief, order.version):
            return None
        accounts.act(tx, viewer)
        files.replace(tx, viewer, old.file_ids, brief.file_ids, Subject("order", order.id), now)
        return store.renew_digest(tx, order.id)

    return db.transact(work)


def _is_agreed(order: Order) -> Conflict:
    said = "is paid" if order.paid_at else "is paid or over"
    text = f"This order {said}, so what you need is agreed. Write to the freelancer about anything else."
    return Conflict(text, code="brief_agreed")
