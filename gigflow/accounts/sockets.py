"""A device that was ended or got new tokens, on whatever process, loses its sockets here too (SECURITY 2)."""

from gigflow.accounts.store import SESSIONS
from gigflow.core.changes import DELETE, Change
from gigflow.core.db import Db
from gigflow.web.realtime import Realtime


def register(realtime: Realtime, db: Db) -> None:
    """Cut the sockets of such devices."""

    def ended(change: Change) -> None:
        realtime.cut_device(change["documentKey"]["_id"])

    def renewed(change: Change) -> None:
        realtime.cut_device(change["documentKey"]["_id"], ended=False)

    realtime.changes.watch_field(SESSIONS, "revoked_at", ended)
    realtime.changes.watch_field(SESSIONS, "key", renewed)
    realtime.changes.watch(SESSIONS, DELETE, ended)
