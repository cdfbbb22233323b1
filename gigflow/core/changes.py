"""What other processes wrote, as it happens: one change stream per process (docs/measured.md, Realtime).

No broker is needed, and nothing is lost between a commit and its telling: the stream reads the committed rows.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec
from pymongo.errors import OperationFailure, PyMongoError

from gigflow.core.db import Db, Declared, Document

log = logging.getLogger(__name__)

Change = dict[str, Any]
Handler = Callable[[Change], None]

INSERT = ("insert",)
WRITE = ("insert", "update", "replace")
DELETE = ("delete",)

# How long the stream waits for news in one round trip; it answers at once when there are any.
_AWAIT_MILLISECONDS = 1_000
_RETRY_SECONDS = 0.5


class Watch(msgspec.Struct, frozen=True):
    """Who wants to know of which changes: these operations on a collection, or updates that set one field, or that do
    not (`lacks`).
    """

    collection: str
    operations: tuple[str, ...]
    sets: str | None
    handler: Handler
    lacks: str | None = None

    @property
    def condition(self) -> Document:
        """What the server should send."""
        wanted: Document = {"ns.coll": self.collection, "operationType": {"$in": list(self.operations)}}
        if self.sets:
            wanted[f"updateDescription.updatedFields.{self.sets}"] = {"$exists": True}
        if self.lacks:
            wanted[f"updateDescription.updatedFields.{self.lacks}"] = {"$exists": False}
        return wanted

    def wants(self, change: Change) -> bool:
        """Return whether this change, sent for one of the watches, is meant for this one."""
        if change["ns"]["coll"] != self.collection or change["operationType"] not in self.operations:
            return False
        if self.sets is None and self.lacks is None:
            return True
        changed = change["updateDescription"]["updatedFields"]
        return self.lacks not in changed if self.lacks else self.sets in changed


class Changes:
    """Hands each change of the watched collections to those who asked for it, in the order of the commits."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._watches: list[Watch] = []
        self._gap_handlers: list[Callable[[], None]] = []
        self._token: Document | None = None
        self._gap = False

    def watch(self, declared: Declared, operations: tuple[str, ...], handler: Handler) -> None:
        """Call `handler` with every change of this collection by one of these operations."""
        self._watches.append(Watch(declared.name, operations, None, handler))

    def watch_field(self, declared: Declared, field: str, handler: Handler) -> None:
        """Call `handler` with every update of this collection that sets `field`."""
        self._watches.append(Watch(declared.name, ("update",), field, handler))

    def watch_without(self, declared: Declared, field: str, handler: Handler) -> None:
        """Call `handler` with every update of this collection that does not set `field`."""
        self._watches.append(Watch(declared.name, ("update",), None, handler, field))

    def on_gap(self, handler: Callable[[], None]) -> None:
        """Call `handler` after the stream was away for so long that changes may have been missed."""
        self._gap_handlers.append(handler)

    def note_gap(self) -> None:
        """Say that changes may have been missed; the handlers of a gap are called as soon as the stream stands."""
        self._gap = True

    def follow(self, opened: threading.Event) -> None:
        """Follow the stream for as long as the process lives; `opened` is set once it stands for the first time."""
        while True:
            try:
                self._follow_once(opened)
            except OperationFailure as error:
                # The place where we stopped is no longer in the oplog: go on from now, and say so then.
                log.warning("change stream lost its place: %s", error.code)
                self._token, self._gap = None, True
            except PyMongoError as error:
                log.warning("change stream interrupted: %s", type(error).__name__)
                # It never stood, so there is no place to go on from: what was written until now is not told.
                self._gap = self._gap or self._token is None
            except Exception:
                # Whatever it was, without the stream nobody would be told of anything.
                log.exception("the change stream failed")
            finally:
                self._db.has_stream = False
            time.sleep(_RETRY_SECONDS)

    def _follow_once(self, opened: threading.Event) -> None:
        pipeline: list[Document] = [{"$match": {"$or": [watch.condition for watch in self._watches]}}]
        with self._db.database.watch(
            pipeline, resume_after=self._token, max_await_time_ms=_AWAIT_MILLISECONDS
        ) as stream:
            # Opening answers once the server has placed the cursor, so nothing committed from here on is missed.
            self._token = dict(stream.resume_token) if stream.resume_token else None
            while stream.alive:
                if self._gap:
                    self._db.has_stream = False
                    self._tell_of_gap()
                self._db.has_stream = True
                opened.set()
                change = stream.try_next()
                if change is not None:
                    self._tell(dict(change))
                # Only now: if a handler could not reach the database, the change is told again.
                self._token = dict(stream.resume_token) if stream.resume_token else None

    def _tell_of_gap(self) -> None:
        # Noted first: a gap that is noted while the handlers run is another one.
        self._gap = False
        for handler in self._gap_handlers:
            try:
                handler()
            except PyMongoError:
                self._gap = True
                raise
            except Exception:
                # One handler's fault must not keep the others from making up for what was missed.
                log.exception("a gap could not be made up for")

    def _tell(self, change: Change) -> None:
        for watch in self._watches:
            if not watch.wants(change):
                continue
            try:
                watch.handler(change)
            except PyMongoError:
                raise
            except Exception:
                # One bad row must not stop the news of everybody else.
                log.exception("a change could not be handled")
