"""Everybody who looks at a gig sees its state change (API.md, Socket.IO: `watch`, `gig`)."""

from typing import Any

from flask_socketio import emit

from gigflow.accounts.models import Viewer
from gigflow.core.changes import INSERT, WRITE, Change
from gigflow.core.db import Db, object_id
from gigflow.gigs import dictionary, store
from gigflow.gigs.models import PUBLIC, Gig, Job
from gigflow.web.realtime import Realtime, join


def register(realtime: Realtime, db: Db) -> None:
    """Let sockets watch a gig, and tell the watchers when it changes. What they are told is public."""

    def watch(viewer: Viewer | None, data: dict[str, Any]) -> None:
        gig_id = object_id(str(data.get("gig", "")))
        if gig_id is None or not _is_public(store.get_gig(db, gig_id)):
            return
        # The room first, the state after: a page may be older than its watching, and sees by the stamp that it is.
        if not join(_room(gig_id)):
            return
        gig = store.get_gig(db, gig_id)
        if gig and _is_public(gig):
            emit("gig", _news(gig))

    def written(change: Change) -> None:
        gig_id = change["documentKey"]["_id"]
        gig = store.get_gig(db, gig_id) if realtime.is_anybody_in(_room(gig_id)) else None
        if gig and _is_public(gig):
            realtime.emit("gig", _news(gig), _room(gig_id))

    def learnt(change: Change) -> None:
        # A word that another process has learnt, so that its gig is found here too.
        dictionary.dictionary_of(db).add([change["documentKey"]["_id"]])

    realtime.on_event("watch", watch)
    realtime.changes.watch(dictionary.WORDS, INSERT, learnt)
    realtime.changes.on_gap(lambda: dictionary.reload_dictionary(db))
    realtime.changes.watch(store.GIGS, WRITE, written)


def _is_public(gig: Gig | None) -> bool:
    """Whether everybody may know of a gig in its state: every job, and services that are or were offered."""
    return isinstance(gig, Job) or (gig is not None and gig.status in PUBLIC)


def _news(gig: Gig) -> dict[str, str]:
    return {"id": str(gig.id), "status": gig.status, "stamp": gig.stamp}


def _room(gig_id: object) -> str:
    return f"gig:{gig_id}"
