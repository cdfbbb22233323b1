"""Guards: small documents, several per person. An act of the person writes one of them, while shutting the account,
leaving, and changing the name write all: so each of these comes before or after every act, and acts of one person at
the same time do not meet.

A guard carries what an act must know of the account, which stays the truth. An account has no guards until its first
act, which writes the account itself as every act did before there were guards (docs/decisions/0035).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from itertools import count
from typing import Any

from bson import ObjectId
from pymongo import UpdateOne

from gigflow.accounts.models import Actor
from gigflow.core.clock import now
from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema
from gigflow.core.ids import new_id

GUARDS = Declared(
    "guards",
    (),
    object_schema({"user_id": "objectId", "is_open": "bool", "name": "string", "availability": "string"}),
)
GUARD_STATE = Declared("guard_state")  # since when guards alone are enough
COLLECTIONS = (GUARDS, GUARD_STATE)

EACH_HAS = 8
COUNTED = 0  # the guard of acts that are counted: they have to come one after another
CARRIED = ("name", "availability")
# For this long after its first start with a database that has people, this version guards as the one before did:
# processes of that version may still be at work, and they know no guards.
BESIDE_OLDER = timedelta(hours=1)

_begins: dict[tuple[str, str], Any] = {}
_turns = count()


def begin_guards(db: Db, has_people: bool) -> None:
    """Note at the first start of this version from when on guards alone are enough."""
    at = now() + BESIDE_OLDER if has_people else now()
    db[GUARD_STATE].update_one({"_id": "begins"}, {"$setOnInsert": {"at": at}}, upsert=True)


def are_enough(db: Db) -> bool:
    """Return whether an act may write a guard alone: every process that shuts accounts writes guards by now."""
    key = (db.uri, db.database.name)
    if key not in _begins:
        row = db[GUARD_STATE].find_one({"_id": "begins"})
        if row is None:
            return False
        _begins[key] = row["at"]
    return bool(_begins[key] <= now())


def next_guard() -> int:
    """Return the guard that is next in turn in this process."""
    return next(_turns) % EACH_HAS


def touch(tx: Tx, user_id: ObjectId, name: str, number: int) -> Actor | None:
    """Write one guard of a person. Returns None if there is none, if it is shut, or if the name has changed by now."""
    as_known = {"_id": _id(user_id, number), "is_open": True, "name": name}
    found = tx[GUARDS].find_one_and_update(as_known, {"$set": {"act": new_id()}})
    return from_document({**found, "_id": user_id}, Actor) if found else None


def touch_each(tx: Tx, user_ids: Collection[ObjectId], number: int) -> bool:
    """Write one guard of each of these people, in one round trip and in the order of their ids. Returns False if one of
    them has none or is shut.
    """
    changes = [
        UpdateOne({"_id": _id(user_id, number), "is_open": True}, {"$set": {"act": new_id()}})
        for user_id in sorted(set(user_ids))
    ]
    return tx[GUARDS].bulk_write(changes).matched_count == len(changes)


def write_all(tx: Tx, user_id: ObjectId, changes: Mapping[str, Any]) -> None:
    """Write every guard of a person, if there are any, in the transaction that writes the account."""
    ids = [_id(user_id, number) for number in range(EACH_HAS)]
    tx[GUARDS].update_many({"_id": {"$in": ids}}, {"$set": {**changes, "act": new_id()}})


def give(tx: Tx, rows: Iterable[Document]) -> None:
    """Give guards to these open accounts, which this transaction has written, or bring those they have up to date."""
    changes = [
        UpdateOne(
            {"_id": _id(row["_id"], number)},
            {
                "$set": {
                    "user_id": row["_id"],
                    "is_open": True,
                    "name": row["name"],
                    "availability": row.get("availability", "available"),
                    "act": new_id(),
                }
            },
            upsert=True,
        )
        for row in rows
        for number in range(EACH_HAS)
    ]
    tx[GUARDS].bulk_write(changes)


def _id(user_id: ObjectId, number: int) -> str:
    return f"{user_id}:{number}"
