"""Orders: the contract after agreement, whichever door it came through, with its terms frozen (docs/domain.md)."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import msgspec
from bson import ObjectId

from gigflow.core.briefs import Brief, Question
from gigflow.core.errors import Conflict
from gigflow.core.money import fee_of
from gigflow.core.transitions import AS_IT_WAS, Lifecycle, Transition
from gigflow.notifications.models import About
from gigflow.orders.afterwards import AFTERWARDS

MESSAGE_MAX = 2_000  # docs/api.md, Longest texts: what is said with a delivery, a cancellation, a dispute
FILES_MAX = 5  # of a delivery
DELIVERY_DAYS = 14  # if the terms say none (docs/states.md)
REVISIONS = 3  # of a job, whose two sides do not say how many

PAY_WITHIN = timedelta(days=7)
# How long the client has to look at a delivery before it counts as accepted.
ACCEPT_WITHIN: dict[str, timedelta] = {
    "bid": timedelta(days=14),
    "offer": timedelta(days=14),
    "service": timedelta(days=3),
}
ANSWER_WITHIN = timedelta(hours=72)  # of silence, until a cancellation request becomes a dispute
REVISE_WITHIN = timedelta(days=3)  # at least, for changes that are asked for close to the date
# How often one side may repeat what an order's timeline keeps (docs/decisions/0028). People never meet these numbers.
CANCELLATIONS_MAX = 5
NUMBERS_MAX = 30
STATEMENTS_MAX = 10  # the first one, and how often it may be changed
REVISIONS_MAX = 20  # the most that terms can say

SourceType = Literal["bid", "service", "offer"]
Side = Literal["client", "freelancer"]
SIDES: tuple[Side, Side] = ("client", "freelancer")
Actor = Literal["client", "freelancer", "admin", "provider", "time"]
EndedBy = Literal["client", "freelancer", "admin", "time"]  # an order that nobody has paid
OrderStatus = Literal["pending_payment", "in_progress", "delivered", "disputed", "completed", "cancelled"]

ACTIVE = ("pending_payment", "in_progress", "delivered", "disputed")
PAID = ("in_progress", "delivered", "disputed")  # money is held
WORKED_ON = ("in_progress", "delivered")
# What lists and counts are by (docs/api.md).
STATES: dict[str, tuple[str, ...]] = {
    "active": ACTIVE,
    "completed": ("completed",),
    "cancelled": ("cancelled",),
}

_REFUND = ("what is held goes back to the client",)
_CLOSED = ("an open cancellation and dispute are closed",)
_REOPENED = ("its door is open again",)
_GOES_ON = ("the dispute is closed", "its dates move by the time that was lost")
ORDER = Lifecycle(
    "order",
    Transition("agree", "client or freelancer", (), "pending_payment"),
    Transition("pay", "provider", ("pending_payment",), "in_progress", ("the money is held",)),
    Transition("call_off", "client or freelancer", ("pending_payment",), "cancelled", _REOPENED),
    Transition("expire", "time", ("pending_payment",), "cancelled", _REOPENED),
    Transition("void", "admin", ("pending_payment",), "cancelled", _REOPENED),
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
    Transition(
        "escalate",
        "time or admin",
        WORKED_ON,
        "disputed",
        ("a dispute opens", "the cancellation is closed"),
    ),
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
    Transition("resume", "admin", ("disputed",), "in_progress", _GOES_ON),
    Transition("resume_delivered", "admin", ("disputed",), "delivered", _GOES_ON),
    Transition("decide", "admin", PAID, "completed", ("the money is released or split", *_CLOSED)),
    Transition("decide_nothing", "admin", PAID, "cancelled", (*_REFUND, *_CLOSED)),
    *AFTERWARDS,
)


class Source(msgspec.Struct, frozen=True):
    """The door that an order came through: the bid that was hired, the service that was bought, the offer."""

    type: SourceType
    id: ObjectId


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What was agreed, copied inside the transaction of the agreement: no later edit changes it (invariant 5).

    `message` is what the freelancer wrote with the bid, or the sender with the offer. Lists leave `text` and `message`
    empty. The files (`file_ids` are the client's, `message_file_ids` the freelancer's) belong to the order from then
    on. `brief` answers the `questions` of a service; the client may change it until they pay. Instead of days there may
    be a day: `due_at` is the end of it.
    """

    title: str
    text: str = ""
    price_minor: int
    message: str = ""
    delivery_days: int | None = None
    due_at: datetime | None = None
    revisions: int = REVISIONS
    file_ids: list[ObjectId] = []
    message_file_ids: list[ObjectId] = []
    questions: list[Question] = []
    brief: Brief | None = None

    @property
    def days(self) -> int:
        """How many days from payment the freelancer has, unless a day is agreed. Earlier versions kept none if a bid
        named none.
        """
        return self.delivery_days or DELIVERY_DAYS

    def due_after(self, paid_at: datetime) -> datetime:
        """Return when the work is due if it was paid then: at the end of the agreed day, but at least a day later."""
        if self.due_at:
            return max(self.due_at, paid_at + timedelta(days=1))
        return paid_at + timedelta(days=self.days)


class HasTerms(Protocol):
    """What somebody agrees to: a bid, or a service."""

    price_minor: int

    def has_terms_of(self, version: int) -> bool:
        """Whether its terms are those of this version of it."""


class Seen(msgspec.Struct, frozen=True):
    """The terms that a page showed when its reader agreed to them. A program may leave them out."""

    price_minor: int | None = None
    version: int | None = None

    def check(self, agreed: HasTerms, what: str) -> None:
        """Refuse terms that were not seen (docs/domain.md, The price that one saw). Raises Conflict."""
        is_same = self.version is None or agreed.has_terms_of(self.version)
        if self.price_minor not in (None, agreed.price_minor) or not is_same:
            text = f"This {what} has changed since you opened it. Please check the new terms."
            raise Conflict(text, code="terms_changed")


class Happened(msgspec.Struct, kw_only=True):
    """One line of an order's timeline: `name` is a transition's, `data` what belongs to it."""

    at: datetime
    actor: Actor
    name: str
    data: dict[str, str | int] = {}


class OpenCancellation(msgspec.Struct, kw_only=True):
    """The open cancellation request of one side; silence until `answer_by` makes it a dispute."""

    id: ObjectId
    by: Side
    reason: str
    at: datetime
    answer_by: datetime


class Paused(msgspec.Struct, frozen=True, kw_only=True):
    """What an order was before the shutting of an account put it before an admin, and since when it has stood still."""

    status: OrderStatus
    at: datetime


def path_of(order_id: ObjectId) -> str:
    """Return the address of the page of the order with this id."""
    return f"/orders/{order_id}"


class Order(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """An order as stored. Amounts are minor units; `fee_minor` is the fee on the whole price.

    `live` is true until it ended: a bid or an offer has only one live order. `remind_at` is when to remind somebody of
    what the state asks of them, None if nobody is to be reminded. In lists, `events` has only what says whose turn it
    is. `digest` is `digest_of` what was agreed. `escalated_for` is the side whose account was shut, so that an admin
    has to decide; `paused` is there too if that opened the dispute.
    """

    id: ObjectId
    source: Source
    gig_id: ObjectId | None = None
    live: bool = True
    client_id: ObjectId
    freelancer_id: ObjectId
    terms: Terms
    category: str = "other"  # of its gig when they agreed
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
    cancellation: OpenCancellation | None = None
    dispute_id: ObjectId | None = None
    escalated_for: Side | None = None
    paused: Paused | None = None
    remind_at: datetime | None = None
    released_minor: int = 0  # gross: the freelancer's part and the fee on it
    refunded_minor: int = 0  # if it is not 0 before the end, the provider gave that back by itself
    lost_minor: int = 0  # what the provider took back after the end
    doubt_minor: int = 0  # the part of it that stays in the freelancer's balance until an admin has decided
    taken_back_minor: int = 0  # from the freelancer's balance, by such a decision
    unsent_minor: int = 0  # what of a refund did not arrive
    ended_at: datetime | None = None
    reviewed: dict[Side, datetime] = {}
    events: list[Happened] = []
    created_at: datetime
    updated_at: datetime

    @property
    def path(self) -> str:
        """The address of the order's page on this site."""
        return path_of(self.id)

    @property
    def about(self) -> About:
        """What its two sides are told about, on its page."""
        return About(url=self.path, gig_id=self.gig_id, gig_title=self.terms.title, order_id=self.id)

    @property
    def revisions_left(self) -> int:
        """How often the client may still ask for changes."""
        return max(0, self.terms.revisions - self.revisions_used)

    @property
    def held_minor(self) -> int:
        """What is still held of a paid price, before the end: less what the provider gave back by itself."""
        return self.price_minor - self.refunded_minor

    @property
    def ended_unpaid(self) -> bool:
        """Whether it came to nothing before any money was held."""
        return self.status == "cancelled" and self.paid_at is None

    def side_of(self, user_id: ObjectId | None) -> Side | None:
        """Return which side somebody is on, None for a stranger."""
        if user_id == self.client_id:
            return "client"
        return "freelancer" if user_id == self.freelancer_id else None

    def may_repeat(self, transition: str, actor: Actor) -> bool:
        """Return whether somebody may do once more what they may do only a limited number of times in one order."""
        most = ORDER[transition].at_most
        done = sum(each.name == transition and each.actor == actor for each in self.events)
        return most is None or done < most

    def net_of(self, released_minor: int) -> int:
        """Return what reaches the freelancer of an amount that is released: the amount less the fee on it."""
        return released_minor - fee_of(released_minor, self.fee_basis_points)

    def person(self, side: Side) -> ObjectId:
        """Return who is on this side."""
        return self.client_id if side == "client" else self.freelancer_id

    @property
    def sides(self) -> dict[str, Any]:
        """Whom an act on the order concerns, as the record names them."""
        return {"client_id": self.client_id, "freelancer_id": self.freelancer_id}


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What never changes in an order, for those who write down its money: its door, who is on which side, its title."""

    order_id: ObjectId
    source_type: SourceType
    client_id: ObjectId
    freelancer_id: ObjectId
    title: str
    fee_basis_points: int


class Delivery(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """What the freelancer handed in: a message and files (of the feature `files`)."""

    id: ObjectId
    order_id: ObjectId
    message: str
    file_ids: list[ObjectId] = []
    created_at: datetime


# If a side of an order is shut out, everything in it waits for an admin except these: it ends before it is paid, and an
# admin learns who is there. A person who is shut out does none of these either.
ALSO_IF_SHUT = ("call_off", "expire", "void", "statement")

CancellationStatus = Literal["open", "agreed", "refused", "taken_back", "escalated", "closed"]


class Cancellation(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """A cancellation request and what became of it; `closed` if the order ended or was disputed first."""

    id: ObjectId
    order_id: ObjectId
    by: Side
    reason: str
    status: CancellationStatus = "open"
    created_at: datetime
    closed_at: datetime | None = None


# What two people agree on, as it is stored: none of it ever changes.
_AGREED = (
    *("_id", "source", "gig_id", "client_id", "freelancer_id", "terms"),
    *("price_minor", "fee_minor", "fee_basis_points", "created_at"),
)


def digest_of(order: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what was agreed in a stored order, in hexadecimal digits: `audit` uses it to prove that
    this still stands.
    """
    agreed = {name: order.get(name) for name in _AGREED}
    return hashlib.sha256(msgspec.json.encode(agreed, enc_hook=str, order="deterministic")).hexdigest()


def other(side: Side) -> Side:
    """Return the other side."""
    return "freelancer" if side == "client" else "client"
