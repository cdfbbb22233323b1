"""What the provider gives back by itself: refunds in its dashboard and chargebacks (SECURITY 20c, decision 31).

Each is told by events that come twice, late and in any order, and some tell of one refund, others of the sum. So what
is told is kept with the payment, and what has to be booked is worked out from all of it each time (invariant 7).
"""

from datetime import datetime
from typing import Literal

from gigflow.core.db import Tx
from gigflow.core.errors import Invalid
from gigflow.payments import hooks, ledger, refunding, store
from gigflow.payments.models import (
    STAGES,
    TAKEN,
    GatewayCall,
    Payment,
    ProviderEvent,
    Reversal,
    gone_by_itself,
)


def take(tx: Tx, payment: Payment, event: ProviderEvent, now: datetime) -> None:
    """Let an event of `REVERSALS` have its effect. Raises Invalid if it is in another currency than the payment."""
    if (event.currency or payment.currency).upper() != payment.currency:
        raise Invalid(message="This event is in another currency than its payment.", code="bad_currency")
    calls = store.find_refund_calls(tx, payment.id)
    own = next((call for call in calls if _is_of(event, call)), None)
    if own:
        if event.kind == "refund_failed":
            refunding.note_failed(tx, own.key, event.why, now, event.ref)
        return
    if event.charge_id not in (None, payment.charge_id):
        return  # a second charge at the same checkout, which no order took
    told = max(payment.told_minor, (event.amount_minor or 0) if event.kind == "refunded" else 0)
    known = _with(payment.reversals, event)
    gone = gone_by_itself(payment, known, told, calls)
    booked = payment.reversed_minor
    # If it is more than was paid, a refund of ours that will be refused covers the rest.
    change = min(gone, payment.received_minor - (payment.refunded_minor - booked)) - booked
    if not _was_taken(payment) or not change:
        store.set_reversals(tx, payment, known, told)
        return
    refunded = payment.refunded_minor + change
    changes = {
        "reversals": known,
        "told_minor": told,
        "reversed_minor": booked + change,
        "refunded_minor": refunded,
    }
    moved = store.move_payment(
        tx, payment.id, refunding.settled(payment, refunded, payment.unsent_minor), changes, now
    )
    assert moved is not None
    kind = "chargeback" if event.kind == "chargeback" else "refund"
    from_held = hooks.reversal(tx, moved, change, kind, now)
    key = f"{event.ref or event.charge_id}:{event.id}"
    ledger.book_reversal(tx, payment.order_id, key, from_held, change - from_held, now)


def _is_of(event: ProviderEvent, call: GatewayCall) -> bool:
    """Return whether an event tells of a refund that this call of ours has made."""
    return event.call == call.key or (event.ref is not None and call.result.get("refund_id") == event.ref)


def _with(known: list[Reversal], event: ProviderEvent) -> list[Reversal]:
    """Return what is known, and what this event tells of one refund or chargeback unless something later is known of
    it.
    """
    if event.kind == "refunded" or event.ref is None:
        return known
    stage = event.stage or ("failed" if event.kind == "refund_failed" else "made")
    kind: Literal["chargeback", "refund"] = "chargeback" if event.kind == "chargeback" else "refund"
    before = next((each for each in known if each.ref == event.ref), None)
    if before and STAGES[before.stage] > STAGES[stage]:
        return known
    now = Reversal(ref=event.ref, kind=kind, amount_minor=event.amount_minor or 0, stage=stage)
    return [*(each for each in known if each.ref != event.ref), now]


def _was_taken(payment: Payment) -> bool:
    return payment.status in TAKEN and not payment.why
