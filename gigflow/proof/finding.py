"""What `audit` proves of the words by which people find what is on the market (docs/measured.md, Search)."""

from collections.abc import Iterator

from gigflow.core.db import Document
from gigflow.gigs.dictionary import WORDS, searchable
from gigflow.gigs.models import LISTED
from gigflow.gigs.store import GIGS
from gigflow.proof.snapshot import Check, Problems, Snapshot


def wrong_words(gig: Document) -> Iterator[str]:
    """Yield what is wrong with the words of a gig that is listed, as the end of a sentence that begins with its
    name.
    """
    expected = searchable(gig["title"], gig["skills"], gig["description"])
    for field, words in expected.items():
        kept = gig.get(field) or []
        if set(kept) != set(words):
            lost, more = sorted(set(words) - set(kept)), sorted(set(kept) - set(words))
            yield f"is found by other {field} than it has: {lost[:3]} are missing, {more[:3]} are too many"


def _words_are_known(at: Snapshot) -> Problems:
    """A search goes by the dictionary: a word that the dictionary does not know finds nothing."""
    known = (row["_id"] for row in at.rows(WORDS))
    word = next(known, None)
    stages: list[Document] = [
        {"$match": {"status": {"$in": list(LISTED.values())}}},
        {"$project": {"words": 1}},
        {"$unwind": "$words"},
        {"$group": {"_id": "$words", "gig": {"$first": "$_id"}}},
        {"$sort": {"_id": 1}},
    ]
    for row in at.sums(GIGS, *stages):
        while word is not None and word < row["_id"]:
            word = next(known, None)
        # Whole skills are looked for as they are.
        if word != row["_id"] and row["_id"].isprintable():
            yield f"the word {row['_id']!r} of the gig {row['gig']} is not in the dictionary"


CHECKS: tuple[Check, ...] = (("8. The dictionary knows every word of what is listed", _words_are_known),)
