"""The record in the database: rows are appended; only the counts of failures are added to, and expire."""

import logging
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import pymongo
from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import PyMongoError
from pymongo.write_concern import WriteConcern

from gigflow.core.db import Db, Declared, from_document, object_schema, to_document
from gigflow.record.models import KEPT_DAYS, Row

log = logging.getLogger(__name__)

AUDIT = Declared(
    "audit",
    (
        IndexModel([("user_id", ASCENDING), ("_id", ASCENDING)], name="user"),
        IndexModel([("by", ASCENDING), ("_id", DESCENDING)], name="by"),
        IndexModel([("subject.id", ASCENDING), ("_id", DESCENDING)], name="subject"),
        IndexModel([("event", ASCENDING), ("_id", DESCENDING)], name="event"),
        IndexModel([("at", DESCENDING), ("_id", DESCENDING)], name="at"),
        IndexModel(
            [("undoes", ASCENDING)],
            name="undone_once",
            unique=True,
            partialFilterExpression={"undoes": {"$type": "objectId"}},
        ),
        IndexModel(
            [("counted", ASCENDING)],
            name="counted",
            unique=True,
            partialFilterExpression={"counted": {"$type": "string"}},
        ),
        IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
    ),
    object_schema({"event": "string", "at": "date"}),
)
COLLECTIONS = (AUDIT,)

COUNT_SECONDS = 0.5  # that a refusal may take to be counted while the database is away


def insert_row(db: Db, row: Row) -> None:
    """Append one act."""
    db[AUDIT].insert_one(to_document(row))


def find_newest(db: Db, subject_id: ObjectId, events: Collection[str]) -> Row | None:
    """Return the newest row of these events about something, or None."""
    query = {"subject.id": subject_id, "event": {"$in": list(events)}}
    # Older ids of one second count on in one process only (decision 43).
    found = db[AUDIT].find_one(query, sort=[("at", DESCENDING), ("_id", DESCENDING)])
    return from_document(found, Row) if found else None


def count(
    db: Db,
    key: str,
    event: str,
    times: int,
    user_id: ObjectId | None,
    data: Mapping[str, str],
    now: datetime,
) -> None:
    """Add to the row of this key, which the first call makes. It waits for no answer, so that nobody can tell by the
    time whether something was counted; if the database is away, that is one warning.
    """
    first = {"event": event, "at": now, "user_id": user_id, "expires_at": now + timedelta(days=KEPT_DAYS)}
    last = {f"data.{name}": value for name, value in {**data, "last_at": now}.items()}
    added = {"$inc": {"data.count": times}, "$set": last, "$setOnInsert": first}
    try:
        with pymongo.timeout(COUNT_SECONDS):
            counted = db[AUDIT].with_options(write_concern=WriteConcern(0))
            counted.update_one({"counted": key}, added, upsert=True)
    except PyMongoError as error:
        log.warning("the record could not be written: %s", type(error).__name__)
