"""How far an order is, in steps: agreed, paid, working, delivered, accepted, or how it ended instead."""

from datetime import datetime
from typing import Literal

import msgspec

from gigflow.orders.models import Happened, Order

# How an order ends: the word of its last step, and whether that is the end that both sides want.
_ENDS: dict[str, tuple[str, bool]] = {
    "accept": ("Accepted", True),
    "auto_accept": ("Accepted automatically", True),
    "call_off": ("Cancelled before payment", False),
    "expire": ("Not paid in time", False),
    "void": ("Cancelled by an admin", False),
    "agree_to_cancel": ("Cancelled by both sides", False),
    "settle": ("Settled", False),
    "settle_nothing": ("Settled and refunded", False),
    "decide": ("Decided by an admin", False),
    "decide_nothing": ("Refunded by an admin", False),
}
_DISPUTES = ("dispute", "escalate", "hold_back")

State = Literal["done", "now", "later", "stopped"]


class Step(msgspec.Struct, frozen=True):
    """One step: what it is called, and when it was done, or since when it is done and by when it has to be. `stopped`
    is an order that is disputed, or that ended in another way than by being accepted.
    """

    word: str
    state: State
    at: datetime | None = None
    since: datetime | None = None


def steps_of(order: Order) -> list[Step]:
    """Return the steps of an order with how far it is."""
    done = [Step("Agreed", "done", order.created_at)]
    if order.paid_at:
        done.append(Step("Paid", "done", order.paid_at))
    delivered = _last(order, "deliver")
    if delivered and order.status != "in_progress":
        done += [Step("Working", "done"), Step("Delivered", "done", delivered.at)]
    ended = _last(order, *_ENDS)
    if ended:
        word, is_wanted = _ENDS[ended.name]
        return [*done, Step(word, "done" if is_wanted else "stopped", ended.at)]
    if order.status == "disputed":
        disputed = _last(order, *_DISPUTES)
        return [
            *done,
            Step("Disputed", "stopped", disputed.at if disputed else None),
            Step("Decided", "later"),
        ]
    return [*done, *_to_come(order)]


def _to_come(order: Order) -> list[Step]:
    """Return what is done now, by when, and what comes after it."""
    begun, by = {
        "pending_payment": (0, order.pay_by),
        "in_progress": (1, order.due_at),
        "delivered": (3, order.accept_by),
    }[order.status]
    now, *later = ("Paid", "Working", "Delivered", "Accepted")[begun:]
    begun_by = _last(order, "pay", "revise", "resume") if order.status == "in_progress" else None
    return [Step(now, "now", by, begun_by.at if begun_by else None), *(Step(word, "later") for word in later)]


def asked_changes(order: Order) -> Happened | None:
    """Return the latest request for changes while the freelancer works on them, else None."""
    return _last(order, "revise") if order.status == "in_progress" else None


def _last(order: Order, *names: str) -> Happened | None:
    return next((event for event in reversed(order.events) if event.name in names), None)
