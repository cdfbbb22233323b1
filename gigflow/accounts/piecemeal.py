"""What grows with a person is done in pieces: each is a transaction of its own, and a crash goes on where it was.

The first transaction marks the account; whoever marked it goes on at once, and a tick goes on with what is left.
"""

import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from bson import ObjectId

from gigflow.accounts import store
from gigflow.accounts.models import Mark, User
from gigflow.core import clock
from gigflow.core.db import Db, Tx
from gigflow.core.each import Each, is_away, is_damage, reason_of

log = logging.getLogger(__name__)

Result = TypeVar("Result")

ROWS = 100  # of one piece, and
SECONDS = 1.0  # its time: the embedded database ends a transaction after five
LEASE = timedelta(seconds=10)  # after a piece, in which a tick leaves the rest to whoever did it
AGAIN = timedelta(minutes=10)  # after a fault, until a tick tries what is left again
PEOPLE_AT_ONCE = 20  # with whom one tick goes on, and
PIECES_AT_ONCE = 40  # how many pieces it does for each


class Done(msgspec.Struct, frozen=True):
    """What one piece did to how many rows, and whether there may be more of them."""

    count: int
    more: bool


class Progress(msgspec.Struct, frozen=True):
    """How many of what were ended, by the names of their parts, and what could not be, such as "order 65f0…"."""

    ended: Counter[str] = msgspec.field(default_factory=Counter)
    failed: list[str] = []


# A piece of at most so many rows, in a transaction of its own. It looks for what is left, so it ends nothing twice.
Hook = Callable[[Tx, Db, User, int, datetime], Done]
Piece = Callable[
    [Tx, Db, User, int, datetime, Collection[ObjectId]], Done
]  # and leaves out rows that have failed
Find = Callable[[Tx, Db, User, int], Sequence[ObjectId]]  # at most so many rows that are left
End = Callable[[Tx, Db, User, ObjectId, datetime], object]
EndMany = Callable[[Tx, Db, User, Sequence[ObjectId], datetime], None]


class Part(msgspec.Struct, frozen=True):
    """What a feature does with what is somebody's: many rows at once, or (`find`, `end`) one after another."""

    name: str
    hook: Piece
    kind: str
    find: Find | None = None
    end: End | None = None


_leaving: list[Part] = []
_copying: list[Part] = []
_everybody_is_here: list[bool] = []
_accounts = Each("the account")


def on_leaving_piece(name: str) -> Callable[[Hook], Hook]:
    """Register how a feature ends what is somebody's who is shut out, or (`deleted_at`) who leaves for good. `name` is
    what an operator reads beside the number, such as "jobs closed"; nobody reads the number of what has none.
    """

    def register(hook: Hook) -> Hook:
        _leaving.append(Part(name, _of_many(hook), _called(hook)))
        return hook

    return register


def all_features_are_here() -> None:
    """Say that every feature has registered. A process that knows only some of them does its part and leaves the
    mark, so that one that knows all goes on.
    """
    _everybody_is_here.append(True)


def on_leaving_each(name: str, kind: str, find: Find) -> Callable[[End], End]:
    """Register how a feature ends one row of somebody's who is shut out or leaves for good; `find` names what is left
    by ids, so that a row that cannot be read stands in nobody's way. `kind` is what an operator calls one of them. What
    is registered returns False for a row that is not to be counted.
    """

    def register(end: End) -> End:
        _leaving.append(Part(name, _one_after_another(find, end), kind, find, end))
        return end

    return register


def on_leaving_many(name: str, kind: str, find: Find) -> Callable[[EndMany], EndMany]:
    """Register how a feature ends many rows at once, otherwise like `on_leaving_each`."""

    def register(end: EndMany) -> EndMany:
        _leaving.append(Part(name, _at_once(find, end), kind, find, _of_one(end)))
        return end

    return register


def on_copying_each(name: str, kind: str, find: Find) -> Callable[[End], End]:
    """Register how a feature brings one row up to date, like `on_leaving_each`; also for an account that was opened
    again.
    """

    def register(end: End) -> End:
        _copying.append(Part(name, _one_after_another(find, end), kind, find, end))
        return end

    return register


def on_copying_many(kind: str, find: Find) -> Callable[[EndMany], EndMany]:
    """Register how a feature brings many copies up to date at once."""

    def register(end: EndMany) -> EndMany:
        _copying.append(Part("", _at_once(find, end), kind, find, _of_one(end)))
        return end

    return register


def go_on(db: Db, user_id: ObjectId, mark: Mark, now: datetime, pieces: int | None = None) -> Progress:
    """Do what a marked account has left, all of it or at most so many `pieces`. The mark goes with the last piece.

    What fails is one line in the log, the others go on, and the mark stays for another try.
    """
    user = store.get_user(db, user_id)
    since = getattr(user, mark) if user else None
    if since is None:
        return Progress()
    run = _Run(db, user_id, mark, now, sys.maxsize if pieces is None else pieces)
    parts = (*_leaving, *_copying) if mark == "leaving_at" else _copying
    for part in parts:
        run.do(part)
    if run.came_to.failed:
        store.put_off(db, user_id, mark, clock.now() + AGAIN)
    elif run.is_through and _everybody_is_here:
        store.clear_mark(db, user_id, mark, since)
    return run.came_to


def run_due(db: Db, now: datetime) -> int:
    """Go on with accounts whose pieces somebody has begun and not finished; returns how many accounts those were."""
    return _accounts.do(
        lambda limit: store.find_marked(db, now, limit),
        lambda key: go_on(db, *key, now, PIECES_AT_ONCE),
        now,
        PEOPLE_AT_ONCE,
    )


class _Run:
    """One go at what a marked account has left. Its methods raise PyMongoError if the database is away."""

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
        """Do one piece; whether there may be more. If it fails, each of its rows is tried in its own transaction."""
        try:
            did = self._transact(lambda tx, user: part.hook(tx, self._db, user, ROWS, self._now, failed))
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
        rows = self._transact(lambda tx, user: _left(find, tx, self._db, user, ROWS, failed)) or []
        for row in rows:

            def end_it(tx: Tx, user: User, row: ObjectId = row) -> bool:
                return end(tx, self._db, user, row, self._now) is not False

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
        """Do some work for the account in a transaction; None if the mark is gone."""

        def marked(tx: Tx) -> Result | None:
            # Written first: opening the account again, or another process's piece, comes before or after this one.
            user = store.touch_marked(tx, self._db, self._user_id, self._mark, clock.now() + LEASE)
            return work(tx, user) if user else None

        return self._db.transact(marked)

    def _count(self, part: Part, count: int) -> None:
        if part.name:
            self.came_to.ended[part.name] += count

    def _note_fault(self, thing: str, error: Exception) -> None:
        self.came_to.failed.append(thing)
        is_trace = not is_damage(error)
        log.error("%s of account %s failed: %s", thing, self._user_id, reason_of(error), exc_info=is_trace)


def _left(find: Find, tx: Tx, db: Db, user: User, limit: int, failed: Collection[ObjectId]) -> list[ObjectId]:
    """The rows that are left, at most `limit`, but for those that have failed."""
    return [row for row in find(tx, db, user, limit + len(failed)) if row not in failed][:limit]


def _one_after_another(find: Find, end: End) -> Piece:
    """Make the hook that ends rows one after another, in one transaction and for as long as a piece may take."""

    def hook(tx: Tx, db: Db, user: User, limit: int, now: datetime, failed: Collection[ObjectId]) -> Done:
        rows = _left(find, tx, db, user, limit, failed)
        until = time.monotonic() + SECONDS
        count = 0
        for at, row in enumerate(rows, 1):
            count += end(tx, db, user, row, now) is not False
            if time.monotonic() > until and at < len(rows):
                return Done(count, more=True)
        return Done(count, more=len(rows) >= limit)

    return hook


def _at_once(find: Find, end: EndMany) -> Piece:
    def hook(tx: Tx, db: Db, user: User, limit: int, now: datetime, failed: Collection[ObjectId]) -> Done:
        rows = _left(find, tx, db, user, limit, failed)
        if rows:
            end(tx, db, user, rows, now)
        return Done(len(rows), more=len(rows) >= limit)

    return hook


def _of_one(end: EndMany) -> End:
    return lambda tx, db, user, row, now: end(tx, db, user, [row], now)


def _of_many(hook: Hook) -> Piece:
    return lambda tx, db, user, limit, now, _failed: hook(tx, db, user, limit, now)


def _called(hook: Hook) -> str:
    return getattr(hook, "__name__", "part").replace("_", " ")
