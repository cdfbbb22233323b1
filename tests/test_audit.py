"""`flask gigflow audit`: it passes after a busy life, and finds whatever is broken by hand (DOMAIN.md, Invariants)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from bson import ObjectId

from gigflow.audit import CHECKS, audit
from gigflow.core.db import Db
from tests.conftest import PASSWORD
from tests.support.client import Person
from tests.support.invariants import Row
from tests.support.market import hire, place_bid, post_job
from tests.support.money import (
    WRONG_AMOUNT,
    bought,
    calls_are_made,
    checkout,
    delivered,
    disputed,
    do,
    hired,
    in_progress,
    let_time_pass,
    pay,
    pay_at,
    payments_of,
    try_to,
)
from tests.support.server import Server
from tests.support.waiting import wait_for

# For each check: what is broken, in which document of which collection; an update, or fields of one more such document.
Damage = tuple[str, Row, Row | list[Row]]
DAMAGE: dict[str, Damage] = {
    "1. Every ledger entry sums to zero": ("ledger", {}, {"$inc": {"lines.0.amount_minor": 1}}),
    "1. Orders hold, release and refund what the ledger says": (
        "orders",
        {"status": "completed"},
        {"$inc": {"released_minor": -1}},
    ),
    "1. Every ledger entry belongs to an order or a payout": ("ledger", {}, [{"key": "gift:somebody"}]),
    "1. Balances equal the ledger and are not negative": ("balances", {}, {"$inc": {"amount_minor": 1}}),
    "1. Payouts are booked once, and again where they failed": ("payouts", {}, {"$inc": {"amount_minor": 1}}),
    "2. No refund exceeds what was paid": (
        "payments",
        {"status": "refunded"},
        {"$inc": {"received_minor": -1}},
    ),
    "2. Each order is held, released and refunded once at most": (
        "ledger",
        {"key": {"$regex": "^hold:"}},
        [{"key": "hold:again"}],
    ),
    "3. A given job has one hired bid and none pending": (
        "bids",
        {"status": "hired"},
        {"$set": {"status": "pending"}},
    ),
    "3. A job stands where its order stands": (
        "gigs",
        {"kind": "job", "status": "completed"},
        {"$set": {"status": "assigned"}},
    ),
    "4. One live order per bid or offer": ("orders", {"status": "completed"}, {"$set": {"live": True}}),
    "4. Nobody bids on, buys from or reviews themselves": (
        "orders",
        {},
        [{"$set": {"client_id": "$freelancer_id"}}],
    ),
    "5. Terms stand as they were agreed": ("orders", {}, {"$inc": {"terms.price_minor": 1}}),
    "6. Reviews are by one side of a completed order, one each": (
        "reviews",
        {},
        {"$set": {"author_id": ObjectId()}},
    ),
    "6. Ratings equal a recount": (
        "users",
        {"rating.client.count": 1},
        {"$inc": {"rating.client.sum": 1}},
    ),
    "6. Services rank as they were reviewed": ("gigs", {"kind": "service"}, {"$inc": {"rank": 0.5}}),
    "6. Where both sides wrote, both reviews are seen": ("reviews", {}, {"$set": {"revealed_at": None}}),
    "7. A paid order was paid once, with its price": (
        "payments",
        {"status": "paid"},
        {"$set": {"status": "expired"}},
    ),
    "9. Every change of an order is in the table": (
        "orders",
        {"status": "completed"},
        {"$pop": {"events": -1}},
    ),
    "9. Open cancellations and disputes belong to their order's state": (
        "disputes",
        {"status": "open"},
        {"$set": {"status": "decided"}},
    ),
    "9. What was delivered is there": ("deliveries", {}, {"$set": {"order_id": ObjectId()}}),
    "9. A dispute ends as its order does": (
        "disputes",
        {"status": "settled"},
        {"$inc": {"released_minor": 1}},
    ),
    "11. What happened was told once": (
        "notifications",
        {"type": "hired"},
        {"$set": {"fact": "something else"}},
    ),
}


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """With a database of its own, since it is broken on purpose."""
    return start_server()


@pytest.fixture(scope="module")
def lived(server: Server) -> Server:
    """After people have done with orders and money what can be done."""
    alice, bob = (Person(server.url, name, f"{name}@example.test", PASSWORD) for name in ("Alice", "Bob"))
    order = do(alice, delivered(server, alice, bob, price=99.99), "accept")
    for person, rating in ((alice, 4), (bob, 5)):
        assert try_to(person, order, "review", rating=rating, text="As agreed.").status_code == 201
    do(bob, pay(server, bob, bought(bob, alice)), "cancel")
    settled = disputed(server, alice, bob, price=0.07)
    do(alice, settled, "dispute/offer", amount=0.05)
    do(bob, settled, "dispute/offer", amount=0.02)
    cancelled = in_progress(server, alice, bob)
    do(bob, cancelled, "cancel")
    do(alice, cancelled, "cancel/answer", agree=True)
    gig = post_job(alice)
    do(alice, hire(alice, place_bid(bob, gig)).json()["order"], "cancel")
    hired(alice, bob)
    wrong = hired(alice, bob)
    assert pay_at(checkout(alice, wrong).json()["checkoutUrl"], WRONG_AMOUNT).status_code == 200
    wait_for(lambda: payments_of(server, wrong)[0]["status"] == "refunded")
    for amount in (20, 20.14, 20.13):  # the bank refuses the second and sends the third back
        assert bob.post("/api/payment/payouts", {"amount": amount}).status_code == 201
    let_time_pass(server, days=20)
    disputed(server, alice, bob)
    calls_are_made(server)
    statuses = ["failed", "failed", "sent"]
    wait_for(lambda: sorted(row["status"] for row in server.db.payouts.find()) == statuses)
    for person in (alice, bob):
        person.close()
    return server


@contextmanager
def damaged(server: Server, name: str, query: Row, change: Row | list[Row]) -> Iterator[None]:
    """One document changed, or a copy added, until the end of the block."""
    collection = server.db[name]
    before = collection.find_one(query)
    assert before is not None
    if isinstance(change, list) and not any(key.startswith("$") for key in change[0]):
        added = {**before, "_id": ObjectId(), **change[0]}
        collection.insert_one(added)
        yield
        collection.delete_one({"_id": added["_id"]})
        return
    collection.update_one({"_id": before["_id"]}, change, bypass_document_validation=True)
    yield
    collection.replace_one({"_id": before["_id"]}, before)


def broken(inside: Db) -> dict[str, list[str]]:
    """What is broken, by the words of the check."""
    return {words: problems for words, problems in audit(inside) if problems}


def test_every_check_passes_after_a_busy_life(lived: Server) -> None:
    done = lived.command("gigflow", "audit")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"ok      {words}" for words, _ in CHECKS]


def test_it_ends_with_the_first_that_is_broken(lived: Server) -> None:
    words = "5. Terms stand as they were agreed"
    with damaged(lived, *DAMAGE[words]):
        done = lived.command("gigflow", "audit")
    assert done.returncode == 1
    assert done.stderr.startswith(f"BROKEN  {words}\n        the order ")
    assert done.stdout.splitlines()[-1] == "ok      4. Nobody bids on, buys from or reviews themselves"


def test_every_check_can_fail(lived: Server) -> None:
    """And nothing is broken afterwards."""
    inside = Db(lived.mongo_uri, lived.mongo_db)
    for words, damage in DAMAGE.items():
        with damaged(lived, *damage):
            found = broken(inside)
        assert words in found, (words, found)
    assert broken(inside) == {}
    inside.client.close()


def test_each_check_is_tried() -> None:
    assert list(DAMAGE) == [words for words, _ in CHECKS]
