"""Bids: a freelancer's answer to a job, with a message and a price."""

from datetime import datetime
from hashlib import sha256
from typing import Literal, get_args

import msgspec
from bson import ObjectId

from gigflow.core.transitions import Lifecycle, Transition
from gigflow.gigs.models import Job
from gigflow.orders.models import DELIVERY_DAYS, REVISIONS

MESSAGE_MAX = 2_000  # docs/api.md, Longest texts
DELIVERY_DAYS_MAX = 365
REASON_MAX = 500
RECONSIDERED_MAX = 5  # times that the owner of a job looks at one bid again after declining it
COMPARED_MAX = 4
LIST_MAX = 1_000  # docs/api.md: a job's owner gets all its bids at once, up to here
IDEMPOTENCY_KEY_MAX = 200

BidStatus = Literal["pending", "hired", "rejected", "withdrawn"]
BidOrder = Literal["newest", "price", "rating", "delivery"]
BID_ORDERS: tuple[BidOrder, ...] = get_args(BidOrder)

BID = Lifecycle(
    "bid",
    Transition("place", "freelancer", (), "pending", ("the job counts one more bid",)),
    Transition(
        "change", "freelancer", ("pending",), "pending", ("it is for the job's terms as they are now",)
    ),
    Transition("hire", "owner", ("pending",), "hired", ("the job is assigned",)),
    Transition("reject", "owner", ("pending",), "rejected"),
    Transition("decline", "owner", ("pending",), "rejected", ("the job counts one fewer bid",)),
    Transition(
        "reconsider",
        "owner",
        ("rejected",),
        "pending",
        ("the job counts one more bid",),
        at_most=RECONSIDERED_MAX,
    ),
    Transition("withdraw", "freelancer", ("pending",), "withdrawn", ("the job counts one fewer bid",)),
    Transition("reopen", "its order", ("hired", "rejected"), "pending", ("the job is open",)),
    Transition(
        "call_off", "its order", ("hired",), "withdrawn", ("the job is open", "it counts one fewer bid")
    ),
)


# On one job. A hire, the end of its order and the closing of the job write every bid on it in one transaction: 5,000
# took two to three of the five seconds that the embedded database allows.
BIDS_MAX = 2_000


class BidTerms(msgspec.Struct, kw_only=True):
    """What the freelancer says: why them, for how much, in how many days (None: in the job's), and how often the client
    may ask for changes; with files (of the feature `files`) that show it.
    """

    message: str
    price_minor: int
    delivery_days: int | None = None
    revisions: int = REVISIONS
    file_ids: list[ObjectId] = []


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """What was binding in a job when somebody bid on it; of its description a digest, by which a change is seen."""

    title: str
    described: str
    price_minor: int
    delivery_days: int | None = None
    start_on: datetime | None = None
    due_on: datetime | None = None
    file_ids: list[ObjectId] = []

    @classmethod
    def of(cls, job: Job) -> "Earlier":
        """Return what is binding in a job now."""
        return cls(
            title=job.title,
            described=sha256(job.description.encode()).hexdigest(),
            price_minor=job.price_minor,
            delivery_days=job.delivery_days,
            start_on=job.start_on,
            due_on=job.due_on,
            file_ids=job.file_ids,
        )


class Bid(BidTerms, kw_only=True, rename={"id": "_id"}):
    """A bid as stored. `rejected_by` is the order whose hire chose another bid, or the owner who closed the job or
    declined this bid (`declined_at`), with words to its freelancer (`reason`) or without.

    If such an order is not paid, the bid is pending again; but a bid that was rejected `for_good` is withdrawn: its
    freelancer was shut out or has left since, and a declined one stays declined. `decisions` are what its freelancer
    was told by when it was declined, reconsidered, declined again and so on.

    `unread_by` is the job's owner until they have looked at it.

    `for_terms` is the job's `terms_version` that it is for: nobody is hired on terms that they have not confirmed.
    `change_told` is what its freelancer was told by when those became others than the job's, `earlier` what they were;
    a bid that is declined keeps them in case they change until it is reconsidered.

    `starred_by` is the job's owner, if they have starred it: nobody else knows.
    """

    id: ObjectId
    gig_id: ObjectId
    freelancer_id: ObjectId
    status: BidStatus = "pending"
    rejected_by: ObjectId | None = None
    for_good: bool = False
    declined_at: datetime | None = None
    reason: str = ""
    decisions: list[ObjectId] = []
    for_terms: int = 1
    change_told: ObjectId | None = None
    earlier: Earlier | None = None
    unread_by: ObjectId | None = None
    starred_at: datetime | None = None
    starred_by: ObjectId | None = None
    version: int = 1
    created_at: datetime
    updated_at: datetime

    @property
    def is_declined(self) -> bool:
        """Whether the owner of its job has declined it, and not because of anything else."""
        return self.declined_at is not None

    @property
    def may_be_reconsidered(self) -> bool:
        """Whether the owner of its job may look at it again, as far as it is about the bid itself."""
        return self.is_declined and not self.for_good and len(self.decisions) < 2 * RECONSIDERED_MAX

    def has_terms_of(self, version: int) -> bool:
        """Whether its terms are those of this version of it."""
        return version == self.version

    def is_for(self, job: Job) -> bool:
        """Return whether its freelancer has confirmed the terms of its job as they are."""
        return self.for_terms == job.terms_version

    def days_for(self, job: Job) -> int:
        """Return how many days the work takes from payment: as the bid says, else as its job says, else the usual."""
        return self.delivery_days or job.delivery_days or DELIVERY_DAYS


def value_in(order: BidOrder, price_minor: int, delivery_days: int, average: float | None) -> float:
    """Return what a bid has of what an order goes by, the least first: those with the same value are newest first."""
    if order == "rating":
        return -(average or 0.0)
    return float({"newest": 0, "price": price_minor, "delivery": delivery_days}[order])


class Unread(msgspec.Struct, frozen=True):
    """The bids on a job that its owner has not looked at: how many, and the latest version among them, which is 1 if
    none of them was ever changed or confirmed.
    """

    count: int = 0
    version: int = 1


class Waiting(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """What is needed to tell the freelancer of a waiting bid what became of its job."""

    id: ObjectId
    freelancer_id: ObjectId
    for_terms: int = 1
