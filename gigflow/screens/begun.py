"""What somebody began before they joined: a visitor edits it, and what did not go out by itself has its own page."""

import msgspec
from flask import Blueprint, Response, url_for

from gigflow.beginnings import actions
from gigflow.beginnings.going_on import left_here, most_of, purchase_path
from gigflow.beginnings.models import Beginning
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import NotFound
from gigflow.core.files import FILES_MAX
from gigflow.files.views import keep_sent, name_files
from gigflow.jobs.forms import JobPageForm
from gigflow.services.forms import ServicePageForm
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render
from gigflow.web.limits import limited
from gigflow.web.runtime import db, person, rules, runtime, viewer
from gigflow.web.uploads import takes_files

pages = Blueprint("begun", __name__)


@pages.get("/begun/<beginning_id>")
@signed_in
def show(beginning_id: str) -> Response:
    """Show what the viewer began: with the reason why it did not go out, or where it is now."""
    begun = actions.own(db(), person(), object_id(beginning_id))
    if begun.gig_id:
        return go(purchase_path(begun.wanted) if begun.wanted else url_for("gigs.show", gig_id=begun.gig_id))
    if begun.wanted:
        return render("beginnings/gone.html", begun=begun)
    form = _form_of(begun)
    form.form_errors = [begun.problem] if begun.problem else []
    return _page(begun, form)


@pages.get("/begun/<beginning_id>/edit")
def edit(beginning_id: str) -> Response:
    """Show a visitor the form with what they wrote at this browser: what they send takes its place."""
    if viewer():
        own = actions.own(db(), person(), object_id(beginning_id))
        return go(url_for("begun.show", beginning_id=own.id))
    begun = next((each for each in left_here() if each.id == object_id(beginning_id)), None)
    if begun is None:
        raise NotFound
    form = _form_of(begun)
    return render(
        "jobs/new.html" if begun.job else "services/new.html",
        form=form,
        gig=None,
        service=None,
        moderated=rules().moderates_services,
        edited=str(begun.id),
    )


@pages.post("/begun/<beginning_id>")
@signed_in
@limited("gigs", in_form=True)
@takes_files(FILES_MAX)
def send(beginning_id: str) -> Response:
    """Let it go out as it was changed here: now, or when their address is confirmed if that is not done yet."""
    begun = actions.own(db(), person(), object_id(beginning_id))
    if begun.gig_id:
        return go(url_for("gigs.show", gig_id=begun.gig_id))
    form = JobPageForm() if begun.job else ServicePageForm()
    if isinstance(form, JobPageForm) and not person().unconfirmed:
        keep_sent(form)
    if person().unconfirmed:
        kept = form.perform(lambda: actions.change_waiting(db(), _changed(begun, form), now()))
        if kept is None:
            return _page(begun, form)
        if kept:
            return go(url_for("home.show"))
    gig_id = form.perform(
        lambda: actions.publish_as(
            db(), person(), _changed(begun, form), rules=rules(), most=most_of(runtime()), now=now()
        )
    )
    return go(url_for("gigs.show", gig_id=gig_id)) if gig_id else _page(begun, form)


def _form_of(begun: Beginning) -> JobPageForm | ServicePageForm:
    if begun.job:
        return JobPageForm(formdata=None, obj=begun.job, data={"budget": begun.job.price_minor})
    if begun.service:
        return ServicePageForm(formdata=None, obj=begun.service, data={"price": begun.service.price_minor})
    raise NotFound


def _changed(begun: Beginning, form: JobPageForm | ServicePageForm) -> Beginning:
    terms = form.terms()
    return msgspec.structs.replace(begun, **{begun.kind: terms})


def _page(begun: Beginning, form: JobPageForm | ServicePageForm) -> Response:
    if isinstance(form, JobPageForm):
        name_files(form)
    part = "jobs/_form.html" if begun.job else "services/_form.html"
    return render(
        "beginnings/show.html",
        part,
        status=form.status,
        begun=begun,
        form=form,
        gig=None,
        service=None,
        moderated=rules().moderates_services,
        address=url_for("begun.send", beginning_id=begun.id),
        part=part,
    )
