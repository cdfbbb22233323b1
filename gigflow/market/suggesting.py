"""What somebody may have meant whose search finds nothing (docs/decisions/0049-did-you-mean.md)."""

from itertools import islice

import msgspec

from gigflow.core.db import Db
from gigflow.core.errors import Unavailable
from gigflow.core.meant import choices, corrected
from gigflow.core.paging import PageRequest
from gigflow.core.words import parts_of, spelling_of
from gigflow.gigs.dictionary import words_near
from gigflow.gigs.models import Gig
from gigflow.market import plans as finding
from gigflow.market.models import SEARCH_MAX, Search

TRIES_MAX = 4  # searches that are tried; each is a look-up by an index


def suggested(db: Db, search: Search) -> str | None:
    """Return the text of a search with one letter of a word put right, if that finds something under the same
    conditions; None if it does not, or takes too long. To be asked for only if the search itself finds nothing.
    """
    near = words_near(db, parts_of(search.text), TRIES_MAX) if search.text else {}
    for words in islice(choices(near, TRIES_MAX), TRIES_MAX):
        text = corrected(search.text, words)
        tried = msgspec.structs.replace(search, text=text, sort="newest")
        try:
            found = finding.find_listed(db, tried, PageRequest(1)).rows
        except Unavailable:
            return None
        if found:
            shown = {part: spelling_of(word, _text_of(found[0])) for part, word in words.items()}
            text = corrected(search.text, shown)
            return text if len(text) <= SEARCH_MAX else None
    return None


def _text_of(gig: Gig) -> str:
    return f"{gig.title} {' '.join(gig.skills)} {gig.description}"
