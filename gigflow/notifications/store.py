"""Notifications in the database: the outbox of everything that people are told.

Notes on many of them are not validated again: one that does not meet the schema would end it for all.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from operator import itemgetter

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel

from gigflow.core.db import Db, Declared, Document, Tx, object_schema, passed, readable, to_document
from gigflow.core.paging import Page, PageRequest
from gigflow.notifications.models import ACKED_MAX, REPLAY_AGE, REPLAY_MAX, Notification

NOTIFICATIONS = Declared(
    "notifications",
    (
        IndexModel([("fact", ASCENDING)], name="fact", unique=True),
        IndexModel([("user_id", ASCENDING), ("_id", DESCENDING)], name="user"),
        IndexModel(
            [("user_id", ASCENDING), ("read_at", ASCENDING), ("created_at", ASCENDING)], name="unread"
        ),
        IndexModel(
            [("actor_id", ASCENDING)],
            name="actor",
            partialFilterExpression={"actor_id": {"$type": "objectId"}},
        ),
        IndexModel(
            [("mail_at", ASCENDING)], name="letters", partialFilterExpression={"mail_at": {"$type": "date"}}
        ),
    ),
    object_schema(
        {
            "fact": "string",
            "user_id": "objectId",
            "type": "string",
            "message": "string",
            "url": "string",
            "created_at": "date",
        }
    ),
)
COLLECTIONS = (NOTIFICATIONS,)

_SHOWN = {"acked_by": 0}  # which lists do not show
LETTER_MAX = 1_000  # notifications in one letter; the rest comes in the next


def insert_notifications(tx: Tx, notifications: list[Notification]) -> None:
    """Write facts in the transaction that makes them true."""
    if notifications:
        tx[NOTIFICATIONS].insert_many([to_document(each) for each in notifications])


def get_user_id(db: Db, notification_id: ObjectId) -> ObjectId | None:
    """Return whom a notification is for, or None if there is no such notification."""
    found = db[NOTIFICATIONS].find_one({"_id": notification_id}, {"user_id": 1})
    return found["user_id"] if found else None


def find_notifications(
    db: Db, user_id: ObjectId, page: PageRequest, after: ObjectId | None
) -> Page[Notification]:
    """Return a person's notifications, newest first; with `after` only those that are newer than that one."""
    bounds = {"$lt": page.before, "$gt": after}
    query: Document = {"user_id": user_id}
    if any(bounds.values()):
        query["_id"] = {name: bound for name, bound in bounds.items() if bound}
    rows = db[NOTIFICATIONS].find(query, _SHOWN).sort("_id", DESCENDING).limit(page.limit + 1)
    found = page.cut(list(rows), itemgetter("_id"))
    return Page(readable(found.rows, Notification), found.next)


def find_unacknowledged(
    db: Db, user_id: ObjectId, device_id: ObjectId, muted: Collection[str], now: datetime
) -> list[Notification]:
    """Return what a device that comes back should be shown, oldest first: unread, recent, not acknowledged by it, not
    muted.
    """
    rows = (
        db[NOTIFICATIONS]
        .find(
            {
                "user_id": user_id,
                "read_at": None,
                "created_at": {"$gt": now - REPLAY_AGE},
                "acked_by": {"$ne": device_id},
                "type": {"$nin": list(muted)},
            },
            _SHOWN,
        )
        .sort("created_at", DESCENDING)
        .limit(REPLAY_MAX)
    )
    return readable(rows, Notification)[::-1]


def count_unread(db: Db, user_id: ObjectId, muted: Collection[str], most: int) -> int:
    """Return how many notifications a person has not read of what is not `muted`, counted up to `most`."""
    query: Document = {"user_id": user_id, "read_at": None}
    if muted:
        query["type"] = {"$nin": list(muted)}
    return db[NOTIFICATIONS].count_documents(query, limit=most)


def find_people_to_write_to(db: Db, now: datetime, limit: int) -> list[ObjectId]:
    """Return people to whom a letter may be written now of what they were told, those who wait longest first."""
    waiting: list[Document] = [
        {"$match": {"mail_at": passed(now)}},
        {"$group": {"_id": "$user_id", "mail_at": {"$min": "$mail_at"}}},
        {"$sort": {"mail_at": 1}},
        {"$limit": limit},
    ]
    return [row["_id"] for row in db[NOTIFICATIONS].aggregate(waiting)]


def take_due_of(tx: Tx, user_id: ObjectId) -> list[Notification]:
    """Return all notifications of a person that wait for their letter, and let them wait no longer. One that cannot be
    read keeps no other back.
    """
    query = {"user_id": user_id, "mail_at": {"$type": "date"}}
    rows = list(tx[NOTIFICATIONS].find(query).sort("_id", ASCENDING).limit(LETTER_MAX))
    tx[NOTIFICATIONS].update_many(
        {"_id": {"$in": [row["_id"] for row in rows]}},
        {"$set": {"mail_at": None}},
        bypass_document_validation=True,
    )
    return readable(rows, Notification)


def hold_back(tx: Tx, ids: list[ObjectId], until: datetime) -> None:
    """Let these wait for their letter until then."""
    held = {"$set": {"mail_at": until, "held_back": True}}
    tx[NOTIFICATIONS].update_many({"_id": {"$in": ids}}, held)


def find_unread(db: Db, user_id: ObjectId, ids: Iterable[ObjectId]) -> list[Notification]:
    """Return those of these notifications that their person has not read, oldest first."""
    query = {"_id": {"$in": list(ids)}, "user_id": user_id, "read_at": None}
    return readable(db[NOTIFICATIONS].find(query).sort("_id", ASCENDING), Notification)


def forget_name_of(tx: Tx, actor_id: ObjectId, instead: str, limit: int) -> int:
    """Write another name into what was told of a person, at most `limit` of it; returns how many there were."""
    rows = tx[NOTIFICATIONS].find({"actor_id": actor_id}, {"_id": 1}).limit(limit)
    ids = [row["_id"] for row in rows]
    named = {"input": "$message", "find": "$actor_name", "replacement": {"$literal": instead}}
    is_text = {"$eq": [{"$type": "$message"}, "string"]}
    renamed = {"$cond": [is_text, {"$replaceOne": named}, "$message"]}
    tx[NOTIFICATIONS].update_many(
        {"_id": {"$in": ids}},
        [{"$set": {"message": renamed, "actor_id": None, "actor_name": None}}],
        bypass_document_validation=True,
    )
    return len(ids)


def delete_some_of(tx: Tx, user_id: ObjectId, limit: int) -> int:
    """Forget what a person was told, at most `limit` of it; returns how many there were."""
    rows = tx[NOTIFICATIONS].find({"user_id": user_id}, {"_id": 1}).limit(limit)
    ids = [row["_id"] for row in rows]
    tx[NOTIFICATIONS].delete_many({"_id": {"$in": ids}})
    return len(ids)


def mark_read(db: Db, user_id: ObjectId, ids: list[ObjectId] | None, now: datetime) -> int:
    """Mark a person's own notifications read, these or (None) all; returns how many were unread."""
    query: dict[str, object] = {"user_id": user_id, "read_at": None}
    if ids is not None:
        query["_id"] = {"$in": ids}
    return (
        db[NOTIFICATIONS]
        .update_many(query, {"$set": {"read_at": now}}, bypass_document_validation=True)
        .modified_count
    )


def acknowledge(db: Db, user_id: ObjectId, device_id: ObjectId, ids: list[ObjectId]) -> None:
    """Note that this device has shown these notifications of its person. Each notification notes `ACKED_MAX` devices:
    any further device would be shown it again, and no document grows with how often somebody signs in.
    """
    has_room = {f"acked_by.{ACKED_MAX - 1}": {"$exists": False}}
    db[NOTIFICATIONS].update_many(
        {"user_id": user_id, "_id": {"$in": ids}, **has_room},
        {"$addToSet": {"acked_by": device_id}},
        bypass_document_validation=True,
    )
