"""Orders of people who are shut out: voided or put before an admin, and nothing goes on in them (docs/domain.md,
Shutting out).
"""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from gigflow.accounts import leaving
from gigflow.core.clock import now
from gigflow.core.db import Db
from tests.conftest import Join
from tests.support.client import Client, Json, Person
from tests.support.invariants import check_jobs, check_orders
from tests.support.market import code_of, hire, place_bid, post_job
from tests.support.money import (
    bought,
    buy,
    delivered,
    disputed,
    do,
    hired,
    in_progress,
    let_time_pass,
    news_of_money,
    news_of_order,
    pay_at,
    read,
    tell,
    try_to,
)
from tests.support.operator import disable, enable, shut_in_this_moment
from tests.support.server import Server

SIDES = pytest.mark.parametrize("gone", ["client", "freelancer"])


def stored(server: Server, order: Json) -> Json:
    found = server.db.orders.find_one({"_id": ObjectId(order["id"])})
    assert found is not None
    return found


def acts_about(server: Server, order: Json) -> list[str]:
    """What the record has about an order, in the order of writing."""
    rows = server.db.audit.find({"subject.id": ObjectId(order["id"])}).sort("at")
    return [row["event"] for row in rows]


@SIDES
def test_an_unpaid_order_is_voided(gone: str, server: Server, alice: Person, bob: Person, join: Join) -> None:
    """S2: the job is closed if its client is gone; else it is open again, without the bid of who is gone."""
    job = post_job(alice)
    other = place_bid(join("Charlie Stranger"), job)
    bid = place_bid(bob, job)
    order = hire(alice, bid).json()["order"]
    gone_person, here = (alice, bob) if gone == "client" else (bob, alice)
    disable(server, gone_person.email)
    ended = read(here, order)
    assert (ended["status"], ended["timeline"][-1]["name"], ended["timeline"][-1]["actor"]) == (
        "cancelled",
        "void",
        "admin",
    )
    statuses = {
        str(row["_id"]): row["status"] for row in server.db.bids.find({"gig_id": ObjectId(job["id"])})
    }
    shown = join("Somebody").get(f"/api/gigs/{job['id']}").json()["status"]
    if gone == "client":
        assert (shown, statuses) == ("closed", {bid["id"]: "rejected", other["id"]: "rejected"})
    else:
        assert (shown, statuses) == ("open", {bid["id"]: "withdrawn", other["id"]: "pending"})
    assert "order_cancelled" in [kind for kind, _ in news_of_order(here, order)]
    assert acts_about(server, order) == ["order_voided"]
    check_orders(server.db, order["id"])
    check_jobs(server.db, job["id"])


@SIDES
@pytest.mark.parametrize("make", [in_progress, delivered])
def test_a_paid_order_is_put_before_an_admin(
    gone: str, make: Any, server: Server, alice: Person, bob: Person, root: Person
) -> None:
    """S2: nobody delivers, accepts or settles in it, neither does time, and an admin is told."""
    order = make(server, alice, bob)
    gone_person, here = (alice, bob) if gone == "client" else (bob, alice)
    disable(server, gone_person.email)
    stopped = read(here, order)
    assert (stopped["status"], stopped["dispute"]["by"], stopped["nextWho"]) == ("disputed", "admin", "admin")
    assert f"the {gone}’s account was closed" in stopped["next"]
    assert stored(server, order)["escalated_for"] == gone
    for step, said in (
        ("deliver", {"message": "Here."}),
        ("accept", {}),
        ("cancel", {"reason": "Enough."}),
        ("dispute/offer", {"amount": 100}),
    ):
        refused = try_to(here, order, step, **said)
        assert refused.status_code in (403, 409), (step, refused.text)
    assert code_of(try_to(here, order, "dispute/offer", amount=100)) == "person_shut_out"
    let_time_pass(server, days=40)
    assert read(here, order)["status"] == "disputed"
    assert any(kind == "dispute_to_decide" for kind, _ in news_of_order(root, order))
    assert acts_about(server, order) == ["order_escalated"]
    page = here.page(f"/orders/{order['id']}")
    assert "An admin decides about this order" in page.text
    assert page.all("a[href$='/number']") == []
    check_orders(server.db, order["id"])


def test_an_admin_decides_and_what_was_earned_is_theirs(
    server: Server, alice: Person, bob: Person, root: Person
) -> None:
    order = delivered(server, alice, bob)
    disable(server, bob.email)
    done = root.post(f"/api/admin/orders/{order['id']}/complete", {"note": "The work is right."})
    assert (done.status_code, done.json()["status"]) == (200, "completed")
    check_orders(server.db, order["id"])


@pytest.mark.parametrize("make", [in_progress, delivered])
def test_an_order_is_resumed_once_the_account_is_open_again(
    make: Any, server: Server, alice: Person, bob: Person, root: Person
) -> None:
    """It is what it was, and its dates have moved by the time that was lost."""
    order = make(server, alice, bob)
    disable(server, bob.email)
    refused = root.post(f"/api/admin/orders/{order['id']}/resume", {})
    assert (refused.status_code, code_of(refused)) == (409, "person_shut_out")
    enable(server, bob.email)
    lost = timedelta(days=2)
    server.db.orders.update_one({"_id": ObjectId(order["id"])}, {"$set": {"paused.at": now() - lost}})
    page = root.page(f"/orders/{order['id']}")
    asked = root.page(page.link("Resume the order"))
    done = asked.submit("#ask form", note="A mistake.")
    assert (done.status, done.path) == (200, f"/orders/{order['id']}")
    resumed = read(alice, order)
    assert (resumed["status"], resumed["dispute"]["status"]) == (order["status"], "resumed")
    for date in ("dueAt", "acceptBy"):
        assert (resumed[date] is None) == (order[date] is None)
    assert stored(server, order)["due_at"] > now() + timedelta(days=15)
    assert acts_about(server, order) == ["order_escalated", "order_resumed"]
    assert try_to(alice, order, "cancel", reason="Enough.").status_code == 200
    check_orders(server.db, order["id"])


def test_an_order_in_which_a_number_was_named_is_not_resumed(
    server: Server, alice: Person, bob: Person, root: Person
) -> None:
    order = in_progress(server, alice, bob)
    disable(server, bob.email)
    enable(server, bob.email)
    do(alice, order, "dispute/offer", amount=100)
    refused = root.post(f"/api/admin/orders/{order['id']}/resume", {})
    assert (refused.status_code, code_of(refused)) == (409, "number_named")


def test_a_dispute_of_before_is_theirs_again(
    server: Server, alice: Person, bob: Person, root: Person
) -> None:
    """Nobody names a number while one side is shut out; then both can, as before."""
    order = disputed(server, alice, bob)
    disable(server, bob.email)
    assert read(alice, order)["nextWho"] == "admin"
    assert code_of(try_to(alice, order, "dispute/offer", amount=100)) == "person_shut_out"
    enable(server, bob.email)
    assert read(alice, order)["nextWho"] == "both"
    assert code_of(root.post(f"/api/admin/orders/{order['id']}/resume", {})) == "not_paused"
    do(alice, order, "dispute/offer", amount=100)


def test_money_on_its_way_goes_back(server: Server, alice: Person, bob: Person) -> None:
    """S2: the checkout was open when its freelancer was shut out."""
    order = hired(alice, bob)
    address = alice.post("/api/payment/checkout", {"orderId": order["id"]}).json()["checkoutUrl"]
    # Its account is shut in this very moment, and nothing has been ended yet.
    shut_in_this_moment(server, bob.id)
    paid = pay_at(address)
    again = alice.post("/api/payment/checkout", {"orderId": order["id"]})
    assert again.status_code == 409, again.text
    tell(server, news_of_money(server, paid))
    assert read(alice, order)["status"] == "pending_payment"
    payment = server.db.payments.find_one({"order_id": ObjectId(order["id"])})
    assert payment is not None
    assert payment["status"] in ("refund_due", "refunded")
    # Whoever ticks next goes on with it.
    disable(server, bob.email)
    assert read(alice, order)["status"] == "cancelled"
    check_orders(server.db, order["id"])


def test_an_admin_voids_an_unpaid_order(server: Server, alice: Person, bob: Person, root: Person) -> None:
    """S5: by the page, without JavaScript; both hear, and the job is open again with its bid."""
    job = post_job(alice)
    bid = place_bid(bob, job)
    order = hire(alice, bid).json()["order"]
    page = root.page(f"/orders/{order['id']}")
    asked = root.page(page.link("Cancel the order"))
    silent = asked.submit("#ask form", note=" ")
    assert (silent.status, "Give a reason." in silent.text) == (400, True)
    done = asked.submit("#ask form", note="A duplicate.")
    assert (done.status, done.path) == (200, f"/orders/{order['id']}")
    assert "An admin cancelled the order before payment" in done.text
    for person in (alice, bob):
        assert "order_cancelled" in [kind for kind, _ in news_of_order(person, order)]
    assert alice.get(f"/api/gigs/{job['id']}").json()["status"] == "open"
    row = server.db.audit.find_one({"subject.id": ObjectId(order["id"])})
    assert row is not None
    assert (row["event"], str(row["by"]), row["note"], row["before"]["status"], row["after"]["status"]) == (
        "order_voided",
        root.id,
        "A duplicate.",
        "pending_payment",
        "cancelled",
    )
    again = root.post(f"/api/admin/orders/{order['id']}/void", {})
    assert (again.status_code, code_of(again)) == (409, "order_state")
    check_orders(server.db, order["id"])
    check_jobs(server.db, job["id"])


def test_a_service_of_somebody_shut_out_is_not_bought(server: Server, alice: Person, bob: Person) -> None:
    """Its unpaid orders are voided too."""
    order = bought(alice, bob)
    disable(server, bob.email)
    assert read(alice, order)["status"] == "cancelled"
    service = {"id": order["gigId"]}
    refused = buy(alice, service)
    assert (refused.status_code, code_of(refused)) == (409, "service_state")


def test_nobody_decides_about_their_own(server: Server, alice: Person, root: Person, visitor: Client) -> None:
    order = hired(root, alice)
    refused = root.post(f"/api/admin/orders/{order['id']}/void", {})
    assert (refused.status_code, code_of(refused)) == (403, "own_order")


def test_the_record_of_shutting_and_opening(server: Server, alice: Person, bob: Person) -> None:
    """Who was shut out, what that changed, and why; of an order it names both sides."""
    order = disputed(server, alice, bob)
    db = Db(server.mongo_uri, server.mongo_db)
    leaving.disable_account(db, alice.email, now(), why="Fraud.")
    leaving.enable_account(db, alice.email, now(), why="A mistake.")
    db.client.close()
    shut, opened = server.db.audit.find({"subject.id": ObjectId(alice.id)}).sort("at")
    assert [(row["event"], row["subject"]["kind"], row["note"]) for row in (shut, opened)] == [
        ("disabled", "user", "Fraud."),
        ("enabled", "user", "A mistake."),
    ]
    assert shut["before"] == opened["after"] == {"disabled_at": None}
    assert shut["after"]["disabled_at"] == opened["before"]["disabled_at"] is not None
    left, back = server.db.audit.find({"subject.id": ObjectId(order["id"])}).sort("at")
    assert [(row["event"], row["batch"]) for row in (left, back)] == [
        ("dispute_left_to_admin", shut["_id"]),
        ("dispute_given_back", opened["_id"]),
    ]
    assert (left["before"]["escalated_for"], left["after"]["escalated_for"]) == (None, "client")
    assert (back["before"]["escalated_for"], back["after"]["escalated_for"]) == ("client", None)
    assert stored(server, order)["version"] == back["after"]["version"]
    both = {"client_id": ObjectId(alice.id), "freelancer_id": ObjectId(bob.id)}
    assert [(row["user_id"], row["data"]) for row in (left, back)] == [(ObjectId(bob.id), both)] * 2
