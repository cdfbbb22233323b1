"""A payment provider inside GigFlow that moves no real money: what it keeps, and how it is made to misbehave.

It plays somebody else's system: it knows nothing of orders, shares no collection with payments, and tells what happens
by signed webhooks. Amounts are minor units of the currency that it was told.

A program pays at it without a browser: `POST /api/sandbox/checkout/{id}` with `{"cardNumber": "4242424242424242"}`, in
which the id is the last part of the checkout's address, answers 200 `{"id": …, "status": "paid"}`.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from bson import ObjectId

NAME_MAX = 80
SESSION_LIFE = timedelta(hours=24)  # as long as a checkout lives at Stripe
# An event is sent within 10 seconds or not at all; a process that died while sending lets go of it after this time.
EVENT_LEASE = timedelta(seconds=60)
# Between the tries of an event that was not answered by 2xx: it is given up after some three days.
RETRY_AFTER = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)
)
EVENTS_KEPT = timedelta(days=30)  # after they were told or given up

SLOW_BY = timedelta(seconds=10)
TOLD_TIMES = 3
# A bank needs its time to send money back.
RETURNED_AFTER = timedelta(seconds=5)
# The last two digits of a payout's minor units choose what becomes of it: 20.13 comes back from the bank after a
# while, 20.14 is refused at once. Every other amount arrives.
RETURNED_CENTS = 13
REFUSED_CENTS = 14

Behaviour = Literal["success", "decline", "slow", "duplicates", "disorder", "wrong_amount"]


class Card(msgspec.Struct, frozen=True):
    """A test card: its number, and what happens when somebody pays with it."""

    number: str
    behaviour: Behaviour
    meaning: str

    @property
    def spaced(self) -> str:
        """The number as it stands on a card."""
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242", "success", "Paid."),
        Card("4000000000000002", "decline", "Declined. You can try another card."),
        Card("4000000000000077", "slow", "Paid, but GigFlow is notified about 10 seconds later."),
        Card("4000000000000259", "duplicates", "Paid, and GigFlow is notified of everything three times."),
        Card("4000000000000341", "disorder", "Paid, with contradictory events before and after."),
        Card("4000000000000366", "wrong_amount", "Paid one cent too little, which GigFlow has to refund."),
    )
}


class Session(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """A checkout. Anybody who knows its id may pay at it, so nobody can guess it. `payment_id` is the shop's word for
    it, and `return_url` the address that its customer comes from and goes back to.
    """

    id: str
    payment_id: str
    title: str
    amount_minor: int
    currency: str
    return_url: str
    status: Literal["open", "paid", "over"] = "open"
    charge_id: str | None = None
    expires_at: datetime
    created_at: datetime


class Charge(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """Money that came in by a card. `left_minor` is what was not given back; no number of a card is kept."""

    id: str
    session_id: str
    payment_id: str
    amount_minor: int
    left_minor: int
    currency: str
    behaviour: Behaviour
    created_at: datetime


class Refund(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """A charge, or a part of it, that was given back. `call` is the key of the shop's call that made it; None if it was
    made here by hand.
    """

    id: str
    charge_id: str
    amount_minor: int
    status: Literal["made", "failed"] = "made"
    call: str | None = None
    created_at: datetime


class Chargeback(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """What was left of a charge when the customer's bank took it back. If it is `won`, the shop has it again."""

    id: str
    charge_id: str
    amount_minor: int
    status: Literal["open", "won", "lost"] = "open"
    created_at: datetime


class Account(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """Whom the shop pays: one of its users. Their bank takes anybody, so there is nothing to ask them."""

    id: str
    user_id: ObjectId
    created_at: datetime


class Transfer(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """Money that went to an account; `comes_back` if its bank will not have it."""

    id: str
    account_id: str
    amount_minor: int
    currency: str
    comes_back: bool
    created_at: datetime


class Key(msgspec.Struct, kw_only=True, rename={"key": "_id"}):
    """An idempotency key: the call that it was used for, and the id of what that call made."""

    key: str
    call: str
    made: str
    created_at: datetime


EventType = Literal[
    "checkout.paid",
    "checkout.expired",
    "refund.made",
    "refund.failed",
    "chargeback.opened",
    "chargeback.closed",
    "transfer.failed",
]


class Event(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """One telling of an event. Those with the same `event_id` tell the same event again; once it is over, `due_at` is
    gone and one of `told_at` and `given_up_at` says how it ended.
    """

    id: ObjectId
    event_id: str
    type: EventType
    data: dict[str, Any]
    attempts: int = 0
    due_at: datetime | None = None
    claimed_until: datetime | None = None
    told_at: datetime | None = None
    given_up_at: datetime | None = None
    expires_at: datetime | None = None
    created_at: datetime


class EventBody(msgspec.Struct, kw_only=True):
    """An event as it travels: `created` in seconds since 1970."""

    id: str
    type: str
    created: int
    data: dict[str, Any]
