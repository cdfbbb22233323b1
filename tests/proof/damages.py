"""What a hand in the database, or a bug, may break: the check that has to name it, and the document that is damaged."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from bson import ObjectId
from pymongo.database import Database

from tests.support.invariants import Row

FUTURE = datetime(2099, 1, 1, tzinfo=UTC)
PAST = datetime(2001, 1, 1, tzinfo=UTC)
LONG_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
NOBODY = ObjectId("f" * 24)
GONE: list[Row] = []  # the document is deleted


class Damage(msgspec.Struct, frozen=True):
    """`change` in the first document of a collection that meets the query: an update, fields of one more such document
    (a list of one), or that it is deleted (GONE). `names` is what stands in the sentence of the check.
    """

    words: str
    collection: str
    query: Row
    change: Row | list[Row]
    names: str = "_id"


def event(of: str, **fields: Any) -> list[Row]:
    """These fields for the events of this name in a timeline."""
    changed = {"$mergeObjects": ["$$this", {key: {"$literal": value} for key, value in fields.items()}]}
    each = {"$cond": [{"$eq": ["$$this.name", of]}, changed, "$$this"]}
    return [{"$set": {"events": {"$map": {"input": "$events", "as": "this", "in": each}}}}]


def shifted(field: str, **by: float) -> list[Row]:
    """A date that is so much later."""
    return [{"$set": {field: {"$add": [f"${field}", timedelta(**by) // timedelta(milliseconds=1)]}}}]


@contextmanager
def damaged(db: Database[Row], damage: Damage) -> Iterator[str]:
    """The damage, until the end of the block; what its sentence has to name."""
    collection, change = db[damage.collection], damage.change
    before = collection.find_one(damage.query)
    assert before is not None, damage
    added = None
    if change == GONE:
        collection.delete_one({"_id": before["_id"]})
    elif isinstance(change, list) and not any(key.startswith("$") for key in change[0]):
        added = {**before, "_id": ObjectId(), **change[0]}
        collection.insert_one(added)
    else:
        done = collection.update_one({"_id": before["_id"]}, change, bypass_document_validation=True)
        assert done.modified_count == 1, damage
    named: Any = added or before
    for part in damage.names.split("."):
        if part.startswith(":"):
            named = named[: int(part[1:])]
        else:
            named = named[int(part)] if isinstance(named, list) else named[part]
    try:
        yield str(named)
    finally:
        if added:
            collection.delete_one({"_id": added["_id"]})
        else:
            collection.replace_one(
                {"_id": before["_id"]}, before, upsert=True, bypass_document_validation=True
            )
