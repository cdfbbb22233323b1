"""What the provider tells: twice, late, out of order, wrongly, or in another's name (SECURITY 21, invariant 7)."""

import json
import time
from typing import Any

import pytest
from bson import ObjectId

from gigflow.sandbox.signatures import HEADER, sign
from tests.conftest import Join, shared
from tests.support.client import Client, Json, Person
from tests.support.invariants import check_at_provider, check_orders
from tests.support.market import code_of, unique_word
from tests.support.money import (
    SLOW,
    calls_are_made,
    checkout,
    do,
    expired_event,
    hired,
    paid_event,
    pay_at,
    payments_of,
    read,
    tell,
    try_to,
)
from tests.support.races import at_once
from tests.support.server import DEFAULTS, Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")


def waiting(server: Server, alice: Person, bob: Person, **more: Any) -> tuple[Json, Json]:
    """An order that waits for its money, and its payment as stored."""
    order = hired(alice, bob, **more)
    assert checkout(alice, order).status_code == 201
    return order, payments_of(server, order)[0]


def charged(server: Server, alice: Person, order: Json) -> Json:
    """The news of a charge at the order's checkout, which GigFlow does not hear of before a test tells them."""
    paid = pay_at(checkout(alice, order).json()["checkoutUrl"], SLOW)
    assert paid.status_code == 200, paid.text
    found = server.db.sandbox_events.find_one_and_update(
        {"data.session_id": paid.json()["id"], "type": "checkout.paid"}, {"$set": {"due_at": None}}
    )
    assert found is not None
    return {"id": found["event_id"], "type": found["type"], "data": found["data"]}


def heard(server: Server, event: Json) -> None:
    answer = tell(server, event)
    assert (answer.status_code, answer.json()) == (200, {"received": True})


def kinds(server: Server, order: Json) -> list[str]:
    """What was booked for an order."""
    entries = server.db.ledger.find({"order_id": ObjectId(order["id"])}).sort("_id")
    return [entry["key"].partition(":")[0] for entry in entries]


def test_an_event_that_comes_again(server: Server, join: Join, bob: Person) -> None:
    """The same one, and another one that tells the same."""
    alice = join("Alice Owner")
    order, payment = waiting(server, alice, bob)
    event = charged(server, alice, order)
    for _ in range(3):
        heard(server, event)
    heard(server, {**event, "id": "evt_another_of_the_same"})
    assert (read(alice, order)["status"], kinds(server, order)) == ("in_progress", ["hold"])
    paid = [
        each
        for each in alice.get("/api/notifications").json()["notifications"]
        if each["type"] == "order_paid"
    ]
    assert len(paid) == 1
    heard(server, expired_event(payment))
    assert payments_of(server, order)[0]["status"] == "paid"
    check_orders(server.db, order["id"])
    check_at_provider(server.db, order["id"])


def test_expired_and_then_paid_is_paid(server: Server, alice: Person, bob: Person) -> None:
    order, payment = waiting(server, alice, bob)
    event = charged(server, alice, order)
    heard(server, expired_event(payment))
    assert payments_of(server, order)[0]["status"] == "expired"
    heard(server, event)
    assert (read(alice, order)["status"], payments_of(server, order)[0]["status"]) == ("in_progress", "paid")
    check_orders(server.db, order["id"])


def test_a_payment_that_was_given_up_ends_the_second(server: Server, alice: Person, bob: Person) -> None:
    """Its checkout takes no more money, here and at the provider."""
    order, first = waiting(server, alice, bob)
    news = charged(server, alice, order)
    heard(server, expired_event(first))
    second = checkout(alice, order).json()["checkoutUrl"]
    heard(server, news)
    calls_are_made(server)
    assert [each["status"] for each in payments_of(server, order)] == ["paid", "expired"]
    assert pay_at(second).status_code == 409
    told = alice.get(f"/api/payment/orders/{order['id']}").json()
    assert (told["status"], told["payment"]["status"]) == ("paid", "paid")
    check_orders(server.db, order["id"])
    check_at_provider(server.db, order["id"])


@pytest.mark.parametrize("late", ["before the second", "after the second"])
def test_two_payments_for_one_order(late: str, server: Server, alice: Person, bob: Person) -> None:
    """The first took too long, so a second was begun, and both were paid: one counts, the other goes back, and a
    refund takes the one that counts.
    """
    order, first = waiting(server, alice, bob)
    first_news = charged(server, alice, order)
    heard(server, expired_event(first))
    second_news = charged(server, alice, order)
    news = [first_news, second_news] if late == "before the second" else [second_news, first_news]
    for event in news:
        heard(server, event)
    calls_are_made(server)
    statuses = [each["status"] for each in payments_of(server, order)]
    assert statuses == (["paid", "refunded"] if late == "before the second" else ["refunded", "paid"])
    check_orders(server.db, order["id"])
    check_at_provider(server.db, order["id"])
    do(alice, order, "cancel")
    assert do(bob, order, "cancel/answer", agree=True)["refunded"] == 449.5
    calls_are_made(server)
    assert [each["status"] for each in payments_of(server, order)] == ["refunded", "refunded"]
    check_orders(server.db, order["id"])
    check_at_provider(server.db, order["id"])


@pytest.mark.parametrize(
    "wrong",
    [{"amount_minor": 44949}, {"amount_minor": 1}, {"currency": "EUR"}],
    ids=lambda wrong: "-".join(map(str, wrong.items())),
)
def test_money_that_is_not_what_was_asked_for(
    wrong: Json, server: Server, alice: Person, bob: Person
) -> None:
    """It never funds the order; it is due to go back at once, and the order can be paid rightly."""
    order, payment = waiting(server, alice, bob)
    event = charged(server, alice, order)
    heard(server, {**event, "data": {**event["data"], **wrong}})
    stored = payments_of(server, order)[0]
    assert (read(alice, order)["status"], kinds(server, order)) == ("pending_payment", [])
    assert stored["status"] in ("refund_due", "refunded")
    call = server.db.gateway_calls.find_one({"subject_id": payment["_id"], "kind": "refund"})
    assert call is not None
    assert call["data"] == {
        "charge_id": event["data"]["charge_id"],
        "amount_minor": wrong.get("amount_minor", 44950),
    }
    # A second time, rightly this time, it is the same charge, which is on its way back.
    heard(server, {**event, "id": "evt_corrected"})
    assert read(alice, order)["status"] == "pending_payment"
    assert checkout(alice, order).status_code == 201


@pytest.mark.parametrize("who", ["client", "freelancer"])
def test_money_that_comes_after_the_end_goes_back(
    who: str, server: Server, alice: Person, bob: Person
) -> None:
    """docs/domain.md: paid after it was called off, the money is due to go back, and goes."""
    order, _ = waiting(server, alice, bob)
    event = charged(server, alice, order)
    do(alice if who == "client" else bob, order, "cancel")
    heard(server, event)
    assert payments_of(server, order)[0]["status"] in ("refund_due", "refunded")
    calls_are_made(server)
    payment = payments_of(server, order)[0]
    assert (payment["status"], payment["received_minor"], payment["refunded_minor"]) == (
        "refunded",
        44950,
        44950,
    )
    assert (read(alice, order)["status"], kinds(server, order)) == ("cancelled", [])
    check_orders(server.db, order["id"])
    check_at_provider(server.db, order["id"])


def test_what_is_not_signed_as_it_should_be(server: Server, alice: Person, bob: Person) -> None:
    order, payment = waiting(server, alice, bob)
    wrong: dict[str, dict[str, Any]] = {
        "forged": {"secret": "somebody else's secret"},
        "old": {"sent": -301},
        "from the future": {"sent": 60},
        "without a signature": {"headers": {}},
        "with nonsense for one": {"headers": {HEADER: "t=now,v1=yes"}},
        "by another provider": {"headers": {"Stripe-Signature": "t=1,v1=0"}},
    }
    for words, how in wrong.items():
        event = paid_event(payment)
        refused = tell(server, event, **how)
        assert (refused.status_code, code_of(refused)) == (400, "bad_signature"), words
        assert (read(alice, order)["status"], kinds(server, order)) == ("pending_payment", []), words
        assert server.db.provider_events.count_documents({"_id": {"$regex": event["id"]}}) == 0


def test_a_signature_of_another_body(server: Server, alice: Person, bob: Person, visitor: Client) -> None:
    """Changed by one digit on the way."""
    order, payment = waiting(server, alice, bob)
    at = int(time.time())
    body = json.dumps({"created": at, **paid_event(payment, amount_minor=1)}).encode()
    headers = {"Content-Type": "application/json", HEADER: sign(DEFAULTS["SECRET_KEY"], body, at)}
    changed = body.replace(b'"amount_minor": 1', b'"amount_minor": 2')
    assert changed != body
    refused = visitor.post("/api/payment/webhook", data=changed, headers=headers)
    assert (refused.status_code, code_of(refused)) == (400, "bad_signature")
    assert read(alice, order)["status"] == "pending_payment"


@pytest.mark.parametrize("sent", [-290, 0, 20])
def test_clocks_may_differ_a_little(sent: float, server: Server, alice: Person, bob: Person) -> None:
    order, _ = waiting(server, alice, bob)
    assert tell(server, charged(server, alice, order), sent=sent).status_code == 200
    assert read(alice, order)["status"] == "in_progress"


def test_what_means_nothing_here(server: Server, alice: Person, bob: Person) -> None:
    """It is taken, so that the provider does not tell it for ever, and changes nothing."""
    order, payment = waiting(server, alice, bob)
    of_nothing: dict[str, Json] = {
        "another kind": {"type": "something.new"},
        "an unknown payment": {
            "data": {"payment_id": "f" * 24, "session_id": "ss_nobody", "charge_id": "ch_nobody"}
        },
        "a malformed id": {"data": {"payment_id": "nonsense", "session_id": "ss_nobody"}},
        "nothing": {"data": {}},
    }
    for words, changes in of_nothing.items():
        heard(server, {**paid_event(payment), **changes})
        assert (read(alice, order)["status"], kinds(server, order)) == ("pending_payment", []), words
        assert payments_of(server, order)[0]["status"] == "open", words


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"id": 5, "type": "checkout.paid"}'])
def test_what_is_no_event(body: bytes, server: Server, visitor: Client) -> None:
    at = int(time.time())
    headers = {"Content-Type": "application/json", HEADER: sign(DEFAULTS["SECRET_KEY"], body, at)}
    answer = visitor.post("/api/payment/webhook", data=body, headers=headers)
    assert answer.status_code == 400, answer.text


def test_a_second_charge_at_one_checkout_goes_back(server: Server, alice: Person, bob: Person) -> None:
    """Providers have been seen to do so. The order keeps the first, and the client hears of the other, once."""
    order, payment = waiting(server, alice, bob, title=f"Twice {unique_word()}")
    heard(server, charged(server, alice, order))
    second = charged(
        server, alice, hired(alice, bob)
    )  # a charge that the sandbox knows, under the first's name
    names = {"payment_id": str(payment["_id"]), "session_id": payment["session_id"]}
    for event_id in ("evt_second", "evt_second", "evt_tells_the_same"):
        heard(server, {**second, "id": f"{event_id}_{order['id']}", "data": {**second["data"], **names}})
    calls_are_made(server)
    assert (read(alice, order)["status"], kinds(server, order)) == ("in_progress", ["hold"])
    stored = payments_of(server, order)[0]
    assert (stored["status"], stored["received_minor"], stored["refunded_minor"]) == ("paid", 44950, 0)
    back = server.db.sandbox_refunds.find_one({"charge_id": second["data"]["charge_id"]})
    assert back is not None
    assert back["amount_minor"] == 44950
    text = f"Your payment for “{order['title']}” will be refunded: it had already been paid."
    assert server.db.notifications.count_documents({"message": text}) == 1


def test_a_checkout_beside_the_end_of_its_order(alice: Person, bob: Person, server: Server) -> None:
    """Nobody is left with a place to pay for what was called off."""
    for _ in range(8):
        order = hired(alice, bob)
        asked, ended = at_once([lambda o=order: checkout(alice, o), lambda o=order: try_to(bob, o, "cancel")])
        assert ended.status_code == 200, ended.text
        assert asked.status_code in (201, 409), asked.text
        assert {each["status"] for each in payments_of(server, order)} <= {"expired"}
        calls_are_made(server)
        if asked.status_code == 201:
            assert pay_at(asked.json()["checkoutUrl"]).status_code == 409


def test_a_second_checkout_beside_the_news_of_the_first(server: Server, alice: Person, bob: Person) -> None:
    """The money of a checkout that was given up comes at the very moment in which another is begun: nobody is left
    with a checkout to pay at.
    """
    for _ in range(8):
        order, first = waiting(server, alice, bob)
        news = charged(server, alice, order)
        heard(server, expired_event(first))
        told, asked = at_once([lambda n=news: tell(server, n), lambda o=order: checkout(alice, o)])
        assert told.status_code == 200
        assert asked.status_code in (201, 409), asked.text
        statuses = [each["status"] for each in payments_of(server, order)]
        assert statuses in (["paid"], ["paid", "expired"]), statuses
