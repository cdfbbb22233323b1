"""Collections whose queries outlive their indexes: a hint at an index that is not there is left out.

Queries name the index that they need, since the server's own choice can be a thousand times slower. While processes of
two versions serve side by side, an index of one may not be there yet, or no longer: then a slower answer is better than
none (docs/decisions/0042).
"""

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from pymongo.collection import Collection
from pymongo.command_cursor import CommandCursor
from pymongo.cursor import Cursor
from pymongo.errors import OperationFailure

log = logging.getLogger(__name__)

Document = dict[str, Any]
Result = TypeVar("Result")

FORGET_SECONDS = 30.0  # then the hint is tried again: the index may be there by now

_BAD_VALUE = 2


class Hinted(Collection[Document]):
    """A collection that leaves out the hint at an index that is missing.

    Inside a transaction, the query that failed has ended it. The next query is then refused because there is no
    transaction, which makes pymongo begin the transaction again, and by then the index is known to be missing.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._missing: dict[str, float] = {}  # since when

    def find(self, *args: Any, **kwargs: Any) -> Cursor[Document]:
        """Query the collection, as pymongo does."""
        if "hint" not in kwargs:
            return super().find(*args, **kwargs)
        cursor = _HintedCursor(self, *args, **self._known(kwargs))
        cursor.home, cursor.asked = self, kwargs
        return cursor

    def aggregate(self, *args: Any, **kwargs: Any) -> CommandCursor[Document]:
        """Aggregate, as pymongo does."""
        return self._ask(super().aggregate, *args, **kwargs)

    def count_documents(self, *args: Any, **kwargs: Any) -> int:
        """Count, as pymongo does."""
        return self._ask(super().count_documents, *args, **kwargs)

    def note_missing(self, error: OperationFailure, asked: dict[str, Any]) -> None:
        """Note the index that a query named, if the query failed because that index is not there. Raises the error
        otherwise.
        """
        if error.code != _BAD_VALUE or "hint" not in str(error) or asked.get("hint") is None:
            raise error
        self._missing[asked["hint"]] = time.monotonic()
        log.warning("the index %s of %s is not there", asked["hint"], self.name)

    def _known(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return what is asked, without the hint at an index that was missing a moment ago."""
        noted = self._missing.get(asked.get("hint", ""))
        if noted is None:
            return asked
        if time.monotonic() - noted > FORGET_SECONDS:
            del self._missing[asked["hint"]]
            return asked
        return {**asked, "hint": None}

    def _ask(self, ask: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        if "hint" not in kwargs:
            return ask(*args, **kwargs)
        try:
            return ask(*args, **_given(self._known(kwargs)))
        except OperationFailure as error:
            self.note_missing(error, kwargs)
            return ask(*args, **_given({**kwargs, "hint": None}))


class _HintedCursor(Cursor[Document]):
    """What a query with a hint finds."""

    home: Hinted
    asked: dict[str, Any]

    def next(self) -> Document:
        """Return the next row."""
        try:
            return super().next()
        except OperationFailure as error:
            self.home.note_missing(error, self.asked)
            return self.rewind().hint(None).next()


def _given(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what is asked, without a hint that is None: counting would take it for one."""
    return {name: value for name, value in asked.items() if name != "hint" or value is not None}
