"""Files in the database: a row says whose a file is, what it belongs to and when it goes; GridFS holds its bytes."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO

from bson import ObjectId
from pymongo import ASCENDING, IndexModel

from gigflow.core import files
from gigflow.core.db import Db, Declared, Document, Tx, from_document, object_schema, passed, to_document
from gigflow.files.models import SUBJECTS_MAX, File, Subject

BUCKET = "file_files"
# A file that was sent and belongs to nothing yet.
_WAITING: Document = {"drop_at": {"$type": "date"}, "subject": {"$type": "null"}}
# Nothing holds it; an array has no first element then, and an older row has no array.
_FREE: Document = {"held_by.0": {"$exists": False}}

FILES = Declared(
    "files",
    (
        IndexModel(
            [("drop_at", ASCENDING)], name="due", partialFilterExpression={"drop_at": {"$type": "date"}}
        ),
        IndexModel([("owner_id", ASCENDING)], name="waiting", partialFilterExpression=_WAITING),
        IndexModel(
            [("held_by", ASCENDING)], name="held", partialFilterExpression={"held_by": {"$type": "objectId"}}
        ),
    ),
    object_schema(
        {
            "owner_id": "objectId",
            "name": "string",
            "size": {"bsonType": ["int", "long"], "minimum": 0},
            "sha256": "string",
            "subject": ["object", "null"],
            "drop_at": ["date", "null"],
            "created_at": "date",
        }
    ),
)
COLLECTIONS = (FILES, files.chunks_of(BUCKET))


def insert_file(db: Db, file: File) -> None:
    """Store the row of a new file, before its bytes: a file that has a row is found again when it should go."""
    db[FILES].insert_one(to_document(file))


def count_waiting(db: Db, owner_id: ObjectId, most: int) -> int:
    """Return how many files of a person wait to belong to something, counted up to `most`."""
    return db[FILES].count_documents({"owner_id": owner_id, **_WAITING}, limit=most)


def put_bytes(db: Db, file: File, stream: IO[bytes], most: int) -> files.Written:
    """Store what `stream` has as the bytes of this file. Raises TooLarge if there are more than `most` bytes."""
    return files.put_stream(db, BUCKET, file.id, stream, {"owner_id": file.owner_id}, most)


def set_whole(db: Db, file: File) -> None:
    """Write that all bytes of a file are there."""
    whole = {"size": file.size, "sha256": file.sha256, "unreadable": file.unreadable}
    db[FILES].update_one({"_id": file.id}, {"$set": whole})


def set_unreadable(db: Db, file_id: ObjectId) -> None:
    """Write that a file's bytes are no picture that can be shown."""
    db[FILES].update_one({"_id": file_id}, {"$set": {"unreadable": True}})


def read_bytes(db: Db, file_id: ObjectId, start: int, stop: int) -> Iterator[bytes]:
    """Return the bytes of a file from `start` up to and without `stop`, piece by piece."""
    return files.read_range(db, BUCKET, file_id, start, stop)


def delete_bytes(db: Db, file_id: ObjectId) -> None:
    """Delete the bytes of a file, as many as there are."""
    files.delete_file(db, BUCKET, file_id)


def get_file(db: Db, file_id: ObjectId) -> File | None:
    """Return the file with this id, or None; also if not all of its bytes are there."""
    found = db[FILES].find_one({"_id": file_id, "size": {"$gt": 0}})
    return from_document(found, File) if found else None


def find_files(db: Db, ids: Sequence[ObjectId]) -> list[File]:
    """Return these files, in no order."""
    return [from_document(row, File) for row in db[FILES].find({"_id": {"$in": list(ids)}})]


def adopt(tx: Tx, owner_id: ObjectId, ids: Sequence[ObjectId], subject: Subject, now: datetime) -> int:
    """Let files stay that this person sent and that wait to belong to something; returns how many of them there
    were.
    """
    waiting = {
        "_id": {"$in": list(ids)},
        "owner_id": owner_id,
        "subject": None,
        "size": {"$gt": 0},
        "drop_at": {"$gt": now},
    }
    changes = {"subject": to_document(subject), "drop_at": None}
    return tx[FILES].update_many(waiting, {"$set": changes}).modified_count


def share(tx: Tx, ids: Sequence[ObjectId], of: Subject, to: Subject) -> int:
    """Let files that belong to one thing belong to another as well; returns how many of them there were."""
    belongs = {"$or": [{"subject": to_document(of)}, {"shared_with": to_document(of)}]}
    has_room = {f"shared_with.{SUBJECTS_MAX - 2}": {"$exists": False}}
    kept = {"_id": {"$in": list(ids)}, "drop_at": None, **belongs, **has_room}
    return tx[FILES].update_many(kept, {"$addToSet": {"shared_with": to_document(to)}}).matched_count


def release(tx: Tx, ids: Sequence[ObjectId], subject: Subject, now: datetime) -> None:
    """Let files no longer belong to something; those that belong to nothing else go."""
    belongs = {"$concatArrays": [["$subject"], {"$ifNull": ["$shared_with", []]}]}
    is_another = {"$ne": ["$$this.id", subject.id]}  # no two things have the same id
    rest = {"$filter": {"input": belongs, "cond": is_another}}
    split: Document = {
        "subject": {"$ifNull": [{"$first": "$rest"}, None]},
        "shared_with": {"$slice": ["$rest", 1, SUBJECTS_MAX]},
        "drop_at": {"$cond": [{"$eq": ["$rest", []]}, now, "$drop_at"]},
    }
    theirs = {"_id": {"$in": list(ids)}, "$or": [{"subject.id": subject.id}, {"shared_with.id": subject.id}]}
    tx[FILES].update_many(theirs, [{"$set": {"rest": rest}}, {"$set": split}, {"$unset": "rest"}])


def release_later(tx: Tx, ids: Sequence[ObjectId], at: datetime) -> None:
    """Let files that belong to something go from `at` on, and keep what they belong to."""
    tx[FILES].update_many({"_id": {"$in": list(ids)}}, {"$set": {"drop_at": at}})


def hold(tx: Tx, ids: Sequence[ObjectId], by: ObjectId, now: datetime) -> None:
    """Keep files that are not due for as long as `by` holds them."""
    kept: Document = {"$or": [{"drop_at": None}, {"drop_at": {"$gt": now}}]}
    tx[FILES].update_many({"_id": {"$in": list(ids)}, **kept}, {"$addToSet": {"held_by": by}})


def let_go(tx: Tx, by: ObjectId) -> None:
    """Hold no files any longer that are held by `by`."""
    held = {"held_by": {"$type": "objectId", "$eq": by}}
    tx[FILES].update_many(held, {"$pull": {"held_by": by}})


def delete_file(db: Db, file_id: ObjectId) -> None:
    """Delete the row of a file that never became whole."""
    db[FILES].delete_one({"_id": file_id, "size": 0})


def find_due(db: Db, now: datetime, limit: int) -> list[ObjectId]:
    """Return files whose time has come and that nothing holds, those that wait longest first."""
    rows = (
        db[FILES].find({"drop_at": passed(now), **_FREE}, {"_id": 1}).sort("drop_at", ASCENDING).limit(limit)
    )
    return [row["_id"] for row in rows]


def delete_due(db: Db, file_id: ObjectId, now: datetime) -> bool:
    """Delete the row of a file whose time has come; returns False if another process has done it."""
    return db[FILES].delete_one({"_id": file_id, "drop_at": passed(now), **_FREE}).deleted_count == 1
