"""Bidding for a job and hiring one of the bidders: the first door to a contract (docs/domain.md, Hire)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person, Viewer
from gigflow.bids import hooks, store
from gigflow.bids.ending import about_bid, no_such_bid, not_as_seen, present, withdraw
from gigflow.bids.events import BID_PLACED, BID_REJECTED, HIRED
from gigflow.bids.models import BID, BIDS_MAX, Bid, BidTerms, Waiting
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden
from gigflow.core.ids import new_id
from gigflow.core.paging import Page, PageRequest
from gigflow.core.rules import Rules
from gigflow.files import actions as files
from gigflow.files.models import Subject
from gigflow.gigs.models import JOB, Job
from gigflow.jobs import actions as jobs
from gigflow.notifications import actions as notifications
from gigflow.orders import actions as orders
from gigflow.orders.models import Order, Seen, Source, Terms
from gigflow.payments import actions as payments
from gigflow.payments.gateway import Gateway


class Placed(msgspec.Struct, frozen=True):
    """A new bid, its job, and whose job it is."""

    bid: Bid
    gig: Job
    bidder: Person


class Hire(msgspec.Struct, frozen=True):
    """What a hire made of a bid and its job, the order that it made, and who was hired."""

    bid: Bid
    gig: Job
    order: Order
    freelancer: Person


def place_bid(
    db: Db,
    viewer: Viewer,
    gig_id: ObjectId,
    terms: BidTerms,
    now: datetime,
    *,
    seen_terms: int | None = None,
    most: int | None = None,
) -> Placed:
    """Bid for an open job. One transaction whose first write is on the job, so that a bid is either in the set that a
    hire sees or refused.

    Raises NotFound, Forbidden if it is their own job, and Conflict if the job is not open, if it has a bid of theirs
    already, if they have placed `most` on it, or if its terms are no longer those of the version `seen_terms`.
    """
    new = Bid(
        **msgspec.structs.asdict(terms),
        id=new_id(),
        gig_id=gig_id,
        freelancer_id=viewer.user_id,
        created_at=now,
        updated_at=now,
    )

    def work(tx: Tx) -> Placed:
        gig = jobs.count_bid(tx, viewer.user_id, gig_id, +1)
        actor = accounts.act(tx, viewer, guard)
        check_full(gig)
        _check_seen(gig, seen_terms)
        bid = msgspec.structs.replace(new, for_terms=gig.terms_version, unread_by=gig.owner_id)
        _check_room(tx, gig, bid, most)
        # If the owner is shut out, the job is closed, which the guard writes; until then the bid would only be
        # rejected.
        people = accounts.people(tx, [gig.owner_id, viewer.user_id])
        if people[gig.owner_id].disabled_at:
            raise accounts.shut_out()
        if not store.insert_bid(tx, bid):
            raise Conflict("You have already bid on this job.", code="already_bid")
        files.adopt(tx, viewer, bid.file_ids, Subject("bid", bid.id), now)
        text = "{actor} has bid on {title}."
        about = about_bid(gig, bid)
        notifications.tell(
            tx, BID_PLACED, gig.owner_id, text, now, about=about, occurrence=bid.id, actor=actor
        )
        for act in hooks.bid_placed:
            act(tx, gig, bid, now)
        return Placed(bid, gig, people[viewer.user_id])

    with jobs.job_queues.turn(gig_id), accounts.turn_of(viewer) as guard:
        return db.transact(work)


def change_bid(
    db: Db,
    viewer: Viewer,
    bid_id: ObjectId,
    changes: dict[str, Any],
    *,
    version: int | None,
    seen_terms: int | None = None,
    now: datetime,
) -> Bid:
    """Change your pending bid (`changes` are fields of BidTerms), or confirm it as it is. Either way it is for the
    terms of the job as they are now, and the job's owner has to look at it again. What is sent as it was changes
    nothing.

    Raises NotFound, Forbidden, and Conflict if it is no longer pending, no longer of that `version`, or if the job's
    terms are no longer those of the version `seen_terms`.
    """
    bid = own_bid(db, viewer, bid_id)
    check_pending(bid)
    if all(getattr(bid, name) == value for name, value in changes.items()) and bid.is_for(
        jobs.get_job(db, bid.gig_id)
    ):
        return bid
    terms = BidTerms(**{name: changes.get(name, getattr(bid, name)) for name in BidTerms.__struct_fields__})

    def work(tx: Tx) -> Bid:
        gig = jobs.count_bid(tx, viewer.user_id, bid.gig_id, 0)
        _check_seen(gig, seen_terms)
        changed = store.change_bid(tx, bid.id, terms, gig, version=version, now=now)
        if changed is None:
            raise not_as_seen(present(store.get_bid(tx, bid.id)))
        files.replace(tx, viewer, bid.file_ids, changed.file_ids, Subject("bid", bid.id), now)
        accounts.act(tx, viewer)
        step, mine = BID["change"].name, viewer.user_id
        notifications.end_news(tx, "bid", step, gig.path, now, reader=mine, bid_id=bid.id)
        return changed

    with jobs.job_queues.turn(bid.gig_id):
        return db.transact(work)


def withdraw_bid(db: Db, viewer: Viewer, bid_id: ObjectId, now: datetime) -> Bid:
    """Withdraw your pending bid. Raises NotFound, Forbidden, and Conflict if it is not pending."""
    bid = own_bid(db, viewer, bid_id)
    check_pending(bid)

    def work(tx: Tx) -> Bid:
        withdrawn = withdraw(tx, bid, now)
        accounts.take_part(tx, viewer)
        return withdrawn

    with jobs.job_queues.turn(bid.gig_id):
        return db.transact(work)


def hire_freelancer(
    db: Db,
    viewer: Viewer,
    bid_id: ObjectId,
    *,
    seen: Seen,
    key: str | None,
    rules: Rules,
    now: datetime,
    gateway: Gateway | None = None,
) -> Hire:
    """Hire one bidder, all-or-nothing (docs/domain.md, Hire).

    In one transaction the job is assigned (first, by a conditional update), the bid is hired, every other pending bid
    is rejected, the order is made, and everybody concerned is told. Of any number of simultaneous hires one succeeds. A
    repeat that carries the winner's `key` gets the winner's answer again: that heals an answer that was lost.

    Raises NotFound, Forbidden (not the owner), and Conflict if the job or the bid is taken, if the bid's terms are no
    longer the `seen` ones, if its freelancer has not confirmed the job's terms, or if the provider behind `gateway`
    does not take such an amount.
    """
    bid, freelancer = _bid_with_bidder(db, bid_id)
    order_id = new_id()

    def work(tx: Tx) -> Hire | None:
        gig = jobs.assign(tx, viewer, bid.gig_id, bid_id=bid.id, order_id=order_id, hire_key=key, now=now)
        if gig is None:
            return _winner_again(tx, viewer, jobs.own_job(tx, viewer, bid.gig_id), bid, freelancer, key)
        # `bid_count` was read by the guard, so nobody can have added to it since.
        others = store.find_pending_on(tx, gig.id, besides=bid.id) if gig.bid_count > 1 else []
        hired = store.hire_bid(tx, bid, others, order_id, now)
        if hired is None:
            current = present(store.get_bid(tx, bid.id))
            if current.status != "pending":
                raise not_as_seen(current)
            tx.abort()
            return None
        seen.check(hired, "bid")
        _check_confirmed(hired, gig, freelancer)
        payments.check_payable(gateway, hired.price_minor)
        accounts.engage_both(tx, viewer.user_id, hired.freelancer_id, guard)
        notifications.end_news(tx, "job", JOB["hire"].name, gig.path, now, reader=viewer.user_id)
        order = _agree(tx, gig, hired, order_id, rules, now)
        _tell_of_hire(tx, gig, hired, others, order, now)
        return Hire(hired, gig, order, freelancer)

    with jobs.job_queues.turn(bid.gig_id) as queue:
        if queue.note and (gig := jobs.get_job(db, bid.gig_id)).status != "open":
            # One of a rush of hires, behind the winner: no transaction is needed to refuse it.
            jobs.check_owner(gig, viewer)
            return _winner_again(db, viewer, gig, bid, freelancer, key)
        with accounts.turn_of(viewer) as guard:
            while (done := db.transact(work)) is None:  # its terms were changed after they were read
                bid, freelancer = _bid_with_bidder(db, bid.id)
        queue.note = done.gig
        return done


def own_bid(db: Db, viewer: Viewer, bid_id: ObjectId) -> Bid:
    """Return the bid with this id, for its freelancer only. Raises NotFound, also if the reader may not know of it."""
    bid = present(store.get_bid(db, bid_id))
    if bid.freelancer_id == viewer.user_id:
        return bid
    if jobs.get_job(db, bid.gig_id).owner_id == viewer.user_id:
        raise Forbidden("Only the person who placed this bid can do that.", code="not_bidder")
    raise no_such_bid(hides=True)


def bid_to_decide(db: Db, viewer: Viewer, bid_id: ObjectId) -> tuple[Bid, Job]:
    """Return a bid and its job, for the job's owner only. Raises NotFound, Forbidden (docs/api.md: 403 for a hire by
    others).
    """
    bid = present(store.get_bid(db, bid_id))
    gig = jobs.get_job(db, bid.gig_id)
    if gig.owner_id != viewer.user_id:
        raise Forbidden("Only the owner of this job can decide about its bids.", code="not_owner")
    return bid, gig


def may_read_files(db: Db, viewer: Viewer, bid_id: ObjectId) -> bool:
    """Return whether somebody may have the files of a bid: its freelancer and the owner of its job may."""
    bid = store.get_bid(db, bid_id)
    if bid is None or bid.freelancer_id == viewer.user_id:
        return bid is not None
    return jobs.get_job(db, bid.gig_id).owner_id == viewer.user_id


def check_full(gig: Job) -> None:
    """Raise Conflict if a job counts more bids than one hire can decide about."""
    if gig.bid_count > BIDS_MAX:
        raise Conflict("This job cannot take any more bids.", code="bids_full")


def bids_on(db: Db, viewer: Viewer, gig_id: ObjectId, page: PageRequest) -> Page[Bid]:
    """Return the bids on a job, for its owner only. Raises NotFound, Forbidden."""
    return store.find_bids_on(db, jobs.own_job(db, viewer, gig_id).id, page)


def bids_of(db: Db, viewer: Viewer, page: PageRequest, statuses: Collection[str] = ()) -> Page[Bid]:
    """Return the viewer's own bids in these states, or in any, newest first."""
    return store.find_bids_of(db, viewer.user_id, page, statuses)


def bid_counts(db: Db, viewer: Viewer) -> dict[str, int]:
    """Return how many bids the viewer has in each state."""
    return store.count_statuses_of(db, viewer.user_id)


def bid_of(db: Db, viewer: Viewer, gig_id: ObjectId) -> Bid | None:
    """Return the viewer's live bid on this job, or else their newest, or None."""
    return store.get_bid_of(db, gig_id, viewer.user_id)


def _bid_with_bidder(db: Db, bid_id: ObjectId) -> tuple[Bid, Person]:
    """Return a bid and its freelancer, in one round trip. Raises NotFound."""
    beside = accounts.person_beside("freelancer_id", "bidder")
    found = store.get_bid_with_bidder(db, bid_id, beside)
    if found is None:
        raise no_such_bid()
    return found


def _winner_again(
    db: Db,
    viewer: Viewer,
    gig: Job,
    bid: Bid,
    freelancer: Person,
    key: str | None,
) -> Hire:
    """Return the answer of the hire that won, if this is its own repeat; otherwise the refusal."""
    if key and gig.hired_bid_id == bid.id and gig.hire_key == key:
        assert gig.order_id is not None
        order = orders.order_for(db, viewer, gig.order_id)
        return Hire(present(store.get_bid(db, bid.id)), gig, order, freelancer)
    raise jobs.job_not_open(gig)


def _agree(tx: Tx, gig: Job, bid: Bid, order_id: ObjectId, rules: Rules, now: datetime) -> Order:
    terms = Terms(
        title=gig.title,
        text=gig.description,
        message=bid.message,
        price_minor=bid.price_minor,
        delivery_days=bid.days_for(gig),
        revisions=bid.revisions,
        file_ids=gig.file_ids,
        message_file_ids=bid.file_ids,
    )
    files.share(tx, gig.file_ids, Subject("job", gig.id), Subject("order", order_id))
    files.share(tx, bid.file_ids, Subject("bid", bid.id), Subject("order", order_id))
    return orders.agree(
        tx,
        order_id=order_id,
        source=Source("bid", bid.id),
        gig_id=gig.id,
        client_id=gig.owner_id,
        freelancer_id=bid.freelancer_id,
        terms=terms,
        category=gig.category,
        rules=rules,
        now=now,
    )


def _tell_of_hire(tx: Tx, gig: Job, hired: Bid, others: list[Waiting], order: Order, now: datetime) -> None:
    """Tell the hired freelancer (in the words of docs/domain.md, Hire) and the others, by one insert."""
    won = [(hired.freelancer_id, order.id, about_bid(gig, hired, order))]
    lost = [(bid.freelancer_id, order.id, about_bid(gig, bid)) for bid in others]
    of_hire = notifications.news_of(HIRED, won, "You have been hired for {bare_title}!", now)
    went = "{title} went to someone else this time. Thank you for your bid."
    notifications.tell_all(tx, [*of_hire, *notifications.news_of(BID_REJECTED, lost, went, now)])


def _check_room(tx: Tx, gig: Job, bid: Bid, most: int | None) -> None:
    """Refuse a bid if bids of its freelancer on this job have been withdrawn or declined too often. Exact: the job was
    written before.
    """
    if most is None or gig.bid_activity == gig.bid_count:  # nothing was withdrawn or declined here
        return
    if store.count_bids_of(tx, gig.id, bid.freelancer_id, most) >= most:
        text = f"You have bid on this job {most} times, and none of these bids stands. You cannot bid on it again."
        raise Conflict(text, code="too_many_bids")


def _check_seen(gig: Job, seen_terms: int | None) -> None:
    """Refuse a bid for terms of the job that its freelancer has not seen (docs/domain.md, The price that one saw)."""
    if seen_terms not in (None, gig.terms_version):
        raise Conflict(
            "This job has changed since you opened this page. Please read it again before you send your bid.",
            code="terms_changed",
        )


def _check_confirmed(bid: Bid, gig: Job, freelancer: Person) -> None:
    """Refuse a hire on terms of the job that its freelancer has not confirmed."""
    if not bid.is_for(gig):
        raise Conflict(
            f"You changed this job after {freelancer.name} bid on it. You can hire {freelancer.name} once they have"
            " confirmed their bid.",
            code="terms_changed",
        )


def check_pending(bid: Bid) -> None:
    """Refuse early, by the state of the bid itself, what the transaction would refuse by the state of the job. Raises
    Conflict.
    """
    if bid.status != "pending":
        raise not_as_seen(bid)
