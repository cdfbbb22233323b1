"""Sending: a number, once, whatever is sent again, and by whom at the same time."""

from datetime import datetime
from functools import partial
from typing import Any

import pytest

from tests.conftest import Join
from tests.support.client import Client, Person
from tests.support.market import offer_service, place_bid, post_job
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.talk import heard, open_talk, say, seen_in_inbox, texts


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    """What Bob, who has bid on a job of Alice's, says to her about it."""
    job = post_job(alice)
    place_bid(bob, job)
    return open_talk(bob, alice, gigId=job["id"])


def test_both_sides_reach_the_same_conversation(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    place_bid(bob, job)
    first = bob.post("/api/chat/conversations", {"userId": alice.id, "gigId": job["id"]})
    second = alice.post("/api/chat/conversations", {"userId": bob.id, "gigId": job["id"]})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert first.json()["about"] == {"kind": "gig", "id": job["id"], "title": job["title"]}
    assert second.json()["other"]["name"] == "Bob Bidder"


def test_an_empty_conversation_stands_in_no_inbox(alice: Person, bob: Person, talk: str) -> None:
    for person in (alice, bob):
        assert all(
            each["id"] != talk for each in person.get("/api/chat/conversations").json()["conversations"]
        )


def test_messages_are_numbered_in_their_order(alice: Person, bob: Person, talk: str) -> None:
    say(bob, talk, "One")
    say(alice, talk, "Two")
    say(bob, talk, "Three")
    assert texts(alice, talk) == [(1, "text", "One"), (2, "text", "Two"), (3, "text", "Three")]
    assert texts(alice, talk) == texts(bob, talk)


def test_the_first_message_may_come_with_the_opening(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    opening = {"userId": alice.id, "gigId": job["id"], "text": "Is it urgent?", "clientId": "first"}
    answers = [bob.post("/api/chat/conversations", opening) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert texts(alice, answers[0].json()["id"]) == [(1, "text", "Is it urgent?")]


def test_the_same_client_id_is_the_same_message(bob: Person, talk: str) -> None:
    first = bob.post(f"/api/chat/{talk}", {"text": "Hello", "clientId": "a"})
    again = bob.post(f"/api/chat/{talk}", {"text": " Hello\n", "clientId": "a"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert len(heard(bob, talk)) == 1


def test_two_people_may_choose_the_same_client_id(alice: Person, bob: Person, talk: str) -> None:
    assert [say(each, talk, "Hello", clientId="a")["seq"] for each in (alice, bob)] == [1, 2]


def test_a_repeat_after_a_change_gets_the_message_as_it_is(bob: Person, talk: str) -> None:
    sent = say(bob, talk, "Helo", clientId="a")
    bob.patch(f"/api/chat/{talk}/{sent['id']}", {"text": "Hello"})
    again = bob.post(f"/api/chat/{talk}", {"text": "Helo", "clientId": "a"})
    assert (again.status_code, again.json()["id"], again.json()["text"]) == (200, sent["id"], "Hello")
    bob.delete(f"/api/chat/{talk}/{sent['id']}")
    again = bob.post(f"/api/chat/{talk}", {"text": "Helo", "clientId": "a"})
    assert (again.status_code, again.json()["text"], bool(again.json()["retractedAt"])) == (200, "", True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": " \n "}, "text"),
        ({"text": "\u200b\u3164"}, "text"),
        ({"text": "S" * 5_001}, "text"),
        ({"text": "Hello", "clientId": "ü"}, "clientId"),
        ({"text": "Hello", "clientId": "a b"}, "clientId"),
        ({"text": "Hello", "clientId": "a" * 65}, "clientId"),
        ({"text": "Hello", "fileIds": ["0" * 24] * 6}, "fileIds"),
        ({"text": "Hello", "fileIds": ["nonsense"]}, "fileIds"),
        ({"text": 5}, "text"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(body: dict[str, Any], field: str, bob: Person, talk: str) -> None:
    answer = bob.post(f"/api/chat/{talk}", body)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [field])
    assert heard(bob, talk) == []


def test_the_longest_text_is_taken(alice: Person, bob: Person, talk: str) -> None:
    say(bob, talk, "S" * 5_000)
    assert heard(alice, talk)[0]["text"] == "S" * 5_000


def test_a_file_that_is_not_there_takes_no_number(bob: Person, talk: str) -> None:
    answer = bob.post(f"/api/chat/{talk}", {"text": "Look", "fileIds": ["f" * 24]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "file_gone")
    assert say(bob, talk, "Look")["seq"] == 1


def test_a_stranger_is_told_nothing(charlie: Person, visitor: Client, talk: str) -> None:
    there = charlie.post(f"/api/chat/{talk}", {"text": "Hello"})
    nowhere = charlie.post(f"/api/chat/{'f' * 24}", {"text": "Hello"})
    assert (there.status_code, there.json()["message"]) == (404, nowhere.json()["message"])
    assert visitor.post(f"/api/chat/{talk}", {"text": "Hello"}).status_code == 401


@pytest.mark.parametrize(
    ("query", "expected"), [({"after": 2}, [3, 4]), ({"before": 3}, [1, 2]), ({"after": 99}, [])]
)
def test_history_goes_on_from_a_number(
    query: dict[str, int], expected: list[int], bob: Person, talk: str
) -> None:
    for number in range(4):
        say(bob, talk, str(number))
    assert [each["seq"] for each in heard(bob, talk, **query)] == expected


def test_pages_of_history_meet(bob: Person, talk: str) -> None:
    for number in range(5):
        say(bob, talk, str(number))
    newest = bob.get(f"/api/chat/{talk}?limit=2").json()
    older = bob.get(f"/api/chat/{talk}?limit=2&before={newest['next']}").json()
    oldest = bob.get(f"/api/chat/{talk}?limit=2&before={older['next']}").json()
    pages = [[each["seq"] for each in page["messages"]] for page in (oldest, older, newest)]
    assert (pages, oldest["next"]) == ([[1], [2, 3], [4, 5]], None)
    forth = bob.get(f"/api/chat/{talk}?limit=3&after=0").json()
    assert (forth["next"], [each["seq"] for each in forth["messages"]]) == (3, [1, 2, 3])


@pytest.mark.parametrize("query", ["after=x", "before=-1", "after=1&before=2", "limit=0", "after=1e3"])
def test_a_wrong_question_is_refused(query: str, bob: Person, talk: str) -> None:
    assert bob.get(f"/api/chat/{talk}?{query}").status_code == 400


def test_messages_of_many_at_once_have_each_a_number(join: Join, two_processes: Server) -> None:
    """From two processes, each message also sent twice at the same moment."""
    alice, bob = (join(at=two_processes) for _ in range(2))
    talk = open_talk(bob, alice, gigId=offer_service(alice)["id"])
    say(alice, talk, "Go on")
    bodies = [{"text": f"Message {number}", "clientId": f"c{number}"} for number in range(10)]
    devices = [person.twin() for person in (alice, bob) for _ in range(2)]
    sends = [partial(device.post, f"/api/chat/{talk}", body) for device in devices for body in bodies]
    sent = at_once(sends)
    assert {answer.status_code for answer in sent} <= {200, 201}
    assert sum(answer.status_code == 201 for answer in sent) == 20
    entries = heard(alice, talk)
    assert [each["seq"] for each in entries] == list(range(1, 22))
    assert len({(each["senderId"], each["clientId"]) for each in entries}) == 21
    times = [datetime.fromisoformat(each["createdAt"]) for each in entries]
    assert times == sorted(times)
    assert seen_in_inbox(alice, talk)["unread"] == 10
