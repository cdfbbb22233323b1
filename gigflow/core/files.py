"""Files in the database: bytes under ids of our own, in named buckets of GridFS.

GridFS takes no part in transactions. Code that stores a file has a row that says when it may go, and writes that row
before the file and deletes it after.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import IO, Any

import msgspec
from bson import ObjectId
from gridfs import GridFSBucket, NoFile
from gridfs.errors import CorruptGridFile
from pymongo import ASCENDING, IndexModel

from gigflow.core.clock import now
from gigflow.core.db import Db, Declared

FileId = ObjectId | str

FILE_GONE = "file_gone"  # the code of the refusal of a file that is no longer there
FILES_MAX = 5  # that come with a job, a bid or a brief
FILE_BYTES_MAX = 25_000_000  # of a file that one person sends another
# GridFS's own size. Files are read by it, so stored files keep it for ever.
CHUNK_BYTES = 255 * 1024


class TooLarge(Exception):
    """A stream has more bytes than it may have."""


class Written(msgspec.Struct, frozen=True):
    """What was stored of a stream: how many bytes, and their SHA-256 in hexadecimal digits."""

    size: int
    sha256: str


def chunks_of(bucket: str) -> Declared:
    """Return the collection of a bucket's chunks, to be declared by features that use `put_stream`: GridFS makes the
    index that finds them only if it writes itself.
    """
    by_place = IndexModel([("files_id", ASCENDING), ("n", ASCENDING)], name="files_id_1_n_1", unique=True)
    return Declared(f"{bucket}.chunks", (by_place,))


def put_file(db: Db, bucket: str, file_id: FileId, data: bytes, metadata: Mapping[str, Any]) -> None:
    """Store `data` under an id that no file of this bucket has, with its SHA-256 and this `metadata`."""
    known = {**metadata, "sha256": hashlib.sha256(data).hexdigest()}
    _bucket(db, bucket).upload_from_stream_with_id(file_id, str(file_id), data, metadata=known)


def get_file(db: Db, bucket: str, file_id: FileId) -> bytes | None:
    """Return the bytes under this id; None if there are none, or if they are being deleted at this moment."""
    try:
        with _bucket(db, bucket).open_download_stream(file_id) as stream:
            return stream.read()
    except (NoFile, CorruptGridFile):
        return None


def put_stream(
    db: Db, bucket: str, file_id: FileId, stream: IO[bytes], metadata: Mapping[str, Any], most: int
) -> Written:
    """Store what `stream` has under an id that no file of this bucket has, a chunk at a time.

    GridFS's own writer collects up to 32 MB before it stores them; several large files would fill the memory. Raises
    TooLarge as soon as there are more than `most` bytes; the caller deletes what is stored by then.
    """
    chunks, digest, size, count = db[chunks_of(bucket)], hashlib.sha256(), 0, 0
    while data := stream.read(CHUNK_BYTES):
        size += len(data)
        if size > most:
            raise TooLarge
        digest.update(data)
        chunks.insert_one({"files_id": file_id, "n": count, "data": data})
        count += 1
    # Last, as GridFS does: a file with this row is whole.
    db.database[f"{bucket}.files"].insert_one(
        {
            "_id": file_id,
            "filename": str(file_id),
            "length": size,
            "chunkSize": CHUNK_BYTES,
            "uploadDate": now(),
            "metadata": dict(metadata),
        }
    )
    return Written(size, digest.hexdigest())


def read_range(db: Db, bucket: str, file_id: FileId, start: int, stop: int) -> Iterator[bytes]:
    """Yield the bytes of a file from `start` up to and without `stop`, a chunk at a time, each fetched when it is asked
    for: however slow a reader is, no cursor waits for it and one chunk is in memory.

    Raises CorruptGridFile if a chunk is missing, as it is while the file is being deleted.
    """
    chunks = db[chunks_of(bucket)]
    for number in range(start // CHUNK_BYTES, -(-stop // CHUNK_BYTES)):
        found = chunks.find_one({"files_id": file_id, "n": number})
        if found is None:
            raise CorruptGridFile(f"chunk {number} of {file_id} is missing")
        first = number * CHUNK_BYTES
        yield found["data"][max(0, start - first) : stop - first]


def delete_file(db: Db, bucket: str, file_id: FileId) -> None:
    """Delete the file under this id, or what is left of a half deleted one; if there is none, nothing happens."""
    with suppress(NoFile):
        _bucket(db, bucket).delete(file_id)


def _bucket(db: Db, name: str) -> GridFSBucket:
    return GridFSBucket(db.database, name)
