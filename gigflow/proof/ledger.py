"""What `audit` proves of the ledger by itself, and of money as a whole (docs/domain.md, invariants 1 and 14)."""

from collections.abc import Iterator

from bson import ObjectId

from gigflow.accounts.store import USERS
from gigflow.core.db import Declared, Document
from gigflow.payments.store import BALANCES, GATEWAY_CALLS, LEDGER, PAYMENTS, PAYOUT_ACCOUNTS, PAYOUTS
from gigflow.proof.references import missing
from gigflow.proof.snapshot import Check, Problems, Snapshot
from gigflow.settings.installation import INSTALLATION

_ACCOUNT = "^(provider|fees|losses|(held|balance|owed):[0-9a-f]{24})$"
# What the provider does by itself (decision 31) is named by the provider's ids.
_OF_ORDER = "^((hold|release|refund):[0-9a-f]{24}$|(reversal|refund_failed|refund_again|taken_back):)"
_OF_PAYOUT = "^(payout|payout_returned):[0-9a-f]{24}$"


def _entries_sum_to_zero(at: Snapshot) -> Problems:
    sums: Document = {"$set": {"sum": {"$sum": "$lines.amount_minor"}}}
    wrong = {"$or": [{"sum": {"$ne": 0}}, {"lines": {"$size": 0}}, {"lines.amount_minor": 0}]}
    for row in at.sums(LEDGER, sums, {"$match": wrong}):
        yield f"the entry {row['key']} of {len(row['lines'])} lines sums to {row['sum']}"


def _entries_belong_to_something(at: Snapshot) -> Problems:
    # That the order or payout of the key is the right one is checked where that is read.
    of_order = {"key": {"$regex": _OF_ORDER}, "order_id": {"$type": "objectId"}}
    of_payout = {"key": {"$regex": _OF_PAYOUT}, "order_id": None}
    for row in at.rows(LEDGER, {"$nor": [of_order, of_payout]}):
        yield f"the entry {row['key']} belongs to nothing"
    for kind in ("payout", "payout_returned"):
        payouts = (row["_id"] for row in at.rows(PAYOUTS, fields=("_id",)))
        for _, key in missing(_payouts_of(at, kind), payouts):
            yield f"the entry {key} is of a payout that is not there"


def _payouts_of(at: Snapshot, kind: str) -> Iterator[tuple[ObjectId, object]]:
    for row in at.rows(LEDGER, {"key": {"$regex": f"^{kind}:[0-9a-f]{{24}}$"}}, fields=("key",), by="key"):
        yield ObjectId(row["key"].partition(":")[2]), row["key"]


def _accounts_are_somebodys(at: Snapshot) -> Problems:
    is_none = {"$not": {"$regex": _ACCOUNT}}
    stages: list[Document] = [
        {"$match": {"lines": {"$elemMatch": {"account": is_none}}}},
        {"$unwind": "$lines"},
        {"$match": {"lines.account": is_none}},
        {"$group": {"_id": "$lines.account", "key": {"$first": "$key"}}},
    ]
    for row in at.sums(LEDGER, *stages):
        yield f"the entry {row['key']} books on {row['_id']}, which is no account"
    of_people = {"$match": {"lines.account": {"$regex": "^balance:[0-9a-f]{24}$"}}}
    stages = [
        of_people,
        {"$unwind": "$lines"},
        of_people,
        {"$group": {"_id": "$lines.account", "key": {"$first": "$key"}}},
        {"$sort": {"_id": 1}},
    ]
    people = (row["_id"] for row in at.rows(USERS, fields=("_id",)))
    owners = ((ObjectId(row["_id"][8:]), row["key"]) for row in at.sums(LEDGER, *stages))
    for person, key in missing(owners, people):
        yield f"the entry {key} books on the balance of {person}, who is not there"


def _money_adds_up(at: Snapshot) -> Problems:
    """What people have in their balances is what the ledger owes them all."""
    lines: Document = {"$match": {"lines.account": {"$regex": "^balance:"}}}
    total: Document = {"$group": {"_id": None, "sum": {"$sum": "$lines.amount_minor"}}}
    owed = next(at.sums(LEDGER, {"$unwind": "$lines"}, lines, total), {"sum": 0})["sum"]
    kept: Document = {"$group": {"_id": None, "sum": {"$sum": "$amount_minor"}}}
    balances = next(at.sums(BALANCES, kept), {"sum": 0})["sum"]
    if owed != balances:
        yield f"all balances make {balances}, and the ledger owes {owed}"


def _money_is_of_one_currency(at: Snapshot) -> Problems:
    bound = next((row["currency"] for row in at.rows(INSTALLATION)), None)
    usual = bound or next(iter(_counts(at, PAYMENTS, "currency")), None)
    for row in at.rows(PAYMENTS, {"currency": {"$ne": usual}}):
        yield f"the payment {row['_id']} is of {row['currency']}, and this database is of {usual}"
    for row in at.rows(GATEWAY_CALLS, {"kind": "pay_out", "data.currency": {"$ne": usual}}):
        yield f"the call {row['_id']} pays out in {row['data'].get('currency')}, and this database is of {usual}"


def _money_is_at_one_provider(at: Snapshot) -> Problems:
    usual = next(iter(_counts(at, PAYMENTS, "provider")), None)
    for declared, name in ((PAYMENTS, "payment"), (PAYOUTS, "payout"), (PAYOUT_ACCOUNTS, "account of")):
        for row in at.rows(declared, {"provider": {"$ne": usual}} if usual else {"_id": None}):
            yield f"the {name} {row['_id']} is at {row['provider']}, and most payments are at {usual}"


def _counts(at: Snapshot, declared: Declared, field: str) -> list[str]:
    """Return the values of a field, the most frequent first."""
    stages: list[Document] = [
        {"$group": {"_id": f"${field}", "count": {"$sum": 1}}},
        {"$sort": {"count": -1, "_id": 1}},
    ]
    return [row["_id"] for row in at.sums(declared, *stages)]


CHECKS: tuple[Check, ...] = (
    ("1. Every ledger entry sums to zero", _entries_sum_to_zero),
    ("1. Every ledger entry belongs to an order or a payout", _entries_belong_to_something),
    ("1. Money is booked on accounts that are somebody's", _accounts_are_somebodys),
    ("1. All balances together are what the ledger owes", _money_adds_up),
    ("14. All money is of one currency", _money_is_of_one_currency),
    ("14. All money is at one provider", _money_is_at_one_provider),
)
