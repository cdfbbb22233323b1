"""Gigs of both kinds in the database: one collection, its indexes, and its words."""

from collections.abc import Collection
from datetime import datetime
from typing import get_args

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema, to_document
from gigflow.core.paging import Page, PageRequest
from gigflow.core.transitions import AS_IT_WAS, Transition
from gigflow.gigs.dictionary import WORD_STATE, WORDS, learn, searchable
from gigflow.gigs.models import (
    Gig,
    Job,
    JobStatus,
    JobTerms,
    Service,
    ServiceStatus,
    ServiceTerms,
    address_of,
)


def _ordered(name: str, field: str, direction: int) -> list[IndexModel]:
    """Return the indexes that have gigs in the order of a field, those with the same value newest first: all of them,
    and those of each category.
    """
    order = [(field, direction), ("_id", DESCENDING)]
    return [
        IndexModel([("status", ASCENDING), *order], name=name),
        IndexModel([("status", ASCENDING), ("category", ASCENDING), *order], name=f"category_{name}"),
    ]


GIGS = Declared(
    "gigs",
    (
        # Each is named by a query (docs/decisions/0035 has what each costs an insert). An owner's own lists, the
        # counting of what is bounded, and the copies of a name.
        IndexModel([("owner_id", ASCENDING), ("_id", DESCENDING)], name="owner"),
        # An owner's jobs or services in one state: a state stands for its kind.
        IndexModel([("owner_id", ASCENDING), ("status", ASCENDING), ("_id", DESCENDING)], name="owner_state"),
        # What lists and searches go by (market/plans.py). A state stands for its kind.
        IndexModel([("status", ASCENDING), ("_id", DESCENDING)], name="newest"),
        # What an admin has to look at, the oldest first.
        IndexModel(
            [("submitted_at", ASCENDING), ("_id", ASCENDING)],
            name="waiting",
            partialFilterExpression={"status": "pending"},
        ),
        # Parts of words and whole skills, and which words nothing has any longer.
        IndexModel([("status", ASCENDING), ("words", ASCENDING), ("_id", DESCENDING)], name="words"),
        # Searches of titles only, and relevance, which asks first for whole words of a title.
        IndexModel([("status", ASCENDING), ("title_words", ASCENDING), ("_id", DESCENDING)], name="titles"),
        # A category's newest, and its filters, without a look at the gigs themselves.
        IndexModel(
            [
                *(("status", ASCENDING), ("category", ASCENDING), ("_id", DESCENDING)),
                *(("price_minor", ASCENDING), ("delivery_days", ASCENDING), ("stars", ASCENDING)),
            ],
            name="category",
        ),
        # Both directions, and ranges of prices.
        *_ordered("price", "price_minor", ASCENDING),
        # Jobs have no rating and come after all services: a list of both kinds is one walk.
        *_ordered("rating", "rank", DESCENDING),
        # "So many stars and more", if few services have them; only services that were reviewed are in it.
        IndexModel(
            [("status", ASCENDING), ("stars", ASCENDING)],
            name="rated",
            # Not $type: the server understands `stars >= n` only as a part of this.
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
COLLECTIONS = (GIGS, WORDS, WORD_STATE)


# Never sent along: they are long, and only an index reads them.
SHOWN = {"words": 0, "title_words": 0}
# What lists read that show no text.
BRIEF = {**SHOWN, "description": 0}


def insert_gig(tx: Tx, gig: Gig) -> None:
    """Store a new gig, with the words by which it is found; they were learnt before (`learn_words`)."""
    tx[GIGS].insert_one({**to_document(gig), **gig_words(gig)})


def learn_words(db: Db, gig: Gig | JobTerms | ServiceTerms) -> None:
    """Make the words of a gig known to every process, before the transaction that stores it: two gigs with one new word
    would conflict inside it.
    """
    learn(db, gig_words(gig)["words"])


def gig_words(gig: Gig | JobTerms | ServiceTerms) -> dict[str, list[str]]:
    """Return the words by which a gig is found."""
    return searchable(gig.title, gig.skills, gig.description)


def gig_of(row: Document) -> Gig:
    """Return a stored gig as what it is, a job or a service."""
    return from_document(row, Service) if row["kind"] == "service" else from_document(row, Job)


def get_gig(db: Db, gig_id: ObjectId) -> Gig | None:
    """Return the gig with this id, or None."""
    found = db[GIGS].find_one({"_id": gig_id}, SHOWN)
    return gig_of(found) if found else None


def gig_beside(field: str, name: str) -> Document:
    """Return the stage of an aggregation that adds the gig whose id is in `field` to each row: a list of one without
    its text, as `name`. It saves a round trip.
    """
    found = {"localField": field, "foreignField": "_id", "pipeline": [{"$project": BRIEF}]}
    return {"$lookup": {"from": GIGS.name, **found, "as": name}}


def find_brief(db: Db, ids: Collection[ObjectId]) -> list[Gig]:
    """Return these gigs without their texts, in no order."""
    return [gig_of(row) for row in db[GIGS].find({"_id": {"$in": list(ids)}}, BRIEF)]


def find_gigs_of(db: Db, owner_id: ObjectId, page: PageRequest, kinds: Collection[str]) -> Page[Gig]:
    """Return the gigs of one owner of these kinds in any state, newest first."""
    query: Document = {"owner_id": owner_id, "kind": {"$in": list(kinds)}}
    if page.before:
        query["_id"] = {"$lt": page.before}
    rows = db[GIGS].find(query, SHOWN).sort("_id", DESCENDING).limit(page.limit + 1)
    return page.cut([gig_of(row) for row in rows], lambda gig: gig.id)


def count_statuses_of(db: Db, owner_id: ObjectId) -> dict[str, int]:
    """Return how many gigs of an owner are in each state; a state stands for its kind."""
    group = {"$group": {"_id": "$status", "count": {"$sum": 1}}}
    rows = db[GIGS].aggregate([{"$match": {"owner_id": owner_id}}, group], hint="owner_state")
    return {row["_id"]: row["count"] for row in rows}


def find_listed(
    db: Db, status: str, start: ObjectId, end: ObjectId | None, most: int
) -> list[tuple[str, datetime]]:
    """Return the addresses of gigs in a state from one id up to another, in the order of their ids, and since when each
    is as it is.
    """
    between = {"$gte": start} | ({"$lt": end} if end else {})
    fields = {"title": 1, "updated_at": 1}
    rows = db[GIGS].find({"status": status, "_id": between}, fields).sort("_id", ASCENDING).limit(most)
    return [(address_of(row["_id"], row["title"]), row["updated_at"]) for row in rows]


def find_listed_after(db: Db, status: str, start: ObjectId, skip: int) -> ObjectId | None:
    """Return the id that comes so many after this one among gigs in a state, by the index alone."""
    query = {"status": status, "_id": {"$gte": start}}
    rows = db[GIGS].find(query, {"_id": 1}, hint="newest").sort("_id", ASCENDING).skip(skip).limit(1)
    return next((row["_id"] for row in rows), None)


def count_of(tx: Tx, owner_id: ObjectId, kind: str, statuses: Collection[str], most: int) -> int:
    """Return how many gigs of a kind an owner has in one of these states, counted up to `most`."""
    query = {"owner_id": owner_id, "kind": kind, "status": {"$in": list(statuses)}}
    return tx[GIGS].count_documents(query, limit=most, hint="owner")


def oldest_title(tx: Tx, owner_id: ObjectId, kind: str, statuses: Collection[str]) -> str:
    """Return what the oldest of these gigs of an owner is called."""
    query = {"owner_id": owner_id, "kind": kind, "status": {"$in": list(statuses)}}
    found = tx[GIGS].find_one(query, {"title": 1}, hint="owner", sort=[("_id", ASCENDING)])
    return found["title"] if found else ""


def change_gig(db: Db, gig: Gig, transition: Transition, changes: Document, now: datetime) -> Document | None:
    """Take a gig that is as it was read through a transition, with these fields changed. Returns its row, or None if it
    has changed since.
    """
    state = {} if transition.target == AS_IT_WAS else {"status": transition.target}
    return db[GIGS].find_one_and_update(
        {"_id": gig.id, "status": transition.source_filter, "version": gig.version},
        {"$set": {**changes, **state, "updated_at": now}, "$inc": {"version": 1}},
        projection=SHOWN,
        return_document=ReturnDocument.AFTER,
    )
