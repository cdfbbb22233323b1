"""Reports in the database."""

from datetime import datetime

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel

from gigflow.core.db import Db, Declared, Tx, from_document, object_schema, to_document
from gigflow.core.paging import Page, PageRequest, newest
from gigflow.reports.models import KINDS, REASONS, Report, Subject

REPORTS = Declared(
    "reports",
    (
        IndexModel(
            [("subject.kind", ASCENDING), ("subject.id", ASCENDING), ("by", ASCENDING)],
            name="one_per_person",
            unique=True,
        ),
        IndexModel([("by", ASCENDING), ("_id", DESCENDING)], name="by"),
        IndexModel([("status", ASCENDING), ("_id", DESCENDING)], name="status"),
        # What is about somebody, when they leave.
        IndexModel([("copy.whose", ASCENDING)], name="whose"),
    ),
    object_schema(
        {
            "subject.kind": {"enum": list(KINDS)},
            "subject.id": "objectId",
            "by": "objectId",
            "reason": {"enum": list(REASONS)},
            "text": "string",
            "copy": "object",
            "status": {"enum": ["open"]},
            "created_at": "date",
        }
    ),
)
COLLECTIONS = (REPORTS,)
MESSAGES_MAX = 1_000


def insert_report(tx: Tx, report: Report) -> None:
    """Store a new report; the guard of its person has made sure that they have not reported the same thing."""
    tx[REPORTS].insert_one(to_document(report))


def get_report(db: Db, report_id: ObjectId) -> Report | None:
    """Return the report with this id, or None."""
    found = db[REPORTS].find_one({"_id": report_id})
    return from_document(found, Report) if found else None


def get_report_by(db: Db, subject: Subject, user_id: ObjectId) -> Report | None:
    """Return what somebody has reported of a thing, or None."""
    found = db[REPORTS].find_one({"subject.kind": subject.kind, "subject.id": subject.id, "by": user_id})
    return from_document(found, Report) if found else None


def find_reports_by(db: Db, user_id: ObjectId, page: PageRequest) -> Page[Report]:
    """Return what somebody has reported, newest first."""
    return newest(db[REPORTS], {"by": user_id}, page, Report)


def find_open_reports(db: Db, but_about: ObjectId, page: PageRequest) -> Page[Report]:
    """Return the reports that nobody has decided, newest first, but for those about this person."""
    return newest(db[REPORTS], {"status": "open", "copy.whose": {"$ne": but_about}}, page, Report)


def find_messages(db: Db, user_id: ObjectId, since: datetime) -> list[ObjectId]:
    """Return the messages that somebody has reported since then, and those of theirs that others have."""
    sides = [{"by": user_id}, {"copy.whose": user_id}]
    asked = {"$or": sides, "subject.kind": "message", "created_at": {"$gte": since}}
    return [row["subject"]["id"] for row in db[REPORTS].find(asked, {"subject.id": 1}).limit(MESSAGES_MAX)]


def forget_name(tx: Tx, user_id: ObjectId, name: str, limit: int) -> int:
    """Call somebody by another name in what was reported of theirs, in at most `limit` reports; returns in how many."""
    others = {"copy.whose": user_id, "copy.name": {"$ne": name}}
    ids = [row["_id"] for row in tx[REPORTS].find(others, {"_id": 1}).limit(limit)]
    tx[REPORTS].update_many({"_id": {"$in": ids}}, {"$set": {"copy.name": name}})
    return len(ids)
