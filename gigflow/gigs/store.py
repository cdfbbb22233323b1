"""Gigs in the database."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, get_args

import msgspec
from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema, to_document, to_stored
from gigflow.core.paging import Page, PageRequest
from gigflow.core.transitions import AS_IT_WAS, Transition
from gigflow.gigs.dictionary import WORD_STATE, WORDS, learn, searchable
from gigflow.gigs.looks import COLLECTIONS as LOOKED_AT
from gigflow.gigs.models import (
    JOB,
    PRIOR_REVIEWS,
    PRIOR_STARS,
    Gig,
    Job,
    JobStatus,
    JobTerms,
    Service,
    ServiceStatus,
    ServiceTerms,
)


def _ordered(name: str, field: str, direction: int) -> list[IndexModel]:
    """The indexes that have gigs in the order of a field, those with the same value newest first: all of them, and
    those of each category.
    """
    order = [(field, direction), ("_id", DESCENDING)]
    return [
        IndexModel([("status", ASCENDING), *order], name=name),
        IndexModel([("status", ASCENDING), ("category", ASCENDING), *order], name=f"category_{name}"),
    ]


GIGS = Declared(
    "gigs",
    (
        # Each is named by a query (docs/decisions/0035 has what each costs an insert).
        # One owner's own lists, the counting of what is bounded, and the copies of a name.
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        # What lists and searches go by (finding.py). A state stands for its kind.
        IndexModel([("status", ASCENDING), ("_id", DESCENDING)], name="newest"),
        # What an admin has to look at, the oldest first.
        IndexModel(
            [("submitted_at", ASCENDING), ("_id", ASCENDING)],
            name="waiting",
            partialFilterExpression={"status": "pending"},
        ),
        # Parts of words and whole skills, and which words nothing has any more.
        IndexModel([("status", ASCENDING), ("words", ASCENDING), ("_id", DESCENDING)], name="words"),
        # Searches of titles only, and relevance, which asks first for whole words of a title.
        IndexModel([("status", ASCENDING), ("title_words", ASCENDING), ("_id", DESCENDING)], name="titles"),
        # A category's newest, and its filters without a look at the gigs themselves.
        IndexModel(
            [
                *(("status", ASCENDING), ("category", ASCENDING), ("_id", DESCENDING)),
                *(("price_minor", ASCENDING), ("delivery_days", ASCENDING), ("stars", ASCENDING)),
            ],
            name="category",
        ),
        # Both directions, and ranges of prices.
        *_ordered("price", "price_minor", ASCENDING),
        # Jobs have no rating and stand behind all services: a list of both kinds is one walk.
        *_ordered("rating", "rank", DESCENDING),
        # "So many stars and more", where few services have them; only services that were reviewed are in it.
        IndexModel(
            [("status", ASCENDING), ("stars", ASCENDING)],
            name="rated",
            # Not $type: of `stars >= n` the server understands only this as a part of it.
            partialFilterExpression={"stars": {"$gte": 0}},
        ),
    ),
    object_schema(
        {
            "kind": {"enum": ["job", "service"]},
            "owner_id": "objectId",
            "owner_name": "string",
            "title": "string",
            "description": "string",
            "price_minor": {"bsonType": ["int", "long"], "minimum": 1},
            "status": {"enum": [*get_args(JobStatus), *get_args(ServiceStatus)]},
            "version": {"bsonType": ["int", "long"]},
            "created_at": "date",
        }
    ),
)
COLLECTIONS = (GIGS, WORDS, WORD_STATE, *LOOKED_AT)

# What the words of a gig come from.
_WORDED = {"title", "skills", "description"}

# Never sent along: they are long, and only an index reads them.
SHOWN = {"words": 0, "title_words": 0}
# What lists read that show no text.
BRIEF = {**SHOWN, "description": 0}
SUGGESTING_MAX = 3_000  # jobs whose skills are looked at for suggestions
SUGGESTING_MILLISECONDS = 500


def insert_gig(tx: Tx, gig: Gig) -> None:
    """Store a new gig, with the words by which it is found; they were learned before (`learn_words`)."""
    tx[GIGS].insert_one({**to_document(gig), **gig_words(gig)})


def learn_words(db: Db, gig: Gig | JobTerms | ServiceTerms) -> None:
    """Make the words of a gig known to every process, before the transaction that stores it: two gigs with one new word
    would conflict inside it.
    """
    learn(db, gig_words(gig)["words"])


def gig_words(gig: Gig | JobTerms | ServiceTerms) -> dict[str, list[str]]:
    """The words by which a gig is found."""
    return searchable(gig.title, gig.skills, gig.description)


def gig_of(row: Document) -> Gig:
    """A stored gig as what it is, a job or a service."""
    return from_document(row, Service) if row["kind"] == "service" else from_document(row, Job)


def get_gig(db: Db, gig_id: ObjectId) -> Gig | None:
    """The gig with this id, or None."""
    found = db[GIGS].find_one({"_id": gig_id}, SHOWN)
    return gig_of(found) if found else None


def find_jobs(db: Db, ids: Iterable[ObjectId]) -> dict[ObjectId, Job]:
    """These jobs without their texts, by id."""
    return {
        row["_id"]: from_document(row, Job) for row in db[GIGS].find({"_id": {"$in": list(set(ids))}}, BRIEF)
    }


def find_gigs_of(db: Db, owner_id: ObjectId, page: PageRequest, kinds: Collection[str]) -> Page[Gig]:
    """The gigs of one owner of these kinds in any state, newest first."""
    query: Document = {"owner_id": owner_id, "kind": {"$in": list(kinds)}}
    if page.before:
        query["_id"] = {"$lt": page.before}
    rows = db[GIGS].find(query, SHOWN).sort("_id", DESCENDING).limit(page.limit + 1)
    return page.cut([gig_of(row) for row in rows], lambda gig: gig.id)


def find_jobs_of(db: Db, owner_id: ObjectId, page: PageRequest) -> Page[Job]:
    """The jobs of one owner in any state, without their texts, newest first."""
    query: Document = {"owner_id": owner_id, "kind": "job"}
    if page.before:
        query["_id"] = {"$lt": page.before}
    rows = db[GIGS].find(query, BRIEF, hint="owner").sort("_id", DESCENDING).limit(page.limit + 1)
    return page.cut([from_document(row, Job) for row in rows], lambda job: job.id)


def find_services_of(
    db: Db, owner_id: ObjectId, statuses: Collection[str], page: PageRequest
) -> Page[Service]:
    """The services of one owner in one of these states, without their texts, newest first."""
    query: Document = {"owner_id": owner_id, "kind": "service", "status": {"$in": list(statuses)}}
    if page.before:
        query["_id"] = {"$lt": page.before}
    # Not by the index of a state, which has those of all owners.
    rows = db[GIGS].find(query, BRIEF, hint="owner").sort("_id", DESCENDING).limit(page.limit + 1)
    return page.cut([from_document(row, Service) for row in rows], lambda service: service.id)


def find_undecided_jobs(db: Db, owner_id: ObjectId, limit: int) -> list[Job]:
    """An owner's open jobs that have bids to choose from, without their texts, newest first."""
    query = {"owner_id": owner_id, "status": "open", "bid_count": {"$gt": 0}}
    rows = db[GIGS].find(query, BRIEF).sort("_id", DESCENDING).limit(limit)
    return [from_document(row, Job) for row in rows]


def find_open_jobs_of(db: Db, owner_id: ObjectId, limit: int) -> list[Job]:
    """An owner's open jobs, newest first, up to `limit`."""
    query = {"owner_id": owner_id, "kind": "job", "status": "open"}
    rows = db[GIGS].find(query, SHOWN).sort("_id", DESCENDING).limit(limit)
    return [from_document(row, Job) for row in rows]


def find_open_job_ids(tx: Tx, owner_id: ObjectId, limit: int) -> list[ObjectId]:
    """The ids of an owner's open jobs, at most `limit`."""
    query = {"owner_id": owner_id, "kind": "job", "status": "open"}
    return [row["_id"] for row in tx[GIGS].find(query, {"_id": 1}).limit(limit)]


def count_gigs_of(db: Db, owner_id: ObjectId, statuses: tuple[str, ...]) -> int:
    """How many gigs of an owner are in one of these states."""
    return db[GIGS].count_documents({"owner_id": owner_id, "status": {"$in": list(statuses)}})


def count_of(tx: Tx, owner_id: ObjectId, kind: str, statuses: Collection[str], most: int) -> int:
    """How many gigs of a kind an owner has in one of these states, counted up to `most`."""
    query = {"owner_id": owner_id, "kind": kind, "status": {"$in": list(statuses)}}
    return tx[GIGS].count_documents(query, limit=most, hint="owner")


def oldest_title(tx: Tx, owner_id: ObjectId, kind: str, statuses: Collection[str]) -> str:
    """What the oldest of these gigs of an owner is called."""
    query = {"owner_id": owner_id, "kind": kind, "status": {"$in": list(statuses)}}
    found = tx[GIGS].find_one(query, {"title": 1}, hint="owner", sort=[("_id", ASCENDING)])
    return found["title"] if found else ""


def find_skills(db: Db) -> list[str]:
    """The skills of the newest open jobs, with repetitions."""
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
    """Set fields of a job that is as it was read, in the transition's state; None where it is not."""
    found = _change(
        tx, job, transition, {**changes, **gig_words(msgspec.structs.replace(job, **changes))}, now
    )
    return from_document(found, Job) if found else None


def change_service(
    db: Db,
    service: Service,
    transition: Transition,
    changes: dict[str, Any],
    now: datetime,
) -> Service | None:
    """Take a service that is as it was read through a transition, with these fields changed; None where it is not."""
    words = gig_words(msgspec.structs.replace(service, **changes)) if changes.keys() & _WORDED else {}
    terms = {} if service.has_terms(changes) else {"terms_version": service.version + 1}
    sent = {"submitted_at": now, "is_taken_down": False} if transition.target == "pending" else {}
    found = _change(db, service, transition, {**to_stored(changes), **words, **terms, **sent}, now)
    return from_document(found, Service) if found else None


def touch_service(tx: Tx, service_id: ObjectId, owner_id: ObjectId) -> Service | None:
    """A service of this owner that is not archived: written first, so that two changes come one after the other."""
    condition = {"_id": service_id, "owner_id": owner_id, "kind": "service", "status": {"$ne": "archived"}}
    found = tx[GIGS].find_one_and_update(condition, {"$inc": {"image_changes": 1}}, SHOWN)
    return from_document(found, Service) if found else None


def count_question(tx: Tx, service_id: ObjectId) -> None:
    """Write into a service that something was asked about it, answered or taken away."""
    tx[GIGS].update_one({"_id": service_id}, {"$inc": {"activity": 1}})


def close_gig(tx: Tx, gig_id: ObjectId, now: datetime) -> Job | None:
    """Take an open job off the market; None where it is not open."""
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
    """Give an owner's open job to one bid; None where it is not so. The guard of hiring: first in its transaction."""
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
    """Take a job to where its order leaves it; None where it is not assigned by that order."""
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
    """One bid less, of whoever called their own hire off."""
    tx[GIGS].update_one({"_id": gig_id}, {"$inc": {"bid_count": -1, "bid_activity": 1}})


def count_order(tx: Tx, service_id: ObjectId) -> Service | None:
    """Count one order more of a live service; None where it is not live. It conflicts with every edit of it."""
    found = tx[GIGS].find_one_and_update(
        {"_id": service_id, "kind": "service", "status": "live"},
        {"$inc": {"order_count": 1, "activity": 1}},
        projection=SHOWN,
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Service) if found else None


def count_review(tx: Tx, service_id: ObjectId, stars: int) -> None:
    """Let one more review of a service count, in its average and in its rank; a job has neither."""
    count, total = "$rating.count", "$rating.sum"
    tx[GIGS].update_one(
        {"_id": service_id, "kind": "service"},
        [
            {"$set": {"rating": {"count": {"$add": [count, 1]}, "sum": {"$add": [total, stars]}}}},
            {
                "$set": {
                    "stars": {"$divide": [total, count]},
                    "rank": {
                        "$divide": [
                            {"$add": [total, PRIOR_STARS * PRIOR_REVIEWS]},
                            {"$add": [count, PRIOR_REVIEWS]},
                        ]
                    },
                }
            },
        ],
    )


def uncount_order(tx: Tx, service_id: ObjectId) -> None:
    """Count one order less of a service, whatever state it is in."""
    tx[GIGS].update_one({"_id": service_id}, {"$inc": {"order_count": -1, "activity": 1}})


def count_bid(tx: Tx, gig_id: ObjectId, step: int) -> Job | None:
    """Add `step` (0 for a bid that only changes) to the bids of an open job; None where it is not open.

    It always changes something (`bid_activity`), because an update that changes nothing does not conflict with a
    hire that runs at the same time (docs/security.md, Known facts).
    """
    found = tx[GIGS].find_one_and_update(
        {"_id": gig_id, "kind": "job", "status": "open"},
        {"$inc": {"bid_count": step, "bid_activity": 1}},
        projection=SHOWN,
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Job) if found else None


def _change(db: Db, gig: Gig, transition: Transition, changes: Document, now: datetime) -> Document | None:
    state = {} if transition.target == AS_IT_WAS else {"status": transition.target}
    return db[GIGS].find_one_and_update(
        {"_id": gig.id, "status": transition.source_filter, "version": gig.version},
        {"$set": {**changes, **state, "updated_at": now}, "$inc": {"version": 1}},
        projection=SHOWN,
        return_document=ReturnDocument.AFTER,
    )
