"""What the sandbox does by itself, as a provider's dashboard and its customers' banks do: refunds, refunds that fail,
and chargebacks. The shop is told of each by an event, as of everything else.
"""

from datetime import datetime
from typing import Literal

from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, NotFound
from gigflow.core.money import Currency
from gigflow.sandbox import store
from gigflow.sandbox.actions import events, events_of_refund, of_charge, secret_id, times_told
from gigflow.sandbox.models import Charge, Chargeback, Event, EventType, Refund


def currency_of(db: Db, payment_id: str) -> Currency:
    """Return the currency in which a payment was paid. Raises NotFound."""
    return Currency(_charge_of(db, payment_id).currency)


def refund_by_hand(db: Db, payment_id: str, amount_minor: int | None, now: datetime) -> Refund:
    """Give back a part of what was paid, or with None all that is left, without having been asked by the shop.

    Raises NotFound, Conflict if there is not that much left.
    """
    charge = _charge_of(db, payment_id)
    amount = charge.left_minor if amount_minor is None else amount_minor
    made = Refund(id=secret_id("re"), charge_id=charge.id, amount_minor=amount, created_at=now)

    def work(tx: Tx) -> Refund:
        if amount <= 0 or not store.take_from_charge(tx, charge.id, amount):
            raise _not_left(charge)
        store.insert_refund(tx, made)
        store.insert_events(tx, events_of_refund("refund.made", charge, made, now))
        return made

    return db.transact(work)


def fail_refund(db: Db, payment_id: str, now: datetime) -> Refund:
    """Let the newest refund of a payment fail at the customer's bank. Raises NotFound, Conflict if there is none."""
    charge = _charge_of(db, payment_id)

    def work(tx: Tx) -> Refund:
        failed = store.fail_refund(tx, charge.id)
        if failed is None:
            raise Conflict("The sandbox has refunded nothing of this payment.", code="no_refund")
        store.take_from_charge(tx, charge.id, -failed.amount_minor)
        news = events_of_refund("refund.failed", charge, failed, now, "The bank sent it back.")
        store.insert_events(tx, news)
        return failed

    return db.transact(work)


def charge_back(db: Db, payment_id: str, now: datetime) -> Chargeback:
    """Let the customer's bank take back all that is left of a payment. Raises NotFound, Conflict if nothing is left."""
    charge = _charge_of(db, payment_id)
    opened = Chargeback(
        id=secret_id("cb"), charge_id=charge.id, amount_minor=charge.left_minor, created_at=now
    )

    def work(tx: Tx) -> Chargeback:
        if opened.amount_minor <= 0 or not store.take_from_charge(tx, charge.id, opened.amount_minor):
            raise _not_left(charge)
        store.insert_chargeback(tx, opened)
        store.insert_events(tx, _events_of_chargeback(charge, opened, now))
        return opened

    return db.transact(work)


def close_chargeback(db: Db, payment_id: str, how: Literal["won", "lost"], now: datetime) -> Chargeback:
    """Let the shop win or lose an open chargeback. Raises NotFound, Conflict if none is open."""
    charge = _charge_of(db, payment_id)

    def work(tx: Tx) -> Chargeback:
        closed = store.close_chargeback(tx, charge.id, how)
        if closed is None:
            raise Conflict("No chargeback of this payment is open.", code="no_chargeback")
        if how == "won":
            store.take_from_charge(tx, charge.id, -closed.amount_minor)
        store.insert_events(tx, _events_of_chargeback(charge, closed, now))
        return closed

    return db.transact(work)


def _charge_of(db: Db, payment_id: str) -> Charge:
    session = store.get_session_of(db, payment_id)
    charge = store.get_charge(db, session.charge_id) if session and session.charge_id else None
    if charge is None:
        raise NotFound("Nobody has paid such a payment at the sandbox.", code="payment_not_found")
    return charge


def _events_of_chargeback(charge: Charge, chargeback: Chargeback, now: datetime) -> list[Event]:
    data = {
        **of_charge(charge),
        "amount_minor": chargeback.amount_minor,
        "ref": chargeback.id,
        "stage": chargeback.status,
    }
    kind: EventType = "chargeback.opened" if chargeback.status == "open" else "chargeback.closed"
    return events(kind, data, now, times_told(charge))


def _not_left(charge: Charge) -> Conflict:
    shown = Currency(charge.currency).format(charge.left_minor)
    return Conflict(f"Only {shown} is left of this payment.", code="not_left")
