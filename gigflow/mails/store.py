"""The outbox of letters in the database."""

from datetime import datetime

from pymongo import ASCENDING, IndexModel, ReturnDocument

from gigflow.core.clock import Pace
from gigflow.core.db import Db, Declared, Tx, from_document, object_schema, to_document
from gigflow.mails.models import KEPT, Mail

MAILS = Declared(
    "mails",
    (
        IndexModel([("key", ASCENDING)], name="key", unique=True),
        # A letter that is over has no `due_at`, so this index holds only what is still to be sent.
        IndexModel(
            [("due_at", ASCENDING)], name="due", partialFilterExpression={"due_at": {"$exists": True}}
        ),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ),
    object_schema(
        {"key": "string", "kind": "string", "data": "object", "attempts": "int", "created_at": "date"}
    ),
)
# When letters about news went to an address, the newest first; by a digest of the address.
PACES = Declared(
    "letter_paces",
    (IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),),
    object_schema({"at": "array", "expires_at": "date"}),
)
COLLECTIONS = (MAILS, PACES)


def insert_mail(db: Db, mail: Mail) -> None:
    """Put a letter in the outbox unless its key is there. An upsert, since a duplicate would end a transaction."""
    db[MAILS].update_one({"key": mail.key}, {"$setOnInsert": to_document(mail)}, upsert=True)


def claim_due(db: Db, now: datetime, until: datetime) -> Mail | None:
    """Take the letter that has been due longest, until `until`, and count the attempt; returns None if there is
    none.
    """
    found = db[MAILS].find_one_and_update(
        {"due_at": {"$lte": now}, "claimed_until": {"$not": {"$gt": now}}},
        {"$set": {"claimed_until": until}, "$inc": {"attempts": 1}},
        sort=[("due_at", ASCENDING)],
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Mail) if found else None


def put_off(db: Db, mail: Mail, due_at: datetime) -> None:
    """Let go of a letter until `due_at`, unless another process has taken it over in the meantime."""
    db[MAILS].update_one(
        {"_id": mail.id, "claimed_until": mail.claimed_until},
        {"$set": {"due_at": due_at, "claimed_until": None}},
    )


def end_mail(db: Db, mail: Mail, now: datetime, **how: object) -> None:
    """Note how it ended: `sent_at`, `given_up_at` or `dropped`; a second caller notes nothing."""
    over = {"data": {}, "claimed_until": None, "expires_at": now + KEPT, **how}
    db[MAILS].update_one(
        {"_id": mail.id, "due_at": {"$exists": True}}, {"$set": over, "$unset": {"due_at": ""}}
    )


def count_letter(tx: Tx, receiver: str, pace: Pace, now: datetime) -> bool:
    """Count one more letter to a receiver; returns False if it would exceed one of the bounds. Of two at once the
    second sees the first, since both write one document.
    """
    kept = {"at": [], "expires_at": now}
    tx[PACES].update_one({"_id": receiver}, {"$setOnInsert": kept}, upsert=True)
    bounds = [{f"at.{most - 1}": {"$not": {"$gt": now - within}}} for most, within in pace]
    counted = {
        "$push": {"at": {"$each": [now], "$position": 0, "$slice": max(most for most, _ in pace)}},
        "$set": {"expires_at": now + max(within for _, within in pace)},
    }
    return tx[PACES].update_one({"_id": receiver, "$and": bounds}, counted).matched_count == 1


def get_free_at(tx: Tx, receiver: str, pace: Pace) -> datetime | None:
    """Return when the next letter to a receiver is within all bounds; None if it is now."""
    found = tx[PACES].find_one({"_id": receiver})
    at = found["at"] if found else []
    return max((at[most - 1] + within for most, within in pace if len(at) >= most), default=None)
