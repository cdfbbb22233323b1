"""kill -9 of the web process between a call to Stripe and its record: what happened there once is never done again."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
import requests
from bson import ObjectId

from tests.conftest import shared
from tests.payments.fake_stripe import FakeStripe
from tests.payments.fake_stripe_http import Fault
from tests.payments.stripe_steps import (
    balance_of,
    buy,
    call_again,
    cancel,
    check_books,
    completed_order,
    onboarded,
    paid_order,
    session_of,
    status_of,
)
from tests.support.client import Client, Person
from tests.support.market import offer_service
from tests.support.server import Server
from tests.support.waiting import wait_for

alice = shared("Alice Owner")
bob = shared("Bob Bidder")


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server], stripe: FakeStripe) -> Iterator[Server]:
    """One that takes the Stripe of the tests for Stripe; after its last test the books must be right."""
    running = start_server(whole=True, **stripe.settings)
    yield running
    check_books(running)


def kill_while(server: Server, held: Fault) -> None:
    """End the web process while it waits for Stripe's answer, and wait for the next one."""
    held.wait()
    server.kill_worker()
    held.let_go()
    wait_for(lambda: is_ready(server))


def is_ready(server: Server) -> bool:
    with suppress(requests.ConnectionError):
        return Client(server.url).get("/readyz").status_code == 200
    return False


def waiting_call(server: Server, kind: str) -> dict[str, object]:
    """The one call of a kind whose result nobody has recorded."""
    [call] = server.db.gateway_calls.find({"kind": kind, "status": "waiting"})
    return call


def test_between_a_checkout_and_its_record(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person
) -> None:
    """The next checkout is the very same session, and it is paid once."""
    service = offer_service(bob)
    held = stripe.fault("/v1/checkout/sessions", "hold")
    lost: list[bool] = []

    def attempt() -> None:
        with suppress(requests.ConnectionError):
            alice.post("/api/payment/checkout", {"gigId": service["id"]})
            return
        lost.append(True)

    buyer = threading.Thread(target=attempt)
    buyer.start()
    held.wait()
    made = stripe.one("checkout.session")
    payment = server.db.payments.find_one({"_id": ObjectId(made["client_reference_id"])})
    assert payment is not None
    assert (payment["status"], payment["session_id"]) == ("created", None)
    kill_while(server, held)
    buyer.join()
    assert lost

    bought = buy(alice, service)
    assert bought["checkoutUrl"] == stripe.one("checkout.session")["url"] == made["url"]
    assert str(payment["order_id"]) == bought["order"]["id"]
    event = stripe.pay(made)
    for _ in range(2):
        assert stripe.tell(server.url, event).status_code == 200
    assert status_of(alice, bought["order"]) == ("in_progress", "paid")
    assert stripe.one("payment_intent")["amount"] == 12000
    assert server.db.payments.count_documents({"order_id": payment["order_id"]}) == 1


def test_between_a_refund_and_its_record(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person
) -> None:
    order = paid_order(stripe, server, alice, bob)
    charge = stripe.objects[session_of(stripe, server, order)["payment_intent"]]
    held = stripe.fault("/v1/refunds", "hold")
    cancel(alice, bob, order)
    kill_while(server, held)
    assert charge["amount_refunded"] == 12000
    assert waiting_call(server, "refund")["result"] == {}
    call_again(stripe, server)  # the minute is over for which the dead process had it for itself
    [refund] = stripe.all("refund")
    assert charge["amount_refunded"] == refund["amount"] == 12000
    call = server.db.gateway_calls.find_one({"kind": "refund"})
    assert call is not None
    assert (call["status"], call["result"], call["attempts"]) == ("done", {"refund_id": refund["id"]}, 2)
    assert status_of(alice, order) == ("cancelled", "refunded")


def test_between_a_payout_and_its_record(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person
) -> None:
    """Also where it took Stripe's key a day to be forgotten."""
    completed_order(stripe, server, alice, bob)
    onboarded(stripe, bob)
    stripe.settled["usd"] = 50_000
    held = stripe.fault("/v1/transfers", "hold")
    assert bob.post("/api/payment/payouts").status_code == 201
    kill_while(server, held)
    assert stripe.settled["usd"] == 50_000 - 10_800
    assert waiting_call(server, "pay_out")["result"] == {}
    stripe.forget_keys()
    call_again(stripe, server)  # the minute is over for which the dead process had it for itself
    assert stripe.settled["usd"] == 50_000 - 10_800
    [payout] = bob.get("/api/payment/payouts").json()["payouts"]
    assert (payout["status"], payout["amount"], balance_of(bob)) == ("sent", 108, 0)
    stored = server.db.payouts.find_one({"_id": ObjectId(payout["id"])})
    assert stored is not None
    assert stored["transfer_id"] == stripe.one("transfer")["id"]
