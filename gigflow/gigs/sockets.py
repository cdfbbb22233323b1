"""Everybody who looks at a gig sees its state change (API.md, Socket.IO: `watch`, `gig`)."""

from typing import Any

from flask_socketio import join_room

from gigflow.accounts.models import Viewer
from gigflow.core.changes import WRITTEN, Change
from gigflow.core.db import Db, object_id
from gigflow.gigs.store import GIGS
from gigflow.web.realtime import Realtime


def register(realtime: Realtime, db: Db) -> None:
    """Let sockets watch a gig, and tell the watchers when it changes. What they are told is public."""

    def watch(viewer: Viewer | None, data: dict[str, Any]) -> None:
        gig_id = object_id(str(data.get("gig", "")))
        if gig_id:
            join_room(_room(gig_id))

    def written(change: Change) -> None:
        gig = change.get("fullDocument")
        if gig:
            realtime.emit("gig", {"id": str(gig["_id"]), "status": gig["status"]}, _room(gig["_id"]))

    realtime.on_event("watch", watch)
    realtime.changes.watch(GIGS, WRITTEN, written)


def _room(gig_id: object) -> str:
    return f"gig:{gig_id}"
