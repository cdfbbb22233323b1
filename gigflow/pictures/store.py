"""Pictures in the database: a row says whose it is and when it goes, GridFS holds its sizes."""

from datetime import datetime
from typing import get_args

from bson import ObjectId
from pymongo import ASCENDING, IndexModel

from gigflow.core import files
from gigflow.core.db import Db, Declared, Tx, object_schema, passed, to_document
from gigflow.core.images import Size
from gigflow.pictures.models import Picture

PICTURES = Declared(
    "pictures",
    (
        IndexModel([("owner_id", ASCENDING)], name="owner"),
        IndexModel(
            [("drop_at", ASCENDING)], name="due", partialFilterExpression={"drop_at": {"$type": "date"}}
        ),
    ),
    object_schema(
        {
            "owner_id": "objectId",
            "shape": {"enum": ["square", "free"]},
            "drop_at": ["date", "null"],
            "created_at": "date",
        }
    ),
)
COLLECTIONS = (PICTURES,)
BUCKET = "picture_files"


def insert_picture(db: Db, picture: Picture) -> None:
    """Store the row of a new picture, before its files: a picture that has a row is found again when it should go."""
    db[PICTURES].insert_one(to_document(picture))


def put_file(db: Db, picture: Picture, size: Size, data: bytes) -> None:
    """Store one size of a picture."""
    files.put_file(db, BUCKET, _file_id(picture.id, size), data, {"owner_id": picture.owner_id})


def get_file(db: Db, picture_id: ObjectId, size: str) -> bytes | None:
    """Return one size of a picture, or None."""
    return files.get_file(db, BUCKET, _file_id(picture_id, size))


def delete_files(db: Db, picture_id: ObjectId) -> None:
    """Delete every size of a picture, as many as there are."""
    for size in get_args(Size):
        files.delete_file(db, BUCKET, _file_id(picture_id, size))


def keep(tx: Tx, picture_id: ObjectId, now: datetime) -> bool:
    """Let a picture stay that waits to be used; returns False if it may be gone already."""
    result = tx[PICTURES].update_one(
        {"_id": picture_id, "drop_at": {"$gt": now}}, {"$set": {"drop_at": None}}
    )
    return result.modified_count == 1


def drop(tx: Tx, ids: list[ObjectId], now: datetime) -> None:
    """Let these pictures go from now on."""
    tx[PICTURES].update_many({"_id": {"$in": ids}}, {"$set": {"drop_at": now}})


def drop_some_of(tx: Tx, owner_id: ObjectId, limit: int, now: datetime) -> int:
    """Let pictures of one person go from now on that would stay, at most `limit` of them; returns how many."""
    stays = {"owner_id": owner_id, "$or": [{"drop_at": None}, {"drop_at": {"$gt": now}}]}
    ids = [row["_id"] for row in tx[PICTURES].find(stays, {"_id": 1}).limit(limit)]
    tx[PICTURES].update_many({"_id": {"$in": ids}}, {"$set": {"drop_at": now}})
    return len(ids)


def find_due(db: Db, now: datetime, limit: int) -> list[ObjectId]:
    """Return pictures whose time has come, those that wait longest first."""
    rows = db[PICTURES].find({"drop_at": passed(now)}, {"_id": 1}).sort("drop_at", ASCENDING).limit(limit)
    return [row["_id"] for row in rows]


def delete_due(db: Db, picture_id: ObjectId, now: datetime) -> bool:
    """Delete the row of a picture whose time has come; returns False if another process has done it."""
    return db[PICTURES].delete_one({"_id": picture_id, "drop_at": passed(now)}).deleted_count == 1


def _file_id(picture_id: ObjectId, size: str) -> str:
    return f"{picture_id}-{size}"
