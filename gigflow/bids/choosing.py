"""How the owner of a job chooses among its bids: the order in which they stand, and stars that nobody else sees."""

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User, Viewer
from gigflow.accounts.parts import Done
from gigflow.bids import actions, choosing_store
from gigflow.bids.ending import present
from gigflow.bids.models import LIST_MAX, Bid, BidOrder, value_in
from gigflow.core.db import Db, Tx
from gigflow.core.paging import Page, PageRequest
from gigflow.gigs.models import Job
from gigflow.jobs import actions as jobs


def bids_in_order(db: Db, viewer: Viewer, gig_id: ObjectId, page: PageRequest, order: BidOrder) -> Page[Bid]:
    """Return the bids on a job in an order, for its owner only. Any order but the newest first is one of the newest
    `LIST_MAX`. Raises NotFound, Forbidden.
    """
    if order == "newest":
        return actions.bids_on(db, viewer, gig_id, page)
    gig = jobs.own_job(db, viewer, gig_id)
    bids = actions.bids_on(db, viewer, gig_id, PageRequest(LIST_MAX)).rows
    values = _values(db, gig, bids, order)
    ordered = sorted(bids, key=lambda bid: values[bid.id])  # stable, so the newest first among the same
    if page.before and page.value is not None:
        last = (page.value, page.before)
        ordered = [bid for bid in ordered if _comes_after(last, values[bid.id], bid.id)]
    return page.cut(ordered, lambda bid: bid.id, order, lambda bid: values[bid.id])


def bids_to_compare(db: Db, gig: Job, ids: Sequence[ObjectId]) -> list[Bid]:
    """Return those of these bids that are on a job, in this order, for its owner, who was checked."""
    found = choosing_store.find_bids_among(db, gig.id, ids)
    return [found[each] for each in dict.fromkeys(ids) if each in found]


def set_star(db: Db, viewer: Viewer, bid_id: ObjectId, now: datetime, *, on: bool) -> tuple[Bid, Job]:
    """Star a bid for the owner of its job, or no longer, and return it with its job. Nobody else can tell: neither its
    version nor anything that is watched changes. Raises NotFound, Forbidden.
    """
    bid, gig = actions.bid_to_decide(db, viewer, bid_id)
    if on:
        return present(choosing_store.star(db, bid.id, viewer.user_id, now)), gig
    return present(choosing_store.unstar(db, bid.id)), gig


def forget_stars_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Forget which bids somebody who leaves for good has starred."""
    count = choosing_store.forget_stars_of(tx, user.id, limit) if user.deleted_at else 0
    return Done(count, more=count >= limit)


def _values(db: Db, gig: Job, bids: list[Bid], order: BidOrder) -> dict[ObjectId, float]:
    """Return what each bid has of what the order goes by."""
    people = accounts.people(db, [bid.freelancer_id for bid in bids]) if order == "rating" else {}
    ratings = {key: each.rating.freelancer.average for key, each in people.items()}
    return {
        bid.id: value_in(order, bid.price_minor, bid.days_for(gig), ratings.get(bid.freelancer_id))
        for bid in bids
    }


def _comes_after(last: tuple[float, ObjectId], value: float, bid_id: ObjectId) -> bool:
    """Whether a bid stands below the last one that was seen: of the same value the older ones do."""
    return value > last[0] or (value == last[0] and bid_id < last[1])
