"""What programs see of receipts (docs/api.md)."""

from datetime import datetime
from typing import ClassVar

import msgspec

from gigflow.core.money import Currency
from gigflow.receipts.models import Party, Receipt


class NamedBody(msgspec.Struct, rename="camel"):
    """One side of the order, by the name that it had when the receipt was made."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    name: str


class ReceiptBody(msgspec.Struct, rename="camel", kw_only=True):
    """A receipt, which never changes. `kind` is payment, release, refund or correction, `what` the ledger's own word.

    `amount` is what moved, `fee` GigFlow's part of it and `net` the rest. `at` is when the money moved, `issuedAt` when
    the number was given. `url` is the address of its page, `pdf` of the file.
    """

    NAME: ClassVar[str] = "receipt"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    number: int
    kind: str
    what: str
    order_id: str
    title: str
    client: NamedBody
    freelancer: NamedBody
    amount: float
    fee: float
    fee_percent: float
    net: float
    currency: str
    at: datetime
    issued_at: datetime
    url: str
    pdf: str


class ReceiptList(msgspec.Struct, rename="camel"):
    """A page of the receipts of an order, newest first."""

    receipts: list[ReceiptBody]
    next: str | None


def receipt_body(receipt: Receipt) -> ReceiptBody:
    """Return a receipt for programs."""
    number = Currency(receipt.currency).number
    return ReceiptBody(
        id=str(receipt.id),
        mongo_id=str(receipt.id),
        number=receipt.number,
        kind=receipt.kind,
        what=receipt.what,
        order_id=str(receipt.order_id),
        title=receipt.title,
        client=_named(receipt.client),
        freelancer=_named(receipt.freelancer),
        amount=number(receipt.amount_minor),
        fee=number(receipt.fee_minor),
        fee_percent=receipt.fee_basis_points / 100,
        net=number(receipt.net_minor),
        currency=receipt.currency,
        at=receipt.at,
        issued_at=receipt.created_at,
        url=receipt.path,
        pdf=f"/api{receipt.path}.pdf",
    )


def _named(party: Party) -> NamedBody:
    return NamedBody(str(party.id), str(party.id), party.name)
