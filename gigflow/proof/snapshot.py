"""What the checks of `flask gigflow audit` read: the database as it was at one moment, in streams that are joined.

Nothing that grows with the market is kept in memory: rows come sorted by what they belong to, and are laid next to it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import msgspec
from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.command_cursor import CommandCursor
from pymongo.cursor import Cursor

from gigflow.core.db import Db, Declared, Document
from gigflow.notifications.store import NOTIFICATIONS

Problems = Iterator[str]
Group = tuple[ObjectId, list[Document]]

STRAYS_MAX = 100  # the first of them say what is wrong
ROWS_AT_ONCE = 1_000  # of each stream in memory; the driver's own 16 MB of each would be a gigabyte
# How far the clocks of two machines may differ, and how long a request may take between its clock and its commit.
CLOCKS = timedelta(seconds=10)
# Nothing that time does by itself happens later than the longest wait for it.
LONGEST_WAIT = timedelta(days=90)

_NEVER = datetime.min.replace(tzinfo=UTC)
_WHEN = frozenset(("at", "created_at"))  # the fields that say when a document was made

LEAVING = timedelta(minutes=5)  # within which everything of a person who is shut out ends (invariant 13)

# An invariant in words, and what yields a sentence for everything that breaks it.
Check = tuple[str, Callable[[Any], Problems]]


class Reading(msgspec.Struct, frozen=True):
    """One pass over the database: each subject that it meets is given to all of its checks. Rows that belong to no
    subject break the invariant `strays`.
    """

    subjects: Callable[["Snapshot"], Iterator[Any]]
    checks: tuple[Check, ...]
    strays: str = ""

    @property
    def words(self) -> list[str]:
        """Each invariant that it proves."""
        return [*(words for words, _ in self.checks), *([self.strays] if self.strays else [])]


class Snapshot:
    """The database at one moment: every read sees the same."""

    def __init__(self, db: Db, session: ClientSession, now: datetime) -> None:
        self.now = now
        self.strays: list[str] = []
        self._db = db
        self._session = session

    def rows(
        self,
        declared: Declared,
        query: Mapping[str, Any] | None = None,
        *,
        fields: Iterable[str] | None = None,
        by: str = "_id",
    ) -> Iterator[Document]:
        """Yield the documents that meet the query, sorted by one field; with `fields` no more of them than those."""
        if fields and by != "_id":
            # First cut, then sorted: what is sorted is a tenth.
            cut = {"$project": dict.fromkeys(fields, 1)}
            yield from self.sums(declared, {"$match": dict(query or {})}, cut, {"$sort": {by: 1}})
            return
        cursor = (
            self._db.database[declared.name]
            .find(
                dict(query or {}),
                dict.fromkeys(fields, 1) if fields else None,
                session=self._session,
                batch_size=ROWS_AT_ONCE,
                allow_disk_use=True,
            )
            .sort(by, 1)
        )
        yield from _each(cursor, ROWS_AT_ONCE)

    def sums(self, declared: Declared, *stages: Document, at_once: int = ROWS_AT_ONCE) -> Iterator[Document]:
        """Yield what an aggregation comes to, `at_once` rows in memory."""
        cursor = self._db.database[declared.name].aggregate(
            list(stages), session=self._session, batchSize=at_once, allowDiskUse=True
        )
        yield from _each(cursor, at_once)

    def groups(
        self,
        declared: Declared,
        by: str,
        query: Mapping[str, Any] | None = None,
        fields: Collection[str] | None = None,
    ) -> Iterator[Group]:
        """Yield the documents of each id that the field `by` holds, in the order of those ids; those of one id as they
        were made, whatever index found them, if they say when.
        """
        found = self.rows(declared, {by: {"$type": "objectId"}, **(query or {})}, fields=fields, by=by)
        key = itemgetter(by) if "." not in by else lambda row: value_at(row, by)
        dated = fields is None or not _WHEN.isdisjoint(fields)
        for each, group in groupby(found, key):
            rows = list(group)
            if dated and len(rows) > 1:
                rows.sort(key=when_made)
            yield each, rows

    def joined(
        self, rows: Iterator[Document], sides: Mapping[str, Iterator[Group]]
    ) -> Iterator[tuple[Document, dict[str, list[Document]]]]:
        """Yield each row with what belongs to it on each side; all of them are sorted by the id of the row. What
        belongs to no row is among the `strays`.
        """
        heads = {name: next(side, None) for name, side in sides.items()}
        for row in rows:
            row_id, found = row["_id"], {}
            for name, side in sides.items():
                head = heads[name]
                while head is not None and head[0] < row_id:
                    self._stray(name, head)
                    head = next(side, None)
                if head is not None and head[0] == row_id:
                    found[name] = head[1]
                    head = next(side, None)
                else:
                    found[name] = []
                heads[name] = head
            yield row, found
        for name, side in sides.items():
            left = heads[name]
            while left is not None:
                self._stray(name, left)
                left = next(side, None)

    def _stray(self, name: str, group: Group) -> None:
        if len(self.strays) < STRAYS_MAX:
            first = group[1][0]
            held = first.get("_id") if isinstance(first, Mapping) else ""
            more = f" and {len(group[1]) - 1} more" if len(group[1]) > 1 else ""
            self.strays.append(f"{name} {held}{more} belong to {group[0]}, which is not there")

    def indexes(self, declared: Declared) -> Mapping[str, Any]:
        """Return the indexes of a collection by their names, as they are now: they have no past."""
        return self._db.database[declared.name].index_information()

    def untold(self, facts: Iterable[tuple[str, str]]) -> Problems:
        """Yield the sentence of each (fact, sentence) that nobody was told of."""
        left = iter(facts)
        while wanted := dict(islice(left, 1_000)):
            known = self._db.database[NOTIFICATIONS.name].find(
                {"fact": {"$in": list(wanted)}}, {"fact": 1}, session=self._session
            )
            told = {row["fact"] for row in known}
            yield from (sentence for fact, sentence in wanted.items() if fact not in told)


def _each(cursor: Cursor[Document] | CommandCursor[Document], at_once: int) -> Iterator[Document]:
    """Yield the rows of a cursor. Handing them out one by one takes a cursor longer than reading them."""
    with cursor:
        while cursor.alive:
            yield from cursor.to_list(at_once)


def value_at(row: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path; None if there is none."""
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def when_made(row: Document) -> tuple[datetime, str]:
    """Return when a document was made, if it says so. An id is as old as its second, and counts on from there in one
    process only.
    """
    row_id, made = row["_id"], row.get("at", row.get("created_at"))
    if not isinstance(made, datetime):
        made = row_id.generation_time if isinstance(row_id, ObjectId) else _NEVER
    return made, str(row_id)


def itself(at: Snapshot) -> Iterator[Snapshot]:
    """Yield the whole database as the one subject of a reading, for checks that ask for themselves."""
    yield at
