"""Reporting something, for people; and what admins read of it."""

from flask import Blueprint, Response, url_for

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import name_of
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.notifications.views import news_lead_to
from gigflow.reports import actions, reading
from gigflow.reports.forms import ReportForm
from gigflow.reports.models import REASONS, Copy, Subject
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page
from gigflow.web.htmx import go, render, render_question, wants_fragment
from gigflow.web.limits import spend_by_person
from gigflow.web.runtime import db, person

pages = Blueprint("reports", __name__)


@pages.get("/report/<kind>/<subject_id>")
@signed_in
def ask(kind: str, subject_id: str) -> Response:
    """Ask why something is reported; somebody who has reported it reads that."""
    subject = actions.subject_of(kind, object_id(subject_id))
    copy = actions.check_may_report(db(), person(), subject)
    return _question(subject, copy, ReportForm(formdata=None))


@pages.post("/report/<kind>/<subject_id>")
@signed_in
def report(kind: str, subject_id: str) -> Response:
    """Report it."""
    subject = actions.subject_of(kind, object_id(subject_id))
    copy = actions.check_may_report(db(), person(), subject)
    form = ReportForm()
    done = form.perform(lambda: _report(subject, form))
    if done and not wants_fragment():
        return go(url_for("reports.ask", kind=kind, subject_id=subject.id))
    return _question(subject, copy, form)


@pages.get("/admin/reports")
@signed_in
def index() -> Response:
    """Show the reports that wait for an admin."""
    page = reading.open_reports(db(), person(), asked_page())
    people = accounts.people(db(), [each.by for each in page.rows])
    older = url_for("reports.index", cursor=page.next) if page.next else None
    names = {each.id: name_of(people.get(each.by)) for each in page.rows}
    return render("reports/index.html", reports=page.rows, names=names, reasons=REASONS, older=older)


@pages.get("/admin/reports/<report_id>")
@signed_in
def show(report_id: str) -> Response:
    """Show a report to an admin, with the copy of what was reported."""
    found = reading.read_report(db(), person(), object_id(report_id), now())
    news_lead_to(found.path)
    ids = {found.by, *found.copy.people}
    people = accounts.people(db(), list(ids))
    names = {each: name_of(people.get(each)) for each in ids}
    here = {each for each in ids if each in people and not people[each].disabled_at}
    return render("reports/show.html", report=found, names=names, here=here, reasons=REASONS)


def _report(subject: Subject, form: ReportForm) -> actions.Made:
    if known := actions.own_report(db(), person(), subject):
        return actions.Made(known, is_new=False)
    spend_by_person("reports")
    reason = next(each for each in REASONS if each == form.reason.data)
    return actions.report(db(), person(), subject, reason, form.text.data or "", now())


def _question(subject: Subject, copy: Copy, form: ReportForm) -> Response:
    known = actions.own_report(db(), person(), subject)
    return render_question(
        "reports/_report.html",
        f"Report this {copy.what}",
        status=form.status,
        subject=subject,
        copy=copy,
        report=known,
        reasons=REASONS,
        form=form,
    )
