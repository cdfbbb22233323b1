"""What `audit` proves of payments and payouts at the provider: each call is there, as it must be, and is made
(docs/domain.md, invariants 1, 2 and 7; SECURITY 22).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from bson import ObjectId

from gigflow.core.db import Document, from_document
from gigflow.payments.models import (
    CALL_LEASE,
    CALL_PAUSES,
    OPEN,
    TAKEN,
    GatewayCall,
    Payment,
    Payout,
    PayoutAccount,
    gone_by_itself,
)
from gigflow.payments.store import GATEWAY_CALLS, LEDGER, PAYMENTS, PAYOUT_ACCOUNTS, PAYOUTS
from gigflow.proof.snapshot import CLOCKS, LONGEST_WAIT, Check, Group, Problems, Snapshot

MADE_WITHIN = timedelta(days=1)  # a call that waits longer is an operator's business


class WholePayment(msgspec.Struct):
    """A payment or a payout with the calls to the provider that were recorded for it; a payout with its bookings."""

    row: Document
    calls: dict[str, Document]
    booked: list[Document]
    returned: list[Document]
    account: Document | None
    now: datetime

    @property
    def name(self) -> str:
        """How sentences name it."""
        return f"the {'payment' if 'order_id' in self.row else 'payout'} {self.row['_id']}"


def whole_payments(at: Snapshot) -> Iterator[WholePayment]:
    """Yield every payment, the oldest first."""
    for row, found in at.joined(
        at.rows(PAYMENTS), {"calls": at.groups(GATEWAY_CALLS, "subject_id", {"kind": {"$ne": "pay_out"}})}
    ):
        yield WholePayment(row, _by_key(found["calls"]), [], [], None, at.now)


def whole_payouts(at: Snapshot) -> Iterator[WholePayment]:
    """Yield every payout, the oldest first."""
    sides = {
        "calls": at.groups(GATEWAY_CALLS, "subject_id", {"kind": "pay_out"}),
        "booked": _entries(at, "payout"),
        "returned": _entries(at, "payout_returned"),
    }
    # One for each person who was ever paid out; there are far fewer than payouts.
    accounts = {row["_id"]: row for row in at.rows(PAYOUT_ACCOUNTS)}
    for row, found in at.joined(at.rows(PAYOUTS), sides):
        calls = _by_key(found["calls"])
        account = accounts.get(row["user_id"])
        yield WholePayment(row, calls, found["booked"], found["returned"], account, at.now)


def _entries(at: Snapshot, kind: str) -> Iterator[Group]:
    """Yield the bookings of payouts, by the payout that their key names."""
    for entry in at.rows(LEDGER, {"key": {"$regex": f"^{kind}:"}}, by="key"):
        subject = entry["key"].partition(":")[2]
        if ObjectId.is_valid(subject):
            yield ObjectId(subject), [entry]


def _by_key(calls: list[Document]) -> dict[str, Document]:
    return {call["_id"]: call for call in calls}


def _checkouts_are_made(whole: WholePayment) -> Problems:
    row, call = whole.row, whole.calls.get(f"session:{whole.row['_id']}")
    if call is None or call["kind"] != "open_session":
        yield f"{whole.name} has no call that makes its checkout"
        return
    if row["status"] == "created" and call["status"] != "waiting":
        yield f"{whole.name} is created, and the call that makes its checkout is {call['status']}"
    if row["status"] == "open" and not (row["session_id"] and row["checkout_url"]):
        yield f"{whole.name} is open and has no checkout"
    made = call["result"].get("session_id")
    # A payment that ended while its checkout was made does not know the checkout; `end_session` does.
    unknown = row["session_id"] is None and row["status"] in ("expired", "failed")
    if made and row["session_id"] != made and not unknown:
        yield f"{whole.name} is paid at {row['session_id']}, and the checkout that was made is {made}"
    if (row["status"] in OPEN) != (row["look_at"] is not None):
        yield f"{whole.name} is {row['status']}, and is looked at {row['look_at'] or 'no more'}"
    elif row["look_at"] and row["look_at"] > whole.now + LONGEST_WAIT:
        yield f"{whole.name} is looked at {row['look_at']}, which is too far away"


def _money_came_and_went(whole: WholePayment) -> Problems:
    """Amounts and ids of a payment are those of its state."""
    row, status = whole.row, whole.row["status"]
    received, refunded, amount = row["received_minor"], row["refunded_minor"], row["amount_minor"]
    if not 0 <= refunded <= received:
        yield f"{whole.name} gave back {refunded}, and {received} was paid"
    taken = status in TAKEN and not row["why"]
    if taken and (received != amount or not row["charge_id"]):
        yield f"{whole.name} is {status} with {received} received of {amount} by the charge {row['charge_id']}"
    if status in (*OPEN, "expired", "failed") and (received or refunded or row["charge_id"]):
        yield f"{whole.name} is {status}, and {received} was received and {refunded} given back"
    right = {
        "paid": refunded == 0,
        "partly_refunded": 0 < refunded < received,
        "refunded": refunded == received,
        "refund_failed": row.get("unsent_minor", 0) > 0,
    }
    if not right.get(status, True):
        yield f"{whole.name} is {status} with {refunded} of {received} given back"


def _what_goes_back_is_called_for(whole: WholePayment) -> Problems:
    yield from _refunds_are_called_for(whole)
    yield from _no_other_refund_is_called_for(whole)


def _refunds_are_called_for(whole: WholePayment) -> Problems:
    row, name = whole.row, whole.name
    own = whole.calls.get(f"refund:{row['_id']}:{row['charge_id']}" if row["why"] else f"refund:{row['_id']}")
    # Nobody asked for what the provider gave back by itself; it may be what a failed refund was to give back.
    refunds = (call for call in whole.calls.values() if call["kind"] == "refund")
    by_itself = row.get("reversed_minor", 0) - sum(_covered(call) for call in refunds)
    sent_back = row["status"] in ("refund_due", "refund_failed") and row["why"]
    wanted = row["received_minor"] if sent_back else row["refunded_minor"] - by_itself
    if own is None:
        if wanted:
            yield f"{name} is {row['status']} with {wanted} to give back, and no call to the provider does that"
    elif own["data"] != {"charge_id": row["charge_id"], "amount_minor": wanted}:
        yield f"{name} gives back {wanted} of {row['charge_id']}, and the call {own['_id']} says {own['data']}"
    elif row["status"] == "refund_due" and own["status"] == "done":
        yield f"{name} is refund_due, and the call {own['_id']} is done"
    elif row["why"] and row["status"] == "refunded" and not _is_over(own):
        yield f"{name} is refunded, and the call {own['_id']} is {own['status']}"


def _no_other_refund_is_called_for(whole: WholePayment) -> Problems:
    """Except for a second charge at the same checkout, which goes back whole, and for what failed before."""
    row, name = whole.row, whole.name
    own = f"refund:{row['_id']}:{row['charge_id']}" if row["why"] else f"refund:{row['_id']}"
    for key, call in whole.calls.items():
        if call["kind"] != "refund":
            continue
        if _unsent(call):
            yield f"the provider refused the refund {key} of {name}: {call['why']}"
        charge, before = call["data"]["charge_id"], whole.calls.get(key.rpartition(":again:")[0])
        again = before is not None and before["result"].get("again") == key
        second = key == f"refund:{row['_id']}:{charge}" and charge != row["charge_id"]
        if key != own and not again and not second:
            yield f"the call {key} gives back money of {name} that nobody booked"


def _unsent(call: Document) -> int:
    """Return what of a refund is still to reach the client: it failed, and was not sent again."""
    if call["status"] != "failed" or "again" in call["result"]:
        return 0
    return int(call["result"].get("unsent_minor", call["data"]["amount_minor"]))


def _is_over(call: Document) -> bool:
    """Return whether a refund was made, or has failed and was replaced."""
    return call["status"] == "done" or (call["status"] == "failed" and not _unsent(call))


def _covered(call: Document) -> int:
    """Return what the provider gave back by itself of a refund that failed."""
    if "unsent_minor" not in call["result"]:
        return 0
    return int(call["data"]["amount_minor"] - call["result"]["unsent_minor"])


def _payouts_are_booked(whole: WholePayment) -> Problems:
    row, name = whole.row, whole.name
    balance, amount = f"balance:{row['user_id']}", row["amount_minor"]
    if [_lines(entry) for entry in whole.booked] != [{balance: -amount, "provider": amount}]:
        yield f"{name} of {amount} is not booked once with its amount"
    returned = [{balance: amount, "provider": -amount}] if row["status"] == "failed" else []
    if [_lines(entry) for entry in whole.returned] != returned:
        yield f"{name} is {row['status']}, and what the ledger says of it is not"


def _payouts_are_called_for(whole: WholePayment) -> Problems:
    row, name, status = whole.row, whole.name, whole.row["status"]
    from_document(row, Payout)
    call = whole.calls.get(f"payout:{row['_id']}")
    if call is None or call["kind"] != "pay_out":
        yield f"{name} is {status}, and no call to the provider sends it"
        return
    sent = call["data"].get("account_id"), call["data"].get("amount_minor")
    if sent != (row["account_id"], row["amount_minor"]):
        yield f"{name} sends {row['amount_minor']} to {row['account_id']}, and its call {sent[1]} to {sent[0]}"
    if whole.account is None or row["account_id"] != whole.account["account_id"]:
        known = whole.account and whole.account["account_id"]
        yield f"{name} of {row['user_id']} goes to {row['account_id']}, and their account is {known}"
    allowed = {"requested": ("waiting",), "sent": ("done",), "failed": ("failed", "done")}
    if call["status"] not in allowed[status]:
        yield f"{name} is {status}, and its call to the provider is {call['status']}"
    transfer = call["result"].get("transfer_id")
    if row["transfer_id"] != transfer or (status == "sent" and not transfer):
        yield f"{name} is {status} by the transfer {row['transfer_id']}, and its call made {transfer}"


def _calls_are_made(at: Snapshot) -> Problems:
    """A call that waits is due soon, is not claimed for long, and is not a day old."""
    for row in at.rows(GATEWAY_CALLS, {"status": "waiting"}):
        call = from_document(row, GatewayCall)
        name = f"the call {call.key}"
        if call.created_at < at.now - MADE_WITHIN:
            yield f"{name} waits since {call.created_at}: see `why` in it ({call.why or 'nothing was tried'})"
        latest = max(call.created_at, at.now) + max(CALL_PAUSES) + CALL_LEASE + CLOCKS
        if call.due_at > latest or (call.claimed_until and call.claimed_until > latest):
            yield f"{name} is made at {call.due_at} and claimed until {call.claimed_until}, which is too far away"
        if call.created_at > at.now + LONGEST_WAIT:
            yield f"{name} was recorded at {call.created_at}, which is in the future"


def _calls_are_for_something(at: Snapshot) -> Problems:
    """Each key names its own subject; a call that is done says what it made."""
    prefixes = {
        "open_session": "session",
        "end_session": "end_session",
        "refund": "refund",
        "pay_out": "payout",
    }
    results = {"refund": "refund_id", "pay_out": "transfer_id"}
    for row in at.rows(GATEWAY_CALLS):
        kind = row["kind"]
        if not f"{row['_id']}:".startswith(f"{prefixes[kind]}:{row['subject_id']}:"):
            yield f"the call {row['_id']} is of {kind} for {row['subject_id']}"
        if row["status"] == "done" and kind in results and not row["result"].get(results[kind]):
            yield f"the call {row['_id']} is done, and it made nothing"


def _accounts_are_one_persons(at: Snapshot) -> Problems:
    for row in at.rows(PAYOUT_ACCOUNTS):
        from_document(row, PayoutAccount)
    stages: list[Document] = [
        {"$group": {"_id": "$account_id", "people": {"$push": "$_id"}}},
        {"$match": {"people.1": {"$exists": True}}},
    ]
    for row in at.sums(PAYOUT_ACCOUNTS, *stages):
        yield f"the account {row['_id']} at the provider is of {len(row['people'])} people"


def _what_was_told_is_booked(whole: WholePayment) -> Problems:
    if whole.row["status"] not in TAKEN or whole.row.get("why"):
        return
    payment = from_document(whole.row, Payment)
    calls = [from_document(call, GatewayCall) for call in whole.calls.values() if call["kind"] == "refund"]
    gone = gone_by_itself(payment, payment.reversals, payment.told_minor, calls)
    # If it is more than was paid, a refund of ours that will be refused covers the rest (payments/reversals.py).
    booked = min(gone, payment.received_minor - (payment.refunded_minor - payment.reversed_minor))
    # A refund of ours that came later may be among what was told, so that less is told than was booked.
    if payment.reversed_minor < booked:
        yield f"{whole.name} has {payment.reversed_minor} gone by itself, and the provider told of {booked}"


PAYMENT_CHECKS: tuple[Check, ...] = (
    ("7. Each payment has its checkout, and is looked at while it is open", _checkouts_are_made),
    ("7. The amounts of a payment are those of its state", _money_came_and_went),
    ("2. What goes back is asked of the provider once, with its amount", _what_goes_back_is_called_for),
    ("2. What the provider told of a payment is booked in it", _what_was_told_is_booked),
)
PAYOUT_CHECKS: tuple[Check, ...] = (
    ("1. Payouts are booked once, and again if they failed", _payouts_are_booked),
    ("1. A payout is sent by its call, with its amount, to its person", _payouts_are_called_for),
)
CHECKS: tuple[Check, ...] = (
    ("7. Calls to the provider are made within a day", _calls_are_made),
    ("7. Calls to the provider are for something, and say what they made", _calls_are_for_something),
    ("7. An account at the provider is one person's", _accounts_are_one_persons),
)


def _lines(entry: Document) -> dict[str, int]:
    return {line["account"]: line["amount_minor"] for line in entry["lines"]}
