"""The words of gigs that are stored already: given to gigs that have none or older ones, and forgotten if no gig has
them any longer (docs/measured.md, Search).
"""

import logging
from datetime import datetime, timedelta
from typing import get_args

import msgspec
from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from gigflow.core.clock import now
from gigflow.core.db import Db, Document
from gigflow.core.steps import Progress
from gigflow.core.words import words_of
from gigflow.gigs.dictionary import WORD_STATE, WORDS
from gigflow.gigs.models import JobStatus, ServiceStatus
from gigflow.gigs.store import GIGS, gig_of, gig_words, learn_words

log = logging.getLogger(__name__)

# A word is marked when nothing has it, and goes if that is still so after this time: longer than any transaction lasts.
UNUSED_FOR = timedelta(minutes=10)
SWEEP_EVERY = timedelta(minutes=1)
SWEPT_AT_ONCE = 500
# Gigs that can be found, or that can become findable again. Nobody finds those that have ended.
_FINDABLE = ["open", "assigned", "draft", "pending", "live", "rejected", "paused"]

_ANY = [*get_args(JobStatus), *get_args(ServiceStatus)]


def begin_sweep(db: Db) -> None:
    """Let the sweep of unused words begin a while after the first start, which has enough to do."""
    db[WORD_STATE].update_one({"_id": "sweep"}, {"$setOnInsert": {"at": now()}}, upsert=True)


def add_missing_words(db: Db, progress: Progress) -> None:
    """Give words to gigs that were stored before words were kept."""
    progress.change_each(GIGS, {"words": None}, lambda row: _renew(db, row))


def fold_words_again(db: Db, progress: Progress) -> None:
    """Give the words of today's folding to gigs that were stored under another."""

    def fold(row: Document) -> int:
        word = row["_id"]
        if words_of(word) == [word]:
            return 0
        return sum(
            _renew(db, gig) for gig in db[GIGS].find({"status": {"$in": _ANY}, "words": word}, hint="words")
        )

    progress.change_each(WORDS, {}, fold)


def forget_unused_words(db: Db, moment: datetime) -> None:
    """Forget words that no gig uses: a piece of the dictionary each time, by one process at a time.

    A word is marked first and goes only later. A gig that is stored with a marked word has taken the mark away before
    (`dictionary.learn`), so no gig loses a word.
    """
    turn = db[WORD_STATE].find_one({"_id": "sweep"}) or {}
    last: datetime | None = turn.get("at")
    if last and last > moment - SWEEP_EVERY:
        return
    rest = {"_id": {"$gt": turn.get("after", "")}}
    batch = list(db[WORDS].find(rest).sort("_id", ASCENDING).limit(SWEPT_AT_ONCE))
    after = batch[-1]["_id"] if len(batch) == SWEPT_AT_ONCE else ""
    claim = {"_id": "sweep", "at": last}
    try:
        db[WORD_STATE].update_one(claim, {"$set": {"at": moment, "after": after}}, upsert=True)
    except DuplicateKeyError:
        return  # another process has this piece
    for row in batch:
        _look_at(db, row, moment)


def _look_at(db: Db, row: Document, moment: datetime) -> None:
    word, marked = row["_id"], row.get("unused_since")
    used = db[GIGS].find_one({"status": {"$in": _FINDABLE}, "words": word}, {"_id": 1}, hint="words")
    if marked is None:
        if not used:
            db[WORDS].update_one({"_id": word}, {"$set": {"unused_since": moment}})
    elif used:
        db[WORDS].update_one({"_id": word}, {"$unset": {"unused_since": ""}})
    elif marked < moment - UNUSED_FOR:
        db[WORDS].delete_one({"_id": word, "unused_since": marked})


def _renew(db: Db, row: Document) -> int:
    """Give a gig its words, and return how many gigs that changed: none if it is being written at this moment, which
    does so itself, or if it cannot be read.
    """
    try:
        gig = gig_of(row)
    except msgspec.ValidationError:
        log.exception("Gig %s cannot be read", row["_id"])
        return 0
    learn_words(db, gig)
    written = db[GIGS].update_one({"_id": gig.id, "version": gig.version}, {"$set": gig_words(gig)})
    return written.modified_count
