"""Answering a review of oneself, once, and what stays of who leaves."""

from typing import Any

from bson import ObjectId

from tests.accounts.steps import LEFT, left
from tests.conftest import Join, shared
from tests.reviews.steps import (
    about,
    both_reviewed,
    check_reviews,
    completed_job,
    completed_purchase,
    reviewed,
    reviews_of,
    told,
)
from tests.support.client import Client, Json, Person
from tests.support.invariants import Db
from tests.support.market import code_of, offer_service
from tests.support.races import at_once

alice = shared("Alice Client")
bob = shared("Bob Freelancer")
charlie = shared("Charlie Stranger")
root = shared("Root Admin", is_admin=True)


def reply(person: Client, review: Json, text: Any = "Thank you.") -> Any:
    return person.post(f"/api/reviews/{review['id']}/reply", {"text": text})


def test_a_reply(alice: Person, bob: Person, visitor: Client) -> None:
    order = completed_purchase(alice, bob, title="A map")
    mine, theirs = both_reviewed(alice, bob, order)
    answer = reply(bob, mine, "Thank\nyou.")
    assert answer.status_code == 201
    assert (answer.json()["reply"], answer.json()["text"]) == ("Thank\nyou.", mine["text"])
    assert answer.json()["repliedAt"].endswith("Z")
    assert about(visitor, bob)["reviews"][0] == answer.json()
    assert reviews_of(alice, order)[0] == answer.json()
    assert told(alice, order)[0] == ("review_answered", "Bob Freelancer replied to your review of “A map”.")
    again = reply(bob, mine, "And more.")
    assert (again.status_code, code_of(again)) == (409, "already_answered")
    assert len(told(alice, order)) == 2
    assert reply(alice, theirs).status_code == 201


def test_who_may_reply(alice: Person, bob: Person, charlie: Person, root: Person, visitor: Client) -> None:
    order = completed_job(alice, bob)
    review = reviewed(alice, order)
    # Hidden: others do not know of it, its subject does but has to wait.
    assert reply(visitor, review).status_code == 401
    assert [reply(person, review).status_code for person in (charlie, root, alice)] == [404, 404, 403]
    early = reply(bob, review)
    assert (early.status_code, code_of(early)) == (409, "review_hidden")
    reviewed(bob, order)
    assert [reply(person, review).status_code for person in (charlie, root, alice)] == [403, 403, 403]
    assert reply(bob, review).status_code == 201
    assert reply(bob, {"id": "f" * 24}).status_code == 404


def test_what_is_no_reply(alice: Person, bob: Person) -> None:
    mine, _ = both_reviewed(alice, bob, completed_job(alice, bob))
    for text in ("", " ", "\u200b", None, 5, ["x"], {"$gt": ""}, "x" * 2001):
        answer = reply(bob, mine, text)
        assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"text"}), text
    assert reply(bob, mine, "x" * 2000).status_code == 201


def test_two_replies_at_once(alice: Person, bob: Person) -> None:
    order = completed_job(alice, bob)
    mine, _ = both_reviewed(alice, bob, order)
    tabs = [bob.twin() for _ in range(5)]
    answers = at_once([lambda tab=tab: reply(tab, mine) for tab in tabs])
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert [event for event, _ in told(alice, order)].count("review_answered") == 1


def test_what_who_leaves_wrote_stays(join: Join, alice: Person, bob: Person, visitor: Client, db: Db) -> None:
    """It is about the other side, whose rating counts it; the name goes."""
    nina = join("Nina Leaver")
    service = offer_service(bob)
    order = completed_purchase(nina, bob, service)
    review, of_nina = both_reviewed(nina, bob, order, rating=2)
    assert reply(nina, of_nina, "It was me.").status_code == 201
    left(nina)
    kept = visitor.get(f"/api/gigs/{service['id']}/reviews").json()
    assert (kept["average"], kept["reviews"][0]["text"]) == (2.0, review["text"])
    assert kept["reviews"][0]["author"]["name"] == LEFT
    assert [each["reply"] for each in reviews_of(bob, order)] == ["", "It was me."]
    assert [text for _, text in told(bob, order) if "Nina" in text] == []
    assert visitor.get(f"/api/users/{nina.id}/reviews").status_code == 404
    page = visitor.page(f"/gigs/{service['id']}")
    assert LEFT in page.text
    assert f"/u/{nina.id}" not in str(page.document)
    check_reviews(db, nina, bob, services=(service,))


def test_who_has_left_can_be_reviewed(join: Join, bob: Person, db: Db) -> None:
    """The order is completed all the same; nobody is told."""
    nina = join("Nina Leaver")
    order = completed_purchase(nina, bob)
    first = reviewed(nina, order)
    left(nina)
    second = reviewed(bob, order)
    assert db.notifications.count_documents({"user_id": ObjectId(nina.id)}) == 0
    assert [each["id"] for each in reviews_of(bob, order)] == [first["id"], second["id"]]
    check_reviews(db, nina, bob)
