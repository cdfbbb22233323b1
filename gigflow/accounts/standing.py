"""How people stand among others: their place in the directory, and whether they have time for work."""

from datetime import datetime
from functools import partial

from bson import ObjectId

from gigflow.accounts import hooks, piecemeal, store
from gigflow.accounts import people as people_store
from gigflow.core.db import Db, Tx
from gigflow.core.each import Each

_returning = Each("The return of person")
AT_ONCE = 100  # who come back in one tick; the rest is for the next


def stands_otherwise(tx: Tx, user_id: ObjectId) -> None:
    """Write somebody's place in the directory again: something has changed by which people are found and ranked."""
    hooks.stands_otherwise(tx, user_id)


def come_back_due(db: Db, now: datetime) -> int:
    """Make those available again whose day has come; returns how many."""
    return _returning.do(
        partial(people_store.find_returning, db, now),
        lambda user_id: _come_back(db, user_id, now),
        now,
        AT_ONCE,
    )


def _come_back(db: Db, user_id: ObjectId, now: datetime) -> bool:
    def work(tx: Tx) -> bool:
        if not store.come_back(tx, user_id, now):
            return False
        stands_otherwise(tx, user_id)
        return True

    came = db.transact(work)
    if came:
        piecemeal.go_on(db, user_id, "copying_at", now, piecemeal.PIECES_AT_ONCE)
    return came
