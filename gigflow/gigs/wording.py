"""The words of gigs that are stored already: given to gigs that have none or older ones, and forgotten if no gig has
them any longer (docs/measured.md, Search).
"""

import logging
from datetime import datetime
from typing import get_args

import msgspec

from gigflow.core.db import Db, Document
from gigflow.core.steps import Progress
from gigflow.core.words import words_of
from gigflow.gigs.dictionary import VOCABULARY, WORDS
from gigflow.gigs.models import JobStatus, ServiceStatus
from gigflow.gigs.store import GIGS, gig_of, gig_words, learn_words

log = logging.getLogger(__name__)

# Gigs that can be found, or that can become findable again. Nobody finds those that have ended.
_FINDABLE = ["open", "assigned", "draft", "pending", "live", "rejected", "paused"]

_ANY = [*get_args(JobStatus), *get_args(ServiceStatus)]


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
    """Forget words that no gig uses: a piece of the dictionary each time, by one process at a time."""

    def is_used(word: str) -> bool:
        asked = {"status": {"$in": _FINDABLE}, "words": word}
        return db[GIGS].find_one(asked, {"_id": 1}, hint="words") is not None

    VOCABULARY.forget_unused(db, is_used, moment)


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
