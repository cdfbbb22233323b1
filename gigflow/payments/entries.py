"""The ledger in the database, read from one entry on."""

from collections.abc import Collection, Container
from itertools import islice

from bson import ObjectId
from pymongo import ASCENDING

from gigflow.core.db import Db, readable
from gigflow.payments.models import Entry
from gigflow.payments.store import LEDGER, PAYMENTS


def find_order_entries_since(db: Db, since: ObjectId, skip: Container[ObjectId], limit: int) -> list[Entry]:
    """Return the first entries of orders from this id on, without those to skip. One that cannot be read is left out,
    with a line of the log.
    """
    rows = db[LEDGER].find({"_id": {"$gte": since}, "order_id": {"$type": "objectId"}}).sort("_id", ASCENDING)
    return readable(islice((row for row in rows if row["_id"] not in skip), limit), Entry)


def find_currencies(db: Db, order_ids: Collection[ObjectId]) -> dict[ObjectId, str]:
    """Return in which currency each of these orders was paid."""
    rows = db[PAYMENTS].find({"order_id": {"$in": list(order_ids)}}, {"order_id": 1, "currency": 1})
    return {row["order_id"]: row["currency"] for row in rows}
