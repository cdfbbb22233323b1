"""The best match first, in markets with more matches than are ranked (docs/decisions/0017)."""

import itertools
import time
from typing import Any

import pytest
from bson import ObjectId

from tests.conftest import shared
from tests.support.client import Client, Person
from tests.support.invariants import Db
from tests.support.market import offer_service, unique_word

alice = shared("Alice Owner")

RANKED = 300
_ages = itertools.count()


def offer(owner: Person, db: Db, count: int = 1, /, **fields: Any) -> list[str]:
    """So many services that are alike, each newer than any before; the newest first."""
    service = offer_service(owner, **fields)
    row = db.gigs.find_one_and_delete({"_id": ObjectId(service["id"])})
    assert row is not None
    second = int(time.time()) - 3_600  # older than anybody else's, or they would be the newest of every list
    rows = [{**row, "_id": ObjectId(f"{second:08x}{next(_ages):016x}")} for _ in range(count)]
    db.gigs.insert_many(rows)
    return [str(each["_id"]) for each in reversed(rows)]


def all_pages(client: Client, text: str, limit: int = 50, cursor: str | None = "", **more: Any) -> list[str]:
    """Everything that the best match first goes on to show."""
    found: list[str] = []
    while cursor is not None:
        asked = {"q": text, "sort": "relevance", "limit": limit, "cursor": cursor, **more}
        answer = client.get("/api/gigs/search", params=asked)
        assert answer.status_code == 200, answer.text
        found += [gig["id"] for gig in answer.json()["gigs"]]
        cursor = answer.json()["next"]
    return found


def test_a_title_is_never_lost_behind_newer_texts(alice: Person, visitor: Client, db: Db) -> None:
    """Of the others the newest 300 are ranked; what is older than those comes after them, whatever it is."""
    word = unique_word()
    best = offer(alice, db, title=f"The {word}")
    old = offer(alice, db, title=f"{word}s")
    newer = offer(alice, db, RANKED + 1, title="Other", description=word)
    inside = offer(alice, db, title=f"un{word}")
    assert all_pages(visitor, word) == [*best, *inside, *newer, *old]


@pytest.mark.parametrize("limit", [7, 100])
def test_the_pages_do_not_end_with_what_is_ranked(limit: int, alice: Person, visitor: Client, db: Db) -> None:
    """First all whose title says it, however many they are; then the ranked; then the older ones. Each once."""
    word = unique_word()
    texts = offer(alice, db, RANKED + 20, title="Other", description=word)
    titles = offer(alice, db, RANKED + 20, title=word)
    assert all_pages(visitor, word, limit) == [*titles, *texts]
    assert all_pages(visitor, f"{word} {unique_word()}") == []


def test_of_two_words_both_in_the_title_come_first(alice: Person, visitor: Client, db: Db) -> None:
    one, two = unique_word(), unique_word()
    both = offer(alice, db, title=f"{two} and {one}")
    half = offer(alice, db, RANKED + 1, title=one, description=two)
    start = offer(alice, db, title=f"{one} {two}s")
    assert all_pages(visitor, f"{one} {two}") == [*both, *start, *half]


def test_other_conditions_hold_on_every_page(alice: Person, visitor: Client, db: Db) -> None:
    word = unique_word()
    title = offer(alice, db, title=word, category="data")
    offer(alice, db, title=word, category="writing")
    texts = offer(alice, db, RANKED + 5, title="Other", description=word, category="data")
    offer(alice, db, RANKED, title="Other", description=word, category="writing")
    assert all_pages(visitor, word, category="data") == [*title, *texts]


def test_what_comes_and_goes_moves_nothing_else(alice: Person, visitor: Client, db: Db) -> None:
    """Between two pages one of the ranked goes and others come: what stays is shown once, and nothing twice."""
    word = unique_word()
    old = offer(alice, db, 3, title=f"{word}s")
    texts = offer(alice, db, RANKED - 3, title="Other", description=word)
    inside = offer(alice, db, 3, title=f"un{word}")
    asked = {"q": word, "sort": "relevance", "limit": 2}
    first = visitor.get("/api/gigs/search", params=asked).json()
    assert [gig["id"] for gig in first["gigs"]] == inside[:2]

    db.gigs.delete_one({"_id": ObjectId(texts[0])})
    offer(alice, db, 5, title=f"{word}s")
    later = offer(alice, db, 2, title="Other", description=word)
    rest = all_pages(visitor, word, cursor=first["next"])
    assert rest == [inside[2], *later, *texts[1:], *old]


def test_without_words_the_newest_come_first(alice: Person, visitor: Client, db: Db) -> None:
    skill = unique_word()
    made = offer(alice, db, 5, skills=[skill])
    assert all_pages(visitor, "", limit=2, skills=skill) == made
