"""Orders of people who are shut out (docs/domain.md, Shutting out): the unpaid are voided, the paid put before an
admin.

An admin ends such an order by a decision (disputes.py). Once the account is open again, an admin may resume it instead.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.admins import note_act
from gigflow.accounts.models import Admin, User
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden
from gigflow.orders import stopped, store
from gigflow.orders.actions import day_before, end_unpaid, move, wrong_state
from gigflow.orders.deciding import order_of_others
from gigflow.orders.disputes import dispute_of, open_dispute, tell_admins
from gigflow.orders.events import ORDER_CANCELLED, ORDER_DECIDED, ORDER_DISPUTED
from gigflow.orders.models import ORDER, SIDES, WORKED_ON, Order, Paused, Side, other
from gigflow.orders.presence import check_both_here, gone_from
from gigflow.orders.telling import tell_both
from gigflow.orders.turns import NOTHING_PAID
from gigflow.record import actions as record
from gigflow.record.models import Subject

State = Mapping[str, str | int | None]

RESUMABLE_MAX = 1_000  # orders that an operator is shown at once


def order_to_void(db: Db, admin: Admin, order_id: ObjectId) -> Order:
    """Return somebody else's unpaid order, for admins. Raises NotFound, Forbidden, Conflict."""
    order = order_of_others(db, admin, order_id)
    if order.status not in ORDER["void"].sources:
        raise wrong_state(order)
    return order


def void(
    db: Db, admin: Admin, order_id: ObjectId, note: str, now: datetime, *, version: int | None = None
) -> Order:
    """End an order that nobody has paid, as an admin: its door is open again, and both sides are told.

    Raises NotFound, Forbidden, and Conflict also if the order is not of the `version` that was seen.
    """
    order = order_to_void(db, admin, order_id)
    seen = as_seen(order, version)

    def work(tx: Tx) -> Order:
        ended = end_unpaid(tx, order, ORDER["void"], "admin", now, data={"note": note}, condition=seen)
        _note_act(tx, admin, "order_voided", order, ended, note, now)
        text = f"An admin cancelled {{title}} before payment. {NOTHING_PAID}"
        tell_both(tx, ORDER_CANCELLED, ended, text, now)
        return ended

    return db.transact(work)


def order_to_resume(db: Db, admin: Admin, order_id: ObjectId) -> Order:
    """Return somebody else's disputed order that can go on as it was, for admins. Raises NotFound, Forbidden,
    Conflict.
    """
    order = order_of_others(db, admin, order_id)
    if order.status != "disputed":
        raise wrong_state(order)
    if order.refunded_minor:
        text = "The payment provider refunded money from this order, so it ends by a decision."
        raise Conflict(text, code="before_admin")
    if order.paused is None:
        text = "The two sides dispute this order themselves. It ends by their sealed offers or by a decision."
        raise Conflict(text, code="not_paused")
    if accounts.shut_among(db, [order.client_id, order.freelancer_id]):
        raise accounts.shut_out()
    found = dispute_of(db, order)
    if found and found.offers:
        raise _number_named()
    return order


def can_resume(db: Db, admin: Admin, order: Order) -> bool:
    """Return whether this admin could let an order go on as it was."""
    if order.paused is None:
        return False
    try:
        order_to_resume(db, admin, order.id)
    except (Conflict, Forbidden):
        return False
    return True


def resume(
    db: Db, admin: Admin, order_id: ObjectId, note: str, now: datetime, *, version: int | None = None
) -> Order:
    """Let an order go on as it was before the shutting of an account stopped it. Its dates move by the time lost.

    Raises NotFound, Forbidden, and Conflict if a side is still shut out, or if somebody has named a number.
    """
    order = order_to_resume(db, admin, order_id)
    same = {"paused.at": order.paused.at if order.paused else None, **as_seen(order, version)}
    paused = order.paused
    assert paused is not None
    lost = now - paused.at
    due_at = order.due_at + lost if order.due_at else None
    accept_by = order.accept_by + lost if order.accept_by else None
    until = accept_by if paused.status == "delivered" else due_at
    changes = {
        "escalated_for": None,
        "paused": None,
        "due_at": due_at,
        "accept_by": accept_by,
        "remind_at": day_before(until, now) if until and until > now else None,
    }
    step = ORDER["resume_delivered" if paused.status == "delivered" else "resume"]

    def work(tx: Tx) -> Order:
        resumed = move(tx, order, step, "admin", now, changes, data={"note": note}, condition=same)
        check_both_here(tx, resumed, "admin")
        if not stopped.close_untouched_dispute(tx, order.id, now):
            raise _number_named()
        _note_act(tx, admin, "order_resumed", order, resumed, note, now)
        text = "An admin resumed {title}. Its dates have moved by the time that was lost."
        tell_both(tx, ORDER_DECIDED, resumed, text, now)
        return resumed

    return db.transact(work)


def resumable_of(db: Db, user_id: ObjectId) -> list[Order]:
    """Return the orders of somebody that an admin can let go on as they were."""
    found = stopped.find_paused_of(db, user_id, RESUMABLE_MAX)
    shut = accounts.shut_among(db, [order.person(side) for order in found for side in SIDES])
    here = [order for order in found if not {order.client_id, order.freelancer_id} & shut]
    return [order for order in here if not ((named := dispute_of(db, order)) and named.offers)]


def unpaid_left(tx: Tx, user: User, limit: int) -> list[ObjectId]:
    """Return unpaid orders of somebody who leaves, at most `limit`."""
    return stopped.find_active_of(tx, user.id, ORDER["void"].sources, limit)


def void_order_of(tx: Tx, user: User, order_id: ObjectId, now: datetime) -> None:
    """End an unpaid order of somebody who is shut out."""
    order, side = _order_of(tx, user, order_id)
    ended = end_unpaid(tx, order, ORDER["void"], "admin", now)
    _note_shut(tx, user, "order_voided", order, now, _state(order), _state(ended))
    text = f"The {{side}}'s account was closed, so {{title}} is cancelled. {NOTHING_PAID}"
    tell_both(tx, ORDER_CANCELLED, ended, text, now, slots={"side": side})


def paid_left(tx: Tx, user: User, limit: int) -> list[ObjectId]:
    """Return orders of somebody who leaves that are being worked on, at most `limit`."""
    return stopped.find_active_of(tx, user.id, WORKED_ON, limit)


def escalate_order_of(tx: Tx, user: User, order_id: ObjectId, now: datetime) -> None:
    """Put a paid order of somebody who is shut out before an admin."""
    order, side = _order_of(tx, user, order_id)
    more = {
        "escalated_for": side,
        "paused": Paused(status=order.status, at=now),
        "accept_by": _time_to_look(order, now),
    }
    reason = f"The {side}'s account was closed."
    disputed = open_dispute(tx, order, "admin", reason, now, more=more)
    _note_shut(tx, user, "order_escalated", order, now, _state(order), _state(disputed))
    text = "The {side}'s account was closed, so an admin decides about {title}."
    tell_both(tx, ORDER_DISPUTED, disputed, text, now, slots={"side": side})


def disputes_left(tx: Tx, user: User, limit: int) -> list[ObjectId]:
    """Return disputes of somebody who leaves that are not before an admin yet, at most `limit`."""
    return stopped.find_to_leave(tx, user.id, limit)


def leave_dispute_of(tx: Tx, user: User, order_id: ObjectId, now: datetime) -> None:
    """Leave a dispute of somebody who is shut out to an admin: nobody can settle it by a number."""
    order, side = _order_of(tx, user, order_id)
    left = _set_escalated_for(tx, order, side)
    _note_shut(tx, user, "dispute_left_to_admin", order, now, _standing(order), _standing(left))
    tell_admins(tx, left, now)


def disputes_to_give_back(tx: Tx, user: User, limit: int) -> list[ObjectId]:
    """Return disputes of somebody who is back that they can settle themselves again, at most `limit`."""
    return [] if user.disabled_at else stopped.find_to_give_back(tx, user.id, limit)


def give_dispute_back(tx: Tx, user: User, order_id: ObjectId, now: datetime) -> None:
    """Let the two sides settle a dispute again that was there before one of them was shut out, if the other side is
    here.
    """
    order, side = _order_of(tx, user, order_id)
    gone = gone_from(tx, order)  # written, so that the other side's shutting comes before or after
    given = _set_escalated_for(tx, order, other(side) if other(side) in gone else None)
    opened = record.newest_act(tx, user.id, ["enabled"])
    batch = opened.id if opened else None
    _note(tx, "dispute_given_back", order, now, _standing(order), _standing(given), batch)


def _time_to_look(order: Order, now: datetime) -> datetime | None:
    """Until when a delivery would be accepted if the open cancellation request had not stopped the clock."""
    if order.accept_by is None or order.cancellation is None:
        return order.accept_by
    return order.accept_by + (now - max(order.cancellation.at, order.updated_at))


def _note_act(tx: Tx, admin: Admin, event: str, before: Order, after: Order, why: str, now: datetime) -> None:
    note_act(
        tx,
        admin,
        event,
        Subject("order", before.id),
        now,
        whose=before.freelancer_id,
        why=why,
        before=_state(before),
        after=_state(after),
        **before.sides,
    )


def _note_shut(
    tx: Tx, user: User, event: str, order: Order, now: datetime, before: State, after: State
) -> None:
    """Write what the shutting of an account led to into the record, next to the row of the shutting itself."""
    _note(tx, event, order, now, before, after, user.shut_by_act)


def _note(
    tx: Tx,
    event: str,
    order: Order,
    now: datetime,
    before: State,
    after: State,
    batch: ObjectId | None,
) -> None:
    record.note(
        tx,
        event,
        now,
        via=record.MACHINE,
        user_id=order.freelancer_id,
        subject=Subject("order", order.id),
        before=before,
        after=after,
        batch=batch,
        **order.sides,
    )


def _set_escalated_for(tx: Tx, order: Order, side: Side | None) -> Order:
    stopped.set_escalated_for(tx, order.id, side)
    return msgspec.structs.replace(order, escalated_for=side, version=order.version + 1)


def _standing(order: Order) -> State:
    return {"escalated_for": order.escalated_for, "version": order.version}


def _state(order: Order) -> State:
    return {"status": order.status, "version": order.version}


def as_seen(order: Order, version: int | None) -> dict[str, int]:
    """Return the condition that the order is as the admin saw it. Raises Conflict if it is not."""
    if version is None:
        return {}
    if version != order.version:
        text = "This order has changed since you opened it. Please check it again."
        raise Conflict(text, code="version_changed")
    return {"version": version}


def _order_of(tx: Tx, user: User, order_id: ObjectId) -> tuple[Order, Side]:
    order = store.get_order(tx, order_id)
    side = order.side_of(user.id) if order else None
    assert order is not None
    assert side is not None
    return order, side


def _number_named() -> Conflict:
    return Conflict(
        "Someone has submitted a sealed offer for this order. Decide about it.", code="number_named"
    )
