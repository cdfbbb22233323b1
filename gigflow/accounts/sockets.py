"""A device that was ended, on whatever process, loses its sockets here too (SECURITY 2)."""

from gigflow.accounts.store import SESSIONS
from gigflow.core.changes import Change
from gigflow.core.db import Db
from gigflow.web.realtime import Realtime

_ENDED = {
    "$or": [
        {"operationType": "delete"},
        {"operationType": "update", "updateDescription.updatedFields.revoked_at": {"$type": "date"}},
    ]
}


def register(realtime: Realtime, db: Db) -> None:
    """Cut the sockets of ended devices."""

    def ended(change: Change) -> None:
        realtime.cut_device(change["documentKey"]["_id"])

    realtime.changes.watch(SESSIONS, _ENDED, ended)
