"""A block is silent: the blocked person's messages stay with them, and nothing that they can read says so."""

from functools import partial
from typing import Any

import pytest
from bson import ObjectId

from tests.conftest import Connect, Join
from tests.support.client import Json, Person
from tests.support.market import hire, offer_service, place_bid, post_job
from tests.support.money import pay
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.talk import heard, is_in, open_talk, say, seen_in_inbox, texts, watch

# Ids and times, which differ between any two.
_DIFFERS = {
    *("id", "_id", "conversationId", "senderId", "userId", "next", "of"),
    *("at", "createdAt", "editedAt", "retractedAt"),
}


def block(person: Person, other: Person) -> None:
    answer = person.post(f"/api/users/{other.id}/block")
    assert (answer.status_code, answer.json()["blocked"]) == (200, True), answer.text


def unblock(person: Person, other: Person) -> None:
    answer = person.delete(f"/api/users/{other.id}/block")
    assert (answer.status_code, answer.json()["blocked"]) == (200, False), answer.text


def meet(owner: Person, bidder: Person) -> str:
    """What the owner of a job and a bidder talk about."""
    job = post_job(owner)
    place_bid(bidder, job)
    return open_talk(bidder, owner, gigId=job["id"])


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    made = meet(alice, bob)
    say(bob, made, "Hello")
    say(alice, made, "Hello")
    return made


def test_what_a_blocked_person_sends_stays_with_them(alice: Person, bob: Person, talk: str) -> None:
    block(alice, bob)
    assert say(bob, talk, "Answer me")["seq"] == 3
    assert texts(bob, talk)[-1] == (3, "text", "Answer me")
    assert texts(alice, talk)[-1] == (3, "hidden", "")
    assert "Answer" not in alice.get(f"/api/chat/{talk}").text
    assert (seen_in_inbox(alice, talk)["unread"], is_in(alice, talk)) == (0, False)
    assert is_in(alice, talk, "blocked")


def test_the_blocker_cannot_write_until_they_unblock(alice: Person, bob: Person, talk: str) -> None:
    block(alice, bob)
    refused = alice.post(f"/api/chat/{talk}", {"text": "Hello"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "you_blocked")
    unblock(alice, bob)
    assert (say(alice, talk, "Hello again")["seq"], is_in(alice, talk)) == (3, True)
    assert texts(bob, talk)[-1] == (3, "text", "Hello again")


def test_what_was_hidden_stays_hidden(alice: Person, bob: Person, talk: str) -> None:
    block(alice, bob)
    hidden = say(bob, talk, "Where are you?")
    unblock(alice, bob)
    say(bob, talk, "Hello")
    bob.patch(f"/api/chat/{talk}/{hidden['id']}", {"text": "Where were you?"})
    assert [each[1] for each in texts(alice, talk)] == ["text", "text", "hidden", "text", "hidden"]
    assert seen_in_inbox(alice, talk)["unread"] == 1


def test_what_was_hidden_can_be_opened_once_one_no_longer_blocks(
    alice: Person, bob: Person, talk: str
) -> None:
    block(alice, bob)
    say(bob, talk, "Where are you?")
    assert texts(alice, talk, hidden="show")[-1] == (3, "hidden", "")
    unblock(alice, bob)
    assert texts(alice, talk, hidden="show")[-1] == (3, "text", "Where are you?")
    page = alice.page(f"/messages/{talk}")
    assert "1 message while you blocked Bob Bidder" in page.text
    assert "Where are you?" not in page.text
    assert "Where are you?" in alice.page(page.one(".untold a").attrs["href"] or "").text
    assert (seen_in_inbox(alice, talk)["unread"], seen_in_inbox(bob, talk)["seen"]) == (0, 0)


def test_a_hidden_change_changes_nothing_for_the_other(alice: Person, bob: Person, talk: str) -> None:
    sent = say(bob, talk, "Friendly words")
    block(alice, bob)
    bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": "Angry words"})
    mine, theirs = heard(bob, talk), heard(alice, talk)
    assert (mine[2]["text"], theirs[2]["text"]) == ("Angry words", "Friendly words")
    assert (bool(mine[2]["editedAt"]), theirs[2]["editedAt"]) == (True, None)
    assert (mine[3]["kind"], theirs[3]["kind"]) == ("edit", "hidden")
    assert seen_in_inbox(bob, talk)["last"]["text"] == "Angry words"
    unblock(alice, bob)
    assert seen_in_inbox(alice, talk)["last"]["text"] == "Friendly words"


def test_what_is_taken_back_is_gone_for_both_under_a_block(alice: Person, bob: Person, talk: str) -> None:
    sent = say(bob, talk, "My address")
    block(alice, bob)
    bob.delete(f"/api/chat/{talk}/{sent['id']}")
    assert texts(alice, talk)[2:] == [(3, "text", ""), (4, "retract", "")]


def test_the_blocker_is_told_of_nothing(alice: Person, bob: Person, talk: str, connect: Connect) -> None:
    block(alice, bob)
    socket = connect(alice)
    say(bob, talk, "Answer me")
    unblock(alice, bob)
    say(bob, talk, "Hello")
    told = socket.wait("message")
    assert [each["message"]["text"] for each in told] == ["Hello"]


def test_nothing_more_is_seen_or_typed_under_a_block(
    alice: Person, bob: Person, talk: str, connect: Connect
) -> None:
    sockets = [connect(each) for each in (alice, bob)]
    for socket in sockets:
        watch(socket, talk)
    sockets[0].send("typing", {"conversation": talk})
    sockets[1].wait("typing")
    say(bob, talk, "Hello")
    before = bob.get(f"/api/chat/{talk}").json()
    block(alice, bob)
    sockets[0].wait("sync", lambda told: told == {"unread": 0})
    say(bob, talk, "Are you there?")
    last = len(heard(alice, talk))
    for socket in sockets:
        socket.send("typing", {"conversation": talk})
        socket.send("delivered", {"conversation": talk, "seq": last})
        watch(socket, talk)
    assert alice.post(f"/api/chat/{talk}/read", {"seq": last}).status_code == 200
    answer = bob.get(f"/api/chat/{talk}").json()
    assert [answer[mark] for mark in ("seen", "delivered")] == [
        before[mark] for mark in ("seen", "delivered")
    ]
    unblock(alice, bob)
    say(alice, talk, "Hello again")
    sockets[1].wait("message", lambda told: told["message"]["text"] == "Hello again")
    assert [len(socket.of("typing")) for socket in sockets] == [0, 1]


def test_an_equal_twin_tells_no_difference(join: Join, alice: Person, bob: Person, connect: Connect) -> None:
    """Bob is blocked; his twin writes the same to somebody who is away. All that the two can read is alike."""
    twin, away = join("Bob Bidder"), join("Alice Owner")
    found = []
    for writer, other, is_blocked in ((bob, alice, True), (twin, away, False)):
        talk = meet(other, writer)
        say(writer, talk, "First", clientId="c0")
        say(other, talk, "Answer", clientId="c0")
        if is_blocked:
            block(other, writer)
        socket = connect(writer)
        socket.send("watch", {"conversation": talk})
        socket.send("typing", {"conversation": talk})
        writer.post(f"/api/chat/{talk}/read", {})
        answers = [
            writer.post(f"/api/chat/{talk}", {"text": "Are you there?", "clientId": "c1"}) for _ in range(2)
        ]
        changed = writer.post(f"/api/chat/{talk}", {"text": "Hm", "clientId": "c2"}).json()
        answers.append(writer.patch(f"/api/chat/{talk}/{changed['id']}", {"text": "Hello?"}))
        taken = writer.post(f"/api/chat/{talk}", {"text": "Well", "clientId": "c3"}).json()
        answers.append(writer.delete(f"/api/chat/{talk}/{taken['id']}"))
        answers.append(writer.post(f"/api/chat/{talk}/archive"))
        answers.append(writer.post(f"/api/chat/{talk}", {"text": "Last", "clientId": "c4"}))
        answers.append(writer.get(f"/api/chat/{talk}"))
        first = heard(writer, talk)[0]["id"]
        answers.append(writer.patch(f"/api/chat/{talk}/{first}", {"text": "Giraffe"}))
        answers += [writer.get(f"/api/chat/search?q={q}") for q in ("giraffe", "first")]
        answers.append(writer.delete(f"/api/chat/{talk}/{first}"))
        lists = ("inbox", "unread", "waits", "archived", "all")
        answers += [writer.get(f"/api/chat/conversations?show={show}") for show in lists]
        told = socket.wait("message", count=8)
        events = [told, *(socket.of(name) for name in ("typing", "read", "error"))]
        found.append((_without_names([each.json() for each in answers]), _without_names(events)))
    for one, other in zip(found[0], found[1], strict=True):
        for mine, its in zip(one, other, strict=True):
            assert mine == its


def test_a_paid_order_forbids_a_block_and_outranks_it(alice: Person, bob: Person, server: Server) -> None:
    job = post_job(alice)
    bid = place_bid(bob, job)
    talk = open_talk(bob, alice, gigId=job["id"])
    block(alice, bob)
    say(bob, talk, "Unheard")
    order = hire(alice, bid).json()["order"]
    say(bob, talk, "Still unheard: nothing is paid")
    pay(server, alice, order)
    say(bob, talk, "Here is the first part")
    say(alice, talk, "Thank you")
    assert [each[1:] for each in texts(alice, talk)] == [
        ("hidden", ""),
        ("hidden", ""),
        ("text", "Here is the first part"),
        ("text", "Thank you"),
    ]
    unblock(alice, bob)
    refused = alice.post(f"/api/users/{bob.id}/block")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "order_under_way")


def test_a_conversation_that_is_opened_under_a_block_is_silent_too(
    alice: Person, bob: Person, talk: str
) -> None:
    block(alice, bob)
    other = open_talk(bob, alice, gigId=offer_service(alice)["id"])
    say(bob, other, "Hello")
    assert texts(alice, other) == [(1, "hidden", "")]
    assert not any(is_in(alice, other, show) for show in ("inbox", "unread", "archived"))


def test_opening_and_blocking_at_once_miss_each_other_never(join: Join, two_processes: Server) -> None:
    for _ in range(4):
        alice, bob = (join(at=two_processes) for _ in range(2))
        service = offer_service(alice)["id"]
        opening = partial(bob.post, "/api/chat/conversations", {"userId": alice.id, "gigId": service})
        at_once([opening, partial(alice.post, f"/api/users/{bob.id}/block")])
        talk = open_talk(bob, alice, gigId=service)
        say(bob, talk, "Hello")
        assert texts(alice, talk) == [(1, "hidden", "")]


def test_opening_and_ending_a_block_at_once_leave_nothing_of_it(join: Join, two_processes: Server) -> None:
    """The row of a pair that says nothing any more goes, also while it is written."""
    for _ in range(4):
        alice, bob = (join(at=two_processes) for _ in range(2))
        service = offer_service(alice)["id"]
        block(alice, bob)
        opening = partial(bob.post, "/api/chat/conversations", {"userId": alice.id, "gigId": service})
        ended, opened = at_once([partial(alice.delete, f"/api/users/{bob.id}/block"), opening])
        assert (ended.status_code, opened.status_code) == (200, 201)
        talk = open_talk(bob, alice, gigId=service)
        say(bob, talk, "Hello")
        assert texts(alice, talk) == [(1, "text", "Hello")]


def test_a_block_that_ended_leaves_no_row(alice: Person, bob: Person, talk: str, db: Any) -> None:
    pair = {"_id": ":".join(sorted((alice.id, bob.id)))}
    block(alice, bob)
    block(bob, alice)
    unblock(alice, bob)
    assert db.pairs.find_one(pair)["blocked_by"] == [ObjectId(bob.id)]
    unblock(bob, alice)
    assert db.pairs.find_one(pair) is None


def test_a_block_beside_a_flood_of_messages_hides_all_that_come_after(
    join: Join, two_processes: Server
) -> None:
    alice, bob = (join(at=two_processes) for _ in range(2))
    talk = meet(alice, bob)
    say(bob, talk, "Hello")
    sends = [partial(bob.twin().post, f"/api/chat/{talk}", {"text": str(number)}) for number in range(12)]
    at_once([*sends, partial(alice.post, f"/api/users/{bob.id}/block")])
    kinds = [each[1] for each in texts(alice, talk)]
    assert kinds == sorted(kinds, reverse=True) and len(kinds) == 13  # noqa: PT018 - "text" before "hidden"
    assert seen_in_inbox(alice, talk)["unread"] == 0


def test_whom_one_has_blocked_is_a_list(alice: Person, bob: Person, charlie: Person) -> None:
    for other in (bob, charlie):
        block(alice, other)
        block(alice, other)
    found = alice.get("/api/users/blocked").json()["people"]
    assert {each["userId"] for each in found} == {bob.id, charlie.id}
    unblock(alice, bob)
    unblock(alice, bob)
    assert [each["userId"] for each in alice.get("/api/users/blocked").json()["people"]] == [charlie.id]


def test_who_cannot_be_blocked(alice: Person, root: Person) -> None:
    assert alice.post(f"/api/users/{alice.id}/block").status_code == 400
    assert alice.post(f"/api/users/{root.id}/block").status_code == 403
    assert alice.post(f"/api/users/{'f' * 24}/block").status_code == 404


def test_a_block_ends_what_was_to_be_told(alice: Person, bob: Person, talk: str, db: Any) -> None:
    say(bob, talk, "Hello")
    block(alice, bob)
    row = db.conversations.find_one({"pair": {"$regex": alice.id}})
    assert row["tell_at"].keys() == {bob.id}  # what Alice wrote, which Bob has not read


def _without_names(found: Any) -> Any:
    """What was read, without what differs between any two: ids, names and times."""
    if isinstance(found, list):
        return [_without_names(each) for each in found]
    if isinstance(found, dict):
        said: Json = {name: _without_names(value) for name, value in found.items()}
        return {name: value is not None if name in _DIFFERS else value for name, value in said.items()}
    return found
