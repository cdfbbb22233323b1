"""What open pages are told, as soon as it is committed."""

import pytest

from tests.conftest import Connect
from tests.support.client import Person
from tests.support.market import place_bid, post_job
from tests.support.talk import open_talk, say, watch


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    job = post_job(alice)
    place_bid(bob, job)
    return open_talk(bob, alice, gigId=job["id"])


def test_a_message_reaches_both_and_nobody_else(
    alice: Person, bob: Person, charlie: Person, talk: str, connect: Connect
) -> None:
    sockets = [connect(each) for each in (alice, bob, charlie)]
    sent = say(bob, talk, "Hello", clientId="a")
    for socket in sockets[:2]:
        (told,) = socket.wait("message")
        assert told["conversationId"] == talk
        assert told["from"] == {"id": bob.id, "name": "Bob Bidder"}
        assert {**told["message"], "createdAt": ""} == {**sent, "createdAt": ""}
    assert sockets[2].of("message") == []


def test_a_change_is_told_with_its_words(alice: Person, bob: Person, talk: str, connect: Connect) -> None:
    sent = say(bob, talk, "Helo")
    socket = connect(alice)
    bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": "Hello"})
    (told,) = socket.wait("message")
    assert (told["message"]["kind"], told["message"]["text"], told["muted"]) == ("edit", "Hello", True)


def test_those_who_watch_are_told_what_was_seen(
    alice: Person, bob: Person, talk: str, connect: Connect
) -> None:
    say(bob, talk, "Hello")
    socket = connect(bob)
    watch(socket, talk)
    alice.post(f"/api/chat/{talk}/read", {"seq": 1})
    (told,) = socket.wait("read", lambda told: "seen" in told)
    assert told == {"conversationId": talk, "userId": alice.id, "seen": 1, "delivered": 1}


def test_the_other_tabs_of_a_person_are_told_what_they_have_read(
    alice: Person, bob: Person, talk: str, connect: Connect
) -> None:
    say(bob, talk, "Hello")
    socket = connect(alice)
    assert socket.of("sync")[-1] == {"unread": 1}
    alice.post(f"/api/chat/{talk}/read", {"seq": 1})
    (told,) = socket.wait("read")
    assert told == {"conversationId": talk, "userId": alice.id, "read": 1}


def test_what_arrived_at_a_screen_is_delivered(
    alice: Person, bob: Person, talk: str, connect: Connect
) -> None:
    say(bob, talk, "Hello")
    watching = connect(bob)
    watch(watching, talk)
    socket = connect(alice)
    watching.wait("read", lambda told: told.get("delivered") == 1)
    say(bob, talk, "Are you there?")
    socket.send("delivered", {"conversation": talk, "seq": 2})
    watching.wait("read", lambda told: told.get("delivered") == 2)
    assert bob.get(f"/api/chat/{talk}").json()["seen"] == 0


def test_a_number_that_is_not_there_was_not_delivered(
    alice: Person, bob: Person, talk: str, connect: Connect
) -> None:
    say(bob, talk, "Hello")
    socket = connect(alice)
    socket.send("delivered", {"conversation": talk, "seq": 9})
    socket.send("delivered", {"conversation": talk, "seq": "x"})
    socket.wait("error")
    assert bob.get(f"/api/chat/{talk}").json()["delivered"] == 1


def test_typing_is_told_to_those_who_watch(alice: Person, bob: Person, talk: str, connect: Connect) -> None:
    sockets = [connect(each) for each in (alice, bob)]
    for socket in sockets:
        watch(socket, talk)
    sockets[1].send("typing", {"conversation": talk})
    (told,) = sockets[0].wait("typing")
    assert told == {"conversationId": talk, "userId": bob.id}
    assert sockets[1].of("typing") == []


def test_its_sender_is_not_told_that_somebody_has_muted_it(
    alice: Person, bob: Person, talk: str, connect: Connect
) -> None:
    sockets = [connect(each) for each in (alice, bob)]
    alice.post(f"/api/chat/{talk}/mute")
    say(bob, talk, "Hello")
    assert [socket.wait("message")[0]["muted"] for socket in sockets] == [True, False]


def test_messages_that_are_switched_off_in_the_app_are_no_news_to_be_shown(
    alice: Person, bob: Person, talk: str, connect: Connect
) -> None:
    """On every screen from the next message on, and again once they are switched on."""
    sockets = [connect(each) for each in (alice, alice.twin(), bob)]
    for count, app in ((1, False), (2, True)):
        chosen = {"choices": {"message_received": {"app": app, "email": True}}}
        assert alice.put("/api/notifications/choices", chosen).status_code == 200
        say(bob, talk, "Hello")
        told = [socket.wait("message", count=count)[-1]["muted"] for socket in sockets]
        assert told == [not app, not app, False]


def test_a_stranger_neither_watches_nor_types(
    alice: Person, bob: Person, charlie: Person, talk: str, connect: Connect
) -> None:
    stranger, socket, last = connect(charlie), connect(alice), connect(bob)
    watch(socket, talk)
    stranger.send("watch", {"conversation": talk})
    stranger.send("typing", {"conversation": talk})
    stranger.send("typing", {"conversation": "x"})  # answered, so what came before was looked at
    stranger.wait("error")
    watch(last, talk)
    last.send("typing", {"conversation": talk})
    assert [told["userId"] for told in socket.wait("typing")] == [bob.id]
    assert stranger.of("typing") == []


@pytest.mark.parametrize("name", ["typing", "delivered", "watch"])
@pytest.mark.parametrize("data", [None, [], "x", {}, {"conversation": 5}, {"conversation": "f" * 23}])
def test_a_malformed_event_is_answered_and_changes_nothing(
    name: str, data: object, bob: Person, connect: Connect
) -> None:
    socket = connect(bob)
    socket.send(name, data)
    (told,) = socket.wait("error")
    assert told == {"event": name, "code": "malformed"}
