"""Whose turn it is in an order, in data and in one sentence (docs/domain.md, What next)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from gigflow.orders.models import ROUND, WORKED_ON, Order, Side, other, round_of

_UNSENT = "The refund has not arrived yet. GigFlow will send it again."


class NextStep(msgspec.Struct, frozen=True, kw_only=True):
    """Who must do what by when (docs/domain.md, What next), and what happens `otherwise`. `who` None: nobody has to do
    anything any longer.
    """

    who: Side | Literal["admin", "both"] | None
    what: str
    by: datetime | None = None
    otherwise: str = ""


def next_step(order: Order, now: datetime) -> NextStep:
    """Return what the state of an order asks for. The one place that says it, for pages, lists, mails and the API."""
    if order.cancellation and order.status in WORKED_ON:
        asked = order.cancellation
        return NextStep(who=other(asked.by), what="answer the cancellation request", by=asked.answer_by)
    match order.status:
        case "pending_payment":
            return NextStep(who="client", what="pay", by=order.pay_by)
        case "in_progress":
            return NextStep(who="freelancer", what="deliver", by=order.due_at)
        case "delivered":
            what = "accept the delivery or " + ("ask for changes" if order.revisions_left else "dispute it")
            return NextStep(who="client", what=what, by=order.accept_by)
        case "disputed" if order.escalated_for:
            closed = f"decide about this order: the {order.escalated_for}'s account was closed"
            return NextStep(who="admin", what=closed)
        case "disputed" if order.refunded_minor:
            return NextStep(who="admin", what="decide, since the payment provider gave money back")
        case "disputed":
            return _step_of_dispute(order, now)
        case "completed":
            return NextStep(who=None, what=_how_it_was_completed(order))
        case "cancelled":
            return NextStep(who=None, what=_how_it_was_cancelled(order))


def _step_of_dispute(order: Order, now: datetime) -> NextStep:
    """Return who has not named a number in the present round; it is no secret that somebody has, only which number."""
    began = [each.at for each in order.events if each.name in ("dispute", "escalate", "hold_back")][-1]
    number = round_of(began, now)
    named = {
        each.actor
        for each in order.events
        if each.name == "offer" and each.at >= began and each.data["round"] == number
    }
    sides: tuple[Side, Side] = ("client", "freelancer")
    able = [side for side in sides if order.may_repeat("offer", side)]
    waits = [side for side in able if side not in named]
    if not waits:
        again = ", unless numbers meet in the next round" if len(able) == 2 else ""
        return NextStep(who="admin", what=f"decide{again}")
    return NextStep(
        who="both" if len(waits) == 2 else waits[0],
        what="name a number",
        by=began + number * ROUND,
        otherwise=", or an admin decides",
    )


def _how_it_was_cancelled(order: Order) -> str:
    if order.unsent_minor:
        return f"This order was cancelled. {_UNSENT}"
    ended = "before it was paid" if order.paid_at is None else "and the money went back"
    return f"This order was cancelled {ended}."


def _how_it_was_completed(order: Order) -> str:
    if order.unsent_minor:
        return f"A part was paid to the freelancer. {_UNSENT}"
    if order.refunded_minor:
        return "A part was paid to the freelancer, the rest went back."
    accepted = any(each.name in ("accept", "auto_accept") for each in order.events)
    return "The work was accepted and paid." if accepted else "All of the money was paid to the freelancer."


def next_sentence(
    step: NextStep,
    names: Mapping[Side, str],
    you: Side | None,
    by: str,
    now: datetime,
    *,
    is_admin: bool = False,
) -> str:
    """Return a step as the one sentence that is shown everywhere; `by` is its time as the reader writes times.

    `you` is the reader's side, None for a reader who is no party of the order. An admin who is a party does not decide
    about it.
    """
    until = "" if step.by is None else f" by {by}" if now < step.by else f". It was due {by}"
    match step.who:
        case None:
            return step.what
        case "both":
            return f"Both sides can {step.what}{until}{step.otherwise}."
        case "admin":
            subject = "Another admin" if is_admin and you else "An admin"
            return f"{subject} has to {step.what}{until}."
        case side:
            subject = "You have" if side == you else f"{names[side]} has"
            return f"{subject} to {step.what}{until}{step.otherwise}."
