"""Searching one's own messages in the database: no index of words, which would keep people's private words for ever."""

import re
from collections.abc import Collection, Sequence

from bson import ObjectId
from pymongo import DESCENDING
from pymongo.errors import ExecutionTimeout

from gigflow.chat.models import Entry
from gigflow.chat.store import ENTRIES
from gigflow.core.db import Db, Document, from_document

SEARCH_MILLISECONDS = 1_000


def find_hits(
    db: Db, user_id: ObjectId, conversation_ids: Collection[ObjectId], parts: Sequence[str], most: int
) -> dict[ObjectId, list[Entry]] | None:
    """Return the newest messages of these conversations that have every part, at most so many of each, as far as one of
    the two gets them; None if it takes too long.
    """
    newest = {"n": most, "sortBy": {"seq": DESCENDING}, "output": "$$ROOT"}
    stages: list[Document] = [
        {"$match": _having(user_id, parts, {"conversation_id": {"$in": list(conversation_ids)}})},
        {"$group": {"_id": "$conversation_id", "hits": {"$topN": newest}}},
    ]
    try:
        rows = list(db[ENTRIES].aggregate(stages, hint="seq", maxTimeMS=SEARCH_MILLISECONDS))
    except ExecutionTimeout:
        return None
    return {row["_id"]: [from_document(each, Entry) for each in row["hits"]] for row in rows}


def find_within(
    db: Db, user_id: ObjectId, conversation_id: ObjectId, parts: Sequence[str], before: int | None, limit: int
) -> list[Entry] | None:
    """Return messages of one conversation that have every part, the newest first; None if it takes too long."""
    where: Document = {"conversation_id": conversation_id, **({"seq": {"$lt": before}} if before else {})}
    try:
        rows = list(
            db[ENTRIES]
            .find(_having(user_id, parts, where), hint="seq", max_time_ms=SEARCH_MILLISECONDS)
            .sort("seq", DESCENDING)
            .limit(limit)
        )
    except ExecutionTimeout:
        return None
    return [from_document(row, Entry) for row in rows]


def _having(user_id: ObjectId, parts: Sequence[str], where: Document) -> Document:
    shown = {"$or": [{"hidden": False}, {"sender_id": user_id}]}
    words = [_with(user_id, {"$regex": re.escape(part)}) for part in parts]
    return {**where, "kind": "text", "retracted_at": None, "$and": [shown, *words]}


def _with(user_id: ObjectId, part: Document) -> Document:
    """Return the condition that a message has this part, as one of the two reads it."""
    is_read = [{"sender_id": {"$ne": user_id}}, {"own_folded": None}]
    return {"$or": [{"folded": part, "$or": is_read}, {"sender_id": user_id, "own_folded": part}]}
