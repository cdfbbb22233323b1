"""Finding gigs among a million: which index a search goes by, and its pages (docs/measured.md, Search).

A search is answered in one of two ways. If one of its conditions is rare, the gigs that meet it are read by that
condition's index and sorted. If all are frequent, the index of the order is walked until a page is full, which is soon.
The index is named each time: the server's own trials cost more than the query, and choose differently from day to day.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from bson import ObjectId
from pymongo import ASCENDING, DESCENDING
from pymongo.cursor import Cursor
from pymongo.errors import ExecutionTimeout

from gigflow.core.db import Db, Document
from gigflow.core.errors import Unavailable
from gigflow.core.paging import Page, PageRequest
from gigflow.core.words import parts_of, skill_word
from gigflow.gigs.dictionary import words_with
from gigflow.gigs.models import LISTED, Gig, GigKind
from gigflow.gigs.store import GIGS, SHOWN, gig_of
from gigflow.market.models import FACETED_MAX, Search, Sort, least_average

# Long enough for any honest query, short enough to cut a hostile one off.
SEARCH_MILLISECONDS = 2_000
FACET_MILLISECONDS = 500
RARE = 1_000  # what at most this many gigs meet is read whole and sorted
IDS_MAX = 5_000  # this many ids of an index are sorted as fast as a page is found in a walk among others
# MongoDB merges this many sorted streams (internalQueryMaxScansToExplode). If a part has more words, they are read only
# if few gigs have them; a part of still more words is common, and never looked up.
STREAMS_MAX = 200
WORDS_MAX = 2_000
_FIRST_ID = ObjectId(bytes(12))


class Order(msgspec.Struct, frozen=True):
    """What a list is sorted by, and the indexes that have it: of all gigs, and of those of a category."""

    field: str
    direction: int
    then_by_id: int
    of_all: str
    of_category: str

    def after(self, page: PageRequest) -> list[tuple[Document, list[tuple[str, int]]]]:
        """Return what comes after a cursor, in pieces that an index walks one after the other, each with its sort:
        first the rest of those with the same value (sorted by the id alone, or the server would sort them all), then
        the others.
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

    def value(self, gig: Gig) -> float:
        """Return what a cursor keeps of a gig besides its id, if the order depends on more than that."""
        return float(getattr(gig, self.field))


_ORDERS: dict[Sort, Order] = {
    "newest": Order("_id", DESCENDING, DESCENDING, "newest", "category"),
    "price": Order("price_minor", ASCENDING, DESCENDING, "price", "category_price"),
    # The same index backwards, so that those with the same price come oldest first.
    "-price": Order("price_minor", DESCENDING, ASCENDING, "price", "category_price"),
    "rating": Order("rank", DESCENDING, DESCENDING, "rating", "category_rating"),
}


class Condition(msgspec.Struct, frozen=True):
    """A condition that is asked for: as a query that `index` answers, and as one that is only checked on what is read.

    `is_merged` says that the index gives what meets it newest first.
    """

    query: Document
    check: Document
    index: str | None = None
    is_merged: bool = False


class Plan(msgspec.Struct, frozen=True):
    """How a search is read: by which index, what is asked of it, and what of each row that it gives.

    `by_ids` says that the index alone knows everything that is asked: its ids are sorted, and only a page is read.
    """

    index: str
    asked: list[Document]
    checked: list[Document]
    by_ids: bool = False

    @property
    def query(self) -> Document:
        """All of it."""
        return {"$and": [*self.asked, *self.checked]}


class Counts(msgspec.Struct, frozen=True):
    """How many gigs have each value of each field, the most frequent first; `at_least` if not all were looked at."""

    values: dict[str, list[tuple[Any, int]]]
    at_least: bool = False


def find_listed(db: Db, search: Search, page: PageRequest) -> Page[Gig]:
    """Return a page of the gigs that everybody finds, by one of the orders that an index has (not relevance).

    Raises Unavailable if that takes longer than `SEARCH_MILLISECONDS`: the database is there, the search too wide.
    """
    rows: list[Gig] = []
    try:
        for found in open_cursors(db, search, page):
            rows += [gig_of(row) for row in found.limit(page.limit + 1 - len(rows))]
            if len(rows) > page.limit:
                break
    except ExecutionTimeout as error:
        raise Unavailable("This search takes too long. Make it narrower.", code="search_too_slow") from error
    return page.cut(rows, lambda gig: gig.id, search.order, _ORDERS[search.sort].value)


def find_newest_of_others(db: Db, kind: GigKind, owner_id: ObjectId, limit: int) -> list[Gig]:
    """Return the newest gigs of a kind that are listed and not this owner's. It passes over theirs, of which there is a
    limited number (docs/decisions/0028).
    """
    query = {"status": LISTED[kind], "owner_id": {"$ne": owner_id}}
    rows = db[GIGS].find(query, SHOWN, max_time_ms=SEARCH_MILLISECONDS, hint="newest")
    return [gig_of(row) for row in rows.sort("_id", DESCENDING).limit(limit)]


def open_cursors(db: Db, search: Search, page: PageRequest) -> Iterator[Cursor[Document]]:
    """Yield the queries whose rows, one after the other, are a page; still without a limit."""
    plan = make_plan(db, search)
    if plan is None:
        return
    for after, sort in _ORDERS[search.sort].after(page):
        query, index = {"$and": [plan.query, after]} if after else plan.query, plan.index
        if plan.by_ids:
            ids = db[GIGS].find(query, {"_id": 1}, max_time_ms=SEARCH_MILLISECONDS, hint=index)
            first = [row["_id"] for row in ids.sort(sort).limit(page.limit + 1)]
            query, index = {"$and": [plan.query, {"_id": {"$in": first}}]}, "_id_"
        yield db[GIGS].find(query, SHOWN, max_time_ms=SEARCH_MILLISECONDS, hint=index).sort(sort)


def count_facets(db: Db, search: Search, fields: list[str]) -> Counts:
    """Return how many of the gigs that are found have each value of these fields.

    At most `FACETED_MAX` gigs of each kind are looked at, however many are found: in a large market a count is "at
    least". If even that takes too long, nothing is counted, since a search is useful without it.
    """
    total: dict[str, Counter[Any]] = {field: Counter() for field in fields}
    at_least = False
    for kind in search.kinds:
        try:
            found, more = _count_kind(db, msgspec.structs.replace(search, kinds=(kind,)), fields)
        except ExecutionTimeout:
            return Counts({field: [] for field in fields}, at_least=True)
        for field, counts in found.items():
            total[field].update({each["_id"]: each["count"] for each in counts})
        at_least |= more
    # No value (None) cannot be compared, and comes first among equally frequent ones.
    order = {
        field: sorted(counts.items(), key=lambda pair: (-pair[1], pair[0] is not None, pair[0]))
        for field, counts in total.items()
    }
    return Counts(order, at_least)


def _count_kind(db: Db, search: Search, fields: list[str]) -> tuple[dict[str, list[Document]], bool]:
    """Return what the facets of one kind count, and whether there is more than was looked at."""
    asked = _asked(db, search)
    if asked is None:
        return {}, False
    # Order does not matter here, so the condition that the fewest meet always leads.
    indexed = [condition for condition in asked[1] if condition.index] or [_plain({}, "newest")]
    count, leading = _rarest(db, asked[0], indexed, FACETED_MAX)
    plan = _plan(*asked, leading, str(leading.index))
    if fields == ["kind"] and not plan.checked:  # that is known already
        known = [{"_id": search.kinds[0], "count": min(count, FACETED_MAX)}]
        return {"kind": known if count else []}, count > FACETED_MAX
    grouped = {
        field: [
            *([{"$unwind": f"${field}"}] if field == "skills" else []),
            {"$group": {"_id": f"${field}", "count": {"$sum": 1}}},
        ]
        for field in fields
    }
    pipeline: list[Document] = [
        {"$match": {"$and": plan.asked}},
        {"$limit": FACETED_MAX},
        *({"$match": check} for check in plan.checked),
        {"$project": dict.fromkeys(fields, 1)},
        {"$facet": grouped},
    ]
    rows = db[GIGS].aggregate(pipeline, hint=plan.index, maxTimeMS=FACET_MILLISECONDS)
    return next(rows), count > FACETED_MAX


def count_in_category(db: Db, category: str, status: str, most: int) -> int:
    """Return how many gigs of a category are listed, counted up to `most`."""
    query = {"status": status, "category": category}
    return db[GIGS].count_documents(query, limit=most, hint="category")


def count_listed(db: Db, status: str, most: int) -> int:
    """Return how many gigs are listed in this state, counted up to `most`."""
    return db[GIGS].count_documents({"status": status}, limit=most, hint="newest")


def make_plan(db: Db, search: Search) -> Plan | None:
    """Return how to read what a search finds, in its order; None if it can find nothing."""
    found = _asked(db, search)
    if found is None:
        return None
    listed, conditions = found
    if plan := _plan_of_prices(db, search, listed, conditions):
        return plan
    leading, index = _leading(db, search, listed, [condition for condition in conditions if condition.index])
    return _plan(listed, conditions, leading, index)


def _plan_of_prices(db: Db, search: Search, listed: Document, conditions: list[Condition]) -> Plan | None:
    """Return the plan for a search that asks for nothing but a price range (of a category) that some gigs meet but not
    very many: finding them among the newest would be a long walk, and they lie too far apart to read them all.
    """
    if search.sort != "newest" or {each.index for each in conditions} not in (
        {"price"},
        {"price", "category"},
    ):
        return None
    index = "category_price" if search.category else "price"
    plan = Plan(index, [listed], [condition.query for condition in conditions], by_ids=True)
    count = db[GIGS].count_documents(plan.query, limit=IDS_MAX + 1, hint=index, maxTimeMS=SEARCH_MILLISECONDS)
    return plan if count <= IDS_MAX else None


def _asked(db: Db, search: Search) -> tuple[Document, list[Condition]] | None:
    """Return the condition that gigs are listed, and what else is asked for; None if no gig can meet it."""
    statuses = [LISTED[kind] for kind in search.kinds]
    listed: Document = {"status": statuses[0] if len(statuses) == 1 else {"$in": statuses}}
    conditions: list[Condition] = []
    for condition in _conditions(db, search, STREAMS_MAX // len(statuses)):
        if condition is None:
            return None
        conditions.append(condition)
    return listed, conditions


def _plan(listed: Document, conditions: list[Condition], leading: Condition | None, index: str) -> Plan:
    # The price and the category may bound the walked index further; words are only checked, or they might lead.
    checked = [condition.check for condition in conditions if condition is not leading]
    return Plan(index, [listed, leading.query] if leading else [listed], checked)


def _leading(
    db: Db, search: Search, listed: Document, indexed: list[Condition]
) -> tuple[Condition | None, str]:
    """Return the condition by whose index the search is read (None: by the order's own), and that index."""
    order = _ORDERS[search.sort]
    ordered = order.of_category if search.category else order.of_all
    merged = [condition for condition in indexed if condition.is_merged and search.sort == "newest"]
    if len(indexed) == 1 and merged:
        return merged[0], str(merged[0].index)
    if not indexed or (len(indexed) == 1 and search.category):
        return None, ordered
    count, leading = _rarest(db, listed, indexed, RARE)
    if count > RARE:
        if not merged:
            return None, ordered
        leading = min(merged, key=lambda each: _reach(db, listed, each))
    return leading, str(leading.index)


def _reach(db: Db, listed: Document, condition: Condition) -> ObjectId:
    """Return how far back the newest `RARE` gigs go that meet a frequent condition: the further, the fewer there
    are.
    """
    query = {"$and": [listed, condition.query]}
    rows = db[GIGS].find(query, {"_id": 1}, hint=condition.index, max_time_ms=SEARCH_MILLISECONDS)
    for row in rows.sort("_id", DESCENDING).skip(RARE).limit(1):
        return ObjectId(row["_id"])
    return _FIRST_ID  # they have become rare since


def _rarest(db: Db, listed: Document, indexed: list[Condition], most: int) -> tuple[int, Condition]:
    """Return which condition the fewest gigs meet, and how many do, counted up to one more than `most`."""
    counted = [
        db[GIGS].count_documents(
            {"$and": [listed, each.query]},
            limit=most + 1,
            hint=str(each.index),
            maxTimeMS=SEARCH_MILLISECONDS,
        )
        for each in indexed
    ]
    count, number = min(zip(counted, range(len(indexed)), strict=True))
    return count, indexed[number]


def _conditions(db: Db, search: Search, streams: int) -> Iterator[Condition | None]:
    """Yield what a search asks for besides being listed; None if no gig can meet it."""
    yield from _of_text(db, search, streams)
    for skill in search.skills:
        marked = [skill_word(skill)]
        yield Condition({"words": {"$in": marked}}, _has_one_of("words", marked), "words", is_merged=True)
    if search.category:
        in_category = {"category": search.category}
        yield Condition(in_category, in_category, "category", is_merged=True)
    price = {"$gte": search.least_price, "$lte": search.most_price}
    if bounds := {name: bound for name, bound in price.items() if bound is not None}:
        yield _plain({"price_minor": bounds}, "price")
    if search.most_days is not None:
        yield _plain({"delivery_days": {"$lte": search.most_days}})
    if search.least_stars is not None:
        yield _plain({"stars": {"$gte": least_average(search.least_stars)}}, "rated")
    if search.available:
        yield _plain({"owner_availability": "available"})
    if search.since:
        yield _plain({"_id": {"$gte": search.since}})


def _of_text(db: Db, search: Search, streams: int) -> Iterator[Condition | None]:
    """Yield what the text of a search asks for."""
    parts = parts_of(search.text)
    for part in parts:
        if search.in_title:
            has = _has_one_of("title_words", [part])
            yield Condition({"title_words": {"$in": [part]}}, has, "titles", is_merged=True)
        else:
            yield _part(db, part, "title_words" if search.titles_only else "words", streams)
    if search.in_title is False:
        yield _plain({"$expr": {"$not": [{"$setIsSubset": [{"$literal": parts}, "$title_words"]}]}})


def _part(db: Db, part: str, field: str, streams: int) -> Condition | None:
    """Return the condition that a gig has a part in one of its words; None if no word has it."""
    index = "titles" if field == "title_words" else "words"
    words = words_with(db, part, WORDS_MAX)
    if words is None:
        return Condition({}, _has_part(field, part))
    if len(words) > streams:
        return Condition({field: {"$in": words}}, _has_part(field, part), index)
    return (
        Condition({field: {"$in": words}}, _has_one_of(field, words), index, is_merged=True)
        if words
        else None
    )


def _plain(query: Document, index: str | None = None) -> Condition:
    return Condition(query, query, index)


def _has_one_of(field: str, words: list[str]) -> Document:
    """Return the condition that a gig has one of these words, written so that no index is tempted by it: of two
    conditions on an array the server may let the frequent one lead (569 ms instead of 3.8).
    """
    return {"$expr": {"$gt": [{"$size": {"$setIntersection": [f"${field}", {"$literal": words}]}}, 0]}}


def _has_part(field: str, part: str) -> Document:
    """Return the condition that a gig has a word with this part in it. The part is escaped: it is never a pattern
    (SECURITY 17).
    """
    has = {"$regexMatch": {"input": "$$this", "regex": {"$literal": re.escape(part)}}}
    return {"$expr": {"$anyElementTrue": [{"$map": {"input": f"${field}", "in": has}}]}}
