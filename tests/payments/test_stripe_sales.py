"""Sales that are paid by Stripe, through a server of GigFlow whose Stripe is on this machine."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
import requests

from tests.conftest import Join, shared
from tests.payments.fake_stripe import FakeStripe
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
    until_called,
)
from tests.support.client import Client, Json, Person
from tests.support.market import code_of, offer_service
from tests.support.server import Server
from tests.support.waiting import wait_for

alice = shared("Alice Owner")
bob = shared("Bob Bidder")


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server], stripe: FakeStripe) -> Iterator[Server]:
    """One that takes the Stripe of the tests for Stripe; after its last test the books must be right."""
    running = start_server(**stripe.settings)
    yield running
    check_books(running)


def test_a_sale(stripe: FakeStripe, server: Server, alice: Person, bob: Person) -> None:
    bought = buy(alice, offer_service(bob))
    session = session_of(stripe, server, bought["order"])
    assert bought["checkoutUrl"] == session["url"]
    assert (session["amount_total"], session["currency"]) == (12000, "usd")
    assert session["success_url"] == f"{server.url}/orders/{bought['order']['id']}?paid=1"
    assert status_of(alice, bought["order"]) == ("pending_payment", "open")
    answer = stripe.tell(server.url, stripe.pay(session))
    assert answer.json() == {"received": True}
    assert status_of(alice, bought["order"]) == status_of(bob, bought["order"]) == ("in_progress", "paid")


def test_an_event_that_comes_again_and_again(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person
) -> None:
    """Invariant 7: one effect, however many are told at once."""
    order = buy(alice, offer_service(bob))["order"]
    event = stripe.pay(session_of(stripe, server, order))
    answers: list[requests.Response] = []
    threads = [
        threading.Thread(target=lambda: answers.append(stripe.tell(server.url, event))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {200}
    held = alice.get(f"/api/orders/{order['id']}").json()["ledger"]
    assert len(held["entries"]) == 1
    assert server.db.provider_events.count_documents({"_id": f"stripe:{event['id']}"}) == 1


def test_a_second_checkout_is_the_same(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person
) -> None:
    bought = buy(alice, offer_service(bob))
    again = alice.post("/api/payment/checkout", {"orderId": bought["order"]["id"]})
    assert again.json()["checkoutUrl"] == bought["checkoutUrl"]
    stripe.pay(session_of(stripe, server, bought["order"]))
    # Its event is late: who comes to pay once more is told so, and the order goes on.
    late = alice.post("/api/payment/checkout", {"orderId": bought["order"]["id"]})
    assert late.status_code == 409, late.text
    assert status_of(alice, bought["order"]) == ("in_progress", "paid")


def test_a_checkout_whose_answer_was_lost(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person
) -> None:
    """The connection ends after the session was made: the next checkout finds that very session."""
    service = offer_service(bob)
    before = len(stripe.all("checkout.session"))
    stripe.fault("/v1/checkout/sessions", "after")
    lost = alice.post("/api/payment/checkout", {"gigId": service["id"]})
    assert (lost.status_code, code_of(lost)) == (502, "provider_failed")
    bought = buy(alice, service)
    assert len(stripe.all("checkout.session")) == before + 1
    assert bought["checkoutUrl"] == session_of(stripe, server, bought["order"])["url"]


def checkout_held(
    stripe: FakeStripe, client: Person, service: Json, meanwhile: Callable[[], None]
) -> requests.Response:
    """The answer to a checkout, of which Stripe's own answer came after `meanwhile`."""
    hold = stripe.fault("/v1/checkout/sessions", "hold")
    answers: list[requests.Response] = []
    buyer = threading.Thread(
        target=lambda: answers.append(client.post("/api/payment/checkout", {"gigId": service["id"]}))
    )
    buyer.start()
    hold.wait()
    meanwhile()
    hold.let_go()
    buyer.join()
    return answers[0]


def test_an_event_before_our_record(stripe: FakeStripe, server: Server, alice: Person, bob: Person) -> None:
    """Stripe tells of a payment while we still wait for the answer that made its checkout."""
    service = offer_service(bob)

    def meanwhile() -> None:
        event = stripe.pay(stripe.all("checkout.session")[-1])
        assert stripe.tell(server.url, event).status_code == 200

    answer = checkout_held(stripe, alice, service, meanwhile)
    assert (answer.status_code, code_of(answer)) == (409, "already_paid")
    order = bob.get("/api/orders").json()["orders"][0]
    assert status_of(bob, order) == ("in_progress", "paid")


def test_called_off_before_our_record(stripe: FakeStripe, server: Server, alice: Person, bob: Person) -> None:
    """Nobody gets to see the checkout that Stripe then tells us of."""
    service = offer_service(bob)

    def meanwhile() -> None:
        order = bob.get("/api/orders").json()["orders"][0]
        assert bob.post(f"/api/orders/{order['id']}/cancel", {}).status_code == 200

    answer = checkout_held(stripe, alice, service, meanwhile)
    assert (answer.status_code, code_of(answer)) == (409, "payment_ended")


def test_others_are_served_meanwhile(stripe: FakeStripe, server: Server, alice: Person, bob: Person) -> None:
    """Whoever waits for Stripe waits alone: its library's sockets are green in a server."""
    service = offer_service(bob)

    def meanwhile() -> None:
        began = time.monotonic()
        assert bob.get("/api/orders").status_code == 200
        assert time.monotonic() - began < 5

    assert checkout_held(stripe, alice, service, meanwhile).status_code == 201


def test_money_that_is_on_its_way(stripe: FakeStripe, server: Server, alice: Person, bob: Person) -> None:
    order = buy(alice, offer_service(bob))["order"]
    session = session_of(stripe, server, order)
    stripe.tell(server.url, stripe.pay(session, "bank"))
    assert status_of(alice, order) == ("pending_payment", "open")
    stripe.tell(server.url, stripe.arrive(session))
    assert status_of(alice, order) == ("in_progress", "paid")


def test_money_that_does_not_come(stripe: FakeStripe, server: Server, alice: Person, bob: Person) -> None:
    """The client may try again, at a checkout of its own."""
    order = buy(alice, offer_service(bob))["order"]
    session = session_of(stripe, server, order)
    stripe.tell(server.url, stripe.pay(session, "bank"))
    stripe.tell(server.url, stripe.bounce(session))
    assert status_of(alice, order) == ("pending_payment", "failed")
    again = alice.post("/api/payment/checkout", {"orderId": order["id"]})
    assert again.status_code == 201
    assert again.json()["checkoutUrl"] != session["url"]


def test_a_checkout_that_was_left(stripe: FakeStripe, server: Server, alice: Person, bob: Person) -> None:
    order = buy(alice, offer_service(bob))["order"]
    session = session_of(stripe, server, order)
    stripe.tell(server.url, stripe.expire(session))
    assert status_of(alice, order) == ("pending_payment", "expired")
    again = alice.post("/api/payment/checkout", {"orderId": order["id"]})
    assert again.json()["checkoutUrl"] != session["url"]


@pytest.mark.parametrize("field", ["amount_total", "currency"])
def test_not_what_was_asked_for(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person, field: str
) -> None:
    """Such money funds nothing, and goes back (invariant 7)."""
    order = buy(alice, offer_service(bob))["order"]
    session = session_of(stripe, server, order)
    event = stripe.pay(session)
    event["data"]["object"][field] = {"amount_total": 6000, "currency": "eur"}[field]
    assert stripe.tell(server.url, event).status_code == 200
    assert status_of(alice, order)[0] == "pending_payment"
    until_called(server)
    refunds = [each for each in stripe.all("refund") if each["payment_intent"] == session["payment_intent"]]
    assert [each["amount"] for each in refunds] == [event["data"]["object"]["amount_total"]]
    assert status_of(alice, order) == ("pending_payment", "refunded")


def test_a_cancelled_order_is_refunded(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person
) -> None:
    order = paid_order(stripe, server, alice, bob)
    charge = session_of(stripe, server, order)["payment_intent"]
    cancel(alice, bob, order)
    until_called(server)
    [refund] = [each for each in stripe.all("refund") if each["payment_intent"] == charge]
    assert refund["amount"] == 12000
    about = {"id": "ch_1", "payment_intent": charge, "amount_refunded": 12000, "currency": "usd"}
    assert stripe.tell(server.url, stripe.event("charge.refunded", about)).status_code == 200
    assert status_of(alice, order) == ("cancelled", "refunded")


def test_a_payment_after_the_cancellation(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person
) -> None:
    """The client paid and called off at once: the money goes back."""
    order = buy(alice, offer_service(bob))["order"]
    session = session_of(stripe, server, order)
    event = stripe.pay(session)
    assert alice.post(f"/api/orders/{order['id']}/cancel", {}).status_code == 200
    stripe.tell(server.url, event)
    until_called(server)
    [refund] = [each for each in stripe.all("refund") if each["payment_intent"] == session["payment_intent"]]
    assert refund["amount"] == 12000
    assert status_of(alice, order) == ("cancelled", "refunded")


def test_nobody_pays_at_the_checkout_of_an_order_that_ended(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person
) -> None:
    order = buy(alice, offer_service(bob))["order"]
    assert alice.post(f"/api/orders/{order['id']}/cancel", {}).status_code == 200
    until_called(server)
    assert session_of(stripe, server, order)["status"] == "expired"


def test_a_payout(stripe: FakeStripe, server: Server, alice: Person, join: Join) -> None:
    """Stripe has to know the freelancer first; the transfer happens then, and not before."""
    bob = join("Bob Bidder")
    completed_order(stripe, server, alice, bob)
    first = bob.post("/api/payment/payouts")
    assert (first.status_code, code_of(first)) == (409, "payout_account_missing")
    assert "/settings/payouts" in first.json()["message"]
    onboarded(stripe, bob)
    stripe.settled["usd"] = 1_000_000
    assert not stripe.all("transfer")
    asked = bob.post("/api/payment/payouts", {"amount": 100}, headers={"Idempotency-Key": "one"})
    assert asked.status_code == 201, asked.text
    again = bob.post("/api/payment/payouts", {"amount": 100}, headers={"Idempotency-Key": "one"})
    assert again.json()["id"] == asked.json()["id"]
    assert balance_of(bob) == 8
    until_called(server)
    transfer = stripe.one("transfer")
    assert (transfer["amount"], transfer["currency"]) == (10000, "usd")
    assert bob.get("/api/payment/payouts").json()["payouts"][0]["status"] == "sent"
    # It came back: the balance has it again, once.
    event = stripe.reverse(transfer)
    for _ in range(2):
        assert stripe.tell(server.url, event).status_code == 200
    assert balance_of(bob) == 108
    assert bob.get("/api/payment/payouts").json()["payouts"][0]["status"] == "failed"


def test_a_payout_that_stripe_refuses(stripe: FakeStripe, server: Server, alice: Person, join: Join) -> None:
    """The money is in the balance again."""
    bob = join("Bob Bidder")
    completed_order(stripe, server, alice, bob)
    onboarded(stripe, bob)
    stripe.settled["usd"] = 1_000_000
    stripe.fault("/v1/transfers", 400)
    assert bob.post("/api/payment/payouts").status_code == 201
    until_called(server)
    assert balance_of(bob) == 108
    assert bob.get("/api/payment/payouts").json()["payouts"][0]["status"] == "failed"


def test_signatures_that_are_not_stripes(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person
) -> None:
    order = buy(alice, offer_service(bob))["order"]
    event = stripe.pay(session_of(stripe, server, order))
    now = time.time()
    for signing in ({"secret": "whsec_of_somebody_else"}, {"at": now - 3600}, {"at": now + 3600}):
        answer = stripe.tell(server.url, event, **signing)
        assert (answer.status_code, code_of(answer)) == (400, "bad_signature")
    for headers in ({}, {"Stripe-Signature": "t=1,v1=x"}, {"Stripe-Signature": "ü".encode()}):
        client = Client(server.url)
        answer = client.post("/api/payment/webhook", data=b"{}", headers=headers)
        assert answer.status_code == 400
        client.close()
    assert status_of(alice, order) == ("pending_payment", "open")


def test_events_of_no_interest(stripe: FakeStripe, server: Server) -> None:
    """Stripe is told to have sent them, or it would send them for days."""
    for kind, about in (("customer.created", {"id": "cus_1"}), ("charge.succeeded", {"id": "ch_1"})):
        assert stripe.tell(server.url, stripe.event(kind, about)).status_code == 200


def test_stripe_is_away(stripe: FakeStripe, server: Server, alice: Person, bob: Person) -> None:
    """A refund waits until it is back."""
    order = paid_order(stripe, server, alice, bob)
    charge = session_of(stripe, server, order)["payment_intent"]
    stripe.fault("/v1/refunds", 503)
    cancel(alice, bob, order)
    put_off = {"kind": "refund", "status": "waiting", "attempts": 1, "claimed_until": None}
    wait_for(lambda: server.db.gateway_calls.find_one(put_off))
    assert not [each for each in stripe.all("refund") if each["payment_intent"] == charge]
    call_again(stripe, server)
    assert [each["amount"] for each in stripe.all("refund") if each["payment_intent"] == charge] == [12000]


def test_play_money_and_real_money_do_not_mix(
    server: Server, start_server: Callable[..., Server], alice: Person, bob: Person
) -> None:
    """What was earned with test cards is never paid out: a database that knows one provider starts with no other."""
    buy(alice, offer_service(bob))
    with pytest.raises(AssertionError, match="this database holds money of stripe, and the two do not mix"):
        start_server(server.mongo_db, whole=True)
