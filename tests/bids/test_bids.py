"""Bids through the API: place, read, change, withdraw (docs/api.md)."""

from typing import Any

import pytest
from bson import ObjectId

from gigflow.bids.models import BIDS_MAX
from tests.conftest import Join, shared
from tests.support.client import Client, Person
from tests.support.invariants import check_jobs
from tests.support.market import BID, code_of, hire, place_bid, post_job

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")

BID_FIELDS = {
    "id", "_id", "gigId", "gig", "freelancerId", "freelancer", "message", "price", "deliveryDays", "revisions", "files",
    "confirmed", "status", "declined", "reason", "version",
    "createdAt", "updatedAt",
}  # fmt: skip


def test_a_bid_is_pending_and_its_owner_is_told(join: Join, bob: Person, db: Any) -> None:
    alice = join("Alice Owner")
    gig = post_job(alice, title="Poster")
    answer = bob.post("/api/bids", {**BID, "gigId": gig["id"], "deliveryDays": 3})
    assert answer.status_code == 201
    bid = answer.json()
    assert bid.keys() == BID_FIELDS
    assert (bid["status"], bid["price"], bid["message"], bid["deliveryDays"]) == (
        "pending",
        449.5,
        BID["message"],
        3,
    )
    assert (bid["gigId"], bid["freelancerId"]) == (gig["id"], bob.id)
    assert bid["freelancer"] == {
        "id": bob.id,
        "_id": bob.id,
        "name": bob.name,
        "picture": None,
        "rating": {"average": None, "count": 0},
    }
    assert bid["gig"] == {"id": gig["id"], "_id": gig["id"], "title": "Poster", "status": "open"}
    assert alice.get(f"/api/gigs/{gig['id']}").json()["bidCount"] == 1
    told = alice.get("/api/notifications").json()
    assert [(each["type"], each["message"]) for each in told["notifications"]] == [
        ("bid_placed", "Bob Bidder has bid on “Poster”.")
    ]
    assert told["unread"] == 1
    check_jobs(db, gig["id"])


def test_only_the_owner_reads_the_bids(alice: Person, join: Join, charlie: Person, visitor: Client) -> None:
    """SECURITY 18; a bidder reads their own."""
    bob = join("Bob Bidder")
    gig = post_job(alice)
    bids = [place_bid(bob, gig), place_bid(charlie, gig, price=1)]
    path = f"/api/bids/{gig['id']}"
    read = alice.get(path).json()
    assert [bid["id"] for bid in read["bids"]] == [bids[1]["id"], bids[0]["id"]]
    assert (read["count"], read["next"]) == (2, None)
    assert (bob.get(path).status_code, charlie.get(path).status_code, visitor.get(path).status_code) == (
        403,
        403,
        401,
    )
    assert [bid["id"] for bid in bob.get("/api/bids/mine").json()["bids"]] == [bids[0]["id"]]


def test_nobody_sees_an_address_or_a_hash(alice: Person, bob: Person, visitor: Client) -> None:
    """SECURITY 18: no e-mail address or hash in any answer about somebody else."""
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    answers = [
        alice.get(f"/api/bids/{gig['id']}"),
        alice.page(f"/gigs/{gig['id']}").response,
        alice.page(f"/bids/{bid['id']}/hire").response,
        alice.get("/api/notifications"),
        bob.get("/api/bids/mine"),
        bob.get(f"/api/gigs/{gig['id']}"),
        bob.page(f"/gigs/{gig['id']}").response,
        visitor.get("/api/gigs"),
        visitor.page("/jobs").response,
        hire(alice, bid),
        bob.get("/api/notifications"),
    ]
    for answer in answers:
        assert answer.status_code == 200
        for secret in (alice.email, bob.email, "argon2", "password_hash", "passwordHash"):
            assert secret not in answer.text, answer.url


def test_a_stranger_sees_no_bid_on_the_page(
    alice: Person, join: Join, charlie: Person, visitor: Client
) -> None:
    """Invariant 10: neither message nor price nor name of who bids."""
    bob = join("Barnaby Hidden")  # nobody's client: similar jobs name theirs
    gig = post_job(alice)
    place_bid(bob, gig, message="A message for Alice alone", price=123.45)
    for reader in (charlie, visitor):
        for answer in (
            reader.get(f"/gigs/{gig['id']}"),
            reader.get(f"/api/gigs/{gig['id']}"),
            reader.fragment("GET", f"/gigs/{gig['id']}/live").response,
        ):
            assert answer.status_code == 200
            for secret in ("Alice alone", "123.45", bob.name, bob.id):
                assert secret not in answer.text
    assert "Alice alone" in bob.get(f"/gigs/{gig['id']}").text
    assert "Alice alone" in alice.get(f"/gigs/{gig['id']}").text


def test_one_live_bid_per_freelancer(alice: Person, bob: Person) -> None:
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    again = bob.post("/api/bids", {**BID, "gigId": gig["id"]})
    assert (again.status_code, code_of(again)) == (409, "already_bid")
    assert alice.get(f"/api/gigs/{gig['id']}").json()["bidCount"] == 1
    assert bob.patch(f"/api/bids/{bid['id']}/withdraw").json()["status"] == "withdrawn"
    assert place_bid(bob, gig)["id"] != bid["id"]


def test_nobody_bids_on_their_own_job(alice: Person, db: Any) -> None:
    """Invariant 4."""
    gig = post_job(alice)
    answer = alice.post("/api/bids", {**BID, "gigId": gig["id"]})
    assert (answer.status_code, code_of(answer)) == (403, "own_gig")
    check_jobs(db, gig["id"])


def test_a_wrong_field_is_named(alice: Person, bob: Person) -> None:
    gig = post_job(alice)
    wrong: dict[str, tuple[object, ...]] = {
        "message": ("", "\n\t ", "x" * 2001, 5, None),
        "price": (0, -5, "free", None, 1_000_000.01),
        "deliveryDays": (0, 366),
        "gigId": (None, 5, {"$gt": ""}),
    }
    for field, values in wrong.items():
        for value in values:
            answer = bob.post("/api/bids", {**BID, "gigId": gig["id"], field: value})
            fields = answer.json()["error"].get("fields", {})
            assert (answer.status_code, fields.keys()) == (400, {field}), value


def test_a_bid_is_changed_while_it_is_pending(alice: Person, bob: Person, charlie: Person, db: Any) -> None:
    gig = post_job(alice)
    bid, other = place_bid(bob, gig), place_bid(charlie, gig)
    changed = bob.patch(f"/api/bids/{bid['id']}", {"price": 400}).json()
    assert (changed["price"], changed["message"], changed["version"]) == (400, BID["message"], 2)
    assert bob.patch(f"/api/bids/{bid['id']}", {"price": 0}).status_code == 400
    assert bob.patch(f"/api/bids/{bid['id']}", {}).status_code == 200
    assert hire(alice, other).status_code == 200
    for answer in (
        bob.patch(f"/api/bids/{bid['id']}", {"price": 1}),
        charlie.patch(f"/api/bids/{other['id']}", {"price": 1}),
    ):
        assert answer.status_code == 409
    assert [each["price"] for each in alice.get(f"/api/bids/{gig['id']}").json()["bids"]] == [449.5, 400]
    check_jobs(db, gig["id"])


def test_a_bid_is_withdrawn_while_it_is_pending(alice: Person, bob: Person, db: Any) -> None:
    gig = post_job(alice, title="Poster")
    bid = place_bid(bob, gig)
    answer = bob.patch(f"/api/bids/{bid['id']}/withdraw")
    assert (answer.status_code, answer.json()["status"]) == (200, "withdrawn")
    again = bob.patch(f"/api/bids/{bid['id']}/withdraw")
    assert (again.status_code, code_of(again)) == (409, "bid_not_pending")
    changed = bob.patch(f"/api/bids/{bid['id']}", {"price": 1})
    assert (changed.status_code, code_of(changed)) == (409, "bid_not_pending")
    refused = hire(alice, bid)
    assert (refused.status_code, code_of(refused)) == (409, "bid_not_pending")
    told = alice.get("/api/notifications").json()["notifications"]
    assert told[0]["message"] == "Bob Bidder withdrew the bid on “Poster”."
    assert alice.get(f"/api/gigs/{gig['id']}").json()["bidCount"] == 0
    check_jobs(db, gig["id"])


def test_bids_of_others_are_not_to_be_told_from_none(alice: Person, bob: Person, charlie: Person) -> None:
    """SECURITY 16: a stranger cannot tell "not yours" from "not there"; the owner, who reads them, gets 403."""
    bid = place_bid(bob, post_job(alice))
    for person, status in ((charlie, 404), (alice, 403)):
        for answer in (
            person.patch(f"/api/bids/{bid['id']}", {"price": 1}),
            person.patch(f"/api/bids/{bid['id']}/withdraw"),
        ):
            assert answer.status_code == status
    there = charlie.patch(f"/api/bids/{bid['id']}/withdraw").json()
    nothing = charlie.patch(f"/api/bids/{'f' * 24}/withdraw").json()
    assert (there["message"], there["error"]["code"]) == (nothing["message"], nothing["error"]["code"])


def test_bids_come_in_pages(alice: Person, join: Join) -> None:
    bob = join("Bob Bidder")
    gig = post_job(alice)
    others = [join(f"Bidder {number}") for number in range(3)]
    for person in others:
        place_bid(person, gig)
    path = f"/api/bids/{gig['id']}"
    assert alice.get(path).json()["count"] == 3
    first = alice.get(f"{path}?limit=2").json()
    rest = alice.get(f"{path}?limit=2&cursor={first['next']}").json()
    assert [bid["freelancerId"] for bid in first["bids"] + rest["bids"]] == [
        person.id for person in others[::-1]
    ]
    assert rest["next"] is None
    assert alice.get(f"{path}?limit=1001").status_code == 400
    assert alice.get(f"{path}?limit=1000").status_code == 200
    for number in range(3):
        place_bid(bob, post_job(alice, title=f"Job {number}"))
    mine = bob.get("/api/bids/mine?limit=2").json()
    assert [bid["gig"]["title"] for bid in mine["bids"]] == ["Job 2", "Job 1"]
    last = bob.get(f"/api/bids/mine?limit=2&cursor={mine['next']}").json()
    assert [bid["gig"]["title"] for bid in last["bids"]] == ["Job 0"]


def test_a_job_takes_no_more_bids_than_one_hire_can_decide(alice: Person, bob: Person, db: Any) -> None:
    """A hire writes every bid on its job in one transaction."""
    gig = post_job(alice)
    db.gigs.update_one({"_id": ObjectId(gig["id"])}, {"$set": {"bid_count": BIDS_MAX}})
    refused = bob.post("/api/bids", {**BID, "gigId": gig["id"]})
    assert (refused.status_code, code_of(refused)) == (409, "bids_full")
    db.gigs.update_one({"_id": ObjectId(gig["id"])}, {"$set": {"bid_count": BIDS_MAX - 1}})
    assert place_bid(bob, gig)["status"] == "pending"
    db.gigs.update_one({"_id": ObjectId(gig["id"])}, {"$set": {"bid_count": 1}})


@pytest.mark.parametrize("sent", [-1, 21, 1.5, "many", True])
def test_revisions_are_bounded(sent: object, alice: Person, bob: Person) -> None:
    answer = bob.post("/api/bids", {**BID, "gigId": post_job(alice)["id"], "revisions": sent})
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"revisions"})


def test_a_bid_says_how_many_revisions_there_are(alice: Person, bob: Person, db: Any) -> None:
    """Three if it does not say, and in bids that are older than the number."""
    bid = place_bid(bob, post_job(alice))
    assert bid["revisions"] == 3
    path = f"/api/bids/{bid['id']}"
    assert bob.patch(path, {"revisions": 0}).json()["revisions"] == 0
    assert bob.patch(path, {"price": 5}).json()["revisions"] == 0
    assert bob.patch(path, {"revisions": None}).json()["revisions"] == 3
    older = {"revisions": "", "for_terms": "", "change_told": ""}
    db.bids.update_one({"_id": ObjectId(bid["id"])}, {"$unset": older})
    hired = hire(alice, bid).json()
    assert (hired["bid"]["revisions"], hired["order"]["terms"]["revisions"]) == (3, 3)
