"""How many jobs people have posted, hired and paid for, in the database (docs/domain.md, invariant 3)."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from bson import ObjectId
from pymongo import ASCENDING

from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema
from gigflow.core.steps import Progress
from gigflow.gigs.store import GIGS
from gigflow.jobs.models import ClientCounts

_COUNT: Document = {"bsonType": ["int", "long"], "minimum": 0}
COUNTS = Declared("client_counts", (), object_schema({"posted": _COUNT, "paid": _COUNT, "since": "date"}))


def get_counts(db: Db, owner_id: ObjectId) -> ClientCounts | None:
    """Return the counts of a person, or None if nothing was counted yet."""
    found = db[COUNTS].find_one({"_id": owner_id})
    return from_document(found, ClientCounts) if found else None


def add_to_counts(tx: Tx, owner_id: ObjectId, *, posted_at: datetime | None = None, paid: int = 0) -> bool:
    """Add a job that was posted then, or that was paid, to the counts of a person, in that transaction; returns False
    if there are none, as at the first job and after an upgrade: then everything has to be counted.
    """
    added: Document = {"$inc": {"posted": 1 if posted_at else 0, "paid": paid}}
    if posted_at:
        added["$min"] = {"since": posted_at}  # of two first ones the later may be written first
    return bool(tx[COUNTS].update_one({"_id": owner_id}, added).matched_count)


def count_again(tx: Tx, owner_id: ObjectId, paid: int) -> bool:
    """Count all jobs of a person, of which so many were paid; returns False if the counts were right."""
    of_owner = {"owner_id": owner_id, "kind": "job"}
    group = {"_id": None, "posted": {"$sum": 1}, "since": {"$min": "$created_at"}}
    for row in tx[GIGS].aggregate([{"$match": of_owner}, {"$group": group}], hint="owner"):
        counts = {"posted": row["posted"], "paid": paid, "since": row["since"]}
        done = tx[COUNTS].update_one({"_id": owner_id}, {"$set": counts}, upsert=True)
        return bool(done.modified_count or done.upserted_id)
    return False


def count_missing(db: Db, progress: Progress, count: Callable[..., bool]) -> None:
    """Count the jobs of everybody, in pieces that people do not notice: each in a transaction, which conflicts with
    those that change the counts.
    """
    while True:
        rest: Document = {"owner_id": {"$gt": progress.after}} if progress.after else {}
        row = db[GIGS].find_one(rest, {"owner_id": 1}, sort=[("owner_id", ASCENDING)], hint="owner")
        if row is None:
            return
        owner_id = row["owner_id"]
        changed = db.transact(partial(count, owner_id=owner_id))
        progress.keep(owner_id, int(changed))
