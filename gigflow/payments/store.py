"""Payments, the ledger, balances and payouts in the database."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from gigflow.core.db import Db, Declared, Tx, from_document, object_schema, passed, to_document, to_stored
from gigflow.core.paging import Page, PageRequest, newest
from gigflow.core.transitions import Transition
from gigflow.payments.models import (
    CALL_LEASE,
    OPEN,
    Balance,
    Entry,
    GatewayCall,
    Payment,
    Payout,
    PayoutAccount,
    Reversal,
)
from gigflow.payments.provider_events import PROVIDER_EVENTS

_WHOLE = {"bsonType": ["int", "long"], "minimum": 0}

PAYMENTS = Declared(
    "payments",
    (
        IndexModel(
            [("order_id", ASCENDING)],
            name="one_open_per_order",
            unique=True,
            partialFilterExpression={"status": {"$in": list(OPEN)}},
        ),
        IndexModel([("order_id", ASCENDING), ("_id", DESCENDING)], name="order"),
        IndexModel([("provider", ASCENDING), ("session_id", ASCENDING)], name="session"),
        IndexModel([("provider", ASCENDING), ("charge_id", ASCENDING)], name="charge"),
        IndexModel(
            [("look_at", ASCENDING)], name="look_at", partialFilterExpression={"look_at": {"$type": "date"}}
        ),
    ),
    object_schema(
        {
            "order_id": "objectId",
            "client_id": "objectId",
            "provider": "string",
            "amount_minor": {"bsonType": ["int", "long"], "minimum": 1},
            "received_minor": _WHOLE,
            "refunded_minor": _WHOLE,
            "status": {
                "enum": [
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
            },
            "created_at": "date",
        }
    ),
)
GATEWAY_CALLS = Declared(
    "gateway_calls",
    (
        IndexModel([("due_at", ASCENDING)], name="due", partialFilterExpression={"status": "waiting"}),
        IndexModel([("subject_id", ASCENDING)], name="subject"),
    ),
    object_schema(
        {
            "kind": {"enum": ["open_session", "end_session", "refund", "pay_out"]},
            "subject_id": "objectId",
            "status": {"enum": ["waiting", "done", "failed"]},
            "due_at": "date",
        }
    ),
)
LEDGER = Declared(
    "ledger",
    (
        IndexModel([("key", ASCENDING)], name="key", unique=True),
        IndexModel([("order_id", ASCENDING), ("_id", ASCENDING)], name="order"),
        IndexModel([("lines.account", ASCENDING), ("_id", DESCENDING)], name="account"),
    ),
    object_schema({"key": "string", "lines": "array", "created_at": "date"}),
)
BALANCES = Declared("balances", (), object_schema({"amount_minor": _WHOLE}))
PAYOUTS = Declared(
    "payouts",
    (
        IndexModel([("user_id", ASCENDING), ("_id", DESCENDING)], name="user"),
        IndexModel(
            [("user_id", ASCENDING), ("key", ASCENDING)],
            name="one_per_key",
            unique=True,
            partialFilterExpression={"key": {"$type": "string"}},
        ),
        IndexModel([("provider", ASCENDING), ("transfer_id", ASCENDING)], name="transfer"),
    ),
    object_schema(
        {
            "user_id": "objectId",
            "amount_minor": {"bsonType": ["int", "long"], "minimum": 1},
            "status": {"enum": ["requested", "sent", "failed"]},
            "created_at": "date",
        }
    ),
)
PAYOUT_ACCOUNTS = Declared(
    "payout_accounts",
    (IndexModel([("provider", ASCENDING), ("account_id", ASCENDING)], name="account", unique=True),),
    object_schema({"provider": "string", "account_id": "string", "ready": "bool", "created_at": "date"}),
)
COLLECTIONS = (PAYMENTS, GATEWAY_CALLS, PROVIDER_EVENTS, LEDGER, BALANCES, PAYOUTS, PAYOUT_ACCOUNTS)


def insert_payment(tx: Tx, payment: Payment) -> bool:
    """Store a new payment; returns False if its order has an open one (the transaction is then over)."""
    try:
        tx[PAYMENTS].insert_one(to_document(payment))
    except DuplicateKeyError:
        return False
    return True


def get_payment(db: Db, payment_id: ObjectId) -> Payment | None:
    """Return the payment with this id, or None."""
    found = db[PAYMENTS].find_one({"_id": payment_id})
    return from_document(found, Payment) if found else None


def get_payment_by(db: Db, provider: str, field: str, value: str) -> Payment | None:
    """Return the payment with this `session_id` or `charge_id` of a provider, or None."""
    found = db[PAYMENTS].find_one({"provider": provider, field: value})
    return from_document(found, Payment) if found else None


def get_open_payment(db: Db, order_id: ObjectId) -> Payment | None:
    """Return the payment of an order that waits for the client, or None."""
    found = db[PAYMENTS].find_one({"order_id": order_id, "status": {"$in": list(OPEN)}})
    return from_document(found, Payment) if found else None


def find_payments(db: Db, order_id: ObjectId) -> list[Payment]:
    """Return all payments of an order, the newest first."""
    rows = db[PAYMENTS].find({"order_id": order_id}).sort("_id", DESCENDING)
    return [from_document(row, Payment) for row in rows]


def note_next(tx: Tx, payments: Iterable[Payment], next_id: ObjectId) -> None:
    """Note on each of an order's payments which one was begun after it."""
    ids = [payment.id for payment in payments]
    tx[PAYMENTS].update_many({"_id": {"$in": ids}}, {"$set": {"next_id": next_id}})


def find_providers(db: Db) -> set[str]:
    """Return whose money this database knows of."""
    return {*db[PAYMENTS].distinct("provider"), *db[PAYOUT_ACCOUNTS].distinct("provider")}


def find_to_look_at(db: Db, now: datetime, limit: int) -> list[ObjectId]:
    """Return open payments of which there was no news for a while, those that wait longest first."""
    rows = db[PAYMENTS].find({"look_at": passed(now)}, {"_id": 1}).sort("look_at", ASCENDING).limit(limit)
    return [row["_id"] for row in rows]


def move_payment(
    tx: Tx,
    payment_id: ObjectId,
    transition: Transition,
    changes: Mapping[str, Any],
    now: datetime,
    condition: Mapping[str, Any] | None = None,
) -> Payment | None:
    """Take a payment through a transition with these further changes; returns None if it is not in its source."""
    setting = {**changes, "status": transition.target, "updated_at": now}
    found = tx[PAYMENTS].find_one_and_update(
        {"_id": payment_id, "status": transition.source_filter, **(condition or {})},
        {"$set": {name: to_stored(value) for name, value in setting.items()}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Payment) if found else None


def set_reversals(tx: Tx, payment: Payment, reversals: list[Reversal], told_minor: int) -> None:
    """Keep what the provider has told of money that it gave back by itself."""
    setting = {"reversals": to_stored(reversals), "told_minor": told_minor}
    tx[PAYMENTS].update_one({"_id": payment.id}, {"$set": setting})


def look_again(db: Db, payment: Payment, at: datetime) -> bool:
    """Claim the look at an open payment, and say when the next one is; returns False if another process has it."""
    result = db[PAYMENTS].update_one(
        {"_id": payment.id, "look_at": payment.look_at}, {"$set": {"look_at": at}}
    )
    return result.modified_count == 1


def insert_call(tx: Tx, call: GatewayCall) -> None:
    """Record a call to the provider before it is made."""
    tx[GATEWAY_CALLS].insert_one(to_document(call))


def get_call(db: Db, key: str) -> GatewayCall | None:
    """Return the call with this key, or None."""
    found = db[GATEWAY_CALLS].find_one({"_id": key})
    return from_document(found, GatewayCall) if found else None


def claim_call(db: Db, now: datetime, key: str | None = None) -> GatewayCall | None:
    """Take one call that is due for this process (or the one with this key, due or not); returns None if there is none,
    or if another process has it.
    """
    query: dict[str, Any] = {
        "status": "waiting",
        "$or": [{"claimed_until": None}, {"claimed_until": {"$lte": now}}],
        **({"_id": key} if key else {"due_at": {"$lte": now}}),
    }
    found = db[GATEWAY_CALLS].find_one_and_update(
        query,
        {"$set": {"claimed_until": now + CALL_LEASE}, "$inc": {"attempts": 1}},
        sort=[("due_at", ASCENDING)],
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, GatewayCall) if found else None


def end_call(tx: Tx, key: str, status: str, result: Mapping[str, Any], why: str = "") -> bool:
    """Record what came of a call; returns False if it was recorded before."""
    done = tx[GATEWAY_CALLS].update_one(
        {"_id": key, "status": "waiting"},
        {"$set": {"status": status, "result": dict(result), "why": why, "claimed_until": None}},
    )
    return done.modified_count == 1


def find_refund_calls(db: Db, payment_id: ObjectId) -> list[GatewayCall]:
    """Return the calls that give back money of a payment, the oldest first."""
    rows = db[GATEWAY_CALLS].find({"subject_id": payment_id, "kind": "refund"})
    return [from_document(row, GatewayCall) for row in rows.sort("created_at", ASCENDING)]


def change_call(
    tx: Tx, call: GatewayCall, result: Mapping[str, Any], status: str = "", why: str = ""
) -> bool:
    """Note what became of a call that was made; returns False if something else was noted since it was read."""
    setting = {f"result.{name}": value for name, value in result.items()}
    setting |= {"status": status, "why": why} if status else {}
    seen = {"_id": call.key, "status": call.status, "result": dict(call.result)}
    return tx[GATEWAY_CALLS].update_one(seen, {"$set": setting}).modified_count == 1


def put_call_off(db: Db, key: str, until: datetime, why: str) -> None:
    """Let a call that failed be tried again later."""
    db[GATEWAY_CALLS].update_one(
        {"_id": key, "status": "waiting"}, {"$set": {"due_at": until, "claimed_until": None, "why": why}}
    )


def insert_entry(tx: Tx, entry: Entry) -> None:
    """Book an entry. Raises DuplicateKeyError, a bug, if its fact was booked before."""
    tx[LEDGER].insert_one(to_document(entry))


def find_entries(db: Db, order_id: ObjectId) -> list[Entry]:
    """Return what was booked for an order, the oldest first."""
    rows = db[LEDGER].find({"order_id": order_id}).sort("_id", ASCENDING)
    return [from_document(row, Entry) for row in rows]


def find_entries_of(db: Db, account: str, page: PageRequest) -> Page[Entry]:
    """Return what was booked on an account, the newest first."""
    return newest(db[LEDGER], {"lines.account": account}, page, Entry)


def sum_released(db: Db, account: str, since: datetime, zone: str) -> dict[tuple[int, int], int]:
    """Return what was released to an account since then, by year and month in a time zone."""
    when = {"date": "$created_at", "timezone": zone}
    stages: list[dict[str, Any]] = [
        {"$match": {"lines.account": account, "created_at": {"$gte": since}, "key": {"$regex": "^release:"}}},
        {"$unwind": "$lines"},
        {"$match": {"lines.account": account}},
        {
            "$group": {
                "_id": {"year": {"$year": when}, "month": {"$month": when}},
                "minor": {"$sum": "$lines.amount_minor"},
            }
        },
    ]
    rows = db[LEDGER].aggregate(stages, hint="account")
    return {(row["_id"]["year"], row["_id"]["month"]): row["minor"] for row in rows}


def get_balance(db: Db, user_id: ObjectId) -> Balance:
    """Return what a person has earned and not taken out."""
    found = db[BALANCES].find_one({"_id": user_id})
    return from_document(found, Balance) if found else Balance(user_id=user_id)


def add_to_balance(tx: Tx, user_id: ObjectId, amount_minor: int) -> None:
    """Add to a balance, which begins with nothing."""
    tx[BALANCES].update_one({"_id": user_id}, {"$inc": {"amount_minor": amount_minor}}, upsert=True)


def take_from_balance(tx: Tx, user_id: ObjectId, amount_minor: int) -> bool:
    """Take from a balance; returns False if there is less than that, without what is in doubt."""
    left = {"$subtract": ["$amount_minor", {"$ifNull": ["$in_doubt_minor", 0]}]}
    result = tx[BALANCES].update_one(
        {"_id": user_id, "$expr": {"$gte": [left, amount_minor]}},
        {"$inc": {"amount_minor": -amount_minor}},
    )
    return result.modified_count == 1


def doubt_balance(tx: Tx, user_id: ObjectId, amount_minor: int) -> None:
    """Put an amount of a balance in doubt, or, if it is negative, free it again."""
    tx[BALANCES].update_one({"_id": user_id}, {"$inc": {"in_doubt_minor": amount_minor}})


def insert_payout(tx: Tx, payout: Payout) -> None:
    """Store a new payout. Raises DuplicateKeyError if its key was used at the same moment."""
    tx[PAYOUTS].insert_one(to_document(payout))


def get_payout(db: Db, payout_id: ObjectId) -> Payout | None:
    """Return the payout with this id, or None."""
    found = db[PAYOUTS].find_one({"_id": payout_id})
    return from_document(found, Payout) if found else None


def get_payout_by_key(db: Db, user_id: ObjectId, key: str) -> Payout | None:
    """Return the payout that a person asked for with this key, or None."""
    found = db[PAYOUTS].find_one({"user_id": user_id, "key": key})
    return from_document(found, Payout) if found else None


def get_payout_by_transfer(db: Db, provider: str, transfer_id: str) -> Payout | None:
    """Return the payout with this id at a provider, or None."""
    found = db[PAYOUTS].find_one({"provider": provider, "transfer_id": transfer_id})
    return from_document(found, Payout) if found else None


def find_payouts(db: Db, user_id: ObjectId, page: PageRequest) -> Page[Payout]:
    """Return somebody's payouts, the newest first."""
    return newest(db[PAYOUTS], {"user_id": user_id}, page, Payout)


def count_payouts_since(db: Db, user_id: ObjectId, since: datetime) -> int:
    """Return how many payouts of somebody are still to be sent, or were sent since then."""
    sent = {"status": "sent", "updated_at": {"$gt": since}}
    query = {"user_id": user_id, "$or": [{"status": "requested"}, sent]}
    return db[PAYOUTS].count_documents(query)


def move_payout(
    tx: Tx, payout_id: ObjectId, transition: Transition, changes: Mapping[str, Any], now: datetime
) -> Payout | None:
    """Take a payout through a transition; returns None if it is not in its source."""
    found = tx[PAYOUTS].find_one_and_update(
        {"_id": payout_id, "status": transition.source_filter},
        {"$set": {**changes, "status": transition.target, "updated_at": now}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Payout) if found else None


def get_account(db: Db, user_id: ObjectId) -> PayoutAccount | None:
    """Return somebody's account for payouts, or None."""
    found = db[PAYOUT_ACCOUNTS].find_one({"_id": user_id})
    return from_document(found, PayoutAccount) if found else None


def put_account(db: Db, account: PayoutAccount) -> PayoutAccount:
    """Keep somebody's account unless they have one; returns the one that is kept."""
    found = db[PAYOUT_ACCOUNTS].find_one_and_update(
        {"_id": account.user_id},
        {"$setOnInsert": {name: value for name, value in to_document(account).items() if name != "_id"}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    assert found is not None
    return from_document(found, PayoutAccount)


def set_ready(db: Db, user_id: ObjectId, ready: bool) -> None:
    """Note whether an account can be paid to."""
    db[PAYOUT_ACCOUNTS].update_one({"_id": user_id}, {"$set": {"ready": ready}})
