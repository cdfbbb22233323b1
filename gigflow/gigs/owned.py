"""What is asked of all gigs of one owner, and what is done to many of them in pieces (accounts.piecemeal)."""

from collections.abc import Collection, Sequence

from bson import ObjectId

from gigflow.core.db import Db, Tx
from gigflow.gigs.store import GIGS


def find_old_copies(tx: Tx, owner_id: ObjectId, name: str, availability: str, limit: int) -> list[ObjectId]:
    """Return the ids of gigs whose copy of their owner's name and availability is out of date, at most `limit`."""
    is_old = [
        {"owner_name": {"$ne": name}},
        {"kind": "service", "owner_availability": {"$ne": availability}},
    ]
    rows = tx[GIGS].find({"owner_id": owner_id, "$or": is_old}, {"_id": 1}).limit(limit)
    return [row["_id"] for row in rows]


def copy_owner(tx: Tx, ids: Sequence[ObjectId], name: str, availability: str) -> None:
    """Write their owner's name into these gigs, and the availability into services."""
    tx[GIGS].update_many({"_id": {"$in": list(ids)}}, {"$set": {"owner_name": name}})
    services = {"_id": {"$in": list(ids)}, "kind": "service"}
    tx[GIGS].update_many(services, {"$set": {"owner_availability": availability}})


def has_listed(db: Db, owner_id: ObjectId, statuses: Collection[str]) -> bool:
    """Return whether somebody has any gig in one of these states."""
    asked = {"owner_id": owner_id, "status": {"$in": list(statuses)}}
    return db[GIGS].find_one(asked, {"_id": 1}, hint="owner_state") is not None


def owns_any(db: Db, owner_id: ObjectId, ids: Collection[ObjectId]) -> bool:
    """Return whether somebody is the owner of one of these gigs."""
    return db[GIGS].find_one({"_id": {"$in": list(ids)}, "owner_id": owner_id}, {"_id": 1}) is not None
