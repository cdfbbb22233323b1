"""How what happened gets to the shop: signed, over HTTP, again until it is taken, and by one process at a time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from bson import ObjectId
from flask import Flask

from gigflow.core.clock import now
from gigflow.core.db import Db, create_missing
from gigflow.core.money import Currency
from gigflow.payments.models import ProviderEvent
from gigflow.sandbox import actions, sender
from gigflow.sandbox.gateway import SandboxGateway
from gigflow.sandbox.models import EVENT_LEASE, RETRY_AFTER, RETURNED_AFTER, SLOW_BY
from gigflow.sandbox.store import COLLECTIONS
from gigflow.settings.settings import load_settings
from gigflow.web.counters import Limits
from gigflow.web.refusals import Refusals
from gigflow.web.runtime import EXTENSION, Runtime
from tests.sandbox.conftest import SECRET, new_payment
from tests.sandbox.steps import NUMBERS, events_of, opened
from tests.support.invariants import Row
from tests.support.races import at_once
from tests.support.server import free_port


class Shop:
    """Who is told: it keeps what it hears, and answers by the statuses in `answers`, and then by 200."""

    def __init__(self, port: int, gateway: SandboxGateway) -> None:
        self.heard: list[ProviderEvent] = []
        self.answers: list[int] = []
        shop = self

        class Listener(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/api/payment/webhook"
                assert self.headers["Content-Type"] == "application/json"
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.title(): value for name, value in self.headers.items()}
                shop.heard.append(gateway.read_event(body, headers, now().timestamp()))
                self.send_response(shop.answers.pop(0) if shop.answers else 200)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", port), Listener)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Telling:
    """The sandbox of an installation whose application is the test's own `Shop`."""

    def __init__(self, mongo_uri: str, folder: Path) -> None:
        self.port = free_port()
        environ = {"SECRET_KEY": SECRET, "VAR_DIR": str(folder / "var"), "PORT": str(self.port)}
        environ |= {"MONGO_URI": mongo_uri, "MONGO_DB": f"test_{ObjectId()}"}
        settings = load_settings(environ)
        self.db = Db(mongo_uri, settings.mongo_db)
        for declared in COLLECTIONS:
            create_missing(self.db.database, declared)
        self.gateway = SandboxGateway(SECRET, self.db)
        self.app = Flask("shop")
        self.app.extensions[EXTENSION] = Runtime(
            settings, self.db, Currency("USD"), Limits(settings), Refusals(self.db), self.gateway
        )

    def paid(self, behaviour: str = "success") -> str:
        """The id of a checkout that was paid."""
        session_id = opened(self.gateway, new_payment()).id
        actions.pay(self.db, session_id, NUMBERS[behaviour], now())
        return session_id

    def send_due(self) -> int:
        return sender.send_due(self.app)

    def events(self, session_id: str) -> list[Row]:
        return events_of(self.db.database, session_id=session_id)

    def let_time_pass(self, **by: float) -> None:
        """What is due then is due now."""
        step = timedelta(**by)
        for event in self.db.database.sandbox_events.find({"due_at": {"$exists": True}}):
            changes = {"due_at": event["due_at"] - step}
            if event["claimed_until"]:
                changes["claimed_until"] = event["claimed_until"] - step
            self.db.database.sandbox_events.update_one({"_id": event["_id"]}, {"$set": changes})

    @contextmanager
    def shop(self) -> Iterator[Shop]:
        running = Shop(self.port, self.gateway)
        try:
            yield running
        finally:
            running.close()


@pytest.fixture
def telling(mongo_uri: str, folder: Path) -> Iterator[Telling]:
    made = Telling(mongo_uri, folder)
    yield made
    made.db.client.drop_database(made.db.database)
    made.db.client.close()


def test_what_was_paid_is_told_once(telling: Telling) -> None:
    session_id = telling.paid()
    with telling.shop() as shop:
        assert telling.send_due() == 1
        assert telling.send_due() == 0
    (heard,) = shop.heard
    (event,) = telling.events(session_id)
    assert (heard.kind, heard.session_id, heard.amount_minor) == ("paid", session_id, 12_000)
    assert heard.id == event["event_id"]
    assert event["told_at"]
    assert "due_at" not in event
    assert event["expires_at"] > now()


def test_duplicates_on_demand(telling: Telling) -> None:
    """Everything of that card, its refund too."""
    session_id = telling.paid("duplicates")
    (payment,) = [telling.events(session_id)[0]["data"]]
    telling.gateway.refund(payment["charge_id"], 500, "refund")
    with telling.shop() as shop:
        assert telling.send_due() == 6
    assert [event.kind for event in shop.heard] == ["paid"] * 3 + ["refund_made"] * 3
    assert len({event.id for event in shop.heard}) == 2


def test_out_of_order_on_demand(telling: Telling) -> None:
    telling.paid("disorder")
    with telling.shop() as shop:
        telling.send_due()
    assert [event.kind for event in shop.heard] == ["expired", "paid", "expired"]
    assert len({event.id for event in shop.heard}) == 3
    assert len({event.session_id for event in shop.heard}) == 1


def test_a_slow_event_on_demand(telling: Telling) -> None:
    telling.paid("slow")
    with telling.shop() as shop:
        assert telling.send_due() == 0
        telling.let_time_pass(seconds=SLOW_BY.total_seconds())
        assert telling.send_due() == 1
    assert shop.heard[0].kind == "paid"


def test_a_wrong_amount_on_demand(telling: Telling) -> None:
    telling.paid("wrong_amount")
    with telling.shop() as shop:
        telling.send_due()
    assert shop.heard[0].amount_minor == 11_999


def test_a_transfer_that_comes_back(telling: Telling) -> None:
    account = telling.gateway.open_account(ObjectId(), "bob@example.test", "account")
    transfer = telling.gateway.pay_out(account, 113, "USD", "payout")
    with telling.shop() as shop:
        assert telling.send_due() == 0
        telling.let_time_pass(seconds=RETURNED_AFTER.total_seconds())
        assert telling.send_due() == 1
    (heard,) = shop.heard
    assert (heard.kind, heard.transfer_id, heard.why) == ("payout_failed", transfer, "The bank sent it back.")


def test_what_is_not_taken_is_told_again(telling: Telling) -> None:
    """Later and later, and the same event each time; one that is refused does not stop the others."""
    first, second = telling.paid(), telling.paid()
    with telling.shop() as shop:
        shop.answers = [503]
        assert telling.send_due() == 1
        assert [event.session_id for event in shop.heard] == [first, second]
        assert telling.send_due() == 0
        telling.let_time_pass(seconds=RETRY_AFTER[0].total_seconds())
        shop.answers = [400]
        assert telling.send_due() == 0
        (event,) = telling.events(first)
        assert event["attempts"] == 2
        assert event["due_at"] - now() > RETRY_AFTER[1] / 2
        telling.let_time_pass(seconds=RETRY_AFTER[1].total_seconds())
        assert telling.send_due() == 1
    assert len({event.id for event in shop.heard if event.session_id == first}) == 1


def test_it_is_given_up_after_some_days(telling: Telling, caplog: pytest.LogCaptureFixture) -> None:
    session_id = telling.paid()
    with telling.shop() as shop:
        shop.answers = [500] * 100
        for _ in range(len(RETRY_AFTER) + 3):
            telling.send_due()
            telling.let_time_pass(days=2)
    assert len(shop.heard) == len(RETRY_AFTER) + 1
    (event,) = telling.events(session_id)
    assert event["given_up_at"]
    assert "due_at" not in event
    assert timedelta(days=2) < sum(RETRY_AFTER, timedelta()) < timedelta(days=4)
    assert "an event of the sandbox was given up" in caplog.text


def test_where_nobody_answers_the_others_are_spared(telling: Telling) -> None:
    sessions = [telling.paid() for _ in range(3)]
    assert telling.send_due() == 0
    assert [telling.events(each)[0]["attempts"] for each in sessions] == [1, 0, 0]
    telling.let_time_pass(seconds=RETRY_AFTER[0].total_seconds())
    with telling.shop() as shop:
        assert telling.send_due() == 3
    assert {event.session_id for event in shop.heard} == set(sessions)


def test_many_processes_tell_it_once(telling: Telling) -> None:
    sessions = [telling.paid() for _ in range(6)]
    with telling.shop() as shop:
        assert sum(at_once([telling.send_due] * 4)) == 6
    assert sorted(event.session_id or "" for event in shop.heard) == sorted(sessions)


def test_a_process_that_died_while_telling(telling: Telling) -> None:
    """After its lease another tells it, perhaps a second time: then it is a duplicate, as with any provider."""
    telling.paid()
    taken = actions.claim(telling.db, now())
    assert taken is not None
    with telling.shop() as shop:
        assert telling.send_due() == 0
        telling.let_time_pass(seconds=EVENT_LEASE.total_seconds())
        assert telling.send_due() == 1
        actions.note_failed(telling.db, taken, now())  # it was not dead after all, and changes nothing
        assert telling.send_due() == 0
    assert len(shop.heard) == 1


def test_the_outbox_is_read_by_its_index(telling: Telling) -> None:
    telling.paid()
    plan = telling.db.database.sandbox_events.find({"due_at": {"$lte": now()}}).sort(
        [("due_at", 1), ("_id", 1)]
    )
    assert "COLLSCAN" not in str(plan.explain()["queryPlanner"]["winningPlan"])
