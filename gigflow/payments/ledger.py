"""The double-entry ledger: whose the money is. Every entry is written in the transaction of what it books
(docs/domain.md).

`provider` is the world outside, so it is negative by what GigFlow holds, owes and has earned together.
"""

from datetime import datetime

from bson import ObjectId

from gigflow.core.db import Tx
from gigflow.core.ids import new_id
from gigflow.payments import store
from gigflow.payments.models import Entry, Line

PROVIDER = "provider"
FEES = "fees"
LOSSES = "losses"  # what the provider took back of what was released: GigFlow bears it until it is decided


def held(order_id: ObjectId) -> str:
    """Return the account of what is held for an order."""
    return f"held:{order_id}"


def balance(user_id: ObjectId) -> str:
    """Return the account of what a freelancer has earned."""
    return f"balance:{user_id}"


def book_hold(tx: Tx, order_id: ObjectId, amount_minor: int, now: datetime) -> None:
    """Book money that came in for an order."""
    lines = [Line(PROVIDER, -amount_minor), Line(held(order_id), amount_minor)]
    _book(tx, f"hold:{order_id}", lines, now, order_id)


def book_release(
    tx: Tx,
    order_id: ObjectId,
    freelancer_id: ObjectId,
    gross_minor: int,
    fee_minor: int,
    now: datetime,
) -> None:
    """Book a part of what is held to the freelancer, less the fee. Once per order (invariant 2)."""
    net = gross_minor - fee_minor
    lines = [Line(held(order_id), -gross_minor)]
    lines += [Line(balance(freelancer_id), net)] if net else []
    lines += [Line(FEES, fee_minor)] if fee_minor else []
    _book(tx, f"release:{order_id}", lines, now, order_id)
    if net:
        store.add_to_balance(tx, freelancer_id, net)


def book_refund(tx: Tx, order_id: ObjectId, amount_minor: int, now: datetime) -> None:
    """Book a part of what is held back to the client. Once per order (invariant 2)."""
    lines = [Line(held(order_id), -amount_minor), Line(PROVIDER, amount_minor)]
    _book(tx, f"refund:{order_id}", lines, now, order_id)


def owed(order_id: ObjectId) -> str:
    """Return the account of a refund that did not arrive and is still the client's."""
    return f"owed:{order_id}"


def book_reversal(
    tx: Tx, order_id: ObjectId, key: str, from_held_minor: int, lost_minor: int, now: datetime
) -> None:
    """Book money of an order that the provider gave back by itself: from what is held, or, once that is gone, as a
    loss. Negative amounts come back. `key` names the provider's refund or chargeback and the event that told it.
    """
    lines = [Line(PROVIDER, from_held_minor + lost_minor)]
    lines += [Line(held(order_id), -from_held_minor)] if from_held_minor else []
    lines += [Line(LOSSES, -lost_minor)] if lost_minor else []
    _book(tx, f"reversal:{key}", lines, now, order_id)


def book_refund_failed(tx: Tx, order_id: ObjectId, call_key: str, amount_minor: int, now: datetime) -> None:
    """Book a refund that did not arrive: GigFlow has the money and owes it to the client."""
    lines = [Line(PROVIDER, -amount_minor), Line(owed(order_id), amount_minor)]
    _book(tx, f"refund_failed:{call_key}", lines, now, order_id)


def book_refund_again(tx: Tx, order_id: ObjectId, call_key: str, amount_minor: int, now: datetime) -> None:
    """Book that a refund that did not arrive is sent again."""
    lines = [Line(owed(order_id), -amount_minor), Line(PROVIDER, amount_minor)]
    _book(tx, f"refund_again:{call_key}", lines, now, order_id)


def book_taken_back(tx: Tx, order_id: ObjectId, user_id: ObjectId, amount_minor: int, now: datetime) -> None:
    """Take back from a balance, as an admin, what the provider took back of its order. Once per decision.

    Raises AssertionError if the balance does not have that much, which it always has of what is in doubt.
    """
    assert store.take_from_balance(tx, user_id, amount_minor)
    lines = [Line(balance(user_id), -amount_minor), Line(LOSSES, amount_minor)]
    _book(tx, f"taken_back:{new_id()}", lines, now, order_id)


def book_payout(tx: Tx, payout_id: ObjectId, user_id: ObjectId, amount_minor: int, now: datetime) -> bool:
    """Book money of a balance to the freelancer's bank; returns False if there is less than that."""
    if not store.take_from_balance(tx, user_id, amount_minor):
        return False
    lines = [Line(balance(user_id), -amount_minor), Line(PROVIDER, amount_minor)]
    _book(tx, f"payout:{payout_id}", lines, now)
    return True


def book_payout_returned(
    tx: Tx, payout_id: ObjectId, user_id: ObjectId, amount_minor: int, now: datetime
) -> None:
    """Book the money of a failed payout to the balance again."""
    store.add_to_balance(tx, user_id, amount_minor)
    lines = [Line(PROVIDER, -amount_minor), Line(balance(user_id), amount_minor)]
    _book(tx, f"payout_returned:{payout_id}", lines, now)


def _book(tx: Tx, key: str, lines: list[Line], now: datetime, order_id: ObjectId | None = None) -> None:
    assert sum(line.amount_minor for line in lines) == 0
    store.insert_entry(tx, Entry(id=new_id(), key=key, order_id=order_id, lines=lines, created_at=now))
