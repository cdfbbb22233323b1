"""The routes of conversations in the table of tests/test_routes.py."""

from tests.support.client import Person
from tests.support.market import place_bid, post_job
from tests.support.talk import open_talk, say

Status = int | str
Body = dict[str, object]

# For a visitor, a stranger, Bob, Alice and an admin. Bob talks with Alice about her job, and has written `{said}`; the
# saved reply is Alice's.
ROUTES: list[tuple[str, str, Body | None, tuple[Status, Status, Status, Status, Status]]] = [
    ("GET", "/api/chat/conversations", None, (401, 200, 200, 200, 200)),
    ("POST", "/api/chat/conversations", {"userId": "{alice}", "gigId": "{gig}"}, (401, 201, 201, 400, 201)),
    ("GET", "/api/chat/search", None, (401, 400, 400, 400, 400)),
    ("GET", "/api/chat/replies", None, (401, 200, 200, 200, 200)),
    ("POST", "/api/chat/replies", {"title": "Times", "text": "A week."}, (401, 201, 201, 201, 201)),
    ("GET", "/api/chat/replies/{reply}", None, (401, 404, 404, 200, 404)),
    ("PUT", "/api/chat/replies/{reply}", {"title": "Times"}, (401, 404, 404, 200, 404)),
    ("DELETE", "/api/chat/replies/{reply}", None, (401, 404, 404, 200, 404)),
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
    ("GET", "/messages", None, ("sign in", 200, 200, 200, 200)),
    ("GET", "/messages/search", None, ("sign in", 200, 200, 200, 200)),
    ("GET", "/messages/replies", None, ("sign in", 200, 200, 200, 200)),
    ("POST", "/messages/replies", {"title": "Times", "text": "A week."}, ("sign in", 303, 303, 303, 303)),
    ("GET", "/messages/replies/new", None, ("sign in", 200, 200, 200, 200)),
    ("GET", "/messages/replies/choose", None, ("sign in", 200, 200, 200, 200)),
    ("GET", "/messages/replies/{reply}", None, ("sign in", 404, 404, 200, 404)),
    (
        "POST",
        "/messages/replies/{reply}",
        {"title": "Times", "text": "A week."},
        ("sign in", 404, 404, 303, 404),
    ),
    ("GET", "/messages/replies/{reply}/delete", None, ("sign in", 404, 404, 200, 404)),
    ("POST", "/messages/replies/{reply}/delete", {}, ("sign in", 404, 404, 303, 404)),
    ("GET", "/messages/envelope", None, ("sign in", 303, 303, 303, 303)),
    ("GET", "/messages/new?to={alice}&gig={gig}", None, ("sign in", 200, 200, 409, 200)),
    ("POST", "/messages/new?to={alice}&gig={gig}", {"text": "Hello"}, ("sign in", 303, 303, 409, 303)),
    ("GET", "/messages/{talk}", None, ("sign in", 404, 200, 200, 404)),
    ("POST", "/messages/{talk}", {"text": "Hello"}, ("sign in", 404, 303, 303, 404)),
    ("GET", "/messages/{talk}/after", None, ("sign in", 404, 303, 303, 404)),
    ("GET", "/messages/{talk}/before", None, ("sign in", 404, 303, 303, 404)),
    ("POST", "/messages/{talk}/read", {}, ("sign in", 404, 303, 303, 404)),
    ("POST", "/messages/{talk}/unread", {}, ("sign in", 404, 303, 303, 404)),
    ("POST", "/messages/{talk}/star", {}, ("sign in", 404, 303, 303, 404)),
    ("POST", "/messages/{talk}/unstar", {}, ("sign in", 404, 303, 303, 404)),
    ("POST", "/messages/{talk}/mute", {}, ("sign in", 404, 303, 303, 404)),
    ("POST", "/messages/{talk}/unmute", {}, ("sign in", 404, 303, 303, 404)),
    ("POST", "/messages/{talk}/archive", {}, ("sign in", 404, 303, 303, 404)),
    ("POST", "/messages/{talk}/unarchive", {}, ("sign in", 404, 303, 303, 404)),
    ("GET", "/messages/{talk}/block", None, ("sign in", 404, 200, 200, 404)),
    ("POST", "/messages/{talk}/block", {}, ("sign in", 404, 303, 303, 404)),
    ("POST", "/messages/{talk}/unblock", {}, ("sign in", 404, 303, 303, 404)),
    ("GET", "/messages/{talk}/{said}/edit", None, ("sign in", 404, 200, 403, 404)),
    ("POST", "/messages/{talk}/{said}/edit", {"text": "Other words"}, ("sign in", 404, 303, 403, 404)),
    ("GET", "/messages/{talk}/{said}/take-back", None, ("sign in", 404, 200, 403, 404)),
    ("POST", "/messages/{talk}/{said}/take-back", {}, ("sign in", 404, 303, 403, 404)),
]


def chat_things(row: str, alice: Person, bob: Person) -> dict[str, str]:
    """The conversation that a row names, and what was said in it."""
    if "{reply}" in row:
        return {
            "{reply}": alice.post("/api/chat/replies", {"title": "Times", "text": "A week."}).json()["id"]
        }
    if "{talk}" not in row:
        return {}
    for one, other in ((alice, bob), (bob, alice)):  # a row above may have blocked
        assert one.delete(f"/api/users/{other.id}/block").status_code == 200
    job = post_job(alice)
    place_bid(bob, job)
    talk = open_talk(bob, alice, gigId=job["id"])
    say(alice, talk, "How can I help?")
    return {"{talk}": talk, "{said}": say(bob, talk, "Which paper?")["id"]}
