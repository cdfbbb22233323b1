"""Questions in the database."""

from collections.abc import Callable
from datetime import datetime

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel

from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema, to_document
from gigflow.core.paging import Page, PageRequest, newest
from gigflow.core.steps import Progress
from gigflow.questions.models import UNANSWERED_FIRST, Question
from gigflow.turn.models import READ_MAX

QUESTIONS = Declared(
    "questions",
    (
        IndexModel([("gig_id", ASCENDING), ("_id", DESCENDING)], name="gig"),
        IndexModel([("gig_id", ASCENDING), ("answered_at", ASCENDING), ("_id", DESCENDING)], name="open"),
        IndexModel([("asker_id", ASCENDING)], name="asker"),
        # Only those that wait for an answer.
        IndexModel(
            [("waits_for", ASCENDING), ("_id", ASCENDING)],
            name="waiting",
            partialFilterExpression={"waits_for": {"$type": "objectId"}},
        ),
    ),
    object_schema({"gig_id": "objectId", "asker_id": "objectId", "text": "string", "created_at": "date"}),
)
COLLECTIONS = (QUESTIONS,)


def insert_question(tx: Tx, question: Question) -> None:
    """Store a new question."""
    tx[QUESTIONS].insert_one(to_document(question))


def get_question(db: Db, question_id: ObjectId) -> Question | None:
    """Return the question with this id, or None."""
    found = db[QUESTIONS].find_one({"_id": question_id})
    return from_document(found, Question) if found else None


def find_questions(db: Db, gig_id: ObjectId, page: PageRequest) -> Page[Question]:
    """Return the questions about a gig, newest first."""
    return newest(db[QUESTIONS], {"gig_id": gig_id}, page, Question)


def find_unanswered_first(db: Db, gig_id: ObjectId, page: PageRequest) -> Page[Question]:
    """Return the questions about a gig: those without an answer, then the others, each newest first.

    A cursor's value is 1 among the first, 0 among the others.
    """
    rows: list[Question] = []
    if page.value != 0:
        rows = _find(db, {"gig_id": gig_id, "answered_at": None}, page.before, page.limit + 1)
    if len(rows) <= page.limit:
        before = page.before if page.value == 0 else None
        answered = {"gig_id": gig_id, "answered_at": {"$ne": None}}
        rows += _find(db, answered, before, page.limit + 1 - len(rows))
    return page.cut(
        rows,
        lambda question: question.id,
        UNANSWERED_FIRST,
        lambda question: float(question.answered_at is None),
    )


def count_questions(db: Db, gig_id: ObjectId) -> int:
    """Return how many questions there are about a gig."""
    return db[QUESTIONS].count_documents({"gig_id": gig_id})


def set_answer(tx: Tx, question_id: ObjectId, answer: str, now: datetime) -> Question | None:
    """Answer a question, or change its answer, and return it as it was before; None if it is gone."""
    found = tx[QUESTIONS].find_one_and_update(
        {"_id": question_id},
        {"$set": {"answer": answer, "answered_at": now, "waits_for": None}},
    )
    return from_document(found, Question) if found else None


def end_waiting(tx: Tx, gig_id: ObjectId) -> None:
    """Let no question about a gig wait for an answer any longer."""
    waiting = {"gig_id": gig_id, "answered_at": None}
    tx[QUESTIONS].update_many(waiting, {"$set": {"waits_for": None}})


def unanswered_of(owner_id: ObjectId, beside: Document) -> tuple[Declared, list[Document]]:
    """Return where and how to read which services have questions that wait for their owner: how many, the one that has
    waited longest, and the service, which the stage `beside` finds as "service".
    """
    first = {
        "since": {"$first": "$created_at"},
        "text": {"$first": "$text"},
        "asker_id": {"$first": "$asker_id"},
    }
    return QUESTIONS, [
        {"$match": {"waits_for": {"$type": "objectId", "$eq": owner_id}}},
        {"$sort": {"_id": ASCENDING}},
        {"$limit": 2 * READ_MAX},
        {"$group": {"_id": "$gig_id", "count": {"$sum": 1}, **first}},
        {"$limit": READ_MAX},
        beside,
    ]


def add_missing_waiting(db: Db, progress: Progress, owner_of: Callable[[ObjectId], ObjectId | None]) -> None:
    """Let questions that were asked before it was noted whom they wait for wait for the owner of their service."""

    def add(row: Document) -> int:
        missing = {"_id": row["_id"], "answered_at": None, "waits_for": {"$exists": False}}
        return (
            db[QUESTIONS].update_one(missing, {"$set": {"waits_for": owner_of(row["gig_id"])}}).modified_count
        )

    progress.change_each(QUESTIONS, {"answered_at": None, "waits_for": {"$exists": False}}, add)


def delete_question(tx: Tx, question_id: ObjectId, *, answered: bool) -> bool:
    """Delete a question; returns False if it is gone, or (unless `answered`) has an answer by now."""
    query: Document = {"_id": question_id, **({} if answered else {"answered_at": None})}
    return tx[QUESTIONS].delete_one(query).deleted_count == 1


def delete_some_of(tx: Tx, asker_id: ObjectId, limit: int) -> int:
    """Forget what a person asked, at most `limit` questions of it; returns how many."""
    rows = tx[QUESTIONS].find({"asker_id": asker_id}, {"_id": 1}).limit(limit)
    ids = [row["_id"] for row in rows]
    tx[QUESTIONS].delete_many({"_id": {"$in": ids}})
    return len(ids)


def _find(db: Db, query: Document, before: ObjectId | None, limit: int) -> list[Question]:
    """Return questions, newest first."""
    asked = {**query, "_id": {"$lt": before}} if before else query
    rows = db[QUESTIONS].find(asked).sort("_id", DESCENDING).limit(limit)
    return [from_document(row, Question) for row in rows]
