"""What grows with a person is done in pieces: each is a transaction of its own, and a crash goes on where it was.

The first transaction marks the account; whoever marked it goes on at once, and a tick goes on with what is left.
"""

import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from bson import ObjectId

from gigflow.accounts import store
from gigflow.accounts.models import Mark, User
from gigflow.core import clock
from gigflow.core.db import Db, Tx
from gigflow.core.each import Each, is_away

log = logging.getLogger(__name__)

Row = TypeVar("Row")

ROWS = 100  # of one piece, and
SECONDS = 1.0  # its time: the embedded database ends a transaction after five
LEASE = timedelta(seconds=10)  # after a piece, in which a tick leaves the rest to whoever did it
PEOPLE_AT_ONCE = 20  # with whom one tick goes on, and
PIECES_AT_ONCE = 40  # how many pieces it does for each


class Done(msgspec.Struct, frozen=True):
    """What one piece did to how many rows, and whether there may be more of them."""

    count: int
    more: bool


# A piece of at most so many rows, in a transaction of its own. It looks for what is left, so it ends nothing twice.
Hook = Callable[[Tx, Db, User, int, datetime], Done]
_leaving: list[tuple[str, Hook]] = []
_copying: list[tuple[str, Hook]] = []
_everybody_is_here: list[bool] = []
_accounts = Each("the account")


def on_leaving_piece(name: str) -> Callable[[Hook], Hook]:
    """Register how a feature ends what is somebody's who is shut out, or (`deleted_at`) who leaves for good. `name` is
    what an operator reads beside the number, such as "jobs closed"; nobody reads the number of what has none.
    """

    def register(hook: Hook) -> Hook:
        _leaving.append((name, hook))
        return hook

    return register


def on_copying_piece(hook: Hook) -> Hook:
    """Register how a feature brings its copies of somebody's name and availability up to date."""
    _copying.append(("", hook))
    return hook


def all_features_are_here() -> None:
    """Say that every feature has registered. A process that knows only some of them does its part and leaves the
    mark, so that one that knows all goes on.
    """
    _everybody_is_here.append(True)


def end_each(rows: Sequence[Row], end: Callable[[Row], object], limit: int) -> Done:
    """Do something to each of these rows, of which there are at most `limit`, for as long as a piece may take."""
    until = time.monotonic() + SECONDS
    for count, row in enumerate(rows, 1):
        end(row)
        if time.monotonic() > until and count < len(rows):
            return Done(count, more=True)
    return Done(len(rows), more=len(rows) >= limit)


def go_on(db: Db, user_id: ObjectId, mark: Mark, now: datetime, pieces: int | None = None) -> Counter[str]:
    """Do what a marked account has left, all of it or at most so many `pieces`. The mark goes with the last piece.

    Returns how many rows were ended, by the names of their hooks. Where one hook fails, that is one line in the log,
    the others go on, and the mark stays for another try.
    """
    done: Counter[str] = Counter()
    user = store.get_user(db, user_id)
    since = getattr(user, mark) if user else None
    if since is None:
        return done
    whole, left = bool(_everybody_is_here), sys.maxsize if pieces is None else pieces
    for name, hook in (*_leaving, *_copying) if mark == "leaving_at" else _copying:
        more = True
        while more:
            if not left:
                return done
            left -= 1
            more, whole = _do_piece(db, user_id, mark, name, hook, now, done, whole)
    if whole:
        store.clear_mark(db, user_id, mark, since)
    return done


def run_due(db: Db, now: datetime) -> int:
    """Go on with accounts whose pieces somebody has begun and not finished; returns how many accounts those were."""
    return _accounts.do(
        lambda limit: store.find_marked(db, now, limit),
        lambda key: go_on(db, *key, now, PIECES_AT_ONCE),
        now,
        PEOPLE_AT_ONCE,
    )


def _do_piece(
    db: Db,
    user_id: ObjectId,
    mark: Mark,
    name: str,
    hook: Hook,
    now: datetime,
    done: Counter[str],
    whole: bool,
) -> tuple[bool, bool]:
    """Whether there is more for this hook, and whether all has worked so far. Raises where the database is away."""

    def work(tx: Tx) -> Done:
        # Written first: opening the account again, or another process's piece, comes before or after this one.
        user = store.touch_marked(tx, db, user_id, mark, clock.now() + LEASE)
        return hook(tx, db, user, ROWS, now) if user else Done(0, more=False)

    try:
        did = db.transact(work)
    except Exception as error:
        if is_away(error):
            raise
        log.exception("a piece of %s failed", name or hook.__name__)
        return False, False
    if name:
        done[name] += did.count
    return did.more, whole
