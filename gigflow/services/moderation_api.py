"""What admins decide about services, for their programs (docs/api.md)."""

from flask import Blueprint, Response

from gigflow.accounts.admins import check_admin
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.transitions import Transition
from gigflow.gigs.bodies import GigBody, GigList, gig_body
from gigflow.services import moderation
from gigflow.services.forms import DecisionForm, RejectionForm
from gigflow.services.moderation import APPROVE, REJECT, TAKE_DOWN
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind
from gigflow.web.openapi import CURSOR_TEXT, LIMIT, describes
from gigflow.web.runtime import db, person, runtime

api = Blueprint("moderation_api", __name__, url_prefix="/api/admin/services")

_REFUSALS = (403, 404, 409)


@api.get("")
@signed_in
@describes(
    "List the services awaiting approval, oldest first",
    "Admin",
    GigList,
    query=(LIMIT, CURSOR_TEXT),
    refusals=(403,),
)
def list_pending() -> Response:
    """Show the service that was sent first at the top; `next` leads to those that were sent later."""
    page = moderation.pending_services(db(), person(), asked_page(order="sent"))
    return answer(GigList([gig_body(gig, runtime().currency) for gig in page.rows], page.next))


@api.post("/<id>/approve")
@signed_in
@describes("Approve a service", "Admin", GigBody, form=DecisionForm, refusals=_REFUSALS)
def approve(id: str) -> Response:
    """Make it live from now on. `version` is the one that you saw; it may be left out."""
    return _decide(id, APPROVE, DecisionForm)


@api.post("/<id>/reject")
@signed_in
@describes("Reject a service", "Admin", GigBody, form=RejectionForm, refusals=_REFUSALS)
def reject(id: str) -> Response:
    """Reject it and tell its owner the `note`. `version` is the one that you saw; it may be left out."""
    return _decide(id, REJECT, RejectionForm)


@api.post("/<id>/take-down")
@signed_in
@describes("Take a service off the market", "Admin", GigBody, form=RejectionForm, refusals=_REFUSALS)
def take_down(id: str) -> Response:
    """Take it off and tell its owner the `note`; they may change the service and send it again. `version` may be left
    out.
    """
    return _decide(id, TAKE_DOWN, RejectionForm)


def _decide(id: str, transition: Transition, form_class: type[DecisionForm]) -> Response:
    check_admin(person())
    form = bind(form_class)
    decided = moderation.decide(
        db(),
        person(),
        object_id(id),
        transition,
        version=form.version.data,
        note=form.note.data or "",
        now=now(),
    )
    return answer(gig_body(decided, runtime().currency))
