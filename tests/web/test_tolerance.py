"""Tolerant to programs, strict to nonsense (docs/api.md)."""

from typing import Any

import msgspec
import pytest
from bson import ObjectId
from pymongo.database import Database

from tests.conftest import shared
from tests.support.client import Client, Person
from tests.support.market import (
    BID,
    JOB,
    PIECE,
    SERVICE,
    add_image,
    ask_question,
    code_of,
    offer_service,
    place_bid,
    post_job,
    unique_word,
)

alice = shared("Alice Owner")
bob = shared("Bob Bidder")

Db = Database[dict[str, Any]]
JSON_TYPE = {"Content-Type": "application/json"}
PROFILE: dict[str, object] = {
    "name": "Alice Owner",
    "headline": "x",
    "bio": "x",
    "skills": [],
    "availability": "available",
    "timeZone": "",
    "portfolio": [],
}
OPERATORS: list[object] = [{"$gt": ""}, {"$ne": None}, {"$regex": ".*"}, {"$where": "1"}, [{"$gt": ""}], [[]]]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (500, 500),
        (500.0, 500),
        ("500", 500),
        ("449.50", 449.5),
        (449.5, 449.5),
        (0.01, 0.01),
        ("0.01", 0.01),
        (1_000_000, 1_000_000),
        ("1,500", 1500),
        ("$20", 20),
        (" 7 ", 7),
        (1e3, 1000),
    ],
)
def test_amounts_that_are_understood(alice: Person, bob: Person, given: object, kept: float) -> None:
    gig = post_job(alice, budget=given)
    assert gig["budget"] == kept
    assert alice.get(f"/api/gigs/{gig['id']}").json()["budget"] == kept
    assert place_bid(bob, gig, price=given)["price"] == kept


def test_a_whole_amount_has_no_decimals(alice: Person) -> None:
    answer = alice.post("/api/gigs", {**JOB, "budget": 500.0})
    assert '"budget":500,' in answer.text


@pytest.mark.parametrize(
    "given",
    [
        0, -1, 0.001, "0", "", " ", "abc", "5e", "NaN", "Infinity", "-Infinity", True, False, [], {}, [500],
        1_000_001, 1_000_000.01, 10**400, 1e308, "9" * 400, "1e999999",
        "1e999999999", "-1e999999999", "٥٠٠", "1_000", "0x10", {"$gt": 0}, "1,2,3", "--5",
    ],
)  # fmt: skip
def test_amounts_that_are_nonsense(alice: Person, given: object) -> None:
    answer = alice.post("/api/gigs", {**JOB, "budget": given})
    assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
    assert answer.json()["error"]["fields"].keys() == {"budget"}


@pytest.mark.parametrize(
    ("given", "kept"), [(5, 5), (5.0, 5), ("5", 5), ("5.0", 5), (388.0 - 23, 365), (None, None)]
)
def test_whole_numbers_that_are_understood(alice: Person, given: object, kept: int | None) -> None:
    answer = alice.post("/api/gigs", {**JOB, "deliveryDays": given})
    assert (answer.status_code, answer.json()["deliveryDays"]) == (201, kept)


@pytest.mark.parametrize(
    "given", [5.7, " x ", True, 0, -3, 366, "five", "5.7", [5], {"days": 5}, 10**30, 1e300]
)
def test_whole_numbers_that_are_nonsense(alice: Person, given: object) -> None:
    answer = alice.post("/api/gigs", {**JOB, "deliveryDays": given})
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"].keys() == {"deliveryDays"}


@pytest.mark.parametrize("operator", OPERATORS, ids=str)
def test_an_operator_is_no_value_anywhere(alice: Person, bob: Person, operator: object) -> None:
    """SECURITY 17: `{"$gt": ""}` anywhere is 400."""
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    service = add_image(alice, offer_service(alice))
    question = ask_question(bob, service)
    terms = {**SERVICE, "category": "data", "skills": [], "deliveryDays": 1, "revisions": 1}
    for person, method, path, body in (
        (alice, "POST", "/api/gigs", JOB),
        (
            alice,
            "PATCH",
            f"/api/gigs/{gig['id']}",
            {**JOB, "skills": [], "category": "", "startOn": "", "deliveryDays": 1},
        ),
        (alice, "POST", "/api/gigs", {**terms, "kind": "service", "draft": True}),
        (alice, "PATCH", f"/api/gigs/{service['id']}", terms),
        (alice, "PUT", f"/api/gigs/{service['id']}/images", {"images": service["images"]}),
        (bob, "POST", f"/api/gigs/{service['id']}/questions", {"text": "?"}),
        (alice, "PUT", f"/api/questions/{question['id']}", {"answer": "!"}),
        (bob, "POST", "/api/bids", {**BID, "gigId": gig["id"], "deliveryDays": 1}),
        (bob, "PATCH", f"/api/bids/{bid['id']}", BID),
        (alice, "PATCH", f"/api/bids/{bid['id']}/hire", {"price": 1, "version": 1}),
        (alice, "POST", "/api/auth/login", {"email": "a@b.test", "password": "x"}),
        (
            alice,
            "POST",
            "/api/auth/register",
            {"name": "a", "email": "a@b.test", "password": "x", "intent": "client"},
        ),
        (alice, "POST", "/api/notifications/read", {"ids": []}),
        (alice, "PUT", "/api/users/profile", PROFILE),
        (alice, "POST", "/api/auth/forgot", {"email": "a@b.test"}),
        (alice, "POST", "/api/auth/reset", {"token": "x", "password": "x"}),
        (alice, "PATCH", "/api/auth/email", {"email": "a@b.test", "password": "x"}),
        (
            alice,
            "PATCH",
            "/api/auth/password",
            {"currentPassword": "x", "newPassword": "x", "keepOtherDevices": True},
        ),
        (alice, "DELETE", "/api/auth/account", {"password": "x"}),
        (alice, "POST", "/api/users/login", {"email": "a@b.test", "password": "x"}),
        (alice, "POST", "/api/users/register", {"name": "a", "email": "a@b.test", "password": "x"}),
    ):
        for name in body:
            answer = person.request(method, path, {**body, name: operator})
            assert answer.status_code == 400, (path, name, answer.text)
            assert name in answer.json()["error"]["fields"]
    for piece in ({"title": operator}, {**PIECE, "url": operator}, {**PIECE, "text": operator}, operator):
        answer = alice.put("/api/users/profile", {"portfolio": [piece]})
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["portfolio"]), piece
    for choice in (operator, {"app": operator, "email": True}, {"app": True, "email": operator}):
        answer = alice.put("/api/notifications/choices", {"choices": {"hired": choice}})
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["choices"]), choice
    for query in ("search[$gt]=", "search[$regex]=.*", "limit[$gt]=1", "cursor[$gt]=1"):
        for path in ("/api/gigs", "/api/gigs/search"):
            assert alice.get(f"{path}?{query}").status_code == 200  # names that nobody knows


@pytest.mark.parametrize("operator", OPERATORS, ids=str)
def test_an_operator_is_no_value_where_fields_ask_for_one_another(
    alice: Person, bob: Person, operator: object
) -> None:
    """SECURITY 17."""
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    service = offer_service(alice)
    invitations = f"/api/gigs/{gig['id']}/invitations"
    brief = {"gigId": service["id"], "brief": "?", "answers": [], "fileIds": []}
    for person, method, path, body in (
        (alice, "POST", "/api/notifications/read", {"ids": [], "url": "/market"}),
        (bob, "POST", "/api/reports", {"kind": "job", "id": gig["id"], "reason": "other", "text": "?"}),
        (bob, "POST", "/api/chat/replies", {"title": "?", "text": "!"}),
        (alice, "POST", invitations, {"freelancerId": bob.id, "note": "?"}),
        (alice, "POST", invitations, {"freelancerIds": [bob.id], "note": "?"}),
        (alice, "PATCH", f"/api/bids/{bid['id']}/decline", {"reason": "?"}),
        (bob, "POST", "/api/payment/checkout", brief),
    ):
        for name in body:
            answer = person.request(method, path, {**body, name: operator})
            assert answer.status_code == 400, (path, name, answer.text)
            at = answer.json()["error"]["fields"]  # of a list the place, such as answers[0]
            assert name in {each.partition("[")[0] for each in at}, (path, name, at)


@pytest.mark.parametrize("operator", OPERATORS, ids=str)
def test_an_operator_is_no_id_of_a_piece(alice: Person, operator: object) -> None:
    """SECURITY 17."""
    answer = alice.put("/api/users/profile", {"portfolio": [{**PIECE, "id": operator}]})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["portfolio"])


def test_fields_of_the_servers_never_bind(alice: Person, bob: Person, db: Db) -> None:
    """SECURITY 17, mass assignment: what belongs to the server or is unknown is ignored."""
    forged = {
        "status": "assigned", "ownerId": bob.id, "owner_id": bob.id, "owner": {"id": bob.id, "name": "Bob"},
        "id": "0" * 24, "_id": "0" * 24, "version": 99, "bidCount": 7, "bid_count": 7, "hiredBidId": "0" * 24,
        "createdAt": "1999-01-01T00:00:00Z", "kind": "job", "price_minor": 1, "unknown": {"deep": [1]},
    }  # fmt: skip
    gig = post_job(alice, **forged)
    assert (gig["status"], gig["ownerId"], gig["bidCount"], gig["version"]) == ("open", alice.id, 0, 1)
    assert gig["id"] != "0" * 24
    changed = alice.put(f"/api/gigs/{gig['id']}", {**forged, "title": "New"}).json()
    assert (changed["status"], changed["ownerId"], changed["version"], changed["id"]) == (
        "open",
        alice.id,
        2,
        gig["id"],
    )

    bid = place_bid(bob, gig, status="hired", freelancerId=alice.id, id="0" * 24, version=9, createdAt="1999")
    assert (bid["status"], bid["freelancerId"], bid["version"]) == ("pending", bob.id, 1)
    moved = bob.patch(
        f"/api/bids/{bid['id']}", {"status": "hired", "gigId": "0" * 24, "freelancerId": alice.id}
    ).json()
    assert (moved["status"], moved["gigId"], moved["freelancerId"]) == ("pending", gig["id"], bob.id)
    stored = db.gigs.find_one({"_id": ObjectId(gig["id"])})
    assert stored is not None
    assert stored.keys() <= {
        "_id", "kind", "owner_id", "owner_name", "title", "description", "price_minor", "category", "skills",
        "delivery_days", "start_on", "due_on", "status", "version", "bid_count", "bid_activity", "hired_bid_id",
        "order_id", "hire_key", "created_at", "updated_at", "words", "title_words", "rank",
        "terms_version", "file_ids",
    }  # fmt: skip


def test_what_was_read_can_be_put_back(alice: Person, bob: Person) -> None:
    """docs/api.md: whole, by PUT and by PATCH, for a gig and a bid."""
    gig = post_job(
        alice,
        skills=["css", "html"],
        deliveryDays=9,
        startOn="2027-01-04",
        dueOn="2027-02-01",
        category="other",
    )
    read = alice.get(f"/api/gigs/{gig['id']}").json()
    for method in ("PUT", "PATCH"):
        answer = alice.request(method, f"/api/gigs/{gig['id']}", read)
        assert answer.status_code == 200, answer.text
        same = answer.json()
        for name in read.keys() - {"version", "updatedAt"}:
            assert same[name] == read[name]
    bid = place_bid(bob, gig, deliveryDays=3)
    same_bid = bob.patch(f"/api/bids/{bid['id']}", bid).json()
    for name in bid.keys() - {"version", "updatedAt"}:
        assert same_bid[name] == bid[name]


def test_null_is_the_same_as_leaving_out(alice: Person) -> None:
    nulls = dict.fromkeys(("category", "skills", "deliveryDays", "startOn", "dueOn", "status"))
    gig = post_job(alice, **nulls)
    assert (gig["category"], gig["skills"], gig["deliveryDays"]) == ("other", [], None)
    assert (
        alice.patch(f"/api/gigs/{gig['id']}", {"title": None, "budget": 700}).json()["title"] == JOB["title"]
    )
    assert alice.post("/api/gigs", {**JOB, "kind": None}).status_code == 201
    missing = alice.post("/api/gigs", {**JOB, "title": None})
    assert missing.json()["error"]["fields"].keys() == {"title"}


def test_null_empties_what_may_be_empty(alice: Person) -> None:
    gig = post_job(alice, deliveryDays=5, startOn="2030-01-02", skills=["css"])
    emptied = alice.patch(f"/api/gigs/{gig['id']}", {"deliveryDays": None, "startOn": None}).json()
    assert (emptied["deliveryDays"], emptied["startOn"], emptied["skills"]) == (None, None, ["css"])
    assert alice.patch(f"/api/gigs/{gig['id']}", {}).json()["version"] == emptied["version"]


def test_every_wrong_field_is_named_at_once(visitor: Client) -> None:
    answer = visitor.post("/api/auth/register", {"name": 5, "email": "nowhere", "password": "short"})
    assert answer.json()["error"]["fields"].keys() == {"name", "email", "password"}


def test_objects_come_with_both_ids(alice: Person, bob: Person) -> None:
    """docs/api.md, Objects: clients written for MongoDB back ends read `_id`."""
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    notice = alice.get("/api/notifications").json()["notifications"][0]
    for body in (
        gig,
        bid,
        notice,
        alice.get("/api/auth/me").json(),
        bob.get("/api/bids/mine").json()["bids"][0],
        alice.get("/api/users/profile").json(),
        offer_service(alice),
        ask_question(bob, offer_service(alice)),
        alice.get(f"/api/users/{bob.id}").json(),
        alice.get("/api/auth/sessions").json()["sessions"][0],
    ):
        assert body["_id"] == body["id"]
        assert len(body["id"]) == 24


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x" * 121),
        ("title", " \n "),
        ("title", "\u200b"),
        ("description", "x" * 5001),
        ("description", ""),
        ("category", "no-such"),
        ("category", 5),
        ("skills", ["x" * 41]),
        ("skills", [str(number) for number in range(16)]),
        ("skills", [1]),
        ("skills", {"a": 1}),
        ("startOn", "tomorrow"),
        ("startOn", 20270104),
        ("dueOn", "2027-02-30"),
    ],
)
def test_texts_lists_and_days_that_are_refused(alice: Person, field: str, value: object) -> None:
    answer = alice.post("/api/gigs", {**JOB, field: value})
    assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
    assert answer.json()["error"]["fields"].keys() == {field}


def test_half_a_pair_of_surrogates_is_no_text(alice: Person) -> None:
    raw = '{"title": "half \\ud800 a pair", "description": "x", "budget": 1}'
    answer = alice.post("/api/gigs", data=raw, headers={"Content-Type": "application/json"})
    assert (answer.status_code, code_of(answer)) == (400, "invalid_json")


def test_texts_are_kept_as_they_were_typed(alice: Person) -> None:
    word = unique_word()
    texts = {"title": f"<b>{word}</b> & 日本 “x” {{{{ 7*7 }}}} $gt .*", "description": "a\r\nb\n\n  c  d"}
    gig = post_job(alice, **texts)
    assert gig["title"] == texts["title"]
    assert gig["description"] == "a\nb\n\n  c  d"
    assert (
        len(post_job(alice, title="x" * 120, description="y" * 5000, skills=["z" * 40] * 3)["title"]) == 120
    )
    assert post_job(alice, title="!", description="?")["title"] == "!"


def test_json_may_begin_with_a_byte_order_mark(alice: Person) -> None:
    answer = alice.post("/api/gigs", data=b"\xef\xbb\xbf" + msgspec.json.encode(JOB), headers=JSON_TYPE)
    assert answer.status_code == 201, answer.text
    assert alice.post("/api/auth/refresh", data=b"\xef\xbb\xbf", headers=JSON_TYPE).status_code == 200


@pytest.mark.parametrize("given", ["1", "true", "True", "yes", "on"])
def test_a_switch_of_a_query_is_on_in_any_spelling(visitor: Client, given: str) -> None:
    assert visitor.get("/api/gigs/search", params={"facets": given}).json()["facets"]
    assert visitor.get("/api/gigs/search", params={"available": given, "kind": "service"}).status_code == 200


@pytest.mark.parametrize("name", ["facets", "available"])
def test_a_switch_of_a_query_that_is_neither_on_nor_off_is_refused(visitor: Client, name: str) -> None:
    answer = visitor.get("/api/gigs/search", params={name: "perhaps"})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [name])
    assert not visitor.get("/api/gigs/search", params={name: "false"}).json()["facets"]


@pytest.mark.parametrize("path", ["/jobs", "/services", "/categories", "/categories/data", "/login"])
def test_a_page_is_found_by_its_address_and_a_slash(visitor: Client, path: str) -> None:
    answer = visitor.get(f"{path}/?q=a%20b")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{path}?q=a%20b")


@pytest.mark.parametrize("path", ["/nothing/", "/jobs//", "/api/nothing/"])
def test_a_slash_makes_no_page_of_nothing(visitor: Client, path: str) -> None:
    assert visitor.get(path).status_code == 404
