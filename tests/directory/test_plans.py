"""What a look finds is what it asks for, and each kind of look goes by its index (docs/measured.md, The directory)."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gigflow.accounts.store import USERS
from gigflow.core.db import Db, Document, create_missing
from gigflow.core.paging import PageRequest, page_request
from gigflow.core.words import folded
from gigflow.directory import plans
from gigflow.directory.dictionary import PEOPLE_WORDS
from gigflow.directory.models import Look
from gigflow.gigs.categories import CATEGORY_NAMES
from tests.bench import kept
from tests.directory.crowd import make_people

COUNT = 12_000
LIMIT = 20
FREQUENT, MIDDLE, RARE = kept.FREQUENT[0], kept.MIDDLE[0], kept.RARE[0]
SLUG = next(iter(CATEGORY_NAMES))


class Crowd:
    """Many people, in a database and in memory. It is a class so that a failing example does not print them."""

    def __init__(self, db: Db, people: list[Document]) -> None:
        self.db, self.people = db, people


# The common shapes, and the index of each.
COMMON: dict[str, tuple[Look, str]] = {
    "rating": (Look(), "hire_rank"),
    "name": (Look(sort="name"), "hire_name"),
    "newest": (Look(sort="newest"), "hire_newest"),
    "available, rating": (Look(available=True), "hire_avail"),
    "category, rating": (Look(category=SLUG), "hire_category"),
    "category, name": (Look(category=SLUG, sort="name"), "hire_words_name"),
    "skill, rating": (Look(skills=("Python",)), "hire_words"),
    "skill, name": (Look(skills=("Python",), sort="name"), "hire_words_name"),
    "frequent word, rating": (Look(text=FREQUENT), "hire_words"),
    "middle word, name": (Look(text=MIDDLE, sort="name"), "hire_words_name"),
    "part of words, rating": (Look(text=MIDDLE[1:5]), "hire_words"),
    "language, rating": (Look(languages=("aa",)), "hire_words"),
    "language, name": (Look(languages=("aa",), sort="name"), "hire_words_name"),
    "skill, newest": (Look(skills=("Python",), sort="newest"), "hire_words_newest"),
    "rare word, newest": (Look(text=RARE, sort="newest"), "hire_words_newest"),
    "category, newest": (Look(category=SLUG, sort="newest"), "hire_words_newest"),
    "stars, rating": (Look(least_stars=4.5), "hire_words"),
    "stars, name": (Look(least_stars=4.5, sort="name"), "hire_words_name"),
}
# Of these some rows are read that are not shown: how many is bounded, whatever the size of the directory.
BOUNDED: dict[str, Look] = {
    "price, rating": Look(most_price=12_345),
    "price that few have": Look(most_price=700),
    "price, name": Look(most_price=12_345, sort="name"),
    "available, name": Look(available=True, sort="name"),
    "two words, newest": Look(text=f"{FREQUENT} {MIDDLE}", sort="newest"),
    "skill and language": Look(skills=("Python",), languages=("aa",)),
    "skill and category, name": Look(skills=("Python",), category=SLUG, sort="name"),
    "two frequent words": Look(text=" ".join(kept.FREQUENT[:2])),
    "frequent and rare word": Look(text=f"{FREQUENT} {RARE}"),
    "word, available, stars": Look(text=FREQUENT, available=True, least_stars=4.5),
    "available, price, newest": Look(available=True, most_price=20_000, sort="newest"),
}


@pytest.fixture(scope="module")
def crowd(mongo_uri: str) -> Iterator[Crowd]:
    """Many people, in the database and in memory."""
    db = Db(mongo_uri, f"people_{secrets.token_hex(4)}")
    people = list(make_people(COUNT))
    db[USERS].insert_many(people)
    words = {word for each in people for word in each.get("find_words", ()) if word.isprintable()}
    db[PEOPLE_WORDS].insert_many([{"_id": word} for word in words])
    create_missing(db.database, USERS, is_there=True)
    db.has_stream = True  # nothing is written from here on, so what is kept of the words stays right
    yield Crowd(db, [each for each in people if each.get("for_hire")])
    db.client.drop_database(db.database.name)
    db.client.close()


@pytest.mark.parametrize("name", COMMON)
@pytest.mark.parametrize("is_first", [True, False], ids=["first", "next"])
def test_a_common_look_reads_little_more_than_it_shows(name: str, is_first: bool, crowd: Crowd) -> None:
    """Documents and keys are at most three times what is returned, and two for each stream that is merged."""
    db = crowd.db
    look, index = COMMON[name]
    page = PageRequest(LIMIT)
    if not is_first:
        first = plans.find_people(db, look, PageRequest(1)).next
        page = page_request(None, first, order=look.order, is_text=look.sort == "name")
    found = _explain(db, look, page)
    assert found["indexes"] == {index}, found
    assert not found["stages"] & {"SORT", "COLLSCAN"}, found
    assert found["documents"] <= 3 * found["returned"], found
    assert found["keys"] <= 3 * found["returned"] + 2 * found["streams"], found


@pytest.mark.parametrize("name", BOUNDED)
def test_what_any_look_reads_is_bounded(name: str, crowd: Crowd) -> None:
    """Either a condition that few meet is read whole, or none is rare and a page is soon full."""
    db = crowd.db
    look = BOUNDED[name]
    found = _explain(db, look, PageRequest(LIMIT))
    assert "COLLSCAN" not in found["stages"]
    assert found["indexes"] <= {str(index.document["name"]) for index in USERS.indexes}
    assert found["documents"] <= plans.RARE, found


_words = some.sampled_from([*kept.FREQUENT[:5], *kept.MIDDLE[:5], *kept.RARE[:3], "ka", FREQUENT[:3], "q"])
_looks = some.builds(
    Look,
    text=some.lists(_words, max_size=2).map(" ".join),
    category=some.none() | some.sampled_from(list(CATEGORY_NAMES)[:3]),
    skills=some.lists(some.sampled_from(["Ink", "python", "Craft 5", "Nothing"]), max_size=2).map(tuple),
    languages=some.lists(some.sampled_from(["aa", "ab", "cs"]), max_size=2).map(tuple),
    most_price=some.none() | some.integers(0, 60_000),
    least_stars=some.none() | some.sampled_from([1.0, 4.0, 4.45, 5.0]),
    available=some.booleans(),
    sort=some.sampled_from(["rating", "name", "newest"]),
)


@settings(max_examples=60, deadline=None)
@given(look=_looks, limit=some.sampled_from([1, 7, LIMIT]))
def test_pages_hold_what_a_plain_filter_finds(look: Look, limit: int, crowd: Crowd) -> None:
    """All conditions together, in each order, over several pages: no row too many, none missing, none twice."""
    _check_pages(crowd, look, limit)


@pytest.mark.parametrize("words", [2_000, 3], ids=["looked up", "walked"])
def test_parts_of_more_words_than_can_be_merged(
    words: int, crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "STREAMS_MAX", 2)
    monkeypatch.setattr(plans, "WORDS_MAX", words)
    for sort in ("rating", "name", "newest"):
        _check_pages(crowd, Look(text=MIDDLE[:3], sort=sort), LIMIT)  # type: ignore[arg-type]


def _check_pages(crowd: Crowd, look: Look, limit: int) -> None:
    db, people = crowd.db, crowd.people
    expected = [each["_id"] for each in _found_plainly(people, look)]
    found: list[Any] = []
    cursor: str | None = None
    for _ in range(4):
        wanted = page_request(str(limit), cursor, order=look.order, is_text=look.sort == "name")
        page = plans.find_people(db, look, wanted)
        found += [each.id for each in page.rows]
        assert found == expected[: len(found)]
        assert (page.next is None) == (len(found) == len(expected))
        cursor = page.next
        if cursor is None:
            return
    assert len(found) == 4 * limit


def _found_plainly(people: list[Document], look: Look) -> list[Document]:
    """What a look means, without any index."""
    parts = look.text.split()
    wanted = {folded(skill) for skill in look.skills}
    found = [
        each
        for each in people
        if all(any(part in word for word in _words_of(each)) for part in parts)
        and wanted <= {folded(skill) for skill in each["skills"]}
        and set(look.languages) <= set(each["languages"])
        and (look.category is None or look.category in each["categories"])
        and (look.most_price is None or _costs_at_most(each, look.most_price))
        and (look.least_stars is None or _stars_of(each) >= look.least_stars)
        and (not look.available or each["availability"] == "available")
    ]
    if look.sort == "name":
        return sorted(found, key=lambda each: (each["name_key"], each["_id"]))
    key: Callable[[Document], Any] = lambda each: each["_id"]  # noqa: E731
    if look.sort == "rating":
        key = lambda each: (each["rank"], each["_id"])  # noqa: E731
    return sorted(found, key=key, reverse=True)


def _words_of(person: Document) -> list[str]:
    return f"{person['name']} {' '.join(person['skills'])} {person['headline']}".lower().split()


def _costs_at_most(person: Document, most: int) -> bool:
    price = person["from_price_minor"]
    return price is not None and price <= most


def _stars_of(person: Document) -> float:
    rating = person["rating"]["freelancer"]
    return round(rating["sum"] / rating["count"], 1) if rating["count"] else 0.0


def _explain(db: Db, look: Look, page: PageRequest) -> dict[str, Any]:
    """What the server says of the queries of one page, up to the one that fills it."""
    found: dict[str, Any] = {"stages": set(), "indexes": set(), "streams": 0}
    found |= {"keys": 0, "documents": 0, "returned": 0}
    for cursor in plans.open_cursors(db, look, page):
        if found["returned"] > page.limit:
            break
        told = cursor.limit(page.limit + 1 - found["returned"]).explain()
        _walk(told["queryPlanner"]["winningPlan"], found)
        stats = told["executionStats"]
        found["keys"] += stats["totalKeysExamined"]
        found["documents"] += stats["totalDocsExamined"]
        found["returned"] += stats["nReturned"]
    return found


def _walk(stage: Document, found: dict[str, Any]) -> None:
    stage = stage.get("queryPlan", stage)
    found["stages"].add(stage["stage"])
    if "indexName" in stage:
        found["indexes"].add(stage["indexName"])
        found["streams"] += 1
    for inner in [*stage.get("inputStages", ()), *([stage["inputStage"]] if "inputStage" in stage else ())]:
        _walk(inner, found)
