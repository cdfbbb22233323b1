"""Files in the database: bytes under ids of our own, in named buckets of GridFS.

GridFS takes no part in transactions. Whoever stores a file has a row that says when it may go, and writes that row
before the file and deletes it after.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from bson import ObjectId
from gridfs import GridFSBucket, NoFile
from gridfs.errors import CorruptGridFile

from gigflow.core.db import Db

FileId = ObjectId | str


def put_file(db: Db, bucket: str, file_id: FileId, data: bytes, metadata: Mapping[str, Any]) -> None:
    """Store `data` under an id that no file of this bucket has, with `metadata` for whoever looks into it."""
    _bucket(db, bucket).upload_from_stream_with_id(file_id, str(file_id), data, metadata=metadata)


def get_file(db: Db, bucket: str, file_id: FileId) -> bytes | None:
    """The bytes under this id, or None where there are none, or where they are being deleted at this moment."""
    try:
        with _bucket(db, bucket).open_download_stream(file_id) as stream:
            return stream.read()
    except (NoFile, CorruptGridFile):
        return None


def delete_file(db: Db, bucket: str, file_id: FileId) -> None:
    """Delete the file under this id, also what is left of a half deleted one; without one nothing happens."""
    with suppress(NoFile):
        _bucket(db, bucket).delete(file_id)


def _bucket(db: Db, name: str) -> GridFSBucket:
    return GridFSBucket(db.database, name)
