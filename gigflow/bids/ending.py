"""How bids end without being hired: withdrawn, rejected with their job, or left open again by a hire that came to
nothing; and what everybody concerned is told.
"""

from collections.abc import Collection
from datetime import datetime

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import LEFT_NAME, User
from gigflow.accounts.parts import Done
from gigflow.bids import store
from gigflow.bids.changes import TERMS
from gigflow.bids.events import BID_WITHDRAWN, JOB_CHANGED, JOB_CLOSED, JOB_REOPENED
from gigflow.bids.models import BID, Bid, Earlier, Waiting
from gigflow.core.db import Tx
from gigflow.core.errors import Conflict, NotFound
from gigflow.core.ids import new_id
from gigflow.files import actions as files
from gigflow.files.models import Subject
from gigflow.gigs.models import JOB, Job
from gigflow.jobs import actions as jobs
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import About
from gigflow.orders.models import EndedBy, Order, Side

_NOT_PENDING = {
    "hired": "This bid has already been hired.",
    "rejected": "This bid was not chosen.",
    "withdrawn": "This bid was withdrawn.",
}


def reject_bids_of_closed_job(tx: Tx, gig: Job, now: datetime) -> None:
    """Reject the pending bids of a job that is closed and tell their freelancers, in the transaction that closes it."""
    notifications.end_news(tx, "job", JOB["close"].name, gig.path, now)
    if not gig.bid_count:  # read by the guard, so nobody can have added to it since
        return
    pending = store.find_pending_on(tx, gig.id)
    store.reject_pending(tx, gig.id, gig.owner_id, now)
    text = "{title} was closed by its owner without hiring."
    facts = [(bid.freelancer_id, bid.id, about_bid(gig, bid)) for bid in pending]
    notifications.tell_each(tx, JOB_CLOSED, facts, text, now)


def ask_bidders_to_confirm(tx: Tx, gig: Job, before: Job, changed: Collection[str], now: datetime) -> None:
    """Tell the freelancers of a job's pending bids which of its terms are others than `before`, in the transaction that
    changes them; those that were are kept with the bids.
    A freelancer who has not confirmed the terms before these knows that already: they are told once until they do.
    """
    if not gig.bid_count:  # read by the guard, so nobody can have added to it since
        return
    bids = [bid for bid in store.find_pending_on(tx, gig.id) if bid.for_terms == gig.terms_version - 1]
    if not bids:
        return
    told = new_id()
    store.ask_to_confirm(tx, [bid.id for bid in bids], told, Earlier.of(before))
    what = ", ".join(TERMS[name] for name in changed)
    text = "{title} has changed: {what}. Confirm your bid or withdraw it."
    facts = [(bid.freelancer_id, told, about_bid(gig, bid)) for bid in bids]
    notifications.tell_each(tx, JOB_CHANGED, facts, text, now, slots={"what": what})


def bids_left(tx: Tx, user: User, limit: int) -> list[ObjectId]:
    """Return bids that may still win, at most `limit`, of somebody who leaves."""
    return store.find_that_may_win(tx, user.id, limit)


def end_bid_of(tx: Tx, user: User, bid_id: ObjectId, now: datetime) -> bool:
    """Withdraw a pending bid of somebody who leaves, or (False) mark one that a hire has rejected: if that hire comes
    to nothing, the bid is withdrawn too. Both write the bid, as the end of that hire does.
    """
    if store.reject_for_good(tx, bid_id):
        return False
    withdraw(tx, present(store.get_bid(tx, bid_id)), now)
    return True


def forget_words_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Forget what somebody who leaves for good wrote with bids that led to nothing."""
    instead = f"{LEFT_NAME} took this message with them."
    forgotten = store.forget_words_of(tx, user.id, instead, limit) if user.deleted_at else {}
    for bid_id, file_ids in forgotten.items():
        files.release(tx, file_ids, Subject("bid", bid_id), now)
    return Done(len(forgotten), more=len(forgotten) >= limit)


def reopen_job(tx: Tx, order: Order, by: EndedBy, gone: Collection[Side], now: datetime) -> None:
    """Undo a hire whose order was not paid: its job is open again, and so are the bids that the hire had decided about.
    But a freelancer who called it off, or is shut out, has withdrawn the bid, and if the client is shut out the job is
    closed (docs/states.md; nobody who is shut out comes back to the market with it).
    """
    assert order.gig_id is not None
    gig = jobs.end_assignment(tx, order.gig_id, order.id, JOB["reopen"], now)
    assert gig is not None, "a live order's job is assigned by it"
    notifications.end_news(tx, "job", JOB["reopen"].name, gig.path, now)
    withdraws = by == "freelancer" or "freelancer" in gone
    store.move_bid(tx, order.source.id, BID["call_off" if withdraws else "reopen"], now)
    if withdraws:
        jobs.drop_bid(tx, gig.id)
    if "client" in gone:
        jobs.close_reopened(tx, gig.id, now)
        return
    back = store.reopen_rejected(tx, gig.id, order.id, now)
    # Whose account is shut is looked at here. That it is not shut at this very moment needs no more than their bids:
    # these are written here as there (withdraw_bids_of).
    shut = accounts.shut_among(tx, [bid.freelancer_id for bid in back])
    lost = [bid for bid in back if bid.for_good or bid.freelancer_id in shut]
    text = "{title} is open again, and so is your bid."
    facts = [(bid.freelancer_id, order.id, about_bid(gig, bid)) for bid in back if bid not in lost]
    notifications.tell_each(tx, JOB_REOPENED, facts, text, now)
    for bid in lost:
        withdraw(tx, bid, now)


def end_job(tx: Tx, order: Order, now: datetime) -> None:
    """End a job with its order."""
    assert order.gig_id is not None
    ending = JOB["complete" if order.status == "completed" else "cancel"]
    jobs.end_assignment(tx, order.gig_id, order.id, ending, now)


def withdraw(tx: Tx, bid: Bid, now: datetime) -> Bid:
    """Withdraw a pending bid and tell the job's owner. Raises Conflict if the job or the bid is taken."""
    gig = jobs.count_bid(tx, bid.freelancer_id, bid.gig_id, -1)
    withdrawn = store.move_bid(tx, bid.id, BID["withdraw"], now)
    if withdrawn is None:
        raise not_as_seen(present(store.get_bid(tx, bid.id)))
    notifications.end_news(
        tx, "bid", BID["withdraw"].name, gig.path, now, reader=bid.freelancer_id, bid_id=bid.id
    )
    bidder = accounts.get_user(tx, bid.freelancer_id)
    text = "{actor} withdrew the bid on {title}."
    about = about_bid(gig, bid)
    notifications.tell(
        tx, BID_WITHDRAWN, gig.owner_id, text, now, about=about, occurrence=bid.id, actor=bidder
    )
    return withdrawn


def about_bid(gig: Job, bid: Bid | Waiting, order: Order | None = None) -> About:
    """Return a bid on a job, as people are told about it: it leads to the `order` if there is one."""
    return About(
        url=order.path if order else gig.path,
        gig_id=gig.id,
        gig_title=gig.title,
        bid_id=bid.id,
        order_id=order.id if order else None,
    )


def not_as_seen(bid: Bid) -> Conflict:
    """Return the refusal for a bid that no longer is as it was."""
    if bid.is_declined:
        return Conflict("This bid was declined.", code="bid_not_pending")
    if bid.status == "pending":
        return Conflict(
            "This bid was changed in another window. Please check it again.", code="version_changed"
        )
    return Conflict(_NOT_PENDING[bid.status], code="bid_not_pending")


def present(bid: Bid | None) -> Bid:
    """Return a bid that is there. Raises NotFound."""
    if bid is None:
        raise no_such_bid()
    return bid


def no_such_bid(*, hides: bool = False) -> NotFound:
    """Return the refusal for an id that no bid has, or (`hides`) for a bid that the reader may not know of."""
    return NotFound("There is no such bid.", code="bid_not_found", hides=hides)
