"""The words of gigs that are stored already: given to those that have none or older ones, and forgotten if no gig has
them any more (docs/measured.md, Search).
"""

from datetime import datetime, timedelta
from typing import get_args

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from gigflow.core.clock import now
from gigflow.core.db import Db, Document
from gigflow.core.words import FOLDING, words_of
from gigflow.gigs.dictionary import WORD_STATE, WORDS
from gigflow.gigs.models import JobStatus, ServiceStatus
from gigflow.gigs.store import GIGS, gig_of, gig_words, learn_words

# A word is marked when nothing has it, and goes if that is still so after this: longer than any transaction lasts.
UNUSED_FOR = timedelta(minutes=10)
SWEEP_EVERY = timedelta(minutes=1)
SWEPT_AT_ONCE = 500
# Gigs that can be found, or can come back to where they are found. Those that have ended are found by nobody.
_FINDABLE = ["open", "assigned", "draft", "pending", "live", "rejected", "paused"]

_ANY = [*get_args(JobStatus), *get_args(ServiceStatus)]


def renew_words(db: Db) -> None:
    """Give words to gigs that have none, and the words of today's folding to those that were stored under another.

    The sweep of unused words begins a while after the first start, which has enough to do.
    """
    db[WORD_STATE].update_one({"_id": "sweep"}, {"$setOnInsert": {"at": now()}}, upsert=True)
    without: Document = {"status": {"$in": _ANY}, "words": None}
    _renew(db, without)
    if db[WORD_STATE].find_one({"_id": "folding", "version": FOLDING}):
        return
    for row in db[WORDS].find():
        word = row["_id"]
        if words_of(word) != [word]:
            _renew(db, {"status": {"$in": _ANY}, "words": word})
    db[WORD_STATE].update_one({"_id": "folding"}, {"$set": {"version": FOLDING}}, upsert=True)


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


def _renew(db: Db, query: Document) -> None:
    for row in db[GIGS].find(query, hint="words"):
        gig = gig_of(row)
        learn_words(db, gig)
        db[GIGS].update_one({"_id": gig.id, "version": gig.version}, {"$set": gig_words(gig)})
