"""Receipts: what was booked, for whom, in words that never change (docs/domain.md, Receipts)."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec
from bson import ObjectId

# Numbers are given to the first entries of the ledger that have none. An entry may be committed after one with a higher
# id: by this much at most, since the server ends a transaction that lives longer than a minute, and clocks differ.
LATE = timedelta(minutes=2)
PIECE = 200  # numbers that are given by one write
PIECES_MAX = 25  # in one run; the rest is for the next tick

Kind = Literal["payment", "release", "refund", "correction"]
# What an entry of the ledger (payments/ledger.py) is for the two sides of its order.
KINDS: dict[str, Kind] = {
    "hold": "payment",
    "release": "release",
    "refund": "refund",
    "refund_again": "refund",
    "reversal": "refund",
    "refund_failed": "correction",
    "taken_back": "correction",
}


class Party(msgspec.Struct, frozen=True):
    """One side of the order, by the name that it had when the receipt was made."""

    id: ObjectId
    name: str


class Receipt(msgspec.Struct, kw_only=True, frozen=True, rename={"id": "_id"}):
    """A receipt as stored. Its id is that of the ledger's entry, `what` the kind of that entry.

    `amount_minor` is what moved, before the fee. It is negative if the provider's own refund came in again.
    `accept_days` is within how many days the client has to respond to a delivery; None if an earlier version made it.
    """

    id: ObjectId
    number: int
    order_id: ObjectId
    what: str
    title: str
    client: Party
    freelancer: Party
    currency: str
    amount_minor: int
    fee_minor: int
    fee_basis_points: int
    accept_days: int | None = None
    at: datetime
    created_at: datetime

    @property
    def kind(self) -> Kind:
        """What it is for the two sides."""
        kind = KINDS[self.what]
        return "correction" if kind == "refund" and self.amount_minor < 0 else kind

    @property
    def net_minor(self) -> int:
        """What is left of the amount after the fee."""
        return self.amount_minor - self.fee_minor

    @property
    def shown_number(self) -> str:
        """Its number as it is printed."""
        return f"{self.number:06}"

    @property
    def path(self) -> str:
        """The address of its page on this site; with ".pdf" behind it, of the file."""
        return f"/receipts/{self.id}"


def amounts_of(what: str, lines: dict[str, int]) -> tuple[int, int]:
    """Return the amount and the fee of an entry, from its lines by the kind of their account."""
    if what == "release":
        return -lines["held"], lines.get("fees", 0)
    if what == "taken_back":
        return -lines["balance"], 0
    amount = lines["provider"]
    return (amount if what in ("refund", "refund_again", "reversal") else -amount), 0
