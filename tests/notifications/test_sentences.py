"""News are one sentence of at most 300 characters, whatever people write: the words themselves stand on the page and in
the body of the letter (SECURITY 17b).
"""

from collections.abc import Callable

import pytest
from bson import ObjectId

from tests.support.client import Json, Person
from tests.support.mailbox import Outbox
from tests.support.money import delivered, do, in_progress
from tests.support.server import Server
from tests.support.ticks import poke
from tests.support.waiting import wait_for

LONG = ("Win a prize!\r\n\r\nAt evil.example, today.\u2028" * 60)[:1990]
TITLE = "T" * 120


@pytest.mark.parametrize(
    ("before", "step", "field", "event"),
    [
        (in_progress, "cancel", "reason", "cancellation_asked"),
        (in_progress, "dispute", "reason", "order_disputed"),
        (delivered, "revise", "message", "changes_asked"),
    ],
)
def test_a_toast_and_a_subject_are_one_sentence(
    before: Callable[..., Json], step: str, field: str, event: str, server: Server, alice: Person, bob: Person
) -> None:
    order = before(server, alice, bob, title=TITLE)
    poke(server.db)
    waiting = {"user_id": ObjectId(bob.id), "mail_at": {"$ne": None}}
    wait_for(lambda: server.db.notifications.count_documents(waiting) == 0, what="the letters so far")
    do(alice, order, step, **{field: LONG})
    newest = bob.get("/api/notifications").json()["notifications"][0]
    assert newest["type"] == event
    assert len(newest["message"]) <= 300
    assert newest["message"].startswith(alice.name)
    assert newest["message"].endswith(f"{TITLE}.")
    assert "prize" not in newest["message"]
    letter = Outbox(server.var_dir).wait_for(bob.email, newest["message"])
    assert "prize" not in letter.subject
    assert letter.text.count("Win a prize!") >= 40  # quoted, all of it
    assert all(line.startswith(">") for line in letter.text.splitlines() if "prize" in line)
    page = bob.page(f"/orders/{order['id']}")
    assert page.text.count("Win a prize!") >= 40
