"""What the provider gives back by itself is booked and stops the release; a refund that fails is said (20c)."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bson import ObjectId

from gigflow.proof.audit import audit
from tests.conftest import Join, shared
from tests.payments.fake_stripe import FakeStripe
from tests.payments.stripe_steps import (
    balance_of,
    buy,
    call_again,
    cancel,
    check_books,
    completed_order,
    paid_order,
    session_of,
    until_called,
)
from tests.support.client import Json, Person
from tests.support.market import code_of, offer_service
from tests.support.server import Server

alice = shared("Alice Owner")
root = shared("Root Admin", is_admin=True)

DOUBT = "2. No money waits for an admin's decision"
UNSENT = "2. Every refund has arrived"


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server], stripe: FakeStripe) -> Iterator[Server]:
    """After its last test the books must be right; what waits for a decision, every test decides."""
    running = start_server(**stripe.settings)
    yield running
    check_books(running)


@pytest.fixture
def bob(join: Join) -> Person:
    """A freelancer with an empty balance."""
    return join("Bob Bidder")


@pytest.fixture
def order(stripe: FakeStripe, server: Server, alice: Person, bob: Person) -> Json:
    return paid_order(stripe, server, alice, bob)


def intent_of(stripe: FakeStripe, server: Server, order: Json) -> str:
    return str(session_of(stripe, server, order)["payment_intent"])


def tell(stripe: FakeStripe, server: Server, *events: Json) -> None:
    for event in events:
        answer = stripe.tell(server.url, event)
        assert answer.status_code == 200, answer.text


def stands(person: Person, order: Json) -> tuple[str, float, float, float]:
    """How an order stands: its state, and what is given back, released and held."""
    shown = person.get(f"/api/orders/{order['id']}").json()
    sums = shown["ledger"]
    assert sums["held"] == sum(
        sums[name] for name in ("released", "fee", "refunded", "remaining")
    ) + sums.get("unsent", 0)
    return shown["status"], sums["refunded"], sums["released"], sums["remaining"]


def payment_of(person: Person, order: Json) -> Json:
    return person.get(f"/api/payment/orders/{order['id']}").json()["payment"]


def told(person: Person, order: Json, kind: str) -> list[str]:
    news = person.get("/api/notifications").json()["notifications"]
    return [
        each["message"] for each in news if each["type"] == kind and each["url"] == f"/orders/{order['id']}"
    ]


def problems(server: Server, order: Json) -> set[str]:
    """What the audit says that is about this order or its payment."""
    ids = {
        order["id"],
        *(str(row["_id"]) for row in server.db.payments.find({"order_id": ObjectId(order["id"])})),
    }
    return {words for words, said in audit(server.house) for each in said if any(one in each for one in ids)}


def decide(root: Person, order: Json, amount: float | None = None) -> None:
    cancelling = f"/api/admin/orders/{order['id']}/cancel"
    answer = root.post(cancelling) if amount is None else resolve(root, order, amount)
    assert answer.status_code == 200, answer.text


def resolve(root: Person, order: Json, amount: float) -> Any:
    dispute = root.get(f"/api/orders/{order['id']}").json()["dispute"]
    return root.post(f"/api/admin/disputes/{dispute['id']}/resolve", {"amount": amount, "note": "So."})


def test_a_full_refund_in_the_dashboard_stops_the_order(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person, root: Person, order: Json
) -> None:
    tell(stripe, server, *stripe.refund_by_hand(intent_of(stripe, server, order), 12000))
    assert stands(alice, order) == ("disputed", 120, 0, 0)
    assert payment_of(alice, order)["status"] == "refunded"
    assert problems(server, order) == {DOUBT}
    said = f"The payment provider refunded $120 of the payment for “{order['title']}”."
    for person in (alice, bob):
        assert told(person, order, "payment_reversed") == [
            f"{said} The order stops until an admin has decided."
        ]
        page = person.page(f"/orders/{order['id']}")
        assert "An admin has to decide, because the payment provider returned money." in page.text
    assert told(root, order, "money_to_check") == [f"{said} Please decide about the order."]
    refused = bob.post(f"/api/orders/{order['id']}/deliver", {"message": "Here."})
    assert (refused.status_code, code_of(refused)) == (409, "order_state")
    number = bob.post(f"/api/orders/{order['id']}/dispute/offer", {"amount": 100})
    assert (number.status_code, code_of(number)) == (409, "before_admin")
    decide(root, order)
    assert stands(alice, order) == ("cancelled", 120, 0, 0)
    assert balance_of(bob) == 0
    assert not stripe_refunds(stripe, intent_of(stripe, server, order))
    assert problems(server, order) == set()


def stripe_refunds(stripe: FakeStripe, intent: str) -> list[int]:
    """The refunds that GigFlow asked for."""
    return [
        each["amount"]
        for each in stripe.all("refund")
        if each["payment_intent"] == intent and each["metadata"]
    ]


@pytest.mark.parametrize("turn", range(6))
def test_parts_in_any_order_and_twice(
    turn: int, stripe: FakeStripe, server: Server, alice: Person, bob: Person, root: Person, order: Json
) -> None:
    """Some events tell of one refund and others of the sum; each is told twice."""
    intent = intent_of(stripe, server, order)
    first, second = stripe.refund_by_hand(intent, 3000), stripe.refund_by_hand(intent, 2000)
    orders = list(itertools.permutations([*first, *second]))
    events = orders[turn * 4 + turn % 4]
    tell(stripe, server, *events, *events)
    assert stands(alice, order) == ("disputed", 50, 0, 70)
    assert payment_of(alice, order)["status"] == "partly_refunded"
    outside = [line for line in lines_of(server, order) if line["account"] == "provider"]
    assert sum(line["amount_minor"] for line in outside) == 5000 - 12000
    decide(root, order, 60)
    until_called(server)
    assert stands(alice, order) == ("completed", 60, 54, 0)
    assert stripe_refunds(stripe, intent) == [1000]
    # Stripe tells of ours, too, which is not booked again.
    tell(stripe, server, stripe.refunded(intent))
    assert stands(alice, order) == ("completed", 60, 54, 0)
    assert problems(server, order) == set()


def lines_of(server: Server, order: Json) -> list[Json]:
    entries = server.db.ledger.find({"order_id": ObjectId(order["id"])})
    return [line for entry in entries for line in entry["lines"]]


@pytest.mark.parametrize("kind", ["charge.refunded", "refund.created", "refund.updated"])
def test_one_kind_of_event_is_enough(
    kind: str, stripe: FakeStripe, server: Server, alice: Person, root: Person, order: Json
) -> None:
    """An operator may have asked Stripe to tell only some of them."""
    made, total = stripe.refund_by_hand(intent_of(stripe, server, order), 2000)
    tell(stripe, server, total if kind == "charge.refunded" else {**made, "type": kind})
    assert stands(alice, order) == ("disputed", 20, 0, 100)
    decide(root, order)


def test_a_delivered_order_is_neither_accepted_nor_released(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person, root: Person, order: Json
) -> None:
    assert bob.post(f"/api/orders/{order['id']}/deliver", {"message": "Here."}).status_code == 200
    tell(stripe, server, *stripe.refund_by_hand(intent_of(stripe, server, order), 5000))
    refused = alice.post(f"/api/orders/{order['id']}/accept")
    assert (refused.status_code, code_of(refused)) == (409, "order_state")
    assert balance_of(bob) == 0
    assert resolve(root, order, 70.01).status_code == 400
    whole = root.post(f"/api/admin/orders/{order['id']}/complete", {})
    assert whole.status_code == 200, whole.text
    assert stands(alice, order) == ("completed", 50, 63, 0)


def test_a_refund_by_hand_that_fails_comes_back(
    stripe: FakeStripe, server: Server, alice: Person, root: Person, order: Json
) -> None:
    intent = intent_of(stripe, server, order)
    made, total = stripe.refund_by_hand(intent, 12000)
    failed = stripe.fail_refund(stripe.objects[made["data"]["object"]["id"]])
    tell(stripe, server, made, total, failed, {**made, "id": "evt_late_" + made["id"]})
    assert stands(alice, order) == ("disputed", 0, 0, 120)
    assert payment_of(alice, order)["status"] == "paid"
    assert problems(server, order) == set()
    decide(root, order, 120)


@pytest.mark.parametrize("how", ["won", "lost"])
def test_a_chargeback(
    how: str, stripe: FakeStripe, server: Server, alice: Person, bob: Person, root: Person, order: Json
) -> None:
    dispute = stripe.charge_back(intent_of(stripe, server, order), 12000, "warning_needs_response")
    tell(stripe, server, stripe.event("charge.dispute.created", dispute))
    assert stands(alice, order)[0] == "in_progress"
    dispute["status"] = "needs_response"
    opened = [stripe.event(f"charge.dispute.{each}", dispute) for each in ("funds_withdrawn", "updated")]
    late = stripe.event("charge.dispute.updated", dispute)
    tell(stripe, server, *opened)
    assert stands(alice, order) == ("disputed", 120, 0, 0)
    assert told(bob, order, "payment_reversed")[0].startswith(
        "The client’s bank took back $120 of the payment for "
    )
    dispute["status"] = how
    closing = [stripe.event("charge.dispute.closed", dispute), late]
    tell(stripe, server, *closing, *closing)
    back = 0 if how == "won" else 120
    assert stands(alice, order) == ("disputed", back, 0, 120 - back)
    assert problems(server, order) == (set() if how == "won" else {DOUBT})
    decide(root, order, 120) if how == "won" else decide(root, order)
    assert balance_of(bob) == (108 if how == "won" else 0)


def test_a_loss_after_the_release_is_not_paid_out(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person, root: Person
) -> None:
    order = completed_order(stripe, server, alice, bob)
    dispute = stripe.charge_back(intent_of(stripe, server, order), 12000)
    tell(stripe, server, stripe.event("charge.dispute.created", dispute))
    assert stands(alice, order) == ("completed", 0, 108, 0)
    assert alice.get(f"/api/orders/{order['id']}").json()["ledger"]["lost"] == 120
    shown = bob.get("/api/payment/balance").json()
    assert (shown["balance"], shown["inDoubt"]) == (108, 108)
    for amount in ({}, {"amount": 5}):
        refused = bob.post("/api/payment/payouts", amount)
        assert (refused.status_code, code_of(refused)) == (409, "balance_in_doubt")
    assert "$108 of it cannot be withdrawn until an admin has decided" in bob.page("/settings/payouts").text
    assert problems(server, order) == {DOUBT}
    dispute["status"] = "won"
    tell(stripe, server, stripe.event("charge.dispute.closed", dispute))
    assert "inDoubt" not in bob.get("/api/payment/balance").json()
    assert problems(server, order) == set()


@pytest.mark.parametrize("take_back", [True, False])
def test_an_admin_decides_who_bears_a_loss(
    take_back: bool, stripe: FakeStripe, server: Server, alice: Person, bob: Person, root: Person
) -> None:
    order = completed_order(stripe, server, alice, bob)
    tell(stripe, server, *stripe.refund_by_hand(intent_of(stripe, server, order), 12000))
    body = {"takeBack": take_back, "note": "As agreed by telephone."}
    for person, status in ((alice, 403), (bob, 403)):
        assert person.post(f"/api/admin/orders/{order['id']}/settle-loss", body).status_code == status
    done = root.post(f"/api/admin/orders/{order['id']}/settle-loss", body)
    assert done.status_code == 200, done.text
    assert balance_of(bob) == (0 if take_back else 108)
    assert "inDoubt" not in bob.get("/api/payment/balance").json()
    again = root.post(f"/api/admin/orders/{order['id']}/settle-loss", body)
    assert (again.status_code, code_of(again)) == (409, "nothing_in_doubt")
    row = server.db.audit.find_one({"event": "loss_settled", "subject.id": ObjectId(order["id"])})
    assert row is not None
    assert (str(row["by"]), row["note"], row["before"]) == (root.id, body["note"], {"doubt_minor": 10800})
    assert problems(server, order) == set()


def test_a_refund_that_fails_at_the_bank(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person, root: Person, order: Json
) -> None:
    intent = intent_of(stripe, server, order)
    cancel(alice, bob, order)
    until_called(server)
    [refund] = [each for each in stripe.all("refund") if each["payment_intent"] == intent]
    failed = stripe.fail_refund(refund)
    also = {**failed, "id": "evt_2" + failed["id"], "type": "refund.updated"}
    tell(stripe, server, stripe.refunded(intent), failed, also)
    payment = payment_of(alice, order)
    assert payment["status"] == "refund_failed"
    assert stands(alice, order) == ("cancelled", 0, 0, 0)
    assert alice.get(f"/api/orders/{order['id']}").json()["ledger"]["unsent"] == 120
    page = alice.page(f"/orders/{order['id']}")
    assert "The refund of $120 has not arrived yet; GigFlow will send it again." in page.text
    assert "was refunded to" not in page.text
    said = f"Your refund of $120 for “{order['title']}” did not arrive. GigFlow has the money and will send it again."
    assert told(alice, order, "refund_failed") == [said]
    assert told(root, order, "money_to_check") == [
        f"The refund of $120 for “{order['title']}” did not arrive. Please send it again."
    ]
    assert UNSENT in problems(server, order)
    stripe.objects[intent]["amount_refunded"] = 0  # the money is at Stripe again
    for person in (alice, bob):
        assert person.post(f"/api/admin/payments/{payment['id']}/refund").status_code == 403
    sent = root.post(f"/api/admin/payments/{payment['id']}/refund", {"note": "Another bank."})
    assert (sent.status_code, sent.json()["status"]) == (200, "refunded")
    until_called(server)
    assert stands(alice, order) == ("cancelled", 120, 0, 0)
    assert stripe_refunds(stripe, intent) == [12000, 12000]
    assert problems(server, order) == set()
    again = root.post(f"/api/admin/payments/{payment['id']}/refund")
    assert (again.status_code, code_of(again)) == (409, "no_failed_refund")
    at_the_machine = server.command("gigflow", "refund", payment["id"])
    assert (at_the_machine.returncode, at_the_machine.stderr.strip()) == (1, again.json()["message"])
    assert (
        server.db.audit.count_documents(
            {"event": "refund_again", "subject.id": ObjectId(payment["id"]), "note": "Another bank."}
        )
        == 1
    )


@pytest.mark.parametrize("side", ["client", "freelancer"])
def test_nobody_sends_a_refund_of_their_own_order_again(
    side: str, stripe: FakeStripe, server: Server, alice: Person, bob: Person, root: Person
) -> None:
    """Another admin does, or the operator, who says why."""
    client, freelancer = (root, bob) if side == "client" else (alice, root)
    order = paid_order(stripe, server, client, freelancer)
    intent = intent_of(stripe, server, order)
    cancel(client, freelancer, order)
    until_called(server)
    [refund] = [each for each in stripe.all("refund") if each["payment_intent"] == intent]
    tell(stripe, server, stripe.refunded(intent), stripe.fail_refund(refund))
    payment = payment_of(client, order)
    stripe.objects[intent]["amount_refunded"] = 0
    refused = root.post(f"/api/admin/payments/{payment['id']}/refund")
    assert (refused.status_code, code_of(refused)) == (403, "own_order")
    assert payment_of(client, order)["status"] == "refund_failed"
    done = server.command("gigflow", "refund", payment["id"], "--reason", "The bank is open again.")
    assert (done.returncode, done.stderr) == (0, "")
    until_called(server)
    assert stands(client, order) == ("cancelled", 120, 0, 0)
    row = server.db.audit.find_one({"event": "refund_again", "subject.id": ObjectId(payment["id"])})
    assert row is not None
    assert (row["via"], row["by"], row["note"]) == ("machine", None, "The bank is open again.")


def test_a_refund_that_stripe_refuses_because_somebody_was_faster(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person, order: Json
) -> None:
    """In the dashboard, at the same moment: the client has the money once, and nobody owes it a second time."""
    intent = intent_of(stripe, server, order)
    stripe.fault("/v1/refunds", 503)
    cancel(alice, bob, order)
    by_hand = stripe.refund_by_hand(intent, 12000)
    tell(stripe, server, *by_hand)
    call_again(stripe, server)
    assert stands(alice, order) == ("cancelled", 120, 0, 0)
    assert payment_of(alice, order)["status"] == "refunded"
    assert problems(server, order) == set()


def test_a_refund_that_is_told_before_its_payment(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person, root: Person
) -> None:
    """It is kept until the payment is known, and logged once."""
    order = buy(alice, offer_service(bob))["order"]
    paid = stripe.pay(session_of(stripe, server, order))
    made, total = stripe.refund_by_hand(intent_of(stripe, server, order), 2000)
    tell(stripe, server, made, total, made)
    kept = [line for line in server.log_lines() if line["message"] == "an event of no known payment"]
    assert len([line for line in kept if line["event"] == made["id"]]) == 1
    tell(stripe, server, paid)
    assert stands(alice, order) == ("disputed", 20, 0, 100)
    decide(root, order)


def test_what_is_of_another_currency_or_account(
    stripe: FakeStripe, server: Server, alice: Person, order: Json
) -> None:
    intent = intent_of(stripe, server, order)
    total = stripe.refunded(intent)
    total["data"]["object"].update(amount_refunded=500, currency="eur")
    assert stripe.tell(server.url, total).status_code == 400
    total["data"]["object"]["currency"] = "usd"
    tell(stripe, server, {**total, "id": "evt_a" + total["id"], "account": "acct_1"})
    assert stands(alice, order) == ("in_progress", 0, 0, 120)
