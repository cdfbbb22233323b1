"""Payments: money in, held by GigFlow, released, given back and paid out, in minor units (docs/domain.md, Money)."""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from bson import ObjectId

from gigflow.core.money import Currency
from gigflow.core.transitions import Lifecycle, Transition

IDEMPOTENCY_KEY_MAX = 200
# How long one process keeps a call to the provider for itself; after that it has died, and another asks again.
CALL_LEASE = timedelta(seconds=60)
# Between the tries of a call that failed, by their number; the last one is repeated.
CALL_PAUSES = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1))
# If a payment is open this long without news, the provider is asked about it: an event may have been lost.
LOOK_AFTER = timedelta(minutes=10)
EVENT_AGE = timedelta(minutes=5)  # SECURITY 21: older signatures are refused
EVENT_AHEAD = timedelta(seconds=30)  # how far a clock may be wrong; anything later is forged

Provider = Literal["sandbox", "stripe"]
PaymentStatus = Literal[
    "created",
    "open",
    "paid",
    "partly_refunded",
    "refunded",
    "refund_failed",
    "expired",
    "failed",
    "refund_due",
]
OPEN = ("created", "open")
TAKEN = ("paid", "partly_refunded", "refunded", "refund_failed")  # an order took this money

PAYMENT = Lifecycle(
    "payment",
    Transition("create", "client", (), "created", ("the call to the provider is recorded",)),
    Transition("open", "provider", ("created",), "open"),
    # From any end that came first by mistake, so that the order of events does not matter (invariant 7).
    Transition(
        "pay",
        "provider",
        (*OPEN, "expired", "failed"),
        "paid",
        ("the order is in progress", "the money is held"),
    ),
    Transition("expire", "provider", OPEN, "expired"),
    Transition("fail", "provider", OPEN, "failed"),
    Transition("refund_part", "GigFlow", ("paid", "partly_refunded"), "partly_refunded"),
    Transition("refund", "GigFlow", ("paid", "partly_refunded"), "refunded"),
    # Of money that no order takes: late, a second time, or not the right amount.
    Transition("send_back", "GigFlow", (*OPEN, "expired", "failed"), "refund_due"),
    Transition("sent_back", "provider", ("refund_due",), "refunded"),
    # What the provider does by itself: refunds in its dashboard, chargebacks, and what comes of them (`reversals`).
    Transition("reverse_part", "provider", TAKEN, "partly_refunded", ("what is held is less by it",)),
    Transition("reverse", "provider", TAKEN, "refunded", ("what is held is less by it",)),
    Transition("restore", "provider", TAKEN, "paid", ("what is held is more by it",)),
    Transition(
        "fail_refund",
        "provider",
        (*TAKEN, "refund_due"),
        "refund_failed",
        ("the client and admins are told",),
    ),
    Transition("refund_part_again", "admin", ("refund_failed",), "partly_refunded"),
    Transition("refund_again", "admin", ("refund_failed",), "refunded"),
    Transition("send_back_again", "admin", ("refund_failed",), "refund_due"),
)

PAYOUT = Lifecycle(
    "payout",
    Transition("request", "freelancer", (), "requested", ("the balance is less by it",)),
    Transition("send", "provider", ("requested",), "sent"),
    Transition("fail", "provider", ("requested", "sent"), "failed", ("the balance has it again",)),
)


class PriceBounds(msgspec.Struct, frozen=True, kw_only=True):
    """Which amounts a provider takes from a client, in minor units of `currency`."""

    currency: str
    least_minor: int = 1
    most_minor: int = 2**53  # far beyond what anybody pays

    def problem(self, amount_minor: int) -> str | None:
        """Return a sentence with the limit if the provider does not take this amount, else None."""
        if amount_minor < self.least_minor:
            return f"At least {self._shown(self.least_minor)}: the payment provider does not accept less."
        if amount_minor > self.most_minor:
            return f"At most {self._shown(self.most_minor)}: the payment provider does not accept more."
        return None

    def _shown(self, amount_minor: int) -> str:
        return Currency(self.currency).format(amount_minor)


class Payable(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is about to pay for."""

    order_id: ObjectId
    client_id: ObjectId
    title: str
    amount_minor: int
    path: str  # of the page to come back to


ReversalStage = Literal["made", "failed", "warned", "open", "won", "lost"]
# Later stages count more, in whatever order they are told (invariant 7).
STAGES: dict[ReversalStage, int] = {"warned": 0, "made": 1, "open": 1, "failed": 2, "won": 2, "lost": 2}
GONE: tuple[ReversalStage, ...] = ("made", "open", "lost")  # the money is with the client


class Reversal(msgspec.Struct, frozen=True, kw_only=True):
    """Money that the provider gave back, or took back, by itself: a refund in its dashboard, or a chargeback.

    `ref` is the provider's id of it. A chargeback that is only a warning (`warned`) has moved no money.
    """

    ref: str
    kind: Literal["refund", "chargeback"]
    amount_minor: int
    stage: ReversalStage


class Payment(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """One try to pay for an order. `session_id` is the provider's checkout, `charge_id` is what refunds refer to,
    `next_id` the try that was begun when this one had come to nothing.

    `refunded_minor` is everything that went back, `reversed_minor` the part of it that the provider gave back by itself
    (told by `reversals`, and altogether by `told_minor`), `unsent_minor` the part that has failed and is still the
    client's.
    """

    id: ObjectId
    order_id: ObjectId
    client_id: ObjectId
    provider: Provider
    amount_minor: int
    currency: str
    status: PaymentStatus = "created"
    title: str
    path: str
    session_id: str | None = None
    checkout_url: str | None = None
    charge_id: str | None = None
    received_minor: int = 0
    refunded_minor: int = 0
    reversed_minor: int = 0
    unsent_minor: int = 0
    told_minor: int = 0
    reversals: list[Reversal] = []
    why: str = ""
    look_at: datetime | None = None
    next_id: ObjectId | None = None
    created_at: datetime
    updated_at: datetime


CallKind = Literal["open_session", "end_session", "refund", "pay_out"]


class GatewayCall(msgspec.Struct, kw_only=True, rename={"key": "_id"}):
    """A call to the provider, recorded before it is made; `key` is its idempotency key there (SECURITY 22)."""

    key: str
    kind: CallKind
    subject_id: ObjectId  # the payment or the payout
    data: dict[str, Any] = {}
    status: Literal["waiting", "done", "failed"] = "waiting"
    attempts: int = 0
    due_at: datetime
    claimed_until: datetime | None = None
    result: dict[str, Any] = {}
    why: str = ""
    created_at: datetime


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A checkout at the provider: where the client pays."""

    id: str
    url: str


# `refunded` says how much of a charge went back altogether, `refund_made` and `refund_failed` tell of one refund.
EventKind = Literal[
    "paid",
    "expired",
    "failed",
    "refunded",
    "refund_made",
    "refund_failed",
    "chargeback",
    "payout_failed",
    "other",
]
# Kinds of events that mean nothing without an amount.
WITH_AMOUNT = ("paid", "refunded", "refund_made", "refund_failed", "chargeback")
REVERSALS = ("refunded", "refund_made", "refund_failed", "chargeback")


class ProviderEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider tells of, in our words. `id` is the provider's; what a kind does not need is None.

    `ref` is the provider's id of a refund or chargeback, `call` the key of our own call that has made a refund, and
    `stage` how far a chargeback is.
    """

    id: str
    kind: EventKind
    payment_id: str | None = None  # ours, which the provider was told when the checkout was made
    session_id: str | None = None
    charge_id: str | None = None
    transfer_id: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    why: str = ""
    ref: str | None = None
    call: str | None = None
    stage: ReversalStage | None = None


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger says of an order: held = released + fee + refunded + unsent + remaining (invariant 1).

    `unsent` is what a refund that failed left here, and is still the client's. `lost` is what the provider took back
    after the end, which GigFlow bears; it is not part of that sum.
    """

    held: int
    released: int
    fee: int
    refunded: int
    remaining: int
    unsent: int = 0
    lost: int = 0


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """What came to a balance (positive) or went from it; `what` is release, payout, payout_returned or taken_back."""

    what: str
    amount_minor: int
    order_id: ObjectId | None
    at: datetime


class Balance(msgspec.Struct, kw_only=True, rename={"user_id": "_id"}):
    """What a person has earned and not taken out yet."""

    user_id: ObjectId
    amount_minor: int = 0
    in_doubt_minor: int = 0  # stays until an admin has decided: the provider took the money of its order back

    @property
    def available_minor(self) -> int:
        """How much may be taken out."""
        return max(0, self.amount_minor - self.in_doubt_minor)


class Payout(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """Money on its way to a freelancer's bank. `key` is the Idempotency-Key of the request for it."""

    id: ObjectId
    user_id: ObjectId
    provider: Provider
    account_id: str
    amount_minor: int
    status: Literal["requested", "sent", "failed"] = "requested"
    transfer_id: str | None = None
    why: str = ""
    key: str | None = None
    created_at: datetime
    updated_at: datetime


class PayoutAccount(msgspec.Struct, kw_only=True, rename={"user_id": "_id"}):
    """A freelancer's account at the provider; `ready` once it can be paid to."""

    user_id: ObjectId
    provider: Provider
    account_id: str
    ready: bool = False
    created_at: datetime


class Line(msgspec.Struct, frozen=True):
    """One side of a ledger entry; money that comes to an account is positive."""

    account: str
    amount_minor: int


class Entry(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """A ledger entry; its lines sum to zero. `key` names the fact, so that it is booked once.

    Accounts: `provider` (what is outside), `held:<order>`, `balance:<user>`, `fees`, `owed:<order>` (refunds that did
    not arrive), `losses` (what the provider took back of what was released).
    """

    id: ObjectId
    key: str
    order_id: ObjectId | None = None
    lines: list[Line]
    created_at: datetime


def gone_by_itself(payment: Payment, known: list[Reversal], told: int, calls: list[GatewayCall]) -> int:
    """Return how much the provider gave back by itself, by all that it has told."""
    one_by_one = sum(each.amount_minor for each in known if each.kind == "refund" and each.stage in GONE)
    failed = sum(each.amount_minor for each in known if each.kind == "refund" and each.stage == "failed")
    # The sum that is told includes refunds of ours, also those that failed at the bank after they were made.
    ours: int = sum(
        call.data["amount_minor"]
        for call in calls
        if call.data["charge_id"] == payment.charge_id
        and (call.status != "failed" or "refund_id" in call.result)
    )
    charged_back = sum(
        each.amount_minor for each in known if each.kind == "chargeback" and each.stage in GONE
    )
    return min(payment.received_minor, max(one_by_one, told - ours - failed) + charged_back)
