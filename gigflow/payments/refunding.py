"""Refunds of ours that fail, at the provider or at the client's bank, and how they are sent again (SECURITY 20c)."""

import logging
from datetime import datetime

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.admins import check_admin, note_act
from gigflow.accounts.models import Admin
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, NotFound
from gigflow.core.money import Currency
from gigflow.core.transitions import Transition
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import About
from gigflow.payments import calls, hooks, ledger, store
from gigflow.payments.events import MONEY_TO_CHECK, REFUND_FAILED
from gigflow.payments.models import PAYMENT, TAKEN, GatewayCall, Payment, gone_by_itself
from gigflow.record.models import Subject

log = logging.getLogger(__name__)

SENT_AGAIN = "refund_again"  # in the record


def settled(payment: Payment, refunded_minor: int, unsent_minor: int) -> Transition:
    """Return the transition to where a payment stands, by what went back and what of it did not arrive."""
    if unsent_minor:
        return PAYMENT["fail_refund"]
    if not refunded_minor:
        return PAYMENT["restore"]
    return PAYMENT["reverse" if refunded_minor == payment.received_minor else "reverse_part"]


def note_failed(tx: Tx, key: str, why: str, now: datetime, refund_id: str | None = None) -> None:
    """Note that a refund of ours, by the call with this key, did not work: the money is still the client's. The client
    and the admins are told, once. What the provider gave back by itself instead is no longer owed.
    """
    call = store.get_call(tx, key)
    payment = store.get_payment(tx, call.subject_id) if call else None
    if call is None or payment is None or "unsent_minor" in call.result:
        return
    amount = call.data["amount_minor"]
    is_second = call.data["charge_id"] != payment.charge_id  # at the same checkout, which no order took
    covered = 0 if is_second else min(amount, _gone(tx, payment) - payment.reversed_minor)
    unsent = amount - covered
    noted = {"unsent_minor": unsent, **({"refund_id": refund_id} if refund_id else {})}
    if not store.change_call(tx, call, noted, "failed", why):
        raise Conflict("This refund has just changed.", code="refund_changed")
    if is_second:
        pass
    elif payment.status in TAKEN and not payment.why:
        _owe(tx, payment, call, covered, unsent, now)
    else:
        name = "fail_refund" if unsent else "sent_back"
        store.move_payment(tx, payment.id, PAYMENT[name], {"unsent_minor": unsent}, now)
    if unsent:
        log.error("a refund failed", extra={"fields": {"payment": str(payment.id), "why": why}})
        of_order = not is_second and not payment.why
        _tell_of_failed(tx, payment, unsent, payment.order_id if of_order else None, now)


def payment_for(db: Db, admin: Admin, payment_id: ObjectId) -> Payment:
    """Return a payment, for admins. Raises Forbidden, NotFound."""
    check_admin(admin)
    payment = store.get_payment(db, payment_id)
    if payment is None:
        raise NotFound("There is no such payment.", code="payment_not_found")
    return payment


def send_again(db: Db, admin: Admin, payment: Payment, why: str, now: datetime) -> Payment:
    """Send the failed refunds of a payment again; returns the payment as it is then. Whose order it is, the orders
    check (orders/reversals).

    Raises Forbidden, Conflict if none has failed.
    """

    def work(tx: Tx) -> None:
        failed = [each for each in store.find_refund_calls(tx, payment.id) if _is_unsent(each)]
        if not failed:
            raise none_failed()
        amount = sum(_again(tx, payment, call, now) for call in failed)
        if payment.unsent_minor:
            whole = payment.refunded_minor == payment.received_minor
            name = "send_back_again" if payment.why else "refund_again" if whole else "refund_part_again"
            store.move_payment(tx, payment.id, PAYMENT[name], {"unsent_minor": 0}, now)
            if not payment.why:
                hooks.unsent(tx, payment, 0, now)
        notifications.end_news(tx, "payment", SENT_AGAIN, payment.path, now)
        note_act(
            tx,
            admin,
            SENT_AGAIN,
            Subject("payment", payment.id),
            now,
            whose=payment.client_id,
            why=why,
            before={"unsent_minor": amount},
            after={"unsent_minor": 0},
        )
        text = "Your refund of {amount} for {title} is on its way again."
        of_order = payment.unsent_minor and not payment.why
        about = _about(payment, payment.order_id if of_order else None)
        slots = {"amount": _shown(payment, amount)}
        notifications.tell(tx, REFUND_FAILED, payment.client_id, text, now, about=about, slots=slots)

    db.transact(work)
    sent = store.get_payment(db, payment.id)
    assert sent is not None
    return sent


def failed_of(db: Db, order_id: ObjectId) -> Payment | None:
    """Return the payment for an order of which a refund did not arrive, or None."""
    return next((each for each in store.find_payments(db, order_id) if each.status == "refund_failed"), None)


def none_failed() -> Conflict:
    """Return the refusal if there is nothing to send again."""
    return Conflict("No refund of this payment has failed.", code="no_failed_refund")


def _owe(tx: Tx, payment: Payment, call: GatewayCall, covered: int, unsent: int, now: datetime) -> None:
    owed = payment.unsent_minor + unsent
    changes = {"unsent_minor": owed, "reversed_minor": payment.reversed_minor + covered}
    store.move_payment(tx, payment.id, settled(payment, payment.refunded_minor, owed), changes, now)
    if unsent:
        ledger.book_refund_failed(tx, payment.order_id, call.key, unsent, now)
        hooks.unsent(tx, payment, owed, now)


def _again(tx: Tx, payment: Payment, call: GatewayCall, now: datetime) -> int:
    amount: int = call.result["unsent_minor"]
    key = calls.record_refund_again(tx, call, amount, now)
    if not store.change_call(tx, call, {"again": key}):
        raise Conflict("This refund is already being sent again.", code="no_failed_refund")
    if call.data["charge_id"] == payment.charge_id and not payment.why:
        ledger.book_refund_again(tx, payment.order_id, key, amount, now)
    return amount


def _is_unsent(call: GatewayCall) -> bool:
    return call.status == "failed" and bool(call.result.get("unsent_minor")) and "again" not in call.result


def _gone(tx: Tx, payment: Payment) -> int:
    """Return how much the provider gave back by itself."""
    found = store.find_refund_calls(tx, payment.id)
    return gone_by_itself(payment, payment.reversals, payment.told_minor, found)


def _tell_of_failed(
    tx: Tx, payment: Payment, unsent_minor: int, order_id: ObjectId | None, now: datetime
) -> None:
    slots, about = {"amount": _shown(payment, unsent_minor)}, _about(payment, order_id)
    text = "Your refund of {amount} for {title} did not arrive. GigFlow has the money and will send it again."
    notifications.tell(tx, REFUND_FAILED, payment.client_id, text, now, about=about, slots=slots)
    text = "The refund of {amount} for {title} did not arrive. Please send it again."
    admins = [each for each in accounts.admins(tx) if each != payment.client_id]
    notifications.tell(tx, MONEY_TO_CHECK, admins, text, now, about=about, slots=slots)


def _about(payment: Payment, order_id: ObjectId | None) -> About:
    return About(url=payment.path, gig_title=payment.title, order_id=order_id)


def _shown(payment: Payment, amount_minor: int) -> str:
    return Currency(payment.currency).format(amount_minor)
