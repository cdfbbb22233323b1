"""A provider that is away, or hangs, holds up nobody else (decision 27)."""

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from gigflow.core.db import Db
from gigflow.payments.actions import ask_due
from gigflow.payments.gateway import GatewayAway, GatewayNotYet
from tests.conftest import Join
from tests.payments.fake_stripe import FakeStripe
from tests.payments.stripe_steps import cancel, paid_order
from tests.support.client import Client
from tests.support.server import Server
from tests.support.waiting import wait_for

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def inside(mongo_uri: str) -> Iterator[Db]:
    """A database in which ten calls and ten looks at open payments are due."""
    db = Db(mongo_uri, f"test_{secrets.token_hex(6)}")
    calls = [
        {"_id": f"end:{number}", "kind": "end_session", "subject_id": ObjectId(), "data": {"session_id": "x"}}
        for number in range(10)
    ]
    waits = {"status": "waiting", "attempts": 0, "due_at": LONG_AGO, "created_at": LONG_AGO}
    db.database.gateway_calls.insert_many([{**call, **waits} for call in calls])
    payment = {
        "client_id": ObjectId(),
        "provider": "stripe",
        "amount_minor": 100,
        "currency": "USD",
        "title": "Map",
        "path": "/",
        "status": "open",
        "look_at": LONG_AGO,
        "created_at": LONG_AGO,
        "updated_at": LONG_AGO,
    }
    db.database.payments.insert_many([{**payment, "order_id": ObjectId()} for _ in range(10)])
    yield db
    db.client.drop_database(db.database.name)
    db.client.close()


class Provider:
    """One whose answers are these faults, and None after them."""

    name = "stripe"

    def __init__(self, *faults: Exception) -> None:
        self.asked: list[str] = []
        self._faults = list(faults)

    def look(self, payment: object) -> None:
        self._answer("look")

    def end_session(self, session_id: str, key: str) -> None:
        self._answer("end_session")

    def _answer(self, what: str) -> None:
        self.asked.append(what)
        if self._faults:
            raise self._faults.pop(0)


def ask(db: Db, provider: Provider) -> list[str]:
    gateway: Any = provider
    ask_due(db, gateway, "https://gigs.example.org", NOW)
    return provider.asked


def test_a_provider_that_is_away_is_asked_once_in_a_run(inside: Db) -> None:
    assert ask(inside, Provider(GatewayAway("timed out"))) == ["look"]


def test_a_call_that_meets_nobody_is_the_last_of_its_run(inside: Db) -> None:
    """And the first of the next run is another one."""
    inside.database.payments.delete_many({})
    assert ask(inside, Provider(GatewayAway("timed out"))) == ["end_session"]
    assert ask(inside, Provider()) == ["end_session"] * 9


def test_what_cannot_be_done_yet_stops_nothing_else(inside: Db) -> None:
    inside.database.payments.delete_many({})
    assert ask(inside, Provider(GatewayNotYet("not settled"), ValueError("a bug"))) == ["end_session"] * 10
    assert inside.database.gateway_calls.count_documents({"status": "waiting", "due_at": {"$gt": NOW}}) == 2


def test_a_letter_does_not_wait_for_a_provider_that_hangs(
    stripe: FakeStripe, start_server: Callable[..., Server], join: Join
) -> None:
    """It waited for 180 seconds behind 30 open checkouts."""
    server = start_server(**stripe.settings)
    alice, bob = join("Alice", at=server), join("Bob", at=server)
    order = paid_order(stripe, server, alice, bob)
    held = stripe.fault("/v1/refunds", "hold")
    cancel(alice, bob, order)
    held.wait()
    visitor = Client(server.url)
    assert visitor.post("/api/auth/forgot", {"email": alice.email}).status_code == 202
    letter = {"kind": "password_reset", "sent_at": {"$exists": True}}
    wait_for(lambda: server.db.mails.find_one(letter), what="the letter")
    waiting = server.db.gateway_calls.find_one({"kind": "refund"})
    held.let_go()
    assert waiting is not None
    assert waiting["status"] == "waiting"
    visitor.close()
