"""An offer to somebody who has blocked its sender answers as to anybody, and reaches nobody."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId

from tests.conftest import Join
from tests.files.test_files_of_jobs import fetched, ids_of, upload
from tests.invitations.steps import listed
from tests.offers.steps import OFFER, answer_offer, offer, read, try_to_offer
from tests.support.client import Person
from tests.support.invariants import Db
from tests.support.server import Server
from tests.support.ticks import do_house

# Ids, times, and how long ago something was: these differ between any two.
_DIFFERS = re.compile(r"[0-9a-f]{24}|\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)|\"requestId\":\"\w+\"")


def said(answer: Any) -> tuple[int, str]:
    """What an answer says, without what differs between any two."""
    return answer.status_code, _DIFFERS.sub("·", answer.text)


def block(person: Person, other: Person) -> None:
    assert person.post(f"/api/users/{other.id}/block").status_code == 200


def everything_read(sender: Person, other: Person, offers: list[Any]) -> list[Any]:
    """What a sender can read of their offers, and what they can do with them."""
    about = {"userId": other.id, "text": "Hello"}
    answers = [
        *(
            sender.get("/api/offers", params={"box": box, "state": state})
            for box in ("sent", "received")
            for state in ("open", "accepted", "ended")
        ),
        *(sender.get(f"/api/offers/{each['id']}") for each in offers),
        sender.get("/api/notifications"),
        sender.get("/api/turn"),
        sender.post("/api/chat/conversations", about),
        sender.get("/api/chat/conversations?show=all"),
        *(answer_offer(sender, offers[-1], act) for act in ("accept", "decline", "withdraw", "withdraw")),
        try_to_offer(sender, other, key="again"),
        try_to_offer(sender, other, key="again"),
    ]
    pages = [sender.page(path) for path in ("/hiring", f"/offers/{offers[0]['id']}", f"/u/{other.id}")]
    shown = [(page.status, _DIFFERS.sub("·", page.one("main").text)) for page in pages]
    return [*map(said, answers), *shown]


def test_an_equal_twin_tells_no_difference(server: Server, join: Join, db: Db) -> None:
    """Anna is blocked before and after she has sent offers; her twin sends the same to somebody who is not there."""
    found = []
    for is_blocked in (True, False):
        anna, bob = join("Anna Asks"), listed(join("Bob Bids"))
        first = offer(anna, bob, title="Seen before the block")
        if is_blocked:
            block(bob, anna)
        file = upload(anna)
        sends = [try_to_offer(anna, bob, fileIds=ids_of(file)), try_to_offer(anna, bob)]
        sends.append(try_to_offer(anna, bob))
        offers = [first, *(each.json() for each in sends if each.status_code == 201)]
        answers = [*map(said, sends), *everything_read(anna, bob, offers)]
        past = {"$set": {"expires_at": datetime.now(UTC) - timedelta(seconds=1)}}
        db.offers.update_one({"_id": ObjectId(first["id"])}, past)
        do_house(server.house)
        answers += [said(anna.get("/api/notifications")), said(anna.get(f"/api/offers/{first['id']}"))]
        answers.append(fetched(file, anna))
        found.append(answers)
    for mine, its in zip(*found, strict=True):
        assert mine == its


def test_a_hidden_offer_is_nowhere_for_who_has_blocked(server: Server, alice: Person, bob: Person) -> None:
    file = upload(alice)
    before = offer(alice, listed(bob), fileIds=ids_of(file))
    block(bob, alice)
    sent = [before, offer(alice, bob, fileIds=ids_of(upload(alice))), offer(alice, bob)]
    for each in sent:
        assert bob.get(f"/api/offers/{each['id']}").status_code == 404
        for path in ("accept", "decline", "withdraw", "counter"):
            assert answer_offer(bob, each, path).status_code == 404
            assert bob.get(f"/offers/{each['id']}/{path}").status_code == 404
    lists = (
        "/api/offers",
        "/api/turn",
        "/api/notifications?unread=1",
        "/work",
        "/hiring",
        f"/u/{alice.id}",
    )
    for path in lists:
        text = bob.get(path).text
        assert [each["id"] for each in sent if each["id"] in text and each is not before] == [], path
        assert OFFER["title"] not in text, path
    assert fetched(file, alice, bob) == [200, 404]
    assert bob.delete(f"/api/users/{alice.id}/block").status_code == 200
    assert bob.get("/api/offers").json()["count"] == 0
    # What is hidden counts for its sender alone: Bob has none open with Alice.
    listed(alice)
    assert [try_to_offer(bob, alice).status_code for _ in range(4)] == [201, 201, 201, 409]
    assert read(alice, sent[1])["status"] == "sent"
