"""What a search finds is what it asks for, and each kind of search goes by its index (docs/measured.md, Search)."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pymongo import UpdateOne

from gigflow.core.db import Db
from gigflow.core.paging import PageRequest, page_request
from gigflow.gigs.categories import CATEGORY_NAMES
from gigflow.gigs.models import LISTED, Gig, Job, Service
from gigflow.gigs.store import GIGS, SHOWN, gig_of
from gigflow.market import plans as finding
from gigflow.market import search as searching
from gigflow.market.models import DAYS, STARS, Search
from gigflow.market.suggesting import TRIES_MAX, suggested
from tests.bench import kept

COUNT = 12_000
LIMIT = 20
BOTH = ("job", "service")
FREQUENT, MIDDLE, RARE = kept.FREQUENT[0], kept.MIDDLE[0], kept.RARE[0]
Market = tuple[Db, list[Gig]]

# The common shapes, and the index of each. A name that begins with "title" searches titles only.
COMMON: dict[str, tuple[Search, str]] = {
    "newest": (Search(), "newest"),
    "newest of both kinds": (Search(kinds=BOTH), "newest"),
    "category": (Search(kinds=BOTH, category="data"), "category"),
    "price": (Search(kinds=BOTH, sort="price"), "price"),
    "highest price": (Search(kinds=BOTH, sort="-price"), "price"),
    "rating": (Search(kinds=("service",), sort="rating"), "rating"),
    "category, price": (Search(kinds=BOTH, category="data", sort="price"), "category_price"),
    "category, highest price": (Search(category="data", sort="-price"), "category_price"),
    "category, rating": (Search(kinds=BOTH, category="data", sort="rating"), "category_rating"),
    "frequent word": (Search(kinds=BOTH, text=FREQUENT), "words"),
    "middle word": (Search(kinds=BOTH, text=MIDDLE), "words"),
    "rare word": (Search(kinds=BOTH, text=RARE), "words"),
    "part of words": (Search(kinds=BOTH, text=MIDDLE[1:5]), "words"),
    "title word": (Search(text=FREQUENT, titles_only=True), "titles"),
    "title part": (Search(text=MIDDLE[:4], titles_only=True), "titles"),
    "skill": (Search(kinds=BOTH, skills=("Python",)), "words"),
    "narrow price range, by price": (
        Search(kinds=BOTH, least_price=41_000, most_price=41_500, sort="price"),
        "price",
    ),
    "wide price range, by price": (Search(kinds=BOTH, least_price=20_000, sort="price"), "price"),
}
# Of these some rows are read that are not shown: how many is bounded, whatever the size of the market.
BOUNDED: dict[str, Search] = {
    "two frequent words": Search(kinds=BOTH, text=" ".join(kept.FREQUENT[:2])),
    "frequent and middle word": Search(kinds=BOTH, text=f"{FREQUENT} {MIDDLE}"),
    "frequent and rare word": Search(kinds=BOTH, text=f"{FREQUENT} {RARE}"),
    "two middle words": Search(kinds=BOTH, text=" ".join(kept.MIDDLE[:2])),
    "frequent word, category": Search(kinds=BOTH, text=FREQUENT, category="data"),
    "rare word, category": Search(kinds=BOTH, text=RARE, category="data"),
    "frequent word, price": Search(kinds=BOTH, text=FREQUENT, sort="price"),
    "middle word, price": Search(kinds=BOTH, text=MIDDLE, sort="price"),
    "middle word, rating": Search(kinds=BOTH, text=MIDDLE, sort="rating"),
    "two skills": Search(kinds=BOTH, skills=("Python", "Ink")),
    "wide price range": Search(kinds=BOTH, least_price=20_000, most_price=90_000),
    "narrow price range": Search(kinds=BOTH, least_price=41_000, most_price=41_500),
    "narrow price range, category": Search(category="data", least_price=41_000, most_price=41_500),
    "narrow price range, rating": Search(kinds=BOTH, least_price=41_000, most_price=41_500, sort="rating"),
    "stars": Search(kinds=("service",), least_stars=4.5),
    "stars, category": Search(kinds=("service",), least_stars=5.0, category="finance"),
}


@pytest.fixture(scope="module")
def market(mongo_uri: str) -> Iterator[Market]:
    """Many gigs, in the database and in memory."""
    db = Db(mongo_uri, f"plans_{secrets.token_hex(4)}")
    kept.fill(db, COUNT)
    db.has_stream = True  # nothing is written from here on, so what is kept of the words stays right
    gigs = [gig_of(row) for row in db[GIGS].find({"status": {"$in": list(LISTED.values())}}, SHOWN)]
    yield db, gigs
    db.client.drop_database(db.database.name)
    db.client.close()


class Explained(msgspec.Struct):
    """What the server says of the queries of one page."""

    stages: set[str] = set()
    indexes: set[str] = set()
    streams: int = 0
    keys: int = 0
    documents: int = 0
    returned: int = 0


@pytest.mark.parametrize("name", COMMON)
@pytest.mark.parametrize("is_first", [True, False], ids=["first", "next"])
def test_a_common_search_reads_little_more_than_it_shows(name: str, is_first: bool, market: Market) -> None:
    """Documents and keys are at most three times what is returned. Where streams are merged (two kinds, the words
    that a part is in), each costs a look at its first key and one after.
    """
    db, _ = market
    search, index = COMMON[name]
    page = PageRequest(LIMIT) if is_first else _second(db, search)
    found = _explain(db, search, page)
    assert found.indexes == {index}, found
    assert not found.stages & {"SORT", "COLLSCAN"}, found
    assert found.documents <= 3 * found.returned, found
    assert found.keys <= 3 * found.returned + 2 * found.streams, found


@pytest.mark.parametrize("name", BOUNDED)
def test_what_any_search_reads_is_bounded(name: str, market: Market) -> None:
    """Either a condition that few meet is read whole, or none is rare and a page is soon full."""
    db, _ = market
    found = _explain(db, BOUNDED[name], PageRequest(LIMIT))
    assert "COLLSCAN" not in found.stages
    assert found.indexes <= {"_id_", *(str(index.document["name"]) for index in GIGS.indexes)}
    assert found.documents <= finding.RARE, found


_words = some.sampled_from(
    [
        *kept.FREQUENT[:5],
        *kept.MIDDLE[:5],
        *kept.RARE[:5],
        kept.ABSENT[0],
        "a",
        "ka",
        "bra",
        FREQUENT[:3],
        "a1",
    ]
)
_prices = some.none() | some.integers(0, 200_000) | some.sampled_from([41_000, 41_500])
_searches = some.builds(
    Search,
    text=some.lists(_words, max_size=2).map(" ".join),
    titles_only=some.booleans(),
    kinds=some.sampled_from([("job",), ("service",), BOTH]),
    category=some.none() | some.sampled_from(list(CATEGORY_NAMES)[:4]),
    skills=some.lists(some.sampled_from(["Ink", "python", "Craft 5", "Nothing"]), max_size=2).map(tuple),
    least_price=_prices,
    most_price=_prices,
    most_days=some.none() | some.sampled_from([1, 7, 30]),
    least_stars=some.none() | some.sampled_from([1.0, 4.0, 5.0]),
    available=some.booleans(),
    sort=some.sampled_from(["newest", "price", "-price", "rating"]),
)


@settings(max_examples=80, deadline=None)
@given(search=_searches, limit=some.sampled_from([1, 7, LIMIT]))
def test_pages_hold_what_a_plain_filter_finds(search: Search, limit: int, market: Market) -> None:
    """All conditions together, in each order, over several pages: no row too many, none missing, none twice."""
    _check_pages(market, search, limit)


@pytest.mark.parametrize("category", [None, "data"])
def test_pages_of_a_narrow_price_range(category: str | None, market: Market) -> None:
    """Their rows are read by ids that an index put in order."""
    search = Search(kinds=BOTH, category=category, least_price=40_000, most_price=43_000)
    found = _explain(market[0], search, PageRequest(LIMIT))
    assert (found.indexes, found.documents) == ({"_id_"}, found.returned)
    _check_pages(market, search, 7)


@pytest.mark.parametrize(("streams", "words"), [(2, 2_000), (2, 3)], ids=["looked up", "walked"])
@pytest.mark.parametrize("text", [kept.MIDDLE[0][:3], f"{FREQUENT} {kept.RARE[0][:3]}", kept.RARE[1][:4]])
def test_parts_of_more_words_than_can_be_merged(
    text: str, streams: int, words: int, market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are looked up where few gigs have them, and else searched for in what the order gives."""
    monkeypatch.setattr(finding, "STREAMS_MAX", streams)
    monkeypatch.setattr(finding, "WORDS_MAX", words)
    for sort in ("newest", "price"):
        _check_pages(market, Search(text=text, sort=sort), LIMIT)


@settings(max_examples=25, deadline=None)
@given(search=_searches)
def test_relevance_leaves_nothing_out(search: Search, market: Market) -> None:
    """First whose title has all parts as whole words, then the newest `RANKED_MAX` of the others, then the rest."""
    db, gigs = market
    newest = _found_plainly(gigs, msgspec.structs.replace(search, sort="newest"))
    parts = set(search.text.split())
    titles = [gig.id for gig in newest if parts and parts <= set(gig.title.lower().split())]
    others = [gig.id for gig in newest if gig.id not in set(titles)]
    found: list[Any] = []
    cursor: str | None = ""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "RANKED_MAX", 60)
        while cursor is not None and len(found) < 800:
            wanted = page_request("40", cursor, order="relevance")
            page = searching.search_gigs(db, msgspec.structs.replace(search, sort="relevance"), wanted)
            assert len(page.rows) == 40 or page.next is None
            found += [gig.id for gig in page.rows]
            cursor = page.next
    ranked = found[len(titles) : len(titles) + 60]
    assert len(ranked) < 60 or set(ranked) == set(others[:60])
    assert found == [*titles, *ranked, *others[60:]][: len(found)]
    assert cursor or len(found) == len(newest)


@settings(max_examples=25, deadline=None)
@given(search=_searches)
def test_facets_count_what_other_values_would_find(search: Search, market: Market) -> None:
    """Each facet without its own condition: exactly, or at least so many where they say so."""
    db, gigs = market
    facets = searching.count_facets(db, search)

    def expected(**other: Any) -> list[Gig]:
        return _found_plainly(gigs, msgspec.structs.replace(search, **other))

    days = [(gig.delivery_days or 0) for gig in expected(most_days=None)]
    stars = [gig.stars or 0.0 for gig in expected(least_stars=None) if isinstance(gig, Service)]
    plain = {
        "kinds": Counter(gig.kind for gig in expected(kinds=BOTH)),
        "categories": Counter(gig.category for gig in expected(category=None)),
        "days": Counter({most: sum(1 for day in days if day <= most) for most in DAYS}),
        "stars": Counter({least: sum(1 for each in stars if each >= least) for least in STARS}),
    }
    for name, counts in plain.items():
        counted = Counter(dict(getattr(facets, name)))
        at_least = (
            facets.at_least or name == "kinds"
        )  # of another kind there may be more, which it does not say
        assert counted <= counts if at_least else counted == counts, name
    skills = Counter(skill for gig in expected() for skill in gig.skills)
    assert (
        facets.at_least or facets.skills == sorted(skills.items(), key=lambda pair: (-pair[1], pair[0]))[:10]
    )


def test_facets_count_every_value(mongo_uri: str) -> None:
    """Also where there are more of them than anybody would list: "up to 30 days" is the sum of many."""
    db = Db(mongo_uri, f"days_{secrets.token_hex(4)}")
    with closing(db.client):
        kept.fill(db, 1_000)
        jobs = [row["_id"] for row in db[GIGS].find({"status": "open"}, {"_id": 1})]
        # 120 long times, each more frequent than any of the 30 short ones.
        days = [place + 1 if place < 30 else 101 + place % 120 for place in range(len(jobs))]
        assert len(jobs) > 30 + 2 * 120
        db[GIGS].bulk_write(
            [
                UpdateOne({"_id": job}, {"$set": {"delivery_days": each}})
                for job, each in zip(jobs, days, strict=True)
            ]
        )
        counted = searching.count_facets(db, Search()).days
        db.client.drop_database(db.database.name)
    assert counted == [(most, most) for most in DAYS]


def _check_pages(market: Market, search: Search, limit: int) -> None:
    db, gigs = market
    expected = [gig.id for gig in _found_plainly(gigs, search)]
    found: list[Any] = []
    cursor: str | None = None
    for _ in range(4):
        page = searching.search_gigs(db, search, page_request(str(limit), cursor, order=search.order))
        found += [gig.id for gig in page.rows]
        assert found == expected[: len(found)]
        assert (page.next is None) == (len(found) == len(expected))
        cursor = page.next
        if cursor is None:
            break
    else:
        assert len(found) == 4 * limit


def _explain(db: Db, search: Search, page: PageRequest) -> Explained:
    """The queries that `find_listed` sends, up to the one that fills the page."""
    found = Explained()
    for cursor in finding.open_cursors(db, search, page):
        if found.returned > page.limit:
            break
        told = cursor.limit(page.limit + 1 - found.returned).explain()
        _walk(told["queryPlanner"]["winningPlan"], found)
        stats = told["executionStats"]
        found.keys += stats["totalKeysExamined"]
        found.documents += stats["totalDocsExamined"]
        found.returned += stats["nReturned"]
    return found


def _walk(stage: dict[str, Any], found: Explained) -> None:
    stage = stage.get("queryPlan", stage)
    found.stages.add(stage["stage"])
    if "indexName" in stage:
        found.indexes.add(stage["indexName"])
        found.streams += 1
    for inner in [*stage.get("inputStages", ()), *([stage["inputStage"]] if "inputStage" in stage else ())]:
        _walk(inner, found)


def _second(db: Db, search: Search) -> PageRequest:
    """The page after the first row: a rare word has no more than a few."""
    first = searching.search_gigs(db, search, PageRequest(1))
    assert first.next
    return page_request(None, first.next, order=search.order)


def _found_plainly(gigs: list[Gig], search: Search) -> list[Gig]:
    """What a search means, without any index."""
    parts = search.text.split()
    orders: dict[str, Callable[[Gig], Any]] = {
        "newest": lambda gig: (0, gig.id),
        "price": lambda gig: (-gig.price_minor, gig.id),
        "rating": lambda gig: (gig.rank, gig.id),
    }
    found = [
        gig
        for gig in gigs
        if gig.kind in search.kinds
        and search.category in (None, gig.category)
        and (search.least_price is None or gig.price_minor >= search.least_price)
        and (search.most_price is None or gig.price_minor <= search.most_price)
        and _is_quick_and_good(gig, search)
        and {skill.lower() for skill in search.skills} <= {skill.lower() for skill in gig.skills}
        and all(any(part in word for word in _words_of(gig, search.titles_only)) for part in parts)
    ]
    if search.sort == "-price":
        return sorted(found, key=lambda gig: (-gig.price_minor, gig.id))
    return sorted(found, key=orders[search.sort], reverse=True)


def _is_quick_and_good(gig: Gig, search: Search) -> bool:
    if search.most_days is not None and (gig.delivery_days is None or gig.delivery_days > search.most_days):
        return False
    if search.least_stars is not None or search.available:
        if isinstance(gig, Job):
            return False
        return (search.least_stars is None or (gig.stars or 0) >= search.least_stars) and (
            not search.available or gig.owner_availability == "available"
        )
    return True


def _words_of(gig: Gig, titles_only: bool) -> list[str]:
    """The words of the title; unless only those, also of the skills and the first twenty of the text."""
    title = gig.title.lower().split()
    if titles_only:
        return title
    text = list(dict.fromkeys(gig.description.lower().rstrip(".").split()))[:20]
    return [*title, *" ".join(gig.skills).lower().split(), *text]


def test_a_suggestion_is_a_few_looks_by_an_index(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried is bounded, and each try reads what a common search reads (docs/decisions/0049)."""
    db, _ = market
    tried: list[Search] = []

    def spied(db: Db, search: Search, page: PageRequest) -> Any:
        tried.append(search)
        return find_listed(db, search, page)

    find_listed = finding.find_listed
    monkeypatch.setattr(finding, "find_listed", spied)
    for word in (kept.RARE[0], MIDDLE, FREQUENT):
        assert suggested(db, Search(kinds=BOTH, text=f"{word[:-2]}0{word[-2:]}", sort="price"))
        assert suggested(db, Search(text=f"{word}00")) is None
    assert 3 <= len(tried) <= 3 * TRIES_MAX
    for search in tried:
        found = _explain(db, search, PageRequest(1))
        assert found.indexes == {"words"}, found
        assert not found.stages & {"SORT", "COLLSCAN"}, found
        assert found.documents <= 3 * found.returned, found
