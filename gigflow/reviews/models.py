"""Reviews: what the two sides of a completed order say of each other (docs/domain.md, Reviews)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from bson import ObjectId

from gigflow.core.errors import Invalid
from gigflow.notifications.models import About
from gigflow.orders.models import Order, Side

TEXT_MAX = 2_000  # docs/api.md, Longest texts
STARS = (1, 2, 3, 4, 5)
# How long a single review stays hidden, and the other side may still write one.
WINDOW = timedelta(days=14)

# Where one size of orders ends and the next begins, in minor units: $100, $500, $2,000, $10,000; with a currency that
# has no minor units, ¥10,000 and so on. Wide, so that a review tells how much work it was and not what was paid.
SIZES = (10_000, 50_000, 200_000, 1_000_000)


class SizeBand(msgspec.Struct, frozen=True, kw_only=True):
    """About how much an order was worth, in minor units: `from_minor` or more, and (None: no end) less than
    `below_minor`. Kept with the review, so that it stays what it was when the sizes change.
    """

    from_minor: int
    below_minor: int | None


class Review(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """A review as stored. `side` is its author's, `title` its order's: only the two of them are told the title.

    It is hidden until `revealed_at`, which is `reveal_at` at the latest; once it is revealed, `reveal_at` is None.
    """

    id: ObjectId
    order_id: ObjectId
    gig_id: ObjectId | None = None
    title: str
    author_id: ObjectId
    subject_id: ObjectId
    side: Side
    rating: int
    text: str
    size_band: SizeBand
    reveal_at: datetime | None
    revealed_at: datetime | None = None
    reply: str = ""
    replied_at: datetime | None = None
    created_at: datetime

    @property
    def path(self) -> str:
        """The address on this site at which the two of them read and answer it."""
        return f"/orders/{self.order_id}#reviews"

    @property
    def about(self) -> About:
        """What its two people are told about."""
        return About(url=self.path, gig_id=self.gig_id, gig_title=self.title, order_id=self.order_id)


class Tally(msgspec.Struct, frozen=True):
    """How many reviews gave each number of stars."""

    stars: Mapping[int, int]

    @property
    def count(self) -> int:
        """How many reviews there are."""
        return sum(self.stars.values())

    @property
    def average(self) -> float | None:
        """Stars from 1 to 5 with one decimal, or None before the first review."""
        total = sum(stars * count for stars, count in self.stars.items())
        return round(total / self.count, 1) if self.count else None


def size_of(price_minor: int) -> SizeBand:
    """Return the size of an order of this price."""
    reached = sum(price_minor >= size for size in SIZES)
    return SizeBand(
        from_minor=SIZES[reached - 1] if reached else 0,
        below_minor=SIZES[reached] if reached < len(SIZES) else None,
    )


def closes_at(order: Order) -> datetime:
    """Return when a completed order can no longer be reviewed, and a single review is revealed."""
    assert order.ended_at is not None
    return order.ended_at + WINDOW


def may_be_written(order: Order, side: Side, now: datetime) -> bool:
    """Return whether this side of an order can write its review at this moment."""
    if order.status != "completed" or side in order.reviewed:
        return False
    return now < closes_at(order)


def side_named(name: str | None) -> Side | None:
    """Return the side that a query's `as` names; None if it names none. Raises Invalid."""
    match name:
        case "client" | "freelancer":
            return name
        case None | "":
            return None
    raise Invalid({"as": ["Choose freelancer or client."]})
