"""The sandbox's books, and the outbox of what it has to tell, in the database."""

from datetime import datetime

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from gigflow.core.db import Db, Declared, Tx, from_document, object_schema, to_document
from gigflow.sandbox.models import (
    EVENTS_KEPT,
    Account,
    Charge,
    Chargeback,
    Event,
    Key,
    Refund,
    Session,
    Transfer,
)

_AMOUNT = {"bsonType": ["int", "long"], "minimum": 1}

SESSIONS = Declared(
    "sandbox_sessions",
    (
        IndexModel([("payment_id", ASCENDING)], name="payment", unique=True),
        IndexModel([("expires_at", ASCENDING)], name="open", partialFilterExpression={"status": "open"}),
    ),
    object_schema(
        {
            "payment_id": "string",
            "amount_minor": _AMOUNT,
            "status": {"enum": ["open", "paid", "over"]},
            "expires_at": "date",
        }
    ),
)
CHARGES = Declared(
    "sandbox_charges",
    (IndexModel([("session_id", ASCENDING)], name="one_per_session", unique=True),),
    object_schema(
        {
            "session_id": "string",
            "amount_minor": _AMOUNT,
            # Nobody gets back more than was paid.
            "left_minor": {"bsonType": ["int", "long"], "minimum": 0},
        }
    ),
)
REFUNDS = Declared(
    "sandbox_refunds",
    (IndexModel([("charge_id", ASCENDING)], name="charge"),),
    object_schema({"charge_id": "string", "amount_minor": _AMOUNT}),
)
CHARGEBACKS = Declared(
    "sandbox_chargebacks",
    (IndexModel([("charge_id", ASCENDING)], name="charge"),),
    object_schema(
        {"charge_id": "string", "amount_minor": _AMOUNT, "status": {"enum": ["open", "won", "lost"]}}
    ),
)
ACCOUNTS = Declared("sandbox_accounts", (), object_schema({"user_id": "objectId"}))
TRANSFERS = Declared(
    "sandbox_transfers",
    (IndexModel([("account_id", ASCENDING)], name="account"),),
    object_schema({"account_id": "string", "amount_minor": _AMOUNT}),
)
KEYS = Declared("sandbox_keys", (), object_schema({"call": "string", "made": "string"}))
EVENTS = Declared(
    "sandbox_events",
    (
        # An event that is over has no `due_at`, so this index holds only what is still to be told.
        IndexModel(
            [("due_at", ASCENDING), ("_id", ASCENDING)],
            name="due",
            partialFilterExpression={"due_at": {"$exists": True}},
        ),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ),
    object_schema({"event_id": "string", "type": "string", "data": "object", "attempts": "int"}),
)
COLLECTIONS = (SESSIONS, CHARGES, REFUNDS, CHARGEBACKS, ACCOUNTS, TRANSFERS, KEYS, EVENTS)


def take_key(tx: Tx, key: Key) -> Key | None:
    """Keep an idempotency key for this call; returns the one that was kept before, None if it is new.

    If two transactions bring the same key at once, MongoDB lets the second begin again after the first.
    """
    found = tx[KEYS].find_one_and_update(
        {"_id": key.key},
        {"$setOnInsert": {name: value for name, value in to_document(key).items() if name != "_id"}},
        upsert=True,
    )
    return from_document(found, Key) if found else None


def insert_session(tx: Tx, session: Session) -> None:
    """Store a new checkout."""
    tx[SESSIONS].insert_one(to_document(session))


def get_session(db: Db, session_id: str) -> Session | None:
    """Return the checkout with this id, or None."""
    found = db[SESSIONS].find_one({"_id": session_id})
    return from_document(found, Session) if found else None


def get_session_of(db: Db, payment_id: str) -> Session | None:
    """Return the checkout of a payment of the shop, or None."""
    found = db[SESSIONS].find_one({"payment_id": payment_id})
    return from_document(found, Session) if found else None


def pay_session(tx: Tx, session_id: str, charge_id: str, now: datetime) -> Session | None:
    """Let an open checkout be paid by this charge; returns None if it is not open, or no longer."""
    found = tx[SESSIONS].find_one_and_update(
        {"_id": session_id, "status": "open", "expires_at": {"$gt": now}},
        {"$set": {"status": "paid", "charge_id": charge_id}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Session) if found else None


def end_session(tx: Tx, session_id: str) -> Session | None:
    """Let nobody pay at an open checkout any longer; returns None if it is not open."""
    found = tx[SESSIONS].find_one_and_update(
        {"_id": session_id, "status": "open"},
        {"$set": {"status": "over"}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Session) if found else None


def find_expired(db: Db, now: datetime, limit: int) -> list[str]:
    """Return the ids of checkouts that nobody has paid in time."""
    rows = db[SESSIONS].find({"status": "open", "expires_at": {"$lte": now}}, {"_id": 1}).limit(limit)
    return [row["_id"] for row in rows]


def insert_charge(tx: Tx, charge: Charge) -> None:
    """Store a new charge."""
    tx[CHARGES].insert_one(to_document(charge))


def get_charge(db: Db, charge_id: str) -> Charge | None:
    """Return the charge with this id, or None."""
    found = db[CHARGES].find_one({"_id": charge_id})
    return from_document(found, Charge) if found else None


def take_from_charge(tx: Tx, charge_id: str, amount_minor: int) -> Charge | None:
    """Take back a part of a charge, or with a negative amount put it there again; returns None if there is not that
    much left of it, or no such charge.
    """
    found = tx[CHARGES].find_one_and_update(
        {"_id": charge_id, "left_minor": {"$gte": amount_minor}},
        {"$inc": {"left_minor": -amount_minor}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Charge) if found else None


def insert_refund(tx: Tx, refund: Refund) -> None:
    """Store a new refund."""
    tx[REFUNDS].insert_one(to_document(refund))


def fail_refund(tx: Tx, charge_id: str) -> Refund | None:
    """Let the newest refund of a charge that was made fail; returns None if there is none."""
    found = tx[REFUNDS].find_one_and_update(
        {"charge_id": charge_id, "status": {"$ne": "failed"}},
        {"$set": {"status": "failed"}},
        sort=[("created_at", DESCENDING), ("_id", DESCENDING)],
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Refund) if found else None


def insert_chargeback(tx: Tx, chargeback: Chargeback) -> None:
    """Store a new chargeback."""
    tx[CHARGEBACKS].insert_one(to_document(chargeback))


def close_chargeback(tx: Tx, charge_id: str, status: str) -> Chargeback | None:
    """Close the open chargeback of a charge as won or lost; returns None if there is none."""
    found = tx[CHARGEBACKS].find_one_and_update(
        {"charge_id": charge_id, "status": "open"},
        {"$set": {"status": status}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Chargeback) if found else None


def insert_account(tx: Tx, account: Account) -> None:
    """Store a new account."""
    tx[ACCOUNTS].insert_one(to_document(account))


def has_account(db: Db, account_id: str) -> bool:
    """Return whether there is an account with this id."""
    return db[ACCOUNTS].find_one({"_id": account_id}, {"_id": 1}) is not None


def insert_transfer(tx: Tx, transfer: Transfer) -> None:
    """Store a new transfer."""
    tx[TRANSFERS].insert_one(to_document(transfer))


def insert_events(tx: Tx, events: list[Event]) -> None:
    """Put what is to be told in the outbox."""
    tx[EVENTS].insert_many([to_document(event) for event in events])


def claim_event(db: Db, now: datetime, until: datetime) -> Event | None:
    """Take the event that has been due longest, until `until`, and count the attempt; returns None if there is none."""
    found = db[EVENTS].find_one_and_update(
        {"due_at": {"$lte": now}, "claimed_until": {"$not": {"$gt": now}}},
        {"$set": {"claimed_until": until}, "$inc": {"attempts": 1}},
        sort=[("due_at", ASCENDING), ("_id", ASCENDING)],
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Event) if found else None


def put_event_off(db: Db, event: Event, due_at: datetime) -> None:
    """Let go of an event until `due_at`, unless another process has taken it over in the meantime."""
    db[EVENTS].update_one(
        {"_id": event.id, "claimed_until": event.claimed_until},
        {"$set": {"due_at": due_at, "claimed_until": None}},
    )


def end_event(db: Db, event: Event, now: datetime, **how: datetime) -> None:
    """Note how it ended: `told_at` or `given_up_at`; a second caller notes nothing."""
    db[EVENTS].update_one(
        {"_id": event.id, "due_at": {"$exists": True}},
        {
            "$set": {"claimed_until": None, "expires_at": now + EVENTS_KEPT, **how},
            "$unset": {"due_at": ""},
        },
    )
