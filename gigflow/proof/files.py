"""What `audit` proves of files and pictures: each is whole, byte for byte, and is kept by what shows it."""

import hashlib
from collections.abc import Iterator
from heapq import merge
from typing import Any, cast, get_args

import msgspec

from gigflow.accounts.store import USERS
from gigflow.bids.store import BIDS
from gigflow.chat.store import ENTRIES
from gigflow.core.db import Declared, Document
from gigflow.core.files import chunks_of
from gigflow.core.images import Size
from gigflow.files.store import BUCKET, FILES
from gigflow.gigs.store import GIGS
from gigflow.offers.store import OFFERS
from gigflow.orders.store import DELIVERIES, DISPUTES, ORDERS
from gigflow.pictures.store import BUCKET as PICTURE_BUCKET
from gigflow.pictures.store import PICTURES
from gigflow.proof.snapshot import Check, Group, Problems, Snapshot
from gigflow.requests.store import REQUESTS

_CHUNKS_AT_ONCE = 64  # of a quarter of a megabyte each: at most what mongod sends at once


class Bytes(msgspec.Struct, frozen=True):
    """What is stored under one id of a bucket: how many bytes in how many chunks, and their SHA-256."""

    size: int
    chunks: int
    in_row: bool  # the chunks have the numbers from 0 on
    sha256: str


class WholeFile(msgspec.Struct):
    """A file that somebody sent, what is stored of it, and the deliveries that have it."""

    file: Document
    stored: list[Document]
    bytes: list[Bytes]
    holders: list[Document]

    @property
    def name(self) -> str:
        """How sentences name it."""
        return f"the file {self.file['_id']}"

    @property
    def is_kept(self) -> bool:
        """Whether somebody keeps it; a file that nobody has adopted may go at any moment, its bytes first."""
        return self.file["drop_at"] is None


def whole_files(at: Snapshot) -> Iterator[WholeFile]:
    """Yield every file, the oldest first."""
    sides: dict[str, Iterator[Any]] = {
        "stored": at.groups(Declared(f"{BUCKET}.files"), "_id"),
        "bytes": ((key, [found]) for key, found in _read(at, BUCKET)),
        "holders": _holders(at),
    }
    for file, found in at.joined(at.rows(FILES), sides):
        yield WholeFile(file=file, **cast(dict[str, Any], found))


class WholePicture(msgspec.Struct):
    """A picture that somebody sent, and who shows it."""

    picture: Document
    shown: list[Document]

    @property
    def name(self) -> str:
        """How sentences name it."""
        return f"the picture {self.picture['_id']}"


def whole_pictures(at: Snapshot) -> Iterator[WholePicture]:
    """Yield every picture."""
    for picture, found in at.joined(at.rows(PICTURES), {"shown": _shown(at)}):
        yield WholePicture(picture, **found)


def _read(at: Snapshot, bucket: str) -> Iterator[tuple[Any, Bytes]]:
    """Yield what is stored under each id of a bucket, a few chunks in memory."""
    stages: list[Document] = [{"$sort": {"files_id": 1, "n": 1}}]
    key, digest, size, count, in_row = None, hashlib.sha256(), 0, 0, True
    for row in at.sums(chunks_of(bucket), *stages, at_once=_CHUNKS_AT_ONCE):
        if row["files_id"] != key:
            if count:
                yield key, Bytes(size, count, in_row, digest.hexdigest())
            key, digest, size, count, in_row = row["files_id"], hashlib.sha256(), 0, 0, True
        digest.update(row["data"])
        size += len(row["data"])
        in_row = in_row and row["n"] == count
        count += 1
    if count:
        yield key, Bytes(size, count, in_row, digest.hexdigest())


def _held(
    at: Snapshot, declared: Declared, field: str, more: Document, only: Document | None = None
) -> Iterator[Group]:
    """Yield who has each id of a list or a field, in the order of the ids; `only` says who counts."""
    stages: list[Document] = [
        {"$match": {field: {"$type": "objectId"}, **(only or {})}},
        {"$project": {"held": f"${field}", **more}},
        {"$unwind": "$held"},
        {"$match": {"held": {"$type": "objectId"}}},
        {"$group": {"_id": "$held", "by": {"$push": {"_id": "$_id", **{name: f"${name}" for name in more}}}}},
        {"$sort": {"_id": 1}},
    ]
    return ((row["_id"], row["by"]) for row in at.sums(declared, *stages))


def _holders(at: Snapshot) -> Iterator[Group]:
    """Return what has each file: a job, a bid, a request, an offer, the terms or the brief of an order, a delivery,
    what a side says in a dispute, or a message that was not taken back.
    """
    order, itself = {"subject_id": "$order_id"}, {"subject_id": "$_id"}
    return _merged(
        _held(at, DELIVERIES, "file_ids", order),
        _held(at, DISPUTES, "statements.client.file_ids", order),
        _held(at, DISPUTES, "statements.freelancer.file_ids", order),
        _held(at, ENTRIES, "file_ids", itself, {"retracted_at": None}),
        _held(at, GIGS, "file_ids", itself),
        _held(at, BIDS, "file_ids", itself),
        _held(at, REQUESTS, "file_ids", itself),
        _held(at, OFFERS, "file_ids", itself, {"kind": "direct"}),
        _held(at, ORDERS, "terms.file_ids", itself),
        _held(at, ORDERS, "terms.message_file_ids", itself),
        _held(at, ORDERS, "terms.brief.file_ids", itself),
    )


def _shown(at: Snapshot) -> Iterator[Group]:
    """Return who shows each picture: a person, a piece of their portfolio, a service."""
    person, service = {"owner_id": "$_id"}, {"owner_id": "$owner_id"}
    return _merged(
        _held(at, USERS, "picture_id", person),
        _held(at, USERS, "portfolio.picture_id", person),
        _held(at, GIGS, "images.id", service),
    )


def _merged(*streams: Iterator[Group]) -> Iterator[Group]:
    head: Group | None = None
    for key, holders in merge(*streams, key=lambda group: group[0]):
        if head and head[0] == key:
            head = key, [*head[1], *holders]
            continue
        if head:
            yield head
        head = key, holders
    if head:
        yield head


def _files_are_whole(whole: WholeFile) -> Problems:
    if not whole.is_kept:
        return
    size, name = whole.file["size"], whole.name
    stored = whole.stored[0] if whole.stored else None
    if stored is None or stored["length"] != size:
        yield f"{name} has {size} bytes, and there are {stored and stored['length']}"
        return
    found = whole.bytes[0] if whole.bytes else Bytes(0, 0, True, "")
    if not found.in_row or found.chunks != -(-size // stored["chunkSize"]):
        yield f"{name} has {found.chunks} chunks, and not all of them are there"
    elif found.sha256 != whole.file["sha256"]:
        yield f"{name} has other bytes than were sent"


def _files_are_kept_by_what_has_them(whole: WholeFile) -> Problems:
    file, name = whole.file, whole.name
    subject = file.get("subject")
    may_be_let_go = subject is not None and subject["kind"] == "message"  # of a message that was taken back
    if (subject is None) == whole.is_kept and not may_be_let_go:
        yield f"{name} belongs to {subject and subject['id']} and goes at {file['drop_at']}"
    elif subject and whole.is_kept:
        belongs = [subject, *file.get("shared_with", ())]
        if {row["subject_id"] for row in whole.holders} != {each["id"] for each in belongs}:
            holders = ", ".join(str(row["_id"]) for row in whole.holders) or "none"
            named = ", ".join(f"the {each['kind']} {each['id']}" for each in belongs)
            yield f"{name} belongs to {named}, and what has it is {holders}"
    elif whole.holders:
        yield f"{name} of {whole.holders[0]['_id']} belongs to {subject and subject['id']}"


def _pictures_are_kept_by_what_shows_them(whole: WholePicture) -> Problems:
    picture, name = whole.picture, whole.name
    is_kept = picture["drop_at"] is None
    if whole.shown and not is_kept:
        yield f"{name} is shown by {whole.shown[0]['_id']} and goes at {picture['drop_at']}"
    if is_kept and not whole.shown:
        yield f"{name} of {picture['owner_id']} is kept, and nobody shows it"
    for row in whole.shown:
        if row["owner_id"] != picture["owner_id"]:
            yield f"{name} of {picture['owner_id']} is shown by {row['owner_id']}"


def _pictures_are_whole(at: Snapshot) -> Problems:
    """Each size of a picture that is kept is whole, byte for byte."""
    kept = (str(row["_id"]) for row in at.rows(PICTURES, {"drop_at": None}, fields=("_id",)))
    stored = _Stream(at.rows(Declared(f"{PICTURE_BUCKET}.files")), lambda row: row["_id"])
    chunks = _Stream(_read(at, PICTURE_BUCKET), lambda found: found[0])
    for picture_id in kept:
        for size in sorted(get_args(Size)):
            name = f"{picture_id}-{size}"
            row, found = stored.at(name), chunks.at(name)
            if row is None or found is None:
                yield f"the picture {picture_id} has no {size} size"
                continue
            digest = (row.get("metadata") or {}).get("sha256", found[1].sha256)
            if (found[1].size, found[1].in_row, found[1].sha256) != (row["length"], True, digest):
                yield f"the picture {picture_id} has other bytes than were sent in its {size} size"


class _Stream:
    """A sorted stream that is asked for keys in their order."""

    def __init__(self, rows: Iterator[Any], key: Any) -> None:
        self._rows, self._key = rows, key
        self._head = next(rows, None)

    def at(self, wanted: str) -> Any:
        """Return what has this key, or None."""
        while self._head is not None and self._key(self._head) < wanted:
            self._head = next(self._rows, None)
        return self._head if self._head is not None and self._key(self._head) == wanted else None


def _bytes_are_somebodys(at: Snapshot) -> Problems:
    """A row is written before its bytes and deleted after them, so no bytes are without one."""
    stages: list[Document] = [
        {"$group": {"_id": {"$toObjectId": {"$substrBytes": ["$files_id", 0, 24]}}}},
        {"$lookup": {"from": PICTURES.name, "localField": "_id", "foreignField": "_id", "as": "row"}},
        {"$match": {"row": []}},
    ]
    for row in at.sums(chunks_of(PICTURE_BUCKET), *stages):
        yield f"there are bytes of the picture {row['_id']}, and nobody knows of them"


FILE_CHECKS: tuple[Check, ...] = (
    ("9. Every file that was delivered is whole, byte for byte", _files_are_whole),
    ("9. A file is kept by what has it, and by nothing else", _files_are_kept_by_what_has_them),
)
PICTURE_CHECKS: tuple[Check, ...] = (
    ("9. A picture is kept by what shows it, and by nothing else", _pictures_are_kept_by_what_shows_them),
)
CHECKS: tuple[Check, ...] = (
    ("9. Every picture that is kept is whole, byte for byte", _pictures_are_whole),
    ("9. No bytes are kept that nobody knows of", _bytes_are_somebodys),
)
