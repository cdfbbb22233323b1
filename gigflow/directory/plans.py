"""Finding people among a million: which index a look goes by, and its pages (docs/measured.md, The directory).

As on the market (market/plans.py): what few people meet is read whole and sorted; else the index that has people in the
order of the list is walked until a page is full, those of one condition if there is one. The index is named each time.
"""

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from pymongo import ASCENDING, DESCENDING
from pymongo.cursor import Cursor
from pymongo.errors import ExecutionTimeout

from gigflow.accounts.store import USERS
from gigflow.core.db import Db, Document, from_document
from gigflow.core.errors import Unavailable
from gigflow.core.paging import Page, PageRequest
from gigflow.core.words import parts_of, skill_word
from gigflow.directory.dictionary import VOCABULARY
from gigflow.directory.models import (
    AVAILABLE,
    Freelancer,
    Look,
    Sort,
    category_word,
    language_word,
    price_words,
    stars_words,
)

LOOK_MILLISECONDS = 2_000
RARE = 1_000  # what at most this many people meet is read whole and sorted
REACH = 300  # how far down a frequent condition is looked at, to see how frequent it is
# MongoDB merges this many sorted streams (internalQueryMaxScansToExplode). If a part has more words, they are read only
# if few people have them; a part of still more words is common, and never looked up.
STREAMS_MAX = 200
WORDS_MAX = 2_000
_FOR_HIRE: Document = {"for_hire": True}
_SHOWN = dict.fromkeys((field.encode_name for field in msgspec.structs.fields(Freelancer)), 1)


class Order(msgspec.Struct, frozen=True):
    """What a list is sorted by, and the index that has everybody in that order."""

    field: str
    direction: int
    index: str
    by_words: str
    is_text: bool = False

    def after(self, page: PageRequest) -> list[tuple[Document, list[tuple[str, int]]]]:
        """Return what comes after a cursor, in pieces that an index walks one after the other, each with its sort:
        first the rest of those with the same value, by the id alone, then the others.
        """
        by_id = [("_id", self.direction)]
        sort = by_id if self.field == "_id" else [(self.field, self.direction), *by_id]
        if page.before is None:
            return [({}, sort)]
        beyond = "$gt" if self.direction == ASCENDING else "$lt"
        rest: Document = {"_id": {beyond: page.before}}
        if self.field == "_id":
            return [(rest, by_id)]
        value = page.text if self.is_text else page.value
        return [({self.field: value, **rest}, by_id), ({self.field: {beyond: value}}, sort)]

    def value(self, row: Freelancer) -> Any:
        """Return what a cursor keeps of a row besides its id, if the order depends on more than that."""
        return row.id if self.field == "_id" else getattr(row, self.field)


ORDERS: dict[Sort, Order] = {
    "rating": Order("rank", DESCENDING, "hire_rank", "hire_words"),
    "name": Order("name_key", ASCENDING, "hire_name", "hire_words_name", is_text=True),
    "newest": Order("_id", DESCENDING, "hire_newest", "hire_words_newest"),
}


class Condition(msgspec.Struct, frozen=True):
    """A condition that is asked for: as a query that `index` answers, and as one that is only checked on what is read.

    In the orders of `merged` the index of that name gives what meets it in the order of the list.
    """

    query: Document
    check: Document
    index: str | None = None
    merged: dict[str, str] = {}


def find_people(db: Db, look: Look, page: PageRequest) -> Page[Freelancer]:
    """Return a page of the people who are found.

    Raises Unavailable if that takes longer than `LOOK_MILLISECONDS`: the database is there, the search too wide.
    """
    rows: list[Freelancer] = []
    try:
        for found in open_cursors(db, look, page):
            rows += [from_document(row, Freelancer) for row in found.limit(page.limit + 1 - len(rows))]
            if len(rows) > page.limit:
                break
    except ExecutionTimeout as error:
        raise Unavailable("This search takes too long. Make it narrower.", code="search_too_slow") from error
    return page.cut(rows, lambda row: row.id, look.order, ORDERS[look.sort].value)


def open_cursors(db: Db, look: Look, page: PageRequest) -> Iterator[Cursor[Document]]:
    """Yield the queries whose rows, one after the other, are a page; still without a limit."""
    conditions: list[Condition] = []
    for condition in _conditions(db, look):
        if condition is None:
            return  # nobody can meet it
        conditions.append(condition)
    leading, index = _leading(db, look, [each for each in conditions if each.index])
    asked = [leading.query] if leading else []
    checked = [each.check for each in conditions if each is not leading]
    for after, sort in ORDERS[look.sort].after(page):
        query = {"$and": [_FOR_HIRE, *asked, *checked, *([after] if after else [])]}
        yield db[USERS].find(query, _SHOWN, max_time_ms=LOOK_MILLISECONDS, hint=index).sort(sort)


def _leading(db: Db, look: Look, indexed: list[Condition]) -> tuple[Condition | None, str]:
    """Return the condition by whose index a look is read (None: by that of the order), and that index."""
    order = ORDERS[look.sort]
    merged = [each for each in indexed if look.sort in each.merged]
    if len(indexed) == 1 and merged:
        return merged[0], merged[0].merged[look.sort]
    if not indexed:
        return None, order.index
    counted = [_count(db, each) for each in indexed]
    count, number = min(zip(counted, range(len(indexed)), strict=True))
    if count <= RARE:
        return indexed[number], str(indexed[number].index)
    if not merged:
        return None, order.index
    leading = min(merged, key=lambda each: _reach(db, order, each, look.sort))
    return leading, leading.merged[look.sort]


def _count(db: Db, condition: Condition) -> int:
    query = {"$and": [_FOR_HIRE, condition.query]}
    return db[USERS].count_documents(
        query, limit=RARE + 1, hint=str(condition.index), maxTimeMS=LOOK_MILLISECONDS
    )


def _reach(db: Db, order: Order, condition: Condition, sort: Sort) -> Any:
    """Return how far down the list the first `REACH` go who meet a frequent condition, so that the one whose go
    furthest, of which there are fewest, is the least.
    """
    query = {"$and": [_FOR_HIRE, condition.query]}
    rows = db[USERS].find(query, {order.field: 1}, hint=condition.merged[sort], max_time_ms=LOOK_MILLISECONDS)
    by = [(order.field, order.direction), ("_id", order.direction)]
    last = next((row[order.field] for row in rows.sort(by).skip(REACH).limit(1)), None)
    if last is None:
        return (0, "")  # they have become rare since
    return (1, last) if order.direction == DESCENDING else (1, [-ord(char) for char in last])


def _conditions(db: Db, look: Look) -> Iterator[Condition | None]:
    """Yield what is asked for besides being in the directory; None if nobody can meet it."""
    for part in parts_of(look.text):
        yield _part(db, part)
    for skill in look.skills:
        yield _word(skill_word(skill))
    for code in look.languages:
        yield _word(language_word(code))
    if look.category and look.sort != "rating":
        yield _word(category_word(look.category))
    elif look.category:
        in_it = {"categories": look.category}
        yield Condition(in_it, in_it, "hire_category", {"rating": "hire_category"})
    if look.most_price is not None:
        cheap = _words(price_words(look.most_price))
        exactly = {"from_price_minor": {"$lte": look.most_price}}
        yield msgspec.structs.replace(cheap, query={**cheap.query, **exactly}, check=exactly)
    if look.least_stars is not None:
        yield _words(stars_words(look.least_stars))
    if look.available:
        free = {"avail": AVAILABLE["available"]}
        # In the other orders it is checked on the way, since most people are available.
        yield Condition(free, free, "hire_avail", {"rating": "hire_avail"})
    yield from _checked(look)


def _checked(look: Look) -> Iterator[Condition]:
    """Yield what is asked for that no index answers: it is checked on what is read."""
    if look.least_raters is not None:
        by_enough = {"rated_by": {"$gte": look.least_raters}}
        yield Condition(by_enough, by_enough)
    if look.without:
        others = {"_id": {"$nin": list(look.without)}}
        yield Condition(others, others)


def _part(db: Db, part: str) -> Condition | None:
    """Return the condition that somebody has a part in one of their words; None if no word has it."""
    words = VOCABULARY.words_with(db, part, WORDS_MAX)
    if words is None:
        return Condition({}, _has_part(part))
    if len(words) > STREAMS_MAX:
        return Condition({"find_words": {"$in": words}}, _has_part(part), "hire_words")
    return _words(words) if words else None


def _word(word: str) -> Condition:
    return _words([word])


def _words(words: list[str]) -> Condition:
    by_words: dict[str, str] = {sort: order.by_words for sort, order in ORDERS.items()}
    return Condition({"find_words": {"$in": words}}, _has_one_of(words), "hire_words", by_words)


def _has_one_of(words: list[str]) -> Document:
    """Return the condition that somebody has one of these words, written so that no index is tempted by it."""
    return {"$expr": {"$gt": [{"$size": {"$setIntersection": ["$find_words", {"$literal": words}]}}, 0]}}


def _has_part(part: str) -> Document:
    """Return the condition that somebody has a word with this part in it, which is never a pattern (SECURITY 17). Marks
    of languages, categories and prices, which begin with a control, are no words.
    """
    pattern = rf"^[^\x01-\x1f]*{re.escape(part)}"
    has = {"$regexMatch": {"input": "$$this", "regex": {"$literal": pattern}}}
    return {"$expr": {"$anyElementTrue": [{"$map": {"input": "$find_words", "in": has}}]}}
