"""Everybody who looks at a gig sees its state change (docs/api.md, Socket.IO: `watch`, `gig`)."""

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.changes import DELETE, INSERT, WRITE, Change
from gigflow.core.db import Db
from gigflow.core.errors import NotFound
from gigflow.gigs import dictionary, store
from gigflow.gigs.models import PUBLIC, Gig, Job
from gigflow.web.realtime import Realtime, Watchable


def register(realtime: Realtime, db: Db) -> None:
    """Let sockets watch a gig that they may see, and tell the watchers when it changes."""

    def room_of(viewer: Viewer | None, gig_id: ObjectId) -> str | None:
        gig = store.get_gig(db, gig_id)
        sees_all = gig is not None and _sees_all(gig, viewer)
        if not sees_all and not _is_public(gig):
            raise NotFound("There is no such gig.", code="gig_not_found", hides=gig is not None)
        return _room(gig_id, sees_all)

    def news_of(viewer: Viewer | None, gig_id: ObjectId) -> dict[str, str]:
        gig = store.get_gig(db, gig_id)
        return _news(gig_id, gig, gig is not None and _sees_all(gig, viewer))

    def written(change: Change) -> None:
        gig_id = change["documentKey"]["_id"]
        rooms = {sees_all: _room(gig_id, sees_all) for sees_all in (True, False)}
        if any(map(realtime.is_anybody_in, rooms.values())):
            gig = store.get_gig(db, gig_id)
            for sees_all, room in rooms.items():
                realtime.emit("gig", _news(gig_id, gig, sees_all), room)

    def learnt(change: Change) -> None:
        # A word that another process has learnt, so that its gig is found here too.
        dictionary.dictionary_of(db).add([change["documentKey"]["_id"]])

    def forgotten(change: Change) -> None:
        dictionary.dictionary_of(db).forget([change["documentKey"]["_id"]])

    realtime.on_watch("gig", Watchable(room_of, news_of))
    realtime.changes.watch(dictionary.WORDS, INSERT, learnt)
    realtime.changes.watch(dictionary.WORDS, DELETE, forgotten)
    realtime.changes.on_gap(lambda: dictionary.reload_dictionary(db))
    realtime.changes.watch(store.GIGS, WRITE, written)


def _is_public(gig: Gig | None) -> bool:
    """Whether everybody may know of a gig in its state: every job, and services that are or were offered."""
    return isinstance(gig, Job) or (gig is not None and gig.status in PUBLIC)


def _sees_all(gig: Gig, viewer: Viewer | None) -> bool:
    """Whether somebody may know of a gig in any state."""
    return viewer is not None and (viewer.is_admin or viewer.user_id == gig.owner_id)


def _news(gig_id: ObjectId, gig: Gig | None, sees_all: bool) -> dict[str, str]:
    """How a gig stands; of one that is hidden from a reader, only that it is not there for them."""
    if gig is None or not (sees_all or _is_public(gig)):
        return {"id": str(gig_id), "status": "", "stamp": ""}
    return {"id": str(gig_id), "status": gig.status, "stamp": gig.stamp}


def _room(gig_id: object, sees_all: bool) -> str:
    """The room of who watches a gig: its owner and admins in one, everybody else in another."""
    return f"gig:{gig_id}:{'inner' if sees_all else 'outer'}"
