"""Reporting something: once, with a copy of it that nothing undoes, and what is refused."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from bson import ObjectId

from tests.conftest import Join, shared
from tests.reports.steps import news_of_report, read, report, reported, said
from tests.reviews.steps import both_reviewed, completed_purchase, reviewed
from tests.support.client import Client, Json, Person
from tests.support.invariants import Db
from tests.support.market import ask_question, change_profile, code_of, offer_service, post_job, put_into
from tests.support.races import at_once
from tests.support.server import Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")
root = shared("Root Admin", is_admin=True)


def job(alice: Person, bob: Person) -> tuple[str, str]:
    return "gig", post_job(alice, title="A logo", description="Cheap!", skills=["Logos"])["id"]


def service(alice: Person, bob: Person) -> tuple[str, str]:
    return "gig", offer_service(alice, title="A logo", description="Cheap!", skills=["Logos"])["id"]


def profile(alice: Person, bob: Person) -> tuple[str, str]:
    pieces = [{"title": "A map", "url": "https://example.org", "text": "By hand"}]
    change_profile(alice, headline="Maps", bio="Write to me", skills=["Ink"], portfolio=pieces)
    return "person", alice.id


def question(alice: Person, bob: Person) -> tuple[str, str]:
    found = ask_question(alice, offer_service(bob), text="Pay me elsewhere?")
    assert bob.put(f"/api/questions/{found['id']}", {"answer": "No."}).status_code == 200
    return "question", found["id"]


def review(alice: Person, bob: Person) -> tuple[str, str]:
    order = completed_purchase(alice, bob)
    mine, _ = both_reviewed(alice, bob, order, text="Bad work", rating=1)
    assert bob.post(f"/api/reviews/{mine['id']}/reply", {"text": "Not so."}).status_code == 201
    return "review", mine["id"]


KINDS: dict[str, tuple[Callable[[Person, Person], tuple[str, str]], list[tuple[str, str]]]] = {
    "job": (job, [("Title", "A logo"), ("Description", "Cheap!"), ("Skills", "Logos")]),
    "service": (service, [("Title", "A logo"), ("Description", "Cheap!"), ("Skills", "Logos")]),
    "profile": (
        profile,
        [
            *(("Headline", "Maps"), ("About", "Write to me"), ("Skills", "Ink")),
            ("Portfolio", "A map\nBy hand\nhttps://example.org"),
        ],
    ),
    "question": (question, [("Question", "Pay me elsewhere?"), ("Answer", "No.")]),
    "review": (review, [("Stars", "1"), ("Review", "Bad work"), ("Reply", "Not so.")]),
}


@pytest.mark.parametrize("what", KINDS)
def test_what_is_reported_is_copied(
    what: str, alice: Person, bob: Person, charlie: Person, root: Person
) -> None:
    """And the admins are told, in one sentence that has none of its words."""
    make, copied = KINDS[what]
    kind, subject = make(alice, bob)
    made = reported(charlie, kind, subject, reason="fraud", text="They want money")
    assert made == made | {
        "_id": made["id"],
        "kind": kind,
        "subjectId": subject,
        "reason": "fraud",
        "text": "They want money",
        "status": "open",
    }
    assert said(root, made) == copied
    found = read(root, made)
    assert (found["copy"]["what"], found["copy"]["whose"]["id"]) == (what, alice.id)
    assert (found["copy"]["whose"]["name"], found["by"]["name"]) == ("Alice Owner", "Charlie Stranger")
    assert found["text"] == "They want money"
    assert news_of_report(root, made) == [f"A {what} was reported: Fraud, or payment outside GigFlow."]


def test_no_change_undoes_a_report(alice: Person, charlie: Person, root: Person) -> None:
    gig = post_job(alice, title="A logo", description="Cheap!")
    made = reported(charlie, "gig", gig["id"])
    assert alice.patch(f"/api/gigs/{gig['id']}", {"description": "Fair."}).status_code == 200
    assert alice.delete(f"/api/gigs/{gig['id']}").status_code == 200
    assert ("Description", "Cheap!") in said(root, made)


def test_no_removal_undoes_a_report(alice: Person, bob: Person, charlie: Person, root: Person) -> None:
    asked = ask_question(bob, offer_service(alice), text="Pay me elsewhere?")
    made = reported(charlie, "question", asked["id"])
    assert alice.delete(f"/api/questions/{asked['id']}").status_code == 200
    assert said(root, made) == [("Question", "Pay me elsewhere?")]
    assert report(charlie, "question", asked["id"]).status_code == 200  # it was reported
    assert report(bob, "question", asked["id"]).status_code == 404


def test_the_same_again_is_the_same_report(alice: Person, charlie: Person, root: Person, db: Db) -> None:
    kind, subject = job(alice, charlie)
    made = reported(charlie, kind, subject, text="First")
    again = report(charlie, kind, subject, reason="illegal", text="Second")
    assert (again.status_code, again.json()) == (200, made)
    other = reported(root, kind, subject, reason="illegal")
    assert other["id"] != made["id"]
    assert db.reports.count_documents({"subject.id": ObjectId(subject)}) == 2
    assert len(news_of_report(root, made)) == 1


def test_reported_at_once_it_is_there_once(two_processes: Server, join: Join) -> None:
    """From several windows and processes."""
    alice, bob = join("Alice", at=two_processes), join("Bob", at=two_processes)
    subject = post_job(alice)["id"]
    windows = [bob, *(bob.twin() for _ in range(5))]
    answers = at_once([partial(report, window, "gig", subject) for window in windows])
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert two_processes.db.reports.count_documents({"subject.id": ObjectId(subject)}) == 1


@pytest.mark.parametrize("what", KINDS)
def test_nobody_reports_their_own(what: str, alice: Person, bob: Person) -> None:
    kind, subject = KINDS[what][0](alice, bob)
    refused = report(alice, kind, subject)
    assert (refused.status_code, code_of(refused)) == (403, "own_thing")


def test_what_one_may_not_see_one_cannot_report(
    alice: Person, bob: Person, charlie: Person, root: Person, db: Db
) -> None:
    """SECURITY 16: it cannot be told from what is not there."""
    draft = put_into(db, offer_service(alice), "draft")
    order = completed_purchase(alice, bob)
    hidden = reviewed(alice, order)
    assert report(charlie, "gig", draft["id"]).status_code == 404
    for person in (charlie, bob, root):
        assert report(person, "review", hidden["id"]).status_code == 404
    for kind in ("gig", "person", "review", "question", "message"):
        for nothing in (str(ObjectId()), "nonsense", ""):
            assert report(charlie, kind, nothing).status_code == 404
    assert reported(root, "gig", draft["id"])["kind"] == "gig"


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"reason": ""}, {"reason": ["Choose a reason."]}),
        ({"reason": "because"}, {"reason": ["Choose a reason."]}),
        ({"reason": "other"}, {"text": ["Describe what is wrong."]}),
        ({"reason": "other", "text": " \u200b"}, {"text": ["Describe what is wrong."]}),
        ({"text": "x" * 2_001}, {"text": ["At most 2,000 characters."]}),
        ({"kind": "order"}, {"kind": ["Choose one of the listed values."]}),
        ({"reason": None}, None),
        ({"id": {"$gt": ""}}, None),
        ({"text": 5}, None),
    ],
)
def test_what_is_no_report(fields: Json, errors: Json | None, alice: Person, charlie: Person) -> None:
    """At the field that is wrong."""
    asked: dict[str, Any] = {"kind": "person", "id": alice.id, "reason": "spam", **fields}
    refused = charlie.post("/api/reports", asked)
    assert (refused.status_code, code_of(refused)) == (400, "invalid_fields")
    assert errors is None or refused.json()["error"]["fields"] == errors


def test_own_reports_are_listed(alice: Person, charlie: Person, join: Join) -> None:
    """Newest first, and nobody else's."""
    nina = join("Nina")
    made = [reported(nina, "gig", post_job(alice)["id"])["id"] for _ in range(3)]
    first = nina.get("/api/reports/mine", params={"limit": 2}).json()
    rest = nina.get("/api/reports/mine", params={"limit": 2, "cursor": first["next"]}).json()
    assert [each["id"] for each in (*first["reports"], *rest["reports"])] == made[::-1]
    assert rest["next"] is None
    assert all("copy" not in each for each in first["reports"])
    assert all(each["id"] not in made for each in charlie.get("/api/reports/mine").json()["reports"])


@pytest.fixture(scope="module")
def limited(start_server: Callable[..., Server]) -> Server:
    """Two processes, which count together."""
    return start_server(RATE_LIMITS="on", LIMIT_REPORTS="3/day", WEB_PROCESSES="2")


def test_so_many_a_day(limited: Server, join: Join) -> None:
    """SECURITY 8. What was reported before is not counted, nor is what cannot be reported; nobody else is held up."""
    alice, bob, other = (join(name, at=limited) for name in ("Alice", "Bob", "Other"))
    jobs = [post_job(alice)["id"] for _ in range(4)]
    assert report(bob, "gig", str(ObjectId())).status_code == 404
    assert [report(bob, "gig", each).status_code for each in jobs] == [201, 201, 201, 429]
    refused = report(bob.twin(), "gig", jobs[3])
    assert int(refused.headers["Retry-After"]) > 0
    assert report(bob, "gig", jobs[0]).status_code == 200
    assert report(other, "gig", jobs[3]).status_code == 201
    page = bob.page(f"/report/gig/{jobs[3]}").submit("#ask form", reason="other", text="What I typed")
    assert (page.status, page.values("#ask form")["text"]) == (429, "What I typed")
    assert "Too many attempts" in page.text


def test_who_has_not_confirmed_an_address_reports_nothing(alice: Person, join: Join, db: Db) -> None:
    """SECURITY 9b."""
    nina = join("Nina")
    db.users.update_one({"_id": ObjectId(nina.id)}, {"$set": {"unconfirmed": True}})
    db.sessions.update_many({"user_id": ObjectId(nina.id)}, {"$set": {"unconfirmed": nina.email}})
    refused = report(nina, "person", alice.id)
    assert (refused.status_code, code_of(refused)) == (403, "email_not_confirmed")


def test_a_visitor_reports_nothing(alice: Person, visitor: Client) -> None:
    assert report(visitor, "person", alice.id).status_code == 401
