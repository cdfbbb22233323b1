"""How many jobs people have posted and hired for, in the database (docs/domain.md, invariant 3)."""

from functools import partial

from bson import ObjectId
from pymongo import ASCENDING

from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema
from gigflow.core.steps import Progress
from gigflow.gigs.models import GIVEN
from gigflow.gigs.store import GIGS
from gigflow.jobs.models import JobCounts

_COUNT: Document = {"bsonType": ["int", "long"], "minimum": 0}
COUNTS = Declared("job_counts", (), object_schema({"posted": _COUNT, "hired": _COUNT}))


def get_counts(db: Db, owner_id: ObjectId) -> JobCounts | None:
    """Return the counts of a person, or None if nothing was counted yet."""
    found = db[COUNTS].find_one({"_id": owner_id})
    return from_document(found, JobCounts) if found else None


def add_to_counts(tx: Tx, owner_id: ObjectId, *, posted: int = 0, hired: int = 0) -> None:
    """Add to the counts of a person, in the transaction that changes what is counted. If there are none, as after an
    upgrade, everything is counted.
    """
    added = {"$inc": {"posted": posted, "hired": hired}}
    if not tx[COUNTS].update_one({"_id": owner_id}, added).matched_count:
        count_again(tx, owner_id)


def count_again(tx: Tx, owner_id: ObjectId) -> bool:
    """Count all jobs of a person; returns False if the counts were right."""
    of_owner = {"owner_id": owner_id, "kind": "job"}
    is_hired = {"$cond": [{"$in": ["$status", list(GIVEN)]}, 1, 0]}
    group = {"_id": None, "posted": {"$sum": 1}, "hired": {"$sum": is_hired}}
    for row in tx[GIGS].aggregate([{"$match": of_owner}, {"$group": group}], hint="owner"):
        counts = {"posted": row["posted"], "hired": row["hired"]}
        done = tx[COUNTS].update_one({"_id": owner_id}, {"$set": counts}, upsert=True)
        return bool(done.modified_count or done.upserted_id)
    return False


def count_missing(db: Db, progress: Progress) -> None:
    """Count the jobs of everybody, in pieces that people do not notice: each in a transaction, which conflicts with
    those that change the counts.
    """
    while True:
        rest: Document = {"owner_id": {"$gt": progress.after}} if progress.after else {}
        row = db[GIGS].find_one(rest, {"owner_id": 1}, sort=[("owner_id", ASCENDING)], hint="owner")
        if row is None:
            return
        owner_id = row["owner_id"]
        changed = db.transact(partial(count_again, owner_id=owner_id))
        progress.keep(owner_id, int(changed))
