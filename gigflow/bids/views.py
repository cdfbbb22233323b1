"""What pages show of jobs and bids together: rows with names, and the one sentence that says whose turn it is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person
from gigflow.bids import actions, bidders, reading
from gigflow.bids.changes import Change, changes_of
from gigflow.bids.choosing_views import asked_choice, list_of, note_looked_at
from gigflow.bids.forms import NewBidPageForm
from gigflow.bids.models import LIST_MAX, Bid, Unread
from gigflow.core.paging import Page, PageRequest
from gigflow.files import actions as files
from gigflow.files.models import File
from gigflow.files.views import name_files
from gigflow.gigs import actions as gigs
from gigflow.gigs.models import Job
from gigflow.jobs import actions as jobs
from gigflow.orders import actions as orders
from gigflow.orders.views import Turn, turns_of_orders
from gigflow.web.htmx import wants_fragment
from gigflow.web.runtime import db, person, runtime, viewer
from gigflow.web.templating import plural
from gigflow.web.visitors import is_looked_at

NOTHING = Unread()
SIMILAR = 4  # jobs that are shown below one


class BidRow(msgspec.Struct, kw_only=True):
    """A bid as a page shows it, with its job's and its freelancer's names."""

    id: ObjectId
    gig_id: ObjectId
    gig_title: str
    gig_status: str
    freelancer_id: ObjectId
    freelancer_name: str
    freelancer_picture_id: ObjectId | None
    freelancer_left: bool
    rating_average: float | None
    rating_count: int
    message: str
    files: list[File]
    price_minor: int
    delivery_days: int
    revisions: int
    is_confirmed: bool
    changes: list[Change]
    status: str
    is_new: bool
    is_changed: bool
    is_starred: bool
    is_declined: bool
    may_be_reconsidered: bool
    reason: str
    version: int
    created_at: datetime
    turn: Turn


class JobRow(msgspec.Struct):
    """A job of the viewer's and whose turn it is in it."""

    gig: Job
    turn: Turn

    @property
    def title(self) -> str:
        """What it is called."""
        return self.gig.title


def job_context(gig: Job, form: NewBidPageForm | None = None) -> dict[str, Any]:
    """Return everything that the page of a job shows to its reader: its owner, a bidder, or anybody else."""
    reader = viewer()
    is_owner = reader is not None and gig.owner_id == reader.user_id
    mine = actions.bid_of(db(), reader, gig.id) if reader and not is_owner else None
    page: Page[Bid] = Page([])
    choice = asked_choice()
    if reader and is_owner:
        page = actions.bids_on(db(), reader, gig.id, PageRequest(LIST_MAX))
        if is_looked_at():
            note_looked_at(reader, page, choice)
    bids = page.rows
    rows = bid_rows([*bids, mine] if mine else bids, {gig.id: gig})
    my_bid = rows.pop() if mine else None
    may_bid = (
        reader
        and not is_owner
        and gig.status == "open"
        and (my_bid is None or my_bid.status == "withdrawn" or my_bid.is_declined)
    )
    bid_form = (form or _new_bid_form(gig)) if may_bid else None
    if bid_form:
        bid_form.say_days(gig)
        name_files(bid_form)
    return {
        **bidders.shown_beside(db(), reader, gig),
        "gig": gig,
        "attached": gigs.files_of(db(), reader, gig),
        "client": accounts.people(db(), [gig.owner_id]).get(gig.owner_id),
        "counts": jobs.counts_of(db(), gig.owner_id),
        "similar": [] if is_owner or wants_fragment() else jobs.similar_jobs(db(), gig, SIMILAR),
        "is_owner": is_owner,
        "listed": list_of(gig, rows, choice, is_cut=page.next is not None),
        "my_bid": my_bid,
        "bid_form": bid_form,
        "turn": _turn_on_page(gig, bids) if is_owner else my_bid and my_bid.turn,
    }


def _new_bid_form(gig: Job) -> NewBidPageForm:
    return NewBidPageForm(formdata=None, data={"for_terms": gig.terms_version})


def bid_rows(bids: list[Bid], known: dict[ObjectId, Job] | None = None) -> list[BidRow]:
    """Return these bids with the names of their freelancers and jobs, and whose turn it is if the reader was hired."""
    people = accounts.people(db(), [bid.freelancer_id for bid in bids]) if bids else {}
    if known is None:
        known = jobs.jobs_by_id(db(), [bid.gig_id for bid in bids])
    reader = viewer()
    hired = [
        bid.id for bid in bids if bid.status == "hired" and reader and bid.freelancer_id == reader.user_id
    ]
    turns = turns_of_orders(orders.orders_from(db(), hired))
    attached = files.files_by_id(db(), [each for bid in bids for each in bid.file_ids])
    return [
        _bid_row(bid, known[bid.gig_id], people[bid.freelancer_id], turns.get(bid.id), attached)
        for bid in bids
    ]


def turns_of_owner(mine: list[Job]) -> list[JobRow]:
    """Return the viewer's own jobs, each with whose turn it is: if somebody was hired, as the order says."""
    unread = reading.unread_of(db(), person(), [job.id for job in mine if job.status == "open"])
    unconfirmed = reading.unconfirmed_counts(db(), mine)
    hired = {job.hired_bid_id: job.id for job in mine if job.hired_bid_id}
    turns = turns_of_orders(orders.orders_from(db(), list(hired)))
    by_job = {hired[bid_id]: turn for bid_id, turn in turns.items()}
    return [
        JobRow(
            job,
            by_job.get(job.id) or _owner_turn(job, unread.get(job.id, NOTHING), unconfirmed.get(job.id, 0)),
        )
        for job in mine
    ]


def _turn_on_page(gig: Job, bids: list[Bid]) -> Turn:
    """Return whose turn it is in the viewer's own job, on its page, where all its bids were read already."""
    if gig.status != "open":
        return turns_of_owner([gig])[0].turn
    pending = [bid for bid in bids if bid.status == "pending"]
    confirmed = [bid for bid in pending if bid.is_for(gig)]
    unread = [bid for bid in confirmed if bid.unread_by]
    new = Unread(len(unread), max((bid.version for bid in unread), default=1))
    return _owner_turn(gig, new, len(pending) - len(confirmed))


def _bid_row(
    bid: Bid, gig: Job, bidder: Person, turn: Turn | None, attached: Mapping[ObjectId, File]
) -> BidRow:
    rating = bidder.rating.freelancer
    return BidRow(
        id=bid.id,
        gig_id=bid.gig_id,
        gig_title=gig.title,
        gig_status=gig.status,
        freelancer_id=bid.freelancer_id,
        freelancer_name=bidder.name,
        freelancer_picture_id=bidder.picture_id,
        freelancer_left=bidder.disabled_at is not None,
        rating_average=rating.average,
        rating_count=rating.count,
        message=bid.message,
        files=[attached[each] for each in bid.file_ids if each in attached],
        price_minor=bid.price_minor,
        delivery_days=bid.days_for(gig),
        revisions=bid.revisions,
        is_confirmed=bid.is_for(gig),
        changes=changes_of(bid, gig, runtime().currency),
        status=bid.status,
        is_new=bid.status == "pending" and bid.unread_by is not None,
        is_changed=bid.version > 1,
        is_starred=bid.starred_at is not None,
        is_declined=bid.is_declined,
        may_be_reconsidered=bid.may_be_reconsidered and bidder.disabled_at is None,
        reason=bid.reason,
        version=bid.version,
        created_at=bid.created_at,
        turn=turn or bidder_turn(bid, gig),
    )


def _owner_turn(gig: Job, unread: Unread, unconfirmed: int) -> Turn:
    url = gig.address
    if gig.status == "open" and gig.bid_count:
        choice = _choice(gig.bid_count - unconfirmed, unconfirmed)
        text = f"{plural(gig.bid_count, 'bid')}, {'reviewed' if gig.bid_count == 1 else 'all reviewed'}. {choice}"
        if unread.count:
            text = f"{reading.how_many(unread, gig.bid_count)} to review. {choice}"
        elif gig.bid_count <= unconfirmed:
            text = "You changed this job. You can hire a bidder as soon as they have confirmed their bid."
        return Turn(text, unread.count > 0, f"{url}#bids-title", "Review the bids")
    return Turn(
        {
            "open": "Waiting for a new bid." if gig.bid_activity else "Waiting for the first bid.",
            "assigned": "You hired someone for this job.",
            "closed": "You closed this job without hiring.",
            "completed": "This job is done.",
            "cancelled": "This job was cancelled.",
        }[gig.status],
        url=url,
    )


def _choice(confirmed: int, unconfirmed: int) -> str:
    """Return whom of the bidders on an open job its owner can hire: those whose bids are for the job as it is now."""
    if not unconfirmed:
        return "Hire the one you like."
    if confirmed == 1:
        return "You can hire the one that is confirmed."
    return f"You can hire one of the {confirmed:,} that are confirmed."


def bidder_turn(bid: Bid, gig: Job) -> Turn:
    """Return what a bid on a job waits for, for its freelancer."""
    url = gig.address
    if bid.status == "pending" and not bid.is_for(gig):
        text = "Your turn: this job has changed since you bid. Confirm your bid or withdraw it."
        return Turn(text, True, f"{url}#my-bid", "Look at your bid")
    if bid.status == "pending":
        return Turn(f"{gig.owner_name} has not decided yet. You can change your bid until then.", url=url)
    if bid.status == "withdrawn":
        if gig.status == "open":
            return Turn("You withdrew this bid. You can bid again.", url=url)
        return Turn("You withdrew this bid.", url=url)
    if bid.is_declined and gig.status == "open":
        return Turn(f"{gig.owner_name} declined your bid. You can bid again while the job is open.", url=url)
    if gig.status == "closed":
        return Turn(f"{gig.owner_name} closed this job without hiring.", url=url)
    return Turn("This job went to someone else.", url=url)
