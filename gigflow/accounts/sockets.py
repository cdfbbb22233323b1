"""A device that was ended, on whatever process, loses its sockets here too (SECURITY 2)."""

from gigflow.accounts.store import SESSIONS
from gigflow.core.changes import DELETE, Change
from gigflow.core.db import Db
from gigflow.web.realtime import Realtime


def register(realtime: Realtime, db: Db) -> None:
    """Cut the sockets of ended devices."""

    def ended(change: Change) -> None:
        realtime.cut_device(change["documentKey"]["_id"])

    realtime.changes.watch_field(SESSIONS, "revoked_at", ended)
    realtime.changes.watch(SESSIONS, DELETE, ended)
