"""Calls to the provider, recorded in the transaction that needs them; `calling` makes them after it.

Each has a key of its own, which is its idempotency key at the provider: made twice, it is done once. So a process that
dies anywhere in between costs nothing but time (SECURITY 22).
"""

from datetime import datetime
from typing import Any

from bson import ObjectId

from gigflow.core.db import Tx
from gigflow.core.ids import new_id
from gigflow.payments import store
from gigflow.payments.models import CALL_LEASE, CallKind, GatewayCall, Payment, Payout


def record_open_session(tx: Tx, payment: Payment, now: datetime) -> None:
    """Record that a checkout should be made for this payment: at once by the process that asks for it, or by a tick if
    that process dies.
    """
    _record(tx, session_key(payment), "open_session", payment.id, {}, now + CALL_LEASE)


def record_end_session(tx: Tx, payment: Payment, now: datetime) -> None:
    """Record that nobody should pay at this payment's checkout any longer."""
    data = {"session_id": payment.session_id}
    _record(tx, f"end_session:{payment.id}", "end_session", payment.id, data, now)


def record_refund(tx: Tx, payment: Payment, amount_minor: int, now: datetime) -> None:
    """Record that an order's money should go back, or a part of it; an order ends once, so this is asked for once."""
    data = {"charge_id": payment.charge_id, "amount_minor": amount_minor}
    _record(tx, f"refund:{payment.id}", "refund", payment.id, data, now)


def record_refund_of_charge(
    tx: Tx, payment: Payment, charge_id: str, amount_minor: int, now: datetime
) -> bool:
    """Record that a charge that no order takes should go back whole; returns False if that was recorded before."""
    data = {"charge_id": charge_id, "amount_minor": amount_minor}
    return _record(tx, f"refund:{payment.id}:{charge_id}", "refund", payment.id, data, now)


def record_refund_again(tx: Tx, failed: GatewayCall, amount_minor: int, now: datetime) -> str:
    """Record that a failed refund should be made again, with a key of its own, which is returned: by the old key the
    provider would only say again that it failed.
    """
    key = f"{failed.key}:again:{new_id()}"
    data = {"charge_id": failed.data["charge_id"], "amount_minor": amount_minor}
    _record(tx, key, "refund", failed.subject_id, data, now)
    return key


def record_payout(tx: Tx, payout: Payout, currency: str, now: datetime) -> None:
    """Record that money should go to a freelancer's account."""
    data = {"account_id": payout.account_id, "amount_minor": payout.amount_minor, "currency": currency}
    _record(tx, f"payout:{payout.id}", "pay_out", payout.id, data, now)


def session_key(payment: Payment) -> str:
    """Return the key of the call that makes a payment's checkout."""
    return f"session:{payment.id}"


def _record(
    tx: Tx, key: str, kind: CallKind, subject_id: ObjectId, data: dict[str, Any], due_at: datetime
) -> bool:
    """Record a call; returns False if it was recorded before, and once is enough."""
    if store.get_call(tx, key):
        return False
    call = GatewayCall(key=key, kind=kind, subject_id=subject_id, data=data, due_at=due_at, created_at=due_at)
    store.insert_call(tx, call)
    return True
