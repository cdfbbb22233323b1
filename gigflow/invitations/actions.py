"""Inviting freelancers to bid on a job, and declining (docs/domain.md, Invitations)."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User, Viewer
from gigflow.bids import bidders
from gigflow.chat import pairs
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, TooMany
from gigflow.core.ids import new_id
from gigflow.gigs.models import Job
from gigflow.invitations import store
from gigflow.invitations.events import INVITATION_DECLINED, INVITED
from gigflow.invitations.models import INVITATION, INVITED_MAX, INVITED_WITHIN, Invitation
from gigflow.jobs import actions as jobs
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import About
from gigflow.orders import reach


class TooManyInvitations(TooMany):
    """Somebody has invited as many people as they may in a day."""

    code = "too_many_invitations"

    def __init__(self, most: int, retry_after: int) -> None:
        super().__init__(retry_after)
        hours = -(-retry_after // 3_600)
        self.message = (
            f"You have invited {most} {'person' if most == 1 else 'people'} within a day. You can invite the next one"
            f" in {hours} {'hour' if hours == 1 else 'hours'}."
        )


class Result(msgspec.Struct, frozen=True):
    """What became of inviting one of several people: the invitation, or why there is none."""

    freelancer_id: ObjectId
    invitation: Invitation | None = None
    refusal: DomainError | None = None


def invite(
    db: Db,
    viewer: Viewer,
    gig_id: ObjectId,
    freelancer_id: ObjectId,
    note: str,
    now: datetime,
    *,
    most: int | None = None,
) -> Invitation:
    """Invite a freelancer to bid on an open job of the viewer's. One transaction whose first write is on the job, as
    that of a bid, so that nobody is invited who has just bid, nor to what has just ended.

    Raises NotFound, Invalid (oneself), Forbidden if the job is not theirs or the freelancer may not be invited, TooMany
    if they have invited `most` within a day, and Conflict: if the job is not open or full, if the freelancer has bid on
    it, was invited or has declined, or if their account is closed.
    """
    jobs.own_job(db, viewer, gig_id)
    freelancer = person_to_invite(db, viewer, freelancer_id)
    new = Invitation(
        id=new_id(),
        gig_id=gig_id,
        owner_id=viewer.user_id,
        freelancer_id=freelancer.id,
        note=note,
        created_at=now,
    )

    def work(tx: Tx) -> Invitation:
        gig = jobs.count_bid(tx, freelancer.id, gig_id, 0)
        owner = accounts.act(tx, viewer, accounts.COUNTED)
        _check_not_yet(tx, gig, freelancer)
        _check_room(tx, viewer, gig, most, now)
        if accounts.engage(tx, freelancer.id):
            raise accounts.shut_out()
        hidden = pairs.is_blocked_by(tx, viewer, freelancer.id)
        made = msgspec.structs.replace(new, hidden=hidden, waits_for=None if hidden else freelancer.id)
        if not store.insert_invitation(tx, made):
            raise _already_invited(freelancer)
        if not hidden:
            text = "{actor} invites you to bid on a job."
            notifications.tell(
                tx, INVITED, freelancer.id, text, now, about=_about(gig), occurrence=made.id, actor=owner
            )
        return made

    with jobs.job_queues.turn(gig_id), accounts.turn_of(viewer, counted=True):
        return db.transact(work)


def invite_each(
    db: Db,
    viewer: Viewer,
    gig_id: ObjectId,
    freelancer_ids: Sequence[ObjectId],
    note: str,
    now: datetime,
    *,
    most: int | None = None,
) -> list[Result]:
    """Invite several people, each by a transaction of their own, and return what became of each. Raises NotFound,
    Forbidden and Conflict only for what is true of all of them: the job is not there, not the viewer's or not open.
    """
    gig = jobs.own_job(db, viewer, gig_id)
    if gig.status != "open":
        raise jobs.job_not_open(gig)
    results = []
    for each in dict.fromkeys(freelancer_ids):
        try:
            made = invite(db, viewer, gig_id, each, note, now, most=most)
            results.append(Result(each, invitation=made))
        except (Invalid, NotFound, Forbidden, Conflict, TooMany) as refusal:
            results.append(Result(each, refusal=refusal))
    return results


def person_to_invite(db: Db, viewer: Viewer, user_id: ObjectId) -> User:
    """Return somebody whom the viewer may invite to a job. Raises NotFound, Invalid if it is the viewer, Conflict if
    the account is closed, and Forbidden.
    """
    if user_id == viewer.user_id:
        raise Invalid({"freelancer_id": ["You cannot invite yourself."]}, "You cannot invite yourself.")
    user = accounts.get_user(db, user_id)
    if user is None:
        raise NotFound("There is no such person.", code="user_not_found")
    if user.disabled_at:
        raise accounts.shut_out()
    if not reach.may_turn_to(db, viewer, user):
        raise Forbidden(
            f"{user.name} is not listed among freelancers. You can invite people whom you share an order or a"
            " conversation with, and those who are listed.",
            code="may_not_invite",
        )
    return user


def decline(db: Db, viewer: Viewer, invitation_id: ObjectId, reason: str, now: datetime) -> Invitation:
    """Decline an invitation of the viewer's, for good; its owner is told. Declining it again changes nothing.

    Raises NotFound, Forbidden for the one who sent it, and Conflict if the job is not open or the viewer has bid on it.
    """
    invitation = own_invitation(db, viewer, invitation_id)
    if invitation.status == "declined":
        return invitation

    def work(tx: Tx) -> Invitation:
        gig = jobs.count_bid(tx, viewer.user_id, invitation.gig_id, 0)
        accounts.take_part(tx, viewer)
        if bidders.has_live_bid(tx, gig.id, viewer.user_id):
            raise Conflict(
                "You have bid on this job. Withdraw your bid if you no longer want it.", code="already_bid"
            )
        declined = store.decline(tx, invitation.id, reason, now)
        if declined is None:
            return own_invitation(tx, viewer, invitation.id)
        step, fact = INVITATION["decline"].name, (INVITED, invitation.id, viewer.user_id)
        notifications.end_news(tx, "invitation", step, gig.path, now, fact=fact)
        text = "{actor} has declined your invitation to {title}."
        about = msgspec.structs.replace(_about(gig), gig_title=gig.title)
        to, who = invitation.owner_id, viewer
        notifications.tell(
            tx, INVITATION_DECLINED, to, text, now, about=about, occurrence=invitation.id, actor=who
        )
        return declined

    with jobs.job_queues.turn(invitation.gig_id):
        return db.transact(work)


def own_invitation(db: Db, viewer: Viewer, invitation_id: ObjectId) -> Invitation:
    """Return an invitation for the freelancer who got it. Raises NotFound, also if it is hidden from them, and
    Forbidden for the one who sent it.
    """
    found = store.get_invitation(db, invitation_id)
    if found and found.owner_id == viewer.user_id:
        raise Forbidden("Only the person who was invited can do that.", code="not_invited")
    if found is None or found.freelancer_id != viewer.user_id or found.hidden:
        raise NotFound("There is no such invitation.", code="invitation_not_found", hides=found is not None)
    return found


def _check_not_yet(tx: Tx, gig: Job, freelancer: User) -> None:
    """Raise Conflict if a freelancer has bid on a job, or was invited to it."""
    if bidders.has_live_bid(tx, gig.id, freelancer.id):
        raise Conflict(f"{freelancer.name} has already bid on this job.", code="already_bid")
    known = store.get_invitation_to(tx, gig.id, freelancer.id)
    if known and known.status == "declined":
        raise Conflict(
            f"{freelancer.name} has declined your invitation to this job.", code="invitation_declined"
        )
    if known:
        raise _already_invited(freelancer)


def _check_room(tx: Tx, viewer: Viewer, gig: Job, most: int | None, now: datetime) -> None:
    """Raise Conflict if a job has as many invitations as it may, and TooManyInvitations if its owner has sent `most`
    within a day. Both are exact: the job and the viewer were written before in this transaction.
    """
    if store.count_on(tx, gig.id, INVITED_MAX) >= INVITED_MAX:
        raise Conflict(f"You have invited {INVITED_MAX} people to this job.", code="invitations_full")
    if most is None:
        return
    count, oldest = store.count_since(tx, viewer.user_id, now - INVITED_WITHIN, most)
    if count >= most and oldest:
        raise TooManyInvitations(most, max(1, int((oldest + INVITED_WITHIN - now).total_seconds())))


def _already_invited(freelancer: User) -> Conflict:
    return Conflict(f"You have already invited {freelancer.name} to this job.", code="already_invited")


def _about(gig: Job) -> About:
    """Return a job as somebody who is invited is told of it: without its title, which are words of somebody whom they
    may not know.
    """
    return About(url=gig.path, gig_id=gig.id)
