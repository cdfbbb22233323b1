"""The sandbox as the shop calls it: every call once per key, and the truth when it is asked."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.payments.gateway import GatewayRefused
from gigflow.sandbox import actions
from gigflow.sandbox.gateway import SandboxGateway
from gigflow.sandbox.models import SESSION_LIFE
from tests.sandbox.conftest import new_payment
from tests.sandbox.steps import events_of, opened, pay
from tests.support.client import Client
from tests.support.invariants import Db as Stored
from tests.support.races import at_once


def test_a_checkout_is_made_once_per_key(gateway: SandboxGateway, db: Stored) -> None:
    payment = new_payment()
    sessions = at_once([lambda: opened(gateway, payment)] * 8)
    assert {session.id for session in sessions} == {sessions[0].id}
    assert sessions[0].url == f"http://shop.test/sandbox/checkout/{sessions[0].id}"
    assert db.sandbox_sessions.count_documents({"payment_id": str(payment.id)}) == 1
    assert len(sessions[0].id) > 22, "nobody can guess it"


def test_a_key_is_for_one_call(gateway: SandboxGateway, visitor: Client) -> None:
    payment = new_payment()
    session = opened(gateway, payment)
    pay(visitor, session)
    event = gateway.look(payment)
    assert event is not None
    assert event.charge_id is not None
    with pytest.raises(GatewayRefused, match="another call"):
        gateway.refund(event.charge_id, 1, f"session:{payment.id}")
    gateway.refund(event.charge_id, 100, f"refund:{payment.id}")
    with pytest.raises(GatewayRefused, match="another call"):
        gateway.refund(event.charge_id, 101, f"refund:{payment.id}")


def test_looking_tells_what_has_become_of_a_checkout(gateway: SandboxGateway, visitor: Client) -> None:
    payment = new_payment()
    assert gateway.look(payment) is None, "before there is one"
    session = opened(gateway, payment)
    assert gateway.look(payment) is None, "while it is open"
    pay(visitor, session)
    event = gateway.look(payment)
    assert event is not None
    assert event == gateway.look(payment)
    assert (event.kind, event.payment_id, event.session_id) == ("paid", str(payment.id), session.id)
    assert (event.amount_minor, event.currency) == (12_000, "USD")


def test_an_ended_checkout_cannot_be_paid(gateway: SandboxGateway, visitor: Client, db: Stored) -> None:
    payment = new_payment()
    session = opened(gateway, payment)
    for _ in range(2):  # the second by the same key: it is done already
        gateway.end_session(session.id, f"end:{payment.id}")
    with pytest.raises(GatewayRefused):
        gateway.end_session(session.id, "another key")
    event = gateway.look(payment)
    assert event is not None
    assert (event.kind, event.charge_id) == ("expired", None)
    assert [each["type"] for each in events_of(db, session_id=session.id)] == ["checkout.expired"]
    answer = visitor.post(f"/api/sandbox/checkout/{session.id}", {"cardNumber": "4242424242424242"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "checkout_over")


def test_a_paid_checkout_cannot_be_ended(gateway: SandboxGateway, visitor: Client) -> None:
    payment = new_payment()
    session = opened(gateway, payment)
    pay(visitor, session)
    with pytest.raises(GatewayRefused):
        gateway.end_session(session.id, f"end:{payment.id}")


def test_paying_and_ending_at_once(gateway: SandboxGateway, visitor: Client, db: Stored) -> None:
    """Whoever is first: it is never both."""
    for _ in range(5):
        payment = new_payment()
        session = opened(gateway, payment)
        path = f"/api/sandbox/checkout/{session.id}"

        def end(session_id: str = session.id, key: str = f"end:{payment.id}") -> int:
            try:
                gateway.end_session(session_id, key)
            except GatewayRefused:
                return 409
            return 200

        def pay_it(client: Client, path: str = path) -> int:
            return client.post(path, {"cardNumber": "4242424242424242"}).status_code

        clients = [visitor.twin() for _ in range(3)]
        works: list[Callable[[], int]] = [lambda c=c: pay_it(c) for c in clients]  # type: ignore[misc]
        statuses = at_once([end, *works])
        assert sorted(statuses) == [200, 409, 409, 409]
        event = gateway.look(payment)
        assert event is not None
        assert event.kind == ("expired" if statuses[0] == 200 else "paid")
        charges = db.sandbox_charges.count_documents({"session_id": session.id})
        assert charges == (event.kind == "paid")


def test_a_checkout_ends_by_time(gateway: SandboxGateway, wire: Db, db: Stored) -> None:
    old, young = new_payment(), new_payment()
    session = opened(gateway, old)
    opened(gateway, young)
    moment = now() - timedelta(seconds=1)
    db.sandbox_sessions.update_one({"_id": session.id}, {"$set": {"expires_at": moment}})
    actions.expire_due(wire, now())
    actions.expire_due(wire, now())
    event = gateway.look(old)
    assert event is not None
    assert event.kind == "expired"
    assert len(events_of(db, session_id=session.id)) == 1
    assert gateway.look(young) is None
    stored = db.sandbox_sessions.find_one({"payment_id": str(young.id)})
    assert stored is not None
    assert stored["expires_at"] - stored["created_at"] == SESSION_LIFE


def test_no_more_goes_back_than_came_in(gateway: SandboxGateway, visitor: Client, db: Stored) -> None:
    payment = new_payment(1_000)
    pay(visitor, opened(gateway, payment))
    event = gateway.look(payment)
    assert event is not None
    assert event.charge_id is not None
    charge_id = event.charge_id
    for amount in (0, -5, 1_001):
        with pytest.raises(GatewayRefused):
            gateway.refund(charge_id, amount, f"wrong:{payment.id}:{amount}")
    with pytest.raises(GatewayRefused):
        gateway.refund("ch_nothing", 1, f"nothing:{payment.id}")

    def refund(number: int) -> str:
        try:
            return gateway.refund(charge_id, 400, f"refund:{payment.id}:{number}")
        except GatewayRefused:
            return "refused"

    made = at_once([lambda n=n: refund(n) for n in range(5)])  # type: ignore[misc]
    assert made.count("refused") == 3
    again = gateway.refund(charge_id, 200, f"rest:{payment.id}")
    assert gateway.refund(charge_id, 200, f"rest:{payment.id}") == again
    refunds = list(db.sandbox_refunds.find({"charge_id": charge_id}))
    assert sum(each["amount_minor"] for each in refunds) == 1_000
    told = [each for each in events_of(db, charge_id=charge_id) if each["type"] == "refund.made"]
    assert sorted(each["data"]["amount_minor"] for each in told) == [200, 400, 400]


def test_an_account_is_there_at_once(gateway: SandboxGateway) -> None:
    user_id = ObjectId()
    made = at_once([lambda: gateway.open_account(user_id, "bob@example.test", f"account:{user_id}")] * 4)
    assert len(set(made)) == 1
    assert gateway.account_ready(made[0])
    assert gateway.onboarding_url(made[0], "http://shop.test/settings/payouts") is None
    assert not gateway.account_ready("acct_nothing")


def test_payouts_arrive_come_back_or_are_refused(gateway: SandboxGateway, db: Stored) -> None:
    """By the last two digits of the amount."""
    user_id = ObjectId()
    account = gateway.open_account(user_id, "bob@example.test", f"account:{user_id}")
    arrived = gateway.pay_out(account, 2_000, "USD", f"payout:{user_id}:1")
    assert gateway.pay_out(account, 2_000, "USD", f"payout:{user_id}:1") == arrived
    assert events_of(db, transfer_id=arrived) == []

    returned = gateway.pay_out(account, 2_013, "USD", f"payout:{user_id}:2")
    (event,) = events_of(db, transfer_id=returned)
    assert event["type"] == "transfer.failed"
    assert event["due_at"] > event["created_at"]

    with pytest.raises(GatewayRefused, match="refuses this amount"):
        gateway.pay_out(account, 2_014, "USD", f"payout:{user_id}:3")
    with pytest.raises(GatewayRefused, match="no such account"):
        gateway.pay_out("acct_nothing", 2_000, "USD", f"payout:{user_id}:4")
    assert db.sandbox_transfers.count_documents({"account_id": account}) == 2
