"""Orders that should not go on: called off before they are paid, or stopped in agreement (docs/states.md)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden
from gigflow.core.ids import new_id
from gigflow.orders import store
from gigflow.orders.actions import day_before, end_unpaid, finish, move, order_of_side, wrong_state
from gigflow.orders.events import CANCELLATION_ANSWERED, CANCELLATION_ASKED, ORDER_CANCELLED
from gigflow.orders.models import (
    ANSWER_WITHIN,
    ORDER,
    WORKED_ON,
    Cancellation,
    OpenCancellation,
    Order,
    Side,
    other,
)
from gigflow.orders.telling import tell_side
from gigflow.orders.turns import NOTHING_PAID

# To the side that had asked.
_AGREED: dict[Side, str] = {
    "client": "{actor} agreed to cancel {title}. The money is refunded to you.",
    "freelancer": "{actor} agreed to cancel {title}. The money is refunded to the client.",
}
_ANSWER_REMINDER = ANSWER_WITHIN - timedelta(days=1)


def cancel(
    db: Db,
    viewer: Viewer,
    order_id: ObjectId,
    reason: str,
    now: datetime,
    *,
    seen: str | None = None,
) -> Order:
    """Stop an order as either side: an unpaid order ends at once; for a paid one the other side is asked.

    Raises NotFound, Forbidden, and Conflict, also if the viewer had `seen` the order in another status and so meant
    something else.
    """
    order, _ = order_of_side(db, viewer, order_id)
    if seen and (seen == "pending_payment") != (order.status == "pending_payment"):
        raise wrong_state(order)
    if order.status == "pending_payment":
        return _call_off(db, viewer, order, now)
    return _ask(db, viewer, order, reason, now)


def take_back(db: Db, viewer: Viewer, order_id: ObjectId, now: datetime) -> Order:
    """Withdraw your cancellation request. Raises NotFound, Forbidden, Conflict if there is none."""
    order, side = order_of_side(db, viewer, order_id)
    asked = _open_request(order)
    if asked.by != side:
        raise Forbidden("Only the person who asked to cancel can withdraw the request.", code="not_your_side")
    text = "{actor} withdrew the request to cancel {title}."
    return db.transact(lambda tx: _go_on(tx, viewer, order, asked, "taken_back", text, now))


def request_to_answer(db: Db, viewer: Viewer, order_id: ObjectId) -> tuple[Order, Side, OpenCancellation]:
    """An order, the viewer's side of it, and the cancellation request that waits for their answer.

    Raises NotFound, Forbidden if it is the viewer's own request, Conflict if there is none.
    """
    order, side = order_of_side(db, viewer, order_id)
    asked = _open_request(order)
    if asked.by == side:
        raise Forbidden("The other side has to answer this.", code="not_your_side")
    return order, side, asked


def answer(db: Db, viewer: Viewer, order_id: ObjectId, *, agree: bool, now: datetime) -> Order:
    """Answer the other side's cancellation request: if it is agreed, all of the money goes back; if it is refused, the
    work goes on.

    Raises NotFound, Forbidden if it is the viewer's own request, Conflict if there is none.
    """
    order, side, asked = request_to_answer(db, viewer, order_id)

    def work(tx: Tx) -> Order:
        if agree:
            store.close_cancellation(tx, order.id, "agreed", now)
            ended = finish(tx, order, ORDER["agree_to_cancel"], side, 0, now, condition=_same(asked))
            text = _AGREED[other(side)]
            tell_side(tx, ORDER_CANCELLED, ended, other(side), text, now, actor=viewer)
            return ended
        text = "{actor} declined to cancel {title}. The order continues."
        return _go_on(tx, viewer, order, asked, "refused", text, now)

    return db.transact(work)


def _call_off(db: Db, viewer: Viewer, order: Order, now: datetime) -> Order:
    side = order.side_of(viewer.user_id)
    assert side is not None

    def work(tx: Tx) -> Order:
        ended = end_unpaid(tx, order, ORDER["call_off"], side, now)
        text = f"{{actor}} cancelled {{title}} before payment. {NOTHING_PAID}"
        tell_side(tx, ORDER_CANCELLED, ended, other(side), text, now, actor=viewer)
        return ended

    return db.transact(work)


def _ask(db: Db, viewer: Viewer, order: Order, reason: str, now: datetime) -> Order:
    side = order.side_of(viewer.user_id)
    assert side is not None
    request = Cancellation(id=new_id(), order_id=order.id, by=side, reason=reason, created_at=now)
    asked = OpenCancellation(id=request.id, by=side, reason=reason, at=now, answer_by=now + ANSWER_WITHIN)

    def work(tx: Tx) -> Order:
        if order.cancellation and order.status in WORKED_ON:
            raise Conflict(
                "There is already a cancellation request for this order.", code="cancellation_open"
            )
        waiting = move(
            tx,
            order,
            ORDER["ask_to_cancel"],
            side,
            now,
            {"cancellation": asked, "remind_at": now + _ANSWER_REMINDER},
            data={"reason": reason},
            condition={"cancellation": None},
        )
        store.insert_cancellation(tx, request)
        text = "{actor} asks to cancel {title}."
        tell_side(tx, CANCELLATION_ASKED, waiting, other(side), text, now, actor=viewer, words=reason)
        return waiting

    return db.transact(work)


def _open_request(order: Order) -> OpenCancellation:
    if order.cancellation is None:
        text = f"Nobody is asking to cancel this order. {wrong_state(order).message}"
        raise Conflict(text, code="no_cancellation")
    return order.cancellation


def _same(asked: OpenCancellation) -> Mapping[str, object]:
    return {"cancellation.id": asked.id}


def _go_on(
    tx: Tx,
    viewer: Viewer,
    order: Order,
    asked: OpenCancellation,
    status: Literal["taken_back", "refused"],
    text: str,
    now: datetime,
) -> Order:
    """Let an order go on after a cancellation request. The client's time to look at a delivery stood still while the
    request was open; the side that has to act is reminded as before. Read again in the transaction: the work may have
    been delivered at this very moment.
    """
    side, step = (asked.by, "take_back") if status == "taken_back" else (other(asked.by), "refuse")
    fresh = store.get_order(tx, order.id)
    assert fresh is not None
    accept_by = fresh.accept_by + (now - max(asked.at, fresh.updated_at)) if fresh.accept_by else None
    until = accept_by or fresh.due_at
    remind_at = day_before(until, now) if until and until > now else None
    changes = {"cancellation": None, "accept_by": accept_by, "remind_at": remind_at}
    going_on = move(tx, order, ORDER[step], side, now, changes, condition=_same(asked))
    store.close_cancellation(tx, order.id, status, now)
    tell_side(tx, CANCELLATION_ANSWERED, going_on, other(side), text, now, actor=viewer)
    return going_on
