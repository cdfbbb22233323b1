"""What pages show of jobs and bids together: rows with names, and the one sentence that says whose turn it is."""

from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person
from gigflow.bids import actions, reading
from gigflow.bids.forms import NewBidPageForm
from gigflow.bids.models import LIST_MAX, Bid
from gigflow.core.paging import Page, PageRequest
from gigflow.gigs.models import Job
from gigflow.jobs import actions as jobs
from gigflow.orders import actions as orders
from gigflow.orders.views import Turn, turns_of_orders
from gigflow.web.htmx import wants_fragment
from gigflow.web.runtime import db, person, viewer
from gigflow.web.templating import plural
from gigflow.web.visitors import is_looked_at

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
    price_minor: int
    delivery_days: int
    revisions: int
    is_confirmed: bool
    status: str
    is_new: bool
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
    if reader and is_owner:
        page = actions.bids_on(db(), reader, gig.id, PageRequest(LIST_MAX))
        if is_looked_at():
            reading.note_all_read(db(), reader, page)
    bids = page.rows
    unread = sum(bid.status == "pending" and bid.unread_by is not None for bid in bids)
    rows = bid_rows([*bids, mine] if mine else bids, {gig.id: gig})
    my_bid = rows.pop() if mine else None
    may_bid = (
        reader and not is_owner and gig.status == "open" and (my_bid is None or my_bid.status == "withdrawn")
    )
    bid_form = (form or _new_bid_form(gig)) if may_bid else None
    if bid_form:
        bid_form.say_days(gig)
    return {
        "gig": gig,
        "client": accounts.people(db(), [gig.owner_id]).get(gig.owner_id),
        "counts": jobs.counts_of(db(), gig.owner_id),
        "similar": [] if is_owner or wants_fragment() else jobs.similar_jobs(db(), gig, SIMILAR),
        "is_owner": is_owner,
        # The hired one first, then those that can be chosen, then the others; newest first in each group.
        "bids": sorted(rows, key=lambda row: ("hired", "pending", "rejected", "withdrawn").index(row.status)),
        "my_bid": my_bid,
        "bid_form": bid_form,
        "turn": _turn_on_page(gig, rows, unread) if is_owner else my_bid and my_bid.turn,
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
    return [_bid_row(bid, known[bid.gig_id], people[bid.freelancer_id], turns.get(bid.id)) for bid in bids]


def turns_of_owner(mine: list[Job], unread: dict[ObjectId, int] | None = None) -> list[JobRow]:
    """Return the viewer's own jobs, each with whose turn it is: if somebody was hired, as the order says. `unread` is
    how many bids on each they have not looked at, if that is known.
    """
    if unread is None:
        unread = reading.unread_counts(db(), person(), [job.id for job in mine if job.status == "open"])
    hired = {job.hired_bid_id: job.id for job in mine if job.hired_bid_id}
    turns = turns_of_orders(orders.orders_from(db(), list(hired)))
    by_job = {hired[bid_id]: turn for bid_id, turn in turns.items()}
    return [JobRow(job, by_job.get(job.id) or _owner_turn(job, unread.get(job.id, 0))) for job in mine]


def _turn_on_page(gig: Job, rows: list[BidRow], unread: int) -> Turn:
    """Return whose turn it is in the viewer's own job, on its page: the bidders', if none of them has confirmed."""
    pending = [row.is_confirmed for row in rows if row.status == "pending"]
    if gig.status == "open" and pending and not any(pending):
        text = "You changed this job. You can hire a bidder as soon as they have confirmed their bid."
        return Turn(text, False, f"{gig.path}#bids-title", "Review the bids")
    return turns_of_owner([gig], {gig.id: unread})[0].turn


def _bid_row(bid: Bid, gig: Job, bidder: Person, turn: Turn | None) -> BidRow:
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
        price_minor=bid.price_minor,
        delivery_days=bid.days_for(gig),
        revisions=bid.revisions,
        is_confirmed=bid.is_for(gig),
        status=bid.status,
        is_new=bid.status == "pending" and bid.unread_by is not None,
        version=bid.version,
        created_at=bid.created_at,
        turn=turn or bidder_turn(bid, gig),
    )


def _owner_turn(gig: Job, unread: int) -> Turn:
    url = gig.address
    if gig.status == "open" and gig.bid_count:
        new = f"{reading.how_many(unread, gig.bid_count)} to review. Hire the one you like."
        read = f"{plural(gig.bid_count, 'bid')}, all reviewed. Hire the one you like."
        return Turn(new if unread else read, unread > 0, f"{url}#bids-title", "Review the bids")
    return Turn(
        {
            "open": "Waiting for the first bid.",
            "assigned": "You hired someone for this job.",
            "closed": "You closed this job without hiring.",
            "completed": "This job is done.",
            "cancelled": "This job was cancelled.",
        }[gig.status],
        url=url,
    )


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
    if gig.status == "closed":
        return Turn(f"{gig.owner_name} closed this job without hiring.", url=url)
    return Turn("This job went to someone else.", url=url)
