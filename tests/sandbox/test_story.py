"""Buying with the sandbox, whatever its cards do: the webhook is real, and the order is paid once or not at all."""

import pytest

from tests.conftest import shared
from tests.sandbox.steps import NUMBERS
from tests.support.client import Person
from tests.support.invariants import Db, Row
from tests.support.market import code_of, offer_service
from tests.support.money import buy, pay_at
from tests.support.waiting import wait_for

alice = shared("Alice Owner")
bob = shared("Bob Bidder")


def checkout(client: Person, freelancer: Person) -> tuple[str, str]:
    """A new order of a service, and the address of its checkout at the sandbox."""
    answer = buy(client, offer_service(freelancer))
    assert answer.status_code == 201, answer.text
    address: str = answer.json()["checkoutUrl"]
    assert address.startswith(f"{client.url}/sandbox/checkout/")
    return answer.json()["order"]["id"], address


def told(db: Db, address: str) -> list[Row]:
    """What there was to tell of this checkout, once all of it was told and taken."""
    events = list(db.sandbox_events.find({"data.session_id": address.rpartition("/")[2]}))
    return events if all(event["told_at"] for event in events) else []


def state(client: Person, order_id: str) -> tuple[str, str, float]:
    """How the order and its payment stand, and what went back."""
    found = client.get(f"/api/payment/orders/{order_id}").json()
    return found["order"]["status"], found["status"], found["payment"]["refunded"]


@pytest.mark.parametrize("behaviour", ["success", "duplicates", "disorder"])
def test_a_service_is_paid(alice: Person, bob: Person, db: Db, behaviour: str) -> None:
    order_id, address = checkout(alice, bob)
    assert pay_at(address, NUMBERS[behaviour]).status_code == 200
    wait_for(lambda: told(db, address), what="the telling")
    assert state(alice, order_id) == ("in_progress", "paid", 0)


@pytest.mark.slow
def test_a_slow_event_is_told_in_time(alice: Person, bob: Person, db: Db) -> None:
    """After some ten seconds, and not at the next tick."""
    order_id, address = checkout(alice, bob)
    assert pay_at(address, NUMBERS["slow"]).status_code == 200
    assert state(alice, order_id)[0] == "pending_payment"
    (event,) = wait_for(lambda: told(db, address), what="the telling")
    assert 10 <= (event["told_at"] - event["created_at"]).total_seconds() < 15
    assert state(alice, order_id) == ("in_progress", "paid", 0)


def test_a_wrong_amount_goes_back(alice: Person, bob: Person, db: Db) -> None:
    order_id, address = checkout(alice, bob)
    assert pay_at(address, NUMBERS["wrong_amount"]).status_code == 200
    wait_for(lambda: state(alice, order_id)[1] == "refunded", what="the refund")
    assert state(alice, order_id) == ("pending_payment", "refunded", 119.99)
    charge = db.sandbox_charges.find_one({"session_id": address.rpartition("/")[2]})
    assert charge is not None
    assert charge["left_minor"] == 0


def test_a_declined_card_leaves_the_checkout_open(alice: Person, bob: Person) -> None:
    order_id, address = checkout(alice, bob)
    assert pay_at(address, NUMBERS["decline"]).status_code == 400
    assert state(alice, order_id) == ("pending_payment", "open", 0)
    assert pay_at(address, NUMBERS["success"]).status_code == 200
    wait_for(lambda: state(alice, order_id)[0] == "in_progress")


def test_a_cancelled_order_cannot_be_paid(alice: Person, bob: Person, db: Db) -> None:
    order_id, address = checkout(alice, bob)
    assert alice.post(f"/api/orders/{order_id}/cancel").status_code == 200
    wait_for(lambda: told(db, address), what="the end of the checkout")
    late = pay_at(address)
    assert (late.status_code, code_of(late)) == (409, "checkout_over")
    assert state(alice, order_id)[:2] == ("cancelled", "expired")
