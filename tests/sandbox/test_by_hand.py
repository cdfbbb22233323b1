"""What the sandbox does by itself, by its commands: GigFlow hears of it by the webhook, as of a real provider."""

from collections.abc import Callable

import pytest
from bson import ObjectId

from gigflow.proof.audit import audit
from tests.conftest import Join, shared
from tests.support.client import Json, Person
from tests.support.market import code_of
from tests.support.money import (
    calls_are_made,
    checkout,
    delivered,
    do,
    hired,
    in_progress,
    news_of_order,
    paid_event,
    payments_of,
    read,
    tell,
    try_to,
)
from tests.support.server import Server
from tests.support.waiting import wait_for

alice = shared("Alice Owner")
root = shared("Root Admin", is_admin=True)

DOUBT = "2. No money waits for an admin's decision"
UNSENT = "2. Every refund has arrived"


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """A server of this file's own: a refund that fails is an error in its log."""
    return start_server()


@pytest.fixture
def bob(join: Join) -> Person:
    """A freelancer with an empty balance."""
    return join("Bob Bidder")


def payment_of(person: Person, order: Json) -> Json:
    return person.get(f"/api/payment/orders/{order['id']}").json()["payment"]


def by_hand(server: Server, *words: str, says: str) -> None:
    """Do something at the sandbox, and wait until GigFlow has heard of it."""
    done = server.command("gigflow", "sandbox", *words)
    assert (done.returncode, done.stdout.strip()) == (0, says), done.stderr
    waits = {"due_at": {"$exists": True}, "type": {"$regex": "^(refund|chargeback)"}}
    wait_for(lambda: not server.db.sandbox_events.find_one(waits), what="the telling")


def sums(person: Person, order: Json) -> tuple[str, float, float, float]:
    """How an order stands: its state, and what is given back, released and held."""
    shown = read(person, order)
    return shown["status"], *(shown["ledger"][name] for name in ("refunded", "released", "remaining"))


def problems(server: Server, order: Json) -> set[str]:
    """What the audit says that is about this order or its payment."""
    ids = {
        order["id"],
        *(str(row["_id"]) for row in server.db.payments.find({"order_id": ObjectId(order["id"])})),
    }
    return {words for words, said in audit(server.house) for each in said if any(one in each for one in ids)}


def test_a_refund_stops_the_order(server: Server, alice: Person, bob: Person, root: Person) -> None:
    """A part of it, twice: nothing is released, and an admin decides about the rest."""
    order = delivered(server, alice, bob)
    payment = payment_of(alice, order)["id"]
    by_hand(server, "refund", payment, "49.50", says="The sandbox refunded $49.50.")
    assert sums(alice, order) == ("disputed", 49.5, 0, 400)
    by_hand(server, "refund", order["id"], "100", says="The sandbox refunded $100.")
    assert sums(alice, order) == ("disputed", 149.5, 0, 300)
    refused = try_to(alice, order, "accept")
    assert (refused.status_code, code_of(refused)) == (409, "order_state")
    assert "payment_reversed" in [kind for kind, _ in news_of_order(bob, order)]
    assert problems(server, order) == {DOUBT}
    assert root.post(f"/api/admin/orders/{order['id']}/complete", {}).status_code == 200
    assert sums(alice, order) == ("completed", 149.5, 270, 0)
    assert problems(server, order) == set()


def test_a_refund_of_all_waits_for_an_admin(server: Server, alice: Person, bob: Person, root: Person) -> None:
    order = in_progress(server, alice, bob)
    by_hand(server, "refund", order["id"], says="The sandbox refunded $449.50.")
    assert sums(alice, order) == ("disputed", 449.5, 0, 0)
    assert problems(server, order) == {DOUBT}
    assert root.post(f"/api/admin/orders/{order['id']}/cancel", {}).status_code == 200
    calls_are_made(server)
    assert sums(alice, order) == ("cancelled", 449.5, 0, 0)
    assert problems(server, order) == set()


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("won", "The chargeback is won: $449.50 was received again."),
        ("lost", "The chargeback is lost: the client keeps $449.50."),
    ],
)
def test_a_chargeback(how: str, says: str, server: Server, alice: Person, bob: Person, root: Person) -> None:
    order = in_progress(server, alice, bob)
    by_hand(server, "chargeback", order["id"], says="The client’s bank took back $449.50.")
    assert sums(alice, order) == ("disputed", 449.5, 0, 0)
    by_hand(server, "chargeback", order["id"], f"--{how}", says=says)
    back = 0 if how == "won" else 449.5
    assert sums(alice, order) == ("disputed", back, 0, 449.5 - back)
    assert problems(server, order) == (set() if how == "won" else {DOUBT})
    assert root.post(f"/api/admin/orders/{order['id']}/cancel", {}).status_code == 200
    calls_are_made(server)
    assert problems(server, order) == set()


def test_a_chargeback_after_the_release_stands_in_doubt(
    server: Server, alice: Person, bob: Person, root: Person
) -> None:
    order = do(alice, delivered(server, alice, bob), "accept")
    by_hand(server, "chargeback", order["id"], says="The client’s bank took back $449.50.")
    assert bob.get("/api/payment/balance").json()["inDoubt"] == 404.55
    assert problems(server, order) == {DOUBT}
    by_hand(
        server, "chargeback", order["id"], "--won", says="The chargeback is won: $449.50 was received again."
    )
    assert "inDoubt" not in bob.get("/api/payment/balance").json()
    assert problems(server, order) == set()


def test_an_operator_decides_who_bears_a_loss(
    server: Server, alice: Person, bob: Person, root: Person
) -> None:
    order = do(alice, delivered(server, alice, bob), "accept")
    by_hand(server, "refund", order["id"], "49.50", says="The sandbox refunded $49.50.")
    done = server.command("gigflow", "settle-loss", order["id"], "As we said.", "--take-back")
    assert (done.returncode, done.stdout.strip()) == (0, "It is taken from the freelancer's balance.")
    assert bob.get("/api/payment/balance").json()["balance"] == 355.05
    row = server.db.audit.find_one({"event": "loss_settled", "subject.id": ObjectId(order["id"])})
    assert row is not None
    assert (row["via"], row["note"]) == ("machine", "As we said.")
    again = server.command("gigflow", "settle-loss", order["id"], "As we said.")
    assert (again.returncode, again.stderr.strip()) == (1, "Nothing of this order is in doubt.")
    assert problems(server, order) == set()


def test_an_admin_decides_about_the_loss_that_was_seen(
    server: Server, alice: Person, bob: Person, root: Person
) -> None:
    """An order that changed meanwhile is asked about again, with what was typed."""
    order = do(alice, delivered(server, alice, bob), "accept")
    by_hand(server, "refund", order["id"], "100", says="The sandbox refunded $100.")
    asked = root.page(root.page(f"/orders/{order['id']}").link("Decide about the loss"))
    by_hand(server, "refund", order["id"], "49.50", says="The sandbox refunded $49.50.")
    refused = asked.submit("#ask form", note="As we said.", take_back="no")
    assert refused.status == 409
    assert "$149.50 back" in refused.text
    assert refused.values("#ask form")["note"] == "As we said."
    assert refused.submit("#ask form", take_back="no").status == 200
    assert bob.get("/api/payment/balance").json()["balance"] == 404.55
    assert problems(server, order) == set()


def test_a_refund_that_fails(server: Server, alice: Person, bob: Person, root: Person) -> None:
    """It stands before the client and an admin, and can be sent again."""
    order = in_progress(server, alice, bob)
    assert root.post(f"/api/admin/orders/{order['id']}/cancel", {}).status_code == 200
    calls_are_made(server)
    by_hand(server, "fail-refund", order["id"], says="The refund of $449.50 failed at the client’s bank.")
    payment = payment_of(alice, order)
    assert payment["status"] == "refund_failed"
    assert read(alice, order)["ledger"]["unsent"] == 449.5
    for person, kind in ((alice, "refund_failed"), (root, "money_to_check")):
        assert kind in [each for each, _ in news_of_order(person, order)]
    assert UNSENT in problems(server, order)
    assert root.post(f"/api/admin/payments/{payment['id']}/refund").status_code == 200
    calls_are_made(server)
    assert sums(alice, order) == ("cancelled", 449.5, 0, 0)
    assert problems(server, order) == set()


def test_a_refund_by_hand_that_fails(server: Server, alice: Person, bob: Person, root: Person) -> None:
    order = in_progress(server, alice, bob)
    by_hand(server, "refund", order["id"], "9.50", says="The sandbox refunded $9.50.")
    by_hand(server, "fail-refund", order["id"], says="The refund of $9.50 failed at the client’s bank.")
    assert sums(alice, order) == ("disputed", 0, 0, 449.5)
    assert problems(server, order) == set()


def test_a_refund_that_is_told_before_its_payment(server: Server, alice: Person, bob: Person) -> None:
    """It has its effect when the money comes that it is about."""
    order = hired(alice, bob)
    assert checkout(alice, order).status_code == 201
    (payment,) = payments_of(server, order)
    paid = paid_event(payment)
    data = {**paid["data"], "amount_minor": 4950, "ref": f"re_{ObjectId()}"}
    assert tell(server, {"id": f"evt_{ObjectId()}", "type": "refund.made", "data": data}).status_code == 200
    assert read(alice, order)["status"] == "pending_payment"
    assert tell(server, paid).status_code == 200
    assert sums(alice, order) == ("disputed", 49.5, 0, 400)
    assert problems(server, order) == {DOUBT}


def test_a_second_charge_at_one_checkout_is_told_apart(server: Server, alice: Person, bob: Person) -> None:
    """Its refund is none of what the order took."""
    order = in_progress(server, alice, bob)
    payment = payment_of(alice, order)["id"]
    data = {"payment_id": payment, "charge_id": f"ch_{ObjectId()}", "amount_minor": 44950, "currency": "USD"}
    event = {"id": f"evt_{ObjectId()}", "type": "refund.made", "data": {**data, "ref": f"re_{ObjectId()}"}}
    assert tell(server, event).status_code == 200
    assert sums(alice, order) == ("in_progress", 0, 0, 449.5)


def test_what_cannot_be_done_is_said(server: Server, alice: Person, bob: Person) -> None:
    order = in_progress(server, alice, bob)
    for words, says in (
        (("refund", order["id"], "449.51"), "Only $449.50 is left of this payment."),
        (("refund", order["id"], "0"), "AMOUNT: the amount must be above 0."),
        (("refund", order["id"], "1.500"), "AMOUNT: This amount is ambiguous."),
        (("chargeback", order["id"], "--won"), "No chargeback of this payment is open."),
        (("fail-refund", order["id"]), "The sandbox has refunded nothing of this payment."),
        (("refund", str(ObjectId())), "Nobody has paid such a payment at the sandbox."),
    ):
        refused = server.command("gigflow", "sandbox", *words)
        assert refused.returncode != 0
        assert says in refused.stderr
    assert sums(alice, order) == ("in_progress", 0, 0, 449.5)


def test_they_are_there_only_where_the_sandbox_takes_the_money(payments_off: Server) -> None:
    refused = payments_off.command("gigflow", "sandbox", "refund", str(ObjectId()))
    assert refused.returncode == 1
    assert refused.stderr.strip() == "Error: The sandbox is not the payment provider here."
