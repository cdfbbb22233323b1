"""Asking to cancel a paid order: agreed, refused, taken back, or not answered (docs/states.md)."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.conftest import shared
from tests.support.client import Json, Person
from tests.support.invariants import check_at_provider, check_jobs, check_orders
from tests.support.market import code_of
from tests.support.money import (
    calls_are_made,
    delivered,
    do,
    hired,
    in_progress,
    let_time_pass,
    news_of_order,
    pay,
    read,
    try_to,
)
from tests.support.server import Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")


def other(person: Person, alice: Person, bob: Person) -> Person:
    return bob if person is alice else alice


@pytest.mark.parametrize("asks", ["client", "freelancer"])
@pytest.mark.parametrize("start", [in_progress, delivered], ids=["in progress", "delivered"])
def test_both_agree(asks: str, start: Any, server: Server, alice: Person, bob: Person, db: Any) -> None:
    """All of it goes back, at the provider too, and the job has come to its end."""
    order = start(server, alice, bob, price=250, title="Poster")
    before = bob.get("/api/payment/balance").json()["balance"]
    asker = alice if asks == "client" else bob
    answerer = other(asker, alice, bob)
    asked = do(asker, order, "cancel", reason="Plans have changed.")
    assert asked["status"] == order["status"]
    request = asked["cancellation"]
    assert (request["by"], request["reason"]) == (asks, "Plans have changed.")
    waits = datetime.fromisoformat(request["answerBy"]) - datetime.fromisoformat(request["createdAt"])
    assert waits == timedelta(hours=72)
    assert f"{answerer.name} has until " in asked["next"]
    assert asked["nextBy"] == request["answerBy"]
    assert news_of_order(answerer, order)[0] == (
        "cancellation_asked",
        f"{asker.name} asks to cancel “Poster”.",
    )
    ended = do(answerer, order, "cancel/answer", agree=True)
    assert (ended["status"], ended["released"], ended["refunded"], ended["cancellation"]) == (
        "cancelled",
        0,
        250,
        None,
    )
    whom = "Alice Owner" if answerer is bob else "you"
    assert ended["next"] == f"Cancelled. $250 was refunded to {whom}."
    assert (ended["ledger"]["refunded"], ended["ledger"]["remaining"]) == (250, 0)
    assert news_of_order(asker, order)[0][0] == "order_cancelled"
    assert alice.get(f"/api/gigs/{order['gigId']}").json()["status"] == "cancelled"
    assert bob.get("/api/payment/balance").json()["balance"] == before
    calls_are_made(server)
    paid = alice.get(f"/api/payment/orders/{order['id']}").json()
    assert (paid["status"], paid["payment"]["refunded"]) == ("refunded", 250)
    check_orders(db, order["id"])
    check_jobs(db, order["gigId"])
    check_at_provider(db, order["id"])


def test_a_cancellation_request_is_refused_or_taken_back_and_the_work_goes_on(
    server: Server, alice: Person, bob: Person, db: Any
) -> None:
    order = in_progress(server, alice, bob, title="Poster")
    do(alice, order, "cancel")
    again = try_to(bob, order, "cancel")
    assert (again.status_code, code_of(again)) == (409, "cancellation_open")
    own = try_to(alice, order, "cancel/answer", agree=True)
    assert (own.status_code, code_of(own)) == (403, "not_your_side")
    assert bob.delete(f"/api/orders/{order['id']}/cancel").status_code == 403
    refused = do(bob, order, "cancel/answer", agree=False)
    assert (refused["status"], refused["cancellation"]) == ("in_progress", None)
    assert "Bob Bidder has to deliver" in refused["next"]
    assert news_of_order(alice, order)[0] == (
        "cancellation_answered",
        "Bob Bidder declined to cancel “Poster”. The order continues.",
    )
    nothing = try_to(bob, order, "cancel/answer", agree=True)
    assert (nothing.status_code, code_of(nothing)) == (409, "no_cancellation")

    do(bob, order, "cancel", reason="Too much.")
    taken_back = bob.delete(f"/api/orders/{order['id']}/cancel")
    assert (taken_back.status_code, taken_back.json()["cancellation"]) == (200, None)
    assert bob.delete(f"/api/orders/{order['id']}/cancel").status_code == 409
    do(bob, order, "deliver", message="Here.")
    do(alice, order, "accept")
    statuses = [row["status"] for row in db.cancellations.find().sort("_id", -1).limit(2)]
    assert sorted(statuses) == ["refused", "taken_back"]
    check_orders(db, order["id"])


def test_an_answer_to_a_cancellation_request_that_is_gone(server: Server, alice: Person, bob: Person) -> None:
    """The page and the API say how the order stands now, whatever was pressed."""
    order = in_progress(server, alice, bob)
    path = f"/orders/{order['id']}"
    do(alice, order, "cancel", reason="We moved.")
    page = bob.page(f"{path}/cancel")
    assert alice.delete(f"/api{path}/cancel").status_code == 200
    for late in (page.submit("#ask form", agree="y"), page.submit("#ask form", agree="no")):
        assert late.status == 409
        assert "Nobody is asking to cancel this order. This order is being worked on." in late.text
    empty = bob.fragment("POST", f"{path}/cancel/answer", at=path)
    assert (empty.status, "Nobody is asking to cancel this order." in empty.text) == (409, True)
    assert read(bob, order)["status"] == "in_progress"


def test_what_is_called_off_is_not_asked_about(server: Server, alice: Person, bob: Person) -> None:
    """It was paid while somebody read that nothing is paid yet: "Cancel the order" does not ask to cancel."""
    order = hired(alice, bob)
    page = bob.page(f"/orders/{order['id']}/cancel")
    pay(server, alice, order)
    late = page.submit("#ask form")
    assert (late.status, "This order is being worked on." in late.text) == (409, True)
    assert read(bob, order)["cancellation"] is None
    assert late.submit("#ask form", reason="We moved.").status == 200  # what the page asks now
    assert read(bob, order)["cancellation"]["reason"] == "We moved."


def test_a_delivery_that_comes_too_late_keeps_its_words(server: Server, alice: Person, bob: Person) -> None:
    order = in_progress(server, alice, bob)
    page = bob.page(f"/orders/{order['id']}/deliver")
    do(alice, order, "dispute", reason="Nothing comes.")
    late = page.submit("#ask form", message="Here it is.")
    assert (late.status, "This order is disputed." in late.text) == (409, True)
    assert late.values("#ask form")["message"].strip() == "Here it is."


def test_silence_becomes_a_dispute(server: Server, alice: Person, bob: Person, db: Any) -> None:
    order = in_progress(server, alice, bob, title="Poster")
    do(alice, order, "cancel", reason="No.")
    for hours in (48, 71):
        let_time_pass(server, hours=hours, minutes=1)
    assert read(alice, order)["status"] == "in_progress"
    reminder = (
        "order_reminder",
        "Respond to the cancellation request for “Poster”, or it becomes a dispute in 24 hours.",
    )
    assert reminder in news_of_order(bob, order)
    assert reminder not in news_of_order(alice, order)
    let_time_pass(server, hours=72, seconds=1)
    order = read(alice, order)
    assert (order["status"], order["cancellation"], order["dispute"]["by"]) == ("disputed", None, "time")
    assert re.fullmatch(
        r"Both sides can propose an amount by .+; otherwise an admin decides\.", order["next"]
    )
    assert (order["timeline"][-1]["actor"], order["timeline"][-1]["name"]) == ("time", "escalate")
    for person in (alice, bob):
        assert "order_disputed" in [kind for kind, _ in news_of_order(person, order)]
    assert try_to(bob, order, "cancel/answer", agree=True).status_code == 409
    check_orders(db, order["id"])


def test_a_cancellation_request_stops_the_automatic_acceptance(
    server: Server, alice: Person, bob: Person, db: Any
) -> None:
    """And accepting closes the cancellation request."""
    order = delivered(server, alice, bob)
    before = order["acceptBy"]
    do(bob, order, "cancel")
    let_time_pass(server, days=2, hours=23)
    let_time_pass(server, hours=1)  # whichever comes first, nothing is accepted
    assert read(alice, order)["status"] == "delivered"
    kept = do(alice, order, "cancel/answer", agree=False)
    assert kept["acceptBy"] > before  # the time that the question took is added
    do(alice, order, "cancel")
    done = do(alice, order, "accept")
    assert (done["status"], done["released"], done["cancellation"]) == ("completed", 404.55, None)
    check_orders(db, order["id"])


@pytest.mark.parametrize("steps", [["deliver"], ["deliver", "revise"], ["deliver", "revise", "deliver"]])
@pytest.mark.parametrize("how", ["refuse", "take back"])
def test_the_work_may_go_on_beside_a_cancellation_request(
    how: str, steps: list[str], server: Server, alice: Person, bob: Person, db: Any
) -> None:
    """And what was delivered meanwhile counts as accepted in its time."""
    order: Json = in_progress(server, alice, bob)
    do(alice, order, "cancel")
    for step in steps:
        order = do(bob if step == "deliver" else alice, order, step, message="So.")
        assert order["cancellation"]["by"] == "client"
    if how == "refuse":
        order = do(bob, order, "cancel/answer", agree=False)
    else:
        order = alice.delete(f"/api/orders/{order['id']}/cancel").json()
    is_delivered = steps[-1] == "deliver"
    assert (order["status"], order["acceptBy"] is not None) == (
        "delivered" if is_delivered else "in_progress",
        is_delivered,
    )
    let_time_pass(server, days=14, minutes=1)
    assert read(alice, order)["status"] == ("completed" if is_delivered else "in_progress")
    check_orders(db, order["id"])


def test_reminders_go_on_with_the_work(server: Server, alice: Person, bob: Person) -> None:
    order = in_progress(server, alice, bob, title="Poster")
    do(alice, order, "cancel")
    do(bob, order, "cancel/answer", agree=False)
    let_time_pass(server, days=13, hours=1)
    assert (
        "order_reminder",
        "“Poster” is due in 23 hours; after that it is overdue and the client is notified.",
    ) in news_of_order(bob, order)
    do(bob, order, "deliver", message="Here.")
    do(alice, order, "cancel")
    assert alice.delete(f"/api/orders/{order['id']}/cancel").status_code == 200
    let_time_pass(server, days=13, hours=1)
    reminder = (
        "order_reminder",
        "Review “Poster”: it is accepted automatically in 23 hours, and the money is released.",
    )
    assert news_of_order(alice, order).count(reminder) == 1
