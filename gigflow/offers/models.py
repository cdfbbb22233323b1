"""Offers: the third door to an order, between two people or for a request (docs/domain.md, Offers and Requests)."""

from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import msgspec
from bson import ObjectId

from gigflow.core.money import fee_of
from gigflow.core.transitions import AS_IT_WAS, Lifecycle, Transition
from gigflow.orders.models import DELIVERY_DAYS, REVISIONS, Side

NOTE_MAX = 2_000  # docs/api.md, Longest texts
REASON_MAX = 500
IDEMPOTENCY_KEY_MAX = 200
EXPIRES_DAYS = 7  # if the sender says nothing
EXPIRES_DAYS_MAX = 30
ROUNDS_MAX = 20  # of one negotiation
ASKED_MAX = 20  # freelancers who may have an open offer of one request
EXPIRES_HOURS = (24, 48, 72, 168)  # that an offer for a request may stand
EXPIRES_HOURS_DEFAULT = 48
REMIND_BEFORE = timedelta(hours=12)  # an offer expires, whose receiver has not answered
REMIND_IF = timedelta(hours=24)  # as long as it stands at least; of a shorter one nobody is reminded
OPEN_MAX = 3  # offers that two people may have open between them
# New negotiations within a day (LIMIT_OFFERS; of people who never had a paid order, LIMIT_FIRST_OFFERS).
BEGUN_WITHIN = timedelta(hours=24)

Kind = Literal["direct", "request"]
OfferStatus = Literal[
    "sent", "accepted", "declined", "countered", "withdrawn", "superseded", "expired", "void", "called_off"
]
LIVE = ("sent", "accepted")  # of which a negotiation has one at most
ENDED = tuple(each for each in get_args(OfferStatus) if each != "sent")

_ORDERED = ("the order is made",)
_RUNS_OUT = "of a request: with its last one it waits for GigFlow again"
OFFER = Lifecycle(
    "offer",
    Transition(
        "send",
        "client or freelancer or admin",
        (),
        "sent",
        ("the receiver is told, unless they have blocked the sender",),
    ),
    Transition(
        "accept",
        "receiver",
        ("sent",),
        "accepted",
        (*_ORDERED, "the sender is told", "of a request: it is matched, and its other offers are superseded"),
    ),
    Transition("decline", "receiver", ("sent",), "declined", ("the sender is told", _RUNS_OUT)),
    Transition("counter", "receiver", ("sent",), "countered", ("an offer of the receiver's is sent",)),
    Transition(
        "withdraw", "sender or admin", ("sent",), "withdrawn", ("the receiver's news ends", _RUNS_OUT)
    ),
    Transition("supersede", "its request", ("sent",), "superseded", ("the freelancer is told",)),
    Transition("expire", "time", ("sent",), "expired", ("the sender is told", _RUNS_OUT)),
    Transition(
        "void", "time", ("sent",), "void", ("one side is shut out or has left: the other is told", _RUNS_OUT)
    ),
    Transition("call_off", "time", ("accepted",), "called_off", ("its order ended unpaid",)),
    Transition("hide", "receiver", ("sent",), AS_IT_WAS, ("they have blocked the sender",)),
)


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """What an admin offers for a request: for its budget and its day unless others are named, and for how many
    hours.
    """

    price_minor: int | None = None
    due_on: datetime | None = None
    expires_hours: int = EXPIRES_HOURS_DEFAULT
    note: str = ""


class OfferTerms(msgspec.Struct, kw_only=True):
    """What an offer says. Of `delivery_days` and `due_on` there is one: the days from payment, or a calendar day (its
    midnight in UTC).
    """

    title: str
    description: str
    price_minor: int
    category: str = "other"
    delivery_days: int | None = DELIVERY_DAYS
    due_on: datetime | None = None
    revisions: int = REVISIONS
    note: str = ""
    file_ids: list[ObjectId] = []


class Offer(OfferTerms, kw_only=True, rename={"id": "_id"}):
    """An offer as stored. It never changes but for its state: other terms are another offer of the same negotiation.

    One of kind `request` was sent by an admin, with others of one `batch`, to a freelancer for the request of a client,
    whose budget it was then; what becomes of it is decided under that request. One of kind `direct` is between its two
    people.

    `negotiation_id` is the id of its first offer; of any later one `answers` is the offer that it counters. `due_at` is
    the end of the agreed day, in the client's time zone when it was sent. The fee is what it was then, so the net that
    a freelancer was shown is the net. A `hidden` one came from somebody whom the receiver has blocked: it is its
    sender's alone. `remind_at` is when its receiver is reminded of it, None if they are not to be. `key` and
    `accept_key` heal lost answers.
    """

    id: ObjectId
    kind: Kind = "direct"
    request_id: ObjectId | None = None
    batch: ObjectId | None = None
    budget_minor: int | None = None
    negotiation_id: ObjectId
    answers: ObjectId | None = None
    round: int = 1
    pair: str
    sender_id: ObjectId
    to_id: ObjectId
    client_id: ObjectId
    freelancer_id: ObjectId
    due_at: datetime | None = None
    fee_basis_points: int
    status: OfferStatus = "sent"
    hidden: bool = False
    expires_at: datetime
    remind_at: datetime | None = None
    reason: str = ""
    wanted_minor: int | None = None  # for how much the one who declined would have
    order_id: ObjectId | None = None
    key: str | None = None
    accept_key: str | None = None
    ended_at: datetime | None = None
    created_at: datetime

    @property
    def path(self) -> str:
        """The address of the offer's page on this site."""
        return f"/offers/{self.id}"

    @property
    def days(self) -> int:
        """How many days from payment the freelancer has, if no day is named."""
        return self.delivery_days or DELIVERY_DAYS

    @property
    def fee_minor(self) -> int:
        """The fee on the price."""
        return fee_of(self.price_minor, self.fee_basis_points)

    @property
    def net_minor(self) -> int:
        """What reaches the freelancer of the price."""
        return self.price_minor - self.fee_minor

    @property
    def author_side(self) -> Side:
        """Which side its terms and files come from: its sender's, or the client's whose request it is for."""
        return "freelancer" if self.sender_id == self.freelancer_id else "client"

    def has_terms_of(self, version: int) -> bool:
        """Return whether its terms are those of a version of it: they never change."""
        return True

    def is_open(self, now: datetime) -> bool:
        """Return whether it can still be accepted."""
        return self.status == "sent" and self.expires_at > now

    def shown_status(self, now: datetime) -> OfferStatus:
        """Return its state as people see it: one whose time has come has expired, whether or not that is noted."""
        return "expired" if self.status == "sent" and self.expires_at <= now else self.status

    def side_of(self, user_id: ObjectId) -> Side:
        """Return which side one of its two people is on."""
        return "client" if user_id == self.client_id else "freelancer"

    def other_than(self, user_id: ObjectId) -> ObjectId:
        """Return the other one of its two people; for an admin who sent it for a request, the freelancer."""
        if user_id != self.to_id:
            return self.to_id
        return self.client_id if self.request_id else self.sender_id

    def is_shown_to(self, user_id: ObjectId) -> bool:
        """Return whether somebody may know of it. The client of a request learns of an offer once it is accepted."""
        if user_id == self.to_id:
            return not self.hidden
        if self.request_id:
            return user_id == self.client_id and self.order_id is not None
        return user_id == self.sender_id

    def as_read_by(self, user_id: ObjectId) -> "Offer":
        """Return what somebody may read of it: once it has ended without them, the freelancer who got it for a request
        reads its title, its price and what became of it.
        """
        if self.request_id is None or self.status in LIVE or user_id != self.to_id:
            return self
        return msgspec.structs.replace(self, description="", note="", file_ids=[])


def reminder(expires_at: datetime, now: datetime) -> datetime | None:
    """Return when to remind of an offer that is sent now and expires then; None if it stands too short for that."""
    return expires_at - REMIND_BEFORE if expires_at - now >= REMIND_IF else None


# What of an offer the two compare from round to round, by the words that a page has for it.
TERMS: dict[str, str] = {
    "title": "the title",
    "description": "the description",
    "price_minor": "the price",
    "delivery_days": "the days",
    "due_on": "the day",
    "revisions": "the revisions",
    "category": "the category",
    "file_ids": "the files",
}


def changed_terms(before: OfferTerms, after: OfferTerms) -> list[str]:
    """Return the words for what is otherwise in a later offer."""
    return [word for name, word in TERMS.items() if _of(before, name) != _of(after, name)]


def says_the_same(one: OfferTerms, other: OfferTerms) -> bool:
    """Return whether two offers say the same, but for their files: a browser sends them again, as others."""
    return one.note == other.note and changed_terms(one, other) in ([], [TERMS["file_ids"]])


def _of(terms: OfferTerms, name: str) -> Any:
    return getattr(terms, name)
