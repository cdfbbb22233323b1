"""Who has bid on what, for the features that stand beside bids."""

from collections.abc import Collection, Mapping
from typing import Any

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.bids import bidder_store, hooks
from gigflow.core.db import Db, Document
from gigflow.gigs.models import Job


def has_live_bid(db: Db, gig_id: ObjectId, freelancer_id: ObjectId) -> bool:
    """Return whether a freelancer has a bid on a job that waits for its owner or was hired."""
    return bidder_store.has_live_bid(db, gig_id, freelancer_id)


def bidders_among(db: Db, gig_id: ObjectId, freelancer_ids: Collection[ObjectId]) -> set[ObjectId]:
    """Return those of these freelancers who have bid on a job and have not withdrawn the bid."""
    return bidder_store.find_bidders(db, gig_id, freelancer_ids) if freelancer_ids else set()


def bid_on_among(db: Db, freelancer_id: ObjectId, gig_ids: Collection[ObjectId]) -> set[ObjectId]:
    """Return those of these jobs on which a freelancer has bid and has not withdrawn the bid."""
    return bidder_store.find_bid_on(db, freelancer_id, gig_ids) if gig_ids else set()


def waiting_bids_among(db: Db, freelancer_id: ObjectId, gig_ids: Collection[ObjectId]) -> set[ObjectId]:
    """Return those of these open jobs on which a freelancer has a bid that waits for their owner."""
    return bidder_store.find_bid_on(db, freelancer_id, gig_ids, live=True) if gig_ids else set()


def hired_beside(name: str) -> Document:
    """Return the stage by which another feature's store reads the hired bid of its row's freelancer and job."""
    return bidder_store.hired_beside(name)


def shown_beside(db: Db, reader: Viewer | None, job: Job) -> Mapping[str, Any]:
    """Return what other features show on the page of a job, where the bids are."""
    return {name: shown for each in hooks.beside_bids for name, shown in each(db, reader, job).items()}
