"""Payments as programs see them (docs/api.md)."""

from datetime import datetime
from typing import ClassVar

import msgspec

from gigflow.payments.models import Payment
from gigflow.web.runtime import runtime


class PaymentBody(msgspec.Struct, rename="camel", kw_only=True):
    """One try to pay. `refunded` is what went back or is on its way back."""

    NAME: ClassVar[str] = "payment"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    order_id: str
    provider: str
    status: str
    amount: float
    currency: str
    received: float
    refunded: float
    created_at: datetime
    updated_at: datetime


def payment_body(payment: Payment) -> PaymentBody:
    """Return a try to pay, for programs."""
    number = runtime().currency.number
    return PaymentBody(
        id=str(payment.id),
        mongo_id=str(payment.id),
        order_id=str(payment.order_id),
        provider=payment.provider,
        status=payment.status,
        amount=number(payment.amount_minor),
        currency=payment.currency,
        received=number(payment.received_minor),
        refunded=number(payment.refunded_minor),
        created_at=payment.created_at,
        updated_at=payment.updated_at,
    )
