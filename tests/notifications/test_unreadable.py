"""News that cannot be read, as a hand in the database or a bug leaves them, keep no other back."""

from collections.abc import Callable

import pytest
from bson import ObjectId

from tests.conftest import Connect
from tests.notifications.test_choices import subjects_after_tick
from tests.support.client import Person
from tests.support.invariants import Db
from tests.support.mailbox import Outbox
from tests.support.market import place_bid, post_job
from tests.support.server import Server


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """One that may log errors."""
    return start_server()


@pytest.fixture
def outbox(server: Server) -> Outbox:
    return Outbox(server.var_dir)


def test_the_letter_the_list_and_the_screen_have_the_others(
    server: Server, db: Db, alice: Person, bob: Person, outbox: Outbox, connect: Connect
) -> None:
    """Each that cannot be read is a line of the log."""
    for number in range(2):
        place_bid(bob, post_job(alice, title=f"Job {number}"))
    bad = db.notifications.find_one({"user_id": ObjectId(alice.id)})
    assert bad is not None
    odd = {"$set": {"message": 5}}
    db.notifications.update_one({"_id": bad["_id"]}, odd, bypass_document_validation=True)
    (good,) = alice.get("/api/notifications").json()["notifications"]
    assert [told["id"] for told in connect(alice).of("notification")] == [good["id"]]
    before = _lines_about(server, bad["_id"])
    assert subjects_after_tick(db, outbox, alice) == [good["message"]]
    assert _lines_about(server, bad["_id"]) == before + 1
    assert alice.page("/notifications").status == 200
    assert db.notifications.count_documents({"user_id": ObjectId(alice.id), "mail_at": {"$ne": None}}) == 0
    assert alice.post("/api/notifications/read").status_code == 200
    assert db.notifications.count_documents({"user_id": ObjectId(alice.id), "read_at": None}) == 0


def _lines_about(server: Server, row_id: ObjectId) -> int:
    return sum(f"{row_id} cannot be read" in line["message"] for line in server.log_lines())
