"""Offers between two people: the third door to an order (docs/domain.md, Offers)."""

from datetime import datetime, timedelta
from typing import Any, Literal

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
OPEN_MAX = 3  # offers that two people may have open between them
# New negotiations within a day (LIMIT_OFFERS; of people who never had a paid order, LIMIT_FIRST_OFFERS).
BEGUN_WITHIN = timedelta(hours=24)

OfferStatus = Literal[
    "sent", "accepted", "declined", "countered", "withdrawn", "expired", "void", "called_off"
]
LIVE = ("sent", "accepted")  # of which a negotiation has one at most

_ORDERED = ("the order is made",)
OFFER = Lifecycle(
    "offer",
    Transition(
        "send",
        "client or freelancer",
        (),
        "sent",
        ("the receiver is told, unless they have blocked the sender",),
    ),
    Transition("accept", "receiver", ("sent",), "accepted", (*_ORDERED, "the sender is told")),
    Transition("decline", "receiver", ("sent",), "declined", ("the sender is told",)),
    Transition("counter", "receiver", ("sent",), "countered", ("an offer of the receiver's is sent",)),
    Transition("withdraw", "sender", ("sent",), "withdrawn", ("the receiver's news ends",)),
    Transition("expire", "time", ("sent",), "expired", ("the sender is told",)),
    Transition("void", "time", ("sent",), "void", ("one side is shut out or has left: the other is told",)),
    Transition("call_off", "time", ("accepted",), "called_off", ("its order ended unpaid",)),
    Transition("hide", "receiver", ("sent",), AS_IT_WAS, ("they have blocked the sender",)),
)


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

    `negotiation_id` is the id of its first offer; of any later one `answers` is the offer that it counters. `due_at` is
    the end of the agreed day, in the client's time zone when it was sent. The fee is what it was then, so the net that
    a freelancer was shown is the net. A `hidden` one came from somebody whom the receiver has blocked: it is its
    sender's alone. `key` and `accept_key` heal lost answers.
    """

    id: ObjectId
    kind: Literal["direct"] = "direct"
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
    def sender_side(self) -> Side:
        """Which side its sender is on."""
        return "client" if self.sender_id == self.client_id else "freelancer"

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
        """Return the other one of its two people."""
        return self.to_id if user_id == self.sender_id else self.sender_id

    def is_shown_to(self, user_id: ObjectId) -> bool:
        """Return whether somebody may know of it."""
        return user_id == self.sender_id or (user_id == self.to_id and not self.hidden)


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
