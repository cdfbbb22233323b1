"""What nobody should send, each by the answer that it gets; nothing of it takes a number, and nothing that was sent is
lost. (Files that are too many or somebody else's: test_files_of_messages.py; events that are malformed: test_live.py.)
"""

from collections.abc import Callable

import pytest
from requests import Response

from tests.conftest import shared
from tests.support.client import Person
from tests.support.market import code_of, place_bid, post_job
from tests.support.talk import heard, open_talk, say

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")

Ask = Callable[[Person, str], Response]


@pytest.fixture(scope="module")
def talk(alice: Person, bob: Person) -> str:
    job = post_job(alice)
    place_bid(bob, job)
    made = open_talk(bob, alice, gigId=job["id"])
    say(bob, made, "Hello")
    say(alice, made, "Good morning")
    return made


# What is asked of a conversation.
OF_A_TALK: dict[str, Ask] = {
    "its history": lambda who, talk: who.get(f"/api/chat/{talk}"),
    "a message": lambda who, talk: who.post(f"/api/chat/{talk}", {"text": "Hello"}),
    "reading": lambda who, talk: who.post(f"/api/chat/{talk}/read", {"seq": 1}),
    "calling unread": lambda who, talk: who.post(f"/api/chat/{talk}/unread"),
    "archiving": lambda who, talk: who.post(f"/api/chat/{talk}/archive"),
    "a change": lambda who, talk: who.patch(f"/api/chat/{talk}/{'f' * 24}", {"text": "Hello"}),
    "taking back": lambda who, talk: who.delete(f"/api/chat/{talk}/{'f' * 24}"),
    "a search": lambda who, talk: who.get(f"/api/chat/search?q=hello&conversation={talk}"),
}


@pytest.mark.parametrize("ask", OF_A_TALK.values(), ids=OF_A_TALK)
def test_an_unknown_conversation_and_a_strangers_are_not_there(ask: Ask, charlie: Person, talk: str) -> None:
    """Nobody can tell the one from the other."""
    answers = [ask(charlie, each) for each in (talk, "f" * 24, "nonsense")]
    assert [(each.status_code, code_of(each)) for each in answers] == [(404, "conversation_not_found")] * 3
    assert len({each.json()["message"] for each in answers}) == 1


@pytest.mark.parametrize("seq", [-1, "x", 1.5, [3], 2**63, True])
@pytest.mark.parametrize("mark", ["read", "unread"])
def test_a_number_that_is_none_is_refused(mark: str, seq: object, alice: Person, talk: str) -> None:
    refused = alice.post(f"/api/chat/{talk}/{mark}", {"seq": seq})
    assert (refused.status_code, list(refused.json()["error"]["fields"])) == (400, ["seq"])


def test_a_number_beyond_the_last_counts_as_the_last(alice: Person, talk: str) -> None:
    assert alice.post(f"/api/chat/{talk}/unread", {"seq": 99}).status_code == 200
    assert alice.post(f"/api/chat/{talk}/read", {"seq": 99}).json() == {"unread": 0}
    assert alice.get(f"/api/chat/{talk}?after=99").json()["messages"] == []
    assert [each["seq"] for each in heard(alice, talk, before=99)] == [1, 2]


def test_both_cursors_at_once_are_refused(alice: Person, talk: str) -> None:
    refused = alice.get(f"/api/chat/{talk}?after=1&before=2")
    assert (refused.status_code, list(refused.json()["error"]["fields"])) == (400, ["after"])


@pytest.mark.parametrize("body", [{"text": "S" * 5_001}, {}, {"text": " "}], ids=["5,001", "none", "blank"])
def test_a_text_of_5001_characters_or_neither_text_nor_file_is_refused(
    body: dict[str, str], bob: Person, talk: str
) -> None:
    refused = bob.post(f"/api/chat/{talk}", {**body, "clientId": "wrong"})
    assert (refused.status_code, list(refused.json()["error"]["fields"])) == (400, ["text"])
    assert len(heard(bob, talk)) == 2
    page = bob.page(f"/messages/{talk}").submit("#composer", text=body.get("text", ""))
    assert page.response.status_code == 400
    assert page.values("#composer")["text"].strip() == body.get("text", "").strip()


def test_a_client_id_of_other_words_is_refused(join: Callable[..., Person]) -> None:
    owner, bidder, made = _two(join)
    say(bidder, made, "Hello", clientId="a")
    refused = bidder.post(f"/api/chat/{made}", {"text": "Good bye", "clientId": "a"})
    assert (refused.status_code, code_of(refused)) == (409, "client_id_used")
    assert [each["text"] for each in heard(owner, made)] == ["Hello"]


def _edit(owner: Person, bidder: Person, talk: str, sent: str) -> None:
    assert bidder.patch(f"/api/chat/{talk}/{sent}", {"text": "Hello again"}).status_code == 200


def _retract(owner: Person, bidder: Person, talk: str, sent: str) -> None:
    assert bidder.delete(f"/api/chat/{talk}/{sent}").status_code == 200


def _block(owner: Person, bidder: Person, talk: str, sent: str) -> None:
    assert owner.post(f"/api/users/{bidder.id}/block").status_code == 200


def _block_the_other(owner: Person, bidder: Person, talk: str, sent: str) -> None:
    assert bidder.post(f"/api/users/{owner.id}/block").status_code == 200


@pytest.mark.parametrize(
    ("happens", "text"),
    [(_edit, "Hello again"), (_retract, ""), (_block, "Hello"), (_block_the_other, "Hello")],
    ids=["an edit", "a retraction", "a block", "a block of one's own"],
)
def test_the_same_client_id_is_the_same_message_after(
    happens: Callable[[Person, Person, str, str], None], text: str, join: Callable[..., Person]
) -> None:
    owner, bidder, made = _two(join)
    sent = say(bidder, made, "Hello", clientId="a")
    happens(owner, bidder, made, sent["id"])
    numbers = [each["seq"] for each in heard(bidder, made)]
    again = bidder.post(f"/api/chat/{made}", {"text": "Hello", "clientId": "a"})
    assert (again.status_code, again.json()["id"], again.json()["text"]) == (200, sent["id"], text)
    assert [each["seq"] for each in heard(bidder, made)] == numbers


def _two(join: Callable[..., Person]) -> tuple[Person, Person, str]:
    """A job's owner, a bidder, and what they talk about."""
    owner, bidder = join("Ann"), join("Ben")
    job = post_job(owner)
    place_bid(bidder, job)
    return owner, bidder, open_talk(bidder, owner, gigId=job["id"])
