"""A device that was ended or got new tokens, in any process, loses its sockets here too (SECURITY 2, 9c)."""

from gigflow.accounts.store import SESSIONS
from gigflow.core.changes import DELETE, Change
from gigflow.core.db import Db
from gigflow.web.realtime import Realtime

# What a socket knows of its person: what they may do, and what they want to be told of.
KNOWN_OF_PERSON = ("is_admin", "name", "muted", "time_zone", "picture_id")


def register(realtime: Realtime, db: Db) -> None:
    """Cut the sockets of such devices, and tell the others who their person is now."""

    def ended(change: Change) -> None:
        realtime.cut_device(change["documentKey"]["_id"])

    def changed(change: Change) -> None:
        realtime.check([change["documentKey"]["_id"]])

    realtime.changes.watch_field(SESSIONS, "revoked_at", ended)
    realtime.changes.watch(SESSIONS, DELETE, ended)
    for field in ("key", *KNOWN_OF_PERSON):
        realtime.changes.watch_field(SESSIONS, field, changed)
