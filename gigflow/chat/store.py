"""Conversations in the database. Every transaction writes the conversation first, so that two of them that meet do so
at their first statement (docs/decisions/0059).
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from gigflow.chat.models import UNANSWERED_MAX, Conversation, Entry, Last, Pair, Typing
from gigflow.core.clock import at_milliseconds, milliseconds
from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema, to_document
from gigflow.core.paging import Page, PageRequest

_WHOLE = {"bsonType": ["int", "long"], "minimum": 0}

CONVERSATIONS = Declared(
    "conversations",
    (
        # The others with the same person, and what a block writes.
        IndexModel([("pair", ASCENDING)], name="pair"),
        IndexModel([("inbox_of", ASCENDING), ("last_at", DESCENDING), ("_id", DESCENDING)], name="inbox"),
        # The archive, search, and leaving.
        IndexModel([("people", ASCENDING), ("last_at", DESCENDING), ("_id", DESCENDING)], name="people"),
        # The number at the envelope, and the inbox of what is unread.
        IndexModel([("unread_for", ASCENDING), ("last_at", DESCENDING), ("_id", DESCENDING)], name="unread"),
        IndexModel([("waits_for", ASCENDING), ("last_at", DESCENDING), ("_id", DESCENDING)], name="waits"),
        # How many strangers somebody has written to today.
        IndexModel([("opened_by", ASCENDING), ("created_at", DESCENDING)], name="opened"),
        # Only those in which somebody is to be told of what they have not read.
        IndexModel(
            [("tell_due", ASCENDING)], name="due", partialFilterExpression={"tell_due": {"$type": "date"}}
        ),
    ),
    object_schema(
        {
            "pair": "string",
            "people": {"bsonType": "array", "minItems": 2, "maxItems": 2},
            "about": "string",
            "opened_by": "objectId",
            "stranger": "bool",
            "last_seq": _WHOLE,
            "last_at": "date",
            "created_at": "date",
        }
    ),
)
ENTRIES = Declared(
    "messages",
    (
        IndexModel([("conversation_id", ASCENDING), ("seq", ASCENDING)], name="seq", unique=True),
        # Sent again, it is the same message. Its beginning finds what somebody who leaves has written.
        IndexModel(
            [("conversation_id", ASCENDING), ("sender_id", ASCENDING), ("client_id", ASCENDING)],
            name="client_id",
            unique=True,
        ),
    ),
    object_schema(
        {
            "conversation_id": "objectId",
            "seq": {"bsonType": ["int", "long"], "minimum": 1},
            "kind": {"enum": ["text", "edit", "retract"]},
            "sender_id": "objectId",
            "to_id": "objectId",
            "client_id": "string",
            "text": "string",
            "hidden": "bool",
            "created_at": "date",
        }
    ),
)
PAIRS = Declared(
    "pairs", (IndexModel([("blocked_by", ASCENDING)], name="blocked_by"),), object_schema({"opened": _WHOLE})
)
# One row per person and conversation, written again and again: the stream tells of it, and nothing reads it.
TYPING = Declared(
    "typing", (IndexModel([("at", ASCENDING)], name="forgotten", expireAfterSeconds=24 * 60 * 60),)
)
# Who has ever answered somebody who wrote to them first, and when it is measured again how soon they do.
ANSWERING = Declared(
    "answering",
    (IndexModel([("due_at", ASCENDING)], name="due"),),
    object_schema({"due_at": "date", "mark": "objectId"}),
)
COLLECTIONS = (CONVERSATIONS, ENTRIES, PAIRS, TYPING, ANSWERING)

# What is unset rather than null, since $min keeps a null.
_ABSENT_IF_NONE = ("answered_after",)


def get_conversation(db: Db, conversation_id: ObjectId) -> Conversation | None:
    """Return the conversation with this id, or None."""
    found = db[CONVERSATIONS].find_one({"_id": conversation_id})
    return from_document(found, Conversation) if found else None


def find_of_pair(db: Db, pair: str, limit: int) -> list[Conversation]:
    """Return what two people talk about, the newest first; at most so many conversations."""
    rows = db[CONVERSATIONS].find({"pair": pair}).sort("last_at", DESCENDING).limit(limit)
    return [from_document(row, Conversation) for row in rows]


def note_opening(tx: Tx, pair: str) -> Pair:
    """Write that two people open a conversation, before anything else of it, and return who has blocked whom."""
    found: Document | None = tx[PAIRS].find_one_and_update(
        {"_id": pair},
        {"$inc": {"opened": 1}, "$setOnInsert": {"blocked_by": []}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found or {"_id": pair}, Pair)


def get_pair(db: Db, pair: str) -> Pair:
    """Return what is known of two people."""
    found = db[PAIRS].find_one({"_id": pair})
    return from_document(found, Pair) if found else Pair(id=pair)


def insert_conversation(tx: Tx, conversation: Conversation) -> bool:
    """Store a new conversation; returns False if it is there."""
    row = to_document(conversation)
    for name in _ABSENT_IF_NONE:
        if row[name] is None:
            del row[name]
    try:
        tx[CONVERSATIONS].insert_one(row)
    except DuplicateKeyError:
        return False
    return True


def note_typing(db: Db, typing: Typing, now: datetime) -> None:
    """Write that somebody is typing. Nobody waits for the answer, and one that is lost is no loss."""
    rows = db[TYPING].with_options(write_concern=WriteConcern(w=0))
    rows.update_one({"_id": f"{typing.conversation_id}:{typing.user_id}"}, {"$set": {"at": now}}, upsert=True)


def typing_of(key: str) -> Typing:
    """Return who is typing where, from the key of a row."""
    conversation_id, _, user_id = key.partition(":")
    return Typing(ObjectId(conversation_id), ObjectId(user_id))


def count_strangers(tx: Tx, user_id: ObjectId, since: datetime) -> tuple[int, datetime | None]:
    """Return how many conversations somebody has opened with strangers since then, and when the first of them was."""
    opened = {"opened_by": user_id, "created_at": {"$gt": since}, "stranger": True}
    rows = list(tx[CONVERSATIONS].find(opened, {"created_at": 1}).sort("created_at", ASCENDING).limit(100))
    return len(rows), rows[0]["created_at"] if rows else None


def number_message(
    tx: Tx,
    read: Conversation,
    last: Last,
    tell_at: datetime,
    *,
    hidden: bool,
    limited: bool,
) -> Conversation | None:
    """Give out the next number of a conversation to a message, and note what it does to it; returns the conversation
    as it was before. Returns None if it is no longer as `read`: somebody has blocked or left, or (`limited`) has sent
    as much as they may to a stranger who has not answered.
    """
    condition = {**_as_read(read, last.sender_id), **(_may_go_on(last.sender_id) if limited else {})}
    before = tx[CONVERSATIONS].find_one_and_update(
        condition,
        _sent(read, last, tell_at, hidden),
        return_document=ReturnDocument.BEFORE,
        hint="_id_",
    )
    return from_document(before, Conversation) if before else None


def number_change(
    tx: Tx,
    read: Conversation,
    sender_id: ObjectId,
    message_id: ObjectId,
    shown: str,
    now: datetime,
    *,
    hidden: bool,
) -> Conversation | None:
    """Give out the next number to the change of a message, which the inbox shows like that from now on, if it was the
    last; returns the conversation as it was before, None if it is no longer as `read`.
    """
    own = f"own_last.{sender_id}"
    changes: Document = {
        "last_seq": {"$add": ["$last_seq", 1]},
        "entry_at": {"$max": ["$entry_at", now]},
    }
    if hidden:
        # The other is shown what they knew; its sender what it says now.
        is_last = {"$eq": ["$last.message_id", message_id]}
        mine = {"$eq": [f"${own}.message_id", message_id]}
        changed_last = {"$mergeObjects": ["$last", {"text": {"$literal": shown}}]}
        changed_own = {"$mergeObjects": [f"${own}", {"text": {"$literal": shown}}]}
        no_own = {"$not": [f"${own}"]}
        changes[own] = {
            "$cond": [
                mine,
                changed_own,
                {"$cond": [{"$and": [is_last, no_own]}, changed_last, {"$ifNull": [f"${own}", "$$REMOVE"]}]},
            ]
        }
    else:
        for field in ("last", own):
            is_last = {"$eq": [f"${field}.message_id", message_id]}
            changed = {"$mergeObjects": [f"${field}", {"text": {"$literal": shown}}]}
            changes[field] = {"$cond": [is_last, changed, {"$ifNull": [f"${field}", "$$REMOVE"]}]}
    before = tx[CONVERSATIONS].find_one_and_update(
        _as_read(read, sender_id), [{"$set": changes}], return_document=ReturnDocument.BEFORE, hint="_id_"
    )
    return from_document(before, Conversation) if before else None


def _as_read(read: Conversation, user_id: ObjectId) -> Document:
    return {"_id": read.id, "people": user_id, "blocked_by": read.blocked_by, "left": read.left}


def _may_go_on(sender_id: ObjectId) -> Document:
    answered = {"answered_after": {"$exists": True}}
    return {
        "$or": [
            {"stranger": False},
            {"opened_by": {"$ne": sender_id}},
            answered,
            {"sent": {"$lt": UNANSWERED_MAX}},
        ]
    }


def _sent(read: Conversation, last: Last, tell_at: datetime, hidden: bool) -> dict[str, dict[str, Any]]:
    """Return what a message does to its conversation. Nothing in it is decided from what was read but who the two are
    and who opened it, which never change.
    """
    sender_id, to = last.sender_id, read.other(last.sender_id)
    me, you = str(sender_id), str(to)
    shown = to_document(last)
    change: dict[str, dict[str, Any]] = {
        "$inc": {"last_seq": 1, **({"sent": 1} if sender_id == read.opened_by else {})},
        "$max": {"last_at": last.at, "entry_at": last.at},
        "$unset": {f"waits.{me}": ""},
    }
    if hidden:
        change["$addToSet"] = {"inbox_of": sender_id}
        change["$set"] = {f"own_last.{me}": shown, "waits_for": None}
        return change
    change["$inc"][f"unread.{you}"] = 1
    change["$addToSet"] = {"unread_for": to, "inbox_of": {"$each": [sender_id, to]}}
    change["$set"] = {"last": shown, "waits_for": to}
    change["$min"] = {f"waits.{you}": last.at, f"tell_at.{you}": tell_at, "tell_due": tell_at}
    if sender_id != read.opened_by:
        change["$min"]["answered_after"] = (last.at - read.created_at).total_seconds()
    change["$unset"]["own_last"] = ""
    return change


def insert_entry(tx: Tx, entry: Entry) -> bool:
    """Store an entry under its number; returns False if its sender has sent it before."""
    try:
        tx[ENTRIES].insert_one(to_document(entry))
    except DuplicateKeyError:
        return False
    return True


def get_sent(db: Db, conversation_id: ObjectId, sender_id: ObjectId, client_id: str) -> Entry | None:
    """Return what somebody has sent under this client id, or None."""
    found = db[ENTRIES].find_one(
        {"conversation_id": conversation_id, "sender_id": sender_id, "client_id": client_id}
    )
    return from_document(found, Entry) if found else None


def get_entry(db: Db, entry_id: ObjectId) -> Entry | None:
    """Return the entry with this id, or None."""
    found = db[ENTRIES].find_one({"_id": entry_id})
    return from_document(found, Entry) if found else None


def get_entries(db: Db, ids: Collection[ObjectId]) -> dict[ObjectId, Entry]:
    """Return these entries, by id."""
    if not ids:
        return {}
    return {row["_id"]: from_document(row, Entry) for row in db[ENTRIES].find({"_id": {"$in": list(ids)}})}


def find_after(db: Db, conversation_id: ObjectId, seq: int, limit: int) -> list[Entry]:
    """Return the entries after a number, in their order."""
    asked = {"conversation_id": conversation_id, "seq": {"$gt": seq}}
    rows = db[ENTRIES].find(asked, hint="seq").sort("seq", ASCENDING).limit(limit)
    return [from_document(row, Entry) for row in rows]


def find_before(db: Db, conversation_id: ObjectId, seq: int | None, limit: int) -> list[Entry]:
    """Return the entries before a number (None: the last ones), in their order."""
    asked: Document = {
        "conversation_id": conversation_id,
        **({"seq": {"$lt": seq}} if seq is not None else {}),
    }
    rows = db[ENTRIES].find(asked, hint="seq").sort("seq", DESCENDING).limit(limit)
    return [from_document(row, Entry) for row in rows][::-1]


def find_inbox(db: Db, user_id: ObjectId, which: str, page: PageRequest) -> Page[Conversation]:
    """Return somebody's conversations, those with the newest messages first: the inbox, or what of it `which` says
    (unread, waits, starred, archived, blocked, all).
    """
    query, index = _lists(user_id)[which]
    if page.before:
        at = at_milliseconds(page.value or 0)
        older = [{"last_at": {"$lt": at}}, {"last_at": at, "_id": {"$lt": page.before}}]
        query = {**query, "last_at": {"$lte": at}, "$or": older}
    rows = (
        db[CONVERSATIONS]
        .find(query, hint=index)
        .sort([("last_at", DESCENDING), ("_id", DESCENDING)])
        .limit(page.limit + 1)
    )
    found = [from_document(row, Conversation) for row in rows]
    return page.cut(found, lambda row: row.id, which, lambda row: float(milliseconds(row.last_at)))


def _lists(user_id: ObjectId) -> dict[str, tuple[Document, str]]:
    """Return each list of conversations: what is in it, and by which index it is read."""
    said = {"$or": [{"last": {"$ne": None}}, {f"own_last.{user_id}": {"$exists": True}}]}
    own = {"people": user_id, "$and": [said]}
    return {
        "inbox": ({"inbox_of": user_id}, "inbox"),
        "unread": ({"unread_for": user_id}, "unread"),
        "waits": ({"waits_for": user_id, "inbox_of": user_id}, "waits"),
        "starred": ({**own, "starred_for": user_id}, "people"),
        "archived": ({**own, "inbox_of": {"$ne": user_id}, "blocked_by": {"$ne": user_id}}, "people"),
        "blocked": ({**own, "blocked_by": user_id}, "people"),
        "all": (own, "people"),
    }


def change_entry(tx: Tx, entry_id: ObjectId, seen: int, changes: Document) -> bool:
    """Change a message that has had so many versions as its sender has `seen`; returns False if it was changed or taken
    back in the meantime.
    """
    as_seen = {"_id": entry_id, "versions": {"$size": seen}, "retracted_at": None}
    return tx[ENTRIES].update_one(as_seen, {"$set": changes}).matched_count == 1
