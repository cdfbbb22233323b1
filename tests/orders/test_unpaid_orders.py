"""Orders that end before they are paid: their door is open again (docs/states.md)."""

from typing import Any

import pytest
from bson import ObjectId

from tests.conftest import Join, shared
from tests.support.client import Person
from tests.support.invariants import check_at_provider, check_jobs, check_orders
from tests.support.market import add_image, code_of, hire, news_of, offer_service, place_bid, post_job
from tests.support.money import (
    bought,
    buy,
    calls_are_made,
    checkout,
    do,
    hired,
    let_time_pass,
    news_of_order,
    pay,
    pay_at,
    payments_of,
    read,
)
from tests.support.server import Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")


def test_the_client_calls_a_hire_off(
    server: Server, alice: Person, bob: Person, charlie: Person, db: Any
) -> None:
    """The bid is pending again, so are those that the hire had rejected, and any of them can be hired."""
    gig = post_job(alice, title="Poster")
    bid, other = place_bid(bob, gig), place_bid(charlie, gig)
    first = hire(alice, bid, key="first").json()["order"]
    ended = do(alice, first, "cancel", reason="No money.")
    assert (ended["status"], ended["next"]) == (
        "cancelled",
        "Cancelled before payment.",
    )
    assert (ended["timeline"][-1]["actor"], ended["timeline"][-1]["name"]) == ("client", "call_off")
    assert news_of_order(bob, first)[0] == (
        "order_cancelled",
        "Alice Owner cancelled “Poster” before payment. Nothing was paid, and nothing is charged.",
    )
    assert news_of(charlie, gig)[0] == ("job_reopened", "“Poster” is open again, and so is your bid.")
    shown = alice.get(f"/api/gigs/{gig['id']}").json()
    assert (shown["status"], shown["bidCount"]) == ("open", 2)
    bids = alice.get(f"/api/bids/{gig['id']}").json()["bids"]
    assert {each["id"]: each["status"] for each in bids} == {bid["id"]: "pending", other["id"]: "pending"}
    check_jobs(db, gig["id"])
    check_orders(db, first["id"])

    second = hire(alice, bid, key="first").json()["order"]
    assert second["id"] != first["id"], "the key of a hire that came to nothing means nothing any more"
    assert charlie.get("/api/bids/mine").json()["bids"][0]["status"] == "rejected"
    do(alice, second, "cancel")
    third = hire(alice, other).json()["order"]
    assert (third["freelancerId"], pay(server, alice, third)["status"]) == (charlie.id, "in_progress")
    check_jobs(db, gig["id"])
    check_orders(db, first["id"], second["id"], third["id"])


def test_the_freelancer_calls_a_hire_off(alice: Person, bob: Person, charlie: Person, db: Any) -> None:
    """Their bid is withdrawn with it; they may bid again."""
    gig = post_job(alice, title="Poster")
    bid, other = place_bid(bob, gig), place_bid(charlie, gig)
    do(bob, hire(alice, bid).json()["order"], "cancel", reason="No time.")
    bids = alice.get(f"/api/bids/{gig['id']}").json()["bids"]
    assert {each["id"]: each["status"] for each in bids} == {bid["id"]: "withdrawn", other["id"]: "pending"}
    assert alice.get(f"/api/gigs/{gig['id']}").json()["bidCount"] == 1
    assert hire(alice, bid).status_code == 409
    check_jobs(db, gig["id"])
    again = place_bid(bob, gig)
    assert hire(alice, again).status_code == 200
    check_jobs(db, gig["id"])


def test_a_bid_that_was_rejected_before_stays_so(
    alice: Person, bob: Person, charlie: Person, db: Any
) -> None:
    """Only those that this hire had decided about come back."""
    gig = post_job(alice)
    bid, gone = place_bid(bob, gig), place_bid(charlie, gig)
    charlie.patch(f"/api/bids/{gone['id']}/withdraw")
    do(alice, hire(alice, bid).json()["order"], "cancel")
    statuses = {each["id"]: each["status"] for each in alice.get(f"/api/bids/{gig['id']}").json()["bids"]}
    assert statuses == {bid["id"]: "pending", gone["id"]: "withdrawn"}
    assert [kind for kind, _ in news_of(charlie, gig)] == []
    assert alice.delete(f"/api/gigs/{gig['id']}").json()["status"] == "closed"
    check_jobs(db, gig["id"])


def test_who_has_left_does_not_come_back(
    server: Server, alice: Person, bob: Person, join: Join, db: Any
) -> None:
    """A bid of somebody who has gone meanwhile is withdrawn, as it would have been when they went."""
    charlie = join("Charlie Stranger")
    gig = post_job(alice)
    bid, gone = place_bid(bob, gig), place_bid(charlie, gig)
    order = hire(alice, bid).json()["order"]
    assert charlie.delete("/api/auth/account", {"password": charlie.password}).status_code == 200
    do(alice, order, "cancel")
    statuses = {each["id"]: each["status"] for each in alice.get(f"/api/bids/{gig['id']}").json()["bids"]}
    assert statuses == {bid["id"]: "pending", gone["id"]: "withdrawn"}
    assert alice.get(f"/api/gigs/{gig['id']}").json()["bidCount"] == 1


def test_what_is_not_paid_in_a_week_ends(server: Server, alice: Person, bob: Person, db: Any) -> None:
    order = hired(alice, bob, title="Poster")
    let_time_pass(server, days=6, hours=23)
    assert read(alice, order)["status"] == "pending_payment"
    let_time_pass(server, days=7, seconds=1)
    ended = read(alice, order)
    assert (ended["status"], ended["timeline"][-1]["actor"], ended["timeline"][-1]["name"]) == (
        "cancelled",
        "time",
        "expire",
    )
    for person in (alice, bob):
        assert (
            "order_cancelled",
            "“Poster” was cancelled because the payment deadline passed. Nothing was paid, and nothing is charged.",
        ) in news_of_order(person, order)
    assert bob.get("/api/bids/mine").json()["bids"][0]["status"] == "pending"
    refused = checkout(alice, order)
    assert (refused.status_code, code_of(refused)) == (409, "order_state")
    check_jobs(db, order["gigId"])


@pytest.mark.parametrize("who", ["client", "freelancer", "time"])
def test_a_purchase_that_is_not_paid(
    who: str, server: Server, alice: Person, bob: Person, charlie: Person, db: Any
) -> None:
    """It counts no more as one of the service's orders, its checkout is over, and it can be bought again."""
    service = offer_service(bob)
    other = buy(charlie, service).json()["order"]
    asked = buy(alice, service).json()
    order = asked["order"]
    assert db.gigs.find_one({"_id": ObjectId(service["id"])})["order_count"] == 2
    if who == "time":
        let_time_pass(server, days=7, seconds=1)
    else:
        do(alice if who == "client" else bob, order, "cancel")
    assert read(alice, order)["status"] == "cancelled"
    # The other client's has had its time too, or goes on.
    counted = 0 if who == "time" else 1
    assert db.gigs.find_one({"_id": ObjectId(service["id"])})["order_count"] == counted
    assert payments_of(server, order)[0]["status"] == "expired"
    if who != "time":  # the checkout is ended when the time has come
        calls_are_made(server)
        over = pay_at(asked["checkoutUrl"])
        assert (over.status_code, code_of(over)) == (409, "checkout_over")
    again = buy(alice, service)
    assert (again.status_code, again.json()["order"]["id"] != order["id"]) == (201, True)
    check_orders(db, order["id"], other["id"], again.json()["order"]["id"])
    check_at_provider(db, order["id"])


def test_buying_again_before_paying_is_the_same_order(alice: Person, bob: Person, db: Any) -> None:
    service = offer_service(bob)
    first, again = buy(alice, service), buy(alice, service)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert db.orders.count_documents({"gig_id": ObjectId(service["id"])}) == 1
    assert db.gigs.find_one({"_id": ObjectId(service["id"])})["order_count"] == 1


def test_an_old_purchase_is_not_paid_at_a_price_that_nobody_sees(alice: Person, bob: Person) -> None:
    """docs/domain.md, The price that one saw: neither the older, lower one nor the older, higher one."""
    service = offer_service(bob, price=120)
    order = buy(alice, service, price=120, version=1).json()["order"]
    bob.patch(f"/api/gigs/{service['id']}", {"price": 90})
    outdated = buy(alice, service, price=120)
    assert (outdated.status_code, code_of(outdated)) == (409, "terms_changed")
    for seen in ({"price": 90}, {"version": 2}):
        refused = buy(alice, service, **seen)
        assert (refused.status_code, code_of(refused)) == (409, "already_ordered")
    assert buy(alice, service).json()["order"]["price"] == 120  # whoever asks for no price gets the order
    do(alice, order, "cancel")
    assert buy(alice, service, price=90).json()["order"]["price"] == 90
    bob.post(f"/api/gigs/{service['id']}/pause")
    for seen in ({"price": 91}, {"version": 99}):
        refused = buy(alice, service, **seen)
        assert (refused.status_code, code_of(refused)) == (409, "terms_changed")
    assert buy(alice, service, price=90).json()["order"]["price"] == 90


def test_only_a_term_makes_other_terms(alice: Person, bob: Person) -> None:
    """Pictures, a pause, and a save that changed nothing are no reason to refuse who saw the terms before."""
    service = offer_service(bob)
    path = f"/api/gigs/{service['id']}"
    add_image(bob, service)
    for event in ("pause", "resume"):
        bob.post(f"{path}/{event}")
    saved = bob.patch(path, {"category": service["category"]}).json()
    assert saved["version"] > service["version"]
    order = buy(alice, service, price=service["price"], version=service["version"])
    assert order.status_code == 201, order.text
    do(alice, order.json()["order"], "cancel")
    changed = bob.patch(path, {"revisions": service["revisions"] + 1}).json()
    for version in (saved["version"], changed["version"] + 1):
        refused = buy(alice, service, version=version)
        assert (refused.status_code, code_of(refused)) == (409, "terms_changed")
    assert buy(alice, service, version=changed["version"]).status_code == 201


def test_a_paid_purchase_is_no_obstacle_to_the_next(server: Server, alice: Person, bob: Person) -> None:
    service = offer_service(bob)
    first = pay(server, alice, buy(alice, service).json()["order"])
    second = buy(alice, service).json()["order"]
    assert (second["status"], second["id"] != first["id"]) == ("pending_payment", True)


def test_what_cannot_be_bought(server: Server, alice: Person, bob: Person, charlie: Person, db: Any) -> None:
    """Invariants 4 and 5: not one's own, not a job, and nothing that is not on offer."""
    service, job = offer_service(bob), post_job(bob)
    own = buy(bob, service)
    assert (own.status_code, code_of(own)) == (403, "own_gig")
    assert (buy(alice, job).status_code, buy(alice, {"id": "f" * 24}).status_code) == (404, 404)
    bob.post(f"/api/gigs/{service['id']}/pause")
    paused = buy(alice, service)
    assert (paused.status_code, code_of(paused)) == (409, "service_state")
    draft = offer_service(bob, draft=True)
    assert (buy(alice, draft).status_code, code_of(buy(bob, draft))) == (404, "own_gig")
    both = alice.post("/api/payment/checkout", {"gigId": service["id"], "orderId": "f" * 24})
    neither = alice.post("/api/payment/checkout", {})
    assert [(each.status_code, each.json()["error"]["fields"].keys()) for each in (both, neither)] == [
        (400, {"gigId"})
    ] * 2
    ids = [ObjectId(each["id"]) for each in (service, job, draft)]
    assert db.orders.count_documents({"gig_id": {"$in": ids}}) == 0


def test_a_service_that_is_bought_goes_its_own_way(server: Server, alice: Person, bob: Person) -> None:
    """Its state is none of the order's business, and the order's none of its."""
    order = pay(server, alice, bought(alice, bob))
    bob.post(f"/api/gigs/{order['gigId']}/pause")
    do(bob, order, "deliver", message="Here.")
    do(alice, order, "accept")
    assert bob.get(f"/api/gigs/{order['gigId']}").json()["status"] == "paused"
