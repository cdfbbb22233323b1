"""Refusals that may be an attack, counted in the record: one row for each kind, account or address, and hour
(docs/domain.md, The record). A refused request costs at most one write, which nobody waits for; a flood costs a few a
minute.
"""

import time

import msgspec
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.record import actions as record

# This many of one kind, account or address are written as they come; what comes more quickly waits for the next write.
AT_ONCE = 20
STRETCH_SECONDS = 5.0
KEYS_MAX = 5_000  # accounts and addresses that are in memory


class Stretch(msgspec.Struct):
    """What was refused to one account or address lately: since when, how often that was written, and what waits."""

    event: str
    whose: str
    user_id: ObjectId | None
    details: dict[str, str]
    began: float
    written: int = 0
    waiting: int = 0


class Refusals:
    """The counters of one process. What waits when it is killed is lost; that is at most one stretch of a flood."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._stretches: dict[tuple[str, str], Stretch] = {}

    def count(self, event: str, whose: str, user_id: ObjectId | None, details: dict[str, str]) -> None:
        """Count one refusal."""
        stretch = self._stretches.get((event, whose))
        if stretch is None or time.monotonic() - stretch.began > STRETCH_SECONDS:
            waiting = stretch.waiting if stretch else 0
            if len(self._stretches) >= KEYS_MAX:
                self.flush()
                self._stretches.clear()
            stretch = Stretch(event, whose, user_id, details, time.monotonic(), waiting=waiting)
            self._stretches[event, whose] = stretch
        stretch.waiting += 1
        stretch.details = details
        if stretch.written < AT_ONCE:
            stretch.written += 1
            self._write(stretch)

    def flush(self) -> None:
        """Write what waits, and forget the stretches that are over: from time to time, next to the requests."""
        for stretch in list(self._stretches.values()):
            if stretch.waiting:
                self._write(stretch)
            if time.monotonic() - stretch.began > STRETCH_SECONDS:
                self._stretches.pop((stretch.event, stretch.whose), None)

    def _write(self, stretch: Stretch) -> None:
        times, stretch.waiting = stretch.waiting, 0
        record.count(
            self._db,
            stretch.event,
            stretch.whose,
            now(),
            times=times,
            user_id=stretch.user_id,
            **stretch.details,
        )
