"""Gigs in the database."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema, to_document
from gigflow.core.paging import Page, PageRequest
from gigflow.core.transitions import Transition
from gigflow.gigs.models import JOB, Gig

GIGS = Declared(
    "gigs",
    (
        IndexModel([("kind", ASCENDING), ("status", ASCENDING), ("_id", DESCENDING)], name="listed"),
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
    ),
    object_schema(
        {
            "kind": {"enum": ["job"]},
            "owner_id": "objectId",
            "owner_name": "string",
            "title": "string",
            "description": "string",
            "price_minor": {"bsonType": ["int", "long"], "minimum": 1},
            "status": {"enum": ["open", "assigned", "closed", "completed", "cancelled"]},
            "version": {"bsonType": ["int", "long"]},
            "bid_count": {"bsonType": ["int", "long"], "minimum": 0},
            "created_at": "date",
        }
    ),
)
COLLECTIONS = (GIGS,)

# Long enough for any honest query, short enough that a hostile one is cut off.
SEARCH_MILLISECONDS = 2_000
SUGGESTING_MAX = 3_000  # jobs whose skills are looked at for suggestions
SUGGESTING_MILLISECONDS = 500


def insert_gig(tx: Tx, db: Db, gig: Gig) -> None:
    """Store a new gig."""
    db[GIGS].insert_one(to_document(gig), session=tx)


def get_gig(db: Db, gig_id: ObjectId, tx: Tx | None = None) -> Gig | None:
    """The gig with this id, or None."""
    found = db[GIGS].find_one({"_id": gig_id}, session=tx)
    return from_document(found, Gig) if found else None


def find_gigs(db: Db, ids: Iterable[ObjectId]) -> dict[ObjectId, Gig]:
    """These gigs, by id."""
    return {row["_id"]: from_document(row, Gig) for row in db[GIGS].find({"_id": {"$in": list(set(ids))}})}


def find_open_jobs(db: Db, search: str, page: PageRequest) -> Page[Gig]:
    """Open jobs, newest first; with `search` those whose title contains each of its words, as part of a word too.

    The searched text is escaped: it is never a pattern (SECURITY 17). NUL is in no title, and BSON refuses it.
    """
    query: Document = {"kind": "job", "status": "open"}
    if page.before:
        query["_id"] = {"$lt": page.before}
    if words := search.replace("\0", " ").split():
        query["$and"] = [{"title": {"$regex": re.escape(word), "$options": "i"}} for word in words]
    return _page(db, query, page)


def find_gigs_of(db: Db, owner_id: ObjectId, page: PageRequest) -> Page[Gig]:
    """The gigs of one owner in any state, newest first."""
    query: Document = {"owner_id": owner_id}
    if page.before:
        query["_id"] = {"$lt": page.before}
    return _page(db, query, page)


def find_undecided_jobs(db: Db, owner_id: ObjectId, limit: int) -> list[Gig]:
    """An owner's open jobs that have bids to choose from, newest first."""
    query = {"owner_id": owner_id, "status": "open", "bid_count": {"$gt": 0}}
    rows = db[GIGS].find(query).sort("_id", DESCENDING).limit(limit)
    return [from_document(row, Gig) for row in rows]


def find_open_jobs_of(db: Db, owner_id: ObjectId, limit: int | None, tx: Tx | None = None) -> list[Gig]:
    """An owner's open jobs, newest first, all of them (None) or up to `limit`."""
    query = {"owner_id": owner_id, "kind": "job", "status": "open"}
    rows = db[GIGS].find(query, session=tx).sort("_id", DESCENDING).limit(limit or 0)
    return [from_document(row, Gig) for row in rows]


def count_gigs_of(db: Db, owner_id: ObjectId, statuses: tuple[str, ...], tx: Tx | None = None) -> int:
    """How many gigs of an owner are in one of these states."""
    return db[GIGS].count_documents({"owner_id": owner_id, "status": {"$in": list(statuses)}}, session=tx)


def count_gigs(db: Db, ids: Iterable[ObjectId], statuses: tuple[str, ...], tx: Tx | None = None) -> int:
    """How many of these gigs are in one of these states."""
    query = {"_id": {"$in": list(ids)}, "status": {"$in": list(statuses)}}
    return db[GIGS].count_documents(query, session=tx)


def rename_owner(tx: Tx, db: Db, owner_id: ObjectId, name: str) -> None:
    """Write an owner's new name into all their gigs."""
    db[GIGS].update_many({"owner_id": owner_id}, {"$set": {"owner_name": name}}, session=tx)


def find_skills(db: Db) -> list[str]:
    """The skills of the newest open jobs, with repetitions."""
    rows = (
        db[GIGS]
        .find({"kind": "job", "status": "open"}, {"skills": 1}, max_time_ms=SUGGESTING_MILLISECONDS)
        .sort("_id", DESCENDING)
        .limit(SUGGESTING_MAX)
    )
    return [skill for row in rows for skill in row.get("skills", ())]


def change_gig(
    db: Db,
    gig_id: ObjectId,
    transition: Transition,
    changes: dict[str, Any],
    *,
    version: int | None,
    now: datetime,
) -> Gig | None:
    """Set fields of a gig in the transition's state (and, where said, of this version); None where it is not."""
    condition: Document = {"_id": gig_id, "status": transition.source_filter}
    if version is not None:
        condition["version"] = version
    found = db[GIGS].find_one_and_update(
        condition,
        {"$set": {**changes, "status": transition.target, "updated_at": now}, "$inc": {"version": 1}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Gig) if found else None


def close_gig(tx: Tx, db: Db, gig_id: ObjectId, now: datetime) -> Gig | None:
    """Take an open job off the market; None where it is not open."""
    close = JOB["close"]
    found = db[GIGS].find_one_and_update(
        {"_id": gig_id, "status": close.source_filter},
        {"$set": {"status": close.target, "updated_at": now}, "$inc": {"version": 1}},
        return_document=ReturnDocument.AFTER,
        session=tx,
    )
    return from_document(found, Gig) if found else None


def assign_gig(
    tx: Tx,
    db: Db,
    gig_id: ObjectId,
    owner_id: ObjectId,
    bid_id: ObjectId,
    hire_id: ObjectId,
    hire_key: str | None,
    now: datetime,
) -> Gig | None:
    """Give an owner's open job to one bid; None where it is not so. The guard of hiring: first in its transaction."""
    hire = JOB["hire"]
    found = db[GIGS].find_one_and_update(
        {"_id": gig_id, "owner_id": owner_id, "status": hire.source_filter},
        {
            "$set": {
                "status": hire.target,
                "hired_bid_id": bid_id,
                "hire_id": hire_id,
                "hire_key": hire_key,
                "updated_at": now,
            },
            "$inc": {"version": 1},
        },
        return_document=ReturnDocument.AFTER,
        session=tx,
    )
    return from_document(found, Gig) if found else None


def count_bid(tx: Tx, db: Db, gig_id: ObjectId, step: int) -> Gig | None:
    """Add `step` (0 for a bid that only changes) to the bids of an open job; None where it is not open.

    It always changes something (`bid_activity`), because an update that changes nothing does not conflict with a
    hire that runs at the same time (SECURITY.md, known facts).
    """
    found = db[GIGS].find_one_and_update(
        {"_id": gig_id, "kind": "job", "status": "open"},
        {"$inc": {"bid_count": step, "bid_activity": 1}},
        return_document=ReturnDocument.AFTER,
        session=tx,
    )
    return from_document(found, Gig) if found else None


def _page(db: Db, query: Document, page: PageRequest) -> Page[Gig]:
    rows = db[GIGS].find(query, max_time_ms=SEARCH_MILLISECONDS).sort("_id", DESCENDING).limit(page.limit + 1)
    return page.cut([from_document(row, Gig) for row in rows], lambda gig: gig.id)
