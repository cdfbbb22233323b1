"""How well a freelancer fits a request: five parts, each from what is known, whose sum is the score."""

from collections.abc import Collection
from math import log2
from typing import Literal

import msgspec
from bson import ObjectId

from gigflow.core.words import folded, words_of
from gigflow.directory.models import Freelancer
from gigflow.gigs.models import Service
from gigflow.offers.models import Offer

CANDIDATES_MAX = 250  # who are compared for one request
FOUND_MAX = 200  # whom a search finds are compared
TEXT_WORDS_MAX = 500  # of a request, among which skills are looked for

ENOUGH_SKILLS = 3  # who has so many of those that are asked for has enough
CLIENTS_FULL = 8  # in the category
LOAD_FULL = 5  # active orders and open offers

Sort = Literal["match", "rating", "name", "availability"]
PartName = Literal["skills", "category", "rating", "availability", "load"]
# What each part counts for at most.
MOST: dict[PartName, int] = {"skills": 35, "category": 20, "rating": 20, "availability": 15, "load": 10}
POINTS_MAX = sum(MOST.values())
_AVAILABLE = {"available": 15, "limited": 8, "unavailable": 0}


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a request asks for, as far as people are compared by it. Skills are folded."""

    category: str
    skills: frozenset[str]
    words: frozenset[str]


class Part(msgspec.Struct, frozen=True):
    """One part of a score: tenths of a point, how many there could be, and why in words."""

    name: PartName
    tenths: int
    most: int
    why: str


class Score(msgspec.Struct, frozen=True):
    """The parts of a score, whose sum it is."""

    parts: tuple[Part, ...]

    @property
    def tenths(self) -> int:
        """The sum of its parts, in tenths of a point."""
        return sum(each.tenths for each in self.parts)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a score needs of somebody besides their place in the directory."""

    clients: int = 0  # for whom they have completed work in the category
    active: int = 0  # orders
    offers: int = 0  # that wait for their answer as a freelancer

    @property
    def load(self) -> int:
        """How much they have to do or to answer."""
        return self.active + self.offers


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A freelancer with the score for a request, if there is one, and the facts behind it."""

    freelancer: Freelancer
    facts: Facts
    score: Score | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What an admin reads of somebody besides the score, before asking them: whether they have an open offer of this
    request, what of theirs is due while it would be worked on and what is overdue, their last answers to offers for
    requests, how many orders they had with this client, and their live services, of which some are shown.
    """

    is_asked: bool = False
    due_then: int = 0
    overdue: int = 0
    answers: tuple[Offer, ...] = ()
    worked_together: int = 0
    services: int = 0
    samples: tuple[Service, ...] = ()


def wanted_of(category: str, skills: Collection[str], *texts: str) -> Wanted:
    """Return what a request asks for."""
    words = frozenset(word for text in texts for word in words_of(text, TEXT_WORDS_MAX))
    return Wanted(category=category, skills=frozenset(map(folded, skills)), words=words)


def score_of(freelancer: Freelancer, facts: Facts, wanted: Wanted) -> Score:
    """Return how well a freelancer fits what is wanted."""
    return Score(
        (
            _skills(freelancer, wanted),
            _category(facts),
            _rating(freelancer),
            _availability(freelancer),
            _load(facts),
        )
    )


def in_order(matches: Collection[Match]) -> list[Match]:
    """Return matches, the best first: by score, then by rank, then by id."""
    return sorted(matches, key=key_of, reverse=True)


def key_of(match: Match) -> tuple[int, float, ObjectId]:
    """Return by what matches are sorted."""
    return (match.score.tenths if match.score else 0, match.freelancer.rank, match.freelancer.id)


def _skills(freelancer: Freelancer, wanted: Wanted) -> Part:
    mine = {folded(skill): skill for skill in freelancer.skills}
    if wanted.skills:
        hits, enough = mine.keys() & wanted.skills, min(ENOUGH_SKILLS, len(wanted.skills))
        why = f"{len(hits)} of {len(wanted.skills)} skills"
    else:
        hits = {folded_skill for folded_skill in mine if _stands_in(folded_skill, wanted.words)}
        enough = ENOUGH_SKILLS
        why = f"{len(hits)} of their skills stand in the request"
    return _part("skills", min(1.0, len(hits) / enough), why)


def _stands_in(skill: str, words: Collection[str]) -> bool:
    parts = words_of(skill)
    return bool(parts) and all(part in words for part in parts)


def _category(facts: Facts) -> Part:
    share = min(1.0, log2(1 + facts.clients) / log2(1 + CLIENTS_FULL))
    clients = "1 client" if facts.clients == 1 else f"{facts.clients} clients"
    return _part("category", share, f"work for {clients} in this category")


def _rating(freelancer: Freelancer) -> Part:
    share = max(0.0, min(1.0, (freelancer.rank - 3) / 2))
    average, by = freelancer.rating.freelancer.average, freelancer.rated_by
    clients = "1 client" if by == 1 else f"{by} clients"
    return _part("rating", share, f"{average:.1f} from {clients}" if average is not None else "no review yet")


def _availability(freelancer: Freelancer) -> Part:
    points = _AVAILABLE[freelancer.availability]
    until = freelancer.availability_until
    why = f"{freelancer.availability} until {until:%-d %b %Y}" if until else freelancer.availability
    return Part("availability", points * 10, MOST["availability"], why)


def _load(facts: Facts) -> Part:
    share = max(0.0, 1 - facts.load / LOAD_FULL)
    return _part("load", share, f"{facts.active} active orders, {facts.offers} open offers")


def _part(name: PartName, share: float, why: str) -> Part:
    return Part(name, round(MOST[name] * 10 * share), MOST[name], why)
