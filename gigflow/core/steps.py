"""Numbered changes of what is stored: each is done once, by one process at a time, and goes on where it stopped.

What a step did stands in the collection `migrations`. A step changes documents in pieces while people use them, so
every piece must be safe to repeat, and processes of the version before go on working in the meantime
(docs/decisions/0042).
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from gigflow.core.clock import now
from gigflow.core.db import Db, Declared, Document, object_schema
from gigflow.core.errors import DomainError

MIGRATIONS = Declared("migrations", (), object_schema({"name": "string", "changed": ["int", "long"]}))
COLLECTIONS = (MIGRATIONS,)

PIECE = 200
# A process that has been silent for this long has ended: another one may take its step over.
SILENCE = timedelta(seconds=60)

_NOTHING: Document = {"done_at": None, "after": None, "holder": None, "held_until": None}


class StepTaken(DomainError):
    """Another process is doing this step at the moment."""


class Progress:
    """How far a step has come. Every piece is kept, and extends the right to go on."""

    def __init__(self, db: Db, number: int, holder: str, row: Document) -> None:
        self._db, self._claim = db, {"_id": number, "holder": holder, "done_at": None}
        self.after: Any = row["after"]
        self.changed: int = row["changed"]

    def keep(self, after: Any, changed: int) -> None:
        """Keep that everything up to `after` is done. Raises StepTaken if another process has taken the step over."""
        self._write({"after": after, "held_until": now() + SILENCE}, changed)
        self.after = after

    def end(self) -> None:
        """Keep that the step is done. Raises StepTaken."""
        self._write({"done_at": now(), "holder": None, "held_until": None}, 0)

    def let_go(self) -> None:
        """Let another process go on at once."""
        self._db[MIGRATIONS].update_one(self._claim, {"$set": {"holder": None, "held_until": None}})

    def change_each(self, declared: Declared, query: Document, change: Callable[[Document], int]) -> None:
        """Change each document that meets the query, piece by piece in the order of their ids, from where the step
        stopped. `change` returns how much it has changed. Raises StepTaken.
        """
        while True:
            rest = {"$and": [query, {"_id": {"$gt": self.after}}]} if self.after is not None else query
            piece = list(self._db[declared].find(rest).sort("_id", ASCENDING).limit(PIECE))
            if not piece:
                return
            self.keep(piece[-1]["_id"], sum(change(row) for row in piece))

    def _write(self, fields: Document, changed: int) -> None:
        written = self._db[MIGRATIONS].update_one(self._claim, {"$set": fields, "$inc": {"changed": changed}})
        if not written.matched_count:
            raise StepTaken("Another process has gone on with this step.")
        self.changed += changed


class Step(msgspec.Struct, frozen=True):
    """A change of what is stored: its number for good, what it does in words, and how."""

    number: int
    name: str
    run: Callable[[Db, Progress], None]


def pending(db: Db, steps: Sequence[Step]) -> list[Step]:
    """Return the steps that are still to be done, in their order."""
    done = {row["_id"] for row in db[MIGRATIONS].find({"done_at": {"$ne": None}}, {"_id": 1})}
    return [step for step in steps if step.number not in done]


def unknown(db: Db, steps: Sequence[Step]) -> list[str]:
    """Return the names of steps that a newer version has done here."""
    known = [step.number for step in steps]
    return [row["name"] for row in db[MIGRATIONS].find({"_id": {"$nin": known}}).sort("_id", ASCENDING)]


def note_new(db: Db, steps: Iterable[Step]) -> None:
    """Note all steps as done in a database that has just been made, which has nothing to change."""
    moment = now()
    for step in steps:
        first = {**_NOTHING, "name": step.name, "changed": 0, "done_at": moment}
        db[MIGRATIONS].update_one({"_id": step.number}, {"$setOnInsert": first}, upsert=True)


def do(db: Db, step: Step) -> int:
    """Do a step, or the rest of it, and return how much it has changed. Raises StepTaken."""
    progress = _take(db, step)
    if progress is None:
        return 0
    try:
        step.run(db, progress)
        progress.end()
    except BaseException:
        progress.let_go()
        raise
    return progress.changed


def _take(db: Db, step: Step) -> Progress | None:
    """Take a step; returns None if it is done. Raises StepTaken if another process is doing it."""
    with suppress(DuplicateKeyError):
        db[MIGRATIONS].insert_one({"_id": step.number, "name": step.name, "changed": 0, **_NOTHING})
    moment, holder = now(), secrets.token_hex(8)
    free = {"$or": [{"held_until": None}, {"held_until": {"$lt": moment}}]}
    claim = {"$set": {"holder": holder, "held_until": moment + SILENCE}}
    row = db[MIGRATIONS].find_one_and_update({"_id": step.number, "done_at": None, **free}, claim)
    if row is not None:
        return Progress(db, step.number, holder, row)
    row = db[MIGRATIONS].find_one({"_id": step.number}) or {}
    if row.get("done_at"):
        return None
    raise StepTaken(f"Another process is doing step {step.number} ({step.name}).")
