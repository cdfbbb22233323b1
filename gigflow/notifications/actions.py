"""Telling people what concerns them, and what they have seen of it."""

from datetime import datetime

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.paging import Page, PageRequest
from gigflow.notifications import store
from gigflow.notifications.models import Notification, NotificationType

UNREAD_MAX = 100  # the bell says 99+ from here


def notification(
    event: NotificationType,
    user_id: ObjectId,
    message: str,
    *,
    occurrence: ObjectId,
    url: str,
    now: datetime,
    gig_id: ObjectId | None = None,
    gig_title: str | None = None,
    bid_id: ObjectId | None = None,
) -> Notification:
    """A notification of `event` about one occurrence (the hire, the bid, … that made it) for one person."""
    return Notification(
        id=ObjectId(),
        fact=f"{event}:{occurrence}:{user_id}",
        user_id=user_id,
        type=event,
        message=message,
        url=url,
        gig_id=gig_id,
        gig_title=gig_title,
        bid_id=bid_id,
        created_at=now,
    )


def tell(tx: Tx, db: Db, notifications: list[Notification]) -> None:
    """Write notifications in the caller's transaction; the relay of each process carries them to the screens."""
    store.insert_notifications(tx, db, notifications)


def notifications_of(
    db: Db, viewer: Viewer, page: PageRequest, after: ObjectId | None = None
) -> Page[Notification]:
    """The viewer's notifications, newest first; with `after` only those that are newer than that one."""
    return store.find_notifications(db, viewer.user_id, page, after)


def to_replay(db: Db, viewer: Viewer, now: datetime) -> list[Notification]:
    """What this device may have missed: unread, under three days old, not acknowledged by it (DOMAIN.md)."""
    return store.find_unacknowledged(db, viewer.user_id, viewer.device_id, now)


def acknowledge(db: Db, viewer: Viewer, ids: list[ObjectId]) -> None:
    """This device has shown these; it is not sent them again."""
    store.acknowledge(db, viewer.user_id, viewer.device_id, ids)


def mark_read(db: Db, viewer: Viewer, ids: list[ObjectId] | None, now: datetime) -> int:
    """Mark these of the viewer's notifications read, or all of them (None); returns how many were unread."""
    return store.mark_read(db, viewer.user_id, ids, now)


def unread_count(db: Db, viewer: Viewer) -> int:
    """How many notifications the viewer has not read, counted up to `UNREAD_MAX`."""
    return store.count_unread(db, viewer.user_id, UNREAD_MAX)
