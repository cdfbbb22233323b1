"""Who has answered people who wrote to them first, in the database: when it is measured again how soon they do."""

from datetime import datetime

import msgspec
from bson import ObjectId
from pymongo import ASCENDING, DESCENDING

from gigflow.chat.models import ANSWERS_MAX
from gigflow.chat.store import ANSWERING, CONVERSATIONS
from gigflow.core.db import Db, Tx, from_document, passed
from gigflow.core.ids import new_id


class Answer(msgspec.Struct, rename={"conversation_id": "_id"}):
    """The first answer in a conversation, and after how many seconds it came."""

    conversation_id: ObjectId
    answered_after: float


def note_answer(tx: Tx, user_id: ObjectId, now: datetime) -> None:
    """Let it be measured again how soon somebody answers, in the transaction of a first answer of theirs."""
    changes = {"$min": {"due_at": now}, "$set": {"mark": new_id()}}
    tx[ANSWERING].update_one({"_id": user_id}, changes, upsert=True)


def find_due(db: Db, now: datetime, limit: int) -> list[ObjectId]:
    """Return the people of whom it is to be measured, those who wait longest first."""
    rows = db[ANSWERING].find({"due_at": passed(now)}, {"_id": 1}).sort("due_at", ASCENDING).limit(limit)
    return [row["_id"] for row in rows]


def get_mark(db: Db, user_id: ObjectId) -> ObjectId | None:
    """Return the mark of somebody's last first answer; None if they have none."""
    found = db[ANSWERING].find_one({"_id": user_id}, {"mark": 1})
    return found["mark"] if found else None


def put_off(db: Db, user_id: ObjectId, mark: ObjectId, until: datetime) -> None:
    """Let it be measured again then, unless there was another first answer since `mark` was read."""
    db[ANSWERING].update_one({"_id": user_id, "mark": mark}, {"$set": {"due_at": until}})


def forget(db: Db, user_id: ObjectId, mark: ObjectId | None = None) -> None:
    """Measure no longer how soon somebody answers; with a `mark`, unless there was another first answer since."""
    db[ANSWERING].delete_one({"_id": user_id, **({"mark": mark} if mark else {})})


def find_answers(db: Db, user_id: ObjectId, since: datetime) -> list[Answer]:
    """Return the first answers of somebody to people who have written to them since then, without those between people
    one of whom has blocked the other: the newest, at most `ANSWERS_MAX`.
    """
    asked = {
        "people": user_id,
        "last_at": {"$gte": since},
        "created_at": {"$gte": since},
        "opened_by": {"$ne": user_id},
        "answered_after": {"$exists": True},
        "blocked_by": [],
    }
    rows = (
        db[CONVERSATIONS]
        .find(asked, {"answered_after": 1}, hint="people")
        .sort("last_at", DESCENDING)
        .limit(ANSWERS_MAX)
    )
    return [from_document(row, Answer) for row in rows]
