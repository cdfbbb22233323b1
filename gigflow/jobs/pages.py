"""Jobs for people: post, change, close."""

from flask import Blueprint, Response

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.files import FILES_MAX
from gigflow.core.texts import quoted
from gigflow.files.models import Subject
from gigflow.files.views import keep_sent, name_files
from gigflow.gigs.models import Job
from gigflow.jobs import actions
from gigflow.jobs.forms import JobPageForm
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render, render_question
from gigflow.web.limits import spend_by_person
from gigflow.web.marks import visitors_begin
from gigflow.web.runtime import db, person, runtime, viewer
from gigflow.web.security import safe_next
from gigflow.web.uploads import takes_files

pages = Blueprint("jobs", __name__)


@pages.post("/gigs")
@visitors_begin
@takes_files(FILES_MAX)
def post() -> Response:
    """Put the job on the market and show it; a visitor's is kept until they have joined."""
    form = JobPageForm()
    if viewer() is None:
        place = form.perform(lambda: actions.begin_job(form.terms(), now()))
        return go(place) if place else job_form_page(form, None)
    keep_sent(form)
    spend_by_person("gigs", in_form=True)
    most = runtime().limits.most("open_jobs")
    gig = form.perform(lambda: actions.post_job(db(), person(), form.terms(), now(), most=most))
    if gig is None:
        return job_form_page(form, None)
    return go(safe_next(form.next.data) if form.next.data else gig.path)


@pages.get("/gigs/<gig_id>/close")
@signed_in
def ask_close(gig_id: str) -> Response:
    """Ask before closing, naming the job."""
    gig = actions.own_job(db(), person(), object_id(gig_id))
    if gig.status != "open":
        raise actions.job_not_open(gig)
    return render_question("jobs/_close.html", f"Close {quoted(gig.title)}", gig=gig)


@pages.post("/gigs/<gig_id>/close")
@signed_in
def close(gig_id: str) -> Response:
    """Close the job and show what became of it."""
    return go(actions.close_job(db(), person(), object_id(gig_id), now()).path)


def job_form_page(form: JobPageForm, gig: Job | None) -> Response:
    """Show the form to post a job, or to change one."""
    name_files(form, Subject("job", gig.id) if gig else None)
    page = "jobs/edit.html" if gig else "jobs/new.html"
    return render(page, "jobs/_form.html", status=form.status, form=form, gig=gig)
