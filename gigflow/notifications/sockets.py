"""Notifications on their way to the screens: told as soon as they are committed, replayed to devices that come back."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.changes import INSERT, Change
from gigflow.core.clock import now
from gigflow.core.db import Db, from_document
from gigflow.notifications import actions, store
from gigflow.notifications.api import notification_body
from gigflow.notifications.forms import IDS_MAX
from gigflow.notifications.models import Notification
from gigflow.web.realtime import Malformed, Realtime, person_room

Send = Callable[[str, dict[str, Any]], None]


def register(realtime: Realtime, db: Db) -> None:
    """Tell people's sockets of new notifications, replay missed ones, and note what was shown."""

    def inserted(change: Change) -> None:
        notification = from_document(change["fullDocument"], Notification)
        room = person_room(notification.user_id)
        if realtime.is_anybody_in(room):
            _announce(db, notification, lambda event, data: realtime.emit(event, data, room))

    def read(change: Change) -> None:
        # Read on one screen, it need not stay on the others.
        notification_id = change["documentKey"]["_id"]
        # Whose it is stands in the change, but for what processes of earlier versions write.
        written = change["updateDescription"]["updatedFields"]
        user_id = written.get("reader_id") or store.get_user_id(db, notification_id)
        if user_id:
            realtime.emit("notification_read", {"id": str(notification_id)}, person_room(user_id))

    def replay(viewer: Viewer, since: datetime, send: Send) -> None:
        for notification in actions.to_replay(db, viewer, now()):
            _tell(notification, send, replayed=notification.created_at < since)
        # The last message of a replay: how many the bell has to show.
        send("unread", {"count": actions.unread_count(db, viewer)})

    def ack(viewer: Viewer | None, data: dict[str, Any]) -> None:
        ids = data.get("ids")
        if not isinstance(ids, list) or len(ids) > IDS_MAX:
            raise Malformed
        known = [ObjectId(each) for each in ids if isinstance(each, str) and ObjectId.is_valid(each)]
        if viewer and known:
            actions.acknowledge(db, viewer, known)

    realtime.changes.watch(store.NOTIFICATIONS, INSERT, inserted)
    realtime.changes.watch_field(store.NOTIFICATIONS, "read_at", read)
    realtime.on_connect(replay)
    realtime.on_event("ack", ack)


def _announce(db: Db, notification: Notification, send: Send) -> None:
    if notification.replaces:
        send("notification_read", {"id": str(notification.replaces)})
    if actions.wants_in_app(db, notification):
        _tell(notification, send)


def _tell(notification: Notification, send: Send, *, replayed: bool = False) -> None:
    event = actions.event_of(notification)
    shown = {
        "icon": event.icon,
        "tone": event.tone,
        "untilRead": event.until_read,
        "own": notification.own,
        "replayed": replayed,
    }
    send("notification", {**msgspec.to_builtins(notification_body(notification)), **shown})
    if notification.type == "hired":
        # The same for simple clients, which know only this event (docs/api.md, Socket.IO).
        send(
            "hired",
            {
                "gigId": str(notification.gig_id),
                "gigTitle": notification.gig_title,
                "bidId": str(notification.bid_id),
                "message": notification.message,
            },
        )
