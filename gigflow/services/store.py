"""Services in the database, in the collection of all gigs."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId
from pymongo import ReturnDocument

from gigflow.core.db import Db, Declared, Document, Tx, from_document, to_stored
from gigflow.core.paging import Page, PageRequest, newest
from gigflow.core.steps import Progress
from gigflow.core.transitions import Transition
from gigflow.gigs.models import (
    LISTED,
    UNFINISHED,
    Service,
)
from gigflow.gigs.store import BRIEF, GIGS, SHOWN, change_gig, gig_words
from gigflow.services.looks import LOOKS, VIEWS
from gigflow.turn.models import READ_MAX

COLLECTIONS = (VIEWS, LOOKS)

# What the words of a gig come from.
_WORDED = {"title", "skills", "description"}


def find_services_of(
    db: Db, owner_id: ObjectId, statuses: Collection[str], page: PageRequest
) -> Page[Service]:
    """Return the services of one owner in one of these states, without their texts, newest first."""
    query = {"owner_id": owner_id, "kind": "service", "status": {"$in": list(statuses)}}
    return newest(db[GIGS], query, page, Service, projection=BRIEF, hint="owner_state")


def unfinished_of(owner_id: ObjectId) -> tuple[Declared, list[Document]]:
    """Return where and how to read the services that wait for their owner to finish them, the newest first."""
    match = {"owner_id": owner_id, "status": {"$in": list(UNFINISHED)}}
    return GIGS, [{"$match": match}, {"$limit": READ_MAX}, {"$project": BRIEF}]


def change_service(
    db: Db,
    service: Service,
    transition: Transition,
    changes: dict[str, Any],
    now: datetime,
) -> Service | None:
    """Take a service that is as it was read through a transition, with these fields changed; returns None if it is
    not.
    """
    words = gig_words(msgspec.structs.replace(service, **changes)) if changes.keys() & _WORDED else {}
    terms = {} if service.has_terms(changes) else {"terms_version": service.version + 1}
    sent = {"submitted_at": now, "is_taken_down": False} if transition.target == "pending" else {}
    found = change_gig(db, service, transition, {**to_stored(changes), **words, **terms, **sent}, now)
    return from_document(found, Service) if found else None


def find_live_prices(db: Db, owner_id: ObjectId) -> list[tuple[str, int]]:
    """Return the category and the price of each live service of an owner."""
    live = {"owner_id": owner_id, "status": LISTED["service"]}
    rows = db[GIGS].find(live, {"category": 1, "price_minor": 1}, hint="owner_state")
    return [(row["category"], row["price_minor"]) for row in rows]


def find_live_of_each(
    db: Db, owner_ids: Sequence[ObjectId], most: int
) -> dict[ObjectId, tuple[int, list[Service]]]:
    """Return how many live services each of these owners has, and the newest of them, at most so many, without their
    texts; those who have none are left out.
    """
    live = {"owner_id": {"$in": list(owner_ids)}, "kind": "service", "status": LISTED["service"]}
    of_owner = {
        "_id": "$owner_id",
        "count": {"$sum": 1},
        "newest": {"$firstN": {"input": "$$ROOT", "n": most}},
    }
    stages: list[Document] = [
        {"$match": live},
        {"$sort": {"_id": -1}},
        {"$project": BRIEF},
        {"$group": of_owner},
    ]
    return {
        row["_id"]: (row["count"], [from_document(each, Service) for each in row["newest"]])
        for row in db[GIGS].aggregate(stages, hint="owner_state")
    }


def touch_service(tx: Tx, service_id: ObjectId, owner_id: ObjectId) -> Service | None:
    """Return a service of this owner that is not archived: written first, so that two changes come one after the
    other.
    """
    condition = {"_id": service_id, "owner_id": owner_id, "kind": "service", "status": {"$ne": "archived"}}
    found = tx[GIGS].find_one_and_update(condition, {"$inc": {"image_changes": 1}}, SHOWN)
    return from_document(found, Service) if found else None


def count_question(tx: Tx, service_id: ObjectId) -> None:
    """Write into a service that something was asked about it, answered or taken away."""
    tx[GIGS].update_one({"_id": service_id}, {"$inc": {"activity": 1}})


def count_order(tx: Tx, service_id: ObjectId) -> Service | None:
    """Count one more order of a live service; returns None if it is not live. It conflicts with every edit of it."""
    found = tx[GIGS].find_one_and_update(
        {"_id": service_id, "kind": "service", "status": "live"},
        {"$inc": {"order_count": 1, "activity": 1}},
        projection=SHOWN,
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Service) if found else None


def count_review(tx: Tx, service_id: ObjectId, stars: int, rank: float) -> None:
    """Count one more review of a service in its average, and give it the `rank` that it has now; a job has neither."""
    count, total = "$rating.count", "$rating.sum"
    tx[GIGS].update_one(
        {"_id": service_id, "kind": "service"},
        [
            {"$set": {"rating": {"count": {"$add": [count, 1]}, "sum": {"$add": [total, stars]}}}},
            {
                "$set": {
                    "stars": {"$divide": [total, count]},
                    "rank": rank,
                }
            },
        ],
    )


def rank_again(db: Db, progress: Progress, rank: Callable[[ObjectId], float]) -> None:
    """Rank services that were reviewed more than once by what each client gave, once each."""

    def change(row: Document) -> int:
        seen = {"_id": row["_id"], "rating": row["rating"]}  # a review of this moment ranks it itself
        return db[GIGS].update_one(seen, {"$set": {"rank": rank(row["_id"])}}).modified_count

    progress.change_each(GIGS, {"kind": "service", "rating.count": {"$gt": 1}}, change)


def uncount_order(tx: Tx, service_id: ObjectId) -> None:
    """Count one order fewer of a service, whatever state it is in."""
    tx[GIGS].update_one({"_id": service_id}, {"$inc": {"order_count": -1, "activity": 1}})
