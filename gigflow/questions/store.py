"""Questions in the database."""

from datetime import datetime

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel

from gigflow.core.db import Db, Declared, Tx, from_document, object_schema, to_document
from gigflow.questions.models import Question

QUESTIONS = Declared(
    "questions",
    (
        IndexModel([("gig_id", ASCENDING), ("_id", DESCENDING)], name="gig"),
        IndexModel([("asker_id", ASCENDING)], name="asker"),
    ),
    object_schema({"gig_id": "objectId", "asker_id": "objectId", "text": "string", "created_at": "date"}),
)
COLLECTIONS = (QUESTIONS,)


def insert_question(tx: Tx, db: Db, question: Question) -> None:
    """Store a new question."""
    db[QUESTIONS].insert_one(to_document(question), session=tx)


def get_question(db: Db, question_id: ObjectId) -> Question | None:
    """The question with this id, or None."""
    found = db[QUESTIONS].find_one({"_id": question_id})
    return from_document(found, Question) if found else None


def find_questions(db: Db, gig_id: ObjectId, limit: int) -> list[Question]:
    """The questions about a gig, newest first."""
    rows = db[QUESTIONS].find({"gig_id": gig_id}).sort("_id", DESCENDING).limit(limit)
    return [from_document(row, Question) for row in rows]


def set_answer(tx: Tx, db: Db, question_id: ObjectId, answer: str, now: datetime) -> Question | None:
    """Answer a question, or change its answer, and return it as it was before; None where it is gone."""
    found = db[QUESTIONS].find_one_and_update(
        {"_id": question_id},
        {"$set": {"answer": answer, "answered_at": now}},
        session=tx,
    )
    return from_document(found, Question) if found else None


def delete_questions_of(tx: Tx, db: Db, asker_id: ObjectId) -> None:
    """Forget what a person asked."""
    db[QUESTIONS].delete_many({"asker_id": asker_id}, session=tx)
