"""Everybody who looks at a gig sees its state change (docs/api.md, Socket.IO: `watch`, `gig`)."""

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.changes import DELETE, INSERT, Change
from gigflow.core.db import Db
from gigflow.core.errors import NotFound
from gigflow.gigs import dictionary, store
from gigflow.gigs.models import PUBLIC, Gig, Job
from gigflow.web.realtime import Realtime
from gigflow.web.watches import Standing, Watchable


def register(realtime: Realtime, db: Db) -> None:
    """Find gigs by words that another process has learnt, and no longer by those that it forgot."""

    def learnt(change: Change) -> None:
        dictionary.dictionary_of(db).add([change["documentKey"]["_id"]])

    def forgotten(change: Change) -> None:
        dictionary.dictionary_of(db).forget([change["documentKey"]["_id"]])

    realtime.changes.watch(dictionary.WORDS, INSERT, learnt)
    realtime.changes.watch(dictionary.WORDS, DELETE, forgotten)
    realtime.changes.on_gap(lambda: dictionary.VOCABULARY.reload(db))


def _circle_of(db: Db, viewer: Viewer | None, gig_id: ObjectId) -> str | None:
    """Return the circle of a reader: its owner and admins are one, everybody else is the other."""
    gig = store.get_gig(db, gig_id)
    if gig and viewer and (viewer.is_admin or viewer.user_id == gig.owner_id):
        return "inner"
    if not _is_public(gig):
        raise NotFound("There is no such gig.", code="gig_not_found", hides=gig is not None)
    return "outer"


def _standing_of(db: Db, gig_id: ObjectId, circle: str | None) -> Standing:
    """Return how a gig stands; if it is hidden from a reader, only that it is not there for them."""
    gig = store.get_gig(db, gig_id)
    if gig is None or not (circle == "inner" or _is_public(gig)):
        return Standing("", "")
    return Standing(gig.status, gig.stamp)


def _is_public(gig: Gig | None) -> bool:
    """Return whether everybody may know of a gig in its state: every job, and services that are or were offered."""
    return isinstance(gig, Job) or (gig is not None and gig.status in PUBLIC)


WATCHED = Watchable("gig", store.GIGS, ("inner", "outer"), _circle_of, _standing_of)
