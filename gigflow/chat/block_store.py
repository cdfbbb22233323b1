"""Blocking and leaving in the database: the conversations first, as every transaction of theirs does."""

from bson import ObjectId
from pymongo import ASCENDING

from gigflow.chat.marks_store import earliest_due
from gigflow.chat.models import Conversation, Pair
from gigflow.chat.store import CONVERSATIONS, ENTRIES, PAIRS
from gigflow.core.db import Db, Document, Tx, from_document


def block_conversations(tx: Tx, pair: str, me: ObjectId, other: ObjectId) -> None:
    """Take what two people talk about away from the one who blocks the other: read, not waited for, in no inbox."""
    told = f"$told.{me}"
    closed = {"$mergeObjects": [told, {"open": False}]}
    stages: list[Document] = [
        {
            "$set": {
                # As a sorted list, since the guard of a message compares it whole.
                "blocked_by": {"$cond": [{"$in": [other, "$blocked_by"]}, "$people", [me]]},
                "inbox_of": {"$setDifference": ["$inbox_of", [me]]},
                "unread_for": {"$setDifference": ["$unread_for", [me]]},
                f"unread.{me}": 0,
                f"read.{me}": "$last_seq",
                "waits_for": {"$cond": [{"$eq": ["$waits_for", me]}, None, "$waits_for"]},
                f"tell_at.{me}": "$$REMOVE",
                f"told.{me}": {"$cond": [{"$eq": [{"$type": told}, "object"]}, closed, "$$REMOVE"]},
            }
        },
        {"$set": {"tell_due": earliest_due()}},
    ]
    tx[CONVERSATIONS].update_many({"pair": pair, "blocked_by": {"$ne": me}}, stages)


def unblock_conversations(tx: Tx, pair: str, me: ObjectId) -> None:
    """Give what two people talk about back to the one who no longer blocks the other."""
    back = {
        "$cond": [{"$eq": [{"$type": "$last"}, "object"]}, {"$setUnion": ["$inbox_of", [me]]}, "$inbox_of"]
    }
    changes = {"blocked_by": {"$setDifference": ["$blocked_by", [me]]}, "inbox_of": back}
    tx[CONVERSATIONS].update_many({"pair": pair, "blocked_by": me}, [{"$set": changes}])


def note_block(tx: Tx, pair: str, me: ObjectId) -> bool:
    """Note that one of a pair blocks the other; returns False if it is so already."""
    others = {"_id": pair, "blocked_by": {"$ne": me}}
    known = tx[PAIRS].find_one({"_id": pair, "blocked_by": me}, {"_id": 1})
    if known:
        return False
    tx[PAIRS].update_one(others, {"$addToSet": {"blocked_by": me}, "$inc": {"opened": 0}}, upsert=True)
    return True


def end_block(tx: Tx, pair: str, me: ObjectId) -> None:
    """Note that one of a pair no longer blocks the other. If the other blocks nobody either, their row goes: what opens
    or blocks at the same time writes it, too, and so one of the two is tried again.
    """
    if tx[PAIRS].delete_one({"_id": pair, "blocked_by": [me]}).deleted_count == 0:
        tx[PAIRS].update_one({"_id": pair, "blocked_by": me}, {"$pull": {"blocked_by": me}})


def count_blocked(db: Db, me: ObjectId, most: int) -> int:
    """Return how many people somebody has blocked, counted up to `most`."""
    return db[PAIRS].count_documents({"blocked_by": me}, limit=most, hint="blocked_by")


def find_blocked(db: Db, me: ObjectId, limit: int) -> list[Pair]:
    """Return whom somebody has blocked; at most so many."""
    rows = db[PAIRS].find({"blocked_by": me}, hint="blocked_by").sort("_id", ASCENDING).limit(limit)
    return [from_document(row, Pair) for row in rows]


def find_told(db: Db, pair: str, me: ObjectId) -> list[ObjectId]:
    """Return the last notification that somebody got of each thing that two people talk about."""
    rows = db[CONVERSATIONS].find({"pair": pair, f"told.{me}": {"$exists": True}}, {f"told.{me}.id": 1})
    return [row["told"][str(me)]["id"] for row in rows]


def mark_left(tx: Tx, user_id: ObjectId) -> bool:
    """Let nothing more be sent in one more conversation of somebody who has left; returns False if there is none."""
    both = {"$cond": [{"$eq": [{"$size": "$left"}, 0]}, [user_id], "$people"]}
    changes: Document = {"left": both, "waits_for": None, f"tell_at.{user_id}": "$$REMOVE"}
    stages = [{"$set": changes}, {"$set": {"tell_due": earliest_due()}}]
    asked = {"people": user_id, "left": {"$ne": user_id}}
    return tx[CONVERSATIONS].update_one(asked, stages, hint="people").matched_count == 1


def take_to_sweep(tx: Tx, user_id: ObjectId) -> Conversation | None:
    """Return a conversation in which the words of somebody who has left still stand, written by this transaction."""
    found = tx[CONVERSATIONS].find_one_and_update(
        {"people": user_id, "left": user_id, "swept": {"$ne": user_id}},
        {"$set": {"sweeping": user_id}},
        hint="people",
    )
    return from_document(found, Conversation) if found else None


def sweep_entries(
    tx: Tx, conversation_id: ObjectId, user_id: ObjectId, limit: int, *, words: bool
) -> dict[ObjectId, list[ObjectId]]:
    """Take the name of somebody who has left from their entries, and (`words`) what they say; at most so many. Returns
    for each its files.
    """
    asked = {"conversation_id": conversation_id, "sender_id": user_id, "sender_name": {"$ne": ""}}
    rows = list(tx[ENTRIES].find(asked, {"file_ids": 1}, hint="client_id").limit(limit))
    own = {"own_text": None, "own_folded": None}
    gone: Document = {"text": "", "folded": "", **own, "versions": [], "file_ids": []} if words else {}
    tx[ENTRIES].update_many(
        {"_id": {"$in": [row["_id"] for row in rows]}}, {"$set": {"sender_name": "", **gone}}
    )
    return {row["_id"]: row.get("file_ids", []) for row in rows}


def end_sweep(tx: Tx, conversation_id: ObjectId, user_id: ObjectId, *, words: bool) -> None:
    """Note that nothing of somebody who has left stands in a conversation any longer."""
    is_theirs = {"$and": [{"$eq": [{"$type": "$last"}, "object"]}, {"$eq": ["$last.sender_id", user_id]}]}
    empty = {"$cond": [is_theirs, {"$mergeObjects": ["$last", {"text": ""}]}, "$last"]}
    changes: Document = {
        "swept": {"$setUnion": [{"$ifNull": ["$swept", []]}, [user_id]]},
        "sweeping": "$$REMOVE",
        f"own_last.{user_id}": "$$REMOVE",
    }
    tx[CONVERSATIONS].update_one(
        {"_id": conversation_id}, [{"$set": {**changes, **({"last": empty} if words else {})}}]
    )


def forget_blocks_of(tx: Tx, user_id: ObjectId, limit: int) -> int:
    """Forget whom somebody has blocked, at most so many; returns how many."""
    ids = [row["_id"] for row in tx[PAIRS].find({"blocked_by": user_id}, {"_id": 1}).limit(limit)]
    tx[PAIRS].update_many({"_id": {"$in": ids}}, {"$pull": {"blocked_by": user_id}})
    tx[PAIRS].delete_many({"_id": {"$in": ids}, "blocked_by": []})
    return len(ids)
