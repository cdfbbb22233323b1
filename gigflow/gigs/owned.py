"""What is done to many gigs of one owner, in pieces of at most so many (accounts.piecemeal)."""

from collections.abc import Collection
from datetime import datetime

from bson import ObjectId

from gigflow.core.db import Db, Document, Tx
from gigflow.core.transitions import Transition
from gigflow.gigs.store import GIGS


def copy_owner(tx: Tx, db: Db, owner_id: ObjectId, name: str, availability: str, limit: int) -> int:
    """Write an owner's name and availability into gigs that say otherwise, at most `limit`; returns how many."""
    is_old = [
        {"owner_name": {"$ne": name}},
        {"kind": "service", "owner_availability": {"$ne": availability}},
    ]
    rows = db[GIGS].find({"owner_id": owner_id, "$or": is_old}, {"kind": 1}, session=tx).limit(limit)
    found = [(row["_id"], row["kind"]) for row in rows]
    services = [gig_id for gig_id, kind in found if kind == "service"]
    ids = [gig_id for gig_id, _ in found]
    db[GIGS].update_many({"_id": {"$in": ids}}, {"$set": {"owner_name": name}}, session=tx)
    says = {"owner_availability": availability}
    db[GIGS].update_many({"_id": {"$in": services}}, {"$set": says}, session=tx)
    return len(found)


def move_services_of(
    tx: Tx,
    db: Db,
    owner_id: ObjectId,
    transitions: Collection[Transition],
    changes: Document,
    limit: int,
    now: datetime,
) -> int:
    """Take services of an owner, at most `limit`, through that of the transitions that begins in their state; returns
    how many there were. All states are looked at at once, so that none slips from one into another between two looks.
    """
    states = [state for transition in transitions for state in transition.sources]
    query = {"owner_id": owner_id, "kind": "service", "status": {"$in": states}}
    rows = db[GIGS].find(query, {"_id": 1}, hint="owner", session=tx).limit(limit)
    ids = [row["_id"] for row in rows]
    for transition in transitions:
        changed = {**changes, "status": transition.target, "updated_at": now}
        db[GIGS].update_many(
            {"_id": {"$in": ids}, "status": transition.source_filter},
            {"$set": changed, "$inc": {"version": 1}},
            session=tx,
        )
    return len(ids)
