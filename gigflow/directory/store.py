"""The directory in the database: people's places, which stand in their accounts, and for whom they have worked."""

from collections.abc import Iterable
from datetime import datetime

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument

from gigflow.accounts.models import User
from gigflow.accounts.store import USERS
from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema, to_document
from gigflow.core.ids import new_id
from gigflow.directory.dictionary import PEOPLE_WORD_STATE, PEOPLE_WORDS, VOCABULARY
from gigflow.directory.models import Place, Work

# What somebody has completed in a category, and for whom. One client counts once in each, however many orders.
_COUNT: Document = {"bsonType": ["int", "long"], "minimum": 1}
WORK = Declared(
    "work",
    (
        IndexModel(
            [("category", ASCENDING), ("clients", DESCENDING), ("user_id", ASCENDING)], name="category"
        ),
        IndexModel([("user_id", ASCENDING)], name="user"),
    ),
    object_schema({"user_id": "objectId", "category": "string", "clients": _COUNT, "completed": _COUNT}),
)
WORKED = Declared(
    "worked",
    (IndexModel([("user_id", ASCENDING)], name="user"),),
    object_schema({"user_id": "objectId", "orders": _COUNT}),
)
COLLECTIONS = (WORK, WORKED, PEOPLE_WORDS, PEOPLE_WORD_STATE)

PLACE = tuple(Place.__struct_fields__)
# Set by each writing of a place: what the kept lists follow, and what makes two writings come one after the other.
PLACED = "placed"


def touch(tx: Tx, user_id: ObjectId) -> tuple[User, Document] | None:
    """Return somebody, and the place that they have, written in this transaction so that two writings of it come one
    after the other; None if there is nobody.
    """
    row = tx[USERS].find_one_and_update(
        {"_id": user_id}, {"$set": {"placing": new_id()}}, return_document=ReturnDocument.AFTER
    )
    return (from_document(row, User), {name: row[name] for name in PLACE if name in row}) if row else None


def set_place(tx: Tx, user_id: ObjectId, place: Place | None, before: Document, *, gone: bool) -> None:
    """Give somebody this place in the directory, or (None) take them out of it. Of somebody who is `gone` for good
    nothing is there to be taken, and lists have to be told all the same.
    """
    after = to_document(place) if place else {}
    if after == before and not gone:
        return
    if new := set(after.get("find_words", ())) - set(before.get("find_words", ())):
        VOCABULARY.learn_within(tx, new)
    changes: Document = {"$set": {**after, PLACED: new_id()}}
    if lost := before.keys() - after.keys():
        changes["$unset"] = dict.fromkeys(lost, "")
    tx[USERS].update_one({"_id": user_id}, changes)


def find_work(db: Db, user_id: ObjectId) -> list[Work]:
    """Return what somebody has completed, by category."""
    return [from_document(row, Work) for row in db[WORK].find({"user_id": user_id}, hint="user")]


def count_work(tx: Tx, user_id: ObjectId, category: str, client_id: ObjectId) -> None:
    """Count one more completed order of a freelancer for a client in a category; the client counts once."""
    key = {"user": user_id, "category": category}
    order = {"$inc": {"orders": 1}, "$setOnInsert": {"user_id": user_id}}
    first = tx[WORKED].update_one({"_id": {**key, "client": client_id}}, order, upsert=True).upserted_id
    tx[WORK].update_one(
        {"_id": key},
        {
            "$inc": {"completed": 1, "clients": 1 if first else 0},
            "$setOnInsert": {"user_id": user_id, "category": category},
        },
        upsert=True,
    )


def set_work(tx: Tx, user_id: ObjectId, completed: Iterable[tuple[ObjectId, str, int]]) -> None:
    """Keep that somebody has completed so many orders for these clients, in these categories, and no others."""
    worked, work = [], dict[str, list[int]]()
    for client_id, category, orders in completed:
        key = {"user": user_id, "category": category, "client": client_id}
        worked.append({"_id": key, "user_id": user_id, "orders": orders})
        work.setdefault(category, []).append(orders)
    summed = [
        {
            "_id": {"user": user_id, "category": category},
            "user_id": user_id,
            "category": category,
            "clients": len(orders),
            "completed": sum(orders),
        }
        for category, orders in work.items()
    ]
    for declared, rows in ((WORKED, worked), (WORK, summed)):
        tx[declared].delete_many({"user_id": user_id})
        if rows:
            tx[declared].insert_many(rows)


def forget_work_of(tx: Tx, user_id: ObjectId, limit: int) -> int:
    """Forget for whom somebody has worked, at most `limit` rows; return how many."""
    count = 0
    for declared in (WORKED, WORK):
        ids = [
            row["_id"]
            for row in tx[declared].find({"user_id": user_id}, {"_id": 1}, hint="user").limit(limit)
        ]
        count += tx[declared].delete_many({"_id": {"$in": ids}}).deleted_count
    return count


def forget_unused_words(db: Db, moment: datetime) -> None:
    """Forget words that nobody in the directory has: a piece each time, by one process at a time."""

    def is_used(word: str) -> bool:
        asked = {"for_hire": True, "find_words": word}
        return db[USERS].find_one(asked, {"_id": 1}, hint="hire_words") is not None

    VOCABULARY.forget_unused(db, is_used, moment)
