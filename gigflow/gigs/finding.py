"""Finding gigs among a million: which index a search goes by, and its pages (PERFORMANCE.md, Search).

A search is answered in one of two ways. Where one of its conditions is rare, what meets it is read by that condition's
index and put in order. Where all are frequent, the index of the order is walked until a page is full, which is soon.
The index is named each time: the server's own trials cost more than the query, and choose differently from day to day.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from pymongo import ASCENDING, DESCENDING
from pymongo.cursor import Cursor

from gigflow.core.db import Db, Document
from gigflow.core.paging import Page, PageRequest
from gigflow.core.words import parts_of
from gigflow.gigs.dictionary import dictionary_of, skill_word
from gigflow.gigs.models import FACETED_MAX, LISTED, Gig, Search, Sort
from gigflow.gigs.store import GIGS, SHOWN, gig_of

# Long enough for any honest query, short enough that a hostile one is cut off.
SEARCH_MILLISECONDS = 2_000
RARE = 1_000  # what at most so many gigs meet is read whole and put in order
# MongoDB merges so many sorted streams (internalQueryMaxScansToExplode); a part of more words is common.
STREAMS_MAX = 200


class Order(msgspec.Struct, frozen=True):
    """By what a list goes, and the indexes that have it: of all gigs, and of those of a category."""

    field: str
    direction: int
    then_by_id: int
    of_all: str
    of_category: str

    def after(self, page: PageRequest) -> list[tuple[Document, list[tuple[str, int]]]]:
        """What comes after a cursor, in pieces that an index walks one after the other, each with its sort: first the
        rest of those with the same value (in which the id alone is their order, or the server would sort them all),
        then the others.
        """
        by_id = [("_id", self.then_by_id)]
        sort = by_id if self.field == "_id" else [(self.field, self.direction), *by_id]
        if page.before is None:
            return [({}, sort)]
        beyond = {ASCENDING: "$gt", DESCENDING: "$lt"}
        rest: Document = {"_id": {beyond[self.then_by_id]: page.before}}
        if self.field == "_id":
            return [(rest, by_id)]
        others = {self.field: {beyond[self.direction]: page.value}}
        return [({self.field: page.value, **rest}, by_id), (others, sort)]

    def value(self, gig: Gig) -> float | None:
        """What a cursor keeps of a gig beside its id."""
        return None if self.field == "_id" else float(getattr(gig, self.field))


_ORDERS: dict[Sort, Order] = {
    "newest": Order("_id", DESCENDING, DESCENDING, "newest", "category"),
    "price": Order("price_minor", ASCENDING, DESCENDING, "price", "category_price"),
    # The same index backwards, so that those with the same price come oldest first.
    "-price": Order("price_minor", DESCENDING, ASCENDING, "price", "category_price"),
    "rating": Order("rank", DESCENDING, DESCENDING, "rating", "category_rating"),
}


class Condition(msgspec.Struct, frozen=True):
    """Something that is asked for: as a query that `index` answers, and as one that is only checked on what is read."""

    query: Document
    check: Document
    index: str | None = None


class Plan(msgspec.Struct, frozen=True):
    """How a search is read: by which index, and what is asked of it."""

    query: Document
    index: str


def find_listed(db: Db, search: Search, page: PageRequest) -> Page[Gig]:
    """A page of the gigs that everybody finds, by one of the orders that an index has (not relevance)."""
    rows: list[Gig] = []
    for found in open_cursors(db, search, page):
        rows += [gig_of(row) for row in found.limit(page.limit + 1 - len(rows))]
        if len(rows) > page.limit:
            break
    return page.cut(rows, lambda gig: gig.id, _ORDERS[search.sort].value)


def open_cursors(db: Db, search: Search, page: PageRequest) -> Iterator[Cursor[Document]]:
    """The queries whose rows, one after the other, are a page; still without a limit."""
    plan = make_plan(db, search)
    if plan is None:
        return
    for after, sort in _ORDERS[search.sort].after(page):
        query = {"$and": [plan.query, after]} if after else plan.query
        found = db[GIGS].find(query, SHOWN, max_time_ms=SEARCH_MILLISECONDS, hint=plan.index)
        yield found.sort(sort)


def count_facets(db: Db, search: Search, fields: Iterable[str]) -> dict[str, list[tuple[Any, int]]]:
    """How many of the gigs that are found have each value of these fields, the most frequent first.

    At most `FACETED_MAX` gigs are counted, the first by the plan's index: in a larger market a count is "at least".
    """
    plan = make_plan(db, search)
    if plan is None:
        return {field: [] for field in fields}
    grouped = {
        field: [
            *([{"$unwind": f"${field}"}] if field == "skills" else []),
            {"$group": {"_id": f"${field}", "count": {"$sum": 1}}},
            {"$sort": {"count": -1, "_id": 1}},
            {"$limit": 100},
        ]
        for field in fields
    }
    pipeline: list[Document] = [
        {"$match": plan.query},
        {"$limit": FACETED_MAX},
        {"$project": dict.fromkeys(fields, 1)},
        {"$facet": grouped},
    ]
    rows = db[GIGS].aggregate(pipeline, hint=plan.index, maxTimeMS=SEARCH_MILLISECONDS)
    return {
        field: [(each["_id"], each["count"]) for each in counts] for field, counts in next(iter(rows)).items()
    }


def count_in_category(db: Db, category: str, status: str, most: int) -> int:
    """How many gigs of a category are listed, counted up to `most`."""
    query = {"status": status, "category": category}
    return db[GIGS].count_documents(query, limit=most, hint="category")


def make_plan(db: Db, search: Search) -> Plan | None:
    """How to read what a search finds; None where it can find nothing."""
    statuses = [LISTED[kind] for kind in search.kinds]
    listed: Document = {"status": statuses[0] if len(statuses) == 1 else {"$in": statuses}}
    conditions = list(_conditions(db, search, STREAMS_MAX // len(statuses)))
    if any(condition is None for condition in conditions):
        return None
    asked = [condition for condition in conditions if condition]
    leading, index = _leading(db, search, listed, [condition for condition in asked if condition.index])
    parts = [listed]
    parts += [leading.query] if leading else []
    # The price and the category may bound the walked index further; words are only checked, or they might lead.
    parts += [condition.check for condition in asked if condition is not leading]
    return Plan({"$and": parts} if len(parts) > 1 else listed, index)


def _leading(
    db: Db, search: Search, listed: Document, indexed: list[Condition]
) -> tuple[Condition | None, str]:
    """The condition by whose index the search is read (None: by the order's own), and that index."""
    order = _ORDERS[search.sort]
    ordered = order.of_category if search.category else order.of_all
    by_words = [condition for condition in indexed if condition.index in ("titles", "words")]
    newest = search.sort == "newest"
    if len(indexed) == 1 and by_words and newest:
        return by_words[0], str(by_words[0].index)
    if not indexed or (len(indexed) == 1 and search.category):
        return None, ordered
    counts = [
        (db[GIGS].count_documents({"$and": [listed, each.query]}, limit=RARE + 1, hint=each.index), number)
        for number, each in enumerate(indexed)
    ]
    count, number = min(counts)
    if count <= RARE:
        return indexed[number], str(indexed[number].index)
    if by_words and newest:
        rarest = min(by_words, key=lambda each: counts[indexed.index(each)])
        return rarest, str(rarest.index)
    return None, ordered


def _conditions(db: Db, search: Search, words_max: int) -> Iterator[Condition | None]:
    """What a search asks for beside being listed; None for what no gig can meet."""
    field, index = ("title_words", "titles") if search.titles_only else ("words", "words")
    for part in parts_of(search.text):
        words = dictionary_of(db).find(part, words_max)
        if words == []:
            yield None
        elif words is None:
            yield Condition({}, _has_part(field, part))
        else:
            yield Condition({field: {"$in": words}}, _has_one_of(field, words), index)
    for skill in search.skills:
        marked = [skill_word(skill)]
        yield Condition({"words": {"$in": marked}}, _has_one_of("words", marked), "words")
    if search.category:
        yield _plain({"category": search.category}, "category")
    price = {"$gte": search.least_price, "$lte": search.most_price}
    if bounds := {name: bound for name, bound in price.items() if bound is not None}:
        yield _plain({"price_minor": bounds}, "price")
    if search.most_days is not None:
        yield _plain({"delivery_days": {"$lte": search.most_days}})
    if search.least_stars is not None:
        yield _plain({"stars": {"$gte": search.least_stars}}, "rated")
    if search.available:
        yield _plain({"owner_availability": "available"})


def _plain(query: Document, index: str | None = None) -> Condition:
    return Condition(query, query, index)


def _has_one_of(field: str, words: list[str]) -> Document:
    """That a gig has one of these words, in a way that no index is tempted by: of two conditions on an array the
    server may let the frequent one lead (569 ms instead of 3.8).
    """
    return {"$expr": {"$gt": [{"$size": {"$setIntersection": [f"${field}", {"$literal": words}]}}, 0]}}


def _has_part(field: str, part: str) -> Document:
    """That a gig has a word with this part in it. The part is escaped: it is never a pattern (SECURITY 17)."""
    has = {"$regexMatch": {"input": "$$this", "regex": {"$literal": re.escape(part)}}}
    return {"$expr": {"$anyElementTrue": [{"$map": {"input": f"${field}", "in": has}}]}}
