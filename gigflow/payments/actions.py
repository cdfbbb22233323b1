"""Paying for something and getting money back; what the provider tells of it (docs/domain.md, Money).

Payments stand below the orders: what is paid for acts on the hooks and calls `refund`. Nothing here knows what an
order is.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from bson import ObjectId

from gigflow.core.db import Db, Tx
from gigflow.core.each import Away, Each
from gigflow.core.errors import Conflict, Invalid, ProviderFailed
from gigflow.core.ids import new_id
from gigflow.core.rules import Rules
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import About
from gigflow.payments import calling, calls, hooks, ledger, payouts, provider_events, reversals, store
from gigflow.payments.events import PAYMENT_RETURNED
from gigflow.payments.gateway import Gateway, GatewayAway, GatewayRefused
from gigflow.payments.models import (
    LOOK_AFTER,
    OPEN,
    PAYMENT,
    REVERSALS,
    TAKEN,
    Entry,
    Payable,
    Payment,
    ProviderEvent,
    Sums,
)

log = logging.getLogger(__name__)

AMOUNT_MAX = 2**53  # minor units: what every program can count with, far beyond what anybody pays
_looking = Each("The look at payment")
LOOKED_AT_ONCE = 50  # open payments; the rest is for the next tick


def checkout(
    db: Db, gateway: Gateway | None, payable: Payable, *, rules: Rules, base_url: str, now: datetime
) -> Payment:
    """Return an open checkout at the provider for what somebody is to pay: the existing one, or a new one.

    The call is recorded before it is made, and made with a key of its own: a process that dies between the call and its
    record leaves a payment whose next checkout finds the very same session at the provider. Raises Conflict if it is
    paid already or payments are switched off, ProviderFailed.
    """
    if gateway is None:
        raise payments_off()
    check_payable(gateway, payable.amount_minor)
    try:
        payment = _still_open(db, gateway, payable, now) or _new_payment(db, gateway, payable, rules, now)
        if payment.status == "created":
            payment = calling.open_session(db, gateway, payment, base_url, now)
    except GatewayAway as error:
        raise ProviderFailed from error
    except GatewayRefused as error:
        raise ProviderFailed(f"The payment provider refused: {error}") from error
    # Also here if an event, or the other side, was faster than the answer that made the checkout.
    if payment.status in TAKEN:
        raise Conflict("This is already paid.", code="already_paid")
    if payment.status not in OPEN:
        raise Conflict("This payment has just ended. Please try again.", code="payment_ended")
    return payment


def check_payable(gateway: Gateway | None, amount_minor: int) -> None:
    """Raise Conflict, with the limit, if the provider does not take such an amount: people must not agree on what
    nobody can pay.
    """
    problem = gateway.prices.problem(amount_minor) if gateway else None
    if problem:
        raise Conflict(f"This price cannot be paid. {problem}", code="price_not_payable")


def payments_off() -> Conflict:
    """Return the refusal if nobody takes money."""
    return Conflict("Payments are switched off.", code="payments_off")


def take_event(db: Db, provider: str, event: ProviderEvent, now: datetime) -> None:
    """Let an event of the provider have its effect, once however often it is told (SECURITY 21, invariant 7)."""

    if not 0 <= (event.amount_minor or 0) <= AMOUNT_MAX:
        raise Invalid(message="The amount in this event cannot be paid.", code="bad_amount")

    def work(tx: Tx) -> None:
        if not provider_events.insert_event(tx, provider, event.id, event.kind, now):
            tx.abort()
            return
        if event.kind == "payout_failed":
            payouts.note_failed_transfer(tx, provider, event, now)
            return
        payment = _payment_of(tx, provider, event)
        if payment is None:
            if event.charge_id:  # its payment may be told of later
                provider_events.keep_event(tx, provider, event)
            log.warning("an event of no known payment", extra={"fields": {"event": event.id}})
        elif event.kind == "paid":
            _take_money(tx, payment, event, now)
        elif event.kind in ("expired", "failed") and payment.status in OPEN:
            ending = PAYMENT["expire" if event.kind == "expired" else "fail"]
            store.move_payment(tx, payment.id, ending, {"look_at": None, "why": event.why}, now)
        elif event.kind in REVERSALS:
            _take_reversal(tx, payment, event, now)

    db.transact(work)


def refund(tx: Tx, order_id: ObjectId, amount_minor: int, now: datetime) -> None:
    """Give back what is held for an order, or a part of it: booked now, and then done at the provider."""
    ledger.book_refund(tx, order_id, amount_minor, now)
    # The payment that the order took: a payment that was sent back instead was never `paid`, whichever came first.
    payment = next(
        each for each in store.find_payments(tx, order_id) if each.status in PAYMENT["refund"].sources
    )
    refunded = payment.refunded_minor + amount_minor
    assert refunded <= payment.received_minor, "no refund exceeds what was paid (invariant 2)"
    moved = store.move_payment(
        tx,
        payment.id,
        PAYMENT["refund" if refunded == payment.received_minor else "refund_part"],
        {"refunded_minor": refunded},
        now,
        {"refunded_minor": payment.refunded_minor},
    )
    assert moved is not None
    calls.record_refund(tx, payment, amount_minor, now)


def close_open(tx: Tx, order_id: ObjectId, now: datetime) -> None:
    """Let nobody pay for this any longer: end the open checkout, if there is one."""
    payment = store.get_open_payment(tx, order_id)
    if payment:
        store.move_payment(tx, payment.id, PAYMENT["expire"], {"look_at": None}, now)
        if payment.session_id:
            calls.record_end_session(tx, payment, now)


def payments_for(db: Db, order_id: ObjectId) -> list[Payment]:
    """Return the payments for an order, newest first. Callers have made sure that the reader may know them."""
    return store.find_payments(db, order_id)


def payment_in_force(payments: Sequence[Payment]) -> Payment | None:
    """Return, of the payments for an order (newest first), the one whose money it took, or the newest if it took
    none.
    """
    return next(filter(_was_taken, payments), payments[0] if payments else None)


def entries_for(db: Db, order_id: ObjectId) -> list[Entry]:
    """Return what the ledger says of an order, oldest first."""
    return store.find_entries(db, order_id)


def sums_of(order_id: ObjectId, entries: list[Entry]) -> Sums:
    """Return what these entries of an order come to."""
    booked: Counter[str] = Counter()
    for line in (line for each in entries for line in each.lines):
        booked[line.account.partition(":")[0]] += line.amount_minor
    held = sum(
        line.amount_minor
        for each in entries
        if each.key.startswith("hold:")
        for line in each.lines
        if line.account == ledger.held(order_id)
    )
    lost = sum(
        -line.amount_minor
        for each in entries
        if each.key.startswith("reversal:")
        for line in each.lines
        if line.account == ledger.LOSSES
    )
    return Sums(
        held=held,
        released=sum(
            line.amount_minor
            for each in entries
            if each.key.startswith("release:")
            for line in each.lines
            if line.account.startswith("balance:")
        ),
        fee=booked[ledger.FEES],
        refunded=booked[ledger.PROVIDER] + held - lost,
        remaining=booked["held"],
        unsent=booked["owed"],
        lost=lost,
    )


def look(db: Db, gateway: Gateway, payment: Payment, now: datetime) -> None:
    """Ask the provider what has become of an open payment, and let that have its effect: an event may be late or
    lost. Raises GatewayAway, GatewayRefused.
    """
    event = gateway.look(payment)
    if event:
        take_event(db, gateway.name, event, now)


def ask_due(db: Db, gateway: Gateway, base_url: str, now: datetime) -> None:
    """Do what is due at the provider: look at open payments, and make the calls that wait. If the provider is away, it
    is not asked again this time.
    """
    if look_at_open(db, gateway, now):
        calling.make_due(db, gateway, base_url, now)


def look_at_open(db: Db, gateway: Gateway, now: datetime) -> bool:
    """Ask about the open payments of which there was no news for a while; returns False if the provider is away."""
    away: list[GatewayAway] = []

    def ask(payment_id: ObjectId) -> bool:
        payment = store.get_payment(db, payment_id)
        if payment is None or payment.provider != gateway.name:
            return False
        if not store.look_again(db, payment, now + LOOK_AFTER):
            return False
        try:
            look(db, gateway, payment, now)
        except GatewayRefused as error:
            log.warning("a payment could not be looked at: %s", error)
        except GatewayAway as error:
            log.warning("the payment provider is away: %s", error)
            away.append(error)
            raise Away from error
        return True

    _looking.do(partial(store.find_to_look_at, db, now), ask, now, LOOKED_AT_ONCE)
    return not away


def _still_open(db: Db, gateway: Gateway, payable: Payable, now: datetime) -> Payment | None:
    """Return the open payment, once the provider has said that it is still open; or the one that turns out to be
    paid.
    """
    payment = store.get_open_payment(db, payable.order_id)
    if payment is None or payment.provider != gateway.name or payment.status == "created":
        return payment
    look(db, gateway, payment, now)
    found = store.get_payment(db, payment.id)
    assert found is not None
    if found.status in OPEN:
        db.transact(lambda tx: hooks.checkout(tx, found))
    return found if found.status in (*OPEN, *TAKEN) else None


def _was_taken(payment: Payment) -> bool:
    """Return whether the order took this money. Money that was sent back instead is "refunded", too, but says why."""
    return payment.status in TAKEN and not payment.why


def _new_payment(db: Db, gateway: Gateway, payable: Payable, rules: Rules, now: datetime) -> Payment:
    payment = Payment(
        id=new_id(),
        order_id=payable.order_id,
        client_id=payable.client_id,
        provider=gateway.name,
        amount_minor=payable.amount_minor,
        currency=rules.currency.code,
        title=payable.title,
        path=payable.path,
        look_at=now + LOOK_AFTER,
        created_at=now,
        updated_at=now,
    )

    def work(tx: Tx) -> bool:
        # The news of its payment may have come since the order was asked whether it waits for money. Or it comes at
        # this very moment, and then the two write the same row, so that the second one sees the first.
        earlier = store.find_payments(tx, payable.order_id)
        if any(map(_was_taken, earlier)):
            raise Conflict("This is already paid.", code="already_paid")
        hooks.checkout(tx, payment)
        if earlier:
            store.note_next(tx, earlier, payment.id)
        if not store.insert_payment(tx, payment):
            tx.abort()
            return False
        calls.record_open_session(tx, payment, now)
        return True

    if db.transact(work):
        return payment
    # Another tab was first; its payment is the one.
    other = store.get_open_payment(db, payable.order_id)
    if other is None:
        raise Conflict("This payment has just ended. Please try again.", code="payment_ended")
    return other


def _payment_of(tx: Tx, provider: str, event: ProviderEvent) -> Payment | None:
    if event.payment_id and ObjectId.is_valid(event.payment_id):
        payment = store.get_payment(tx, ObjectId(event.payment_id))
        if payment and payment.provider == provider:
            return payment
    for field in ("session_id", "charge_id"):
        value = getattr(event, field)
        if value and (payment := store.get_payment_by(tx, provider, field, value)):
            return payment
    return None


def _take_money(tx: Tx, payment: Payment, event: ProviderEvent, now: datetime) -> None:
    """Take money that arrived. The order has it if it waits for it and the amount is right; otherwise it goes back."""
    received = event.amount_minor or 0
    changes = {
        "charge_id": event.charge_id,
        "session_id": event.session_id or payment.session_id,
        "received_minor": received,
        "look_at": None,
    }
    if payment.status not in PAYMENT["pay"].sources:
        second = event.charge_id if event.charge_id != payment.charge_id and received else None
        # A second charge at the same checkout belongs to nobody.
        if second and calls.record_refund_of_charge(tx, payment, second, received, now):
            _tell_it_goes_back(tx, payment, new_id(), "it had already been paid", now)
        return
    right = received == payment.amount_minor and (event.currency or "").upper() == payment.currency
    if right and event.charge_id and hooks.paid(tx, payment, now):
        store.move_payment(tx, payment.id, PAYMENT["pay"], {**changes, "why": ""}, now)
        ledger.book_hold(tx, payment.order_id, received, now)
        # A second checkout, after this money was no longer expected to come.
        close_open(tx, payment.order_id, now)
        _take_kept_events(tx, payment, event.charge_id, now)
        return
    why = "it is no longer needed" if right else "it was not the amount that was asked for"
    sent_back = store.move_payment(tx, payment.id, PAYMENT["send_back"], {**changes, "why": why}, now)
    _tell_it_goes_back(tx, payment, payment.id, why, now)
    if sent_back and event.charge_id and received:
        calls.record_refund_of_charge(tx, sent_back, event.charge_id, received, now)


def _take_reversal(tx: Tx, payment: Payment, event: ProviderEvent, now: datetime) -> None:
    if event.charge_id and not payment.charge_id:
        # It is told before the money that it is about.
        provider_events.keep_event(tx, payment.provider, event)
    else:
        reversals.take(tx, payment, event, now)


def _take_kept_events(tx: Tx, payment: Payment, charge_id: str, now: datetime) -> None:
    """Let events have their effect that were told before it was known what they are about."""
    for kept in provider_events.take_kept_events(tx, payment.provider, charge_id):
        fresh = store.get_payment(tx, payment.id)
        if fresh and kept.kind in REVERSALS:
            reversals.take(tx, fresh, kept, now)


def _tell_it_goes_back(tx: Tx, payment: Payment, occurrence: ObjectId, why: str, now: datetime) -> None:
    text = "Your payment for {title} will be refunded: {why}."
    about = About(url=payment.path, gig_title=payment.title)
    notifications.tell(
        tx,
        PAYMENT_RETURNED,
        payment.client_id,
        text,
        now,
        about=about,
        occurrence=occurrence,
        slots={"why": why},
    )
