"""What two people have had to do with each other in conversations, in the database, as other features ask it."""

from collections.abc import Iterable

from bson import ObjectId
from pymongo import ReturnDocument

from gigflow.chat.models import Pair, pair_of
from gigflow.chat.store import CONVERSATIONS, PAIRS
from gigflow.core.db import Db, Document, Tx, from_document


def write_pair(tx: Tx, one_id: ObjectId, other_id: ObjectId) -> Pair:
    """Write that one of two people turns to the other, so that it conflicts with a block at the same moment; returns
    who has blocked whom.
    """
    found: Document | None = tx[PAIRS].find_one_and_update(
        {"_id": pair_of(one_id, other_id)},
        {"$inc": {"met": 1}, "$setOnInsert": {"blocked_by": [], "opened": 0}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    assert found is not None
    return from_document(found, Pair)


def find_blocked_pairs(db: Db, pairs: Iterable[str]) -> list[str]:
    """Return those of these pairs of people of whom one has blocked the other."""
    blocked = {"_id": {"$in": list(pairs)}, "blocked_by.0": {"$exists": True}}
    return [row["_id"] for row in db[PAIRS].find(blocked, {"_id": 1})]


def have_both_written(db: Db, writer_id: ObjectId, other_id: ObjectId) -> bool:
    """Return whether two people have both written in one of their conversations, as the first of them knows it: what
    they wrote and the other was not shown counts.
    """
    answered: Document = {"answered_after": {"$exists": True}}
    unseen: Document = {"opened_by": other_id, f"own_last.{writer_id}": {"$exists": True}}
    both = {"pair": pair_of(writer_id, other_id), "sent": {"$gt": 0}, "$or": [answered, unseen]}
    return db[CONVERSATIONS].find_one(both, {"_id": 1}, hint="pair") is not None


def has_written(db: Db, writer_id: ObjectId, reader_id: ObjectId) -> bool:
    """Return whether somebody has written in a conversation with another person, as that one knows it."""
    wrote: list[Document] = [
        {"opened_by": writer_id, "sent": {"$gt": 0}},
        {"opened_by": reader_id, "answered_after": {"$exists": True}},
    ]
    both = {"pair": pair_of(writer_id, reader_id), "$or": wrote}
    return db[CONVERSATIONS].find_one(both, {"_id": 1}, hint="pair") is not None
