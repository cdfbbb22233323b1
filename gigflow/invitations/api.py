"""Invitations for programs (docs/api.md)."""

from datetime import datetime
from typing import ClassVar

import msgspec
from flask import Blueprint, Response, request

from gigflow.accounts.models import name_of
from gigflow.bids.bodies import GigRef
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Invalid
from gigflow.invitations import actions, reading
from gigflow.invitations.actions import Result
from gigflow.invitations.forms import DeclineForm, InviteForm
from gigflow.invitations.reading import Shown
from gigflow.pictures.api import PictureBody, picture_body
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind
from gigflow.web.openapi import CURSOR, LIMIT, Query, describes
from gigflow.web.runtime import db, person, runtime

api = Blueprint("invitations_api", __name__, url_prefix="/api")

STATE = Query(
    "state",
    "Which: those that wait for your answer (the default), or the others.",
    {"enum": ["waiting", "past"]},
)
TAG = "Invitations"


class OtherBody(msgspec.Struct, rename="camel"):
    """The other person of an invitation."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    name: str
    picture: PictureBody | None


class InvitationBody(msgspec.Struct, rename="camel", kw_only=True):
    """An invitation as its two sides see it; `other` is the other one. Its `status` says how it stands: `invited`,
    `has_bid`, `declined`, `over` if the job has ended, or `gone` if the freelancer is no longer here.
    """

    NAME: ClassVar[str] = "invitation"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    gig_id: str
    gig: GigRef
    owner_id: str
    freelancer_id: str
    other: OtherBody
    note: str
    status: str
    reason: str
    declined_at: datetime | None
    created_at: datetime


class InvitationList(msgspec.Struct, rename="camel"):
    """A page of invitations; `next` is the cursor of the next page, `count` how many are on this one."""

    invitations: list[InvitationBody]
    next: str | None
    count: int


class RefusalBody(msgspec.Struct, rename="camel"):
    """Why one of several people was not invited: a stable code, and a sentence."""

    code: str
    message: str


class ResultBody(msgspec.Struct, rename="camel", kw_only=True):
    """What became of one of the people: the invitation, or the error."""

    freelancer_id: str
    status: str
    invitation: InvitationBody | None = None
    error: RefusalBody | None = None


class ResultList(msgspec.Struct, rename="camel"):
    """What became of each of the people, in the order in which they were named."""

    results: list[ResultBody]


@api.post("/gigs/<id>/invitations")
@signed_in
@describes(
    "Invite freelancers to bid on your open job",
    TAG,
    ResultList,
    form=InviteForm,
    status=201,
    refusals=(403, 404, 409),
    says="One person (`freelancerId`), or several (`freelancerIds`) with a result each: what is refused for one is an"
    " `error` of theirs, and the answer is 200 if nobody was invited. An invitation that was declined is declined for"
    " good for this job.",
)
def invite(id: str) -> Response:
    """Invite one person or several to the job with this id."""
    form = bind(InviteForm)
    gig_id, most = object_id(id), runtime().limits.most("invitations")
    note = form.note.data or ""
    if form.freelancer_id.data:
        freelancer_id = object_id(form.freelancer_id.data)
        made = actions.invite(db(), person(), gig_id, freelancer_id, note, now(), most=most)
        results = [Result(freelancer_id, invitation=made)]
    else:
        ids = form.freelancer_ids.data
        results = actions.invite_each(db(), person(), gig_id, ids, note, now(), most=most)
    is_any = any(each.invitation for each in results)
    return answer(ResultList([_result(each) for each in results]), 201 if is_any else 200)


@api.get("/gigs/<id>/invitations")
@signed_in
@describes(
    "List whom you invited to your job",
    TAG,
    InvitationList,
    query=(LIMIT, CURSOR),
    refusals=(403, 404),
)
def list_on_gig(id: str) -> Response:
    """Show the invitations to your job with this id, newest first."""
    page = reading.invitations_to(db(), person(), object_id(id), asked_page())
    return answer(InvitationList([_body(each) for each in page.rows], page.next, len(page.rows)))


@api.get("/invitations")
@signed_in
@describes("List what you are invited to, newest first", TAG, InvitationList, query=(STATE, LIMIT, CURSOR))
def list_mine() -> Response:
    """Show the invitations that wait for your answer, or the others."""
    state = request.args.get("state") or "waiting"
    if state not in ("waiting", "past"):
        raise Invalid({"state": ["Choose waiting or past."]})
    page = reading.invitations_of(db(), person(), asked_page(), waiting=state == "waiting")
    return answer(InvitationList([_body(each) for each in page.rows], page.next, len(page.rows)))


@api.post("/invitations/<id>/decline")
@signed_in
@describes(
    "Decline an invitation",
    TAG,
    InvitationBody,
    form=DeclineForm,
    refusals=(403, 404, 409),
    says="For good for this job; the client is told. Declining it again changes nothing.",
)
def decline(id: str) -> Response:
    """Decline the invitation with this id, with a reason if you want to give one."""
    form = bind(DeclineForm)
    declined = actions.decline(db(), person(), object_id(id), form.reason.data or "", now())
    return answer(_body(reading.shown_one(db(), person(), declined)))


def _result(result: Result) -> ResultBody:
    freelancer_id = str(result.freelancer_id)
    if refusal := result.refusal:
        error = RefusalBody(refusal.code, refusal.message)
        return ResultBody(freelancer_id=freelancer_id, status="refused", error=error)
    assert result.invitation is not None
    shown = reading.shown_one(db(), person(), result.invitation)
    return ResultBody(freelancer_id=freelancer_id, status=shown.standing, invitation=_body(shown))


def _body(shown: Shown) -> InvitationBody:
    invitation, job, other = shown.invitation, shown.job, shown.other
    is_owner = invitation.owner_id == person().user_id
    other_id = str(invitation.freelancer_id if is_owner else invitation.owner_id)
    return InvitationBody(
        id=str(invitation.id),
        mongo_id=str(invitation.id),
        gig_id=str(job.id),
        gig=GigRef(str(job.id), str(job.id), job.title, job.status),
        owner_id=str(invitation.owner_id),
        freelancer_id=str(invitation.freelancer_id),
        other=OtherBody(
            other_id, other_id, name_of(other), picture_body(other.picture_id if other else None)
        ),
        note=invitation.note,
        status=shown.standing,
        reason=invitation.reason,
        declined_at=invitation.declined_at,
        created_at=invitation.created_at,
    )
