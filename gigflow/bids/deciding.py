"""What the owner of a job decides about one bid without hiring: decline it, or look at it again."""

from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User, Viewer
from gigflow.accounts.parts import Done
from gigflow.bids import deciding_store, store
from gigflow.bids.actions import bid_to_decide, check_full
from gigflow.bids.changes import TERMS, changed_terms
from gigflow.bids.ending import about_bid, not_as_seen, present
from gigflow.bids.events import BID_DECLINED, BID_RECONSIDERED, JOB_CHANGED
from gigflow.bids.models import BID, RECONSIDERED_MAX, Bid
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict
from gigflow.core.ids import new_id
from gigflow.gigs.models import Job
from gigflow.jobs import actions as jobs
from gigflow.notifications import actions as notifications


def decline_bid(db: Db, viewer: Viewer, bid_id: ObjectId, reason: str, now: datetime) -> tuple[Bid, Job]:
    """Decline a pending bid on your open job, with words to its freelancer or without, and return it with the job.
    Raises NotFound, Forbidden, and Conflict if the job is not open or the bid is not pending.
    """
    bid, _ = bid_to_decide(db, viewer, bid_id)
    told = new_id()

    def work(tx: Tx) -> tuple[Bid, Job]:
        gig = jobs.count_decided(tx, viewer, bid.gig_id, -1)
        declined = deciding_store.decline(tx, bid.id, gig, reason, told, now)
        if declined is None:
            raise not_as_seen(present(store.get_bid(tx, bid.id)))
        owner = accounts.act(tx, viewer, guard)
        notifications.end_news(tx, "bid", BID["decline"].name, gig.path, now, bid_id=bid.id)
        text = "{actor} declined your bid on {title}."
        about, freelancer = about_bid(gig, bid), bid.freelancer_id
        notifications.tell(tx, BID_DECLINED, freelancer, text, now, about=about, occurrence=told, actor=owner)
        return declined, gig

    with jobs.job_queues.turn(bid.gig_id), accounts.turn_of(viewer) as guard:
        return db.transact(work)


def reconsider_bid(db: Db, viewer: Viewer, bid_id: ObjectId, now: datetime) -> tuple[Bid, Job]:
    """Let a bid that you declined wait for your decision again, and return it with the job. If the job has other terms
    by now, its freelancer has to confirm it.

    Raises NotFound, Forbidden, and Conflict if the job is not open, if the bid is not declined, if its freelancer has
    bid again, is shut out or has left, or if you have reconsidered it too often.
    """
    bid, _ = bid_to_decide(db, viewer, bid_id)
    told = new_id()

    def work(tx: Tx) -> tuple[Bid, Job]:
        gig = jobs.count_decided(tx, viewer, bid.gig_id, +1)
        check_full(gig)
        # The job is written first, so nobody can have placed a bid on it since.
        if deciding_store.has_other_live_bid(tx, bid):
            raise Conflict("Its freelancer has bid on this job again.", code="bid_again")
        again = deciding_store.reconsider(tx, bid.id, told, now)
        if again is None:
            raise _stays_declined(tx, present(store.get_bid(tx, bid.id)))
        accounts.engage_both(tx, viewer.user_id, bid.freelancer_id, guard)
        return _tell_again(tx, viewer, again, gig, told, now), gig

    with jobs.job_queues.turn(bid.gig_id), accounts.turn_of(viewer) as guard:
        return db.transact(work)


def forget_reasons_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Forget what somebody who leaves for good wrote to freelancers whose bids they declined."""
    count = deciding_store.forget_reasons_of(tx, user.id, limit) if user.deleted_at else 0
    return Done(count, more=count >= limit)


def _tell_again(tx: Tx, viewer: Viewer, bid: Bid, gig: Job, told: ObjectId, now: datetime) -> Bid:
    """Tell the freelancer that their bid is looked at again, and what has changed in the job if they have to confirm
    it; returns the bid as it is then.
    """
    notifications.end_news(tx, "bid", BID["reconsider"].name, gig.path, now, bid_id=bid.id)
    about, text = about_bid(gig, bid), "{actor} looks at your bid on {title} again."
    notifications.tell(
        tx, BID_RECONSIDERED, bid.freelancer_id, text, now, about=about, occurrence=told, actor=viewer
    )
    if bid.is_for(gig):
        return bid
    earlier = bid.earlier
    changed = [TERMS[name] for name in changed_terms(earlier, gig)] if earlier else []
    text = "{title} has changed: {what}. Confirm your bid or withdraw it."
    if not changed:  # and back
        text = "{title} has changed. Confirm your bid or withdraw it."
    notifications.tell(
        tx,
        JOB_CHANGED,
        bid.freelancer_id,
        text,
        now,
        about=about,
        occurrence=told,
        slots={"what": ", ".join(changed)},
    )
    deciding_store.ask_to_confirm(tx, bid.id, told)
    return msgspec.structs.replace(bid, change_told=told)


def _stays_declined(tx: Tx, bid: Bid) -> Conflict:
    """Return why a bid cannot be reconsidered."""
    if not bid.is_declined:
        return Conflict("Only a bid that you declined can be reconsidered.", code="bid_not_declined")
    if bid.for_good:
        is_shut = accounts.shut_among(tx, [bid.freelancer_id])
        said = "is closed." if is_shut else "was closed. They can bid again."
        text = f"This bid can no longer be chosen, because its freelancer’s account {said}"
        return Conflict(text, code="bid_again")
    return Conflict(
        f"You have reconsidered this bid {RECONSIDERED_MAX} times. Its freelancer can bid again.",
        code="too_many_reconsiderations",
    )
