"""Requests for people: ask, change, send again, take back, cancel, open up."""

from typing import Literal

from flask import Blueprint, Response

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import NotFound
from gigflow.core.files import FILES_MAX
from gigflow.files.models import Subject
from gigflow.files.views import keep_sent, name_files
from gigflow.notifications.views import news_lead_to
from gigflow.requests import actions
from gigflow.requests.forms import OpenUpForm, RequestPageForm
from gigflow.requests.models import Request
from gigflow.requests.views import edit_form, new_form, request_context
from gigflow.web.auth import signed_in
from gigflow.web.forms import Form, VersionedForm
from gigflow.web.htmx import go, render, render_question
from gigflow.web.limits import limited, spend_by_person
from gigflow.web.runtime import db, person, runtime
from gigflow.web.uploads import takes_files

pages = Blueprint("requests", __name__)

Question = Literal["take_back", "cancel", "open_up"]
_TITLES: dict[Question, str] = {
    "take_back": "Take the request back",
    "cancel": "Cancel the request",
    "open_up": "Post it as an open job",
}


@pages.get("/requests/new")
@signed_in
def new() -> Response:
    """Show the form of a request; `like` names one of the reader's own whose words it begins with."""
    return _form_page(new_form(), None)


@pages.post("/requests/new")
@signed_in
@limited("job_requests", in_form=True)
@takes_files(FILES_MAX)
def send() -> Response:
    """Send it, and show it."""
    form = RequestPageForm()
    keep_sent(form)
    most = runtime().limits.most("open_job_requests")
    sent = form.perform(lambda: actions.send_request(db(), person(), form.terms(), now(), most=most))
    return go(sent.path) if sent else _form_page(form, None)


@pages.get("/requests/<request_id>")
@signed_in
def show(request_id: str) -> Response:
    """Show a request to its client and to admins. A freelancer reads it on the page of their offer."""
    request = actions.request_for(db(), person(), object_id(request_id))
    if request.client_id != person().user_id and not person().is_admin:
        raise NotFound("There is no such request.", code="request_not_found", hides=True)
    news_lead_to(request.path)
    return _page(request, Form(formdata=None))


@pages.get("/requests/<request_id>/edit")
@signed_in
def edit(request_id: str) -> Response:
    """Show the form that changes a request, with the budget that was suggested."""
    request = actions.own_request(db(), person(), object_id(request_id))
    actions.check_editable(request)
    return _form_page(edit_form(request), request)


@pages.post("/requests/<request_id>/edit")
@signed_in
@takes_files(FILES_MAX)
def change(request_id: str) -> Response:
    """Save the changes; one that was sent back is sent again with them."""
    request = actions.own_request(db(), person(), object_id(request_id))
    form = RequestPageForm()
    keep_sent(form)
    again = request.status == "rejected"
    spend_by_person("job_requests" if again else "edits", in_form=True)
    saved = form.perform(
        lambda: actions.edit_request(
            db(),
            person(),
            request.id,
            form.values(),
            version=form.seen_version,
            now=now(),
            again=again,
        )
    )
    if saved:
        return go(saved.path)
    current = actions.own_request(db(), person(), request.id)
    if form.status == 409:
        form.show_again(current.version)
    return _form_page(form, current)


@pages.post("/requests/<request_id>/raise")
@signed_in
@limited("job_requests", in_form=True)
def raise_budget(request_id: str) -> Response:
    """Take the budget that was suggested, and send the request again."""
    request = actions.own_request(db(), person(), object_id(request_id))
    form = VersionedForm()
    sent = form.perform(
        lambda: actions.raise_budget(db(), person(), request.id, version=form.version_seen(), now=now())
    )
    return go(sent.path) if sent else _page(actions.own_request(db(), person(), request.id), form)


@pages.get("/requests/<request_id>/take-back")
@signed_in
def ask_take_back(request_id: str) -> Response:
    """Ask before taking a request back, saying how many are asked."""
    return _ask("take_back", request_id, Form(formdata=None))


@pages.post("/requests/<request_id>/take-back")
@signed_in
@limited("withdrawals", in_form=True)
def take_back(request_id: str) -> Response:
    """Take it back, and show it."""
    form = Form()
    done = form.perform(lambda: actions.take_back(db(), person(), object_id(request_id), now()))
    return go(done.path) if done else _ask("take_back", request_id, form)


@pages.get("/requests/<request_id>/cancel")
@signed_in
def ask_cancel(request_id: str) -> Response:
    """Ask before cancelling a request."""
    return _ask("cancel", request_id, Form(formdata=None))


@pages.post("/requests/<request_id>/cancel")
@signed_in
@limited("withdrawals", in_form=True)
def cancel(request_id: str) -> Response:
    """Cancel it, and show what became of it."""
    form = Form()
    done = form.perform(lambda: actions.cancel_request(db(), person(), object_id(request_id), now()))
    return go(done.path) if done else _ask("cancel", request_id, form)


@pages.get("/requests/<request_id>/open-up")
@signed_in
def ask_open_up(request_id: str) -> Response:
    """Ask before posting a request as a job: its budget becomes public, and may be changed."""
    request = actions.own_request(db(), person(), object_id(request_id))
    form = OpenUpForm(formdata=None, data={"budget": request.budget_minor})
    return _ask("open_up", request_id, form)


@pages.post("/requests/<request_id>/open-up")
@signed_in
@limited("gigs", in_form=True)
def open_up(request_id: str) -> Response:
    """Post it, and show the job."""
    request = actions.own_request(db(), person(), object_id(request_id))
    form, most = OpenUpForm(), runtime().limits.most("open_jobs")
    job = form.perform(
        lambda: actions.open_up(db(), person(), request.id, form.budget.data, now(), most_jobs=most)
    )
    return go(job.path) if job else _ask("open_up", request_id, form)


def _ask(what: Question, request_id: str, form: Form) -> Response:
    request = actions.own_request(db(), person(), object_id(request_id))
    context = request_context(request)
    is_open = context["may"][what]
    template, title = f"requests/_{what}.html", _TITLES[what]
    return render_question(template, title, status=form.status, form=form, is_open=is_open, **context)


def _form_page(form: RequestPageForm, request: Request | None) -> Response:
    name_files(form, Subject("request", request.id) if request else None)
    page = "requests/edit.html" if request else "requests/new.html"
    return render(page, "requests/_form.html", status=form.status, form=form, wanted=request)


def _page(request: Request, form: Form) -> Response:
    context = request_context(request)
    return render("requests/show.html", "requests/_request.html", status=form.status, form=form, **context)
