"""What the checks of `flask gigflow audit` read: the database as it stood at one moment."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pymongo.client_session import ClientSession

from gigflow.core.db import Db, Declared, Document

Problems = Iterator[str]


class Snapshot:
    """The database at one moment: every read sees the same."""

    def __init__(self, db: Db, session: ClientSession) -> None:
        self._db = db
        self._session = session

    def rows(self, declared: Declared, query: Mapping[str, Any] | None = None) -> Iterator[Document]:
        """The documents that meet the query."""
        yield from self._db.database[declared.name].find(dict(query or {}), session=self._session)

    def sums(self, declared: Declared, *stages: Document) -> Iterator[Document]:
        """What an aggregation comes to."""
        yield from self._db.database[declared.name].aggregate(list(stages), session=self._session)


# An invariant in words, and what yields a sentence for everything that breaks it.
Check = tuple[str, Callable[[Snapshot], Problems]]
