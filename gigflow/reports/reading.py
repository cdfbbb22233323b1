"""What admins read of reports. Each reading leaves a row in the record."""

from datetime import datetime

from bson import ObjectId

from gigflow.accounts.admins import note_reading
from gigflow.accounts.models import Viewer
from gigflow.core.db import Db
from gigflow.core.errors import NotFound
from gigflow.core.paging import Page, PageRequest
from gigflow.files import actions as files
from gigflow.files.models import File
from gigflow.record.models import Subject
from gigflow.reports import store
from gigflow.reports.models import Report

READ = "report_read"  # as the record calls it


def open_reports(db: Db, viewer: Viewer, page: PageRequest) -> Page[Report]:
    """Return the reports that wait for an admin, newest first. Raises NotFound for everybody else: reports are nobody
    else's business.
    """
    if not viewer.is_admin:
        raise NotFound
    return store.find_open_reports(db, viewer.user_id, page)


def read_report(db: Db, viewer: Viewer, report_id: ObjectId, now: datetime) -> Report:
    """Return a report for admins, with a row in the record that says who read it. Raises NotFound for everybody else,
    and for the admin whom it is about.
    """
    report = store.get_report(db, report_id)
    if report is None or not viewer.is_admin or report.copy.whose == viewer.user_id:
        raise NotFound("There is no such report.", code="report_not_found", hides=report is not None)
    note_reading(db, viewer, READ, Subject("report", report.id), now, whose=report.copy.whose)
    return report


def file_of_report(db: Db, viewer: Viewer, report_id: ObjectId, file_id: ObjectId, now: datetime) -> File:
    """Return a file of what was reported, which the report keeps. Raises NotFound."""
    report = read_report(db, viewer, report_id, now)
    file = files.held_file(db, file_id, report.id)
    if file is None:
        raise NotFound("There is no such file.", code="file_not_found")
    return file
