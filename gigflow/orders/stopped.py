"""Orders in the database that end or stand still because an account was shut."""

import logging
from collections.abc import Sequence
from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.core.db import Db, Document, Tx, from_document
from gigflow.orders.models import Order, Side
from gigflow.orders.store import DISPUTES, ORDERS

log = logging.getLogger(__name__)


def close_untouched_dispute(tx: Tx, order_id: ObjectId, now: datetime) -> bool:
    """Close the open dispute of an order that goes on; returns False if somebody has named a number in it."""
    untouched = {"order_id": order_id, "status": "open", "offers": {}}
    closed = {"$set": {"status": "resumed", "closed_at": now}}
    return tx[DISPUTES].update_one(untouched, closed).modified_count == 1


def find_active_of(tx: Tx, user_id: ObjectId, statuses: Sequence[str], limit: int) -> list[ObjectId]:
    """Return the ids of somebody's orders in these states, on either side, at most `limit`."""
    query = {**_party(user_id), "status": {"$in": list(statuses)}}
    return [row["_id"] for row in tx[ORDERS].find(query, {"_id": 1}).limit(limit)]


def find_to_leave(tx: Tx, user_id: ObjectId, limit: int) -> list[ObjectId]:
    """Return the ids of somebody's disputed orders that are not yet left to an admin because an account was shut."""
    query = {**_party(user_id), "status": "disputed", "escalated_for": None}
    return [row["_id"] for row in tx[ORDERS].find(query, {"_id": 1}).limit(limit)]


def find_paused_of(db: Db, user_id: ObjectId, limit: int) -> list[Order]:
    """Return somebody's orders that the shutting of an account has stopped, at most `limit`. Those that cannot be read
    are a line in the log.
    """
    query = {**_party(user_id), "status": "disputed", "escalated_for": {"$ne": None}, "paused": {"$ne": None}}
    found: list[Order] = []
    for row in db[ORDERS].find(query).limit(limit):
        try:
            found.append(from_document(row, Order))
        except msgspec.ValidationError as error:
            log.error("order %s cannot be read: %s", row["_id"], error)
    return found


def find_to_give_back(tx: Tx, user_id: ObjectId, limit: int) -> list[ObjectId]:
    """Return the ids of disputes that were there before they were left to an admin because this account was shut."""
    of_theirs = [
        {"client_id": user_id, "escalated_for": "client"},
        {"freelancer_id": user_id, "escalated_for": "freelancer"},
    ]
    query = {"$or": of_theirs, "status": "disputed", "paused": None}
    return [row["_id"] for row in tx[ORDERS].find(query, {"_id": 1}).limit(limit)]


def set_escalated_for(tx: Tx, order_id: ObjectId, side: Side | None) -> None:
    """Write for which side, if any, a disputed order is left to an admin."""
    changes = {"$set": {"escalated_for": side}, "$inc": {"version": 1}}
    tx[ORDERS].update_one({"_id": order_id, "status": "disputed"}, changes)


def _party(user_id: ObjectId) -> Document:
    return {"$or": [{"client_id": user_id}, {"freelancer_id": user_id}]}
