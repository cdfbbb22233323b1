"""What is done to many services of one owner, in pieces (accounts.piecemeal)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from bson import ObjectId

from gigflow.core.db import Document, Tx
from gigflow.core.transitions import Transition
from gigflow.gigs.store import GIGS


def find_services_of(
    tx: Tx, owner_id: ObjectId, transitions: Collection[Transition], limit: int
) -> list[ObjectId]:
    """Return the ids of an owner's services that one of the transitions begins with, at most `limit`. One query looks
    at all states, so that none slips from one into another between two queries.
    """
    states = [state for transition in transitions for state in transition.sources]
    query = {"owner_id": owner_id, "kind": "service", "status": {"$in": states}}
    rows = tx[GIGS].find(query, {"_id": 1}, hint="owner").limit(limit)
    return [row["_id"] for row in rows]


def move_services(
    tx: Tx,
    ids: Sequence[ObjectId],
    transitions: Collection[Transition],
    changes: Document,
    now: datetime,
) -> None:
    """Take each of these services through the one of the transitions that begins in its state."""
    for transition in transitions:
        changed = {**changes, "status": transition.target, "updated_at": now}
        tx[GIGS].update_many(
            {"_id": {"$in": list(ids)}, "status": transition.source_filter},
            {"$set": changed, "$inc": {"version": 1}},
        )
