"""What comes between the reading of a conversation and the writing: what is written goes by what is true then. (The
races themselves, over two processes: test_sending.py and test_blocking.py.)
"""

from datetime import timedelta

import msgspec
import pytest
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Viewer
from gigflow.accounts.parts import Done
from gigflow.chat import actions, block_store, blocking, leaving, marks_store
from gigflow.chat.actions import Message
from gigflow.chat.due import tell_due
from gigflow.core.clock import now
from gigflow.core.errors import Conflict
from tests.support.client import Person
from tests.support.market import offer_service, place_bid, post_job
from tests.support.server import Server
from tests.support.talk import open_talk, say, texts

HELLO = Message(text="Hello", file_ids=(), client_id="a", is_named=True)


@pytest.fixture
def talk(alice: Person, bob: Person) -> ObjectId:
    job = post_job(alice)
    place_bid(bob, job)
    return ObjectId(open_talk(bob, alice, gigId=job["id"]))


def viewer_of(person: Person) -> Viewer:
    return Viewer(user_id=ObjectId(person.id), device_id=ObjectId(), name="Somebody")


def test_a_block_meanwhile_hides_the_message(
    alice: Person, bob: Person, talk: ObjectId, server: Server
) -> None:
    read = actions.conversation_for(server.house, viewer_of(bob), talk)
    blocking.block(server.house, viewer_of(alice), ObjectId(bob.id), now())
    sent = actions.send(server.house, viewer_of(bob), read, HELLO, now())
    assert sent.entry.hidden
    assert texts(alice, str(talk)) == [(1, "hidden", "")]


def test_nothing_is_sent_to_somebody_who_left_meanwhile(bob: Person, talk: ObjectId, server: Server) -> None:
    read = actions.conversation_for(server.house, viewer_of(bob), talk)
    alice_id = read.other(ObjectId(bob.id))
    server.house.transact(lambda tx: block_store.mark_left(tx, alice_id))
    with pytest.raises(Conflict) as refused:
        actions.send(server.house, viewer_of(bob), read, HELLO, now())
    assert refused.value.code == "person_left"
    assert texts(bob, str(talk)) == []


def test_conversations_of_somebody_who_left_are_closed_piece_by_piece(
    alice: Person, bob: Person, talk: ObjectId, server: Server
) -> None:
    open_talk(bob, alice, gigId=offer_service(alice)["id"])
    user = accounts.get_user(server.house, ObjectId(bob.id))
    assert user
    gone = msgspec.structs.replace(user, deleted_at=now())
    done = [
        server.house.transact(lambda tx: leaving.close_conversations_of(tx, gone, 1, now())) for _ in range(3)
    ]
    assert done == [Done(1, more=True), Done(1, more=True), Done(0, more=False)]
    assert all(each["left"] for each in alice.get("/api/chat/conversations?show=all").json()["conversations"])


def test_a_notice_that_came_meanwhile_is_not_overlooked(
    alice: Person, bob: Person, talk: ObjectId, server: Server
) -> None:
    """Else it would stay unread although its messages are not."""
    say(bob, str(talk), "Hello")
    read = actions.conversation_for(server.house, viewer_of(alice), talk)
    tell_due(server.house, now() + timedelta(seconds=61))
    alice_id = ObjectId(alice.id)
    assert not marks_store.move_bookmark(server.house, alice_id, read, 1, -1, forward=True)
    again = actions.conversation_for(server.house, viewer_of(alice), talk)
    assert (again.read_by(alice_id), again.unread_of(alice_id)) == (0, 1)
