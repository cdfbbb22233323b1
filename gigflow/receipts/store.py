"""Receipts in the database."""

from collections.abc import Sequence

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import BulkWriteError

from gigflow.core.db import NO_ID, Db, Declared, from_document, object_schema, to_document
from gigflow.core.paging import Page, PageRequest, newest
from gigflow.receipts.models import LATE, Receipt

_DUPLICATE_KEY = 11000

RECEIPTS = Declared(
    "receipts",
    (
        IndexModel([("number", ASCENDING)], name="number", unique=True),
        IndexModel([("order_id", ASCENDING), ("_id", ASCENDING)], name="order"),
    ),
    object_schema(
        {
            "number": {"bsonType": ["int", "long"], "minimum": 1},
            "order_id": "objectId",
            "what": "string",
            "client": "object",
            "freelancer": "object",
            "amount_minor": ["int", "long"],
            "at": "date",
            "created_at": "date",
        }
    ),
)
COLLECTIONS = (RECEIPTS,)


def insert_in_order(db: Db, receipts: Sequence[Receipt]) -> int:
    """Store receipts one after another, and stop at the first whose number or entry has one already: another process
    gives numbers at this moment. Returns how many were stored. A process that is killed has stored the first of them.
    """
    try:
        db[RECEIPTS].insert_many([to_document(each) for each in receipts], ordered=True)
    except BulkWriteError as error:
        if any(each["code"] != _DUPLICATE_KEY for each in error.details["writeErrors"]):
            raise
        return int(error.details["nInserted"])
    return len(receipts)


def get_receipt(db: Db, receipt_id: ObjectId) -> Receipt | None:
    """Return the receipt with this id, or None."""
    found = db[RECEIPTS].find_one({"_id": receipt_id})
    return from_document(found, Receipt) if found else None


def find_receipts(db: Db, order_id: ObjectId, page: PageRequest) -> Page[Receipt]:
    """Return receipts of an order, the newest first."""
    return newest(db[RECEIPTS], {"order_id": order_id}, page, Receipt)


def last_number(db: Db) -> int:
    """Return the highest number that was given, 0 if none was."""
    found = db[RECEIPTS].find_one({}, {"number": 1}, sort=[("number", DESCENDING)])
    return found["number"] if found else 0


def begin_of_late(db: Db) -> ObjectId:
    """Return the id from which on entries of the ledger may still have no receipt."""
    found = db[RECEIPTS].find_one({}, {"_id": 1}, sort=[("_id", DESCENDING)])
    return ObjectId.from_datetime(found["_id"].generation_time - LATE) if found else NO_ID


def find_ids_since(db: Db, since: ObjectId) -> set[ObjectId]:
    """Return the entries from this id on that have a receipt."""
    return {row["_id"] for row in db[RECEIPTS].find({"_id": {"$gte": since}}, {"_id": 1})}
