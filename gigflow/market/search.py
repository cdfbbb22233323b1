"""Searching the market: pages in any order, what the facets count, and what to loosen if nothing is found."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

import msgspec
from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db
from gigflow.core.errors import Unavailable
from gigflow.core.paging import Page, PageRequest
from gigflow.core.words import folded, parts_of, words_of
from gigflow.gigs.categories import CATEGORY_GROUPS
from gigflow.gigs.models import LISTED, Gig, GigKind
from gigflow.market import plans as finding
from gigflow.market.models import DAYS, STARS, Search, least_average

# Of the gigs that a search finds other than as whole words of the title, this many of the newest are sorted by how well
# they fit.
RANKED_MAX = 300
# This many that came while somebody reads on are sorted with those.
RANKED_LATER_MAX = 700
COUNT_MAX = 1_000  # a category says "1,000+" from here

# How well a part fits by where it was found: a whole word of the title, the start of one, inside one, a skill, the text
_WHOLE, _START, _INSIDE, _SKILL, _TEXT = 16, 8, 4, 3, 1


class Facets(msgspec.Struct, kw_only=True):
    """How many gigs each value of a condition would find, with all others as they are.

    At most `FACETED_MAX` gigs of a kind are looked at; `at_least` says that of the kinds searched there were more.
    """

    kinds: list[tuple[str, int]]
    categories: list[tuple[str, int]]
    skills: list[tuple[str, int]]
    days: list[tuple[int, int]]
    stars: list[tuple[float, int]]
    at_least: bool


class CategoryCount(msgspec.Struct):
    """A category, and how many jobs are open and services live in it, counted up to `COUNT_MAX`."""

    slug: str
    name: str
    jobs: int
    services: int


class CategoryGroup(msgspec.Struct):
    """A group of categories as people read it."""

    name: str
    categories: list[CategoryCount]


class Fitting(msgspec.Struct, frozen=True):
    """A gig, how well it fits, and the oldest of those among which it was ranked."""

    fit: float
    gig: Gig
    ranked_since: ObjectId | None = None


def search_gigs(db: Db, search: Search, page: PageRequest) -> Page[Gig]:
    """Return a page of what a search finds among the gigs that are listed."""
    if search.sort == "relevance":
        return _most_relevant(db, search, page)
    return finding.find_listed(db, search, page)


def newest(db: Db, kind: GigKind, limit: int, category: str | None = None) -> list[Gig]:
    """Return the newest gigs of a kind that are listed, of all categories or of one."""
    return finding.find_listed(db, Search(kinds=(kind,), category=category), PageRequest(limit)).rows


def newest_of_others(db: Db, viewer: Viewer, kind: GigKind, limit: int) -> list[Gig]:
    """Return the newest gigs of a kind that are listed and that are not the viewer's own."""
    return finding.find_newest_of_others(db, kind, viewer.user_id, limit)


def best(db: Db, kind: GigKind, limit: int) -> list[Gig]:
    """Return the gigs of a kind that are rated best."""
    return finding.find_listed(db, Search(kinds=(kind,), sort="rating"), PageRequest(limit)).rows


def count_listed(db: Db, kind: GigKind, most: int) -> int:
    """Return how many gigs of a kind are listed, counted up to `most`."""
    return finding.count_listed(db, LISTED[kind], most)


def count_facets(db: Db, search: Search) -> Facets:
    """Return what the conditions of a search would find with other values; each facet leaves its own condition out."""
    without = {
        "category": msgspec.structs.replace(search, category=None),
        "delivery_days": msgspec.structs.replace(search, most_days=None),
        "stars": msgspec.structs.replace(search, least_stars=None),
    }
    # Those whose condition is not set are the search itself, and counted together.
    together = ["kind", "skills", *(field for field, other in without.items() if other == search)]
    found = finding.count_facets(db, search, together)
    counts, at_least = found.values, found.at_least
    for field in without.keys() - together:
        found = finding.count_facets(db, without[field], [field])
        counts |= found.values
        at_least |= found.at_least
    other_kinds = tuple(kind for kind in LISTED if kind not in search.kinds)
    others = finding.count_facets(db, msgspec.structs.replace(search, kinds=other_kinds), ["kind"])
    days, stars = (
        [(value, count) for value, count in counts[field] if value is not None]
        for field in ("delivery_days", "stars")
    )
    return Facets(
        kinds=[*counts["kind"], *others.values["kind"]],
        categories=counts["category"],
        skills=_merged(counts["skills"])[:10],
        days=[(most, sum(count for value, count in days if value <= most)) for most in DAYS],
        stars=[
            (least, sum(count for value, count in stars if value >= least_average(least))) for least in STARS
        ],
        at_least=at_least,
    )


def _merged(skills: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Merge skills that differ in case and accents, as the filter does, in the most common spelling."""
    spelling: dict[str, str] = {}
    total: Counter[str] = Counter()
    for skill, count in skills:
        total[spelling.setdefault(folded(skill), skill)] += count
    return total.most_common()


def looser(db: Db, search: Search) -> dict[str, Search]:
    """Return what could be left out of a search that finds nothing, to find something, by the condition's name."""
    empty = Search(kinds=search.kinds)
    found = {}
    for field in (
        "category",
        "skills",
        "least_price",
        "most_price",
        "most_days",
        "least_stars",
        "available",
        "text",
    ):
        if getattr(search, field) != getattr(empty, field):
            other = msgspec.structs.replace(search, **{field: getattr(empty, field)})
            if finds_any(db, other):
                found[field] = other
    return found


def finds_any(db: Db, search: Search) -> bool:
    """Return whether a search finds something; one that takes too long is not suggested."""
    try:
        return bool(
            finding.find_listed(db, msgspec.structs.replace(search, sort="newest"), PageRequest(1)).rows
        )
    except Unavailable:
        return False


def categories(db: Db) -> list[CategoryGroup]:
    """Return the tree of categories with what is in each of them now."""

    def counted(slug: str, name: str) -> CategoryCount:
        jobs, services = (
            finding.count_in_category(db, slug, LISTED[kind], COUNT_MAX) for kind in ("job", "service")
        )
        return CategoryCount(slug, name, jobs, services)

    return [CategoryGroup(name, [counted(*each) for each in pairs]) for name, pairs in CATEGORY_GROUPS]


def _most_relevant(db: Db, search: Search, page: PageRequest) -> Page[Gig]:
    """Return those that fit best first; a cursor keeps how well its row fits, and among which it was ranked."""
    found = list(islice(_by_fit(db, search, page), page.limit + 1))
    cut = page.cut(
        found, lambda row: row.gig.id, search.order, lambda row: row.fit, lambda row: row.ranked_since
    )
    return Page([row.gig for row in cut.rows], cut.next)


def _by_fit(db: Db, search: Search, page: PageRequest) -> Iterator[Fitting]:
    """Yield what comes after a cursor, each with how well it fits, the newer of two that fit alike first: all whose
    title has every part as a whole word, then the newest `RANKED_MAX` of the others, then those that are older (0).

    The oldest of the ranked is the same on every page, so that none is lost or doubled when one of them goes or another
    comes. Read as far as it is asked for, and at least a page of it.
    """
    parts = parts_of(search.text)
    best = float(_WHOLE * len(parts))
    last, after = best + 1 if page.value is None else page.value, page.before
    others = msgspec.structs.replace(search, sort="newest", in_title=False if parts else None)
    if parts and last >= best:
        titles = msgspec.structs.replace(others, in_title=True)
        for gig in finding.find_listed(db, titles, PageRequest(page.limit + 1, after)).rows:
            yield Fitting(best, gig)
    if parts and last > 0:
        if page.bound:
            newer = msgspec.structs.replace(others, since=page.bound)
            ranked = finding.find_listed(db, newer, PageRequest(RANKED_MAX + RANKED_LATER_MAX))
        else:
            ranked = finding.find_listed(db, others, PageRequest(RANKED_MAX))
        after = page.bound or (ranked.rows[-1].id if ranked.rows else None)
        for fit, gig_id, gig in sorted(
            ((_fit(gig, parts), gig.id, gig) for gig in ranked.rows), reverse=True
        ):
            if (fit, gig_id) < (last, page.before or gig_id):
                yield Fitting(fit, gig, after)
        if not (page.bound or ranked.next):
            return  # nothing is older
    for gig in finding.find_listed(db, others, PageRequest(page.limit + 1, after)).rows:
        yield Fitting(0.0, gig)


def _fit(gig: Gig, parts: list[str]) -> float:
    title = words_of(gig.title)
    skills = [folded(skill) for skill in gig.skills]
    return float(sum(_fit_of(part, title, skills) for part in parts))


def _fit_of(part: str, title: list[str], skills: list[str]) -> int:
    if part in title:
        return _WHOLE
    if any(word.startswith(part) for word in title):
        return _START
    if any(part in word for word in title):
        return _INSIDE
    return _SKILL if any(part in skill for skill in skills) else _TEXT
