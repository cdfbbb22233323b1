"""What both sides read of invitations, and what waits for the invited."""

from collections.abc import Mapping
from typing import Any

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person, Viewer
from gigflow.bids import bidders
from gigflow.core.db import Db, Document, from_document
from gigflow.core.paging import Page, PageRequest
from gigflow.gigs import actions as gigs
from gigflow.gigs.models import Job
from gigflow.invitations import store
from gigflow.invitations.models import INVITED_MAX, Invitation, Standing
from gigflow.jobs import actions as jobs
from gigflow.turn.models import Item, Reader, Source


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as one side reads it: with its job, the other person, and how it stands."""

    invitation: Invitation
    job: Job
    other: Person | None
    standing: Standing


def invitations_to(db: Db, viewer: Viewer, gig_id: ObjectId, page: PageRequest) -> Page[Shown]:
    """Return who is invited to a job, newest first, for its owner only. Raises NotFound, Forbidden."""
    job = jobs.own_job(db, viewer, gig_id)
    found = store.find_on(db, job.id, page)
    return Page(_for_owner(db, job, found.rows), found.next)


def invitations_of(db: Db, viewer: Viewer, page: PageRequest, *, waiting: bool) -> Page[Shown]:
    """Return what the viewer is invited to, newest first: what waits for them, or the rest."""
    found = store.find_of(db, viewer.user_id, page, waiting=waiting)
    rows = found.rows
    known = jobs.jobs_by_id(db, [each.gig_id for each in rows]) if rows else {}
    owners = accounts.people(db, [each.owner_id for each in rows]) if rows else {}
    with_bid = bidders.bid_on_among(db, viewer.user_id, list(known))
    shown = [
        Shown(
            invitation=each,
            job=known[each.gig_id],
            other=owners.get(each.owner_id),
            standing=each.standing(known[each.gig_id], has_bid=each.gig_id in with_bid, is_gone=False),
        )
        for each in rows
    ]
    return Page(shown, found.next)


def invitation_counts(db: Db, viewer: Viewer) -> dict[str, int]:
    """Return how many invitations wait for the viewer, and how many others they have had."""
    waiting, past = store.count_of(db, viewer.user_id)
    return {"waiting": waiting, "past": past}


def shown_one(db: Db, viewer: Viewer, invitation: Invitation) -> Shown:
    """Return an invitation as one of its two sides reads it."""
    job = jobs.get_job(db, invitation.gig_id)
    is_mine = invitation.owner_id == viewer.user_id
    other_id = invitation.freelancer_id if is_mine else invitation.owner_id
    has_bid = bool(bidders.bidders_among(db, job.id, [invitation.freelancer_id]))
    other = accounts.people(db, [other_id]).get(other_id)
    standing = invitation.standing(job, has_bid=has_bid, is_gone=is_mine and _is_gone(other))
    return Shown(invitation=invitation, job=job, other=other, standing=standing)


def beside_bids(db: Db, reader: Viewer | None, job: Job) -> Mapping[str, Any]:
    """Return who is invited to a job, for its owner; for anybody else whether they are."""
    if reader is None:
        return {}
    if reader.user_id == job.owner_id:
        return {"invited": _for_owner(db, job, store.find_on(db, job.id, PageRequest(INVITED_MAX)).rows)}
    mine = store.get_invitation_to(db, job.id, reader.user_id)
    if mine is None or mine.hidden:
        return {}
    return {"my_invitation": mine}


def invitations_that_wait(reader: Reader) -> Source:
    """Say to which jobs somebody is invited, until they bid or decline, or the job ends."""
    rows, stages = store.waiting_for(reader.viewer.user_id, gigs.gig_beside("gig_id", "job"))
    return Source(rows, stages, _items)


def _items(rows: list[Document]) -> list[Item]:
    found = [
        (from_document(row, Invitation), from_document(row["job"][0], Job)) for row in rows if row["job"]
    ]
    return [
        Item(
            id=job.id,
            group="bids",
            kind="answer_invitation",
            part="freelancer",
            title=job.title,
            sentence="{name} invites you to bid on this job.",
            action="See the invitation",
            path=f"{job.path}#invitation",
            among="invitations",
            state="waiting",
            since=invitation.created_at,
            other_id=job.owner_id,
            gig_id=job.id,
            row_id=invitation.id,
        )
        for invitation, job in found
    ]


def _for_owner(db: Db, job: Job, rows: list[Invitation]) -> list[Shown]:
    ids = [each.freelancer_id for each in rows]
    people = accounts.people(db, ids) if ids else {}
    with_bid = bidders.bidders_among(db, job.id, ids)
    return [
        Shown(
            invitation=each,
            job=job,
            other=people.get(each.freelancer_id),
            standing=each.standing(
                job,
                has_bid=each.freelancer_id in with_bid,
                is_gone=_is_gone(people.get(each.freelancer_id)),
            ),
        )
        for each in rows
    ]


def _is_gone(person: Person | None) -> bool:
    return person is None or person.disabled_at is not None
