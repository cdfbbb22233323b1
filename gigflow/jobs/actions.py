"""What the owner of a job does with it, and what hiring and bidding do to it."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User, Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden, Invalid, NotFound
from gigflow.core.green import KeyedQueues
from gigflow.core.ids import new_id
from gigflow.core.paging import Page, PageRequest
from gigflow.core.transitions import Transition
from gigflow.core.words import folded
from gigflow.files import actions as files
from gigflow.files.models import Subject
from gigflow.gigs import store as gigs_store
from gigflow.gigs.actions import check_room
from gigflow.gigs.hooks import visitor_began
from gigflow.gigs.models import JOB, Job, JobTerms
from gigflow.jobs import counts, hooks, store
from gigflow.jobs.models import ClientCounts
from gigflow.orders import actions as orders
from gigflow.orders.models import Order

# Hiring, bidding and closing of one job queue up here inside a process, in front of the transaction's own guard.
# Their note is the job, once one of them has given it away; it may be open again since.
job_queues: KeyedQueues[Job] = KeyedQueues()

SIMILAR_AMONG = 40  # of the newest of a category, jobs that are compared with one
_LAST_ZONE = timedelta(hours=12)  # where a day ends last, behind UTC
_NOT_OPEN = {
    "assigned": "Someone has already been hired for this job.",
    "closed": "This job was closed by its owner.",
    "completed": "This job is done.",
    "cancelled": "This job was cancelled.",
}


def post_job(
    db: Db,
    viewer: Viewer,
    terms: JobTerms,
    now: datetime,
    *,
    most: int | None = None,
    also: Callable[[Tx, ObjectId], None] | None = None,
    shared: Collection[ObjectId] = (),
) -> Job:
    """Put a job on the market, open for bids; `also` is done with its id in the same transaction, and gives it those of
    its files that are `shared` with it. Raises Invalid if its dates are crossed or have passed, and Conflict if its
    owner has `most` open jobs already or a file is gone.
    """
    check_dates({"start_on": terms.start_on, "due_on": terms.due_on}, now)
    gig_id = new_id()

    def work(tx: Tx) -> Job:
        owner = accounts.act(tx, viewer, guard)
        check_room(tx, viewer, "job", ("open",), most)
        own = [each for each in terms.file_ids if each not in shared]
        files.adopt(tx, viewer, own, Subject("job", gig_id), now)
        job = Job(
            **msgspec.structs.asdict(terms),
            id=gig_id,
            owner_id=viewer.user_id,
            owner_name=owner.name,
            created_at=now,
            updated_at=now,
        )
        gigs_store.insert_gig(tx, job)
        if not counts.add_to_counts(tx, viewer.user_id, posted_at=now):
            count_again(tx, viewer.user_id)
        if also:
            also(tx, job.id)
        return job

    with accounts.turn_of(viewer, counted=most is not None) as guard:
        gigs_store.learn_words(db, terms)
    return db.transact(work)


def begin_job(terms: JobTerms, now: datetime) -> str:
    """Keep the job of a visitor until they have joined, and return where they do. Visitors have no files. Raises
    Invalid, Conflict, TooMany.
    """
    check_days(terms, now)
    return visitor_began(msgspec.structs.replace(terms, file_ids=[]), False, now)


def check_days(terms: JobTerms, now: datetime) -> None:
    """Raise Invalid if a day of a new job has passed everywhere on earth, or if they are crossed."""
    check_dates({"start_on": terms.start_on, "due_on": terms.due_on}, now)


def has_passed(day: datetime, now: datetime) -> bool:
    """Return whether a day has passed everywhere on earth."""
    return day < (now - _LAST_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


def check_dates(
    dates: dict[str, datetime | None], now: datetime, fresh: Collection[str] = ("start_on", "due_on")
) -> None:
    """Raise Invalid for each `fresh` date that has passed everywhere on earth, and if they are crossed."""
    passed = [name for name in fresh if (day := dates[name]) and has_passed(day, now)]
    if passed:
        raise Invalid({name: ["This date is in the past."] for name in sorted(passed)})
    start_on, due_on = dates["start_on"], dates["due_on"]
    if start_on and due_on and due_on < start_on:
        raise Invalid({"due_on": ["This is before the start."]})


def get_job(db: Db, gig_id: ObjectId) -> Job:
    """Return the job with this id, for everybody. Raises NotFound."""
    gig = gigs_store.get_gig(db, gig_id)
    if not isinstance(gig, Job):
        raise no_such_job()
    return gig


def own_job(db: Db, viewer: Viewer, gig_id: ObjectId) -> Job:
    """Return the job with this id, for its owner only. Raises NotFound, Forbidden."""
    gig = get_job(db, gig_id)
    check_owner(gig, viewer)
    return gig


def check_owner(gig: Job, viewer: Viewer) -> None:
    """Raise Forbidden if the job is not the viewer's."""
    if gig.owner_id != viewer.user_id:
        raise Forbidden("Only the owner of this job can do that.", code="not_owner")


def jobs_by_id(db: Db, ids: list[ObjectId]) -> dict[ObjectId, Job]:
    """Return these jobs without their texts, by id."""
    return store.find_jobs(db, ids)


def may_read_files(db: Db, viewer: Viewer, gig_id: ObjectId) -> bool:
    """Return whether somebody who has signed in may have the files of a job: everybody while it is open, its owner
    always.
    """
    gig = gigs_store.get_gig(db, gig_id)
    return isinstance(gig, Job) and gig.shows_files_to(viewer.user_id)


def jobs_of(db: Db, viewer: Viewer, page: PageRequest, statuses: Collection[str]) -> Page[Job]:
    """Return the viewer's own jobs in these states, without their texts, newest first."""
    return store.find_jobs_of(db, viewer.user_id, page, statuses)


def open_jobs_of(db: Db, owner_id: ObjectId, limit: int) -> list[Job]:
    """Return the open jobs of one owner, newest first, for everybody."""
    return store.find_open_jobs_of(db, owner_id, limit)


def open_job_ids_of(db: Db, owner_id: ObjectId, limit: int) -> list[ObjectId]:
    """Return the ids of the open jobs of one owner, at most `limit`."""
    return store.find_open_job_ids(db, owner_id, limit)


def counts_of(db: Db, owner_id: ObjectId) -> ClientCounts:
    """Return how many jobs a person has posted, for how many they have hired and paid, and since when."""
    return counts.get_counts(db, owner_id) or ClientCounts(id=owner_id)


def count_paid(tx: Tx, order: Order) -> None:
    """Count that an order of a job was paid, in that transaction, whatever becomes of it later. A job whose order was
    paid is never open again, so it counts once.
    """
    if order.source.type == "bid" and not counts.add_to_counts(tx, order.client_id, paid=1):
        count_again(tx, order.client_id)


def count_again(tx: Tx, owner_id: ObjectId) -> bool:
    """Count all jobs of a person, and those of them that were paid; returns False if the counts were right."""
    return counts.count_again(tx, owner_id, orders.paid_jobs_count(tx, owner_id))


def similar_jobs(db: Db, job: Job, limit: int) -> list[Job]:
    """Return open jobs of other people that are like this one, without their texts: among the newest of its category
    those that share most skills with it.
    """
    mine = {folded(skill) for skill in job.skills}
    newest = store.find_newest_in(db, job.category, SIMILAR_AMONG)
    others = [each for each in newest if each.id != job.id and each.owner_id != job.owner_id]
    return sorted(others, key=lambda each: -len(mine & {folded(skill) for skill in each.skills}))[:limit]


def skills_in_use(db: Db) -> list[str]:
    """Return the skills of the newest open jobs, with repetitions."""
    return store.find_skills(db)


def edit_job(
    db: Db,
    viewer: Viewer,
    gig_id: ObjectId,
    changes: dict[str, Any],
    *,
    version: int | None,
    now: datetime,
) -> Job:
    """Change an open job's terms (fields of JobTerms). Bids that were placed keep their own price and text; if what is
    binding changes, nobody can be hired until their freelancer has confirmed the bid.

    `version` is the one that was edited; Conflict if another window has changed the job since. Raises NotFound,
    Forbidden, Invalid (dates), and Conflict if the job is no longer open.
    """
    gig = own_job(db, viewer, gig_id)
    while gig.status == "open":
        if version not in (None, gig.version):
            raise Conflict(
                "This job has changed in another window since you opened it."
                " Save again to replace that with what you have here.",
                code="version_changed",
            )
        if not changes:
            return gig
        dates = {name: changes.get(name, getattr(gig, name)) for name in ("start_on", "due_on")}
        # A date that was there may have passed.
        fresh = {name for name, day in dates.items() if day != getattr(gig, name)}
        check_dates(dates, now, fresh)
        edited = _edit(db, viewer, gig, changes, now)
        if edited:
            return edited
        # Changed since it was read: its words are those of the whole, so the newer one is changed.
        gig = get_job(db, gig.id)
    raise job_not_open(gig)


def close_job(db: Db, viewer: Viewer, gig_id: ObjectId, now: datetime) -> Job:
    """Take an open job off the market; its pending bids are rejected. Raises NotFound, Forbidden, Conflict."""
    gig = own_job(db, viewer, gig_id)

    def work(tx: Tx) -> Job:
        closed = _close(tx, gig.id, now)
        accounts.take_part(tx, viewer)
        return closed

    with job_queues.turn(gig.id):
        return db.transact(work)


def assign(
    tx: Tx,
    viewer: Viewer,
    gig_id: ObjectId,
    *,
    bid_id: ObjectId,
    order_id: ObjectId,
    hire_key: str | None,
    now: datetime,
) -> Job | None:
    """Give the owner's open job to a bid, in the hire's transaction and first in it; returns None if it is not open."""
    job = store.assign_gig(tx, gig_id, viewer.user_id, bid_id, order_id, hire_key, now)
    if job:
        for act in hooks.job_assigned:
            act(tx, job, now)
    return job


def end_assignment(
    tx: Tx, gig_id: ObjectId, order_id: ObjectId, transition: Transition, now: datetime
) -> Job | None:
    """Take a job to where its order leaves it: open again, completed or cancelled; returns None if it is not its
    order's.
    """
    return store.end_assignment(tx, gig_id, order_id, transition, now)


def drop_bid(tx: Tx, gig_id: ObjectId) -> None:
    """Count one bid fewer on a job: its freelancer has called the hire off."""
    store.drop_bid(tx, gig_id)


def count_bid(tx: Tx, freelancer_id: ObjectId, gig_id: ObjectId, step: int) -> Job:
    """Add `step` to the bids of an open job of somebody else, first in the transaction of a freelancer's bid, so that
    it conflicts with a hire. Raises NotFound, Forbidden if it is the viewer's own job, Conflict if it is not open.
    """
    counted = store.count_bid(tx, gig_id, step)
    gig = counted or get_job(tx, gig_id)
    if gig.owner_id == freelancer_id:
        raise Forbidden("You cannot bid on your own job.", code="own_gig")
    if counted is None:
        raise job_not_open(gig)
    return counted


def count_decided(tx: Tx, viewer: Viewer, gig_id: ObjectId, step: int) -> Job:
    """Add `step` to the bids of the viewer's open job, first in the transaction of what they decide about one bid, so
    that it conflicts with a hire. Raises NotFound, Forbidden, Conflict if it is not open.
    """
    counted = store.count_bid(tx, gig_id, step)
    gig = counted or get_job(tx, gig_id)
    check_owner(gig, viewer)
    if counted is None:
        raise job_not_open(gig)
    return counted


def close_reopened(tx: Tx, gig_id: ObjectId, now: datetime) -> None:
    """Close a job that is open again, and whose owner is shut out. Raises Conflict if it is not open."""
    _close(tx, gig_id, now)


def open_jobs_left(tx: Tx, user: User, limit: int) -> list[ObjectId]:
    """Return open jobs of somebody who leaves, at most `limit`."""
    return store.find_open_job_ids(tx, user.id, limit)


def close_job_of(tx: Tx, user: User, gig_id: ObjectId, now: datetime) -> None:
    """Close an open job of somebody who leaves (docs/domain.md, Leaving)."""
    _close(tx, gig_id, now)


def no_such_job() -> NotFound:
    """Return the refusal for an id that no gig has."""
    return NotFound("There is no such job.", code="gig_not_found")


def job_not_open(gig: Job) -> Conflict:
    """Return the refusal that says in which state the job is now."""
    return Conflict(_NOT_OPEN.get(gig.status, "This job is not open."), code="gig_not_open")


def _close(tx: Tx, gig_id: ObjectId, now: datetime) -> Job:
    """Take an open job off the market, with everything that belongs to it. Raises Conflict if it is not open."""
    closed = store.close_gig(tx, gig_id, now)
    if closed is None:
        raise job_not_open(get_job(tx, gig_id))
    for act in hooks.job_closed:
        act(tx, closed, now)
    return closed


def _edit(db: Db, viewer: Viewer, gig: Job, changes: dict[str, Any], now: datetime) -> Job | None:
    """Change an open job that is as it was read; returns None if it is not."""

    changed = gig.terms_changed_by(changes)
    written = {**changes, "terms_version": gig.terms_version + 1} if changed else changes

    def work(tx: Tx) -> Job | None:
        edited = store.change_job(tx, gig, JOB["edit"], written, now)
        accounts.act(tx, viewer)
        if edited:
            files.replace(tx, viewer, gig.file_ids, edited.file_ids, Subject("job", gig.id), now)
        if edited and changed:
            for act in hooks.job_changed:
                act(tx, edited, gig, changed, now)
        return edited

    gigs_store.learn_words(db, msgspec.structs.replace(gig, **changes))
    with job_queues.turn(gig.id):
        return db.transact(work)
