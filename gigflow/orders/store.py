"""Orders, deliveries, cancellations and disputes in the database."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.errors import DuplicateKeyError

from gigflow.core.briefs import Brief
from gigflow.core.db import (
    Db,
    Declared,
    Document,
    Tx,
    from_document,
    object_schema,
    passed,
    to_document,
    to_stored,
)
from gigflow.core.paging import Page, PageRequest
from gigflow.core.steps import Progress
from gigflow.core.transitions import AS_IT_WAS, Transition
from gigflow.orders.dispute_models import Dispute, SealedOffer, Statement
from gigflow.orders.models import (
    ACTIVE,
    ORDER,
    Actor,
    Cancellation,
    CancellationStatus,
    Delivery,
    Happened,
    Order,
    Side,
    digest_of,
)

_WHOLE = {"bsonType": ["int", "long"], "minimum": 0}
_ENDED = {"ended_at": {"$type": "date"}}

ORDERS = Declared(
    "orders",
    (
        IndexModel(
            [("source.id", ASCENDING)],
            name="one_live_per_bid_or_offer",
            unique=True,
            partialFilterExpression={"live": True, "source.type": {"$in": ["bid", "offer"]}},
        ),
        IndexModel(
            [("source.id", ASCENDING), ("client_id", ASCENDING)],
            name="one_unpaid_per_service_and_client",
            unique=True,
            partialFilterExpression={"status": "pending_payment", "source.type": "service"},
        ),
        IndexModel([("client_id", ASCENDING), ("status", ASCENDING), ("_id", DESCENDING)], name="client"),
        IndexModel(
            [("freelancer_id", ASCENDING), ("status", ASCENDING), ("_id", DESCENDING)], name="freelancer"
        ),
        # Those that can still be reviewed.
        IndexModel(
            [("client_id", ASCENDING), ("ended_at", DESCENDING)],
            name="client_ended",
            partialFilterExpression=_ENDED,
        ),
        IndexModel(
            [("freelancer_id", ASCENDING), ("ended_at", DESCENDING)],
            name="freelancer_ended",
            partialFilterExpression=_ENDED,
        ),
        IndexModel([("status", ASCENDING), ("_id", DESCENDING)], name="status"),
        IndexModel([("source.id", ASCENDING), ("_id", DESCENDING)], name="source"),
        IndexModel([("status", ASCENDING), ("pay_by", ASCENDING)], name="pay_by"),
        IndexModel([("status", ASCENDING), ("accept_by", ASCENDING)], name="accept_by"),
        IndexModel(
            [("cancellation.answer_by", ASCENDING)],
            name="answer_by",
            partialFilterExpression={"cancellation.answer_by": {"$type": "date"}},
        ),
        IndexModel(
            [("remind_at", ASCENDING)],
            name="remind_at",
            partialFilterExpression={"remind_at": {"$type": "date"}},
        ),
    ),
    object_schema(
        {
            "source": "object",
            "live": "bool",
            "client_id": "objectId",
            "freelancer_id": "objectId",
            "terms": "object",
            "price_minor": {"bsonType": ["int", "long"], "minimum": 1},
            "fee_minor": _WHOLE,
            "released_minor": _WHOLE,
            "refunded_minor": _WHOLE,
            "revisions_used": _WHOLE,
            "status": {"enum": [*ACTIVE, "completed", "cancelled"]},
            "events": "array",
            "created_at": "date",
        }
    ),
)
DELIVERIES = Declared(
    "deliveries",
    (IndexModel([("order_id", ASCENDING), ("_id", ASCENDING)], name="order"),),
    object_schema({"order_id": "objectId", "message": "string", "file_ids": "array", "created_at": "date"}),
)
CANCELLATIONS = Declared(
    "cancellations",
    (
        IndexModel(
            [("order_id", ASCENDING)],
            name="one_open_per_order",
            unique=True,
            partialFilterExpression={"status": "open"},
        ),
        IndexModel([("order_id", ASCENDING), ("_id", ASCENDING)], name="order"),
    ),
    object_schema(
        {
            "order_id": "objectId",
            "by": {"enum": ["client", "freelancer"]},
            "status": {"enum": ["open", "agreed", "refused", "taken_back", "escalated", "closed"]},
            "created_at": "date",
        }
    ),
)
DISPUTES = Declared(
    "disputes",
    (
        IndexModel(
            [("order_id", ASCENDING)],
            name="one_open_per_order",
            unique=True,
            partialFilterExpression={"status": "open"},
        ),
        IndexModel([("status", ASCENDING), ("_id", ASCENDING)], name="status"),
    ),
    object_schema(
        {
            "order_id": "objectId",
            "status": {"enum": ["open", "settled", "decided", "resumed"]},
            "offers": "object",
            "created_at": "date",
        }
    ),
)
COLLECTIONS = (ORDERS, DELIVERIES, CANCELLATIONS, DISPUTES)


def add_missing_categories(db: Db, progress: Progress, category_of: Callable[[ObjectId], str | None]) -> None:
    """Give orders of earlier versions the category of their gig, as it is now."""

    def change(row: Document) -> int:
        category = (category_of(row["gig_id"]) if row["gig_id"] else None) or "other"
        missing = {"_id": row["_id"], "category": None}
        return db[ORDERS].update_one(missing, {"$set": {"category": category}}).modified_count

    progress.change_each(ORDERS, {"category": None}, change)


def insert_order(tx: Tx, order: Order) -> bool:
    """Store a new order; returns False if its source has one already (the transaction is then over)."""
    try:
        tx[ORDERS].insert_one(to_document(order))
    except DuplicateKeyError:
        return False
    return True


def get_order(db: Db, order_id: ObjectId) -> Order | None:
    """Return the order with this id, or None."""
    found = db[ORDERS].find_one({"_id": order_id})
    return from_document(found, Order) if found else None


def took_step_since(db: Db, order_id: ObjectId, steps: Collection[str], since: datetime) -> bool:
    """Return whether one of these steps was taken with an order after then."""
    step = {"name": {"$in": list(steps)}, "at": {"$gt": since}}
    found = db[ORDERS].find_one({"_id": order_id, "events": {"$elemMatch": step}}, {"_id": 1})
    return found is not None


def get_unpaid_of(db: Db, service_id: ObjectId, client_id: ObjectId) -> Order | None:
    """Return the order for a service that a client has not paid yet, or None."""
    found = db[ORDERS].find_one(
        {
            "source.id": service_id,
            "client_id": client_id,
            "source.type": "service",
            "status": "pending_payment",
        }
    )
    return from_document(found, Order) if found else None


def count_active_of(db: Db, user_id: ObjectId) -> int:
    """Return how many orders of somebody have not ended."""
    either = [{"client_id": user_id}, {"freelancer_id": user_id}]
    return db[ORDERS].count_documents({"$or": either, "status": {"$in": list(ACTIVE)}})


def put_brief(tx: Tx, order_id: ObjectId, brief: Brief, version: int) -> bool:
    """Replace the brief of an order of this version that is not paid; returns False if it is another one, paid or over.
    It is no step of the order, so `updated_at` stays that of the last line of the timeline.
    """
    unpaid = {"_id": order_id, "status": "pending_payment", "version": version}
    change = {"$set": {"terms.brief": to_document(brief)}, "$inc": {"version": 1}}
    return tx[ORDERS].update_one(unpaid, change).matched_count == 1


def renew_digest(tx: Tx, order_id: ObjectId) -> Order:
    """Write the digest of what is agreed in an order as it is in this transaction, and return the order."""
    found = tx[ORDERS].find_one({"_id": order_id})
    assert found is not None
    found["digest"] = digest_of(found)
    tx[ORDERS].update_one({"_id": order_id}, {"$set": {"digest": found["digest"]}})
    return from_document(found, Order)


def move(
    tx: Tx,
    order_id: ObjectId,
    transition: Transition,
    happened: Happened,
    changes: Mapping[str, Any],
    condition: Mapping[str, Any] | None = None,
) -> Order | None:
    """Take an order through a transition with these further changes. Returns None if it is not in the transition's
    source, if it is not as the `condition` says, or if the actor may not do so again. `inc:` before a field's name adds
    to it.
    """
    setting = {name: to_stored(value) for name, value in changes.items() if not name.startswith("inc:")}
    adding = {name.removeprefix("inc:"): value for name, value in changes.items() if name.startswith("inc:")}
    if transition.target != AS_IT_WAS:
        setting["status"] = transition.target
    found = tx[ORDERS].find_one_and_update(
        {
            "_id": order_id,
            "status": transition.source_filter,
            **_may_repeat(transition, happened.actor),
            **(condition or {}),
        },
        {
            "$set": {**setting, "updated_at": happened.at},
            "$inc": {"version": 1, **adding},
            "$push": {"events": to_document(happened)},
        },
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Order) if found else None


def note_review(tx: Tx, order_id: ObjectId, side: Side, now: datetime) -> Order | None:
    """Write that one side of a completed order has reviewed it; returns None if it is not completed, or if that side
    has done so already.
    """
    found = tx[ORDERS].find_one_and_update(
        {"_id": order_id, "status": "completed", f"reviewed.{side}": None},
        {"$set": {f"reviewed.{side}": now}, "$inc": {"version": 1}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Order) if found else None


def take_reminder(tx: Tx, order: Order, next_at: datetime | None) -> bool:
    """Claim the reminder of an order that is due, and say when the next one is; returns False if another process has
    it.
    """
    result = tx[ORDERS].update_one(
        {"_id": order.id, "remind_at": order.remind_at, "version": order.version},
        {"$set": {"remind_at": next_at}},
    )
    return result.modified_count == 1


def find_unpaid_too_long(db: Db, now: datetime, limit: int) -> list[ObjectId]:
    """Return orders whose client has not paid in time."""
    return _ids(db, {"status": "pending_payment", "pay_by": {"$lte": now}}, limit)


def find_to_accept(db: Db, now: datetime, limit: int) -> list[ObjectId]:
    """Return orders whose delivery nobody has objected to in time; an open cancellation stops that."""
    return _ids(db, {"status": "delivered", "accept_by": {"$lte": now}, "cancellation": None}, limit)


def find_unanswered(db: Db, now: datetime, limit: int) -> list[ObjectId]:
    """Return orders in which a cancellation request was not answered in time."""
    return _ids(db, {"cancellation.answer_by": passed(now)}, limit)


def insert_delivery(tx: Tx, delivery: Delivery) -> None:
    """Store what was handed in."""
    tx[DELIVERIES].insert_one(to_document(delivery))


def find_deliveries(db: Db, order_id: ObjectId) -> list[Delivery]:
    """Return the deliveries of an order, the oldest first."""
    rows = db[DELIVERIES].find({"order_id": order_id}).sort("_id", ASCENDING)
    return [from_document(row, Delivery) for row in rows]


def insert_cancellation(tx: Tx, cancellation: Cancellation) -> None:
    """Store a cancellation request; the order's own guard has made sure that no other one is open."""
    tx[CANCELLATIONS].insert_one(to_document(cancellation))


def close_cancellation(tx: Tx, order_id: ObjectId, status: CancellationStatus, now: datetime) -> None:
    """Close the open cancellation request of an order, if there is one."""
    tx[CANCELLATIONS].update_one(
        {"order_id": order_id, "status": "open"}, {"$set": {"status": status, "closed_at": now}}
    )


def insert_dispute(tx: Tx, dispute: Dispute) -> None:
    """Store a dispute; the order's own guard has made sure that no other one is open."""
    tx[DISPUTES].insert_one(to_document(dispute))


def get_dispute(db: Db, order_id: ObjectId) -> Dispute | None:
    """Return the newest dispute of an order, or None."""
    found = db[DISPUTES].find_one({"order_id": order_id}, sort=[("_id", DESCENDING)])
    return from_document(found, Dispute) if found else None


def get_dispute_by_id(db: Db, dispute_id: ObjectId) -> Dispute | None:
    """Return the dispute with this id, or None."""
    found = db[DISPUTES].find_one({"_id": dispute_id})
    return from_document(found, Dispute) if found else None


def note_checkout(tx: Tx, order_id: ObjectId, payment_id: ObjectId) -> bool:
    """Note the newest checkout of an order that waits for money; returns False if it does not."""
    waits = {"_id": order_id, "status": {"$in": list(ORDER["pay"].sources)}}
    return bool(tx[ORDERS].update_one(waits, {"$set": {"checkout_id": payment_id}}).matched_count)


def put_offer(tx: Tx, dispute_id: ObjectId, side: Side, offer: SealedOffer) -> Dispute | None:
    """Keep the number of one side; returns None if it has named one in this round, or if the dispute is closed."""
    found = tx[DISPUTES].find_one_and_update(
        {"_id": dispute_id, "status": "open", f"offers.{side}.round": {"$ne": offer.round}},
        {"$set": {f"offers.{side}": to_document(offer)}},
        return_document=ReturnDocument.AFTER,
    )
    return from_document(found, Dispute) if found else None


def put_statement(tx: Tx, dispute_id: ObjectId, side: Side, statement: Statement) -> bool:
    """Keep what one side says, in place of what it said before; returns False if the dispute is closed."""
    changes = {"$set": {f"statements.{side}": to_document(statement)}}
    found = tx[DISPUTES].update_one({"_id": dispute_id, "status": "open"}, changes)
    return found.matched_count == 1


def close_dispute(tx: Tx, order_id: ObjectId, changes: Mapping[str, Any], now: datetime) -> None:
    """Close the open dispute of an order, if there is one."""
    tx[DISPUTES].update_one({"order_id": order_id, "status": "open"}, {"$set": {**changes, "closed_at": now}})


def find_open_disputes(db: Db, page: PageRequest) -> Page[Dispute]:
    """Return the disputes that wait for an end, the oldest first: for admins."""
    query: Document = {"status": "open"}
    if page.after:
        query["_id"] = {"$gt": page.after}
    rows = db[DISPUTES].find(query).sort("_id", ASCENDING).limit(page.limit + 1)
    return page.cut([from_document(row, Dispute) for row in rows], lambda dispute: dispute.id)


def _may_repeat(transition: Transition, actor: Actor) -> Document:
    """Return the condition that this actor has done this less often than they may; of two at once one comes second."""
    if transition.at_most is None:
        return {}
    same = {"$and": [{"$eq": ["$$this.name", transition.name]}, {"$eq": ["$$this.actor", actor]}]}
    done = {"$size": {"$filter": {"input": "$events", "cond": same}}}
    return {"$expr": {"$lt": [done, transition.at_most]}}


def _ids(db: Db, query: Document, limit: int) -> list[ObjectId]:
    return [row["_id"] for row in db[ORDERS].find(query, {"_id": 1}).limit(limit)]
