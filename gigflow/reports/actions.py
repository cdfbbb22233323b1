"""Reporting something to admins. Next to it: `reading`, what admins do with it."""

from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import LEFT_NAME, User, Viewer
from gigflow.accounts.parts import Done
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Forbidden, NotFound
from gigflow.core.ids import new_id
from gigflow.core.paging import Page, PageRequest
from gigflow.files import actions as files
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import About
from gigflow.reports import hooks, store
from gigflow.reports.events import REPORTED
from gigflow.reports.models import KINDS, REASONS, Copy, Kind, Reason, Report, Subject, What

# What admins are told: none of the words of what was reported (SECURITY 17b), nor who reported it.
_NEWS: dict[What, str] = {
    "job": "A job was reported: {reason}.",
    "service": "A service was reported: {reason}.",
    "profile": "A profile was reported: {reason}.",
    "review": "A review was reported: {reason}.",
    "question": "A question was reported: {reason}.",
    "message": "A message was reported: {reason}.",
}


class Made(msgspec.Struct, frozen=True):
    """A report, and whether it is new: a thing that somebody reports again is reported once."""

    report: Report
    is_new: bool


def subject_of(kind: str, subject_id: ObjectId) -> Subject:
    """Return what somebody wants to report. Raises NotFound if there is no such kind of thing."""
    found: Kind | None = next((each for each in KINDS if each == kind), None)
    if found is None:
        raise NotFound
    return Subject(found, subject_id)


def check_may_report(db: Db, viewer: Viewer, subject: Subject) -> Copy:
    """Return what the viewer wants to report, as they can read it. Raises NotFound, and Forbidden if it is theirs."""
    copy = hooks.reportable[subject.kind](db, viewer, subject.id)
    if copy.whose == viewer.user_id:
        raise Forbidden("You cannot report what is your own.", code="own_thing")
    return copy


def own_report(db: Db, viewer: Viewer, subject: Subject) -> Report | None:
    """Return what the viewer has reported of a thing, or None."""
    return store.get_report_by(db, subject, viewer.user_id)


def own_reports(db: Db, viewer: Viewer, page: PageRequest) -> Page[Report]:
    """Return what the viewer has reported, newest first."""
    return store.find_reports_by(db, viewer.user_id, page)


def messages_reported(db: Db, user_id: ObjectId, since: datetime) -> list[ObjectId]:
    """Return the messages that somebody has reported since then, and those of theirs that others have."""
    return store.find_messages(db, user_id, since)


def report(db: Db, viewer: Viewer, subject: Subject, reason: Reason, text: str, now: datetime) -> Made:
    """Report a thing to the admins, who are told. What it is now is copied in the same transaction, and its files are
    kept with it, so no change and no removal undoes the report. Reported again, the report is as it was.

    Raises NotFound, Forbidden, EmailNotConfirmed.
    """
    report_id = new_id()

    def work(tx: Tx) -> Made:
        accounts.act(tx, viewer, accounts.COUNTED)
        if known := store.get_report_by(tx, subject, viewer.user_id):
            return Made(known, is_new=False)
        copy = check_may_report(tx, viewer, subject)
        made = Report(
            id=report_id,
            subject=subject,
            by=viewer.user_id,
            reason=reason,
            text=text,
            copy=copy,
            created_at=now,
        )
        store.insert_report(tx, made)
        files.hold(tx, copy.file_ids, made.id, now)
        _tell_admins(tx, made, now)
        return Made(made, is_new=True)

    with accounts.turn_of(viewer, counted=True):
        return db.transact(work)


def forget_name_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Remove the name of somebody who leaves for good from what others reported of theirs."""
    count = store.forget_name(tx, user.id, LEFT_NAME, limit) if user.deleted_at else 0
    return Done(count, more=count >= limit)


def _tell_admins(tx: Tx, made: Report, now: datetime) -> None:
    """Tell the admins, but for the one who reported it and the one whom it is about."""
    to = [each for each in accounts.admins(tx) if each not in (made.by, made.copy.whose)]
    sentence = _NEWS[made.copy.what]
    slots = {"reason": REASONS[made.reason]}
    about = About(url=made.path)
    if to:
        notifications.tell(tx, REPORTED, to, sentence, now, about=about, occurrence=made.id, slots=slots)
