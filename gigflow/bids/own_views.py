"""Somebody's own jobs and bids as lists with tabs."""

from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person
from gigflow.bids import actions
from gigflow.bids.models import Bid
from gigflow.bids.views import bidder_turn, turns_of_owner
from gigflow.gigs.actions import counts_of
from gigflow.jobs import actions as jobs
from gigflow.orders import actions as orders
from gigflow.orders.views import Turn, turns_of_orders
from gigflow.turn.views import turns_in
from gigflow.web.runtime import db, person
from gigflow.web.sections import Section, Tabs, asked_for, section

JOB_TABS: Tabs = {
    "open": ("Open", ("open",)),
    "hired": ("Hired", ("assigned",)),
    "past": ("Past", ("completed", "closed", "cancelled")),
}
BID_TABS: Tabs = {
    "waiting": ("Waiting", ("pending",)),
    "past": ("Past", ("hired", "rejected", "withdrawn")),
}


class OwnBidRow(msgspec.Struct, frozen=True):
    """One of the reader's bids, with its job's title and owner, and whose turn it is."""

    id: ObjectId
    gig_title: str
    owner_name: str
    owner: Person | None
    price_minor: int
    delivery_days: int
    status: str
    is_confirmed: bool
    is_declined: bool
    created_at: datetime
    turn: Turn


def job_section() -> Section:
    """Return the reader's own jobs."""
    asked = asked_for("jobs", JOB_TABS, turns_in("jobs"))
    page = jobs.jobs_of(db(), person(), asked.page, asked.statuses)
    counts = counts_of(db(), person(), [each for _, states in JOB_TABS.values() for each in states])
    return section(asked, counts, page, turns_of_owner(page.rows))


def bid_section() -> Section:
    """Return the reader's own bids."""
    asked = asked_for("bids", BID_TABS, turns_in("bids"))
    page = actions.bids_of(db(), person(), asked.page, asked.statuses)
    return section(asked, actions.bid_counts(db(), person()), page, _rows(page.rows))


def _rows(bids: list[Bid]) -> list[OwnBidRow]:
    if not bids:
        return []
    known = jobs.jobs_by_id(db(), [bid.gig_id for bid in bids])
    owners = accounts.people(db(), [gig.owner_id for gig in known.values()])
    hired = [bid.id for bid in bids if bid.status == "hired"]
    turns = turns_of_orders(orders.orders_from(db(), hired))
    rows = []
    for bid in bids:
        gig = known[bid.gig_id]
        rows.append(
            OwnBidRow(
                id=bid.id,
                gig_title=gig.title,
                owner_name=gig.owner_name,
                owner=owners.get(gig.owner_id),
                price_minor=bid.price_minor,
                delivery_days=bid.days_for(gig),
                status=bid.status,
                is_confirmed=bid.is_for(gig),
                is_declined=bid.is_declined,
                created_at=bid.created_at,
                turn=turns.get(bid.id) or bidder_turn(bid, gig),
            )
        )
    return rows
