"""What is done to many gigs of one owner, in pieces (accounts.piecemeal)."""

from collections.abc import Sequence

from bson import ObjectId

from gigflow.core.db import Tx
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
