"""The steps with which tests of conversations begin. Each asserts that it worked."""

from typing import Any

from tests.support.client import Client, Json, Person
from tests.support.sockets import Socket


def open_talk(person: Client, other: Person, /, **about: Any) -> str:
    """The id of what this person and another talk about."""
    answer = person.post("/api/chat/conversations", {"userId": other.id, **about})
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["id"])


def say(person: Client, talk: str, text: str, /, **more: Any) -> Json:
    """What this person has sent."""
    answer = person.post(f"/api/chat/{talk}", {"text": text, **more})
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def heard(person: Client, talk: str, /, **query: Any) -> list[Json]:
    """The entries of a conversation as this person gets them."""
    answer = person.get(f"/api/chat/{talk}", params={"limit": 100, **query})
    assert answer.status_code == 200, answer.text
    messages: list[Json] = answer.json()["messages"]
    return messages


def texts(person: Client, talk: str, /, **query: Any) -> list[tuple[int, str, str]]:
    """The number, kind and words of each entry as this person gets them."""
    return [(each["seq"], each["kind"], each["text"]) for each in heard(person, talk, **query)]


def seen_in_inbox(person: Client, talk: str, show: str = "all") -> Json:
    """A conversation as it stands in a list of this person's."""
    answer = person.get("/api/chat/conversations", params={"show": show, "limit": 100})
    assert answer.status_code == 200, answer.text
    return next(each for each in answer.json()["conversations"] if each["id"] == talk)


def is_in(person: Client, talk: str, show: str = "inbox") -> bool:
    """Whether a conversation stands in a list of this person's."""
    answer = person.get("/api/chat/conversations", params={"show": show, "limit": 100})
    return any(each["id"] == talk for each in answer.json()["conversations"])


def watch(socket: Socket, talk: str) -> None:
    """Let an open page watch a conversation, and return once it does: what a socket says is taken in turn, and what is
    malformed is answered.
    """
    before = len(socket.of("error"))
    socket.send("watch", {"conversation": talk})
    socket.send("typing", {"conversation": "x"})
    socket.wait("error", count=before + 1)
