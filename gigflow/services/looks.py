"""Who looked at services, counted in the database."""

from collections.abc import Collection
from datetime import datetime

from bson import ObjectId
from pymongo import ASCENDING, IndexModel
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from gigflow.core.db import Db, Declared

VIEWS = Declared("gig_views")
# Who was counted today, by a mark that tells nobody who that is.
LOOKS = Declared("gig_looks", (IndexModel([("at", ASCENDING)], name="expiry", expireAfterSeconds=86_400),))


def count_view(db: Db, gig_id: ObjectId, mark: str, now: datetime) -> None:
    """Count a person who looked at a gig, unless their mark is known. Counting must hardly slow a page: one node
    answers for the mark, and the count is not waited for.
    """
    try:
        looks = db[LOOKS].with_options(write_concern=WriteConcern(1))
        looks.insert_one({"_id": f"{gig_id}-{mark}", "at": now})
    except DuplicateKeyError:
        return
    db[VIEWS].with_options(write_concern=WriteConcern(0)).update_one(
        {"_id": gig_id}, {"$inc": {"count": 1}}, upsert=True
    )


def count_views(db: Db, ids: Collection[ObjectId]) -> dict[ObjectId, int]:
    """Return how many people looked at each of these gigs, each once a day."""
    return {row["_id"]: row["count"] for row in db[VIEWS].find({"_id": {"$in": list(ids)}})}
