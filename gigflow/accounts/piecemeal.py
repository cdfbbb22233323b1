"""What grows with a person is done in pieces: each is a transaction of its own, and after a crash the work goes on
where it stopped.

The first transaction marks the account. The caller goes on with the pieces at once, and a tick does what is left.
"""

import logging
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from bson import ObjectId

from gigflow.accounts import hooks, store
from gigflow.accounts.models import Mark, User
from gigflow.accounts.parts import End, Find, Part, left
from gigflow.core import clock
from gigflow.core.db import Db, Tx
from gigflow.core.each import Each, is_away, is_damage, reason_of

log = logging.getLogger(__name__)

Result = TypeVar("Result")

ROWS = 100  # of one piece
LEASE = timedelta(seconds=10)  # after a piece, during which ticks leave the rest to the process that did it
AGAIN = timedelta(minutes=10)  # after a fault, until a tick tries what is left again
PEOPLE_AT_ONCE = 20  # with whom one tick goes on, and
PIECES_AT_ONCE = 40  # how many pieces it does for each


class Progress(msgspec.Struct, frozen=True):
    """How many things were ended, by the names of their parts, and what could not be ended, such as "order 65f0…"."""

    ended: Counter[str] = msgspec.field(default_factory=Counter)
    failed: list[str] = []


_accounts = Each("the account")


def go_on(db: Db, user_id: ObjectId, mark: Mark, now: datetime, pieces: int | None = None) -> Progress:
    """Do what a marked account has left: all of it, or at most so many `pieces`. The mark goes with the last piece.

    What fails is one line in the log; the others go on, and the mark stays for another try.
    """
    user = store.get_user(db, user_id)
    since = getattr(user, mark) if user else None
    if since is None:
        return Progress()
    run = _Run(db, user_id, mark, now, sys.maxsize if pieces is None else pieces)
    parts = (*hooks.leaving, *hooks.copying) if mark == "leaving_at" else hooks.copying
    for part in parts:
        run.do(part)
    if run.came_to.failed:
        store.put_off(db, user_id, mark, clock.now() + AGAIN)
    elif run.is_through:
        store.clear_mark(db, user_id, mark, since)
    return run.came_to


def run_due(db: Db, now: datetime) -> int:
    """Go on with accounts whose pieces somebody has begun and not finished; returns how many accounts there were."""
    return _accounts.do(
        lambda limit: store.find_marked(db, now, limit),
        lambda key: go_on(db, *key, now, PIECES_AT_ONCE),
        now,
        PEOPLE_AT_ONCE,
    )


class _Run:
    """One attempt at what a marked account has left. Its methods raise PyMongoError if the database is away."""

    def __init__(self, db: Db, user_id: ObjectId, mark: Mark, now: datetime, pieces: int) -> None:
        self._db, self._user_id, self._mark, self._now = db, user_id, mark, now
        self._pieces = pieces
        self.came_to = Progress()
        self.is_through = True  # and not at the end of its pieces before the end of the parts

    def do(self, part: Part) -> None:
        """Do a part piece by piece."""
        failed: set[ObjectId] = set()
        more = True
        while more and self._pieces:
            self._pieces -= 1
            more = self._piece(part, failed)
        self.is_through = self.is_through and not more

    def _piece(self, part: Part, failed: set[ObjectId]) -> bool:
        """Do one piece; returns whether there may be more. If it fails, each of its rows is tried in its own
        transaction.
        """
        try:
            did = self._transact(lambda tx, user: part.piece(tx, user, ROWS, self._now, failed))
        except Exception as error:
            if is_away(error):
                raise
            if part.find is None or part.end is None:
                self._note_fault(part.kind, error)
                return False
            return self._row_by_row(part, part.find, part.end, failed)
        if did is None:
            return False
        self._count(part, did.count)
        return did.more

    def _row_by_row(self, part: Part, find: Find, end: End, failed: set[ObjectId]) -> bool:
        rows = self._transact(lambda tx, user: left(find, tx, user, ROWS, failed)) or []
        for row in rows:

            def end_it(tx: Tx, user: User, row: ObjectId = row) -> bool:
                return end(tx, user, row, self._now) is not False

            try:
                if self._transact(end_it):
                    self._count(part, 1)
            except Exception as error:
                if is_away(error):
                    raise
                failed.add(row)
                self._note_fault(f"{part.kind} {row}", error)
        return len(rows) >= ROWS

    def _transact(self, work: Callable[[Tx, User], Result]) -> Result | None:
        """Do some work for the account in a transaction; returns None if the mark is gone."""

        def marked(tx: Tx) -> Result | None:
            # Written first: opening the account again, or another process's piece, comes before or after this one.
            user = store.touch_marked(tx, self._user_id, self._mark, clock.now() + LEASE)
            return work(tx, user) if user else None

        return self._db.transact(marked)

    def _count(self, part: Part, count: int) -> None:
        if part.name:
            self.came_to.ended[part.name] += count

    def _note_fault(self, thing: str, error: Exception) -> None:
        self.came_to.failed.append(thing)
        is_trace = not is_damage(error)
        log.error("%s of account %s failed: %s", thing, self._user_id, reason_of(error), exc_info=is_trace)
