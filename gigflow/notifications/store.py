"""Notifications in the database: the outbox of everything that people are told.

Notes on many of them are not validated again: one that does not meet the schema would end it for all.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from operator import itemgetter

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel

from gigflow.core.clock import now
from gigflow.core.db import Db, Declared, Document, Tx, object_schema, passed, readable, to_document
from gigflow.core.paging import Page, PageRequest
from gigflow.core.steps import Progress
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
        # What is unread, by the page that it leads to: looking there reads it, and a step of the thing ends it.
        IndexModel(
            [("url", ASCENDING), ("user_id", ASCENDING)],
            name="unread_of_page",
            partialFilterExpression={"read_at": None},
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

_SHOWN = {"acked_by": 0, "words": 0}  # which lists do not show
LETTER_MAX = 1_000  # notifications in one letter; the rest comes in the next


def insert_notifications(tx: Tx, notifications: list[Notification]) -> None:
    """Write facts in the transaction that makes them true."""
    if notifications:
        tx[NOTIFICATIONS].insert_many([to_document(each) for each in notifications])


def find_thread(
    tx: Tx, notification: Notification, types: Collection[str], since: datetime
) -> Notification | None:
    """Return the newest notification of these types that its person was told since then, about the same page and of
    the same actor; None if there is none.
    """
    query = {
        "user_id": notification.user_id,
        "_id": {"$gte": ObjectId.from_datetime(since)},
        "type": {"$in": list(types)},
        "url": notification.url,
        "actor_id": notification.actor_id,
        "created_at": {"$gte": since},
    }
    found = readable(tx[NOTIFICATIONS].find(query).sort("_id", DESCENDING).limit(1), Notification)
    return found[0] if found else None


def delete_notification(tx: Tx, notification_id: ObjectId) -> None:
    """Forget a notification that another one replaces."""
    tx[NOTIFICATIONS].delete_one({"_id": notification_id})


def end_news(
    tx: Tx, path: str, types: Collection[str], reader_id: ObjectId | None, now: datetime, **only: object
) -> None:
    """Mark read what is unread of the page at `path`: of these types everybody's, if it is as `only` says, and
    everything of the reader's. No letter is written of it.
    """
    ended: list[Document] = [{"type": {"$in": list(types)}, **only}]
    if reader_id:
        ended.append({"user_id": reader_id})
    tx[NOTIFICATIONS].update_many(
        {"url": _of_page(path), "read_at": None, "$or": ended},
        [{"$set": _read("$user_id", now)}],
        bypass_document_validation=True,
    )


def read_each_that_is_over(
    db: Db, progress: Progress, types: Collection[str], is_over: Callable[[Document], bool]
) -> None:
    """Mark read what is unread of these types and `is_over`: a step for what earlier versions told and never ended."""

    moment = now()

    def read(row: Document) -> int:
        if not is_over(row):
            return 0
        unread = {"_id": row["_id"], "read_at": None}
        read = {"$set": _read(row["user_id"], moment)}
        return db[NOTIFICATIONS].update_one(unread, read).modified_count

    progress.change_each(NOTIFICATIONS, {"read_at": None, "type": {"$in": list(types)}}, read)


def find_unread_pages(db: Db, user_id: ObjectId, most: int) -> list[tuple[str, str]]:
    """Return where a person's unread notifications lead, and of which events they are; at most so many."""
    shown = {"_id": 0, "url": 1, "type": 1}
    rows = db[NOTIFICATIONS].find({"user_id": user_id, "read_at": None}, shown).limit(most)
    return [(row["url"], row["type"]) for row in rows]


def mark_page_read(db: Db, user_id: ObjectId, path: str, now: datetime) -> None:
    """Mark read what is unread of a person's and leads to the page at `path`."""
    db[NOTIFICATIONS].update_many(
        {"url": _of_page(path), "user_id": user_id, "read_at": None},
        {"$set": _read(user_id, now)},
        bypass_document_validation=True,
    )


def mark_read_about(db: Db, user_id: ObjectId, page: str, now: datetime) -> int:
    """Mark read what is unread of a person's and leads to this very page or a place on it; returns how much it was."""
    places = {"$gte": f"{page}#", "$lt": f"{page}$"}  # "$" is the sign after "#"
    unread = {"user_id": user_id, "read_at": None, "$or": [{"url": page}, {"url": places}]}
    read = {"$set": _read(user_id, now)}
    return db[NOTIFICATIONS].update_many(unread, read, bypass_document_validation=True).modified_count


def _of_page(path: str) -> Document:
    """Return the condition that an address leads to this page or to a part of it. No id is the beginning of another."""
    return {"$gte": path, "$lt": f"{path}\uffff"}


def _read(reader: ObjectId | str, now: datetime) -> Document:
    """Return what reading writes: whose it was, too, and that no letter is written of it."""
    return {"read_at": now, "reader_id": reader, "mail_at": None}


def _unread(user_id: ObjectId, muted: Collection[str]) -> Document:
    return {"user_id": user_id, "read_at": None, **({"type": {"$nin": list(muted)}} if muted else {})}


def get_user_id(db: Db, notification_id: ObjectId) -> ObjectId | None:
    """Return whom a notification is for, or None if there is no such notification."""
    found = db[NOTIFICATIONS].find_one({"_id": notification_id}, {"user_id": 1})
    return found["user_id"] if found else None


def find_notifications(
    db: Db,
    user_id: ObjectId,
    page: PageRequest,
    after: ObjectId | None,
    without: Collection[ObjectId] = (),
) -> Page[Notification]:
    """Return a person's notifications, newest first; with `after` only those that are newer than that one."""
    bounds = {"$lt": page.before, "$gt": after, "$nin": list(without)}
    query: Document = {"user_id": user_id}
    if any(bounds.values()):
        query["_id"] = {name: bound for name, bound in bounds.items() if bound}
    rows = db[NOTIFICATIONS].find(query, _SHOWN).sort("_id", DESCENDING).limit(page.limit + 1)
    found = page.cut(list(rows), itemgetter("_id"))
    return Page(readable(found.rows, Notification), found.next)


def find_new(db: Db, user_id: ObjectId, muted: Collection[str], most: int) -> list[Notification]:
    """Return what a person has not read of what is not `muted`, newest first, at most so many."""
    rows = db[NOTIFICATIONS].find(_unread(user_id, muted), _SHOWN).sort("created_at", DESCENDING).limit(most)
    return readable(rows, Notification)


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
    return db[NOTIFICATIONS].count_documents(_unread(user_id, muted), limit=most)


def find_people_to_write_to(db: Db, now: datetime, limit: int) -> list[ObjectId]:
    """Return people to whom a letter may be written now of what they were told, those who wait longest first."""
    waiting: list[Document] = [
        {"$match": {"mail_at": passed(now)}},
        {"$group": {"_id": "$user_id", "mail_at": {"$min": "$mail_at"}}},
        {"$sort": {"mail_at": 1}},
        {"$limit": limit},
    ]
    return [row["_id"] for row in db[NOTIFICATIONS].aggregate(waiting)]


def take_due_of(tx: Tx, user_id: ObjectId, until: datetime) -> list[Notification]:
    """Return the notifications of a person whose letter may be written by then, and let them wait no longer. One that
    cannot be read keeps no other back.
    """
    query = {"user_id": user_id, "mail_at": passed(until)}
    rows = list(tx[NOTIFICATIONS].find(query).sort("_id", ASCENDING).limit(LETTER_MAX))
    tx[NOTIFICATIONS].update_many(
        {"_id": {"$in": [row["_id"] for row in rows]}},
        {"$set": {"mail_at": None}},
        bypass_document_validation=True,
    )
    return readable(rows, Notification)


def put_off(tx: Tx, ids: list[ObjectId], until: datetime) -> None:
    """Let these wait until their person wants letters."""
    later = {"$set": {"mail_at": until, "put_off": True}}
    tx[NOTIFICATIONS].update_many({"_id": {"$in": ids}}, later, bypass_document_validation=True)


def ask_again(tx: Tx, user_id: ObjectId, now: datetime) -> None:
    """Let what was put off be asked about now: when its person wants a letter of it."""
    waiting = {"user_id": user_id, "read_at": None, "mail_at": {"$type": "date"}, "put_off": True}
    tx[NOTIFICATIONS].update_many(
        waiting, {"$set": {"mail_at": now, "put_off": False}}, bypass_document_validation=True
    )


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
        [{"$set": {"message": renamed, "actor_id": None, "actor_name": None, "words": ""}}],
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
        .update_many(query, {"$set": _read(user_id, now)}, bypass_document_validation=True)
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
