"""What somebody looks for on the market."""

import math
from typing import Literal

import msgspec
from bson import ObjectId

from gigflow.gigs.models import GigKind

FACETED_MAX = 5_000  # gigs that are counted for the facets; beyond that a count says "at least"
# The steps in which people say how soon and how good; programs may say any number.
DAYS = (3, 7, 14, 30)
STARS = (4.5, 4.0, 3.0)
SEARCH_MAX = 200  # longer than any title, so nothing that could be found is refused


def least_average(stars: float) -> float:
    """Return the least average that is shown as at least so many stars: 4.45, which pages show as 4.5, for 4.5."""
    tenths = math.ceil(stars * 10 - 1e-9)
    edge = (10 * tenths - 5) / 100
    return edge if round(edge, 1) * 10 >= tenths - 1e-9 else math.nextafter(edge, math.inf)


Sort = Literal["newest", "price", "-price", "rating", "relevance"]


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody looks for among the gigs that are listed; empty fields and None set no condition.

    `in_title` asks for gigs in whose title every part of the text is a whole word (True), or for the others (False);
    `since` for this gig and newer ones.
    """

    text: str = ""
    titles_only: bool = False
    in_title: bool | None = None
    since: ObjectId | None = None
    kinds: tuple[GigKind, ...] = ("job",)
    category: str | None = None
    skills: tuple[str, ...] = ()
    least_price: int | None = None
    most_price: int | None = None
    most_days: int | None = None
    least_stars: float | None = None
    available: bool = False
    sort: Sort = "newest"

    @property
    def order(self) -> str | None:
        """What its cursors are of; None if the newest come first, as in every other list."""
        return None if self.sort == "newest" else self.sort
