"""Notifications in the database: the outbox of everything that people are told."""

from datetime import datetime

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel

from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema, to_document
from gigflow.core.paging import Page, PageRequest
from gigflow.notifications.models import REPLAY_AGE, REPLAY_MAX, Notification

NOTIFICATIONS = Declared(
    "notifications",
    (
        IndexModel([("fact", ASCENDING)], name="fact", unique=True),
        IndexModel([("user_id", ASCENDING), ("_id", DESCENDING)], name="user"),
        IndexModel(
            [("user_id", ASCENDING), ("read_at", ASCENDING), ("created_at", ASCENDING)], name="unread"
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


def insert_notifications(tx: Tx, db: Db, notifications: list[Notification]) -> None:
    """Write facts in the transaction that makes them true."""
    if notifications:
        db[NOTIFICATIONS].insert_many([to_document(each) for each in notifications], session=tx)


def get_user_id(db: Db, notification_id: ObjectId) -> ObjectId | None:
    """Whom a notification is for, or None where there is no such one."""
    found = db[NOTIFICATIONS].find_one({"_id": notification_id}, {"user_id": 1})
    return found["user_id"] if found else None


def find_notifications(
    db: Db, user_id: ObjectId, page: PageRequest, after: ObjectId | None
) -> Page[Notification]:
    """A person's notifications, newest first; with `after` only those that are newer than that one."""
    bounds = {"$lt": page.before, "$gt": after}
    query: Document = {"user_id": user_id}
    if any(bounds.values()):
        query["_id"] = {name: bound for name, bound in bounds.items() if bound}
    rows = db[NOTIFICATIONS].find(query).sort("_id", DESCENDING).limit(page.limit + 1)
    return page.cut([from_document(row, Notification) for row in rows], lambda row: row.id)


def find_unacknowledged(db: Db, user_id: ObjectId, device_id: ObjectId, now: datetime) -> list[Notification]:
    """What a device that comes back is to be shown, oldest first: unread, recent, not acknowledged by it."""
    rows = (
        db[NOTIFICATIONS]
        .find(
            {
                "user_id": user_id,
                "read_at": None,
                "created_at": {"$gt": now - REPLAY_AGE},
                "acked_by": {"$ne": device_id},
            }
        )
        .sort("created_at", DESCENDING)
        .limit(REPLAY_MAX)
    )
    return [from_document(row, Notification) for row in rows][::-1]


def count_unread(db: Db, user_id: ObjectId, most: int) -> int:
    """How many notifications a person has not read, counted up to `most`."""
    return db[NOTIFICATIONS].count_documents({"user_id": user_id, "read_at": None}, limit=most)


def mark_read(db: Db, user_id: ObjectId, ids: list[ObjectId] | None, now: datetime) -> int:
    """Mark a person's own notifications read, these or (None) all; returns how many were unread."""
    query: dict[str, object] = {"user_id": user_id, "read_at": None}
    if ids is not None:
        query["_id"] = {"$in": ids}
    return db[NOTIFICATIONS].update_many(query, {"$set": {"read_at": now}}).modified_count


def acknowledge(db: Db, user_id: ObjectId, device_id: ObjectId, ids: list[ObjectId]) -> None:
    """Note that this device has shown these notifications of its person."""
    db[NOTIFICATIONS].update_many(
        {"user_id": user_id, "_id": {"$in": ids}}, {"$addToSet": {"acked_by": device_id}}
    )
