"""The recorded calls to the provider, made and their results recorded (SECURITY 22)."""

import logging
import time
from datetime import datetime, timedelta
from typing import Any

import msgspec

from gigflow.core.db import Db, Tx
from gigflow.core.each import Away, Each
from gigflow.payments import calls, payouts, refunding, store
from gigflow.payments.calls import session_key
from gigflow.payments.gateway import Gateway, GatewayAway, GatewayNotYet, GatewayRefused
from gigflow.payments.models import CALL_PAUSES, PAYMENT, GatewayCall, Payment, Session

log = logging.getLogger(__name__)

_calling = Each("The call to the payment provider")
CALLS_AT_ONCE = 100  # the rest is for the next tick


def open_session(db: Db, gateway: Gateway, payment: Payment, base_url: str, now: datetime) -> Payment:
    """Make the checkout of a payment that was recorded, or find the one that was made, and record it.

    It is made without a claim: somebody waits for it, and with the same key the provider answers the same.
    Raises GatewayAway, GatewayRefused.
    """
    session = gateway.open_session(payment, base_url, session_key(payment))

    def work(tx: Tx) -> None:
        changes = {"session_id": session.id, "checkout_url": session.url}
        opened = store.move_payment(tx, payment.id, PAYMENT["open"], changes, now)
        store.end_call(tx, session_key(payment), "done", {"session_id": session.id})
        if opened is None:
            _end_if_over(tx, payment, session, now)

    db.transact(work)
    found = store.get_payment(db, payment.id)
    assert found is not None
    return found


def _end_if_over(tx: Tx, payment: Payment, session: Session, now: datetime) -> None:
    """End a checkout that was made while its payment ended: nobody is to pay at it."""
    found = store.get_payment(tx, payment.id)
    if found and found.status in ("expired", "failed"):
        calls.record_end_session(tx, msgspec.structs.replace(found, session_id=session.id), now)


def make_due(db: Db, gateway: Gateway, base_url: str, now: datetime) -> int:
    """Make the calls that are due, each claimed first; returns how many were made. A call that fails because the
    provider is away is tried again at growing intervals, for as long as it takes; the others then wait for the next
    time.
    """
    began = time.monotonic()

    def at() -> datetime:
        # The lease counts from the moment of its call, and those before it may have taken long.
        return now + timedelta(seconds=time.monotonic() - began)

    def make(call: GatewayCall) -> bool:
        try:
            _make(db, gateway, call, base_url, now)
        except GatewayRefused as error:
            _refused(db, call, str(error), now)
            return False
        except GatewayAway as error:
            put_off(call, str(error))
            log.warning("the payment provider is away: %s", error)
            if isinstance(error, GatewayNotYet):
                return False
            raise Away from error
        except Exception as error:
            put_off(call, type(error).__name__)
            raise
        return True

    def put_off(call: GatewayCall, why: str) -> None:
        pause = CALL_PAUSES[min(call.attempts, len(CALL_PAUSES)) - 1]
        store.put_call_off(db, call.key, now + pause, why[:200])

    return _calling.take(lambda: store.claim_call(db, at()), make, CALLS_AT_ONCE)


def _make(db: Db, gateway: Gateway, call: GatewayCall, base_url: str, now: datetime) -> None:
    data = call.data
    match call.kind:
        case "open_session":
            payment = store.get_payment(db, call.subject_id)
            assert payment is not None
            if payment.status == "created":
                open_session(db, gateway, payment, base_url, now)
            else:
                _done(db, call, {})
        case "end_session":
            gateway.end_session(data["session_id"], call.key)
            _done(db, call, {})
        case "refund":
            refund_id = gateway.refund(data["charge_id"], data["amount_minor"], call.key)
            _refund_done(db, call, refund_id, now)
        case "pay_out":
            transfer_id = gateway.pay_out(
                data["account_id"], data["amount_minor"], data["currency"], call.key
            )
            _payout_done(db, call, transfer_id, now)


def _done(db: Db, call: GatewayCall, result: dict[str, Any]) -> None:
    db.transact(lambda tx: store.end_call(tx, call.key, "done", result))


def _refund_done(db: Db, call: GatewayCall, refund_id: str, now: datetime) -> None:
    def work(tx: Tx) -> None:
        if store.end_call(tx, call.key, "done", {"refund_id": refund_id}):
            changes = {"refunded_minor": call.data["amount_minor"]}
            store.move_payment(tx, call.subject_id, PAYMENT["sent_back"], changes, now)

    db.transact(work)


def _payout_done(db: Db, call: GatewayCall, transfer_id: str, now: datetime) -> None:
    def work(tx: Tx) -> None:
        if store.end_call(tx, call.key, "done", {"transfer_id": transfer_id}):
            payouts.note_sent(tx, call.subject_id, transfer_id, now)

    db.transact(work)


def _refused(db: Db, call: GatewayCall, why: str, now: datetime) -> None:
    """Undo a call that the provider will never make. A payout's money is the freelancer's again; a checkout that is
    over needs no ending; a refund is still the client's, who is told, and an admin sends it again.
    """

    def work(tx: Tx) -> None:
        if not store.end_call(tx, call.key, "failed", {}, why):
            return
        if call.kind == "pay_out":
            payouts.note_failed(tx, call.subject_id, why, now)
        elif call.kind == "open_session":
            store.move_payment(tx, call.subject_id, PAYMENT["fail"], {"look_at": None, "why": why}, now)
        elif call.kind == "refund":
            refunding.note_failed(tx, call.key, why, now)

    db.transact(work)
    # Only for a refund is nobody else told of it.
    report = log.error if call.kind == "refund" else log.info
    report("the payment provider refused", extra={"fields": {"call": call.key, "why": why}})
