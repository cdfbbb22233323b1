"""Requests in the database."""

from collections.abc import Collection
from datetime import datetime

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from gigflow.core.clock import at_milliseconds, milliseconds
from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema, passed, to_document
from gigflow.core.paging import Page, PageRequest, newest
from gigflow.core.transitions import AS_IT_WAS, Transition
from gigflow.core.words import words_of
from gigflow.requests.models import OPEN, REQUEST, Request, RequestStatus
from gigflow.turn.models import READ_MAX

_WHOLE = {"bsonType": ["int", "long"], "minimum": 0}

REQUESTS = Declared(
    "requests",
    (
        IndexModel([("client_id", ASCENDING), ("_id", DESCENDING)], name="client"),
        # The queue of each state: what was sent first comes first.
        IndexModel([("status", ASCENDING), ("sent_at", ASCENDING), ("_id", ASCENDING)], name="queue"),
        # An admin looks for words of a title.
        IndexModel([("title_words", ASCENDING), ("sent_at", ASCENDING), ("_id", ASCENDING)], name="words"),
        IndexModel(
            [("due_at", ASCENDING)], name="lapses", partialFilterExpression={"status": "pending"}
        ),
    ),
    object_schema(
        {
            "client_id": "objectId",
            "title": "string",
            "description": "string",
            "budget_minor": {**_WHOLE, "minimum": 1},
            "category": "string",
            "status": {
                "enum": [
                    *OPEN, "matched", "posted", "completed", "cancelled",
                ]
            },
            "version": _WHOLE,
            "open_offers": _WHOLE,
            "sent_at": "date",
            "created_at": "date",
        }
    ),
)  # fmt: skip
COLLECTIONS = (REQUESTS,)

# Lists show no long words.
_BRIEF: Document = {"description": 0}
_NO_OFFERS: Document = {"open_offers": 0, "offers_until": None}


def insert_request(tx: Tx, request: Request) -> None:
    """Store a new request."""
    tx[REQUESTS].insert_one({**to_document(request), **_words_of(request.title)})


def get_request(db: Db, request_id: ObjectId) -> Request | None:
    """Return the request with this id, or None."""
    found = db[REQUESTS].find_one({"_id": request_id})
    return from_document(found, Request) if found else None


def find_requests_of(
    db: Db, client_id: ObjectId, statuses: Collection[str], page: PageRequest
) -> Page[Request]:
    """Return somebody's requests in these states, without their long words, newest first."""
    mine = {"client_id": client_id, "status": {"$in": list(statuses)}}
    return newest(db[REQUESTS], mine, page, Request, projection=_BRIEF, hint="client")


def count_of(db: Db, client_id: ObjectId) -> dict[str, int]:
    """Return how many requests somebody has, by their state."""
    stages: list[Document] = [
        {"$match": {"client_id": client_id}},
        {"$group": {"_id": "$status", "count": {"$sum": 1}}},
    ]
    return {row["_id"]: row["count"] for row in db[REQUESTS].aggregate(stages, hint="client")}


def count_open_of(tx: Tx, client_id: ObjectId, most: int) -> int:
    """Return how many requests of somebody are open, counted up to `most`."""
    mine = {"client_id": client_id, "status": {"$in": list(OPEN)}}
    return tx[REQUESTS].count_documents(mine, limit=most, hint="client")


def find_queue(
    db: Db, statuses: Collection[str], category: str, text: str, page: PageRequest
) -> Page[Request]:
    """Return everybody's requests in these states, without their long words, those that were sent first before the
    others; with `category` only those in it, with `text` only those whose title has its words.
    """
    words = words_of(text)
    query: Document = {"status": {"$in": list(statuses)}}
    if words:
        query["title_words"] = {"$all": words}
    if category:
        query["category"] = category
    if page.after:
        sent_at = at_milliseconds(page.value or 0)
        query["$or"] = [
            {"sent_at": {"$gt": sent_at}},
            {"sent_at": sent_at, "_id": {"$gt": page.after}},
        ]
    order = [("sent_at", ASCENDING), ("_id", ASCENDING)]
    rows = db[REQUESTS].find(query, _BRIEF, hint="words" if words else "queue").sort(order)
    return page.cut(
        [from_document(row, Request) for row in rows.limit(page.limit + 1)],
        lambda request: request.id,
        "sent",
        lambda request: milliseconds(request.sent_at),
    )


def change(
    tx: Tx,
    request_id: ObjectId,
    step: Transition,
    now: datetime,
    changes: Document,
    *,
    version: int | None = None,
) -> Request | None:
    """Let a request take this step; returns None if it is in no state for it, or is not the `version` that was read. It
    is the guard of everything that happens to its offers at the same moment: first in its transaction.
    """
    query: Document = {"_id": request_id, "status": step.source_filter}
    if version is not None:
        query["version"] = version
    target: Document = {} if step.target == AS_IT_WAS else {"status": step.target}
    if "title" in changes:
        target.update(_words_of(changes["title"]))
    found = tx[REQUESTS].find_one_and_update(
        query,
        {"$set": {**target, "updated_at": now, **changes}, "$inc": {"version": 1}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Request) if found else None


def assign(tx: Tx, request_id: ObjectId, version: int | None, now: datetime) -> Request | None:
    """Write a request that is being offered to freelancers, before its offers (`set_offers`); returns None if it is in
    no state for that, or is not this version.
    """
    return change(tx, request_id, REQUEST["assign"], now, {}, version=version)


def set_offers(tx: Tx, request_id: ObjectId, count: int, until: datetime) -> Request:
    """Note that so many offers are out for an assigned request, the newest of them until then."""
    found = tx[REQUESTS].find_one_and_update(
        {"_id": request_id},
        {"$set": {"open_offers": count}, "$max": {"offers_until": until}},
        return_document=ReturnDocument.AFTER,
    )
    assert found is not None  # it was written in this transaction before
    return from_document(found, Request)


def lose_offer(tx: Tx, request_id: ObjectId) -> Request | None:
    """Note that one offer of an assigned request ends without an order, first in that transaction; returns None if the
    request is not assigned.
    """
    found = tx[REQUESTS].find_one_and_update(
        {"_id": request_id, "status": "assigned"},
        {"$inc": {"open_offers": -1, "activity": 1}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Request) if found else None


def run_out(tx: Tx, request_id: ObjectId, now: datetime) -> None:
    """Let a request wait for GigFlow again whose last offer has ended."""
    change(tx, request_id, REQUEST["run_out"], now, _NO_OFFERS)


def without_offers(tx: Tx, request_id: ObjectId, step: Transition, now: datetime) -> Request | None:
    """Let a request take a step by which every offer of it is withdrawn; returns None if it is in no state for it."""
    return change(tx, request_id, step, now, _NO_OFFERS)


def match(
    tx: Tx, request_id: ObjectId, offer_id: ObjectId, order_id: ObjectId, now: datetime
) -> Request | None:
    """Give an assigned request to one of its offers, first in the acceptance's transaction; returns None if it is not
    assigned.
    """
    changes = {**_NO_OFFERS, "offer_id": offer_id, "order_id": order_id}
    return change(tx, request_id, REQUEST["match"], now, changes)


def end_match(
    tx: Tx, request_id: ObjectId, order_id: ObjectId, step: Transition, now: datetime, changes: Document
) -> Request | None:
    """Take a matched request to where its order leaves it; returns None if it is not matched by that order."""
    found = tx[REQUESTS].find_one({"_id": request_id, "order_id": order_id}, {"_id": 1})
    return change(tx, request_id, step, now, changes) if found else None


def find_lapsed(db: Db, now: datetime, limit: int) -> list[ObjectId]:
    """Return pending requests whose day has passed, the earliest first."""
    due = {"status": "pending", "due_at": passed(now)}
    rows = db[REQUESTS].find(due, {"_id": 1}, hint="lapses").sort("due_at", ASCENDING).limit(limit)
    return [row["_id"] for row in rows]


def find_open_of(tx: Tx, client_id: ObjectId, limit: int) -> list[ObjectId]:
    """Return the open requests of somebody, at most `limit`."""
    mine = {"client_id": client_id, "status": {"$in": list(OPEN)}}
    return [row["_id"] for row in tx[REQUESTS].find(mine, {"_id": 1}, hint="client").limit(limit)]


def waiting_for(client_id: ObjectId) -> tuple[Declared, list[Document]]:
    """Return where and how to read which requests of somebody are back with them, without their long words."""
    mine: Document = {"client_id": client_id, "status": "rejected"}
    short: Document = {"$set": {"description": "", "note": ""}}
    return REQUESTS, [{"$match": mine}, {"$sort": {"_id": DESCENDING}}, {"$limit": READ_MAX}, short]


def forget_words_of(tx: Tx, client_id: ObjectId, limit: int) -> dict[ObjectId, list[ObjectId]]:
    """Remove the words of requests of somebody that came to no order, at most so many; returns the files of each."""
    ended: tuple[RequestStatus, ...] = ("posted", "cancelled")
    mine = {
        "client_id": client_id,
        "status": {"$in": list(ended)},
        "description": {"$gt": ""},
        "order_id": None,
    }
    rows = list(tx[REQUESTS].find(mine, {"file_ids": 1}, hint="client").limit(limit))
    empty = {"title": "", "description": "", "note": "", "skills": [], "file_ids": []}
    tx[REQUESTS].update_many({"_id": {"$in": [row["_id"] for row in rows]}}, {"$set": empty})
    return {row["_id"]: row["file_ids"] for row in rows}


def _words_of(title: str) -> Document:
    return {"title_words": words_of(title)}
