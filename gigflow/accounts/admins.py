"""Who decides for this installation: how the right is given and taken away, and the row that each of their acts
leaves.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from gigflow.accounts import store
from gigflow.accounts.models import Admin, Operator, Viewer, name_of
from gigflow.core.clock import spoken
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Forbidden
from gigflow.record import actions as record
from gigflow.record.models import Row, Subject

SAME_READING = timedelta(hours=1)  # an admin who reads the same again within it has read it once


def check_admin(viewer: Admin) -> None:
    """Let admins pass, and the operator at the machine. Raises Forbidden."""
    if not viewer.is_admin:
        raise _only_admins()


def note_act(
    tx: Tx,
    admin: Admin,
    event: str,
    subject: Subject,
    now: datetime,
    *,
    whose: ObjectId | None = None,
    why: str = "",
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    **data: Any,
) -> None:
    """Write what an admin does into the record, in the transaction of the act (invariant 13).

    The admin's account is written too, so that an act and the end of the right come one after the other. Raises
    Forbidden if the right has ended.
    """
    if isinstance(admin, Viewer) and not store.touch_admin(tx, admin.user_id):
        raise _only_admins()
    record.note(
        tx,
        event,
        now,
        by=admin.user_id,
        via=record.MACHINE if isinstance(admin, Operator) else "",
        device=admin.device_id,
        user_id=whose,
        subject=subject,
        why=why,
        before=before,
        after=after,
        **data,
    )


def note_reading(
    db: Db,
    admin: Viewer,
    event: str,
    subject: Subject,
    now: datetime,
    *,
    whose: ObjectId | None = None,
    **data: Any,
) -> None:
    """Write into the record that an admin reads what is other people's, as an act of theirs is written; read again
    within an hour, it was read once. Raises Forbidden if the right has ended.
    """
    newest = record.newest_act(db, subject.id, (event,))
    if newest and newest.by == admin.user_id and newest.at > now - SAME_READING:
        return
    db.transact(lambda tx: note_act(tx, admin, event, subject, now, whose=whose, before={}, after={}, **data))


def name_of_admin(db: Db, row: Row) -> str:
    """Return who did what this row of the record says."""
    if row.by is None:
        return Operator().name
    return name_of(store.get_user(db, row.by))


def when_of(row: Row, reader: Admin) -> str:
    """Return when that was, as the reader writes times."""
    return spoken(row.at, reader.time_zone or "UTC")


def make_admin(db: Db, email: str, now: datetime, *, why: str = "") -> bool:
    """Give the account with this address the right to decide (SECURITY 9: there is no default admin), on every device
    at once. An admin older than the record gets its row. Returns False if nobody has the address.
    """
    return _set_admin(db, email, True, why, now)


def revoke_admin(db: Db, email: str, now: datetime, *, why: str = "") -> bool:
    """Take the right away, on every device at once: it ends with the next request. Returns False if nobody has the
    address.
    """
    return _set_admin(db, email, False, why, now)


def _set_admin(db: Db, email: str, is_admin: bool, why: str, now: datetime) -> bool:
    user = store.get_user_by_email(db, email)
    if user is None:
        return False

    event = "admin_given" if is_admin else "admin_taken"
    newest = record.newest_act(db, user.id, ("admin_given", "admin_taken"))

    def work(tx: Tx) -> None:
        is_changed = store.set_admin(tx, user.id, is_admin)
        if not is_changed and (not is_admin or (newest is not None and newest.event == event)):
            return  # it is so already, and the record says so
        store.update_sessions(tx, user.id, {"is_admin": is_admin})
        record.note(
            tx,
            event,
            now,
            via=record.MACHINE,
            user_id=user.id,
            subject=Subject("user", user.id),
            why=why,
            before={"is_admin": is_admin != is_changed},
            after={"is_admin": is_admin},
        )

    db.transact(work)
    return True


def _only_admins() -> Forbidden:
    return Forbidden("Only admins can do that.")
