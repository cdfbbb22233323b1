"""Searching one's own messages: any part of any word, in any script, and nobody else's."""

import pytest

from tests.conftest import Join
from tests.support.client import Client, Json, Person
from tests.support.market import offer_service, place_bid, post_job
from tests.support.talk import open_talk, say


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    job = post_job(alice, title="Logo design")
    place_bid(bob, job)
    return open_talk(bob, alice, gigId=job["id"])


def search(person: Client, q: str, **more: str) -> Json:
    answer = person.get("/api/chat/search", params={"q": q, **more})
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def words(found: Json) -> list[list[str]]:
    return [[each["text"] for each in hits["messages"]] for hits in found["hits"]]


@pytest.mark.parametrize(
    ("text", "q"),
    [
        ("We meet at the Café", "cafe"),
        ("Caféteria", "fete"),  # decomposed
        ("我喜歡用這個", "喜歡"),
        ("Die Straße", "strass"),
        ("I don’t know", "dont"),
        ("The price is 3.50 (net)", "3.50 (net)"),
        ("Привет, Мир", "мир прив"),
        ("a.*b", "a.*b"),
    ],
)
def test_any_part_of_any_word_is_found(text: str, q: str, alice: Person, bob: Person, talk: str) -> None:
    say(bob, talk, "Something else")
    say(bob, talk, text)
    for person in (alice, bob):
        assert words(search(person, q)) == [[text]]


def test_every_part_must_be_there(alice: Person, bob: Person, talk: str) -> None:
    say(bob, talk, "A red house")
    assert words(search(alice, "red house")) == [["A red house"]]
    assert search(alice, "red boat")["hits"] == []


def test_the_newest_three_of_a_conversation_are_shown(alice: Person, bob: Person, talk: str) -> None:
    for number in range(5):
        say(bob, talk, f"Draft {number}")
    assert words(search(alice, "draft")) == [["Draft 4", "Draft 3", "Draft 2"]]
    assert words(search(alice, "draft", conversation=talk)) == [
        [f"Draft {number}" for number in (4, 3, 2, 1, 0)]
    ]


def test_people_and_titles_are_found(alice: Person, bob: Person, talk: str) -> None:
    say(bob, talk, "Hello")
    for q in ("bidd", "logo", "bob desi"):
        assert [each["id"] for each in search(alice, q)["named"]] == [talk]
    assert search(alice, "charlie")["named"] == []


def test_nobody_finds_what_others_said(bob: Person, charlie: Person, talk: str) -> None:
    say(bob, talk, "Confidential")
    assert search(charlie, "confidential") == search(charlie, "nothing")
    assert charlie.get("/api/chat/search", params={"q": "x", "conversation": talk}).status_code == 404


def test_what_is_hidden_is_found_by_its_sender_alone(alice: Person, bob: Person, talk: str) -> None:
    say(bob, talk, "Hello")
    alice.post(f"/api/users/{bob.id}/block")
    say(bob, talk, "Unheard words")
    assert (words(search(bob, "unheard")), search(alice, "unheard")["hits"]) == ([["Unheard words"]], [])


def test_what_was_taken_back_is_found_no_longer(bob: Person, talk: str) -> None:
    sent = say(bob, talk, "My mistake")
    bob.delete(f"/api/chat/{talk}/{sent['id']}")
    assert search(bob, "mistake")["hits"] == []


def test_what_was_changed_is_found_by_its_new_words(bob: Person, talk: str) -> None:
    sent = say(bob, talk, "Monday")
    bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": "Tuesday"})
    assert (search(bob, "monday")["hits"], words(search(bob, "tues"))) == ([], [["Tuesday"]])


@pytest.mark.parametrize("q", ["", "  ", "S" * 201])
def test_what_cannot_be_searched_is_refused(q: str, alice: Person) -> None:
    answer = alice.get("/api/chat/search", params={"q": q})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["q"])


def test_conversations_that_have_it_come_newest_first(join: Join, alice: Person) -> None:
    service = offer_service(alice)["id"]
    for name in ("Ann First", "Ben Second"):
        person = join(name)
        say(person, open_talk(person, alice, gigId=service), "A question")
    found = search(alice, "question")["hits"]
    assert [each["conversation"]["other"]["name"] for each in found] == ["Ben Second", "Ann First"]
