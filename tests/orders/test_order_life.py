"""What happens to an order that goes well: agreed, paid, delivered, changed, accepted (docs/states.md)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from tests.conftest import Join, shared
from tests.support.client import Client, Json, Person
from tests.support.invariants import check_at_provider, check_jobs, check_orders
from tests.support.market import code_of, hire, news_of, offer_service, place_bid, post_job
from tests.support.money import (
    bought,
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
charlie = shared("Charlie Stranger")
root = shared("Root Admin", is_admin=True)

ORDER_FIELDS = {
    "id", "_id", "source", "gigId", "title", "clientId", "freelancerId", "client", "freelancer", "terms", "price",
    "fee", "currency", "status", "next", "nextWho", "nextBy", "revisionsLeft", "cancellation", "released", "refunded",
    "payBy", "paidAt", "dueAt", "acceptBy", "endedAt", "createdAt", "updatedAt", "version",
}  # fmt: skip
DETAILS = {"timeline", "deliveries", "ledger", "dispute"}
STEPS = {
    "deliver": {"message": "Here."},
    "revise": {"message": "Bluer."},
    "accept": {},
    "cancel": {"reason": "No."},
    "cancel/answer": {"agree": True},
    "dispute": {"reason": "No."},
    "dispute/offer": {"amount": 1},
}


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def days(order: Json, start: str, end: str) -> float:
    """How many days lie between two moments of an order."""
    return (at(order[end]) - at(order[start])) / timedelta(days=1)


def spoken(moment: str) -> str:
    return at(moment).astimezone(UTC).strftime("%a %-d %b, %H:%M UTC")


def test_a_hire_makes_the_order(alice: Person, bob: Person, db: Any) -> None:
    gig = post_job(alice, title="Poster", description="A2, two colours.")
    bid = place_bid(bob, gig, price=200, message="With ink.", deliveryDays=5)
    order = hire(alice, bid).json()["order"]
    assert order.keys() == ORDER_FIELDS
    assert (order["status"], order["source"]) == (
        "pending_payment",
        {"type": "bid", "id": bid["id"], "_id": bid["id"]},
    )
    assert (order["client"], order["freelancer"]) == (
        {"id": alice.id, "_id": alice.id, "name": alice.name},
        {"id": bob.id, "_id": bob.id, "name": bob.name},
    )
    assert order["terms"] == {
        "title": "Poster",
        "text": "A2, two colours.",
        "message": "With ink.",
        "price": 200,
        "deliveryDays": 5,
        "revisions": 3,
        "files": [],
        "messageFiles": [],
    }
    assert (order["price"], order["fee"], order["currency"]) == (200, 20, "USD")
    assert days(order, "createdAt", "payBy") == 7
    assert (
        order["next"]
        == f"Alice Owner has to pay $200 by {spoken(order['payBy'])}; after that the order is cancelled."
    )
    assert (order["nextWho"], order["nextBy"]) == ("client", order["payBy"])
    shown = read(bob, order)
    assert shown.keys() == ORDER_FIELDS | DETAILS
    assert {name: shown[name] for name in order} == order
    assert [(each["actor"], each["name"]) for each in shown["timeline"]] == [("client", "agree")]
    assert shown["ledger"] == {
        "held": 0,
        "released": 0,
        "fee": 0,
        "refunded": 0,
        "remaining": 0,
        "entries": [],
    }
    told = bob.get("/api/notifications").json()["notifications"][0]
    assert (told["type"], told["orderId"], told["url"]) == ("hired", order["id"], f"/orders/{order['id']}")
    check_orders(db, order["id"])


def test_a_purchase_makes_the_order(alice: Person, bob: Person, db: Any) -> None:
    service = offer_service(bob, deliveryDays=4, revisions=2)
    order = alice.post("/api/payment/checkout", {"gigId": service["id"]}).json()["order"]
    assert (order["status"], order["source"]) == (
        "pending_payment",
        {"type": "service", "id": service["id"], "_id": service["id"]},
    )
    assert order["terms"] == {
        "title": service["title"],
        "text": service["description"],
        "message": "",
        "price": 120,
        "deliveryDays": 4,
        "revisions": 2,
        "files": [],
        "messageFiles": [],
        "questions": [],
        "brief": {"text": "", "answers": [], "files": []},
    }
    assert (order["clientId"], order["freelancerId"], order["fee"]) == (alice.id, bob.id, 12)
    check_orders(db, order["id"])


def test_the_whole_of_it(server: Server, alice: Person, join: Join, db: Any) -> None:
    """Paid, delivered, changed, delivered again, accepted: what each side reads, and what the books say."""
    bob = join("Bob Bidder")
    order = in_progress(server, alice, bob, price=100.01, title="Poster")
    assert (order["status"], days(order, "paidAt", "dueAt")) == ("in_progress", 14)
    said = f"Bob Bidder has to deliver by {spoken(order['dueAt'])}; after that it is overdue."
    assert order["next"] == said
    assert (order["ledger"]["held"], order["ledger"]["remaining"]) == (100.01, 100.01)
    order = do(bob, order, "deliver", message="First draft.")
    assert (order["status"], days(order, "updatedAt", "acceptBy")) == ("delivered", 14)
    assert order["next"] == (
        f"Alice Owner has until {spoken(order['acceptBy'])} to accept or request changes; after that it is accepted"
        " automatically and the $100.01 paid is released."
    )
    order = do(alice, order, "revise", message="Bluer, please.")
    assert (order["status"], order["revisionsLeft"], order["acceptBy"]) == ("in_progress", 2, None)
    order = do(bob, order, "deliver", message="Bluer.")
    assert [each["message"] for each in order["deliveries"]] == ["First draft.", "Bluer."]
    order = do(alice, order, "accept")
    assert (order["status"], order["next"], order["nextWho"]) == (
        "completed",
        "Completed. $90.01 was released to Bob Bidder.",
        None,
    )
    assert (order["released"], order["refunded"]) == (90.01, 0)
    assert {name: amount for name, amount in order["ledger"].items() if name != "entries"} == {
        "held": 100.01,
        "released": 90.01,
        "fee": 10,
        "refunded": 0,
        "remaining": 0,
    }
    assert [(each["what"], each["lines"]) for each in order["ledger"]["entries"]] == [
        ("hold", [{"account": "provider", "amount": -100.01}, {"account": "held", "amount": 100.01}]),
        (
            "release",
            [
                {"account": "held", "amount": -100.01},
                {"account": "balance", "amount": 90.01},
                {"account": "fees", "amount": 10},
            ],
        ),
    ]
    assert [each["name"] for each in order["timeline"]] == [
        "agree", "pay", "deliver", "revise", "deliver", "accept",
    ]  # fmt: skip
    told = [kind for kind, _ in news_of_order(alice, order)]
    assert told == ["order_delivered", "order_delivered", "order_paid"]
    assert news_of_order(bob, order) == [
        ("order_completed", "Alice Owner accepted “Poster”. The money is in your balance."),
        ("changes_asked", "Alice Owner requested changes to “Poster”."),
        ("order_paid", "Alice Owner paid for “Poster”. You can start now."),
        ("hired", "You have been hired for Poster!"),
    ]
    assert bob.get("/api/payment/balance").json()["balance"] == 90.01
    check_jobs(db, order["gigId"])
    check_orders(db, order["id"])
    check_at_provider(db, order["id"])


def test_the_terms_stay_what_they_were(server: Server, alice: Person, bob: Person, db: Any) -> None:
    """Invariant 5: no later edit of the service changes what was agreed, or what is paid."""
    service = offer_service(bob, price=80, revisions=1)
    order = alice.post("/api/payment/checkout", {"gigId": service["id"]}).json()["order"]
    changes = {"title": "Other", "description": "Else.", "price": 999, "deliveryDays": 1, "revisions": 9}
    assert bob.patch(f"/api/gigs/{service['id']}", changes).status_code == 200
    assert read(alice, order)["terms"] == order["terms"]
    paid = pay(server, alice, order)
    assert (paid["ledger"]["held"], paid["terms"]) == (80, order["terms"])
    assert bob.delete(f"/api/gigs/{service['id']}").status_code == 200
    assert read(alice, order)["terms"] == order["terms"]
    check_orders(db, order["id"])


def test_a_stranger_finds_no_order(
    server: Server, alice: Person, bob: Person, charlie: Person, root: Person, visitor: Client
) -> None:
    """Invariant 10. Admins read it; what the sides do is not theirs to do."""
    order = in_progress(server, alice, bob)
    there, nowhere = f"/api/orders/{order['id']}", f"/api/orders/{'f' * 24}"
    for path in ("", *(f"/{step}" for step in STEPS)):
        method, body = ("POST", STEPS[path[1:]]) if path else ("GET", None)
        found = charlie.request(method, there + path, body)
        nothing = charlie.request(method, nowhere + path, body)
        assert (found.status_code, code_of(found)) == (404, "order_not_found")
        assert (nothing.status_code, nothing.json()["message"]) == (404, found.json()["message"])
        assert visitor.request(method, there + path, body).status_code == 401
        if path:
            assert root.request(method, there + path, body).status_code == 403
    assert charlie.delete(f"{there}/cancel").status_code == 404
    assert charlie.get("/api/orders/nonsense").status_code == 404
    shown = read(root, order)
    assert shown["status"] == "in_progress"
    for secret in (alice.email, bob.email):
        assert secret not in root.get(there).text


def test_each_side_does_what_is_its_own(server: Server, alice: Person, bob: Person) -> None:
    order = delivered(server, alice, bob)
    for person, step in ((alice, "deliver"), (bob, "revise"), (bob, "accept")):
        answer = try_to(person, order, step, **STEPS[step])
        assert (answer.status_code, code_of(answer)) == (403, "not_your_side")
    assert read(alice, order)["status"] == "delivered"


def test_what_a_state_forbids_says_what_the_state_is(server: Server, alice: Person, bob: Person) -> None:
    order = hired(alice, bob)
    for person, step in ((bob, "deliver"), (alice, "revise"), (alice, "accept"), (bob, "dispute")):
        refused = try_to(person, order, step, **STEPS[step])
        assert (refused.status_code, code_of(refused)) == (409, "order_state")
        assert refused.json()["message"] == "This order is not paid yet."
    order = pay(server, alice, order)
    assert try_to(alice, order, "accept").json()["message"] == "This order is being worked on."
    order = do(bob, order, "deliver", message="Here.")
    assert try_to(bob, order, "deliver", message="Again.").json()["message"] == "This order was delivered."
    assert len(read(bob, order)["deliveries"]) == 1
    order = do(alice, order, "accept")
    for person, step in ((alice, "accept"), (bob, "deliver"), (alice, "cancel"), (bob, "dispute")):
        again = try_to(person, order, step, **STEPS[step])
        assert (again.status_code, code_of(again)) == (409, "order_state")
        assert again.json()["message"] == "This order is completed."


def test_a_wrong_field_is_named(server: Server, alice: Person, bob: Person) -> None:
    in_work, unpaid = in_progress(server, alice, bob), hired(alice, bob)
    for person, order, step, field, value in (
        (bob, in_work, "deliver", "message", ""),
        (bob, in_work, "deliver", "message", "x" * 2001),
        (bob, in_work, "deliver", "message", 5),
        (alice, unpaid, "revise", "message", "\n\t"),
        (alice, unpaid, "cancel", "reason", "x" * 2001),
        (alice, unpaid, "cancel/answer", "agree", "perhaps"),
        (alice, unpaid, "dispute", "reason", None),
        (alice, unpaid, "dispute/offer", "amount", -1),
        (alice, unpaid, "dispute/offer", "amount", "much"),
        (alice, unpaid, "dispute/offer", "amount", None),
    ):
        answer = try_to(person, order, step, **{field: value})
        fields = answer.json()["error"].get("fields", {})
        assert (answer.status_code, fields.keys()) == (400, {field}), (step, value)


def test_revisions_are_used_up(server: Server, alice: Person, bob: Person) -> None:
    order = pay(server, alice, bought(alice, bob, revisions=1))
    order = do(bob, order, "deliver", message="One.")
    assert (order["revisionsLeft"], days(order, "updatedAt", "acceptBy")) == (1, 3)
    do(alice, order, "revise", message="Again.")
    order = do(bob, order, "deliver", message="Two.")
    assert order["next"] == (
        f"Alice Owner has until {spoken(order['acceptBy'])} to accept or dispute the delivery; after that it is"
        " accepted automatically and the $120 paid is released."
    )
    refused = try_to(alice, order, "revise", message="And again.")
    assert (refused.status_code, code_of(refused)) == (409, "no_revisions_left")
    assert read(alice, order)["status"] == "delivered"


def test_changes_leave_time_for_them(server: Server, alice: Person, bob: Person, db: Any) -> None:
    """Asked for close to the date, or after it, there are three days more."""
    order = delivered(server, alice, bob)
    past = datetime.now(UTC) - timedelta(days=1)
    db.orders.update_one({"_id": ObjectId(order["id"])}, {"$set": {"due_at": past}})
    order = do(alice, order, "revise", message="Bluer.")
    assert days(order, "updatedAt", "dueAt") == 3


@pytest.mark.parametrize(("door", "waits"), [(hired, 14), (bought, 3)], ids=["job", "service"])
def test_what_nobody_objects_to_is_accepted(
    door: Callable[..., Json], waits: int, server: Server, alice: Person, bob: Person, db: Any
) -> None:
    order = pay(server, alice, door(alice, bob, title="Poster"))
    do(bob, order, "deliver", message="Here.")
    let_time_pass(server, days=waits, minutes=-1)
    assert read(alice, order)["status"] == "delivered"
    let_time_pass(server, days=waits, seconds=1)
    order = read(alice, order)
    assert (order["status"], order["released"]) == ("completed", order["price"] - order["fee"])
    assert (order["timeline"][-1]["actor"], order["timeline"][-1]["name"]) == ("time", "auto_accept")
    assert (
        "order_completed",
        "“Poster” was accepted automatically because the deadline passed. The money is in your balance.",
    ) in news_of_order(bob, order)
    assert (
        "order_completed",
        "“Poster” was accepted automatically because the deadline passed.",
    ) in news_of_order(alice, order)
    assert try_to(alice, order, "accept").status_code == 409
    check_orders(db, order["id"])


def test_who_has_to_do_something_is_reminded_once(server: Server, alice: Person, bob: Person) -> None:
    """Of the payment two days before, of the date a day before and when it has passed, of a delivery a day before."""

    def reminders(person: Person) -> set[str]:
        told = [text for kind, text in news_of_order(person, order) if kind == "order_reminder"]
        assert len(told) == len(set(told))
        return set(told)

    order = hired(alice, bob, title="Poster")
    let_time_pass(server, days=4, hours=23)
    assert reminders(alice) == set()
    for _ in range(2):
        let_time_pass(server, days=5, minutes=1)
    assert reminders(alice) == {"Pay for “Poster”, or the order is cancelled in 2 days."}
    assert reminders(bob) == set()

    order = pay(server, alice, order)
    for _ in range(2):
        let_time_pass(server, days=13, hours=1)
    assert reminders(bob) == {
        "“Poster” is due in 23 hours; after that it is overdue and the client is notified."
    }
    for _ in range(2):
        let_time_pass(server, days=14, hours=1)
    assert "“Poster” is overdue." in reminders(bob)
    assert "“Poster” is overdue." in reminders(alice)

    order = do(bob, order, "deliver", message="Here.")
    for _ in range(2):
        let_time_pass(server, days=13, hours=1)
    assert (
        "Review “Poster”: it is accepted automatically in 23 hours, and the money is released."
        in reminders(alice)
    )
    assert (len(reminders(alice)), len(reminders(bob))) == (3, 2)


def test_a_bidder_learns_of_the_order_by_the_bid(alice: Person, bob: Person, charlie: Person) -> None:
    """The news of a hire lead to the order, those of the others to the job."""
    gig = post_job(alice, title="Poster")
    place_bid(charlie, gig)
    order = hire(alice, place_bid(bob, gig)).json()["order"]
    assert [kind for kind, _ in news_of(bob, gig)] == ["hired"]
    assert [kind for kind, _ in news_of(charlie, gig)] == ["bid_rejected"]
    assert charlie.get(f"/api/orders/{order['id']}").status_code == 404


def test_who_has_orders_or_money_stays(server: Server, join: Join) -> None:
    """docs/domain.md, Leaving: an account with open orders or money is not deleted."""
    alice, bob = join("Alice Owner"), join("Bob Bidder")

    def leave(person: Person) -> tuple[int, str]:
        answer = person.delete("/api/auth/account", {"password": person.password})
        return answer.status_code, answer.json().get("message", "")

    order = hired(alice, bob)
    for person in (alice, bob):
        assert leave(person) == (409, "You have an order that has not ended yet.")
    do(bob, pay(server, alice, order), "deliver", message="Here.")
    do(alice, order, "accept")
    assert leave(bob) == (409, "There is money in your balance. Withdraw it first.")
    assert leave(alice)[0] == 200
    assert read(bob, order)["client"]["name"] == "Somebody who left"
    assert bob.post("/api/payment/payouts").status_code == 201
    calls_are_made(server)
    on_way = "A payout is on its way to your bank, and for 7 days it may still come back."
    assert leave(bob) == (409, on_way)
    week_ago = datetime.now(UTC) - timedelta(days=7)
    server.db.payouts.update_one({"user_id": ObjectId(bob.id)}, {"$set": {"updated_at": week_ago}})
    assert leave(bob)[0] == 200
