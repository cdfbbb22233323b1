"""The list of notifications and what was read of it (docs/api.md)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from gigflow.core.db import Tx
from gigflow.core.errors import Conflict
from gigflow.notifications import actions
from tests.conftest import Connect
from tests.support.client import Person, paths_in
from tests.support.market import hire, place_bid, post_job
from tests.support.server import Server

Db = Database[dict[str, Any]]


def test_the_list_is_newest_first_with_a_link_and_the_number_unread(
    alice: Person, bob: Person, charlie: Person
) -> None:
    gig = post_job(alice, title="Poster")
    place_bid(charlie, gig)
    bid = place_bid(bob, gig)
    bob.patch(f"/api/bids/{bid['id']}/withdraw")
    answer = alice.get("/api/notifications").json()
    assert answer.keys() == {"notifications", "next", "unread"}
    assert [each["type"] for each in answer["notifications"]] == ["bid_withdrawn", "bid_placed"]
    assert answer["unread"] == 2
    newest = answer["notifications"][0]
    assert newest.keys() == {"id", "_id", "type", "message", "url", "gigId", "bidId", "createdAt", "readAt"}
    assert (newest["url"], newest["gigId"], newest["bidId"]) == (f"/gigs/{gig['id']}", gig["id"], bid["id"])
    assert newest["readAt"] is None


def test_some_are_read_or_all(alice: Person, bob: Person) -> None:
    for _ in range(3):
        place_bid(bob, post_job(alice))
    ids = [each["id"] for each in alice.get("/api/notifications").json()["notifications"]]
    assert alice.post("/api/notifications/read", {"ids": []}).json() == {"read": 0}
    assert alice.post("/api/notifications/read", {"ids": [ids[0], "nonsense", str(ObjectId())]}).json() == {
        "read": 1
    }
    assert alice.post("/api/notifications/read", {"ids": [ids[0]]}).json() == {"read": 0}
    assert alice.get("/api/notifications").json()["unread"] == 2
    assert alice.post("/api/notifications/read").json() == {"read": 2}
    after = alice.get("/api/notifications").json()
    assert after["unread"] == 0
    assert all(each["readAt"] for each in after["notifications"])


def test_nobody_marks_somebody_elses(alice: Person, bob: Person) -> None:
    """Invariant 10."""
    place_bid(bob, post_job(alice))
    theirs = alice.get("/api/notifications").json()["notifications"][0]["id"]
    assert bob.post("/api/notifications/read", {"ids": [theirs]}).json() == {"read": 0}
    assert alice.get("/api/notifications").json()["unread"] == 1
    assert bob.get("/api/notifications").json()["notifications"] == []


def test_a_read_mark_says_whose_it_is(
    db: Db, alice: Person, bob: Person, charlie: Person, connect: Connect
) -> None:
    """No process has to look it up, however it was read: by its person, or for everybody by a step that ends it."""
    gigs = [post_job(alice) for _ in range(3)]
    bids = [place_bid(bob, gig) for gig in gigs]
    first, second, third = [each["id"] for each in alice.get("/api/notifications").json()["notifications"]]
    screen = connect(alice)
    db.command("profile", 2, filter={"ns": f"{db.name}.notifications", "op": "query"})
    alice.post("/api/notifications/read", {"ids": [first]})
    alice.page(f"/gigs/{gigs[1]['id']}")
    assert charlie.delete(f"/api/gigs/{gigs[0]['id']}").status_code == 403
    hire(alice, bids[0])
    for each in (first, second, third):
        screen.wait("notification_read", lambda told, each=each: told["id"] == each)
    db.command("profile", 0)
    one_by_id = {"command.filter._id": {"$in": [ObjectId(each) for each in (first, second, third)]}}
    assert db["system.profile"].count_documents(one_by_id) == 0
    db.drop_collection("system.profile")
    told = list(db.notifications.find({"user_id": ObjectId(alice.id), "type": "bid_placed"}))
    assert [each["reader_id"] for each in told] == [ObjectId(alice.id)] * 3
    assert [each["mail_at"] for each in told] == [None] * 3


def test_a_read_mark_of_an_earlier_version_reaches_the_screens(
    db: Db, alice: Person, bob: Person, connect: Connect
) -> None:
    """It does not say whose it is."""
    place_bid(bob, post_job(alice))
    screen = connect(alice)
    (told,) = screen.of("notification")
    db.notifications.update_one({"_id": ObjectId(told["id"])}, {"$set": {"read_at": datetime.now(UTC)}})
    assert screen.wait("notification_read") == [{"id": told["id"]}]


def test_a_transaction_of_others_may_mark_read(server: Server, alice: Person, bob: Person) -> None:
    """What is read there is read if that transaction is, and only what is its person's."""
    place_bid(bob, post_job(alice))
    ids = [ObjectId(alice.get("/api/notifications").json()["notifications"][0]["id"])]
    moment = datetime.now(UTC)

    def refused(tx: Tx) -> None:
        assert actions.mark_read(tx, ObjectId(alice.id), ids, moment) == 1
        raise Conflict("Not now.", code="not_now")

    with pytest.raises(Conflict):
        server.house.transact(refused)
    assert alice.get("/api/notifications").json()["unread"] == 1
    read = server.house.transact
    assert read(lambda tx: actions.mark_read(tx, ObjectId(bob.id), ids, moment)) == 0
    assert read(lambda tx: actions.mark_read(tx, ObjectId(alice.id), ids, moment)) == 1
    assert alice.get("/api/notifications").json()["unread"] == 0


@pytest.mark.parametrize("ids", ["all", 5, {"$gt": ""}, [5], [None], [["x"]], ["x"] * 1001, True])
def test_ids_are_a_list_of_texts(alice: Person, ids: object) -> None:
    answer = alice.post("/api/notifications/read", {"ids": ids})
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"ids"})


def test_what_came_after_one_that_is_known(alice: Person, bob: Person) -> None:
    for _ in range(3):
        place_bid(bob, post_job(alice))
    ids = [each["id"] for each in alice.get("/api/notifications").json()["notifications"]]
    assert [
        each["id"] for each in alice.get(f"/api/notifications?after={ids[2]}").json()["notifications"]
    ] == ids[:2]
    assert alice.get(f"/api/notifications?after={ids[0]}").json()["notifications"] == []
    assert alice.get("/api/notifications?after=nonsense").json()["error"]["fields"].keys() == {"after"}
    newer = alice.get(f"/api/notifications?after={ids[2]}&limit=1").json()
    older = alice.get(f"/api/notifications?after={ids[2]}&limit=1&cursor={newer['next']}").json()
    assert [each["id"] for each in newer["notifications"] + older["notifications"]] == ids[:2]
    assert older["next"] is None
    first = alice.get("/api/notifications?limit=2").json()
    rest = alice.get(f"/api/notifications?limit=2&cursor={first['next']}").json()
    assert [each["id"] for each in first["notifications"] + rest["notifications"]] == ids


def test_the_start_page_says_what_needs_one(alice: Person, bob: Person) -> None:
    assert "You’re all caught up" in alice.page("/").text
    gig = post_job(alice, title="Poster")
    bid = place_bid(bob, gig)
    page = alice.page("/")
    assert "1 new bid to review." in page.text
    assert {f"/gigs/{gig['id']}"} <= paths_in(page)
    assert "Bob Bidder has bid on “Poster”." in page.text
    hire(alice, bid)
    assert "You have been hired for Poster!" in bob.page("/").text
