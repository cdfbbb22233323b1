"""`flask gigflow decide …`: what an operator decides at the machine, where no admin may."""

from collections.abc import Callable
from typing import Any

import pytest
from bson import ObjectId

from tests.conftest import Join, shared
from tests.services.moderating import row_of
from tests.support.client import Person
from tests.support.invariants import Db, check_orders
from tests.support.market import news_of, offer_service, put_into
from tests.support.money import disputed, hired, in_progress, news_of_order, read
from tests.support.operator import disable, enable
from tests.support.server import Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
root = shared("Root Admin", is_admin=True)


def test_the_only_admins_own_order_is_decided_at_the_machine(
    server: Server, alice: Person, root: Person, db: Any
) -> None:
    """Both sides are told, and the record says where it was done."""
    order = disputed(server, alice, root, price=100)
    done = server.command(
        *("gigflow", "decide", "order", order["id"], "--release", "40", "--note", "Half was done.")
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "is completed: $40 released, $60 refunded." in done.stdout
    ended = read(alice, order)
    assert (ended["status"], ended["dispute"]["amount"], ended["refunded"]) == ("completed", 40, 60)
    for side in (alice, root):
        assert news_of_order(side, order)[0][0] == "order_decided"
    (row,) = db.audit.find({"subject.id": ObjectId(order["id"])})
    assert (row["event"], row["via"], row["by"], row["note"]) == (
        "order_decided",
        "machine",
        None,
        "Half was done.",
    )
    assert (row["before"]["status"], row["after"]["released_minor"]) == ("disputed", 4000)
    check_orders(db, order["id"])
    again = server.command("gigflow", "decide", "order", order["id"], "--refund")
    assert (again.returncode, "The operator decided about this order on " in again.stderr) == (1, True)


def test_an_unpaid_order_of_the_only_admin_is_called_off_at_the_machine(
    server: Server, alice: Person, root: Person, db: Any
) -> None:
    order = hired(alice, root)
    assert root.post(f"/api/admin/orders/{order['id']}/void", {}).status_code == 403
    done = server.command("gigflow", "decide", "order", order["id"], "--void", "--note", "A duplicate.")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(" is cancelled.\n")
    (row,) = db.audit.find({"subject.id": ObjectId(order["id"])})
    assert (row["event"], row["via"], row["by"], row["note"]) == (
        "order_voided",
        "machine",
        None,
        "A duplicate.",
    )
    assert news_of_order(alice, order)[0][0] == "order_cancelled"
    again = server.command("gigflow", "decide", "order", order["id"], "--void")
    assert again.returncode == 1
    assert "cancelled" in again.stderr


def test_a_stopped_order_of_the_only_admin_goes_on_by_the_machine(
    server: Server, alice: Person, root: Person, join: Join, db: Any
) -> None:
    dan = join("Dan Freelancer")
    order = in_progress(server, root, dan)
    disable(server, dan.email)
    enable(server, dan.email)
    assert root.post(f"/api/admin/orders/{order['id']}/resume", {}).status_code == 403
    done = server.command("gigflow", "decide", "order", order["id"], "--resume", "--note", "A mistake.")
    assert (done.returncode, done.stderr) == (0, "")
    assert read(root, order)["status"] == "in_progress"
    row = db.audit.find_one({"subject.id": ObjectId(order["id"]), "event": "order_resumed"})
    assert (row["via"], row["by"], row["note"]) == ("machine", None, "A mistake.")
    check_orders(db, order["id"])


def test_the_only_admins_own_service_is_decided_at_the_machine(server: Server, root: Person, db: Db) -> None:
    service = put_into(db, offer_service(root, title="Atlas"), "pending")
    steps = (("--approve", "", "live"), ("--take-down", "Forbidden.", "rejected"))
    for option, note, status in steps:
        words = ["gigflow", "decide", "service", service["id"], option, *([note] if note else [])]
        done = server.command(*words)
        assert (done.returncode, done.stdout) == (0, f"“Atlas” is {status}.\n"), done.stderr
        assert row_of(db, service)["status"] == status
    assert [event for event, _ in news_of(root, service)] == ["service_taken_down", "service_approved"]
    rows = list(db.audit.find({"subject.id": ObjectId(service["id"])}).sort("_id"))
    assert [(row["event"], row["via"], row["note"]) for row in rows] == [
        ("service_approved", "machine", ""),
        ("service_taken_down", "machine", "Forbidden."),
    ]


WRONG: dict[str, tuple[Callable[[str], list[str]], str]] = {
    "both": (lambda it: [it, "--refund", "--release", "1"], "Choose one of"),
    "end and go on": (lambda it: [it, "--void", "--resume"], "Choose one of"),
    "not stopped": (lambda it: [it, "--resume"], "This order"),
    "no amount": (lambda it: [it, "--release", "much"], "--release:"),
    "too much": (lambda it: [it, "--release", "1000"], "That is more than is held."),
    "nothing": (lambda it: ["f" * 24, "--refund"], "There is no such order."),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_decided_says_so(what: str, server: Server, alice: Person, bob: Person) -> None:
    words, said = WRONG[what]
    order = disputed(server, alice, bob, price=100) if what == "too much" else hired(alice, bob)
    refused = server.command("gigflow", "decide", "order", *words(order["id"]))
    assert refused.returncode != 0
    assert said in refused.stderr
    assert read(alice, order)["status"] == order["status"]
