"""What time does to orders: unpaid ones expire, deliveries count as accepted, silence becomes a dispute, people are
reminded. Any number of processes may do it at once: each step is a conditional update that one of them wins.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from bson import ObjectId

from gigflow.core.clock import how_soon
from gigflow.core.db import Db, Tx
from gigflow.core.each import Each
from gigflow.core.errors import Conflict
from gigflow.orders import listing, store
from gigflow.orders.actions import end_unpaid, finish
from gigflow.orders.disputes import open_dispute
from gigflow.orders.events import ORDER_CANCELLED, ORDER_COMPLETED, ORDER_DISPUTED, ORDER_REMINDER
from gigflow.orders.models import ORDER, Order, other
from gigflow.orders.presence import gone_from
from gigflow.orders.telling import tell_both, tell_side
from gigflow.orders.turns import NOTHING_PAID

log = logging.getLogger(__name__)

AT_ONCE = 100  # of each kind; the rest is for the next tick
_SILENCE = "The cancellation request was not answered in time."

Step = Callable[[Tx, Order, datetime], None]
Find = Callable[[Db, datetime, int], list[ObjectId]]


def run_due(db: Db, now: datetime) -> int:
    """Do what is due at `now`; returns how many orders it did something to."""
    return sum(
        each.do(partial(find, db, now), partial(_do, db, step, now), now, AT_ONCE) for each, find, step in DUE
    )


def _do(db: Db, step: Step, now: datetime, order_id: ObjectId) -> bool:
    order = store.get_order(db, order_id)
    if order is None:
        return False
    try:
        db.transact(lambda tx: step(tx, order, now))
    except Conflict:
        return False  # another process was faster; there is nothing left to do
    return True


def _expire(tx: Tx, order: Order, now: datetime) -> None:
    ended = end_unpaid(tx, order, ORDER["expire"], "time", now, condition={"pay_by": {"$lte": now}})
    text = f"{{title}} was cancelled because the payment deadline passed. {NOTHING_PAID}"
    tell_both(tx, ORDER_CANCELLED, ended, text, now)


def _escalate(tx: Tx, order: Order, now: datetime) -> None:
    condition: Mapping[str, object] = {"cancellation.answer_by": {"$lte": now}}
    disputed = open_dispute(tx, order, "time", _SILENCE, now, condition)
    text = "The cancellation request for {title} was not answered in time, so the order is now disputed."
    tell_both(tx, ORDER_DISPUTED, disputed, text, now)


def _accept(tx: Tx, order: Order, now: datetime) -> None:
    condition: Mapping[str, object] = {"accept_by": {"$lte": now}, "cancellation": None}
    done = finish(tx, order, ORDER["auto_accept"], "time", order.price_minor, now, condition=condition)
    text = "{title} was accepted automatically because the deadline passed. The money is in your balance."
    tell_side(tx, ORDER_COMPLETED, done, "freelancer", text, now)
    text = "{title} was accepted automatically because the deadline passed."
    tell_side(tx, ORDER_COMPLETED, done, "client", text, now)


def _remind(tx: Tx, order: Order, now: datetime) -> None:
    """Remind the people who have to do something, and be silent from then on; if a date passes, both sides hear once
    more.
    """
    late = order.status == "in_progress" and order.due_at is not None and order.due_at <= now
    soon = order.status == "in_progress" and not late and order.cancellation is None

    if not store.take_reminder(tx, order, order.due_at if soon else None):
        raise Conflict("Another process reminds of it.")
    if gone_from(tx, order):
        raise Conflict("Nobody is reminded until an admin has it.", code="person_shut_out")
    if order.cancellation:
        text = "Respond to the cancellation request for {title}, or it becomes a dispute {when}."
        when = {"when": _when(order.cancellation.answer_by, now)}
        tell_side(tx, ORDER_REMINDER, order, other(order.cancellation.by), text, now, slots=when)
    elif late:
        tell_both(tx, ORDER_REMINDER, order, "{title} is overdue.", now)
    elif soon:
        when = {"when": _when(order.due_at, now)}
        tell_side(
            tx,
            ORDER_REMINDER,
            order,
            "freelancer",
            "{title} is due {when}; after that it is overdue and the client is notified.",
            now,
            slots=when,
        )
    elif order.status == "delivered":
        text = "Review {title}: it is accepted automatically {when}, and the money is released."
        when = {"when": _when(order.accept_by, now)}
        tell_side(tx, ORDER_REMINDER, order, "client", text, now, slots=when)
    elif order.status == "pending_payment":
        text = "Pay for {title}, or the order is cancelled {when}."
        when = {"when": _when(order.pay_by, now)}
        tell_side(tx, ORDER_REMINDER, order, "client", text, now, slots=when)


def _when(moment: datetime | None, now: datetime) -> str:
    assert moment is not None
    return how_soon(moment, now)


DUE: tuple[tuple[Each, Find, Step], ...] = (
    (Each("The end of the unpaid order"), store.find_unpaid_too_long, _expire),
    (Each("The dispute for want of an answer in order"), store.find_unanswered, _escalate),
    (Each("The acceptance by time of order"), store.find_to_accept, _accept),
    (Each("The reminder of order"), listing.find_to_remind, _remind),
)
