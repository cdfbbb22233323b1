"""What `audit` proves of receipts: what the ledger has of orders, each once, in one series (docs/domain.md, invariant
15).
"""

from datetime import timedelta

from gigflow.core.db import Document
from gigflow.payments.store import LEDGER
from gigflow.proof.snapshot import Check, Problems, Snapshot
from gigflow.proof.whole import WholeOrder
from gigflow.receipts.models import KINDS, LATE, amounts_of
from gigflow.receipts.store import RECEIPTS

NUMBERED_WITHIN = timedelta(
    hours=1
)  # a tick takes seconds; an installation that has just got receipts takes minutes


def _receipts_are_the_ledgers(whole: WholeOrder) -> Problems:
    """Each receipt is of an entry of its order, and says what that says."""
    order, receipts = whole.order, {row["_id"]: row for row in whole.receipts}
    for entry in whole.entries:
        receipt = receipts.pop(entry["_id"], None)
        if receipt is None:
            continue  # `_what_is_booked_has_one` counts those
        name = f"the receipt {receipt['_id']} (no. {receipt['number']}) of {whole.name}"
        said = _said_by(receipt)
        for field, right in _of_entry(entry).items():
            if said[field] != right:
                yield f"{name} says {said[field]} as {field}, and the ledger {right}"
        for side in ("client", "freelancer"):
            if receipt[side]["id"] != order[f"{side}_id"] or not receipt[side]["name"]:
                yield f"{name} is for {receipt[side]}, and its {side} is {order[f'{side}_id']}"
        agreed = (order["terms"]["title"], order["fee_basis_points"])
        if (receipt["title"], receipt["fee_basis_points"]) != agreed:
            yield f"{name} is for another title or fee than {agreed}"
        if {receipt["currency"]} - {payment["currency"] for payment in whole.payments}:
            yield f"{name} is of {receipt['currency']}, and no payment is"
    for receipt in receipts.values():
        yield f"the receipt {receipt['_id']} (no. {receipt['number']}) of {whole.name} is of nothing in the ledger"


def _of_entry(entry: Document) -> Document:
    what = entry["key"].partition(":")[0]
    lines: dict[str, int] = {}
    for line in entry["lines"]:
        account = line["account"].partition(":")[0]
        lines[account] = lines.get(account, 0) + line["amount_minor"]
    amount, fee = amounts_of(what, lines) if what in KINDS else (0, 0)
    return {"what": what, "amount_minor": amount, "fee_minor": fee, "at": entry["created_at"]}


def _said_by(receipt: Document) -> Document:
    return {field: receipt[field] for field in ("what", "amount_minor", "fee_minor", "at")}


def _numbers_are_one_series(at: Snapshot) -> Problems:
    last = 0
    for row in at.rows(RECEIPTS, fields=("number",), by="number"):
        number = row["number"]
        if number == last:
            yield f"the number {number} is given twice, also to the receipt {row['_id']}"
        elif number != last + 1:
            missing = (
                f"number {last + 1}" if number == last + 2 else f"numbers from {last + 1} to {number - 1}"
            )
            yield f"there is no receipt with the {missing}, and the receipt {row['_id']} has {number}"
        last = number


def _numbers_follow_the_ledger(at: Snapshot) -> Problems:
    """Except for entries that were on their way at the same time."""
    newest = None
    for row in at.rows(RECEIPTS, fields=("number",), by="number"):
        made = row["_id"].generation_time
        if newest and made < newest - LATE:
            yield f"the receipt {row['_id']} has the number {row['number']}, and its entry came before others'"
        newest = max(newest, made) if newest else made


def _what_is_booked_has_one(at: Snapshot) -> Problems:
    """Once it is old enough."""
    old = at.now - NUMBERED_WITHIN
    known = at.rows(RECEIPTS, fields=("_id",))
    head = next(known, None)
    count, first = 0, ""
    for entry in at.rows(LEDGER, {"order_id": {"$type": "objectId"}}, fields=("key",)):
        while head is not None and head["_id"] < entry["_id"]:
            head = next(known, None)
        if (head is None or head["_id"] != entry["_id"]) and entry["_id"].generation_time < old:
            count, first = count + 1, first or entry["key"]
    if count:
        yield f"{count} entries of the ledger have no receipt, the first is {first}: run flask gigflow tick"


CHECKS_OF_ORDERS: tuple[Check, ...] = (
    ("15. Each receipt says what the ledger has of its order", _receipts_are_the_ledgers),
)
CHECKS: tuple[Check, ...] = (
    ("15. The numbers of receipts are one series without gaps", _numbers_are_one_series),
    ("15. The numbers of receipts follow the ledger", _numbers_follow_the_ledger),
    ("15. What is booked for an order has a receipt", _what_is_booked_has_one),
)
