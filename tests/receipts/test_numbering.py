"""One series without gaps, in the order of the ledger: whoever ticks, whenever one is killed, whatever comes late."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.core.db import Db, create_missing
from gigflow.core.ids import new_id
from gigflow.orders.store import ORDERS
from gigflow.payments import ledger
from gigflow.payments.store import LEDGER, PAYMENTS
from gigflow.receipts.numbering import give_numbers
from gigflow.receipts.store import RECEIPTS
from tests.support.races import at_once
from tests.support.waiting import wait_for

TICKING = """
import sys
from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.receipts import numbering
numbering.PIECE = 20
while numbering.give_numbers(Db(*sys.argv[1:]), now()):
    pass
"""


@contextmanager
def opened(uri: str, name: str) -> Iterator[Db]:
    db = Db(uri, name)
    try:
        yield db
    finally:
        db.client.close()


@pytest.fixture
def books(mongo_uri: str) -> Iterator[Db]:
    """A database with nothing but a ledger, as an installation of an earlier version has one."""
    with opened(mongo_uri, f"receipts_{secrets.token_hex(6)}") as db:
        for declared in (LEDGER, RECEIPTS):
            create_missing(db.database, declared)
        yield db
        db.client.drop_database(db.database.name)


def agree(db: Db, title: str = "A map") -> ObjectId:
    """An order with a payment, as far as receipts read them."""
    order: dict[str, Any] = {"_id": new_id(), "client_id": ObjectId(), "freelancer_id": ObjectId()}
    order["source"] = {"type": "bid", "id": ObjectId()}
    db[ORDERS].insert_one({**order, "terms": {"title": title}, "fee_basis_points": 1000})
    db[PAYMENTS].insert_one({"_id": new_id(), "order_id": order["_id"], "currency": "USD"})
    return ObjectId(order["_id"])


def book(db: Db, order_id: ObjectId) -> None:
    """Money that comes in for an order."""
    db.transact(lambda tx: ledger.book_hold(tx, order_id, 45_000, now()))


def booked(db: Db) -> list[ObjectId]:
    return [row["_id"] for row in db[LEDGER].find().sort("_id", 1)]


def numbered(db: Db) -> list[tuple[int, ObjectId]]:
    return [(row["number"], row["_id"]) for row in db[RECEIPTS].find().sort("number", 1)]


def series_of(db: Db) -> list[tuple[int, ObjectId]]:
    """What the receipts must be: the ledger, counted from 1."""
    return list(enumerate(booked(db), 1))


def test_what_was_booked_before_is_numbered_in_the_order_of_the_ledger(books: Db) -> None:
    for _ in range(7):
        book(books, agree(books))
    assert give_numbers(books, now()) == 7
    assert numbered(books) == series_of(books)
    assert give_numbers(books, now()) == 0
    book(books, agree(books))
    assert give_numbers(books, now()) == 1
    assert numbered(books) == series_of(books)


def test_many_processes_that_tick_at_once_double_nothing_and_leave_no_gap(books: Db, mongo_uri: str) -> None:
    orders = [agree(books) for _ in range(60)]
    with ExitStack() as stack:
        others = [stack.enter_context(opened(mongo_uri, books.database.name)) for _ in range(8)]

        def tick(db: Db) -> None:
            for _ in range(15):
                give_numbers(db, now())

        def pay(mine: list[ObjectId]) -> None:
            for order_id in mine:
                book(books, order_id)

        at_once(
            [*(lambda db=db: tick(db) for db in others), *(lambda n=n: pay(orders[n::3]) for n in range(3))]
        )
    give_numbers(books, now())
    found = numbered(books)
    assert [number for number, _ in found] == list(range(1, 61))
    assert sorted(entry for _, entry in found) == booked(books)


def test_a_process_that_is_killed_leaves_no_gap(books: Db, mongo_uri: str) -> None:
    order_id = agree(books)
    lines = [{"account": "provider", "amount_minor": -5}, {"account": f"held:{order_id}", "amount_minor": 5}]
    books[LEDGER].insert_many(
        {"_id": new_id(), "key": f"hold:{n}", "order_id": order_id, "lines": lines, "created_at": now()}
        for n in range(4_000)
    )
    ticking = subprocess.Popen([sys.executable, "-c", TICKING, mongo_uri, books.database.name])
    wait_for(lambda: books[RECEIPTS].count_documents({}) > 100, what="the first numbers")
    ticking.kill()
    ticking.wait()
    done = numbered(books)
    assert 100 < len(done) < 4_000
    assert done == series_of(books)[: len(done)]
    assert give_numbers(books, now()) == 4_000 - len(done)
    assert numbered(books) == series_of(books)


def test_an_entry_that_is_committed_late_gets_the_next_number(books: Db) -> None:
    """Its id is lower than that of one with a number: its transaction took longer."""
    late = ObjectId.from_datetime(now() - timedelta(seconds=30))
    for _ in range(3):
        book(books, agree(books))
    give_numbers(books, now())
    entry = books[LEDGER].find_one({})
    assert entry
    order_id = agree(books)
    books[LEDGER].insert_one({**entry, "_id": late, "key": f"hold:{order_id}", "order_id": order_id})
    assert give_numbers(books, now()) == 1
    assert numbered(books)[3:] == [(4, late)]


def test_what_belongs_to_no_order_holds_up_nothing(books: Db) -> None:
    book(books, ObjectId())
    order_id = agree(books)
    books.transact(lambda tx: ledger.book_payout(tx, new_id(), ObjectId(), 0, now()))
    book(books, order_id)
    assert give_numbers(books, now()) == 1
    [receipt] = books[RECEIPTS].find()
    assert (receipt["number"], receipt["order_id"]) == (1, order_id)
