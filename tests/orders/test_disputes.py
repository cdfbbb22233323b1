"""Disputes: sealed numbers, rounds, and an admin's decision (docs/domain.md, Dispute)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from tests.conftest import shared
from tests.support.client import Json, Person
from tests.support.invariants import check_at_provider, check_jobs, check_orders
from tests.support.market import code_of
from tests.support.money import (
    calls_are_made,
    delivered,
    disputed,
    do,
    hired,
    in_progress,
    news_of_order,
    read,
    try_to,
)
from tests.support.server import Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")
root = shared("Root Admin", is_admin=True)


def name_number(person: Person, order: Json, amount: float) -> Json:
    return do(person, order, "dispute/offer", amount=amount)


def balance_of(person: Person) -> float:
    return float(person.get("/api/payment/balance").json()["balance"])


def next_round(db: Any, order: Json) -> None:
    """A day later: the dispute began a day earlier."""
    found = db.disputes.find_one({"order_id": ObjectId(order["id"])})
    begun = found["created_at"] - timedelta(days=1)
    db.disputes.update_one({"_id": found["_id"]}, {"$set": {"created_at": begun}})
    of_order = {"_id": found["order_id"], "events.name": "dispute"}
    db.orders.update_one(of_order, {"$set": {"events.$.at": begun}})


def test_the_sentence_says_who_has_not_named_a_number(
    server: Server, alice: Person, bob: Person, db: Any
) -> None:
    """That somebody has is no secret, only which it is."""
    order = name_number(bob, disputed(server, alice, bob), 90)
    assert re.fullmatch(
        r"Alice Owner has until .+ to propose an amount; otherwise an admin decides\.", order["next"]
    )
    assert (order["nextWho"], order["nextBy"]) == ("client", order["dispute"]["roundEnds"])
    order = name_number(alice, order, 10)
    assert order["next"] == "An admin has to decide, unless the offers overlap in the next round."
    assert order["nextWho"] == "admin"
    next_round(db, order)
    assert read(bob, order)["nextWho"] == "both"


@pytest.mark.parametrize("who", ["client", "freelancer"])
def test_either_side_disputes(who: str, server: Server, alice: Person, bob: Person, db: Any) -> None:
    order = delivered(server, alice, bob, title="Poster")
    person, others = (alice, bob) if who == "client" else (bob, alice)
    do(person, order, "cancel")
    order = do(person, order, "dispute", reason="We do not agree.")
    assert (order["status"], order["cancellation"], order["nextWho"]) == ("disputed", None, "both")
    dispute = order["dispute"]
    assert (dispute["by"], dispute["reason"], dispute["status"], dispute["round"]) == (
        who,
        "We do not agree.",
        "open",
        1,
    )
    assert (dispute["myNumber"], dispute["otherHasNamed"], dispute["amount"]) == (None, False, None)
    assert news_of_order(others, order)[0] == (
        "order_disputed",
        f"{person.name} disputes “Poster”.",
    )
    for step, said in (("accept", {}), ("revise", {"message": "x"}), ("dispute", {"reason": "x"})):
        assert try_to(alice, order, step, **said).status_code == 409
    check_orders(db, order["id"])


def test_nobody_sees_the_others_number(server: Server, alice: Person, bob: Person, root: Person) -> None:
    """Not in the order, not in the timeline, not in the news, and admins do not see it either."""
    order = disputed(server, alice, bob, price=500)
    mine = name_number(alice, order, 123.45)
    assert (mine["dispute"]["myNumber"], mine["dispute"]["otherHasNamed"]) == (123.45, False)
    theirs = bob.get(f"/api/orders/{order['id']}")
    assert (theirs.json()["dispute"]["myNumber"], theirs.json()["dispute"]["otherHasNamed"]) == (None, True)
    by_admin = root.get("/api/admin/disputes?limit=100").json()["disputes"]
    assert [each["myNumber"] for each in by_admin if each["orderId"] == order["id"]] == [None]
    for answer in (
        theirs,
        bob.get("/api/notifications"),
        root.get(f"/api/orders/{order['id']}"),
        root.get("/api/admin/disputes?limit=100"),
        bob.page(f"/orders/{order['id']}").response,
    ):
        assert answer.status_code == 200
        assert "123.45" not in answer.text
        assert "12345" not in answer.text
    assert news_of_order(bob, order)[0] == (
        "dispute_news",
        "Alice Owner submitted a sealed offer for “Landing page”. Submit yours.",
    )


@pytest.mark.parametrize(
    ("price", "client", "freelancer", "released", "fee", "first"),
    [
        (100, 60, 40, 50, 5, "client"),
        (100, 60, 40, 50, 5, "freelancer"),
        (100, 60, 60, 60, 6, "client"),
        (100, 60, 60, 60, 6, "freelancer"),
        (100, 50.01, 50, 50, 5, "client"),  # the odd cent is the client's
        (0.03, 0.03, 0.02, 0.02, 0, "freelancer"),
        (100, 100, 0, 50, 5, "client"),
        (100, 100, 100, 100, 10, "freelancer"),
        (0.05, 0.05, 0.05, 0.05, 0.01, "client"),  # half a cent of a fee counts as one
    ],
)
def test_numbers_that_meet_settle_in_the_middle(
    price: float,
    client: float,
    freelancer: float,
    released: float,
    fee: float,
    first: str,
    server: Server,
    alice: Person,
    bob: Person,
    db: Any,
) -> None:
    order = disputed(server, alice, bob, price=price)
    before = balance_of(bob)
    for side in (first, "freelancer" if first == "client" else "client"):
        person, amount = (alice, client) if side == "client" else (bob, freelancer)
        order = name_number(person, order, amount)
    assert order["status"] == "completed"
    assert order["released"] == order["ledger"]["released"] == pytest.approx(released - fee)
    assert order["refunded"] == pytest.approx(price - released)
    assert (order["fee"], order["ledger"]["fee"], order["ledger"]["remaining"]) == (fee, fee, 0)
    assert balance_of(bob) - before == pytest.approx(released - fee)
    assert (order["dispute"]["status"], order["dispute"]["amount"]) == ("settled", released)
    for person in (alice, bob):
        assert news_of_order(person, order)[0] == (
            "order_decided",
            "Your offers for “Landing page” overlapped, so the dispute is settled.",
        )
    check_orders(db, order["id"])
    check_jobs(db, order["gigId"])


def test_a_number_of_nothing_cancels(server: Server, alice: Person, bob: Person, db: Any) -> None:
    order = disputed(server, alice, bob)
    name_number(bob, order, 0)
    order = name_number(alice, order, 0.01)  # half a cent is the client's
    assert (order["status"], order["refunded"], order["timeline"][-1]["name"]) == (
        "cancelled",
        449.5,
        "settle_nothing",
    )
    calls_are_made(server)
    check_orders(db, order["id"])
    check_at_provider(db, order["id"])


def test_numbers_that_do_not_meet_have_a_round_a_day(
    server: Server, alice: Person, bob: Person, db: Any
) -> None:
    order = disputed(server, alice, bob, price=100)
    name_number(alice, order, 20)
    missed = name_number(bob, order, 80)
    assert missed["status"] == "disputed"
    for person in (alice, bob):
        assert news_of_order(person, order)[0] == (
            "dispute_news",
            "The offers for “Landing page” did not overlap. The next round is tomorrow.",
        )
        again = try_to(person, order, "dispute/offer", amount=50)
        assert (again.status_code, code_of(again)) == (409, "already_named")
    next_round(db, order)
    # Numbers of the day before count no more.
    second = name_number(bob, order, 10)
    assert (second["status"], second["dispute"]["round"], second["dispute"]["myNumber"]) == (
        "disputed",
        2,
        10,
    )
    assert read(alice, order)["dispute"]["myNumber"] is None
    assert name_number(alice, order, 40)["released"] == 22.5
    check_orders(db, order["id"])


def test_what_is_no_number(server: Server, alice: Person, bob: Person, charlie: Person, root: Person) -> None:
    order = disputed(server, alice, bob, price=100)
    too_much = try_to(alice, order, "dispute/offer", amount=100.01)
    assert (too_much.status_code, too_much.json()["error"]["fields"]) == (
        400,
        {"amount": ["That is more than is held."]},
    )
    assert try_to(charlie, order, "dispute/offer", amount=1).status_code == 404
    assert try_to(root, order, "dispute/offer", amount=1).status_code == 403
    going_on = in_progress(server, alice, bob)
    refused = try_to(alice, going_on, "dispute/offer", amount=1)
    assert (refused.status_code, code_of(refused)) == (409, "order_state")


@pytest.mark.parametrize(("amount", "status"), [(100, "completed"), (33.33, "completed"), (0, "cancelled")])
def test_an_admin_decides_a_dispute(
    amount: float, status: str, server: Server, alice: Person, bob: Person, root: Person, db: Any
) -> None:
    order = disputed(server, alice, bob, price=100, title="Poster")
    dispute = order["dispute"]["id"]
    assert dispute in [each["id"] for each in root.get("/api/admin/disputes?limit=100").json()["disputes"]]
    path = f"/api/admin/disputes/{dispute}/resolve"
    for wrong, field in (({"amount": 100.01, "note": "x"}, "amount"), ({"amount": 1}, "note")):
        refused = root.post(path, wrong)
        assert (refused.status_code, refused.json()["error"]["fields"].keys()) == (400, {field})
    decided = root.post(path, {"amount": amount, "note": "Half was done."})
    assert decided.status_code == 200
    order = read(alice, order)
    assert (order["status"], order["dispute"]["amount"], order["refunded"]) == (status, amount, 100 - amount)
    assert order["timeline"][-1]["data"]["released"] == amount
    assert (order["dispute"]["status"], order["dispute"]["note"]) == ("decided", "Half was done.")
    assert order["timeline"][-1]["actor"] == "admin"
    for person in (alice, bob):
        assert news_of_order(person, order)[0] == (
            "order_decided",
            "An admin has decided about “Poster”.",
        )
    again = root.post(path, {"amount": 0, "note": "No."})
    assert (again.status_code, code_of(again)) == (409, "order_state")
    assert dispute not in [
        each["id"] for each in root.get("/api/admin/disputes?limit=100").json()["disputes"]
    ]
    calls_are_made(server)
    check_orders(db, order["id"])
    check_jobs(db, order["gigId"])
    check_at_provider(db, order["id"])


@pytest.mark.parametrize(("how", "released"), [("complete", 404.55), ("cancel", 0)])
@pytest.mark.parametrize("start", [in_progress, delivered, disputed])
def test_an_admin_ends_any_paid_order(
    start: Any, how: str, released: float, server: Server, alice: Person, bob: Person, root: Person, db: Any
) -> None:
    order = start(server, alice, bob)
    if order["status"] != "disputed":
        do(bob, order, "cancel")
    for person in (alice, bob):
        assert person.post(f"/api/admin/orders/{order['id']}/{how}", {"note": "x"}).status_code == 403
    ended = root.post(f"/api/admin/orders/{order['id']}/{how}", {"note": "As agreed by letter."})
    assert ended.status_code == 200
    assert (ended.json()["released"], ended.json()["refunded"]) == (released, 0 if released else 449.5)
    assert root.post(f"/api/admin/orders/{order['id']}/{how}", {"note": "x"}).status_code == 409
    check_orders(db, order["id"])


def test_what_admins_do_not_decide(
    server: Server, alice: Person, bob: Person, charlie: Person, root: Person
) -> None:
    """What is not paid, what is their own, what is not there; and nobody else decides anything."""
    unpaid = hired(alice, bob)
    assert root.post(f"/api/admin/orders/{unpaid['id']}/cancel", {"note": "x"}).status_code == 409
    own = disputed(server, root, bob)
    for path in (
        f"orders/{own['id']}/complete",
        f"orders/{own['id']}/cancel",
        f"disputes/{own['dispute']['id']}/resolve",
    ):
        refused = root.post(f"/api/admin/{path}", {"amount": 1, "note": "x"})
        assert (refused.status_code, code_of(refused)) == (403, "own_order")
    for path in (f"orders/{'f' * 24}/complete", f"disputes/{'f' * 24}/resolve", "disputes/x/resolve"):
        assert root.post(f"/api/admin/{path}", {"amount": 1, "note": "x"}).status_code == 404
    for path in ("orders", "disputes"):
        assert [person.get(f"/api/admin/{path}").status_code for person in (alice, charlie, root)] == [
            403,
            403,
            200,
        ]
    assert charlie.post(f"/api/admin/disputes/{own['dispute']['id']}/resolve", {}).status_code == 403


def test_it_is_the_admins_turn_once_both_have_named_a_number(
    server: Server, alice: Person, bob: Person, root: Person
) -> None:
    """docs/ui.md, Whose turn: one primary button, and only for whom the sentence means."""
    order = disputed(server, alice, bob, price=400)
    path = f"/orders/{order['id']}"
    for person, amount in ((alice, "100"), (bob, "300")):
        assert not root.page(path).all("#order .turn a")
        person.page(f"{path}/number").submit("#ask form", amount=amount)
    page = root.page(path)
    assert page.texts("#order .turn p")[0].startswith("An admin has to decide")
    assert page.texts("#order .turn.mine a.go") == ["Decide"]
    assert page.texts("#order a[href$='/decide']") == ["Decide"]
    for person in (alice, bob):
        assert not person.page(path).all("#order .turn a")


def test_a_question_that_came_too_late_asks_nothing_any_more(
    server: Server, alice: Person, bob: Person, root: Person
) -> None:
    """How the order stands now and the way back to it, without the old words and their button."""
    order = delivered(server, alice, bob, price=20)
    path = f"/orders/{order['id']}"
    steps = ("accept", "revise", "dispute", "cancel")
    asked = {step: alice.page(f"{path}/{step}") for step in steps}
    deciding = root.page(f"{path}/decide")
    do(bob, order, "dispute", reason="Nobody answers.")
    typed = {"revise": {"message": "Once more."}, "dispute": {"reason": "I disagree."}}
    for step, page in asked.items():
        refused = page.submit("#ask form", **typed.get(step, {}))
        assert (refused.status, refused.texts("#ask [role=alert] p")) == (409, ["This order is disputed."])
        assert "Both sides can propose an amount" in refused.text
        assert refused.all("#ask form, #ask button") == []
        assert refused.link("Back to the order") == path
    alice.page(f"{path}/number").submit("#ask form", amount="10")
    named = bob.page(f"{path}/number")
    named.submit("#ask form", amount="15")
    again = named.submit("#ask form", amount="12")
    assert (again.status, again.all("#ask button")) == (409, [])
    assert "You have already submitted an offer in this round." in again.text
    root.page(f"{path}/decide").submit("#ask form", amount="10", note="Half was done.")
    late = deciding.submit("#ask form", amount="20", note="All was done.")
    (told,) = late.texts("#ask [role=alert] p")
    assert (late.status, told.startswith("Root Admin decided about this order on ")) == (409, True)
    assert "Completed. $" in late.text
