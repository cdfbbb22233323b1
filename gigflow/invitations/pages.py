"""Inviting and declining for people."""

from flask import Blueprint, Response

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import name_of
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.invitations import actions
from gigflow.invitations.forms import DeclineForm
from gigflow.invitations.models import Invitation
from gigflow.invitations.views import invite_context, invite_form
from gigflow.jobs import actions as jobs
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render, render_question
from gigflow.web.runtime import db, person, runtime

pages = Blueprint("invitations", __name__)


@pages.get("/invite")
@signed_in
def ask() -> Response:
    """Show whom the viewer can invite: the people whom the address names (`to`), to one of their open jobs (`gig`)."""
    form = invite_form(is_sent=False)
    return render("invitations/invite.html", "invitations/_form.html", **invite_context(form))


@pages.post("/invite")
@signed_in
def invite() -> Response:
    """Invite the ticked ones, and show the job; if somebody cannot be invited, say who and why."""
    form = invite_form(is_sent=True)
    most = runtime().limits.most("invitations")
    results = form.perform(
        lambda: actions.invite_each(
            db(),
            person(),
            object_id(form.gig.data),
            form.people.data,
            form.note.data or "",
            now(),
            most=most,
        )
    )
    if results and all(each.invitation for each in results):
        return go(f"{jobs.get_job(db(), object_id(form.gig.data)).path}#invitations")
    if results and not any(each.invitation for each in results):
        form.status = 409
    context = invite_context(form, results or ())
    return render("invitations/invite.html", "invitations/_form.html", status=form.status, **context)


@pages.get("/invitations/<invitation_id>/decline")
@signed_in
def ask_decline(invitation_id: str) -> Response:
    """Ask before declining, naming the job."""
    invitation = actions.own_invitation(db(), person(), object_id(invitation_id))
    return _question(invitation, DeclineForm(formdata=None))


@pages.post("/invitations/<invitation_id>/decline")
@signed_in
def decline(invitation_id: str) -> Response:
    """Decline, and show the job."""
    invitation = actions.own_invitation(db(), person(), object_id(invitation_id))
    form = DeclineForm()
    declined = form.perform(
        lambda: actions.decline(db(), person(), invitation.id, form.reason.data or "", now())
    )
    return go(declined.path) if declined else _question(invitation, form)


def _question(invitation: Invitation, form: DeclineForm) -> Response:
    gig = jobs.get_job(db(), invitation.gig_id)
    owner = accounts.people(db(), [invitation.owner_id]).get(invitation.owner_id)
    return render_question(
        "invitations/_decline.html",
        "Decline the invitation",
        status=form.status,
        form=form,
        invitation=invitation,
        gig=gig,
        owner=name_of(owner),
    )
