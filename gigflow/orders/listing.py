"""Orders as lists show them: without long texts (docs/decisions/0028)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bson import ObjectId
from msgspec.structs import fields
from pymongo import ASCENDING, DESCENDING

from gigflow.core.db import Db, Declared, Document, Tx, from_document, passed, readable
from gigflow.core.paging import Page, PageRequest, newest
from gigflow.orders.models import SIDES, Agreement, Order, Side, Terms
from gigflow.orders.store import ORDERS
from gigflow.turn.models import READ_MAX

# What lists read: no long texts, and no more of the timeline than says whose turn it is (`next_step`). The server
# leaves the rest alone, however long a document has become.
_TURN = ["dispute", "escalate", "hold_back", "offer", "accept", "auto_accept"]
_LINES = {
    "$concatArrays": [
        {"$filter": {"input": "$events", "cond": {"$in": ["$$this.name", _TURN]}}},
        {"$slice": ["$events", -1]},
    ]
}
_LINE: Document = {
    "at": "$$this.at",
    "actor": "$$this.actor",
    "name": "$$this.name",
    "data": {"round": "$$this.data.round"},
}
_WITHOUT_LINES: Document = {
    **{each.encode_name: 1 for each in fields(Order) if each.name not in ("terms", "events")},
    **{f"terms.{each.encode_name}": 1 for each in fields(Terms) if each.name not in ("text", "message")},
}
LISTED: Document = {**_WITHOUT_LINES, "events": {"$map": {"input": _LINES, "in": _LINE}}}
# What every page of a member reads for its counts: all lines, without their data. To choose some would cost more.
_WITH_SHORT_LINES: Document = {
    **_WITHOUT_LINES,
    **dict.fromkeys(("events.at", "events.actor", "events.name", "events.data.round"), 1),
}


def find_orders(db: Db, ids: Sequence[ObjectId]) -> list[Order]:
    """Return these orders as lists show them, in no order."""
    return [from_document(row, Order) for row in db[ORDERS].find({"_id": {"$in": list(ids)}}, LISTED)]


def find_agreements(db: Db, ids: Sequence[ObjectId]) -> dict[ObjectId, Agreement]:
    """Return what never changes in these orders. One that cannot be read is left out, with a line of the log."""
    shape = {
        **dict.fromkeys(("client_id", "freelancer_id", "fee_basis_points"), 1),
        "order_id": "$_id",
        "title": "$terms.title",
        "source_type": "$source.type",
    }
    found = readable(db[ORDERS].find({"_id": {"$in": list(ids)}}, shape), Agreement)
    return {each.order_id: each for each in found}


def find_titles(db: Db, ids: Collection[ObjectId]) -> dict[ObjectId, str]:
    """Return what these orders are called, by id."""
    rows = db[ORDERS].find({"_id": {"$in": list(ids)}}, {"terms.title": 1})
    return {row["_id"]: row["terms"]["title"] for row in rows}


def shares_order(
    db: Db,
    one_id: ObjectId,
    other_id: ObjectId,
    only: Mapping[str, ObjectId | None],
    statuses: Collection[str] = (),
    *,
    paid: bool = False,
) -> bool:
    """Return whether two people have an order together: one of that gig, or that one, if `only` says so, in one of
    these states, if there are any, and (`paid`) one that was paid.
    """
    state: Document = {"status": {"$in": list(statuses)}} if statuses else {}
    if paid:
        state["paid_at"] = {"$ne": None}
    return db[ORDERS].find_one({**_shared(one_id, other_id, only), **state}, {"_id": 1}) is not None


def has_ordered_from(db: Db, client_id: ObjectId, freelancer_id: ObjectId) -> bool:
    """Return whether somebody has had an order with a freelancer, in whatever state."""
    query = {"client_id": client_id, "freelancer_id": freelancer_id}
    return db[ORDERS].find_one(query, {"_id": 1}, hint="client") is not None


def find_newest_shared(
    db: Db, one_id: ObjectId, other_id: ObjectId, only: Mapping[str, ObjectId | None]
) -> Order | None:
    """Return the newest order of two people of that gig, or that order, as lists show it; None if there is none."""
    rows = db[ORDERS].find(_shared(one_id, other_id, only), LISTED).sort("_id", DESCENDING).limit(1)
    return next((from_document(row, Order) for row in rows), None)


def find_begun(
    db: Db,
    one_id: ObjectId,
    other_id: ObjectId,
    only: Mapping[str, ObjectId | None],
    after: datetime | None,
    until: datetime | None,
    most: int,
) -> list[tuple[ObjectId, str, datetime]]:
    """Return the orders of two people of that gig, or that order, that they agreed on after a time and up to another
    (None: no bound): id, title and when, the oldest first; of more than so many the newest.
    """
    bounds = {**({"$gt": after} if after else {}), **({"$lte": until} if until else {})}
    query = {**_shared(one_id, other_id, only), **({"created_at": bounds} if bounds else {})}
    rows = db[ORDERS].find(query, {"terms.title": 1, "created_at": 1}).sort("_id", DESCENDING).limit(most)
    return [(row["_id"], row["terms"]["title"], row["created_at"]) for row in rows][::-1]


def _shared(one_id: ObjectId, other_id: ObjectId, only: Mapping[str, ObjectId | None]) -> Document:
    sides = [
        {"client_id": one_id, "freelancer_id": other_id},
        {"client_id": other_id, "freelancer_id": one_id},
    ]
    return {**{"_id" if field == "id" else field: value for field, value in only.items()}, "$or": sides}


def find_newest_from(db: Db, source_ids: Sequence[ObjectId]) -> dict[ObjectId, Order]:
    """Return the newest order that came from each of these bids, services or offers, as lists show it, by the
    source.
    """
    rows = db[ORDERS].find({"source.id": {"$in": list(source_ids)}}, LISTED).sort("_id", ASCENDING)
    return {order.source.id: order for order in (from_document(row, Order) for row in rows)}


def find_orders_of(
    db: Db, user_id: ObjectId, statuses: Sequence[str], side: Side | None, page: PageRequest
) -> Page[Order]:
    """Return somebody's orders in these states, newest first; with `side` only those in which they are on it."""
    query = {**_party(user_id, side), "status": {"$in": list(statuses)}}
    return newest(db[ORDERS], query, page, Order, projection=LISTED)


def that_may_wait(user_id: ObjectId) -> tuple[Declared, list[Document]]:
    """Return where and how to read the orders in which it may be somebody's turn, as lists show them: all in which it
    is (`next_step`), and few others.
    """
    live = {"$in": ["pending_payment", "in_progress", "delivered", "disputed"]}
    mine = [
        {
            "client_id": user_id,
            "status": live,
            "$or": [{"status": {"$ne": "in_progress"}}, {"cancellation.by": "freelancer"}],
        },
        {
            "freelancer_id": user_id,
            "status": {"$in": ["in_progress", "delivered", "disputed"]},
            "$or": [{"status": {"$ne": "delivered"}}, {"cancellation.by": "client"}],
        },
    ]
    return ORDERS, [{"$match": {"$or": mine}}, {"$limit": 2 * READ_MAX}, {"$project": _WITH_SHORT_LINES}]


def unreviewed(user_id: ObjectId, ended_after: datetime) -> tuple[Declared, list[Document]]:
    """Return where and how to read somebody's orders that were completed after then and not reviewed by them."""
    ended = {"ended_at": {"$type": "date", "$gt": ended_after}, "status": "completed"}
    mine = [{f"{side}_id": user_id, **ended, f"reviewed.{side}": None} for side in SIDES]
    return ORDERS, [{"$match": {"$or": mine}}, {"$limit": READ_MAX}, {"$project": _WITHOUT_LINES}]


def find_all_orders(db: Db, statuses: Sequence[str], page: PageRequest) -> Page[Order]:
    """Return everybody's orders in these states, newest first: for admins."""
    query = {"status": {"$in": list(statuses)}}
    return newest(db[ORDERS], query, page, Order, projection=LISTED)


def find_due_of(db: Db, freelancer_id: ObjectId, limit: int) -> list[datetime]:
    """Return when the work is due that somebody has in progress."""
    rows = db[ORDERS].find(
        {"freelancer_id": freelancer_id, "status": "in_progress"}, {"due_at": 1}, hint="freelancer"
    )
    return [row["due_at"] for row in rows.limit(limit)]


def count_of_each(
    db: Db, ids: Sequence[ObjectId], statuses: Sequence[str], client_id: ObjectId | None = None
) -> dict[ObjectId, int]:
    """Return how many orders in these states each of these freelancers has, with one client if that is named; those who
    have none are left out.
    """
    return _counted(db, ids, statuses, {"client_id": client_id} if client_id else {})


def count_due_of_each(
    db: Db, ids: Sequence[ObjectId], start: datetime | None, end: datetime | None
) -> dict[ObjectId, int]:
    """Return how many orders in progress of each of these freelancers are due from a moment on, if one is named, until
    before another; those who have none are left out.
    """
    since: Document = {"$gte": start} if start else {}
    until: Document = {"$lt": end} if end else {}
    return _counted(db, ids, ("in_progress",), {"due_at": {**since, **until}})


def _counted(db: Db, ids: Sequence[ObjectId], statuses: Sequence[str], more: Document) -> dict[ObjectId, int]:
    of_them = {"freelancer_id": {"$in": list(ids)}, "status": {"$in": list(statuses)}, **more}
    stages: list[Document] = [
        {"$match": of_them},
        {"$group": {"_id": "$freelancer_id", "count": {"$sum": 1}}},
    ]
    return {row["_id"]: row["count"] for row in db[ORDERS].aggregate(stages, hint="freelancer")}


def count_statuses_of(db: Db, user_id: ObjectId, side: Side | None) -> dict[str, int]:
    """Return how many orders somebody has in each status, in one round trip. Nobody is on both sides of an order."""
    first, *rest = [side] if side else list(SIDES)
    only = {"$project": {"_id": 0, "status": 1}}
    both = [
        {"$unionWith": {"coll": ORDERS.name, "pipeline": [{"$match": {f"{each}_id": user_id}}, only]}}
        for each in rest
    ]
    group = {"$group": {"_id": "$status", "count": {"$sum": 1}}}
    rows = db[ORDERS].aggregate([{"$match": {f"{first}_id": user_id}}, only, *both, group])
    return {row["_id"]: row["count"] for row in rows}


def count_all_completed(db: Db, most: int) -> int:
    """Return how many orders were completed, counted up to `most`. It walks that many keys of an index at most, and
    reads no order.
    """
    return db[ORDERS].count_documents({"status": "completed"}, limit=most, hint="status")


def count_completed(db: Db, user_id: ObjectId, side: Side) -> int:
    """Return how many orders somebody has completed on this side, by the index of that side."""
    return db[ORDERS].count_documents({**_party(user_id, side), "status": "completed"}, hint=side)


def count_by_client(db: Db, user_id: ObjectId) -> list[tuple[ObjectId, str, int]]:
    """Return for which clients somebody has completed orders, in which categories, and how many."""
    stages: list[Document] = [
        {"$match": {"freelancer_id": user_id, "status": "completed"}},
        {"$group": {"_id": {"client": "$client_id", "category": "$category"}, "orders": {"$sum": 1}}},
    ]
    rows = db[ORDERS].aggregate(stages, hint="freelancer")
    return [(row["_id"]["client"], row["_id"].get("category", "other"), row["orders"]) for row in rows]


def count_paid_jobs(db: Db, client_id: ObjectId) -> int:
    """Return of how many jobs a client has paid an order. It reads every order of theirs, by the index of that side."""
    paid = {"client_id": client_id, "source.type": "bid", "paid_at": {"$type": "date"}}
    stages: list[Document] = [{"$match": paid}, {"$group": {"_id": "$gig_id"}}, {"$count": "jobs"}]
    return sum(row["jobs"] for row in db[ORDERS].aggregate(stages, hint="client"))


def has_paid(db: Db, user_id: ObjectId) -> bool:
    """Return whether somebody is a side of an order that was paid, whatever became of it."""
    query = {**_party(user_id, None), "paid_at": {"$type": "date"}}
    return db[ORDERS].find_one(query, {"_id": 1}) is not None


def find_unpaid_of(tx: Tx, client_id: ObjectId, limit: int) -> list[str]:
    """Return the titles of services that a client has ordered and not paid, the oldest first."""
    query = {"client_id": client_id, "status": "pending_payment", "source.type": "service"}
    rows = tx[ORDERS].find(query, {"terms.title": 1}).sort("_id", ASCENDING).limit(limit)
    return [row["terms"]["title"] for row in rows]


def find_to_remind(db: Db, now: datetime, limit: int) -> list[ObjectId]:
    """Return orders in which somebody is to be reminded."""
    rows = db[ORDERS].find({"remind_at": passed(now)}, {"_id": 1}).sort("remind_at", ASCENDING).limit(limit)
    return [row["_id"] for row in rows]


def _party(user_id: ObjectId, side: Side | None) -> Document:
    if side:
        return {f"{side}_id": user_id}
    return {"$or": [{"client_id": user_id}, {"freelancer_id": user_id}]}
