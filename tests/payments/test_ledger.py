"""The double-entry ledger: what it says of an order to both sides, and that it is written once (invariants 1 and 2)."""

from collections import Counter
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st
from pymongo.errors import DuplicateKeyError

from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.core.money import fee_of
from gigflow.payments import ledger
from tests.conftest import shared
from tests.support.client import Person
from tests.support.money import delivered, disputed, do, hired, in_progress, read
from tests.support.server import Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
root = shared("Root Admin", is_admin=True)


def total(entries: list[Any]) -> Counter[str]:
    """What a list of stored entries comes to by kind of account."""
    sums: Counter[str] = Counter()
    for entry in entries:
        for line in entry["lines"]:
            sums[line["account"].partition(":")[0]] += line["amount_minor"]
    return sums


def test_both_sides_read_the_same_books(
    server: Server, alice: Person, bob: Person, root: Person, db: Any
) -> None:
    """What was held is released, fee, refund, or remains; every entry sums to zero; accounts name nobody."""
    order = disputed(server, alice, bob, price=99.99)
    do(alice, order, "dispute/offer", amount=50)
    do(bob, order, "dispute/offer", amount=25)
    books = read(alice, order)["ledger"]
    assert read(bob, order)["ledger"] == read(root, order)["ledger"] == books
    sums = {name: amount for name, amount in books.items() if name != "entries"}
    assert sums == {"held": 99.99, "released": 33.75, "fee": 3.75, "refunded": 62.49, "remaining": 0}
    assert [each["what"] for each in books["entries"]] == ["hold", "release", "refund"]
    for entry in books["entries"]:
        assert round(sum(line["amount"] for line in entry["lines"]), 2) == 0
        assert {line["account"] for line in entry["lines"]} <= {"provider", "held", "balance", "fees"}
    stored = list(db.ledger.find({"order_id": ObjectId(order["id"])}))
    assert total(stored) == Counter({"provider": -3750, "held": 0, "balance": 3375, "fees": 375})


def test_everything_together_sums_to_zero(server: Server, alice: Person, bob: Person, db: Any) -> None:
    """What the provider has is what is held, owed and earned, over all orders of all tests."""
    hired(alice, bob)
    in_progress(server, alice, bob)
    do(alice, delivered(server, alice, bob), "accept")
    sums = total(list(db.ledger.find()))
    assert sum(sums.values()) == 0
    assert sums["balance"] == sum(row["amount_minor"] for row in db.balances.find())
    paid = db.ledger.distinct(
        "order_id", {"key": {"$regex": "^hold:"}}
    )  # other tests put orders into states by hand
    held = db.orders.find({"_id": {"$in": paid}, "status": {"$in": ["in_progress", "delivered", "disputed"]}})
    assert total(list(db.ledger.find({"order_id": {"$in": paid}})))["held"] == sum(
        order["price_minor"] for order in held
    )


def test_nothing_is_booked_twice(server: Server, alice: Person, bob: Person, db: Any) -> None:
    """Whatever asks for it: the key of the fact is unique, and the transaction ends."""
    order = disputed(server, alice, bob, price=100)
    do(alice, order, "dispute/offer", amount=60)
    do(bob, order, "dispute/offer", amount=40)
    before = list(db.ledger.find().sort("_id"))
    balance = db.balances.find_one({"_id": ObjectId(bob.id)})
    inside = Db(server.mongo_uri, server.mongo_db)
    order_id, freelancer = ObjectId(order["id"]), ObjectId(bob.id)
    for book in (
        lambda tx: ledger.book_hold(tx, order_id, 100_00, now()),
        lambda tx: ledger.book_release(tx, order_id, freelancer, 1_00, 10, now()),
        lambda tx: ledger.book_refund(tx, order_id, 1_00, now()),
    ):
        with pytest.raises(DuplicateKeyError):
            inside.transact(book)
    inside.client.close()
    assert list(db.ledger.find().sort("_id")) == before
    assert db.balances.find_one({"_id": ObjectId(bob.id)}) == balance


@given(amount=st.integers(0, 10**8), basis_points=st.integers(0, 5_000))
def test_fees_are_rounded_half_up(amount: int, basis_points: int) -> None:
    fee = fee_of(amount, basis_points)
    assert 0 <= fee <= amount
    assert -5_000 < amount * basis_points - fee * 10_000 < 5_000 or (
        amount * basis_points - fee * 10_000 == -5_000
    )
