"""Jobs in the database, in the collection of all gigs."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId
from pymongo import DESCENDING, ReturnDocument

from gigflow.core.db import Db, Tx, from_document
from gigflow.core.paging import Page, PageRequest, newest
from gigflow.core.transitions import Transition
from gigflow.gigs.models import (
    JOB,
    Job,
)
from gigflow.gigs.store import BRIEF, GIGS, SHOWN, change_gig, gig_words
from gigflow.jobs.counts import COUNTS

COLLECTIONS = (COUNTS,)

SUGGESTING_MAX = 3_000  # jobs whose skills are looked at for suggestions
SUGGESTING_MILLISECONDS = 500


def find_jobs(db: Db, ids: Iterable[ObjectId]) -> dict[ObjectId, Job]:
    """Return these jobs without their texts, by id."""
    return {
        row["_id"]: from_document(row, Job) for row in db[GIGS].find({"_id": {"$in": list(set(ids))}}, BRIEF)
    }


def find_jobs_of(db: Db, owner_id: ObjectId, page: PageRequest, statuses: Collection[str]) -> Page[Job]:
    """Return the jobs of one owner in these states, without their texts, newest first."""
    query = {"owner_id": owner_id, "status": {"$in": list(statuses)}, "kind": "job"}
    return newest(db[GIGS], query, page, Job, projection=BRIEF, hint="owner_state")


def find_open_jobs_of(db: Db, owner_id: ObjectId, limit: int) -> list[Job]:
    """Return an owner's open jobs, newest first, up to `limit`."""
    query = {"owner_id": owner_id, "kind": "job", "status": "open"}
    rows = db[GIGS].find(query, SHOWN).sort("_id", DESCENDING).limit(limit)
    return [from_document(row, Job) for row in rows]


def find_newest_in(db: Db, category: str, limit: int) -> list[Job]:
    """Return the newest open jobs of a category, without their texts."""
    query = {"status": "open", "category": category}
    rows = db[GIGS].find(query, BRIEF, hint="category").sort("_id", DESCENDING).limit(limit)
    return [from_document(row, Job) for row in rows]


def find_open_job_ids(db: Db, owner_id: ObjectId, limit: int) -> list[ObjectId]:
    """Return the ids of an owner's open jobs, at most `limit`."""
    query = {"owner_id": owner_id, "kind": "job", "status": "open"}
    return [row["_id"] for row in db[GIGS].find(query, {"_id": 1}).limit(limit)]


def find_skills(db: Db) -> list[str]:
    """Return the skills of the newest open jobs, with repetitions."""
    rows = (
        db[GIGS]
        .find({"kind": "job", "status": "open"}, {"skills": 1}, max_time_ms=SUGGESTING_MILLISECONDS)
        .sort("_id", DESCENDING)
        .limit(SUGGESTING_MAX)
    )
    return [skill for row in rows for skill in row.get("skills", ())]


def change_job(
    tx: Tx, job: Job, transition: Transition, changes: dict[str, Any], now: datetime
) -> Job | None:
    """Set fields of a job that is as it was read, in the transition's state; returns None if it is not."""
    found = change_gig(
        tx, job, transition, {**changes, **gig_words(msgspec.structs.replace(job, **changes))}, now
    )
    return from_document(found, Job) if found else None


def close_gig(tx: Tx, gig_id: ObjectId, now: datetime) -> Job | None:
    """Take an open job off the market; returns None if it is not open."""
    close = JOB["close"]
    found = tx[GIGS].find_one_and_update(
        {"_id": gig_id, "status": close.source_filter},
        {"$set": {"status": close.target, "updated_at": now}, "$inc": {"version": 1}},
        projection=SHOWN,
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Job) if found else None


def assign_gig(
    tx: Tx,
    gig_id: ObjectId,
    owner_id: ObjectId,
    bid_id: ObjectId,
    order_id: ObjectId,
    hire_key: str | None,
    now: datetime,
) -> Job | None:
    """Give an owner's open job to one bid; returns None if it is not open. The guard of hiring: first in its
    transaction.
    """
    hire = JOB["hire"]
    found = tx[GIGS].find_one_and_update(
        {"_id": gig_id, "owner_id": owner_id, "status": hire.source_filter},
        {
            "$set": {
                "status": hire.target,
                "hired_bid_id": bid_id,
                "order_id": order_id,
                "hire_key": hire_key,
                "updated_at": now,
            },
            "$inc": {"version": 1},
        },
        projection=SHOWN,
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Job) if found else None


def end_assignment(
    tx: Tx, gig_id: ObjectId, order_id: ObjectId, transition: Transition, now: datetime
) -> Job | None:
    """Take a job to where its order leaves it; returns None if it is not assigned by that order."""
    reopening = (
        {"hired_bid_id": None, "order_id": None, "hire_key": None} if transition.target == "open" else {}
    )
    found = tx[GIGS].find_one_and_update(
        {"_id": gig_id, "order_id": order_id, "status": transition.source_filter},
        {"$set": {**reopening, "status": transition.target, "updated_at": now}, "$inc": {"version": 1}},
        projection=SHOWN,
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Job) if found else None


def drop_bid(tx: Tx, gig_id: ObjectId) -> None:
    """Count one bid fewer, that of a freelancer who called their own hire off."""
    tx[GIGS].update_one({"_id": gig_id}, {"$inc": {"bid_count": -1, "bid_activity": 1}})


def count_bid(tx: Tx, gig_id: ObjectId, step: int) -> Job | None:
    """Add `step` (0 for a bid that only changes) to the bids of an open job; returns None if it is not open.

    It always changes something (`bid_activity`), because an update that changes nothing does not conflict with a hire
    that runs at the same time (docs/security.md, Known facts).
    """
    found = tx[GIGS].find_one_and_update(
        {"_id": gig_id, "kind": "job", "status": "open"},
        {"$inc": {"bid_count": step, "bid_activity": 1}},
        projection=SHOWN,
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Job) if found else None
