"""The routes of conversations in the table of tests/test_routes.py."""

from tests.support.client import Person
from tests.support.market import place_bid, post_job
from tests.support.talk import open_talk, say

Status = int | str
Body = dict[str, object]

# For a visitor, a stranger, Bob, Alice and an admin. Bob talks with Alice about her job, and has written `{said}`.
ROUTES: list[tuple[str, str, Body | None, tuple[Status, Status, Status, Status, Status]]] = [
    ("GET", "/api/chat/conversations", None, (401, 200, 200, 200, 200)),
    ("POST", "/api/chat/conversations", {"userId": "{alice}", "gigId": "{gig}"}, (401, 201, 201, 400, 201)),
    ("GET", "/api/chat/{talk}", None, (401, 404, 200, 200, 404)),
    ("POST", "/api/chat/{talk}", {"text": "Hello"}, (401, 404, 201, 201, 404)),
    ("POST", "/api/chat/{talk}/read", {}, (401, 404, 200, 200, 404)),
    ("POST", "/api/chat/{talk}/unread", {}, (401, 404, 200, 200, 404)),
    ("POST", "/api/chat/{talk}/star", None, (401, 404, 200, 200, 404)),
    ("DELETE", "/api/chat/{talk}/star", None, (401, 404, 200, 200, 404)),
    ("POST", "/api/chat/{talk}/mute", None, (401, 404, 200, 200, 404)),
    ("DELETE", "/api/chat/{talk}/mute", None, (401, 404, 200, 200, 404)),
    ("POST", "/api/chat/{talk}/archive", None, (401, 404, 200, 200, 404)),
    ("DELETE", "/api/chat/{talk}/archive", None, (401, 404, 200, 200, 404)),
    ("PATCH", "/api/chat/{talk}/{said}", {"text": "Other words"}, (401, 404, 200, 403, 404)),
    ("DELETE", "/api/chat/{talk}/{said}", None, (401, 404, 200, 403, 404)),
    ("GET", "/api/users/blocked", None, (401, 200, 200, 200, 200)),
    ("POST", "/api/users/{alice}/block", None, (401, 200, 200, 400, 200)),
    ("DELETE", "/api/users/{alice}/block", None, (401, 200, 200, 200, 200)),
]


def chat_things(row: str, alice: Person, bob: Person) -> dict[str, str]:
    """The conversation that a row names, and what was said in it."""
    if "{talk}" not in row:
        return {}
    job = post_job(alice)
    place_bid(bob, job)
    talk = open_talk(bob, alice, gigId=job["id"])
    say(alice, talk, "How can I help?")
    return {"{talk}": talk, "{said}": say(bob, talk, "Which paper?")["id"]}
