"""In what order conversations ask the database, and how often (docs/decisions/0059): every transaction writes the
conversation first. Written second, or after a read, a block under a flood of messages takes seconds.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import NamedTuple

import msgspec
import pytest
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Viewer
from gigflow.accounts.parts import Rows
from gigflow.chat import actions, blocking, editing, leaving, opening, reading
from gigflow.chat.actions import Message
from gigflow.chat.due import tell_due
from gigflow.chat.models import About
from gigflow.core.clock import now
from gigflow.core.db import Db
from tests.support.client import Person
from tests.support.commands import Command, commands_of, listened
from tests.support.market import offer_service, place_bid, post_job
from tests.support.server import Server
from tests.support.talk import open_talk, seen_in_inbox

MINUTE = timedelta(seconds=61)
NUMBERS = Command("findAndModify", "conversations", begins=True)
CHANGES = Command("update", "conversations", begins=True)
COMMIT = Command("commitTransaction", "")


class Two(NamedTuple):
    """Alice and Bob, and what they talk about, at a database that tells what it is asked."""

    db: Db
    alice: Person
    bob: Person
    talk: ObjectId

    def send(self, viewer: Viewer, text: str = "Hello", files: tuple[ObjectId, ...] = ()) -> ObjectId:
        """Send a message as a route does, which has read the conversation; returns its id."""
        conversation = actions.conversation_for(self.db, viewer, self.talk)
        message = Message(text=text, file_ids=files, client_id=str(ObjectId()), is_named=True)
        return actions.send(self.db, viewer, conversation, message, now()).entry.id

    def marked(self, what: str, seq: int) -> Callable[[], object]:
        """Another window of Alice's that marks what they talk about."""
        return partial(self.alice.post, f"/api/chat/{self.talk}/{what}", {"seq": seq})


def viewer_of(person: Person, name: str) -> Viewer:
    return Viewer(user_id=ObjectId(person.id), device_id=ObjectId(), name=name)


@pytest.fixture
def two(server: Server, alice: Person, bob: Person) -> Iterator[Two]:
    job = post_job(alice)
    place_bid(bob, job)
    talk = open_talk(bob, alice, gigId=job["id"])
    with listened(server) as db:
        db.client.admin.command("ping")  # nothing of the beginning of a connection is counted
        yield Two(db, alice, bob, ObjectId(talk))


@pytest.fixture
def alices(alice: Person) -> Viewer:
    return viewer_of(alice, "Alice Owner")


@pytest.fixture
def bobs(bob: Person) -> Viewer:
    return viewer_of(bob, "Bob Bidder")


def transactions_in(heard: list[Command]) -> list[list[Command]]:
    """The commands of each transaction, which come one after another here."""
    begun = [at for at, command in enumerate(heard) if command.begins]
    ended = [heard.index(COMMIT, at) for at in begun]
    return [heard[start : end + 1] for start, end in zip(begun, ended, strict=True)]


def beaten(act: Callable[[], object], others: Iterator[Callable[[], object]]) -> list[Command]:
    """The commands of an act that another window forestalls each time that it writes outside of a transaction."""
    is_outside = True

    def forestall(command: Command) -> None:
        nonlocal is_outside
        is_outside = is_outside and not command.begins
        if is_outside and command.name == "update":
            next(others)()

    return commands_of(act, meanwhile=forestall)


def transaction_of(act: Callable[[], object]) -> list[Command]:
    """The commands of the one transaction of an act."""
    (found,) = transactions_in(commands_of(act))
    return found


def test_a_send_takes_four_round_trips(two: Two, bobs: Viewer) -> None:
    """A read, and a transaction of two writes: the session's look-up is all that a request adds."""
    assert commands_of(lambda: two.send(bobs)) == [
        Command("find", "conversations"),
        NUMBERS,
        Command("insert", "messages"),
        COMMIT,
    ]


def test_files_of_a_message_take_one_more(two: Two, bobs: Viewer) -> None:
    sent = two.bob.post("/api/files", files=[("file", ("a.txt", b"hello"))]).json()
    heard = transaction_of(lambda: two.send(bobs, files=(ObjectId(sent["id"]),)))
    assert heard == [NUMBERS, Command("insert", "messages"), Command("update", "files"), COMMIT]


def test_a_change_writes_the_conversation_first(two: Two, bobs: Viewer) -> None:
    sent = two.send(bobs)
    heard = transaction_of(
        lambda: editing.change_message(two.db, bobs, two.talk, sent, "Good morning", now())
    )
    assert heard == [NUMBERS, Command("update", "messages"), Command("insert", "messages"), COMMIT]
    heard = transaction_of(lambda: editing.retract_message(two.db, bobs, two.talk, sent, now()))
    assert heard == [NUMBERS, Command("update", "messages"), Command("insert", "messages"), COMMIT]


def test_a_repeat_writes_nothing(two: Two, bobs: Viewer) -> None:
    """The number that was taken is given back, and a transaction of its own reads what the index has refused."""
    conversation = actions.conversation_for(two.db, bobs, two.talk)
    message = Message(text="Hello", file_ids=(), client_id="a", is_named=True)

    def send() -> None:
        actions.send(two.db, bobs, conversation, message, now())

    send()
    assert commands_of(send) == [
        NUMBERS,
        Command("insert", "messages"),
        Command("abortTransaction", ""),
        Command("find", "messages", begins=True),
        COMMIT,
    ]


def test_reading_is_one_write_and_no_transaction(two: Two, alices: Viewer, bobs: Viewer) -> None:
    two.send(bobs)
    heard = commands_of(lambda: reading.mark_read(two.db, alices, two.talk, 1, now()))
    assert heard == [Command("find", "conversations"), Command("update", "conversations")]


def test_reading_with_a_notice_writes_the_conversation_first(two: Two, alices: Viewer, bobs: Viewer) -> None:
    two.send(bobs)
    tell_due(two.db, now() + MINUTE)
    heard = transaction_of(lambda: reading.mark_read(two.db, alices, two.talk, 1, now()))
    assert heard[0] == NUMBERS
    assert [each.collection for each in heard[1:] if each.is_write] == ["conversations", "notifications"]


def test_reading_loses_at_most_once_to_other_windows(two: Two, alices: Viewer, bobs: Viewer) -> None:
    """However many there are: then it takes the conversation first, and it is the others who wait."""
    for _ in range(4):
        two.send(bobs)
    others = iter([two.marked("read", seq) for seq in range(1, 4)])
    heard = beaten(partial(reading.mark_read, two.db, alices, two.talk, 4, now()), others)
    assert [each[0] for each in transactions_in(heard)] == [NUMBERS]
    assert seen_in_inbox(two.alice, str(two.talk))["unread"] == 0


def test_calling_unread_loses_at_most_once_to_other_windows(two: Two, alices: Viewer, bobs: Viewer) -> None:
    for _ in range(4):
        two.send(bobs)
    reading.mark_read(two.db, alices, two.talk, 4, now())
    others = iter([two.marked("unread", seq) for seq in range(4, 1, -1)])
    heard = beaten(partial(reading.mark_unread, two.db, alices, two.talk, 1), others)
    assert [each[0] for each in transactions_in(heard)] == [NUMBERS]
    assert seen_in_inbox(two.alice, str(two.talk))["unread"] == 4


def test_telling_writes_the_conversation_first(two: Two, bobs: Viewer) -> None:
    """And then the sender, whose name the notice has."""
    two.send(bobs)
    heard = commands_of(lambda: tell_due(two.db, now() + MINUTE))
    told = [each for each in transactions_in(heard) if Command("insert", "notifications") in each]
    assert told
    for each in told:
        assert (each[0], {write.collection for write in each[1:] if write.is_write}) == (
            CHANGES,
            {"users", "notifications"},
        )


def test_blocking_writes_the_conversations_first(two: Two, alices: Viewer, bobs: Viewer) -> None:
    two.send(bobs)
    tell_due(two.db, now() + MINUTE)
    heard = transaction_of(lambda: blocking.block(two.db, alices, bobs.user_id, now()))
    assert heard[0] == CHANGES
    written = [each.collection for each in heard if each.is_write]
    assert written == ["conversations", "pairs", "notifications", "offers", "invitations"]
    heard = transaction_of(lambda: blocking.unblock(two.db, alices, bobs.user_id))
    assert heard == [CHANGES, Command("delete", "pairs"), COMMIT]


def test_opening_writes_the_pair_first(two: Two, alices: Viewer, bobs: Viewer) -> None:
    """Which a block writes, too, so that neither misses the other; the conversation is not there yet."""
    service = ObjectId(offer_service(two.alice)["id"])
    heard = transaction_of(
        lambda: opening.open_conversation(two.db, bobs, alices.user_id, About("gig", service), now())
    )
    assert heard[0] == Command("findAndModify", "pairs", begins=True)
    assert [each.collection for each in heard if each.is_write][:2] == ["pairs", "conversations"]


@pytest.mark.parametrize(
    ("part", "written"),
    [
        (leaving.close_conversations_of, ["conversations", "conversations"]),
        (leaving.forget_words_of, ["conversations", "messages", "files", "conversations"]),
    ],
)
def test_leaving_writes_the_conversations_first(
    part: Rows, written: list[str], two: Two, bobs: Viewer
) -> None:
    """Of what they write: the account, which each piece writes before them, is the house's."""
    file = two.bob.post("/api/files", files=[("file", ("a.txt", b"hello"))]).json()
    two.send(bobs, files=(ObjectId(file["id"]),))
    user = accounts.get_user(two.db, bobs.user_id)
    assert user
    gone = msgspec.structs.replace(user, deleted_at=now())
    if part is leaving.forget_words_of:
        two.db.transact(lambda tx: leaving.close_conversations_of(tx, gone, 100, now()))
    heard = transaction_of(lambda: two.db.transact(lambda tx: part(tx, gone, 100, now())))
    assert heard[0].is_write
    assert [each.collection for each in heard if each.is_write] == written
