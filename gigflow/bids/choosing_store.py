"""What the owner of a job notes on its bids to choose among them, in the database."""

from collections.abc import Collection
from datetime import datetime

from bson import ObjectId
from pymongo import ReturnDocument

from gigflow.bids.models import Bid
from gigflow.bids.store import BIDS, get_bid
from gigflow.core.db import Db, Tx, from_document

_NO_STAR = {"starred_at": None, "starred_by": None}


def find_bids_among(db: Db, gig_id: ObjectId, ids: Collection[ObjectId]) -> dict[ObjectId, Bid]:
    """Return those of these bids that are on a gig, by id."""
    rows = db[BIDS].find({"_id": {"$in": list(ids)}, "gig_id": gig_id})
    return {row["_id"]: from_document(row, Bid) for row in rows}


def star(db: Db, bid_id: ObjectId, owner_id: ObjectId, now: datetime) -> Bid | None:
    """Star a bid for the owner of its job, and return it, or None if there is none. One that is starred stays as it is,
    and nothing else of it changes.
    """
    plain = {"_id": bid_id, "starred_by": None}
    starred = {"starred_at": now, "starred_by": owner_id}
    found = db[BIDS].find_one_and_update(plain, {"$set": starred}, return_document=ReturnDocument.AFTER)
    return from_document(found, Bid) if found else get_bid(db, bid_id)


def unstar(db: Db, bid_id: ObjectId) -> Bid | None:
    """Take the star off a bid, and return it, or None if there is none. Nothing else of it changes."""
    found = db[BIDS].find_one_and_update(
        {"_id": bid_id}, {"$set": _NO_STAR}, return_document=ReturnDocument.AFTER
    )
    return from_document(found, Bid) if found else None


def forget_stars_of(tx: Tx, owner_id: ObjectId, limit: int) -> int:
    """Take the stars of a jobs' owner off their bids, at most `limit`; returns how many there were."""
    starred = {"starred_by": {"$type": "objectId", "$eq": owner_id}}
    ids = [row["_id"] for row in tx[BIDS].find(starred, {"_id": 1}, hint="starred").limit(limit)]
    tx[BIDS].update_many({"_id": {"$in": ids}}, {"$set": _NO_STAR})
    return len(ids)
