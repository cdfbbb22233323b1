"""Services through the API: offer, read, edit, put back (docs/api.md)."""

from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from tests.conftest import shared
from tests.support.client import Client, Json, Person
from tests.support.market import (
    BID,
    JOB,
    SERVICE,
    add_image,
    code_of,
    hire,
    offer_service,
    place_bid,
    post_job,
    unique_word,
)

alice = shared("Alice Owner")
bob = shared("Bob Bidder")

Db = Database[dict[str, Any]]
FIELDS = {
    "id", "_id", "kind", "title", "description", "category", "skills", "price", "deliveryDays", "revisions",
    "questions", "images",
    "rating", "note", "status", "ownerId", "owner", "version", "createdAt", "updatedAt",
}  # fmt: skip


def found(client: Client, path: str) -> list[str]:
    """The ids that a list has."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return [gig["id"] for gig in answer.json()["gigs"]]


def stored(db: Db, gig: Json) -> dict[str, Any]:
    row = db.gigs.find_one({"_id": ObjectId(gig["id"])})
    assert row is not None
    return row


def test_what_is_not_said_is_as_usual(alice: Person, visitor: Client) -> None:
    """docs/api.md: live at once where nothing is moderated, delivered in 7 days."""
    answer = alice.post("/api/gigs", {**SERVICE, "kind": "service"})
    service = answer.json()
    assert (answer.status_code, service.keys()) == (201, FIELDS)
    assert answer.headers["Location"] == f"/api/gigs/{service['id']}"
    assert service | SERVICE == service
    usual = {"kind": "service", "status": "live", "deliveryDays": 7, "revisions": 1, "category": "other"}
    assert service | usual == service
    assert (service["skills"], service["images"], service["note"], service["version"]) == ([], [], "", 1)
    assert service["rating"] == {"average": None, "count": 0}
    assert service["owner"] == {"id": alice.id, "_id": alice.id, "name": alice.name}
    assert service["ownerId"] == alice.id
    assert visitor.get(f"/api/gigs/{service['id']}").json() == service


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({**JOB}, "job"),
        ({**JOB, "kind": "job"}, "job"),
        ({**JOB, "price": 5}, "job"),  # what has a budget is a job
        ({**SERVICE}, "service"),
        ({**SERVICE, "kind": None}, "service"),
        ({**SERVICE, "kind": "service", "budget": 5}, "service"),
    ],
)
def test_a_price_and_no_budget_is_a_service(alice: Person, body: Json, kind: str) -> None:
    """docs/api.md, Gigs."""
    answer = alice.post("/api/gigs", body)
    assert (answer.status_code, answer.json()["kind"]) == (201, kind)


@pytest.mark.parametrize("kind", ["", "gig", "Service", 5, True, ["service"], {"$gt": ""}])
def test_there_are_two_kinds(alice: Person, kind: object) -> None:
    answer = alice.post("/api/gigs", {**SERVICE, "budget": 5, "kind": kind})
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"kind"})


def test_each_kind_asks_for_its_own_amount(alice: Person) -> None:
    for kind, body, missing in (("job", SERVICE, "budget"), ("service", JOB, "price")):
        answer = alice.post("/api/gigs", {**body, "kind": kind})
        assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {missing})


def test_a_draft_is_for_oneself(alice: Person, bob: Person) -> None:
    word = unique_word()
    draft = offer_service(alice, title=word, draft=True)
    assert draft["status"] == "draft"
    assert alice.get(f"/api/gigs/{draft['id']}").json() == draft
    assert draft["id"] in found(alice, "/api/gigs/mine")
    assert bob.get(f"/api/gigs/{draft['id']}").status_code == 404
    assert found(bob, f"/api/gigs/search?q={word}") == []
    assert offer_service(alice, draft=False)["status"] == "live"
    for wrong in ("yes", 1, "true", [True], {"$gt": ""}):
        answer = alice.post("/api/gigs", {**SERVICE, "draft": wrong})
        assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"draft"})


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("title", ["", " ", "\u200b", "x" * 121, 5, None]),
        ("description", ["", "x" * 5001, [], None]),
        ("price", [0, -1, "", "abc", 0.001, 1_000_000.01, True, [], {"$gt": 0}, None]),
        ("category", ["no-such", "design", 5]),
        ("skills", [["Foo, Bar"], [","], ["x" * 41], [str(number) for number in range(16)], [5], {"a": 1}]),
        ("deliveryDays", [0, 366, -1, 1.5, "soon", True, [7]]),
        ("revisions", [-1, 21, 1.5, "many", True, {"$gt": 0}]),
    ],
)
def test_what_is_refused_is_refused_at_its_field(alice: Person, field: str, values: list[object]) -> None:
    """The same when it is new and when it is edited; an edit that says null leaves a required one as it is."""
    service = offer_service(alice)
    for value in values:
        answer = alice.post("/api/gigs", {**SERVICE, "kind": "service", field: value})
        assert (answer.status_code, code_of(answer)) == (400, "invalid_fields"), value
        assert answer.json()["error"]["fields"].keys() == {field}, value
        if value is not None:
            answer = alice.patch(f"/api/gigs/{service['id']}", {field: value})
            assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {field}), value
    assert alice.get(f"/api/gigs/{service['id']}").json() == service


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"title": "x" * 120}, None),
        ({"description": "y" * 5000}, None),
        ({"price": 0.01}, None),
        ({"price": 1_000_000}, None),
        ({"price": "449.50"}, {"price": 449.5}),
        ({"deliveryDays": 1}, None),
        ({"deliveryDays": 365.0}, {"deliveryDays": 365}),
        ({"deliveryDays": None, "revisions": None}, {"deliveryDays": 7, "revisions": 1}),
        ({"revisions": 0}, None),
        ({"revisions": "20"}, {"revisions": 20}),
        ({"skills": [f"{number}" * 40 for number in range(10)]}, None),
        ({"skills": "ink, maps"}, {"skills": ["ink", "maps"]}),
        ({"skills": ["Ink", "maps", "INK", "ink", "Maps", "C++"]}, {"skills": ["Ink", "maps", "C++"]}),
        ({"skills": "css, CSS, Css, html"}, {"skills": ["css", "html"]}),
        ({"category": "illustration"}, None),
    ],
)
def test_what_is_taken(alice: Person, given: Json, kept: Json | None) -> None:
    service = offer_service(alice, **given)
    assert service | (kept or given) == service


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_an_edit_changes_what_is_sent(alice: Person, method: str) -> None:
    """docs/api.md: by PUT as by PATCH, and a field that is left out stays as it is."""
    service = offer_service(alice, skills=["ink"], deliveryDays=5, revisions=3, category="illustration")
    answer = alice.request(method, f"/api/gigs/{service['id']}", {"title": "Better", "price": "75.25"})
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert (changed["title"], changed["price"], changed["version"]) == ("Better", 75.25, 2)
    for name in FIELDS - {"title", "price", "version", "updatedAt"}:
        assert changed[name] == service[name], name
    assert changed["updatedAt"] >= service["updatedAt"]
    usual = alice.request(method, f"/api/gigs/{service['id']}", {"deliveryDays": None, "revisions": None})
    assert (usual.json()["deliveryDays"], usual.json()["revisions"]) == (7, 1)
    same = alice.request(method, f"/api/gigs/{service['id']}", {})
    assert same.json() == usual.json()


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_what_was_read_can_be_put_back(alice: Person, method: str) -> None:
    service = offer_service(alice, skills=["ink", "c++"], deliveryDays=5, revisions=0, category="data")
    read = add_image(alice, service, alt="A street")
    answer = alice.request(method, f"/api/gigs/{read['id']}", read)
    assert answer.status_code == 200, answer.text
    for name in FIELDS - {"version", "updatedAt"}:
        assert answer.json()[name] == read[name], name
    images = alice.put(f"/api/gigs/{read['id']}/images", read)
    assert (images.status_code, images.json()["images"]) == (200, read["images"])


def test_fields_of_the_servers_never_bind(alice: Person, bob: Person, db: Db) -> None:
    """SECURITY 17."""
    forged = {
        "status": "paused", "ownerId": bob.id, "owner": {"id": bob.id, "name": "Bob"}, "id": "0" * 24, "_id": "0" * 24,
        "version": 99, "rating": {"average": 5, "count": 9}, "rank": 5, "stars": 5, "orderCount": 7, "order_count": 7,
        "note": "x", "images": [{"id": "0" * 24}], "moderation": {"status": "approved"}, "reviewedVersion": 1,
        "ownerAvailability": "unavailable", "words": ["x"], "views": 9,
    }  # fmt: skip
    service = offer_service(alice, **forged)
    changed = alice.patch(f"/api/gigs/{service['id']}", {**forged, "title": "New"}).json()
    for body, version in ((service, 1), (changed, 2)):
        assert (body["status"], body["ownerId"], body["version"]) == ("live", alice.id, version)
        assert (body["rating"], body["note"], body["images"]) == ({"average": None, "count": 0}, "", [])
        assert body["id"] == service["id"] != "0" * 24
    row = stored(db, service)
    assert (row["rank"], row["stars"], row["order_count"], row["owner_availability"]) == (
        4.0,
        None,
        0,
        "available",
    )
    assert "x" not in row["words"]


def test_a_service_becomes_no_job(alice: Person, db: Db) -> None:
    service = offer_service(alice)
    answer = alice.put(f"/api/gigs/{service['id']}", {**JOB, "kind": "job", "budget": 5})
    assert (answer.status_code, answer.json()["kind"], answer.json()["price"]) == (200, "service", 120)
    assert "budget" not in answer.json()
    assert not stored(db, service).keys() & {"bid_count", "start_on", "due_on"}


def test_nobody_bids_on_a_service(alice: Person, bob: Person, db: Db) -> None:
    """A service is bought (docs/domain.md). For bids it is not there."""
    service = offer_service(alice)
    before = stored(db, service)
    for person in (alice, bob):
        answer = person.post("/api/bids", {**BID, "gigId": service["id"]})
        assert (answer.status_code, code_of(answer)) == (404, "gig_not_found")
        assert person.get(f"/api/bids/{service['id']}").status_code == 404
        form = {**BID, "csrf_token": person.form_token()}
        assert person.post(f"/gigs/{service['id']}/bids", data=form).status_code == 404
        assert person.page(f"/gigs/{service['id']}/close").status == 404
    assert stored(db, service) == before


def test_hiring_is_as_it_was(alice: Person, bob: Person) -> None:
    """What services need and jobs have not, is refused for a job."""
    gig = post_job(alice)
    for event in ("publish", "pause", "resume", "take-back"):
        answer = alice.post(f"/api/gigs/{gig['id']}/{event}")
        assert (answer.status_code, code_of(answer)) == (404, "gig_not_found")
    assert alice.put(f"/api/gigs/{gig['id']}/images", {"images": []}).status_code == 404
    assert alice.get(f"/api/gigs/{gig['id']}/questions").status_code == 404
    assert bob.post(f"/api/gigs/{gig['id']}/questions", {"text": "?"}).status_code == 404
    assert hire(alice, place_bid(bob, gig)).status_code == 200


def test_ones_own_gigs_of_both_kinds(join: Any) -> None:
    """docs/api.md, Gigs: in any state, newest first, in pages."""
    nina = join("Nina")
    gigs = [post_job(nina), offer_service(nina, draft=True), offer_service(nina), post_job(nina)]
    nina.delete(f"/api/gigs/{gigs[2]['id']}")
    ids = [gig["id"] for gig in reversed(gigs)]
    assert found(nina, "/api/gigs/mine") == ids
    first = nina.get("/api/gigs/mine?limit=3").json()
    second = nina.get(f"/api/gigs/mine?limit=3&cursor={first['next']}").json()
    assert [gig["id"] for gig in first["gigs"] + second["gigs"]] == ids
    assert [gig["kind"] for gig in first["gigs"]] == ["job", "service", "service"]
    assert second["next"] is None


def test_texts_are_kept_as_they_were_typed(alice: Person, visitor: Client) -> None:
    texts = {"title": "<b>Map</b> & 日本 “x” {{ 7*7 }} $gt .*", "description": "a\r\nb\n\n  c  d <script>"}
    service = offer_service(alice, **texts)
    assert service["title"] == texts["title"]
    assert service["description"] == "a\nb\n\n  c  d <script>"
    page = visitor.page(f"/gigs/{service['id']}")
    assert page.one("h1").to_text() == texts["title"]
    assert "<script>" in page.text
