"""The directory of people: what it keeps of somebody, and what one looks for in it (docs/domain.md, The directory)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from bson import ObjectId

from gigflow.accounts.models import Availability, Ratings, User
from gigflow.core.words import folded, skill_word, words_of
from gigflow.gigs.models import rank_of

NAME_WORDS_MAX = 20
SKILL_WORDS_MAX = 60  # as of a gig
HEADLINE_WORDS_MAX = 30
NAME_KEY_MAX = 40  # characters of a name that the order by name goes by
AVAILABLE: dict[Availability, int] = {"unavailable": 0, "limited": 1, "available": 2}
# What is looked for besides words stands among the words of a person, too, so that one kind of index answers all of it.
# Nobody can type such a word.
_LANGUAGE, _CATEGORY, _PRICE, _STARS = "\u0002", "\u0003", "\u0004", "\u0005"

Sort = Literal["rating", "name", "newest"]
SEARCH_MAX = 200  # as on the market
STARS = (4.5, 4.0, 3.0)  # the steps in which a page asks how good
HIGHLY_RATED, RATED_BY = 4.5, 3  # stars on average, as pages show it, from at least so many clients
HIGHLY_RATED_HUNDREDTHS = 445  # which is shown as 4.5


class Offered(msgspec.Struct, frozen=True):
    """A live service, as far as the directory goes by it."""

    category: str
    price_minor: int


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has completed in a category: orders, and for how many clients."""

    category: str
    clients: int
    completed: int


class ByClients(msgspec.Struct, frozen=True):
    """How clients have rated, each counted once: how many they are, and the sum of their averages in hundredths."""

    clients: int = 0
    hundredths: int = 0


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What the directory keeps in the account of somebody who is in it; other accounts have none of it."""

    for_hire: Literal[True] = True
    name_key: str
    rank: float
    rated_by: int
    avail: int
    find_words: list[str]
    categories: list[str]
    from_price_minor: int | None
    jobs_done: int


class Freelancer(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """Somebody as the directory shows them: what everybody may know, and never an address."""

    id: ObjectId
    name: str
    headline: str = ""
    skills: list[str] = []
    languages: list[str] = []
    availability: Availability = "available"
    availability_until: datetime | None = None
    picture_id: ObjectId | None = None
    time_zone: str = ""
    rating: Ratings = Ratings()
    rated_by: int = 0
    rank: float = 0.0
    name_key: str = ""
    from_price_minor: int | None = None
    jobs_done: int = 0
    answers_within: int | None = None  # seconds, usually
    created_at: datetime


def is_highly_rated(freelancer: Freelancer) -> bool:
    """Return whether somebody is highly rated by enough clients."""
    rating = freelancer.rating.freelancer
    return freelancer.rated_by >= RATED_BY and rating.sum * 100 >= rating.count * HIGHLY_RATED_HUNDREDTHS


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody looks for among the people who can be hired; empty fields and None set no condition. `without` are
    people whom the reader has blocked, and `least_raters` is by how many clients somebody was rated.
    """

    text: str = ""
    skills: tuple[str, ...] = ()
    category: str | None = None
    available: bool = False
    least_stars: float | None = None
    least_raters: int | None = None
    languages: tuple[str, ...] = ()
    most_price: int | None = None
    sort: Sort = "rating"
    without: tuple[ObjectId, ...] = ()

    def conditions(self) -> list[str]:
        """Return the names of the conditions that are set."""
        empty = Look(sort=self.sort, without=self.without)
        return [name for name in self.__struct_fields__ if getattr(self, name) != getattr(empty, name)]

    @property
    def order(self) -> str | None:
        """What its cursors are of; None if the newest come first, as in every other list."""
        return None if self.sort == "newest" else self.sort


def place_of(user: User, offered: Sequence[Offered], work: Sequence[Work], rated: ByClients) -> Place | None:
    """Return somebody's place in the directory, or None if they are not in it."""
    if not user.listed or user.disabled_at or user.unconfirmed:
        return None
    if not (user.headline or user.skills or offered):
        return None
    categories = sorted({*(each.category for each in offered), *(each.category for each in work)})
    from_price = min((each.price_minor for each in offered), default=None)
    average = user.rating.freelancer.average
    marks = [
        *map(skill_word, user.skills),
        *map(language_word, user.languages),
        *map(category_word, categories),
        *([_PRICE + _step(from_price)] if from_price is not None else []),
        *([_STARS + _tenths(average)] if average is not None else []),
    ]
    return Place(
        name_key=folded(user.name)[:NAME_KEY_MAX],
        rank=rank_of(rated.clients, rated.hundredths),
        rated_by=rated.clients,
        avail=AVAILABLE[user.availability],
        find_words=list(dict.fromkeys([*_words_of(user), *marks])),
        categories=categories,
        from_price_minor=from_price,
        jobs_done=sum(each.clients for each in work),
    )


def language_word(code: str) -> str:
    """Return how a language is written among the words of somebody who speaks it."""
    return _LANGUAGE + code


def category_word(slug: str) -> str:
    """Return how a category is written among the words of somebody who works in it."""
    return _CATEGORY + slug


def price_words(most_minor: int) -> list[str]:
    """Return the words of all whose cheapest service may cost so much at the most. A step holds prices up to twice as
    high as those of the one before, so that of the highest the price itself has to be looked at.
    """
    return [_PRICE + f"{step:02}" for step in range(most_minor.bit_length() + 1)]


def stars_words(least: float) -> list[str]:
    """Return the words of all whose average, as pages show it, is at least so many stars."""
    tenths = -int(-least * 10 // 1)
    return [_STARS + f"{each:02}" for each in range(max(tenths, 10), 51)]


def _words_of(user: User) -> Iterable[str]:
    yield from words_of(user.name, NAME_WORDS_MAX)
    yield from words_of(" ".join(user.skills), SKILL_WORDS_MAX)
    yield from words_of(user.headline, HEADLINE_WORDS_MAX)


def _step(price_minor: int) -> str:
    return f"{price_minor.bit_length():02}"


def _tenths(average: float) -> str:
    return f"{round(average * 10):02}"
