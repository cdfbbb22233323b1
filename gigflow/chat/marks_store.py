"""How far people have read their conversations, and of which they are to be told, in the database."""

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, ReturnDocument

from gigflow.chat.models import Conversation, Told
from gigflow.chat.store import CONVERSATIONS, ENTRIES
from gigflow.core.db import Db, Declared, Document, Tx, from_document, to_document


def count_texts(db: Db, conversation_id: ObjectId, to_id: ObjectId, after: int, up_to: int) -> int:
    """Return how many messages to somebody have a number after the one and up to the other, without those that they do
    not get. A number, its kind, and whether it is hidden never change, so what was counted stays true.
    """
    texts = {"kind": "text", "to_id": to_id, "hidden": False}
    between = {"conversation_id": conversation_id, "seq": {"$gt": after, "$lte": up_to}}
    return db[ENTRIES].count_documents({**between, **texts}, hint="seq")


def get_newest_to(db: Db, conversation_id: ObjectId, to_id: ObjectId) -> int | None:
    """Return the number of the newest message that somebody gets in a conversation, or None."""
    theirs = {"conversation_id": conversation_id, "kind": "text", "to_id": to_id, "hidden": False}
    found = db[ENTRIES].find_one(theirs, {"seq": 1}, sort=[("seq", DESCENDING)], hint="seq")
    return found["seq"] if found else None


def move_bookmark(
    db: Db, user_id: ObjectId, read: Conversation, to: int, change: int, *, forward: bool
) -> bool:
    """Move somebody's bookmark from where it was `read` to a number, and their count with it. Returns False if another
    window or a notification came between.

    `forward` lets the other see it, and ends what was to be told.
    """
    me = str(user_id)
    condition: Document = {"_id": read.id, "people": user_id, f"read.{me}": read.read_by(user_id)}
    condition |= {f"told.{me}.open": {"$ne": True}} if forward else {"blocked_by": {"$ne": user_id}}
    stages = _moved(user_id, to, change, forward=forward)
    return db[CONVERSATIONS].update_one(condition, stages).matched_count == 1


def take_bookmark(
    tx: Tx, user_id: ObjectId, conversation_id: ObjectId, to: int, *, forward: bool
) -> Conversation | None:
    """Put somebody's bookmark at a number, before anything else: from here on other windows wait. Returns the
    conversation as it was before, None if the bookmark stands there or beyond it already.
    """
    me = str(user_id)
    condition: Document = {"_id": conversation_id, "people": user_id}
    condition |= {f"read.{me}": {"$lt": to} if forward else {"$gt": to}}
    condition |= {} if forward else {"blocked_by": {"$ne": user_id}}
    before = tx[CONVERSATIONS].find_one_and_update(
        condition, {"$set": {f"read.{me}": to}}, return_document=ReturnDocument.BEFORE, hint="_id_"
    )
    return from_document(before, Conversation) if before else None


def note_moved(
    tx: Tx, user_id: ObjectId, conversation_id: ObjectId, to: int, change: int, *, forward: bool, closes: bool
) -> None:
    """Move somebody's count after the bookmark that this transaction has taken; `closes` also closes the open
    notification.
    """
    stages = _moved(user_id, to, change, forward=forward)
    if closes:
        stages.append({"$set": {f"told.{user_id}.open": False}})
    tx[CONVERSATIONS].update_one({"_id": conversation_id}, stages)


def _moved(user_id: ObjectId, to: int, change: int, *, forward: bool) -> list[Document]:
    me = str(user_id)
    changes: Document = {f"read.{me}": to, f"unread.{me}": {"$add": [f"$unread.{me}", change]}}
    without = {"$setDifference": ["$unread_for", [user_id]]}
    changed = {"$cond": [{"$gt": [f"$unread.{me}", 0]}, {"$setUnion": ["$unread_for", [user_id]]}, without]}
    after: Document = {"unread_for": changed}
    if not forward:
        return [{"$set": changes}, {"$set": after}]
    unblocked = {"$eq": [{"$size": "$blocked_by"}, 0]}
    for mark in ("seen", "delivered"):
        after[f"{mark}.{me}"] = {"$cond": [unblocked, {"$max": [f"${mark}.{me}", to]}, f"${mark}.{me}"]}
    after[f"tell_at.{me}"] = "$$REMOVE"
    return [{"$set": changes}, {"$set": after}, {"$set": {"tell_due": earliest_due()}}]


def earliest_due() -> Document:
    """Return when somebody of a conversation is next to be told, computed from it as it is then; computed from what was
    read before, it would lose a send's.
    """
    times = {"$map": {"input": {"$objectToArray": "$tell_at"}, "in": "$$this.v"}}
    return {"$ifNull": [{"$min": times}, "$$REMOVE"]}


def note_seen(db: Db, user_id: ObjectId, conversation_id: ObjectId, mark: str, seq: int) -> None:
    """Let the other see that somebody has a conversation up to a number (`mark`: seen or delivered). It only goes up,
    never beyond the last number, and not while one has blocked the other.
    """
    me = str(user_id)
    condition = {
        "_id": conversation_id,
        "people": user_id,
        "blocked_by": [],
        f"{mark}.{me}": {"$lt": seq},
        "last_seq": {"$gte": seq},
    }
    db[CONVERSATIONS].update_one(condition, {"$max": {f"{mark}.{me}": seq}})


def note_all_delivered(db: Db, user_id: ObjectId) -> None:
    """Let the others see that everything unread has arrived at somebody."""
    me = f"delivered.{user_id}"
    db[CONVERSATIONS].update_many(
        {"unread_for": user_id, "blocked_by": [], "$expr": {"$lt": [f"${me}", "$last_seq"]}},
        [{"$set": {me: {"$max": [f"${me}", "$last_seq"]}}}],
    )


def set_flag(
    db: Db, user_id: ObjectId, conversation_id: ObjectId, flag: str, *, on: bool
) -> Conversation | None:
    """Put somebody into one of a conversation's lists (starred_for, muted_for, inbox_of), or take them out of it;
    returns it as it is then, None if it is not theirs.
    """
    change = {"$addToSet" if on else "$pull": {flag: user_id}}
    found = db[CONVERSATIONS].find_one_and_update(
        {"_id": conversation_id, "people": user_id}, change, return_document=ReturnDocument.AFTER
    )
    return from_document(found, Conversation) if found else None


def count_unread(db: Db, user_id: ObjectId, most: int) -> int:
    """Return how many conversations have something that somebody has not read, without muted ones; at most so many."""
    return db[CONVERSATIONS].count_documents(_unread(user_id), limit=most, hint="unread")


def find_waiting(db: Db, user_id: ObjectId, most: int) -> list[str]:
    """Return the pairs of the conversations in which somebody's answer is due, without what they muted or archived; of
    the newest so many no more are read.
    """
    stages: list[Document] = [
        {"$match": {"waits_for": user_id}},
        {"$sort": {"last_at": DESCENDING, "_id": DESCENDING}},
        {"$limit": most},
        {"$match": {"inbox_of": user_id, "muted_for": {"$ne": user_id}}},
        {"$project": {"pair": 1}},
    ]
    return [row["pair"] for row in db[CONVERSATIONS].aggregate(stages, hint="waits")]


def that_are_unread(user_id: ObjectId, most: int) -> tuple[Declared, list[Document]]:
    """Return where and how to read the same, for a page that reads it with what else it needs."""
    return CONVERSATIONS, [{"$match": _unread(user_id)}, {"$limit": most}]


def _unread(user_id: ObjectId) -> Document:
    return {"unread_for": user_id, "muted_for": {"$ne": user_id}}


def claim_due(tx: Tx, read: Conversation, user_id: ObjectId, at: datetime, told: Told | None) -> bool:
    """Take over telling somebody of what they have not read, and note what they are `told`. Returns False if another
    process has, or if it was read or anything was sent since it was `read` here.
    """
    me = str(user_id)
    condition = {"_id": read.id, f"tell_at.{me}": at, "last_seq": read.last_seq}
    changes: Document = {f"tell_at.{me}": "$$REMOVE"}
    if told:
        changes[f"told.{me}"] = to_document(told)
    stages = [{"$set": changes}, {"$set": {"tell_due": earliest_due()}}]
    return tx[CONVERSATIONS].update_one(condition, stages).modified_count == 1


def find_due(db: Db, now: datetime, limit: int) -> Sequence[ObjectId]:
    """Return conversations in which somebody is to be told of what they have not read, those due longest first."""
    rows = (
        db[CONVERSATIONS]
        .find({"tell_due": {"$type": "date", "$lte": now}}, {"_id": 1})
        .sort("tell_due", ASCENDING)
        .limit(limit)
    )
    return [row["_id"] for row in rows]
