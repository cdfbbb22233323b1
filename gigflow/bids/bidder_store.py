"""Who has bid on what, in the database, as other features ask it."""

from collections.abc import Collection

from bson import ObjectId

from gigflow.bids.store import BIDS
from gigflow.core.db import Db, Document

_LIVE = {"$in": ["pending", "hired"]}
_STANDS = {"$ne": "withdrawn"}


def has_live_bid(db: Db, gig_id: ObjectId, freelancer_id: ObjectId) -> bool:
    """Return whether a freelancer has a pending or a hired bid on a gig."""
    live = {"gig_id": gig_id, "freelancer_id": freelancer_id, "status": _LIVE}
    return db[BIDS].find_one(live, {"_id": 1}) is not None


def find_bidders(db: Db, gig_id: ObjectId, freelancer_ids: Collection[ObjectId]) -> set[ObjectId]:
    """Return those of these freelancers whose bid on a gig is not withdrawn."""
    placed = {"gig_id": gig_id, "freelancer_id": {"$in": list(freelancer_ids)}, "status": _STANDS}
    return {row["freelancer_id"] for row in db[BIDS].find(placed, {"freelancer_id": 1, "_id": 0})}


def find_bid_on(
    db: Db, freelancer_id: ObjectId, gig_ids: Collection[ObjectId], *, live: bool = False
) -> set[ObjectId]:
    """Return those of these gigs on which a freelancer has a bid that is not withdrawn, or (`live`) that is pending or
    hired.
    """
    states = _LIVE if live else _STANDS
    placed = {"gig_id": {"$in": list(gig_ids)}, "freelancer_id": freelancer_id, "status": states}
    return {row["gig_id"] for row in db[BIDS].find(placed, {"gig_id": 1, "_id": 0})}


def hired_beside(name: str) -> Document:
    """Return the stage of an aggregation that adds the hired bid of a row's `freelancer_id` on its `gig_id`: a list of
    one or none, as `name`.
    """
    same_person = {"$eq": ["$freelancer_id", "$$whose"]}
    found = [{"$match": {"status": "hired", "$expr": same_person}}, {"$project": {"_id": 1}}]
    return {
        "$lookup": {
            "from": BIDS.name,
            "localField": "gig_id",
            "foreignField": "gig_id",
            "let": {"whose": "$freelancer_id"},
            "pipeline": found,
            "as": name,
        }
    }
