"""Beginnings in the database."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, IndexModel

from gigflow.beginnings.models import AT_ONCE, OF_PERSON_MAX, Beginning
from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema, passed, to_document

_HAS_USER = {"user_id": {"$type": "objectId"}}
BEGINNINGS = Declared(
    "beginnings",
    (
        IndexModel([("expires_at", ASCENDING)], name="expiring"),
        IndexModel(
            [("ready_at", ASCENDING)], name="ready", partialFilterExpression={"ready_at": {"$type": "date"}}
        ),
        IndexModel(
            [("user_id", ASCENDING), ("_id", ASCENDING)], name="of_person", partialFilterExpression=_HAS_USER
        ),
    ),
    object_schema({"kind": "string", "created_at": "date", "expires_at": "date"}),
)
COLLECTIONS = (BEGINNINGS,)


def insert(db: Db, beginning: Beginning) -> None:
    """Store a beginning."""
    db[BEGINNINGS].insert_one(to_document(beginning))


def replace(db: Db, beginning: Beginning) -> bool:
    """Store what a visitor wrote again in the place of what they wrote before; False if somebody has joined for it."""
    key = {"_id": beginning.id, "user_id": None}
    return db[BEGINNINGS].replace_one(key, to_document(beginning)).matched_count == 1


def replace_waiting(db: Db, beginning: Beginning) -> bool:
    """Store what somebody changed of what waits for their address to be confirmed; False if it waits no longer."""
    key = {"_id": beginning.id, "user_id": beginning.user_id, "gig_id": None, "ready_at": None}
    return db[BEGINNINGS].replace_one(key, to_document(beginning)).matched_count == 1


def count_all(db: Db) -> int:
    """Return about how many there are, of everybody."""
    return db[BEGINNINGS].estimated_document_count()


def get(db: Db, beginning_id: ObjectId) -> Beginning | None:
    """Return the beginning with this id, or None."""
    row = db[BEGINNINGS].find_one({"_id": beginning_id})
    return from_document(row, Beginning) if row else None


def find_of_nobody(db: Db, ids: Collection[ObjectId], now: datetime) -> list[Beginning]:
    """Return those of these that nobody has joined for yet, the oldest first."""
    return _find(db, {"_id": {"$in": list(ids)}, "user_id": None, "expires_at": {"$gt": now}})


def find_open_of(db: Db, user_id: ObjectId) -> list[Beginning]:
    """Return what somebody began that is not done, the oldest first."""
    return _find(db, {"user_id": user_id, "gig_id": None})


def find_ready_of(db: Db, user_id: ObjectId) -> list[Beginning]:
    """Return what somebody began that is due, the oldest first."""
    return _find(db, {"user_id": user_id, "ready_at": {"$type": "date"}})


def find_to_tell(db: Db, user_id: ObjectId) -> list[Beginning]:
    """Return the jobs and services of somebody that went out and that they were not told of, the oldest first."""
    query = {
        "user_id": user_id,
        "gig_id": {"$type": "objectId"},
        "to_tell": True,
        "kind": {"$ne": "purchase"},
    }
    return _find(db, query)


def set_told(db: Db, beginning_id: ObjectId) -> None:
    """Note that its person has seen what it became."""
    db[BEGINNINGS].update_one({"_id": beginning_id}, {"$set": {"to_tell": False}})


def find_ready(db: Db, now: datetime) -> list[Beginning]:
    """Return what is due to go out by itself, of everybody: at most `AT_ONCE`."""
    query = {"ready_at": passed(now), "kind": {"$ne": "purchase"}}
    rows = db[BEGINNINGS].find(query, hint="ready").sort("ready_at", ASCENDING).limit(AT_ONCE)
    return [from_document(row, Beginning) for row in rows]


def adopt(
    tx: Tx, ids: Collection[ObjectId], user_id: ObjectId, ready_at: datetime | None, until: datetime
) -> None:
    """Make those of these that nobody has joined for somebody's."""
    changes = {"user_id": user_id, "ready_at": ready_at, "expires_at": until}
    tx[BEGINNINGS].update_many({"_id": {"$in": list(ids)}, "user_id": None}, {"$set": changes})


def set_ready(tx: Tx, user_id: ObjectId, now: datetime) -> None:
    """Let what somebody began be due: their account may act."""
    tx[BEGINNINGS].update_many(
        {"user_id": user_id, "gig_id": None, "problem": ""}, {"$set": {"ready_at": now, "to_tell": True}}
    )


def wait_again(db: Db, beginning_id: ObjectId) -> None:
    """Let it wait for the address of its person to be confirmed."""
    _change(db, beginning_id, {"ready_at": None})


def set_problem(db: Db, beginning_id: ObjectId, problem: str) -> None:
    """Note why it did not go out by itself."""
    _change(db, beginning_id, {"ready_at": None, "problem": problem, "to_tell": False})


def finish(tx: Tx, beginning_id: ObjectId, gig_id: ObjectId) -> bool:
    """Note what it has become; False if it is done already, or gone."""
    key = {"_id": beginning_id, "gig_id": None}
    changes = {"gig_id": gig_id, "ready_at": None, "problem": ""}
    return tx[BEGINNINGS].update_one(key, {"$set": changes}).matched_count == 1


def delete(db: Db, beginning_id: ObjectId, user_id: ObjectId | None) -> None:
    """Forget a beginning of this person, or (None) of nobody yet."""
    db[BEGINNINGS].delete_one({"_id": beginning_id, "user_id": user_id})


def delete_expired(db: Db, now: datetime) -> None:
    """Forget what has expired, in pieces."""
    rows = db[BEGINNINGS].find({"expires_at": {"$lte": now}}, {"_id": 1}, hint="expiring").limit(10 * AT_ONCE)
    db[BEGINNINGS].delete_many({"_id": {"$in": [row["_id"] for row in rows]}, "expires_at": {"$lte": now}})


def delete_some_of(tx: Tx, user_id: ObjectId, limit: int) -> int:
    """Forget beginnings of a person, at most `limit`; return how many."""
    rows = tx[BEGINNINGS].find({"user_id": user_id}, {"_id": 1}).limit(limit)
    return tx[BEGINNINGS].delete_many({"_id": {"$in": [row["_id"] for row in rows]}}).deleted_count


def _find(db: Db, query: Document) -> list[Beginning]:
    rows = db[BEGINNINGS].find(query).sort("_id", ASCENDING).limit(OF_PERSON_MAX)
    return [from_document(row, Beginning) for row in rows]


def _change(db: Db, beginning_id: ObjectId, changes: dict[str, Any]) -> None:
    db[BEGINNINGS].update_one({"_id": beginning_id, "gig_id": None}, {"$set": changes})
