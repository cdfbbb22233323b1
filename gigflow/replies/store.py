"""Saved replies in the database."""

from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, IndexModel, ReturnDocument

from gigflow.core.db import Db, Declared, Tx, from_document, object_schema, to_document
from gigflow.replies.models import SAVED_MAX, SavedReply

SAVED_REPLIES = Declared(
    "saved_replies",
    (IndexModel([("user_id", ASCENDING), ("_id", ASCENDING)], name="of_person"),),
    object_schema(
        {
            "user_id": "objectId",
            "title": "string",
            "text": "string",
            "created_at": "date",
            "updated_at": "date",
        }
    ),
)
COLLECTIONS = (SAVED_REPLIES,)


def insert_reply(tx: Tx, reply: SavedReply) -> None:
    """Store a saved reply."""
    tx[SAVED_REPLIES].insert_one(to_document(reply))


def count_replies(db: Db, user_id: ObjectId) -> int:
    """Return how many replies somebody has saved."""
    return db[SAVED_REPLIES].count_documents({"user_id": user_id})


def find_replies(db: Db, user_id: ObjectId) -> list[SavedReply]:
    """Return the replies that somebody has saved, in the order in which they saved them."""
    rows = db[SAVED_REPLIES].find({"user_id": user_id}).sort("_id", ASCENDING).limit(SAVED_MAX)
    return [from_document(row, SavedReply) for row in rows]


def get_reply(db: Db, user_id: ObjectId, reply_id: ObjectId) -> SavedReply | None:
    """Return a reply that somebody has saved, or None."""
    found = db[SAVED_REPLIES].find_one({"_id": reply_id, "user_id": user_id})
    return from_document(found, SavedReply) if found else None


def change_reply(db: Db, user_id: ObjectId, reply_id: ObjectId, changes: dict[str, Any]) -> SavedReply | None:
    """Set fields of a reply that somebody has saved, and return it as it is then; None if it is not there."""
    found = db[SAVED_REPLIES].find_one_and_update(
        {"_id": reply_id, "user_id": user_id}, {"$set": changes}, return_document=ReturnDocument.AFTER
    )
    return from_document(found, SavedReply) if found else None


def take_reply(db: Db, user_id: ObjectId, reply_id: ObjectId) -> SavedReply | None:
    """Delete a reply that somebody has saved, and return it as it was; None if it is not there."""
    found = db[SAVED_REPLIES].find_one_and_delete({"_id": reply_id, "user_id": user_id})
    return from_document(found, SavedReply) if found else None


def delete_all_of(tx: Tx, user_id: ObjectId) -> int:
    """Delete every reply that somebody has saved; returns how many."""
    return tx[SAVED_REPLIES].delete_many({"user_id": user_id}).deleted_count
