"""Orders: the contract after agreement, whichever door it came through, with its terms frozen (DOMAIN.md)."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from bson import ObjectId

from gigflow.core.transitions import AS_IT_WAS, Lifecycle, Transition

MESSAGE_MAX = 2_000  # API.md, longest texts: what is said with a delivery, a cancellation, a dispute
FILES_MAX = 5  # of a delivery
DELIVERY_DAYS = 14  # where the terms say none (DOMAIN.md, States)
REVISIONS = 3  # of a job, whose two sides do not say how many

PAY_WITHIN = timedelta(days=7)
# How long the client has to look at a delivery before it counts as accepted.
ACCEPT_WITHIN: dict[str, timedelta] = {
    "bid": timedelta(days=14),
    "offer": timedelta(days=14),
    "service": timedelta(days=3),
}
ANSWER_WITHIN = timedelta(hours=72)  # of silence, until a wish to cancel becomes a dispute
REVISE_WITHIN = timedelta(days=3)  # at least, for changes that are asked for close to the date
ROUND = timedelta(days=1)  # in which each side of a dispute may name one number
# How often one side may repeat what an order's timeline keeps (docs/decisions/0028). People never meet these numbers.
CANCELLATIONS_MAX = 5
NUMBERS_MAX = 30
STATEMENTS_MAX = 10  # the first one, and how often it may be changed
REVISIONS_MAX = 20  # the most that terms can say

SourceType = Literal["bid", "service", "offer"]
Side = Literal["client", "freelancer"]
SIDES: tuple[Side, Side] = ("client", "freelancer")
Actor = Literal["client", "freelancer", "admin", "provider", "time"]
OrderStatus = Literal["pending_payment", "in_progress", "delivered", "disputed", "completed", "cancelled"]

ACTIVE = ("pending_payment", "in_progress", "delivered", "disputed")
PAID = ("in_progress", "delivered", "disputed")  # money is held
WORKED_ON = ("in_progress", "delivered")
# What lists and counts are by (API.md).
STATES: dict[str, tuple[str, ...]] = {
    "active": ACTIVE,
    "completed": ("completed",),
    "cancelled": ("cancelled",),
}

_REFUND = ("what is held goes back to the client",)
_CLOSED = ("an open cancellation and dispute are closed",)
_REOPENED = ("its door is open again",)
ORDER = Lifecycle(
    "order",
    Transition("agree", "client", (), "pending_payment"),
    Transition("pay", "provider", ("pending_payment",), "in_progress", ("the money is held",)),
    Transition("call_off", "client or freelancer", ("pending_payment",), "cancelled", _REOPENED),
    Transition("expire", "time", ("pending_payment",), "cancelled", _REOPENED),
    Transition("deliver", "freelancer", ("in_progress",), "delivered"),
    Transition("revise", "client", ("delivered",), "in_progress", at_most=REVISIONS_MAX),
    Transition("accept", "client", ("delivered",), "completed", ("the money is released", *_CLOSED)),
    Transition("auto_accept", "time", ("delivered",), "completed", ("the money is released",)),
    Transition(
        "ask_to_cancel",
        "client or freelancer",
        WORKED_ON,
        AS_IT_WAS,
        ("a cancellation opens",),
        at_most=CANCELLATIONS_MAX,
    ),
    Transition("take_back", "client or freelancer", WORKED_ON, AS_IT_WAS, ("the cancellation is closed",)),
    Transition("refuse", "client or freelancer", WORKED_ON, AS_IT_WAS, ("the cancellation is closed",)),
    Transition("agree_to_cancel", "client or freelancer", WORKED_ON, "cancelled", (*_REFUND, *_CLOSED)),
    Transition("escalate", "time", WORKED_ON, "disputed", ("a dispute opens", "the cancellation is closed")),
    Transition(
        "dispute",
        "client or freelancer",
        WORKED_ON,
        "disputed",
        ("a dispute opens", "an open cancellation is closed"),
    ),
    Transition("offer", "client or freelancer", ("disputed",), AS_IT_WAS, at_most=NUMBERS_MAX),
    Transition("statement", "client or freelancer", ("disputed",), AS_IT_WAS, at_most=STATEMENTS_MAX),
    Transition(
        "settle", "client or freelancer", ("disputed",), "completed", ("the money is split", *_CLOSED)
    ),
    Transition("settle_nothing", "client or freelancer", ("disputed",), "cancelled", (*_REFUND, *_CLOSED)),
    Transition("decide", "admin", PAID, "completed", ("the money is released or split", *_CLOSED)),
    Transition("decide_nothing", "admin", PAID, "cancelled", (*_REFUND, *_CLOSED)),
)


class Source(msgspec.Struct, frozen=True):
    """The door that an order came through: the bid that was hired, the service that was bought, the offer."""

    type: SourceType
    id: ObjectId


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed, copied inside the transaction of the agreement: no later edit changes it (invariant 5).

    `message` is what the freelancer wrote with the bid or offer. Lists leave `text` and `message` empty.
    """

    title: str
    text: str = ""
    price_minor: int
    message: str = ""
    delivery_days: int | None = None
    revisions: int = REVISIONS


class Happened(msgspec.Struct, kw_only=True):
    """One line of an order's timeline: `name` is a transition's, `data` what belongs to it."""

    at: datetime
    actor: Actor
    name: str
    data: dict[str, str | int] = {}


class Asked(msgspec.Struct, kw_only=True):
    """The open wish of one side to cancel; silence until `answer_by` makes it a dispute."""

    id: ObjectId
    by: Side
    reason: str
    at: datetime
    answer_by: datetime


class Order(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """An order as stored. Amounts are minor units; `fee_minor` is the fee on the whole price.

    `live` is true until it ended: only one live order stands on a bid or an offer. `remind_at` is when somebody is
    to be reminded of what the state asks of them, None where nobody is. Lists have of `events` only what says whose
    turn it is. `digest` is `digest_of` what was agreed.
    """

    id: ObjectId
    source: Source
    gig_id: ObjectId | None = None
    live: bool = True
    client_id: ObjectId
    freelancer_id: ObjectId
    terms: Terms
    price_minor: int
    fee_minor: int
    fee_basis_points: int
    digest: str = ""
    status: OrderStatus = "pending_payment"
    version: int = 1
    pay_by: datetime
    paid_at: datetime | None = None
    due_at: datetime | None = None
    accept_by: datetime | None = None
    revisions_used: int = 0
    cancellation: Asked | None = None
    dispute_id: ObjectId | None = None
    remind_at: datetime | None = None
    released_minor: int = 0  # gross: the freelancer's part and the fee on it
    refunded_minor: int = 0
    ended_at: datetime | None = None
    reviewed: dict[Side, datetime] = {}
    events: list[Happened] = []
    created_at: datetime
    updated_at: datetime

    @property
    def path(self) -> str:
        """The address of the order's page on this site."""
        return f"/orders/{self.id}"

    @property
    def revisions_left(self) -> int:
        """How often the client may still ask for changes."""
        return max(0, self.terms.revisions - self.revisions_used)

    @property
    def ended_unpaid(self) -> bool:
        """Whether it came to nothing before any money was held."""
        return self.status == "cancelled" and self.paid_at is None

    def side_of(self, user_id: ObjectId | None) -> Side | None:
        """Which side somebody is on, None for a stranger."""
        if user_id == self.client_id:
            return "client"
        return "freelancer" if user_id == self.freelancer_id else None

    def may_repeat(self, transition: str, actor: Actor) -> bool:
        """Whether somebody may still do what they may do only so often in one order."""
        most = ORDER[transition].at_most
        done = sum(each.name == transition and each.actor == actor for each in self.events)
        return most is None or done < most

    def net_of(self, released_minor: int) -> int:
        """What arrives at the freelancer of an amount that is released: it less the fee on it."""
        return released_minor - fee_of(released_minor, self.fee_basis_points)

    def person(self, side: Side) -> ObjectId:
        """Who is on this side."""
        return self.client_id if side == "client" else self.freelancer_id


class Delivery(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """What the freelancer handed in: a message and files (of the feature `files`)."""

    id: ObjectId
    order_id: ObjectId
    message: str
    file_ids: list[ObjectId] = []
    created_at: datetime


CancellationStatus = Literal["open", "agreed", "refused", "taken_back", "escalated", "closed"]


class Cancellation(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """A wish to cancel and what became of it; `closed` where the order ended or was disputed before the answer."""

    id: ObjectId
    order_id: ObjectId
    by: Side
    reason: str
    status: CancellationStatus = "open"
    created_at: datetime
    closed_at: datetime | None = None


class SealedOffer(msgspec.Struct, frozen=True, kw_only=True):
    """How much of the held money (gross) one side says the freelancer should get, in one round."""

    amount_minor: int
    round: int
    at: datetime


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """What one side of a dispute says, with files (of the feature `files`) that show it."""

    text: str
    file_ids: list[ObjectId] = []
    at: datetime


class Dispute(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """Nobody agrees. Both sealed numbers are in here and leave it only for the side that named them."""

    id: ObjectId
    order_id: ObjectId
    by: Actor
    reason: str
    status: Literal["open", "settled", "decided"] = "open"
    offers: dict[Side, SealedOffer] = {}
    statements: dict[Side, Statement] = {}
    released_minor: int | None = None
    note: str = ""
    decided_by: ObjectId | None = None
    created_at: datetime
    closed_at: datetime | None = None

    def round_at(self, now: datetime) -> int:
        """The number of the round that `now` is in; the first is 1."""
        return _round_at(self.created_at, now)

    def round_ends(self, now: datetime) -> datetime:
        """When the next round begins."""
        return self.created_at + self.round_at(now) * ROUND

    def offer_of(self, side: Side, now: datetime) -> SealedOffer | None:
        """The number that this side named in the present round, or None: those of earlier rounds count no more."""
        offer = self.offers.get(side)
        return offer if offer and offer.round == self.round_at(now) else None


class NextStep(msgspec.Struct, frozen=True, kw_only=True):
    """Who must do what by when (DOMAIN.md, What next), and what happens `otherwise`. `who` None: nobody has to do
    anything any more.
    """

    who: Side | Literal["admin", "both"] | None
    what: str
    by: datetime | None = None
    otherwise: str = ""


# What two people agree on, as it is stored: none of it ever changes.
_AGREED = (
    *("_id", "source", "gig_id", "client_id", "freelancer_id", "terms"),
    *("price_minor", "fee_minor", "fee_basis_points", "created_at"),
)


def digest_of(order: Mapping[str, Any]) -> str:
    """The SHA-256 of what was agreed in a stored order, in hexadecimal digits: `audit` proves by it that it stands."""
    agreed = {name: order.get(name) for name in _AGREED}
    return hashlib.sha256(msgspec.json.encode(agreed, enc_hook=str, order="deterministic")).hexdigest()


def other(side: Side) -> Side:
    """The other side."""
    return "freelancer" if side == "client" else "client"


def next_step(order: Order, now: datetime) -> NextStep:
    """What the state of an order asks for. The one place that says it, for pages, lists, mails and the API."""
    if order.cancellation and order.status in WORKED_ON:
        asked = order.cancellation
        return NextStep(who=other(asked.by), what="answer the wish to cancel", by=asked.answer_by)
    match order.status:
        case "pending_payment":
            return NextStep(who="client", what="pay", by=order.pay_by)
        case "in_progress":
            return NextStep(who="freelancer", what="deliver", by=order.due_at)
        case "delivered":
            what = "accept the delivery or " + ("ask for changes" if order.revisions_left else "dispute it")
            return NextStep(who="client", what=what, by=order.accept_by)
        case "disputed":
            return _step_of_dispute(order, now)
        case "completed":
            return NextStep(who=None, what=_how_it_was_completed(order))
        case "cancelled":
            ended = "before it was paid" if order.paid_at is None else "and the money went back"
            return NextStep(who=None, what=f"This order was cancelled {ended}.")


def _step_of_dispute(order: Order, now: datetime) -> NextStep:
    """Who has not named a number in the present round; that somebody has is no secret, only which."""
    began = [each.at for each in order.events if each.name in ("dispute", "escalate")][-1]
    number = _round_at(began, now)
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


def _round_at(began: datetime, now: datetime) -> int:
    return 1 + max(0, (now - began) // ROUND)


def _how_it_was_completed(order: Order) -> str:
    if order.refunded_minor:
        return "A part was paid to the freelancer, the rest went back."
    accepted = order.events[-1].name in ("accept", "auto_accept")
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
    """A step as the one sentence that stands everywhere; `by` is its time as the reader writes times.

    `you` is the reader's side, None for who is no party of the order. An admin who is one does not decide about it.
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


def fee_of(amount_minor: int, basis_points: int) -> int:
    """GigFlow's part of an amount that is released, rounded half up to a minor unit."""
    return (amount_minor * basis_points + 5_000) // 10_000
