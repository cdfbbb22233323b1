"""Reports for programs (docs/api.md)."""

from datetime import datetime
from typing import Any, ClassVar

import msgspec
from bson import ObjectId
from flask import Blueprint, Response

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person, name_of
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.files.api import IF_RANGE, RANGE, file_answer
from gigflow.reports import actions, reading
from gigflow.reports.forms import SubjectReportForm
from gigflow.reports.models import REASONS, Report, Said
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind
from gigflow.web.limits import spend_by_person
from gigflow.web.openapi import CURSOR, LIMIT, describes
from gigflow.web.runtime import db, person

api = Blueprint("reports_api", __name__, url_prefix="/api")


class ReportBody(msgspec.Struct, rename="camel", kw_only=True):
    """What you have reported, and why."""

    NAME: ClassVar[str] = "report"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    kind: str
    subject_id: str
    reason: str
    text: str
    status: str
    created_at: datetime


class ReportList(msgspec.Struct, rename="camel"):
    """A page of what you have reported."""

    reports: list[ReportBody]
    next: str | None


class ReporterBody(msgspec.Struct, rename="camel"):
    """A person whom a report names."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    name: str


class AttachedBody(msgspec.Struct, rename="camel"):
    """A file of what was reported, which the report keeps."""

    id: str
    name: str
    size: int
    url: str


class SaidBody(msgspec.Struct, rename="camel", kw_only=True):
    """One thing that was said: a part of what was reported, by its `label`, or `by` a person in a conversation.
    `reported` marks the message that the report is about.
    """

    label: str
    text: str
    by: ReporterBody | None
    at: datetime | None
    files: list[AttachedBody]
    reported: bool


class CopyBody(msgspec.Struct, rename="camel", kw_only=True):
    """What was reported, as it was then. `what` it is called, `whose` it is, and where it stood."""

    what: str
    whose: ReporterBody
    title: str
    url: str
    said: list[SaidBody]


class ReportDetail(ReportBody, rename="camel", kw_only=True):
    """A report as admins read it."""

    by: ReporterBody
    copy: CopyBody


class OpenReportList(msgspec.Struct, rename="camel"):
    """A page of the reports that wait for an admin."""

    reports: list[ReportDetail]
    next: str | None


@api.post("/reports")
@signed_in
@describes(
    "Report something to the admins",
    "Reports",
    ReportBody,
    form=SubjectReportForm,
    status=201,
    refusals=(403, 404),
    says="A copy of it is kept, so a change does not undo the report. The same again is 200.",
)
def report() -> Response:
    """Report a gig, a person, a review, a question or a message that you can read and that is not yours."""
    form = bind(SubjectReportForm)
    subject = actions.subject_of(form.kind.data, object_id(form.id.data or ""))
    if known := actions.own_report(db(), person(), subject):
        return answer(_body(known))
    actions.check_may_report(db(), person(), subject)
    spend_by_person("reports")
    reason = next(each for each in REASONS if each == form.reason.data)
    made = actions.report(db(), person(), subject, reason, form.text.data or "", now())
    return answer(_body(made.report), 201 if made.is_new else 200)


@api.get("/reports/mine")
@signed_in
@describes("List what you have reported, newest first", "Reports", ReportList, query=(LIMIT, CURSOR))
def list_own() -> Response:
    """Show your reports."""
    page = actions.own_reports(db(), person(), asked_page())
    return answer(ReportList([_body(each) for each in page.rows], page.next))


@api.get("/admin/reports")
@signed_in
@describes(
    "List the reports that wait for an admin, newest first",
    "Admin",
    OpenReportList,
    query=(LIMIT, CURSOR),
    refusals=(404,),
)
def list_open() -> Response:
    """Show open reports to admins. Those about yourself are not among them."""
    page = reading.open_reports(db(), person(), asked_page())
    return answer(OpenReportList(_details(page.rows), page.next))


@api.get("/admin/reports/<id>")
@signed_in
@describes("Get a report, as an admin", "Admin", ReportDetail, refusals=(404,))
def show(id: str) -> Response:
    """Show a report with the copy of what was reported. The record notes that you read it."""
    (detail,) = _details([reading.read_report(db(), person(), object_id(id), now())])
    return answer(detail)


@api.get("/admin/reports/<id>/files/<file_id>")
@signed_in
@describes(
    "Get a file of what was reported, as an admin",
    "Admin",
    bytes,
    headers=(RANGE, IF_RANGE),
    refusals=(404, 416),
)
def fetch(id: str, file_id: str) -> Response:
    """Send a file that a report keeps, to be saved and not shown."""
    return file_answer(reading.file_of_report(db(), person(), object_id(id), object_id(file_id), now()))


def _body(report: Report) -> ReportBody:
    return ReportBody(**_fields(report))


def _fields(report: Report) -> dict[str, Any]:
    return {
        "id": str(report.id),
        "mongo_id": str(report.id),
        "kind": report.subject.kind,
        "subject_id": str(report.subject.id),
        "reason": report.reason,
        "text": report.text,
        "status": report.status,
        "created_at": report.created_at,
    }


def _details(reports: list[Report]) -> list[ReportDetail]:
    ids = {each for report in reports for each in (report.by, *report.copy.people)}
    people = accounts.people(db(), list(ids)) if ids else {}
    return [_detail(report, people) for report in reports]


def _detail(report: Report, people: dict[ObjectId, Person]) -> ReportDetail:
    copy = report.copy
    return ReportDetail(
        **_fields(report),
        by=_person(report.by, name_of(people.get(report.by))),
        copy=CopyBody(
            what=copy.what,
            whose=_person(copy.whose, copy.name),
            title=copy.title,
            url=copy.path,
            said=[_said(report, said, people) for said in copy.said],
        ),
    )


def _said(report: Report, said: Said, people: dict[ObjectId, Person]) -> SaidBody:
    return SaidBody(
        label=said.label,
        text=said.text,
        by=_person(said.by, name_of(people.get(said.by))) if said.by else None,
        at=said.at,
        files=[
            AttachedBody(str(each.id), each.name, each.size, f"/api{report.path}/files/{each.id}")
            for each in said.files
        ],
        reported=said.is_reported,
    )


def _person(user_id: ObjectId, name: str) -> ReporterBody:
    return ReporterBody(str(user_id), str(user_id), name)
