"""Keeping files for those who may see what they belong to, and not a moment longer once they belong to nothing."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import IO, Protocol

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.each import Each
from gigflow.core.errors import Conflict, Invalid, NotFound
from gigflow.core.files import FILE_BYTES_MAX, FILE_GONE, TooLarge
from gigflow.core.ids import new_id
from gigflow.core.images import seems_readable
from gigflow.files import hooks, store
from gigflow.files.models import ADOPTION_LIFETIME, RETRACTED_LIFETIME, File, Subject, clean_name

_sweeping = Each("The clearing up of file")
SWEPT_AT_ONCE = 100  # files; what is left over goes with the next sweep
FIELD = "files"  # at which a form says what is wrong with one


class Sent(Protocol):
    """A file as it arrives: the name that its sender gave it, and its bytes."""

    filename: str | None
    stream: IO[bytes]


def store_files(db: Db, viewer: Viewer, sent: Iterable[Sent], now: datetime) -> list[ObjectId]:
    """Keep what came with a form; returns the ids to `adopt`, in the same order. Raises Invalid at `FIELD`.

    If one is refused, those before it go as all files do that nobody adopts.
    """
    return [store_file(db, viewer, each.stream, each.filename or "", now).id for each in sent]


def store_file(db: Db, viewer: Viewer, stream: IO[bytes], name: str, now: datetime) -> File:
    """Keep a file that somebody sent, read from `stream` piece by piece: no more than one is in memory.

    Until somebody `adopt`s it, it goes by itself after `ADOPTION_LIFETIME`, whatever happens to this process. Raises
    Invalid at `FIELD` if it is empty or larger than `FILE_BYTES_MAX`.
    """
    file = _row(viewer, name, now)
    store.insert_file(db, file)
    return _fill(db, file, stream, FIELD)


def has_worked(db: Db, viewer: Viewer) -> bool:
    """Return whether somebody has worked with somebody here, and so may send more files."""
    return any(each(db, viewer) for each in hooks.has_worked)


def check_may_send(db: Db, viewer: Viewer, most: int | None) -> None:
    """Refuse a file that somebody sends by itself before it is read if it would be refused afterwards. Raises
    Conflict if `most` of theirs wait already.
    """
    if most is not None and store.count_waiting(db, viewer.user_id, most) >= most:
        raise _too_many_waiting(most)


def send_file(
    db: Db, viewer: Viewer, stream: IO[bytes], name: str, now: datetime, *, field: str, most: int | None
) -> File:
    """Keep a file that somebody sends before what it will belong to, as `store_file` does; `most` of them may wait.

    Raises Invalid at `field`, and Conflict if `most` wait already.
    """
    file = _row(viewer, name, now)

    def work(tx: Tx) -> None:
        accounts.act(tx, viewer, accounts.COUNTED)
        check_may_send(tx, viewer, most)
        store.insert_file(tx, file)

    with accounts.turn_of(viewer, counted=True):
        db.transact(work)
    return _fill(db, file, stream, field)


def adopt(tx: Tx, viewer: Viewer, file_ids: Sequence[ObjectId], subject: Subject, now: datetime) -> None:
    """Let files that the viewer sent stay, in the transaction that makes them belong to `subject`.

    Raises Conflict if one is gone, belongs to something else, or is not the viewer's.
    """
    if file_ids and store.adopt(tx, viewer.user_id, file_ids, subject, now) != len(file_ids):
        raise _gone()


def replace(
    tx: Tx,
    viewer: Viewer,
    old: Sequence[ObjectId],
    new: Sequence[ObjectId],
    subject: Subject,
    now: datetime,
) -> None:
    """Let a thing of the viewer's that has the files `old` have those in `new` instead, in the transaction of that.
    Raises Conflict as `adopt` does.
    """
    adopt(tx, viewer, [each for each in new if each not in old], subject, now)
    release(tx, [each for each in old if each not in new], subject, now)


def share(tx: Tx, file_ids: Collection[ObjectId], of: Subject, to: Subject) -> None:
    """Let files that belong to one thing belong to another as well, in the transaction of the agreement that makes it
    so; either side may act. Those who may see one of the two may have them, and what becomes of the one takes nothing
    from the other.

    Raises Conflict if one is gone or no longer belongs to it.
    """
    distinct = list(set(file_ids))
    if distinct and store.share(tx, distinct, of, to) != len(distinct):
        raise _gone()


def release(tx: Tx, file_ids: Sequence[ObjectId], subject: Subject, now: datetime) -> None:
    """Let files no longer belong to `subject`, in the transaction of that: those that belong to nothing else are
    deleted with the next sweep.
    """
    if file_ids:
        store.release(tx, file_ids, subject, now)


def release_later(tx: Tx, file_ids: Sequence[ObjectId], now: datetime) -> None:
    """Let files go that were taken back, in the transaction of that: they are deleted after `RETRACTED_LIFETIME`.
    Until then they belong to what they belonged to, and its feature says that nobody may read them; only what holds
    them can show them.
    """
    if file_ids:
        store.release_later(tx, file_ids, now + RETRACTED_LIFETIME)


def hold(tx: Tx, file_ids: Sequence[ObjectId], by: ObjectId, now: datetime) -> None:
    """Keep files, whatever lets them go, until `let_go`: what `by` is of, such as a report, shows them."""
    if file_ids:
        store.hold(tx, file_ids, by, now)


def held_file(db: Db, file_id: ObjectId, by: ObjectId) -> File | None:
    """Return a file that `by` holds, or None. Callers have made sure that the reader may see what `by` is of."""
    file = store.get_file(db, file_id)
    return file if file and by in file.held_by else None


def let_go(tx: Tx, by: ObjectId) -> None:
    """Hold no files for `by` any longer: those whose time has come are deleted with the next sweep."""
    store.let_go(tx, by)


def file_for(db: Db, viewer: Viewer, file_id: ObjectId) -> File:
    """Return a file to those who may see what it belongs to; while it belongs to nothing, to the person who sent it.

    Raises NotFound, also if the reader may not know of it (SECURITY 16).
    """
    file = store.get_file(db, file_id)
    if file is None or not _may_read(db, viewer, file):
        raise NotFound("There is no such file.", code="file_not_found", hides=file is not None)
    return file


def files_by_id(db: Db, ids: Sequence[ObjectId]) -> dict[ObjectId, File]:
    """Return these files by their ids. Callers have made sure that the reader may know them."""
    return {file.id: file for file in store.find_files(db, ids)} if ids else {}


def files_to_read(db: Db, viewer: Viewer, ids: Sequence[ObjectId]) -> dict[ObjectId, File]:
    """Return those of these files that somebody may have, by their ids."""
    may_read: dict[tuple[Subject, ...], bool] = {}  # files of one thing are asked about once
    for file in (found := files_by_id(db, ids)).values():
        key = tuple(file.subjects)
        if key not in may_read:
            may_read[key] = _may_read(db, viewer, file)
    return {each: file for each, file in found.items() if may_read[tuple(file.subjects)]}


def files_to_keep(
    db: Db,
    viewer: Viewer,
    ids: Sequence[ObjectId],
    subject: Subject | None,
    now: datetime,
    shared: Collection[ObjectId] = (),
) -> dict[ObjectId, File]:
    """Return those of these files that a thing of the viewer's can have, by their ids: what of theirs `subject` has,
    what they sent and nothing has yet, and `shared` ones of what it comes from.
    """
    found = (file for file in files_by_id(db, ids).values() if file.size)
    return {
        file.id: file
        for file in found
        if (file.id in shared and file.subject)
        or (
            file.owner_id == viewer.user_id
            and (subject in file.subjects if file.subject else file.drop_at and file.drop_at > now)
        )
    }


def file_bytes(db: Db, file: File, start: int, stop: int) -> Iterator[bytes]:
    """Return the bytes of a file from `start` up to and without `stop`, piece by piece, with only one of them in
    memory.
    """
    return store.read_bytes(db, file.id, start, stop)


def note_unreadable(db: Db, file: File) -> None:
    """Note that a file called a picture cannot be shown, so that pages have no frame for it."""
    store.set_unreadable(db, file.id)


def sweep(db: Db, now: datetime) -> int:
    """Delete files that belong to nothing, at most `SWEPT_AT_ONCE`; returns how many went.

    The bytes go first and the row last, so that a process that dies between them leaves a row to find the rest by. Two
    processes that sweep at once delete the same things, and each is counted by one of them.
    """

    def delete(file_id: ObjectId) -> bool:
        store.delete_bytes(db, file_id)
        return store.delete_due(db, file_id, now)

    return _sweeping.do(partial(store.find_due, db, now), delete, now, SWEPT_AT_ONCE)


def _row(viewer: Viewer, name: str, now: datetime) -> File:
    return File(
        id=new_id(),
        owner_id=viewer.user_id,
        name=clean_name(name),
        drop_at=now + ADOPTION_LIFETIME,
        created_at=now,
    )


def _fill(db: Db, file: File, stream: IO[bytes], field: str) -> File:
    """Store the bytes of a file whose row is there. Raises Invalid at `field`."""
    try:
        written = store.put_bytes(db, file, stream, FILE_BYTES_MAX)
    except TooLarge:
        _forget(db, file)
        raise Invalid({field: [f"{file.name}: at most {FILE_BYTES_MAX // 1_000_000} MB."]}) from None
    if not written.size:
        _forget(db, file)
        raise Invalid({field: [f"{file.name}: this file is empty."]})
    file.size, file.sha256 = written.size, written.sha256
    file.unreadable = file.is_picture and not seems_readable(b"".join(file_bytes(db, file, 0, file.size)))
    store.set_whole(db, file)
    return file


def _gone() -> Conflict:
    said = "A file is no longer there. Please send it again."
    return Conflict(said, code=FILE_GONE, fields={"file_ids": [said]})


def _too_many_waiting(most: int) -> Conflict:
    return Conflict(
        f"{most} files that you sent are not used yet. Use them first; each is deleted after an hour.",
        code="too_many_files",
    )


def _may_read(db: Db, viewer: Viewer, file: File) -> bool:
    if file.subject is None:
        return file.owner_id == viewer.user_id
    takers = ((hooks.may_read.get(each.kind), each.id) for each in file.subjects)
    return any(may_read is not None and may_read(db, viewer, about) for may_read, about in takers)


def _forget(db: Db, file: File) -> None:
    store.delete_bytes(db, file.id)
    store.delete_file(db, file.id)
