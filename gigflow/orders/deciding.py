"""What admins decide about paid orders: how much of the held money the freelancer gets (docs/domain.md, Dispute)."""

from collections.abc import Collection
from datetime import datetime

from bson import ObjectId

from gigflow.accounts.admins import check_admin, name_of_admin, note_act, when_of
from gigflow.accounts.models import Admin, Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden, Invalid, NotFound
from gigflow.core.paging import Page, PageRequest
from gigflow.orders import listing, store
from gigflow.orders.actions import finish, statuses_of, wrong_state
from gigflow.orders.dispute_models import Dispute
from gigflow.orders.events import ORDER_DECIDED
from gigflow.orders.models import ORDER, PAID, Order
from gigflow.orders.splits import MORE_THAN_HELD
from gigflow.orders.telling import tell_both
from gigflow.record import actions as record
from gigflow.record.models import Subject

DECIDED = "order_decided"  # in the record


def order_of_others(db: Db, admin: Admin, order_id: ObjectId) -> Order:
    """Return somebody else's order, for admins. Raises Forbidden, NotFound."""
    check_admin(admin)
    order = store.get_order(db, order_id)
    if order is None:
        raise NotFound("There is no such order.", code="order_not_found")
    if order.side_of(admin.user_id):
        raise Forbidden("This order is your own. Another admin has to decide about it.", code="own_order")
    return order


def order_to_decide(db: Db, admin: Admin, order_id: ObjectId) -> Order:
    """Return somebody else's paid order that has not ended, for admins. Raises Forbidden, NotFound, Conflict."""
    order = order_of_others(db, admin, order_id)
    if order.status not in PAID:
        raise _refusal(db, admin, order, None)
    return order


def decide(
    db: Db,
    admin: Admin,
    order_id: ObjectId,
    released_minor: int | None,
    note: str,
    now: datetime,
    *,
    version: int | None = None,
) -> Order:
    """Decide about a paid order: the freelancer gets `released_minor` (gross; None: everything that is held), the rest
    goes back to the client.

    Raises NotFound, Forbidden, Invalid, and Conflict if it is not the `version` that was seen, or has ended. The
    Conflict says who decided what before, if somebody did.
    """
    order = order_of_others(db, admin, order_id)
    if order.status not in PAID or version not in (None, order.version):
        raise _refusal(db, admin, order, version)
    if released_minor is not None and released_minor > order.held_minor:
        raise Invalid({"amount": [MORE_THAN_HELD]})
    released = order.held_minor if released_minor is None else released_minor
    try:
        return db.transact(lambda tx: _end(tx, admin, order, released, note, version, now))
    except Conflict:
        fresh = store.get_order(db, order.id)
        assert fresh is not None
        raise _refusal(db, admin, fresh, version) from None


def all_orders(db: Db, viewer: Viewer, states: Collection[str], page: PageRequest) -> Page[Order]:
    """Return everybody's orders in these of `STATES`, for admins. Raises Forbidden."""
    check_admin(viewer)
    return listing.find_all_orders(db, statuses_of(states), page)


def dispute_for(db: Db, viewer: Viewer, dispute_id: ObjectId) -> Dispute:
    """Return a dispute, for admins. Raises Forbidden, NotFound."""
    check_admin(viewer)
    found = store.get_dispute_by_id(db, dispute_id)
    if found is None:
        raise NotFound("There is no such dispute.", code="dispute_not_found")
    return found


def open_disputes(db: Db, viewer: Viewer, page: PageRequest) -> Page[Dispute]:
    """Return the disputes that wait for an end, for admins; the oldest comes first. Raises Forbidden."""
    check_admin(viewer)
    return store.find_open_disputes(db, page)


def _end(
    tx: Tx, admin: Admin, order: Order, released: int, note: str, version: int | None, now: datetime
) -> Order:
    """End an order as an admin decides: the dispute is closed, the act is in the record, both sides are told."""
    closing = {"status": "decided", "released_minor": released, "note": note, "decided_by": admin.user_id}
    store.close_dispute(tx, order.id, closing, now)
    transition = ORDER["decide" if released else "decide_nothing"]
    seen = {} if version is None else {"version": version}
    ended = finish(tx, order, transition, "admin", released, now, data={"note": note}, condition=seen)
    note_act(
        tx,
        admin,
        DECIDED,
        Subject("order", order.id),
        now,
        whose=order.freelancer_id,
        why=note,
        before={"status": order.status, "version": ended.version - 1},
        after={
            "status": ended.status,
            "version": ended.version,
            "released_minor": ended.released_minor,
            "refunded_minor": ended.refunded_minor,
        },
        **order.sides,
    )
    text = "An admin has decided about {title}."
    tell_both(tx, ORDER_DECIDED, ended, text, now, words=note)
    return ended


def _refusal(db: Db, admin: Admin, order: Order, seen: int | None) -> Conflict:
    """Return the refusal of a decision that came too late: who decided what before, or how the order stands."""
    code = "order_state" if seen in (None, order.version) else "version_changed"
    row = record.newest_act(db, order.id, [DECIDED]) if order.ended_at else None
    if row is not None:
        told = _outcome(order).format(name=name_of_admin(db, row), when=when_of(row, admin))
        return Conflict(told, code=code)
    if order.status in PAID:
        return Conflict("This order has changed since you opened it. Please check it again.", code=code)
    return Conflict(wrong_state(order).message, code=code)


def _outcome(order: Order) -> str:
    if not order.refunded_minor:
        return "{name} decided about this order on {when}: the full amount is released to the freelancer."
    if order.released_minor:
        return "{name} decided about this order on {when}: a part is released and the rest refunded."
    return "{name} decided about this order on {when}: the full amount is refunded to the client."
