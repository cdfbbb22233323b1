"""Who comes into question for some work among a million people, each kind by its own index (docs/measured.md,
Matching).
"""

from collections.abc import Collection, Iterator, Sequence

import msgspec
from bson import ObjectId
from pymongo import ASCENDING, DESCENDING

from gigflow.accounts.store import USERS
from gigflow.core.db import Db, Document, from_document
from gigflow.core.paging import Page, PageRequest
from gigflow.core.words import skill_word
from gigflow.directory.models import AVAILABLE, HIGHLY_RATED_HUNDREDTHS, RATED_BY, Freelancer
from gigflow.directory.store import WORK

IN_CATEGORY, WITH_SKILLS, BEST_AVAILABLE = 100, 100, 50  # of each kind the best come into question
_FOR_HIRE: Document = {"for_hire": True}
_SHOWN = dict.fromkeys((field.encode_name for field in msgspec.structs.fields(Freelancer)), 1)
_BEST = [("rank", DESCENDING), ("_id", DESCENDING)]
_FREE: Document = {"avail": AVAILABLE["available"]}
_HIGH: Document = {
    "rated_by": {"$gte": RATED_BY},
    "$expr": {
        "$gte": [
            {"$multiply": ["$rating.freelancer.sum", 100]},
            {"$multiply": ["$rating.freelancer.count", HIGHLY_RATED_HUNDREDTHS]},
        ]
    },
}


def find_candidates(db: Db, category: str, skills: Collection[str]) -> dict[ObjectId, Freelancer]:
    """Return the people who come into question for work in a category that asks for these skills: those with most
    clients in it, the best rated with one of the skills, and the best rated who are available.
    """
    found: dict[ObjectId, Freelancer] = {}
    in_category = [
        row["user_id"]
        for row in db[WORK]
        .find({"category": category}, {"user_id": 1}, hint="category")
        .sort([("clients", DESCENDING), ("user_id", ASCENDING)])
        .limit(IN_CATEGORY)
    ]
    for row in _people(db, {"_id": {"$in": in_category}, **_FOR_HIRE}, "_id_"):
        found[row.id] = row
    if skills:
        words = {"find_words": {"$in": sorted(map(skill_word, skills))}}
        for row in _people(db, {**_FOR_HIRE, **words}, "hire_words", WITH_SKILLS):
            found[row.id] = row
    for row in _people(db, {**_FOR_HIRE, **_FREE}, "hire_avail", BEST_AVAILABLE):
        found[row.id] = row
    return found


def find_available_first(
    db: Db,
    page: PageRequest,
    after: tuple[int, float] | None,
    without: Collection[ObjectId],
    *,
    available: bool,
    highly_rated: bool,
) -> Page[Freelancer]:
    """Return people by what they say of their time, and the best rated first among those who say the same; `after` is
    what the last one of the page before said, and their rank.
    """
    rows: list[Freelancer] = []
    for avail, rest in _segments(page, after, available=available):
        left = page.limit + 1 - len(rows)
        if left > 0:
            query: Document = {**_FOR_HIRE, "avail": avail, **rest, **(_HIGH if highly_rated else {})}
            rows += _people(db, _without(query, without), "hire_avail", left)
    return page.cut(
        rows,
        lambda row: row.id,
        "availability",
        lambda row: f"{AVAILABLE[row.availability]}:{row.rank!r}",
    )


def find_person(db: Db, user_id: ObjectId) -> Freelancer | None:
    """Return somebody as the directory shows people, whether or not they are in it; None if they are shut out."""
    found = db[USERS].find_one({"_id": user_id, "disabled_at": None}, _SHOWN)
    return from_document(found, Freelancer) if found else None


def count_clients(db: Db, ids: Sequence[ObjectId], category: str) -> dict[ObjectId, int]:
    """Return for how many clients these people have completed work in a category."""
    keys = [{"user": each, "category": category} for each in ids]
    return {row["user_id"]: row["clients"] for row in db[WORK].find({"_id": {"$in": keys}}, hint="_id_")}


def _people(db: Db, query: Document, index: str, limit: int = 0) -> Iterator[Freelancer]:
    rows = db[USERS].find(query, _SHOWN, hint=index)
    if limit:
        rows = rows.sort(_BEST).limit(limit)
    return (from_document(row, Freelancer) for row in rows)


def _segments(
    page: PageRequest, after: tuple[int, float] | None, *, available: bool
) -> Iterator[tuple[int, Document]]:
    """Yield the kinds of availability that are left after a cursor, the best first, each with what comes after it."""
    kinds = [AVAILABLE["available"]] if available else sorted(AVAILABLE.values(), reverse=True)
    if after is None:
        yield from ((kind, {}) for kind in kinds)
        return
    last, rank = after
    yield last, {"rank": rank, "_id": {"$lt": page.before}}
    yield last, {"rank": {"$lt": rank}}
    yield from ((each, {}) for each in kinds if each < last)


def _without(query: Document, without: Collection[ObjectId]) -> Document:
    return {"$and": [query, {"_id": {"$nin": list(without)}}]} if without else query
