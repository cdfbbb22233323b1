"""`flask gigflow audit`: it passes after a busy life, and finds whatever is broken by hand (DOMAIN.md, Invariants)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from bson import ObjectId

from gigflow.core.db import Db
from gigflow.core.files import CHUNK_BYTES
from gigflow.proof.audit import CHECKS, audit
from tests.conftest import PASSWORD
from tests.files.delivering import deliver, noise
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


def event_done_by(name: str, actor: str) -> list[Row]:
    """Another actor for the events of this name in a timeline."""
    changed = {"$mergeObjects": ["$$this", {"actor": actor}]}
    each = {"$cond": [{"$eq": ["$$this.name", name]}, changed, "$$this"]}
    return [{"$set": {"events": {"$map": {"input": "$events", "as": "this", "in": each}}}}]


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
    "6. A hidden review is revealed when its time has come": (
        "reviews",
        {"revealed_at": None},
        {"$unset": {"reveal_at": ""}},
    ),
    "6. Orders know who has reviewed them, each for their own side": (
        "orders",
        {"reviewed.client": {"$ne": None}},
        {"$unset": {"reviewed.client": ""}},
    ),
    "7. A paid order was paid once, with its price": (
        "payments",
        {"status": "paid"},
        {"$set": {"status": "expired"}},
    ),
    "7. Nobody is asked to pay for an order that has ended": (
        "payments",
        {"status": "expired"},
        {"$set": {"status": "open"}},
    ),
    "7. All money is of one currency": ("payments", {"status": "paid"}, {"$set": {"currency": "XTS"}}),
    "9. Every change of an order is in the table": (
        "orders",
        {"status": "completed"},
        {"$pop": {"events": -1}},
    ),
    "9. Whoever changed an order was allowed to": (
        "orders",
        {"events.name": "accept"},
        event_done_by("accept", "freelancer"),
    ),
    "9. Wishes to cancel are answered by the other side": (
        "orders",
        {"events.name": "agree_to_cancel"},
        event_done_by("agree_to_cancel", "freelancer"),
    ),
    "9. Revisions and dates are there as the state asks": (
        "orders",
        {"status": "delivered"},
        {"$set": {"due_at": None}},
    ),
    "9. Open cancellations and disputes belong to their order's state": (
        "disputes",
        {"status": "open"},
        {"$set": {"status": "decided"}},
    ),
    "9. What was delivered is there": ("deliveries", {}, {"$set": {"order_id": ObjectId()}}),
    "9. Every file that was delivered is whole": (
        "file_files.chunks",
        {"n": 0},
        {"$set": {"files_id": ObjectId()}},
    ),
    "9. A dispute ends as its order does": (
        "disputes",
        {"status": "settled"},
        {"$inc": {"released_minor": 1}},
    ),
    "9. A settled dispute ended in the middle of its numbers": (
        "disputes",
        {"status": "settled"},
        {"$inc": {"offers.client.amount_minor": 2}},
    ),
    "11. What happened was told once": (
        "notifications",
        {"type": "hired"},
        {"$set": {"fact": "something else"}},
    ),
    "11. Both sides were told what became of their order": (
        "notifications",
        {"type": "order_paid"},
        {"$set": {"user_id": ObjectId()}},
    ),
    "15. Each address is of one account": (
        "users",
        {"email": "alice@bücher.example"},
        [{"email": "alice@xn--bcher-kva.example"}],
    ),
}
# What else the newer of these checks find, each alone.
FURTHER: tuple[tuple[str, Damage], ...] = (
    (
        "6. A hidden review is revealed when its time has come",
        ("reviews", {"revealed_at": None}, [{"$set": {"reveal_at": {"$add": ["$reveal_at", 1]}}}]),
    ),
    (
        "6. A hidden review is revealed when its time has come",
        ("reviews", {"reveal_at": None}, [{"$set": {"reveal_at": "$revealed_at"}}]),
    ),
    (
        "6. Orders know who has reviewed them, each for their own side",
        ("reviews", {"revealed_at": None}, {"$set": {"side": "freelancer"}}),
    ),
    (
        "6. Orders know who has reviewed them, each for their own side",
        (
            "reviews",
            {"revealed_at": None},
            [{"$set": {"author_id": "$subject_id", "subject_id": "$author_id"}}],
        ),
    ),
    (
        "7. Nobody is asked to pay for an order that has ended",
        ("payments", {"status": "paid"}, [{"status": "open", "look_at": datetime(2100, 1, 1, tzinfo=UTC)}]),
    ),
    (
        "9. Whoever changed an order was allowed to",
        ("orders", {"events.name": "pay"}, event_done_by("pay", "client")),
    ),
    (
        "9. Whoever changed an order was allowed to",
        ("orders", {"events.name": "settle"}, event_done_by("settle", "admin")),
    ),
    (
        "9. Wishes to cancel are answered by the other side",
        ("orders", {"events.name": "take_back"}, event_done_by("take_back", "client")),
    ),
    (
        "9. Wishes to cancel are answered by the other side",
        ("cancellations", {"status": "agreed"}, {"$set": {"order_id": ObjectId()}}),
    ),
    (
        "9. Revisions and dates are there as the state asks",
        ("orders", {"events.name": "revise"}, {"$inc": {"revisions_used": 1}}),
    ),
    (
        "9. Revisions and dates are there as the state asks",
        ("orders", {"events.name": "revise"}, {"$set": {"terms.revisions": 0}}),
    ),
    (
        "9. Revisions and dates are there as the state asks",
        ("orders", {"status": "delivered"}, {"$set": {"accept_by": None}}),
    ),
    ("9. Every file that was delivered is whole", ("file_files.chunks", {"n": 1}, {"$set": {"n": 2}})),
    ("9. Every file that was delivered is whole", ("file_files.files", {}, {"$inc": {"length": -1}})),
    (
        "9. A settled dispute ended in the middle of its numbers",
        ("disputes", {"status": "settled"}, {"$unset": {"offers.client": ""}}),
    ),
    (
        "11. Both sides were told what became of their order",
        ("notifications", {"type": "order_completed"}, {"$set": {"type": "order_reminder"}}),
    ),
    (
        "11. Both sides were told what became of their order",
        ("notifications", {"type": "order_completed"}, [{"fact": "order_completed:again"}]),
    ),
)


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """With a database of its own, since it is broken on purpose."""
    return start_server()


@pytest.fixture(scope="module")
def lived(server: Server) -> Server:
    """After people have done with orders and money what can be done."""
    alice, bob = (Person(server.url, name, f"{name}@bücher.example", PASSWORD) for name in ("Alice", "Bob"))
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
    assert checkout(alice, hired(alice, bob)).status_code == 201  # not paid in time
    wrong = hired(alice, bob)
    assert pay_at(checkout(alice, wrong).json()["checkoutUrl"], WRONG_AMOUNT).status_code == 200
    wait_for(lambda: payments_of(server, wrong)[0]["status"] == "refunded")
    for amount in (20, 20.14, 20.13):  # the bank refuses the second and sends the third back
        assert bob.post("/api/payment/payouts", {"amount": amount}).status_code == 201
    let_time_pass(server, days=20)
    disputed(server, alice, bob)
    work_is_looked_at(server, alice, bob)
    calls_are_made(server)
    statuses = ["failed", "failed", "sent"]
    wait_for(lambda: sorted(row["status"] for row in server.db.payouts.find()) == statuses)
    for person in (alice, bob):
        person.close()
    return server


def work_is_looked_at(server: Server, alice: Person, bob: Person) -> None:
    """What is handed in with a file of two chunks and sent back for changes, beside a wish to cancel that is taken
    back; and work that one side has reviewed.
    """
    changed = in_progress(server, alice, bob)
    answer = deliver(bob, changed["id"], ("map.png", noise(CHUNK_BYTES + 1)))
    assert answer.status_code == 200, answer.text
    do(alice, changed, "revise", message="Larger, please.")
    do(bob, changed, "cancel")
    assert bob.delete(f"/api/orders/{changed['id']}/cancel").status_code == 200
    do(bob, changed, "deliver", message="Here it is again.")
    accepted = do(alice, delivered(server, alice, bob), "accept")
    assert try_to(alice, accepted, "review", rating=3, text="Late.").status_code == 201


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
    for words, damage in FURTHER:
        with damaged(lived, *damage):
            found = broken(inside)
        assert words in found, (words, damage, found)
    assert broken(inside) == {}
    inside.client.close()


def test_whoever_left_for_good_need_not_have_been_told(lived: Server) -> None:
    told = lived.db.notifications.find_one({"type": "order_paid"})
    assert told
    inside = Db(lived.mongo_uri, lived.mongo_db)
    left = ("users", {"_id": told["user_id"]}, {"$set": {"deleted_at": told["created_at"]}})
    with damaged(lived, *left), damaged(lived, "notifications", told, {"$set": {"type": "order_reminder"}}):
        assert broken(inside) == {}
    inside.client.close()


def test_accounts_of_before_with_one_address_are_named(lived: Server) -> None:
    """Each of them, so that an operator can ask one to change it."""
    alice = lived.db.users.find_one({"email": "alice@bücher.example"})
    assert alice
    inside = Db(lived.mongo_uri, lived.mongo_db)
    twin = ("users", {"email": "bob@bücher.example"}, {"$set": {"email": "alice@xn--bcher-kva.example"}})
    bob = lived.db.users.find_one(twin[1])
    assert bob
    with damaged(lived, *twin):
        found = broken(inside)
    assert list(found) == ["15. Each address is of one account"]
    (problem,) = found["15. Each address is of one account"]
    assert {str(alice["_id"]), str(bob["_id"])} <= set(problem.split())
    inside.client.close()


def test_each_check_is_tried() -> None:
    assert list(DAMAGE) == [words for words, _ in CHECKS]
