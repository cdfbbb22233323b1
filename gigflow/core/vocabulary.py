"""The words by which things of one kind are found: each stands once in a collection, and each process keeps them as one
text (docs/measured.md, Search).
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from pymongo import ASCENDING, UpdateOne
from pymongo.errors import DuplicateKeyError

from gigflow.core.clock import now
from gigflow.core.db import Db, Declared, Document
from gigflow.core.green import off_loop
from gigflow.core.words import Dictionary

# A word is marked when nothing has it, and goes if that is still so after this time: longer than any transaction lasts.
UNUSED_FOR = timedelta(minutes=10)
SWEEP_EVERY = timedelta(minutes=1)
SWEPT_AT_ONCE = 500


class Vocabulary:
    """The words of one collection. `state` keeps how far the sweep of those that are no longer in use has come."""

    def __init__(self, words: Declared, state: Declared) -> None:
        self._words, self._state = words, state
        self._dictionaries: WeakKeyDictionary[Db, Dictionary] = WeakKeyDictionary()

    def learn(self, db: Db, words: Iterable[str]) -> None:
        """Make these words known to every process. What cannot be printed is a mark, which nobody looks for by parts.

        Learn them before the transaction that stores what has them: two that learn one new word would conflict.
        """
        new = self.learn_within(db, words)
        if new and db.is_followed:  # else the stream will tell of them
            self.dictionary_of(db).add(new)

    def learn_within(self, db: Db, words: Iterable[str]) -> list[str]:
        """Store those of these words that are new or no longer in use, and return them. Inside the transaction that
        stores what has them, if new words are so few that conflicts do not matter: this process is told of them by the
        stream, as every other one.
        """
        wanted = {word for word in words if word.isprintable()}
        rows = db[self._words].find({"_id": {"$in": list(wanted)}})
        known = {row["_id"]: "unused_since" in row for row in rows}
        new = sorted(word for word in wanted if known.get(word, True))
        unmarked = [UpdateOne({"_id": word}, {"$unset": {"unused_since": ""}}, upsert=True) for word in new]
        if unmarked:
            db[self._words].bulk_write(unmarked, ordered=False)
        return new

    def dictionary_of(self, db: Db) -> Dictionary:
        """Return the words that this process knows, read at its first search."""
        found = self._dictionaries.get(db)
        if found is None:
            read = Dictionary()
            read.merge(row["_id"] for row in db[self._words].find())
            # Known only once it is whole: a search before that reads for itself rather than finding nothing.
            found = self._dictionaries.setdefault(db, read)
        return found

    def words_with(self, db: Db, part: str, most: int) -> list[str] | None:
        """Return the words that contain this part; None if there are more than `most`.

        While this process may not be told of words of other processes, the database is asked instead of the dictionary,
        so that a search finds what there is, or says that the database is away.
        """
        if db.is_followed:
            return self.dictionary_of(db).find(part, most)
        found = db[self._words].find({"_id": {"$regex": re.escape(part)}}).limit(most + 1)
        words = [row["_id"] for row in found]
        return words if len(words) <= most else None

    def words_near(self, db: Db, parts: list[str], most: int) -> dict[str, list[str]]:
        """Return which words are one letter away from these parts of a search (`Dictionary.near`), by part. None are
        while this process may not be told of words of other processes: a suggestion is not worth a walk through all.
        """
        return off_loop(self.dictionary_of(db).near, parts, most) if db.is_followed else {}

    def reload(self, db: Db) -> None:
        """Read every word once more, if this process has asked for them at all."""
        if db in self._dictionaries:
            self._dictionaries[db].merge(row["_id"] for row in db[self._words].find())

    def begin_sweep(self, db: Db) -> None:
        """Let the sweep of unused words begin a while after the first start, which has enough to do."""
        db[self._state].update_one({"_id": "sweep"}, {"$setOnInsert": {"at": now()}}, upsert=True)

    def forget_unused(self, db: Db, is_used: Callable[[str], bool], moment: datetime) -> None:
        """Forget words that nothing uses: a piece of the dictionary each time, by one process at a time.

        A word is marked first and goes only later. What is stored with a marked word has taken the mark away before
        (`learn`), so nothing loses a word.
        """
        turn = db[self._state].find_one({"_id": "sweep"}) or {}
        last: datetime | None = turn.get("at")
        if last and last > moment - SWEEP_EVERY:
            return
        rest = {"_id": {"$gt": turn.get("after", "")}}
        batch = list(db[self._words].find(rest).sort("_id", ASCENDING).limit(SWEPT_AT_ONCE))
        after = batch[-1]["_id"] if len(batch) == SWEPT_AT_ONCE else ""
        claim = {"_id": "sweep", "at": last}
        try:
            db[self._state].update_one(claim, {"$set": {"at": moment, "after": after}}, upsert=True)
        except DuplicateKeyError:
            return  # another process has this piece
        for row in batch:
            self._look_at(db, row, is_used(row["_id"]), moment)

    def _look_at(self, db: Db, row: Document, is_used: bool, moment: datetime) -> None:
        word, marked = row["_id"], row.get("unused_since")
        if marked is None:
            if not is_used:
                db[self._words].update_one({"_id": word}, {"$set": {"unused_since": moment}})
        elif is_used:
            db[self._words].update_one({"_id": word}, {"$unset": {"unused_since": ""}})
        elif marked < moment - UNUSED_FOR:
            db[self._words].delete_one({"_id": word, "unused_since": marked})
