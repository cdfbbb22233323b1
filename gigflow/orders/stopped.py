"""Orders in the database that end or stand still because an account was shut."""

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from gigflow.core.db import Db, Document, Tx, from_document
from gigflow.orders.models import Order, Side
from gigflow.orders.store import DISPUTES, ORDERS


def close_untouched_dispute(tx: Tx, db: Db, order_id: ObjectId, now: datetime) -> bool:
    """Close the open dispute of an order that goes on; False where somebody has named a number in it."""
    untouched = {"order_id": order_id, "status": "open", "offers": {}}
    closed = {"$set": {"status": "resumed", "closed_at": now}}
    return db[DISPUTES].update_one(untouched, closed, session=tx).modified_count == 1


def find_active_of(
    db: Db, user_id: ObjectId, statuses: Sequence[str], limit: int, tx: Tx | None = None
) -> list[Order]:
    """Orders of somebody in these states, on either side, at most `limit`."""
    query = {**_party(user_id), "status": {"$in": list(statuses)}}
    return [from_document(row, Order) for row in db[ORDERS].find(query, session=tx).limit(limit)]


def find_left_to_admin(
    db: Db, user_id: ObjectId, is_left: bool, limit: int, tx: Tx | None = None
) -> list[Order]:
    """Disputed orders of somebody that are left to an admin because an account was shut, or that are not."""
    query = {
        **_party(user_id),
        "status": "disputed",
        "escalated_for": {"$ne": None} if is_left else None,
    }
    return [from_document(row, Order) for row in db[ORDERS].find(query, session=tx).limit(limit)]


def set_escalated_for(tx: Tx, db: Db, order_id: ObjectId, side: Side | None) -> None:
    """Write for which side, if any, a disputed order is left to an admin."""
    changes = {"$set": {"escalated_for": side}, "$inc": {"version": 1}}
    db[ORDERS].update_one({"_id": order_id, "status": "disputed"}, changes, session=tx)


def _party(user_id: ObjectId) -> Document:
    return {"$or": [{"client_id": user_id}, {"freelancer_id": user_id}]}
