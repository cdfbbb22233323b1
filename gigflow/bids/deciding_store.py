"""Bids that the owner of their job declines and reconsiders, in the database."""

from datetime import datetime

from bson import ObjectId
from pymongo import ReturnDocument

from gigflow.bids.models import BID, Bid, Earlier
from gigflow.bids.store import BIDS
from gigflow.core.db import Tx, from_document, to_document
from gigflow.gigs.models import Job


def decline(tx: Tx, bid_id: ObjectId, gig: Job, reason: str, told: ObjectId, now: datetime) -> Bid | None:
    """Reject a pending bid because the owner of its job declines it; returns None if it is not pending. What is binding
    in the job is kept with a bid that is for it as it is, in case that changes until the bid is reconsidered.
    """
    step = BID["decline"]
    as_it_is = {"$eq": ["$for_terms", gig.terms_version]}
    kept = {"$cond": [as_it_is, {"$literal": to_document(Earlier.of(gig))}, "$earlier"]}
    declined = {
        "status": step.target,
        "rejected_by": gig.owner_id,
        "declined_at": now,
        "reason": {"$literal": reason},
        "decisions": {"$concatArrays": [{"$ifNull": ["$decisions", []]}, [told]]},
        "earlier": kept,
        "unread_by": None,
        "updated_at": now,
    }
    found = tx[BIDS].find_one_and_update(
        {"_id": bid_id, "status": step.source_filter},
        [{"$set": declined}],
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Bid) if found else None


def reconsider(tx: Tx, bid_id: ObjectId, told: ObjectId, now: datetime) -> Bid | None:
    """Make a declined bid pending again; returns None if it is not declined, is so for good, or was reconsidered too
    often.
    """
    step = BID["reconsider"]
    assert step.at_most is not None
    declined = {"_id": bid_id, "status": step.source_filter, "declined_at": {"$ne": None}}
    possible = {"for_good": {"$ne": True}, f"decisions.{2 * step.at_most - 1}": {"$exists": False}}
    again = {"status": step.target, "rejected_by": None, "declined_at": None, "reason": "", "updated_at": now}
    found = tx[BIDS].find_one_and_update(
        {**declined, **possible},
        {"$set": again, "$push": {"decisions": told}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Bid) if found else None


def has_other_live_bid(tx: Tx, bid: Bid) -> bool:
    """Return whether the freelancer of a bid has another one on its job that is pending or hired."""
    live = {"gig_id": bid.gig_id, "freelancer_id": bid.freelancer_id, "status": {"$in": ["pending", "hired"]}}
    return tx[BIDS].find_one({**live, "_id": {"$ne": bid.id}}, {"_id": 1}) is not None


def ask_to_confirm(tx: Tx, bid_id: ObjectId, told: ObjectId) -> None:
    """Note in a bid that is reconsidered by what its freelancer was told that the job has other terms now."""
    tx[BIDS].update_one({"_id": bid_id}, {"$set": {"change_told": told}})


def forget_reasons_of(tx: Tx, owner_id: ObjectId, limit: int) -> int:
    """Remove what the owner of jobs wrote to freelancers whose bids they declined, at most `limit`; returns how many
    there were.
    """
    written = {"rejected_by": owner_id, "reason": {"$gt": ""}}
    ids = [row["_id"] for row in tx[BIDS].find(written, {"_id": 1}, hint="reasons").limit(limit)]
    tx[BIDS].update_many({"_id": {"$in": ids}}, {"$set": {"reason": ""}})
    return len(ids)
