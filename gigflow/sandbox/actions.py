"""What the sandbox does when its customers pay, and when the shop calls. Every call that makes something has an
idempotency key: made again with the same key, it returns what the first one made.
"""

import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bson import ObjectId

from gigflow.core.db import Db, Tx
from gigflow.core.each import Each
from gigflow.core.errors import Conflict, Invalid, NotFound
from gigflow.core.ids import new_id
from gigflow.payments.gateway import GatewayRefused
from gigflow.sandbox import store
from gigflow.sandbox.models import (
    CARDS,
    EVENT_LEASE,
    REFUSED_CENTS,
    RETRY_AFTER,
    RETURNED_AFTER,
    RETURNED_CENTS,
    SESSION_LIFE,
    SLOW_BY,
    TOLD_TIMES,
    Account,
    Charge,
    Event,
    EventType,
    Key,
    Refund,
    Session,
    Transfer,
)

log = logging.getLogger(__name__)

_expiring = Each("The end of the sandbox's checkout")
EXPIRED_AT_ONCE = 100  # checkouts; the rest is for the next tick


def open_session(
    db: Db,
    *,
    payment_id: str,
    title: str,
    amount_minor: int,
    currency: str,
    return_url: str,
    key: str,
    now: datetime,
) -> str:
    """Make a checkout for a payment of the shop; returns its id. Raises GatewayRefused."""
    session = Session(
        id=secret_id("ss"),
        payment_id=payment_id,
        title=title,
        amount_minor=amount_minor,
        currency=currency,
        return_url=return_url,
        expires_at=now + SESSION_LIFE,
        created_at=now,
    )
    call = f"open_session {payment_id} {amount_minor} {currency}"
    return _once(db, key, call, session.id, lambda tx: store.insert_session(tx, session), now)


def end_session(db: Db, session_id: str, key: str, now: datetime) -> None:
    """Let nobody pay at a checkout any longer. Raises GatewayRefused if it is not open."""

    def work(tx: Tx) -> None:
        if not _end(tx, session_id, now):
            raise GatewayRefused("This checkout is not open.")

    _once(db, key, f"end_session {session_id}", session_id, work, now)


def session_of(db: Db, session_id: str) -> Session:
    """Return the checkout with this id: anybody who knows the id may pay at it. Raises NotFound."""
    session = store.get_session(db, session_id)
    if session is None:
        raise NotFound
    return session


def outcome_of(db: Db, payment_id: str, now: datetime) -> tuple[Session, Charge | None] | None:
    """Return the checkout of a payment of the shop, and its charge once it is paid; None if there is no checkout, or if
    its charge still takes a while, as from a bank.
    """
    session = store.get_session_of(db, payment_id)
    charge = store.get_charge(db, session.charge_id) if session and session.charge_id else None
    if session is None or (charge and charge.behaviour == "slow" and now < charge.created_at + SLOW_BY):
        return None
    return session, charge


def pay(db: Db, session_id: str, card_number: str, now: datetime) -> Session:
    """Pay at a checkout with a test card (`models.CARDS`), however often the button is pressed.

    Raises Invalid if the card is declined, Conflict if the checkout is paid or over, NotFound.
    """
    _check_open(session_of(db, session_id), now)
    card = CARDS.get(card_number)
    if card is None:
        raise Invalid({"card_number": ["This is not a test card. Choose one of those on this page."]})
    if card.behaviour == "decline":
        raise Invalid({"card_number": ["The card was declined. Nothing was charged; try another one."]})
    charge_id = secret_id("ch")

    def work(tx: Tx) -> Session | None:
        session = store.pay_session(tx, session_id, charge_id, now)
        if session is None:
            return None
        amount = session.amount_minor
        if card.behaviour == "wrong_amount":
            amount = amount - 1 or 2  # nothing at all would be no charge
        charge = Charge(
            id=charge_id,
            session_id=session.id,
            payment_id=session.payment_id,
            amount_minor=amount,
            left_minor=amount,
            currency=session.currency,
            behaviour=card.behaviour,
            created_at=now,
        )
        store.insert_charge(tx, charge)
        store.insert_events(tx, _events_of_payment(session, charge, now))
        return session

    paid = db.transact(work)
    if paid is None:
        _check_open(session_of(db, session_id), now)
    assert paid is not None
    return paid


def expire_due(db: Db, now: datetime) -> None:
    """End the checkouts that nobody has paid in time, and tell the shop."""
    _expiring.do(
        partial(store.find_expired, db, now),
        lambda session_id: db.transact(partial(_end, session_id=session_id, now=now)) is not None,
        now,
        EXPIRED_AT_ONCE,
    )


def refund(db: Db, charge_id: str, amount_minor: int, key: str, now: datetime) -> str:
    """Give back a charge, or a part of it; returns the refund's id.

    Raises GatewayRefused if more would go back than came in.
    """
    made = Refund(
        id=secret_id("re"), charge_id=charge_id, amount_minor=amount_minor, call=key, created_at=now
    )

    def work(tx: Tx) -> None:
        charge = store.take_from_charge(tx, charge_id, amount_minor) if amount_minor > 0 else None
        if charge is None:
            raise GatewayRefused("There is not that much left of this charge.")
        store.insert_refund(tx, made)
        store.insert_events(tx, events_of_refund("refund.made", charge, made, now))

    return _once(db, key, f"refund {charge_id} {amount_minor}", made.id, work, now)


def open_account(db: Db, user_id: ObjectId, key: str, now: datetime) -> str:
    """Make an account to pay a user of the shop to; returns its id. Raises GatewayRefused."""
    account = Account(id=secret_id("acct"), user_id=user_id, created_at=now)
    call = f"open_account {user_id}"
    return _once(db, key, call, account.id, lambda tx: store.insert_account(tx, account), now)


def has_account(db: Db, account_id: str) -> bool:
    """Return whether there is an account with this id; an account that is there can be paid to."""
    return store.has_account(db, account_id)


def pay_out(db: Db, account_id: str, amount_minor: int, currency: str, key: str, now: datetime) -> str:
    """Transfer to an account; returns the transfer's id. Its last two digits choose what becomes of it (models).

    Raises GatewayRefused.
    """
    transfer = Transfer(
        id=secret_id("tr"),
        account_id=account_id,
        amount_minor=amount_minor,
        currency=currency,
        comes_back=amount_minor % 100 == RETURNED_CENTS,
        created_at=now,
    )

    def work(tx: Tx) -> None:
        if not store.has_account(tx, account_id):
            raise GatewayRefused("There is no such account.")
        if amount_minor % 100 == REFUSED_CENTS:
            raise GatewayRefused("The bank refuses this amount.")
        store.insert_transfer(tx, transfer)
        if transfer.comes_back:
            data = {
                "transfer_id": transfer.id,
                "amount_minor": amount_minor,
                "currency": currency,
                "why": "The bank sent it back.",
            }
            store.insert_events(tx, events("transfer.failed", data, now, after=RETURNED_AFTER))

    return _once(db, key, f"pay_out {account_id} {amount_minor} {currency}", transfer.id, work, now)


def claim(db: Db, now: datetime) -> Event | None:
    """Claim an event that is due, which nobody else gets while the lease lasts; returns None if there is none."""
    return store.claim_event(db, now, now + EVENT_LEASE)


def note_told(db: Db, event: Event, now: datetime) -> None:
    """Note that the shop has taken it."""
    store.end_event(db, event, now, told_at=now)


def note_failed(db: Db, event: Event, now: datetime) -> None:
    """Note that the shop did not take it: tell it again later, or give it up after the last try."""
    if event.attempts > len(RETRY_AFTER):
        store.end_event(db, event, now, given_up_at=now)
        log.error("an event of the sandbox was given up", extra={"fields": {"event": event.event_id}})
    else:
        store.put_event_off(db, event, now + RETRY_AFTER[event.attempts - 1])


def _once(db: Db, key: str, call: str, made: str, work: Callable[[Tx], None], now: datetime) -> str:
    """Do a call unless its key was used before; returns what was made under that key."""

    def attempt(tx: Tx) -> str:
        used = store.take_key(tx, Key(key=key, call=call, made=made, created_at=now))
        if used is None:
            work(tx)
            return made
        if used.call != call:
            raise GatewayRefused("This idempotency key was used for another call.")
        return used.made

    return db.transact(attempt)


def _end(tx: Tx, session_id: str, now: datetime) -> bool:
    """Let nobody pay at a checkout any longer, and tell the shop; returns False if it is not open."""
    session = store.end_session(tx, session_id)
    if session is None:
        return False
    store.insert_events(tx, events("checkout.expired", _of_session(session), now))
    return True


def _check_open(session: Session, now: datetime) -> None:
    """Raise Conflict if nobody can pay at this checkout any longer."""
    if session.status == "paid":
        raise Conflict("This is already paid. Nothing was charged a second time.", code="checkout_paid")
    if session.status == "over" or session.expires_at <= now:
        raise Conflict("This checkout is over. Nothing was charged.", code="checkout_over")


def _events_of_payment(session: Session, charge: Charge, now: datetime) -> list[Event]:
    after = SLOW_BY if charge.behaviour == "slow" else timedelta()

    def stale() -> list[Event]:
        return events("checkout.expired", _of_session(session), now) if charge.behaviour == "disorder" else []

    before = stale()
    return [*before, *events("checkout.paid", of_charge(charge), now, times_told(charge), after), *stale()]


def events(
    kind: EventType, data: dict[str, Any], now: datetime, times: int = 1, after: timedelta = timedelta()
) -> list[Event]:
    """Write one event, to be told this many times. Events that are due at the same moment are told in the order in
    which they are made.
    """
    event_id = secret_id("evt")
    return [
        Event(id=new_id(), event_id=event_id, type=kind, data=data, due_at=now + after, created_at=now)
        for _ in range(times)
    ]


def events_of_refund(
    kind: EventType, charge: Charge, made: Refund, now: datetime, why: str = ""
) -> list[Event]:
    """Write the event that tells of one refund: by its own id, and by the shop's call if that has made it."""
    data = {**of_charge(charge), "amount_minor": made.amount_minor, "ref": made.id, "why": why}
    return events(kind, data | ({"call": made.call} if made.call else {}), now, times_told(charge))


def times_told(charge: Charge) -> int:
    """Return how often the shop is told what happens to a charge, by the card that paid it."""
    return TOLD_TIMES if charge.behaviour == "duplicates" else 1


def _of_session(session: Session) -> dict[str, Any]:
    return {"payment_id": session.payment_id, "session_id": session.id}


def of_charge(charge: Charge) -> dict[str, Any]:
    """Return what an event says of a charge."""
    return {
        "payment_id": charge.payment_id,
        "session_id": charge.session_id,
        "charge_id": charge.id,
        "amount_minor": charge.amount_minor,
        "currency": charge.currency,
    }


def secret_id(prefix: str) -> str:
    """Return an id that nobody can guess: at least 128 bits."""
    return f"{prefix}_{secrets.token_urlsafe(18)}"
