"""Parts of what is done for a marked account: what a feature does with rows that are somebody's (piecemeal.py).

Each part works in pieces of a limited number of rows, and looks for what is left, so that it ends nothing twice.
"""

import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId

from gigflow.accounts.models import User
from gigflow.core.db import Tx

SECONDS = 1.0  # of one piece: the embedded database ends a transaction after five


class Done(msgspec.Struct, frozen=True):
    """What one piece did to how many rows, and whether there may be more of them."""

    count: int
    more: bool


# A piece of a limited number of rows, in a transaction of its own.
Rows = Callable[[Tx, User, int, datetime], Done]
Piece = Callable[
    [Tx, User, int, datetime, Collection[ObjectId]], Done
]  # and leaves out rows that have failed
Find = Callable[[Tx, User, int], Sequence[ObjectId]]  # the rows that are left, up to a number
End = Callable[[Tx, User, ObjectId, datetime], object]
EndMany = Callable[[Tx, User, Sequence[ObjectId], datetime], None]


class Part(msgspec.Struct, frozen=True):
    """What a feature `does` with what is somebody's: many rows at once, or (`find`, `end`) one after another."""

    name: str
    does: Callable[..., Any]
    piece: Piece
    kind: str
    find: Find | None = None
    end: End | None = None


def in_pieces(rows: Rows) -> Part:
    """Let a feature do what it does with rows that it chooses itself, up to a number at a time. Nobody reads how
    many.
    """
    called = getattr(rows, "__name__", "part").replace("_", " ")
    return Part("", rows, lambda tx, user, limit, now, _failed: rows(tx, user, limit, now), called)


def ends_each(name: str, kind: str, find: Find, end: End) -> Part:
    """Let a feature end row after row; `find` names what is left by ids, so that an unreadable row does not stop the
    others. `end` returns False for a row that should not be counted.

    `name` is what an operator reads next to the number, such as "jobs closed" (without a name the number is not shown),
    and `kind` what an operator calls one of them.
    """
    return Part(name, end, _one_after_another(find, end), kind, find, end)


def ends_many(name: str, kind: str, find: Find, end: EndMany) -> Part:
    """Let a feature end many rows at once, otherwise like `ends_each`."""
    return Part(name, end, _at_once(find, end), kind, find, _of_one(end))


def left(find: Find, tx: Tx, user: User, limit: int, failed: Collection[ObjectId]) -> list[ObjectId]:
    """Return the rows that are left, at most `limit`, but for those that have failed."""
    return [row for row in find(tx, user, limit + len(failed)) if row not in failed][:limit]


def _one_after_another(find: Find, end: End) -> Piece:
    """Make the piece that ends rows one after another, in one transaction and for as long as a piece may take."""

    def piece(tx: Tx, user: User, limit: int, now: datetime, failed: Collection[ObjectId]) -> Done:
        rows = left(find, tx, user, limit, failed)
        until = time.monotonic() + SECONDS
        count = 0
        for at, row in enumerate(rows, 1):
            count += end(tx, user, row, now) is not False
            if time.monotonic() > until and at < len(rows):
                return Done(count, more=True)
        return Done(count, more=len(rows) >= limit)

    return piece


def _at_once(find: Find, end: EndMany) -> Piece:
    def piece(tx: Tx, user: User, limit: int, now: datetime, failed: Collection[ObjectId]) -> Done:
        rows = left(find, tx, user, limit, failed)
        if rows:
            end(tx, user, rows, now)
        return Done(len(rows), more=len(rows) >= limit)

    return piece


def _of_one(end: EndMany) -> End:
    return lambda tx, user, row, now: end(tx, user, [row], now)
