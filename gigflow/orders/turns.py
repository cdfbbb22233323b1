"""Whose turn it is in an order, in data and in one sentence (docs/domain.md, What next).

Each sentence is one whole string with named slots (`slots_of`), so it can be translated.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from gigflow.orders.dispute_models import ROUND, round_of
from gigflow.orders.models import ACCEPT_WITHIN, WORKED_ON, Order, Side, SourceType, other


class Saying(NamedTuple):
    """One step in words: to the person whose turn it is, and about them; and both once the date has passed. `client`
    and `freelancer` are what that side reads of an order that has ended, if it is not what everybody else reads.
    """

    you: str
    they: str
    late: str = ""
    late_you: str = ""
    client: str = ""
    freelancer: str = ""


_PAY = Saying(
    "Pay {price} by {by}; after that the order is cancelled.",
    "{client} has to pay {price} by {by}; after that the order is cancelled.",
    "The payment was due {by}.",
)
_DELIVER = Saying(
    "Deliver by {by}; after that it is overdue and {client} is notified.",
    "{freelancer} has to deliver by {by}; after that it is overdue.",
    "The delivery from {freelancer} is overdue: it was due {by}.",
    "Your delivery is overdue: it was due {by}.",
)
_ACCEPT = Saying(
    "Accept or request changes by {by}; after that it is accepted automatically and the {price} you paid is released.",
    "{client} has until {by} to accept or request changes; after that it is accepted automatically and the {price}"
    " paid is released.",
    "The time to accept ended {by}; the delivery is being accepted automatically.",
)
_ACCEPT_OR_DISPUTE = Saying(
    "Accept or dispute the delivery by {by}; after that it is accepted automatically and the {price} you paid is"
    " released.",
    "{client} has until {by} to accept or dispute the delivery; after that it is accepted automatically and the"
    " {price} paid is released.",
    _ACCEPT.late,
)
_ANSWERED_LATE = "The cancellation request was not answered by {by}; it becomes a dispute."
_RESPOND: dict[Side, Saying] = {
    side: Saying(
        "Respond to the cancellation request by {by}; after that it becomes a dispute.",
        f"{{{side}}} has until {{by}} to respond to the cancellation request; after that it becomes a dispute.",
        _ANSWERED_LATE,
    )
    for side in ("client", "freelancer")
}
_OFFER: dict[Side, Saying] = {
    side: Saying(
        "Propose an amount by {by}; otherwise an admin decides.",
        f"{{{side}}} has until {{by}} to propose an amount; otherwise an admin decides.",
    )
    for side in ("client", "freelancer")
}
_BOTH_OFFER = "Both sides can propose an amount by {by}; otherwise an admin decides."
# What an admin has to do, to everybody; and to an admin who is a party and may not do it.
_DECIDE = Saying("An admin has to decide.", "Another admin has to decide.")
_DECIDE_UNLESS = Saying(
    "An admin has to decide, unless the offers overlap in the next round.",
    "Another admin has to decide, unless the offers overlap in the next round.",
)
_DECIDE_REFUNDED = Saying(
    "An admin has to decide, because the payment provider returned money.",
    "Another admin has to decide, because the payment provider returned money.",
)
_DECIDE_CLOSED: dict[Side, Saying] = {
    side: Saying(
        f"An admin has to decide, because the {side}’s account was closed.",
        f"Another admin has to decide, because the {side}’s account was closed.",
    )
    for side in ("client", "freelancer")
}


# What silence does to a delivery, for those who agree to it before there is one: to the client, and to others.
_SILENCE = Saying(
    "If you do not respond to a delivery within {days} days, it is accepted automatically and the money is released.",
    "If the client does not respond to a delivery within {days} days, it is accepted automatically and the money is"
    " released.",
)
# Of an order that ends before it is paid. A payment that arrives all the same has its own news.
NOTHING_PAID = "Nothing was paid, and nothing is charged."
# How an order ended, to everybody, to its client and to its freelancer.
_REFUNDED = Saying(
    "",
    "Cancelled. {refunded} was refunded to {client}.",
    client="Cancelled. {refunded} was refunded to you.",
)
_REFUND_MISSING = Saying(
    "", "Cancelled. The refund of {unsent} has not arrived yet; GigFlow will send it again."
)
_UNPAID = Saying("", "Cancelled before payment.")
_RELEASED = Saying(
    "",
    "Completed. {released} was released to {freelancer}.",
    freelancer="Completed. {released} was released to you.",
)
_SPLIT = Saying(
    "",
    "Completed. {released} was released to {freelancer}, and {refunded} was refunded to {client}.",
    client="Completed. {released} was released to {freelancer}, and {refunded} was refunded to you.",
    freelancer="Completed. {released} was released to you, and {refunded} was refunded to {client}.",
)
_SPLIT_MISSING = Saying(
    "",
    "Completed. {released} was released to {freelancer}. The refund of {unsent} has not arrived yet; GigFlow will send"
    " it again.",
    freelancer="Completed. {released} was released to you. The refund of {unsent} has not arrived yet; GigFlow will"
    " send it again.",
)


class NextStep(msgspec.Struct, frozen=True, kw_only=True):
    """Who must do what by when (docs/domain.md, What next). `who` None: nobody has to do anything."""

    who: Side | Literal["admin", "both"] | None
    says: Saying
    by: datetime | None = None


def next_step(order: Order, now: datetime) -> NextStep:
    """Return what the state of an order asks for. The one place that says it, for pages, lists, mails and the API."""
    if order.cancellation and order.status in WORKED_ON:
        asked = order.cancellation
        return NextStep(who=other(asked.by), says=_RESPOND[other(asked.by)], by=asked.answer_by)
    match order.status:
        case "pending_payment":
            return NextStep(who="client", says=_PAY, by=order.pay_by)
        case "in_progress":
            return NextStep(who="freelancer", says=_DELIVER, by=order.due_at)
        case "delivered":
            says = _ACCEPT if order.revisions_left else _ACCEPT_OR_DISPUTE
            return NextStep(who="client", says=says, by=order.accept_by)
        case "disputed" if order.escalated_for:
            return NextStep(who="admin", says=_DECIDE_CLOSED[order.escalated_for])
        case "disputed" if order.refunded_minor:
            return NextStep(who="admin", says=_DECIDE_REFUNDED)
        case "disputed":
            return _step_of_dispute(order, now)
        case "completed":
            return NextStep(who=None, says=_how_it_was_completed(order))
        case "cancelled":
            return NextStep(who=None, says=_how_it_was_cancelled(order))


def is_turn_of(order: Order, who: Side | Literal["admin"], now: datetime, *, takes_money: bool) -> bool:
    """Return whether it is the turn of a side, or of an admin. Nobody has to pay if nothing takes money here."""
    if order.status == "pending_payment" and not takes_money:
        return False
    asked = next_step(order, now).who
    return asked == who or (asked == "both" and who != "admin")


def _step_of_dispute(order: Order, now: datetime) -> NextStep:
    """Return who has made no offer in the present round; it is no secret that somebody has, only what they offer."""
    began = [each.at for each in order.events if each.name in ("dispute", "escalate", "hold_back")][-1]
    number = round_of(began, now)
    offered = {
        each.actor
        for each in order.events
        if each.name == "offer" and each.at >= began and each.data["round"] == number
    }
    sides: tuple[Side, Side] = ("client", "freelancer")
    able = [side for side in sides if order.may_repeat("offer", side)]
    waits = [side for side in able if side not in offered]
    if not waits:
        return NextStep(who="admin", says=_DECIDE_UNLESS if len(able) == 2 else _DECIDE)
    by = began + number * ROUND
    if len(waits) == 2:
        return NextStep(who="both", says=Saying(_BOTH_OFFER, _BOTH_OFFER), by=by)
    return NextStep(who=waits[0], says=_OFFER[waits[0]], by=by)


def _how_it_was_cancelled(order: Order) -> Saying:
    if order.unsent_minor:
        return _REFUND_MISSING
    return _UNPAID if order.paid_at is None else _REFUNDED


def _how_it_was_completed(order: Order) -> Saying:
    if order.unsent_minor:
        return _SPLIT_MISSING
    return _SPLIT if order.refunded_minor else _RELEASED


def silence_sentence(source: SourceType, *, to_client: bool) -> str:
    """Return what silence does to a delivery of an order of this kind: said wherever somebody agrees to it."""
    return silence_after(ACCEPT_WITHIN[source].days, to_client=to_client)


def silence_after(days: int, *, to_client: bool) -> str:
    """Return what it does if the client has this many days to respond."""
    return (_SILENCE.you if to_client else _SILENCE.they).format(days=days)


def next_sentence(step: NextStep, you: Side | None, now: datetime, *, is_admin: bool = False) -> str:
    """Return a step as the one sentence that is shown everywhere, with its slots (`slots_of`) and {by}, {client} and
    {freelancer} to be filled in.

    `you` is the reader's side, None for a reader who is no party of the order. An admin who is a party does not decide
    about it.
    """
    says, mine = step.says, you is not None and step.who == you
    if step.who is None:
        return {"client": says.client, "freelancer": says.freelancer}.get(you or "") or says.they
    if step.who == "admin":
        return says.they if is_admin and you else says.you
    if step.by is not None and now >= step.by and says.late:
        return says.late_you if mine and says.late_you else says.late
    return says.you if mine else says.they


def slots_of(order: Order, money: Callable[[int], str]) -> dict[str, str]:
    """Return the amounts that a sentence about an order may name, as people read them."""
    return {
        "price": money(order.price_minor),
        "released": money(order.net_of(order.released_minor)),
        "refunded": money(order.refunded_minor),
        "unsent": money(order.unsent_minor),
    }
