"""Whom an admin finds for a request, by the API."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from tests.chat.test_blocking import block
from tests.conftest import Join
from tests.offers.steps import answer_offer, offer
from tests.requests.steps import accept, ask_for, assign
from tests.support.client import Client, Json, Person
from tests.support.invariants import Db
from tests.support.market import change_profile, offer_service
from tests.support.money import do, pay
from tests.support.operator import disable
from tests.support.server import Server
from tests.support.talk import open_talk, say


def skilled(person: Person, *skills: str, **more: Any) -> Person:
    """Somebody who is in the directory with these skills."""
    change_profile(person, listed=True, headline="Draws", skills=list(skills), **more)
    return person


def found(admin: Client, request: Json | None = None, **query: Any) -> list[Json]:
    """Whom an admin finds."""
    asked = {**query, **({"requestId": request["id"]} if request else {})}
    answer = admin.get("/api/admin/freelancers", params=asked)
    assert answer.status_code == 200, answer.text
    rows: list[Json] = answer.json()["freelancers"]
    return rows


def ids(rows: list[Json]) -> list[str]:
    return [each["freelancer"]["id"] for each in rows]


def unique() -> str:
    """A skill that nobody else has: other tests share the market."""
    return f"skill{ObjectId()}"


def test_who_has_the_skills_comes_first(alice: Person, bob: Person, charlie: Person, root: Person) -> None:
    ink, maps = unique(), unique()
    skilled(bob, ink)
    skilled(charlie, ink, maps)
    sent = ask_for(alice, skills=[ink, maps])
    rows = [each for each in found(root, sent, limit=100) if each["freelancer"]["id"] in (bob.id, charlie.id)]
    assert ids(rows) == [charlie.id, bob.id]
    score = rows[0]["score"]
    assert score["total"] == pytest.approx(sum(each["points"] for each in score["parts"]))
    assert {each["name"]: each["most"] for each in score["parts"]} == {
        "skills": 35, "category": 20, "rating": 20, "availability": 15, "load": 10,
    }  # fmt: skip
    assert score["parts"][0] == {"name": "skills", "points": 35, "most": 35, "why": "2 of 2 skills"}


def test_the_client_the_admin_and_who_is_in_a_block_are_left_out(
    alice: Person, bob: Person, charlie: Person, root: Person
) -> None:
    ink = unique()
    for person in (alice, bob, charlie, root):
        skilled(person, ink)
    block(charlie, alice)
    sent = ask_for(alice, skills=[ink])
    assert {alice.id, charlie.id, root.id} & set(ids(found(root, sent, limit=100))) == set()
    assert bob.id in ids(found(root, sent, limit=100))


def test_who_was_shut_out_is_not_found(alice: Person, bob: Person, root: Person, server: Server) -> None:
    ink = unique()
    skilled(bob, ink)
    sent = ask_for(alice, skills=[ink])
    disable(server, bob.email)
    assert bob.id not in ids(found(root, sent, limit=100))
    assert found(root, sent, q=bob.email) == []


def test_what_is_known_of_somebody_stands_beside_the_score(
    alice: Person, bob: Person, root: Person, server: Server, db: Db
) -> None:
    skilled(bob, unique())
    service = offer_service(bob, title="Maps of old towns")
    (before,) = assign(root, ask_for(alice, title="An atlas"), bob)
    answer_offer(bob, before, "decline", reason="No time.")
    (mine,) = assign(root, ask_for(alice), bob)
    order = accept(bob, mine)
    pay(server, alice, order)
    due = datetime.now(UTC) + timedelta(days=3)
    db.orders.update_one({"_id": ObjectId(order["id"])}, {"$set": {"due_at": due}})
    sent = ask_for(alice)
    assign(root, sent, bob)
    (row,) = found(root, sent, q=bob.email)
    assert (row["asked"], row["activeOrders"], row["openOffers"], row["dueThen"], row["overdue"]) == (
        True, 1, 1, 1, 0,
    )  # fmt: skip
    assert [(each["status"], each["title"]) for each in row["lastAnswers"]] == [
        ("accepted", "A logo for a bakery"),
        ("declined", "An atlas"),
    ]
    assert (row["services"], [each["id"] for each in row["sampleServices"]]) == (1, [service["id"]])
    do(bob, order, "deliver", message="Done.")
    do(alice, order, "accept")
    (row,) = found(root, sent, q=bob.email)
    assert row["ordersTogether"] == 1


def test_an_exact_address_finds_and_no_answer_has_it(alice: Person, bob: Person, root: Person) -> None:
    answer = root.get("/api/admin/freelancers", params={"q": bob.email.upper()})
    assert ids(answer.json()["freelancers"]) == [bob.id]
    assert bob.email not in answer.text
    assert re.search(r"[\w.]+@[\w.]+", answer.text) is None
    assert found(root, q=bob.email[1:]) == []


@pytest.mark.parametrize("sort", ["match", "rating", "name", "availability"])
def test_pages_of_each_order_miss_nobody_and_repeat_nobody(
    sort: str, alice: Person, root: Person, join: Join
) -> None:
    ink = unique()
    states = ("available", "limited", "unavailable", "available")
    people = [skilled(join(f"Finn {number}"), ink, availability=each) for number, each in enumerate(states)]
    asked: Json = {"sort": sort, "limit": 3}
    if sort == "match":
        asked["requestId"] = ask_for(alice, skills=[ink])["id"]
    elif sort != "availability":
        asked["q"] = ink
    rows: list[Json] = []
    cursor: str | None = ""
    for _ in range(60):
        answer = root.get(
            "/api/admin/freelancers", params={**asked, **({"cursor": cursor} if cursor else {})}
        )
        assert answer.status_code == 200, answer.text
        rows += answer.json()["freelancers"]
        cursor = answer.json()["next"]
        if cursor is None:
            break
    assert cursor is None
    got = ids(rows)
    assert len(set(got)) == len(got)
    assert {each.id for each in people} <= set(got)
    if sort == "name":
        assert got == [each.id for each in people]
    if sort == "availability":
        said = [each["freelancer"]["availability"] for each in rows]
        assert said == sorted(said, key=("available", "limited", "unavailable").index)


def test_filters(alice: Person, bob: Person, charlie: Person, root: Person, db: Db) -> None:
    ink = unique()
    skilled(bob, ink)
    skilled(charlie, ink, availability="unavailable")
    sent = ask_for(alice, skills=[ink])
    assert charlie.id not in ids(found(root, sent, available=True, limit=100))
    assert bob.id not in ids(found(root, sent, highRated=True, limit=100))
    db.users.update_one(
        {"_id": ObjectId(bob.id)},
        {"$set": {"rated_by": 3, "rating.freelancer": {"count": 4, "sum": 18}}},
    )
    assert ids(found(root, sent, highRated=True, limit=100)) == [bob.id]
    assert ids(found(root, sort="availability", highRated=True, limit=100)) == [bob.id]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"sort": "match"}, ["sort"]),
        ({"sort": "luck"}, ["sort"]),
        ({"q": "x" * 201}, ["q"]),
        ({"sort": "availability", "q": "ink"}, ["sort"]),
        ({"limit": 0}, ["limit"]),
        ({"cursor": "f" * 24, "sort": "name"}, ["cursor"]),
        *(
            ({"cursor": f"availability_x{text.hex()}_{'f' * 24}", "sort": "availability"}, ["cursor"])
            for text in (b"nonsense", b"9" * 30 + b":4.0", b"3:4.0", b"-1:4.0", b"2:nan", b"2:inf", b"2:")
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_field(root: Person, query: Json, wrong: list[str]) -> None:
    answer = root.get("/api/admin/freelancers", params=query)
    assert (answer.status_code, sorted(answer.json()["error"]["fields"])) == (400, wrong)


def test_a_request_that_is_not_there_is_404_and_ones_own_403(root: Person, alice: Person) -> None:
    assert root.get("/api/admin/freelancers", params={"requestId": "f" * 24}).status_code == 404
    own = ask_for(root)
    assert root.get("/api/admin/freelancers", params={"requestId": own["id"]}).status_code == 403
    assert alice.get("/api/admin/freelancers").status_code == 403


@pytest.mark.parametrize(
    ("sort", "indexes"),
    [
        ("match", {"hire_words", "hire_avail"}),
        ("rating", {"hire_rank"}),
        ("name", {"hire_name"}),
        ("availability", {"hire_avail"}),
    ],
)
def test_each_order_goes_by_its_index(
    sort: str, indexes: set[str], alice: Person, bob: Person, root: Person, db: Db
) -> None:
    """No people are sorted in memory or scanned (docs/measured.md, Matching)."""
    ink = unique()
    skilled(bob, ink)
    sent = ask_for(alice, skills=[ink])
    db.command("profile", 2)
    try:
        found(root, sent, sort=sort)
    finally:
        db.command("profile", 0)
    asked = {"ns": f"{db.name}.users", "op": "query", "command.hint": {"$nin": [None, "_id_"]}}
    rows = list(db["system.profile"].find(asked))
    db.drop_collection("system.profile")
    assert {each["command"]["hint"] for each in rows} == indexes
    assert [each["command"] for each in rows if each.get("hasSortStage")] == []
    assert [each["planSummary"] for each in rows if "COLLSCAN" in each["planSummary"]] == []


def test_quotes_that_somebody_got_as_a_client_are_no_load(
    alice: Person, bob: Person, charlie: Person, root: Person
) -> None:
    say(bob, open_talk(bob, skilled(charlie, unique()), gigId=offer_service(charlie)["id"]), "How much?")
    offer(charlie, bob, "freelancer")
    skilled(bob, unique())
    (row,) = found(root, ask_for(alice), q=bob.email)
    assert row["openOffers"] == 0
    offer(alice, bob)
    (row,) = found(root, ask_for(alice), q=bob.email)
    assert row["openOffers"] == 1
