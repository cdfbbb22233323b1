"""Many at once on one order: one thing happens to it, its money moves once (docs/domain.md, invariants 1, 2, 5
and 9).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import requests
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.orders.due import run_due
from tests.conftest import Join, shared
from tests.support.client import Client, Json, Person
from tests.support.invariants import check_at_provider, check_balance, check_jobs, check_orders
from tests.support.market import BID, code_of, hire, offer_service, place_bid, post_job
from tests.support.money import (
    SLOW,
    buy,
    calls_are_made,
    checkout,
    delivered,
    disputed,
    do,
    hired,
    in_progress,
    news_of_money,
    news_of_order,
    pay,
    pay_at,
    payments_of,
    read,
    tell,
    try_to,
)
from tests.support.races import at_once
from tests.support.server import Server

# At each server; where works take turns, another is first.
ATTEMPTS = pytest.mark.parametrize("attempt", [0, 2])

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")
root = shared("Root Admin", is_admin=True)


@pytest.fixture(scope="module", params=["one process", "two processes"])
def server(request: pytest.FixtureRequest, server: Server) -> Server:
    """Nothing of what is tried here may depend on being one process."""
    return server if request.param == "one process" else request.getfixturevalue("two_processes")


@pytest.fixture(scope="module")
def late(join_once: Join) -> list[Person]:
    """Four who come when a hire is under way."""
    return [join_once(f"Late {number}") for number in range(4)]


@pytest.fixture(scope="module")
def inside(server: Server) -> Iterator[Db]:
    """The server's database, for what time does: another process that ticks."""
    opened = Db(server.mongo_uri, server.mongo_db)
    yield opened
    opened.client.close()


def tick(inside: Db, **ahead: float) -> None:
    """What a tick does after so long."""
    run_due(inside, now() + timedelta(**ahead))


def counted(answers: list[requests.Response | None]) -> Counter[int]:
    """How often each status was answered; what time does answers nothing."""
    return Counter(answer.status_code for answer in answers if answer is not None)


def settled(server: Server, order: Json) -> None:
    """Nothing is broken, here and at the provider."""
    calls_are_made(server)
    check_orders(server.db, order["id"])
    check_at_provider(server.db, order["id"])


@ATTEMPTS
def test_an_order_ends_once(
    attempt: int, server: Server, inside: Db, alice: Person, bob: Person, root: Person
) -> None:
    """Accepted, accepted by time, completed and cancelled by an admin: one of them, with one release or refund."""
    order = delivered(server, alice, bob)
    note = {"note": "So."}
    works: list[Callable[[], Any]] = [
        lambda: try_to(alice, order, "accept"),
        lambda: tick(inside, days=15),
        lambda: root.post(f"/api/admin/orders/{order['id']}/complete", note),
        lambda: root.twin().post(f"/api/admin/orders/{order['id']}/cancel", note),
        lambda: alice.twin().post(f"/api/orders/{order['id']}/accept"),
    ]
    answers = at_once(works[attempt:] + works[:attempt])
    won = 0 if read(alice, order)["timeline"][-1]["name"] == "auto_accept" else 1
    assert counted(answers) == Counter({200: won, 409: 4 - won})
    refused = [each for each in answers if each is not None and each.status_code == 409]
    assert {code_of(each) for each in refused} == {"order_state"}
    assert len(read(alice, order)["ledger"]["entries"]) == 2
    settled(server, order)


@ATTEMPTS
def test_everything_at_once_on_a_cancellation_request(
    attempt: int, server: Server, inside: Db, alice: Person, bob: Person, root: Person, db: Any
) -> None:
    """Agreed to, accepted, disputed, silent for too long, ended by an admin."""
    order = delivered(server, alice, bob)
    do(bob, order, "cancel")
    tabs = [alice.twin() for _ in range(3)]
    works: list[Callable[[], Any]] = [
        lambda: try_to(tabs[0], order, "cancel/answer", agree=True),
        lambda: try_to(tabs[1], order, "accept"),
        lambda: try_to(tabs[2], order, "dispute", reason="No."),
        lambda: tick(inside, days=4),
        lambda: root.post(f"/api/admin/orders/{order['id']}/complete", {"note": "So."}),
    ]
    at_once(works[attempt:] + works[:attempt])
    shown = read(alice, order)
    endings = [each["name"] for each in shown["timeline"] if each["name"] not in ("dispute", "escalate")][4:]
    assert (len(endings) == 1) == (shown["status"] in ("completed", "cancelled"))
    assert shown["cancellation"] is None
    statuses = [row["status"] for row in db.cancellations.find({"order_id": ObjectId(order["id"])})]
    assert statuses in (["agreed"], ["closed"], ["escalated"])
    settled(server, order)


@ATTEMPTS
@pytest.mark.parametrize("how", ["refuse", "take back"])
def test_delivering_beside_the_end_of_a_cancellation_request(
    how: str, attempt: int, server: Server, inside: Db, alice: Person, bob: Person
) -> None:
    """Whichever is first, what was delivered counts as accepted in its time."""
    order = in_progress(server, alice, bob)
    do(alice, order, "cancel")
    other = bob.twin()

    def end_the_request() -> requests.Response:
        if how == "refuse":
            return try_to(other, order, "cancel/answer", agree=False)
        return alice.delete(f"/api/orders/{order['id']}/cancel")

    answers = at_once([lambda: try_to(bob, order, "deliver", message="Here."), end_the_request])
    assert counted(answers) == {200: 2}
    assert read(alice, order)["acceptBy"] is not None
    tick(inside, days=15)
    assert read(alice, order)["status"] == "completed"
    settled(server, order)


@ATTEMPTS
def test_asking_for_changes_races_accepting(attempt: int, server: Server, alice: Person, bob: Person) -> None:
    order = delivered(server, alice, bob)
    other = alice.twin()
    answers = at_once(
        [
            lambda: try_to(alice, order, "accept"),
            lambda: try_to(other, order, "revise", message="Bluer."),
            lambda: try_to(other.twin(), order, "revise", message="Redder."),
        ]
    )
    assert counted(answers) == {200: 1, 409: 2}
    shown = read(alice, order)
    assert (shown["status"], shown["revisionsLeft"]) in (("completed", 3), ("in_progress", 2))
    settled(server, order)


def test_delivering_many_times_at_once(server: Server, alice: Person, bob: Person) -> None:
    order = in_progress(server, alice, bob)
    tabs = [bob.twin() for _ in range(6)]
    answers = at_once([lambda tab=tab: try_to(tab, order, "deliver", message="Here.") for tab in tabs])
    assert counted(answers) == {200: 1, 409: 5}
    assert len(read(alice, order)["deliveries"]) == 1


def test_asking_to_cancel_from_both_sides_at_once(server: Server, alice: Person, bob: Person) -> None:
    """One cancellation request is open, and the other side answers it."""
    order = in_progress(server, alice, bob)
    answers = at_once([lambda: try_to(alice, order, "cancel"), lambda: try_to(bob, order, "cancel")])
    assert counted(answers) == {200: 1, 409: 1}
    check_orders(server.db, order["id"])


@ATTEMPTS
def test_both_numbers_at_once(attempt: int, server: Server, alice: Person, bob: Person) -> None:
    """Each sees the other: they settle once, in the middle."""
    order = disputed(server, alice, bob, price=100)
    numbers = ((alice, 70), (bob, 40))
    answers = at_once(
        [partial(try_to, who, order, "dispute/offer", amount=number) for who, number in numbers]
    )
    assert counted(answers) == {200: 2}
    assert (read(alice, order)["status"], read(alice, order)["released"]) == ("completed", 49.5)
    settled(server, order)


def test_one_number_however_many_are_named_at_once(server: Server, alice: Person, bob: Person) -> None:
    order = disputed(server, alice, bob, price=100)
    tabs = [alice.twin() for _ in range(5)]
    numbers = enumerate(tabs)
    answers = at_once(
        [partial(try_to, tab, order, "dispute/offer", amount=number) for number, tab in numbers]
    )
    assert counted(answers) == {200: 1, 409: 4}
    named = next(number for number, answer in enumerate(answers) if answer.status_code == 200)
    assert read(alice, order)["dispute"]["myNumber"] == named


def test_a_number_races_an_admins_decision(server: Server, alice: Person, bob: Person, root: Person) -> None:
    order = disputed(server, alice, bob, price=100)
    do(alice, order, "dispute/offer", amount=60)
    path = f"/api/admin/disputes/{order['dispute']['id']}/resolve"
    answers = at_once(
        [
            lambda: try_to(bob, order, "dispute/offer", amount=40),
            lambda: root.post(path, {"amount": 10, "note": "So."}),
        ]
    )
    assert counted(answers) == {200: 1, 409: 1}
    assert read(alice, order)["released"] in (45, 9)
    settled(server, order)


@ATTEMPTS
def test_two_checkouts_at_once(attempt: int, server: Server, alice: Person, bob: Person, db: Any) -> None:
    order = hired(alice, bob)
    tabs = [alice.twin() for _ in range(4)]
    answers = at_once([lambda tab=tab: checkout(tab, order) for tab in tabs])
    assert counted(answers) == {201: 4}
    assert len({answer.json()["checkoutUrl"] for answer in answers}) == 1
    payments = payments_of(server, order)
    assert [each["status"] for each in payments] == ["open"]
    assert db.sandbox_sessions.count_documents({"payment_id": str(payments[0]["_id"])}) == 1


@ATTEMPTS
def test_a_checkout_races_the_end_of_its_order(
    attempt: int, server: Server, alice: Person, bob: Person
) -> None:
    """It may be open for a moment; what is paid there goes back."""
    order = hired(alice, bob)
    asked, ended = at_once([lambda: checkout(alice, order), lambda: try_to(bob, order, "cancel")])
    assert (ended.status_code, asked.status_code in (201, 409)) == (200, True)
    if asked.status_code == 201 and (paid := pay_at(asked.json()["checkoutUrl"], SLOW)).status_code == 200:
        assert tell(server, news_of_money(server, paid)).status_code == 200
    assert read(alice, order)["status"] == "cancelled"
    settled(server, order)


@ATTEMPTS
def test_money_that_comes_while_the_order_is_called_off(
    attempt: int, server: Server, inside: Db, alice: Person, bob: Person
) -> None:
    """It is held for an order that goes on, or it goes back from one that has ended; never both, never neither."""
    order = hired(alice, bob)
    event = news_of_money(server, pay_at(checkout(alice, order).json()["checkoutUrl"], SLOW))
    works: list[Callable[[], Any]] = [
        lambda: tell(server, event),
        lambda: try_to(alice, order, "cancel"),
        lambda: try_to(bob, order, "cancel"),
        lambda: tick(inside, days=8),
    ]
    answers = at_once(works[attempt:] + works[:attempt])
    assert counted(answers).keys() <= {200, 409}
    status = read(alice, order)["status"]
    # Asked to cancel when it was paid, the other side was asked; and time may have made a dispute of that.
    assert status in ("cancelled", "in_progress", "disputed")
    calls_are_made(server)
    assert [each["status"] for each in payments_of(server, order)] == [
        "refunded" if status == "cancelled" else "paid"
    ]
    settled(server, order)
    check_jobs(server.db, order["gigId"])


@ATTEMPTS
def test_one_event_told_many_times_at_once(attempt: int, server: Server, alice: Person, bob: Person) -> None:
    order = hired(alice, bob)
    event = news_of_money(server, pay_at(checkout(alice, order).json()["checkoutUrl"], SLOW))
    again = {**event, "id": f"evt_{ObjectId()}"}
    answers = at_once([lambda each=each: tell(server, each) for each in (event, again) * 4])
    assert counted(answers) == {200: 8}
    shown = read(alice, order)
    assert (shown["status"], len(shown["ledger"]["entries"])) == ("in_progress", 1)
    assert [event for event, _ in news_of_order(bob, order)].count("order_paid") == 1
    settled(server, order)


@ATTEMPTS
def test_buying_twice_at_once_is_one_order(
    attempt: int, server: Server, alice: Person, bob: Person, charlie: Person, db: Any
) -> None:
    """Of one client; another's is another."""
    service = offer_service(bob)
    tabs: list[Client] = [*(alice.twin() for _ in range(4)), charlie]
    answers = at_once([lambda tab=tab: buy(tab, service) for tab in tabs])
    assert counted(answers) == {201: 5}
    assert len({answer.json()["order"]["id"] for answer in answers[:4]}) == 1
    assert db.orders.count_documents({"gig_id": ObjectId(service["id"])}) == 2
    assert db.gigs.find_one({"_id": ObjectId(service["id"])})["order_count"] == 2


@ATTEMPTS
def test_an_edit_races_a_purchase(attempt: int, server: Server, alice: Person, bob: Person) -> None:
    """Invariant 5: the terms are the old ones or the new ones, never some of each; where a price was seen, its own."""
    old = {"title": "Old", "description": "Old text.", "price": 100, "deliveryDays": 3, "revisions": 1}
    new = {"title": "New", "description": "New text.", "price": 200, "deliveryDays": 9, "revisions": 5}
    service = offer_service(bob, **old)
    seen = {"price": 100} if attempt else {}
    edited, answer = at_once(
        [lambda: bob.patch(f"/api/gigs/{service['id']}", new), lambda: buy(alice, service, **seen)]
    )
    assert edited.status_code == 200
    if seen and answer.status_code == 409:
        assert code_of(answer) == "terms_changed"
        return
    terms = answer.json()["order"]["terms"]
    got = {**terms, "description": terms["text"]}
    assert {name: got[name] for name in old} in ((old,) if seen else (old, new))
    paid = pay(server, alice, answer.json()["order"])
    assert paid["ledger"]["held"] == terms["price"]
    check_orders(server.db, paid["id"])


def test_pausing_races_a_purchase(server: Server, alice: Person, bob: Person, db: Any) -> None:
    service = offer_service(bob)
    paused, answer = at_once(
        [lambda: bob.post(f"/api/gigs/{service['id']}/pause"), lambda: buy(alice, service)]
    )
    assert (paused.status_code, answer.status_code in (201, 409)) == (200, True)
    made = db.orders.count_documents({"gig_id": ObjectId(service["id"])})
    assert made == db.gigs.find_one({"_id": ObjectId(service["id"])})["order_count"]
    assert made == (1 if answer.status_code == 201 else 0)


@ATTEMPTS
def test_hiring_again_while_others_bid(
    attempt: int, server: Server, alice: Person, bob: Person, charlie: Person, late: list[Person]
) -> None:
    """A job whose order came to nothing is hired for again as at the first time: one wins, no bid is left pending."""
    gig = post_job(alice)
    bids = [place_bid(person, gig) for person in (bob, charlie)]
    do(alice, hire(alice, bids[0]).json()["order"], "cancel")
    tabs = [alice.twin() for _ in range(4)]
    works: list[Callable[[], requests.Response]] = [
        *(lambda tab=tab, number=number: hire(tab, bids[number % 2]) for number, tab in enumerate(tabs)),
        *(lambda person=person: person.post("/api/bids", {**BID, "gigId": gig["id"]}) for person in late),
    ]
    answers = at_once(works)
    assert counted(answers[:4]) == {200: 1, 409: 3}
    assert counted(answers[4:]).keys() <= {201, 409}
    check_jobs(server.db, gig["id"])


@ATTEMPTS
def test_calling_off_races_time_and_a_new_hire(
    attempt: int, server: Server, inside: Db, alice: Person, bob: Person, charlie: Person
) -> None:
    gig = post_job(alice)
    bids = [place_bid(person, gig) for person in (bob, charlie)]
    order = hire(alice, bids[0]).json()["order"]
    tab = alice.twin()
    works: list[Callable[[], Any]] = [
        lambda: try_to(alice, order, "cancel"),
        lambda: try_to(bob, order, "cancel"),
        lambda: tick(inside, days=8),
        lambda: hire(tab, bids[1]),
    ]
    at_once(works[attempt:] + works[:attempt])
    assert read(alice, order)["status"] == "cancelled"
    check_orders(server.db, order["id"])
    check_jobs(server.db, gig["id"])


@ATTEMPTS
@pytest.mark.parametrize("key", [None, "same"])
def test_the_whole_balance_paid_out_twice_at_once(
    key: str | None, attempt: int, server: Server, alice: Person, join: Join, db: Any
) -> None:
    """One gets it, unless all are the same request; the balance is never below nothing."""
    bob = join("Bob Bidder", at=server)
    do(alice, delivered(server, alice, bob, price=100), "accept")
    tabs = [bob.twin() for _ in range(4)]
    headers = {"Idempotency-Key": key} if key else {}
    answers = at_once([lambda tab=tab: tab.post("/api/payment/payouts", headers=headers) for tab in tabs])
    assert counted(answers) == ({201: 4} if key else {201: 1, 409: 3})
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert bob.get("/api/payment/balance").json()["balance"] == 0
    check_balance(db, bob.id)
