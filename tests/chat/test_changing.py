"""Changing one's own messages and taking them back, each of which is an entry of its own."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import requests
from bson import ObjectId

from tests.conftest import Join
from tests.support.client import Person
from tests.support.invariants import Db
from tests.support.market import code_of, offer_service
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.talk import heard, open_talk, say, seen_in_inbox, texts


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    made = open_talk(bob, alice, gigId=offer_service(alice)["id"])
    say(bob, made, "Which paper do you use?")
    say(alice, made, "Ask away")
    return made


def code(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, code_of(answer)


def test_a_change_reaches_those_who_ask_for_what_came_after(alice: Person, bob: Person, talk: str) -> None:
    sent = say(bob, talk, "Helo")
    bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": "Hello"})
    assert texts(alice, talk, after=3) == [(4, "edit", "Hello")]
    edit = heard(alice, talk, after=3)[0]
    assert edit["of"] == sent["id"]
    message = heard(alice, talk, after=2)[0]
    assert (message["text"], bool(message["editedAt"])) == ("Hello", True)
    assert seen_in_inbox(alice, talk)["last"]["text"] == "Hello"


def test_the_same_words_change_nothing(bob: Person, talk: str) -> None:
    sent = say(bob, talk, "Hello")
    assert bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": " Hello "}).json() == sent
    assert len(heard(bob, talk)) == 3


def test_what_is_taken_back_is_there_for_neither(alice: Person, bob: Person, talk: str) -> None:
    sent = say(bob, talk, "My card is 4242")
    for _ in range(2):
        answer = bob.delete(f"/api/chat/{talk}/{sent['id']}")
        assert (answer.status_code, answer.json()["text"], bool(answer.json()["retractedAt"])) == (
            200,
            "",
            True,
        )
    assert texts(alice, talk, after=2) == [(3, "text", ""), (4, "retract", "")]
    assert "4242" not in alice.get("/api/chat/conversations").text
    assert code(bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": "x"})) == (409, "message_retracted")


def test_only_its_sender_changes_a_message(alice: Person, talk: str) -> None:
    others = heard(alice, talk)[0]["id"]
    assert code(alice.patch(f"/api/chat/{talk}/{others}", {"text": "x"})) == (403, "not_own_message")
    assert code(alice.delete(f"/api/chat/{talk}/{others}")) == (403, "not_own_message")


def test_after_five_minutes_it_stays(bob: Person, talk: str, db: Db) -> None:
    sent = say(bob, talk, "Hello")
    db.messages.update_one(
        {"_id": ObjectId(sent["id"])},
        {"$set": {"created_at": datetime.now(UTC) - timedelta(minutes=5, seconds=1)}},
    )
    for answer in (
        bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": "x"}),
        bob.delete(f"/api/chat/{talk}/{sent['id']}"),
    ):
        assert code(answer) == (409, "too_late")
    assert bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": "Hello"}).status_code == 200


def test_a_message_is_changed_twenty_times_at_most(bob: Person, talk: str) -> None:
    sent = say(bob, talk, "0")
    for number in range(1, 21):
        assert bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": str(number)}).status_code == 200
    assert code(bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": "21"})) == (409, "too_many_edits")


def test_what_a_message_said_before_is_kept(bob: Person, talk: str, db: Db) -> None:
    sent = say(bob, talk, "One")
    bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": "Two"})
    bob.delete(f"/api/chat/{talk}/{sent['id']}")
    row = db.messages.find_one({"_id": ObjectId(sent["id"])})
    assert row
    assert [each["text"] for each in row["versions"]] == ["One", "Two"]


@pytest.mark.parametrize("text", ["", " ", "S" * 5_001])
def test_wrong_words_are_refused_at_their_field(text: str, bob: Person, talk: str) -> None:
    sent = say(bob, talk, "Hello")
    answer = bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": text})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["text"])


def test_words_that_are_left_out_empty_nothing(bob: Person, talk: str) -> None:
    """A message of files may have no words, but only if its sender says so."""
    sent = say(bob, talk, "Hello")
    for body in ({}, {"text": None}):
        answer = bob.patch(f"/api/chat/{talk}/{sent['id']}", body)
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["text"])


def test_an_edit_is_no_message(bob: Person, talk: str) -> None:
    sent = say(bob, talk, "Helo")
    bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": "Hello"})
    edit = heard(bob, talk)[-1]["id"]
    assert code(bob.patch(f"/api/chat/{talk}/{edit}", {"text": "x"})) == (404, "message_not_found")


def test_many_changes_at_once_let_the_other_write(join: Join, two_processes: Server) -> None:
    """Changes wait for each other before the database, as messages do."""
    alice, bob = (join(at=two_processes) for _ in range(2))
    talk = open_talk(bob, alice, gigId=offer_service(alice)["id"])
    sent = [say(bob, talk, str(number))["id"] for number in range(3)]
    changes = [
        partial(bob.twin().patch, f"/api/chat/{talk}/{each}", {"text": f"Words {number}"})
        for each in sent
        for number in range(8)
    ]
    answers = at_once([*changes, partial(alice.post, f"/api/chat/{talk}", {"text": "Meanwhile"})])
    assert answers[-1].status_code == 201
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
