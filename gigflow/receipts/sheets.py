"""What a receipt says: the same words on its page and in its file."""

from datetime import datetime

import msgspec

from gigflow.core.money import Currency, percent
from gigflow.orders.turns import silence_after
from gigflow.receipts.models import Receipt

# By the kind of the ledger's entry: what the receipt is called, what its amount is, and what there is to say of it.
_PAID = ("Receipt for a payment", "Paid by the client")
_RELEASED = ("Receipt for a release", "Released from what was held")
_REFUNDED = ("Receipt for a refund", "Refunded to the client")
_WORDS: dict[str, tuple[str, str, str]] = {
    "hold": (
        *_PAID,
        "GigFlow received this money on this date, to hold it until the work is accepted. Its fee is {percent} of what"
        " is released then. The client pays nothing on top of the price.",
    ),
    "release": (
        *_RELEASED,
        "On this date the freelancer’s part was added to their balance with GigFlow, from which they can withdraw it to"
        " their bank.",
    ),
    "refund": (*_REFUNDED, "GigFlow takes no fee from what is refunded."),
    "refund_again": (
        *_REFUNDED,
        "This refund did not arrive the first time. It was sent again on this date.",
    ),
    "reversal": (
        *_REFUNDED,
        "The client’s bank or the payment provider gave this money back by itself. GigFlow takes no fee from it.",
    ),
    "returned": (
        "Receipt for a returned refund",
        "Received again",
        "Money that the client’s bank or the payment provider had taken back was received again.",
    ),
    "refund_failed": (
        "Receipt for a refund that did not arrive",
        "Not arrived",
        "On this date GigFlow learned that a refund of this amount had not reached the client. The money stayed the"
        " client’s, to be sent again.",
    ),
    "taken_back": (
        "Receipt for money taken back",
        "Taken from the freelancer’s balance",
        "The payment provider took back the money of this order after it had ended, and an admin decided.",
    ),
}


class Row(msgspec.Struct, frozen=True):
    """One line of a receipt: what it is, how much, and whether it is what the others come to."""

    word: str
    amount: str
    is_total: bool = False


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a receipt says, in the order in which it says it. Its times are in UTC, for every reader."""

    number: str
    heading: str
    dated: str
    client: str
    freelancer: str
    title: str
    order: str
    rows: list[Row]
    note: str
    issued: str


def sheet_of(receipt: Receipt, address: str) -> Sheet:
    """Return what a receipt says; `address` is that of this installation."""
    what = "returned" if receipt.what == "reversal" and receipt.amount_minor < 0 else receipt.what
    heading, word, note = _WORDS[what]
    return Sheet(
        number=receipt.shown_number,
        heading=heading,
        dated=_day(receipt.at),
        client=receipt.client.name,
        freelancer=receipt.freelancer.name,
        title=receipt.title,
        order=str(receipt.order_id),
        rows=_rows(receipt, word),
        note=_note(receipt, note),
        issued=f"Issued by GigFlow at {address.partition('://')[2]} on {_day(receipt.created_at)}",
    )


_PAID_WITHOUT_FEE = (
    "GigFlow received this money on this date, to hold it until the work is accepted. It takes no fee."
)


def _rows(receipt: Receipt, word: str) -> list[Row]:
    money = Currency(receipt.currency).format
    if receipt.what != "release":
        return [Row(word, money(abs(receipt.amount_minor)), is_total=True)]
    if not receipt.fee_basis_points:
        return [Row("To the freelancer", money(receipt.net_minor), is_total=True)]
    return [
        Row(word, money(receipt.amount_minor)),
        Row(f"GigFlow’s fee ({percent(receipt.fee_basis_points)})", f"−{money(receipt.fee_minor)}"),
        Row("To the freelancer", money(receipt.net_minor), is_total=True),
    ]


def _note(receipt: Receipt, note: str) -> str:
    if receipt.what == "hold" and not receipt.fee_basis_points:
        note = _PAID_WITHOUT_FEE
    said = note.format(percent=percent(receipt.fee_basis_points))
    if receipt.what != "hold" or receipt.accept_days is None:
        return said
    return f"{said} {silence_after(receipt.accept_days, to_client=False)}"


def _day(moment: datetime) -> str:
    return moment.strftime("%-d %B %Y, %H:%M UTC")
