"""A file is kept for those who may see what it belongs to, and goes where it belongs to nothing, whatever crashes."""

import hashlib
import itertools
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from typing import IO

import pytest
from bson import ObjectId
from gridfs import GridFSBucket
from gridfs.errors import CorruptGridFile
from pymongo.errors import AutoReconnect

from gigflow.accounts.models import Viewer
from gigflow.core import files
from gigflow.core.clock import now
from gigflow.core.db import NO_ID, Db, Tx, create_missing
from gigflow.core.errors import Conflict, Invalid, NotFound
from gigflow.core.files import CHUNK_BYTES, FILE_BYTES_MAX
from gigflow.files import actions, models
from gigflow.files.models import ADOPTION_LIFETIME, NAME_MAX, RETRACTED_LIFETIME, File, Subject, clean_name
from gigflow.files.store import COLLECTIONS
from tests.files.delivering import noise
from tests.support.races import at_once

ALICE = Viewer(user_id=ObjectId(), device_id=ObjectId(), name="Alice Owner")
BOB = Viewer(user_id=ObjectId(), device_id=ObjectId(), name="Bob Bidder")
MESSAGE = Subject("message", ObjectId())


@pytest.fixture
def empty(mongo_uri: str) -> Iterator[Db]:
    """A database with nothing in it, and no other collections than those of files: all take seconds to make."""
    db = Db(mongo_uri, f"test_{secrets.token_hex(6)}")
    for declared in COLLECTIONS:
        create_missing(db.database, declared)
    yield db
    db.client.drop_database(db.database.name)
    db.client.close()


class Endless(BytesIO):
    """A stream that says what was taken of it, and breaks after `most` bytes."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most, self.taken, self.largest = most, 0, 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert size > 0, "the whole of it at once"
        if self.taken >= self.most:
            raise AutoReconnect("the process is gone")
        self.taken, self.largest = self.taken + size, max(self.largest, size)
        return bytes(size)


def sent(db: Db, data: bytes = b"hello", viewer: Viewer = ALICE, name: str = "a.txt") -> File:
    """A file that this person has just sent."""
    return actions.store_file(db, viewer, BytesIO(data), name, now())


def adopt(db: Db, *ids: ObjectId, viewer: Viewer = ALICE, subject: Subject = MESSAGE) -> None:
    """Let files belong to something, in a transaction of its own, now."""

    def do(tx: Tx) -> None:
        actions.adopt(tx, viewer, ids, subject, now())

    db.transact(do)


def bytes_of(db: Db, file: File) -> bytes:
    return b"".join(actions.file_bytes(db, file, 0, file.size))


def stored(db: Db) -> tuple[int, int, int]:
    """How many rows, files and chunks of files there are."""
    names = ("files", "file_files.files", "file_files.chunks")
    rows, held, chunks = (db.database[name].count_documents({}) for name in names)
    return rows, held, chunks


@pytest.mark.parametrize(
    "size", [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 5_000_000]
)
def test_every_byte_comes_back(empty: Db, size: int) -> None:
    data = noise(size)
    file = sent(empty, data)
    assert (file.size, file.sha256) == (size, hashlib.sha256(data).hexdigest())
    assert actions.file_for(empty, ALICE, file.id) == file
    assert bytes_of(empty, file) == data
    for start, stop in ((0, 1), (size - 1, size), (size // 3, size - size // 3), (CHUNK_BYTES, size)):
        if start < stop:
            assert b"".join(actions.file_bytes(empty, file, start, stop)) == data[start:stop]


def test_it_is_a_file_of_gridfs_like_any_other(empty: Db) -> None:
    """So that its tools read it, and it can be backed up and moved by them."""
    data = noise(600_000)
    file = sent(empty, data)
    with GridFSBucket(empty.database, "file_files").open_download_stream(file.id) as stream:
        assert (stream.length, stream.chunk_size, stream.read()) == (len(data), CHUNK_BYTES, data)
    assert files.get_file(empty, "file_files", file.id) == data
    assert "files_id_1_n_1" in empty.database["file_files.chunks"].index_information()


def test_one_piece_is_in_memory(empty: Db) -> None:
    """And what is too large is read no further than it takes to know."""
    stream = Endless(10 * FILE_BYTES_MAX)
    with pytest.raises(Invalid) as refused:
        actions.store_file(empty, ALICE, stream, "film.mov", now())
    assert refused.value.fields == {"files": ["film.mov: at most 25 MB."]}
    assert stream.largest == CHUNK_BYTES
    assert stream.taken <= FILE_BYTES_MAX + CHUNK_BYTES
    assert stored(empty) == (0, 0, 0)


def test_the_largest_is_taken_and_an_empty_one_is_not(empty: Db) -> None:
    assert sent(empty, bytes(FILE_BYTES_MAX)).size == FILE_BYTES_MAX
    before = stored(empty)
    for data in (b"", bytes(FILE_BYTES_MAX + 1)):
        with pytest.raises(Invalid):
            sent(empty, data)
    assert stored(empty) == before


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\plan.pdf", "plan.pdf"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        ("\u200b", "file"),
        ("a\r\nSet-Cookie: b=c.txt", "a Set-Cookie: b=c.txt"),
        ("a\0b.txt", "a b.txt"),
        ('say "hi".txt', 'say "hi".txt'),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("run.exe. . ", "run.exe"),
        (".gitignore", ".gitignore"),
        ("מפה של פראג.png", "מפה של פראג.png"),
        ("خريطة.pdf", "خريطة.pdf"),
        ("👩\u200d🎨.png", "👩\u200d🎨.png"),
        ("x" * 300 + ".pdf", "x" * (NAME_MAX - 4) + ".pdf"),
        ("x" * 300, "x" * NAME_MAX),
        ("a." + "x" * 300, "a." + "x" * (NAME_MAX - 2)),
    ],
)
def test_a_name_is_cleaned_and_keeps_its_extension(name: str, kept: str) -> None:
    assert clean_name(name) == kept
    assert clean_name(kept) == kept


def test_a_file_that_belongs_to_nothing_goes_after_an_hour(empty: Db) -> None:
    file = sent(empty)
    assert actions.sweep(empty, file.created_at + ADOPTION_LIFETIME - timedelta(milliseconds=1)) == 0
    assert actions.sweep(empty, file.created_at + ADOPTION_LIFETIME) == 1
    assert stored(empty) == (0, 0, 0)


def test_a_file_that_belongs_to_something_stays(empty: Db) -> None:
    file, other = sent(empty), sent(empty, b"world")
    adopt(empty, file.id, other.id)
    adopt(empty)
    assert actions.sweep(empty, now() + timedelta(days=3650)) == 0
    assert [bytes_of(empty, each) for each in (file, other)] == [b"hello", b"world"]
    known = actions.files_by_id(empty, [other.id, ObjectId(), file.id])
    assert {key: each.subject for key, each in known.items()} == {file.id: MESSAGE, other.id: MESSAGE}
    assert actions.files_by_id(empty, []) == {}


def test_only_who_sent_a_file_has_it_adopted_and_once(empty: Db) -> None:
    """Else an id that somebody guessed or saw would bring them the file. And all of them are adopted, or none."""
    mine, his, late = sent(empty), sent(empty, viewer=BOB), sent(empty)
    for ids in ((mine.id, his.id), (mine.id, ObjectId()), (mine.id, mine.id)):
        with pytest.raises(Conflict):
            adopt(empty, *ids)
    adopt(empty, mine.id)
    with pytest.raises(Conflict):
        adopt(empty, mine.id, subject=Subject("order", ObjectId()))

    def adopt_late(tx: Tx) -> None:
        actions.adopt(tx, ALICE, [late.id], MESSAGE, now() + ADOPTION_LIFETIME)

    with pytest.raises(Conflict):
        empty.transact(adopt_late)
    assert actions.sweep(empty, now() + ADOPTION_LIFETIME) == 2


def test_until_it_belongs_to_something_only_who_sent_it_reads_it(empty: Db) -> None:
    """SECURITY 16: afterwards the feature of its kind of thing says who may; of a kind that has none, nobody may."""
    file, other = sent(empty), sent(empty)
    root = Viewer(user_id=ObjectId(), device_id=ObjectId(), name="Root Admin", is_admin=True)
    for stranger in (BOB, root):
        with pytest.raises(NotFound):
            actions.file_for(empty, stranger, file.id)
    for nothing in (NO_ID, ObjectId()):
        with pytest.raises(NotFound):
            actions.file_for(empty, ALICE, nothing)
    adopt(empty, file.id, subject=Subject("order", ObjectId()))
    adopt(empty, other.id, subject=MESSAGE)
    for anybody, each in itertools.product((ALICE, BOB, root), (file, other)):
        with pytest.raises(NotFound):
            actions.file_for(empty, anybody, each.id)


def belongs(db: Db, file: File) -> list[Subject]:
    """What a file belongs to."""
    return actions.files_by_id(db, [file.id])[file.id].subjects


def transact(db: Db, act: Callable[..., None], *args: object) -> None:
    """Do one thing with files in a transaction of its own."""
    db.transact(lambda tx: act(tx, *args))


def test_a_file_that_was_taken_back_is_kept_for_a_while_and_shown_to_nobody(empty: Db) -> None:
    """Nor can its sender use it again: it still belongs to what it was of."""
    file = sent(empty)
    adopt(empty, file.id)
    at = now()
    transact(empty, actions.release_later, [file.id], at)
    transact(empty, actions.release_later, [], at)
    with pytest.raises(NotFound):
        actions.file_for(empty, ALICE, file.id)
    for subject in (MESSAGE, Subject("order", ObjectId())):
        with pytest.raises(Conflict) as refused:
            adopt(empty, file.id, subject=subject)
        assert refused.value.code == "file_gone"
    assert actions.sweep(empty, at + RETRACTED_LIFETIME - timedelta(milliseconds=1)) == 0
    assert actions.sweep(empty, at + RETRACTED_LIFETIME) == 1
    assert stored(empty) == (0, 0, 0)


def test_a_file_that_is_shared_goes_when_nothing_has_it_any_longer(empty: Db) -> None:
    """In any order; and what was given it twice has it once."""
    order, again = Subject("order", ObjectId()), Subject("order", ObjectId())
    for first, last in itertools.permutations((MESSAGE, order, again), 2):
        file, at = sent(empty), now()
        adopt(empty, file.id)
        for of, to in ((MESSAGE, order), (order, again), (order, again)):
            transact(empty, actions.share, [file.id, file.id], of, to)
        assert belongs(empty, file) == [MESSAGE, order, again]
        transact(empty, actions.release, [file.id], first, at)
        assert belongs(empty, file) == [each for each in (MESSAGE, order, again) if each != first]
        rest = [each for each in (MESSAGE, order, again) if each not in (first, last)]
        transact(empty, actions.release, [file.id], rest[0], at)
        assert belongs(empty, file) == [last]
        assert actions.sweep(empty, at) == 0
        transact(empty, actions.release, [file.id], last, at)
        assert actions.sweep(empty, at) == 1
    assert stored(empty) == (0, 0, 0)


def test_only_what_has_a_file_shares_it(empty: Db) -> None:
    """All of them are shared, or none; and one that was taken back, waits, or has too many subjects is not."""
    order = Subject("order", ObjectId())
    mine, waits, gone, full = (sent(empty) for _ in range(4))
    adopt(empty, mine.id, gone.id, full.id)
    transact(empty, actions.release_later, [gone.id], now())
    for _ in range(models.SUBJECTS_MAX - 1):
        transact(empty, actions.share, [full.id], MESSAGE, Subject("order", ObjectId()))
    for ids, of in (
        ([mine.id, waits.id], MESSAGE),
        ([mine.id, gone.id], MESSAGE),
        ([mine.id, full.id], MESSAGE),
        ([mine.id], Subject("message", ObjectId())),
        ([mine.id], Subject("order", MESSAGE.id)),
    ):
        with pytest.raises(Conflict) as refused:
            transact(empty, actions.share, ids, of, order)
        assert refused.value.code == "file_gone"
    assert belongs(empty, mine) == [MESSAGE]


def test_what_is_held_stays_until_all_have_let_go(empty: Db) -> None:
    """Whether it is let go before or after somebody holds it, and however often they do."""
    before, after = sent(empty), sent(empty)
    adopt(empty, before.id, after.id)
    one, other, at = ObjectId(), ObjectId(), now()
    transact(empty, actions.release_later, [before.id], at)
    for holder in (one, one, other):
        transact(empty, actions.hold, [before.id, after.id], holder, at)
    transact(empty, actions.hold, [], one, at)
    transact(empty, actions.release, [after.id], MESSAGE, at)
    late = at + 2 * RETRACTED_LIFETIME
    assert actions.sweep(empty, late) == 0
    transact(empty, actions.let_go, one)
    assert actions.sweep(empty, late) == 0
    assert stored(empty) == (2, 2, 2)
    transact(empty, actions.let_go, other)
    assert actions.sweep(empty, at) == 1  # the one that was released at once
    assert actions.sweep(empty, late) == 1
    assert stored(empty) == (0, 0, 0)


def test_what_is_due_cannot_be_held(empty: Db) -> None:
    """A sweep may be at it: its bytes go first."""
    file = sent(empty)
    late = file.created_at + ADOPTION_LIFETIME
    transact(empty, actions.hold, [file.id], ObjectId(), late)
    assert actions.sweep(empty, late) == 1


@pytest.mark.parametrize("pieces", [0, 1, 3])
def test_a_crash_while_storing_leaves_nothing_for_long(empty: Db, pieces: int) -> None:
    with pytest.raises(AutoReconnect):
        actions.store_file(empty, ALICE, Endless(pieces * CHUNK_BYTES), "a", now())
    assert stored(empty) == (1, 0, pieces)
    half = ObjectId(empty.database["files"].find_one({})["_id"])  # type: ignore[index]
    with pytest.raises(NotFound):
        actions.file_for(empty, ALICE, half)
    with pytest.raises(Conflict):
        adopt(empty, half)
    assert actions.sweep(empty, now() + ADOPTION_LIFETIME) == 1
    assert stored(empty) == (0, 0, 0)


def test_a_crash_between_the_bytes_and_the_row_leaves_nothing_for_long(
    empty: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise AutoReconnect("the process is gone")

    monkeypatch.setattr("gigflow.files.store.set_whole", gone)
    with pytest.raises(AutoReconnect):
        sent(empty)
    assert stored(empty) == (1, 1, 1)
    assert actions.sweep(empty, now() + ADOPTION_LIFETIME) == 1
    assert stored(empty) == (0, 0, 0)


def test_a_crash_while_sweeping_is_made_up_for_by_the_next(
    empty: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(empty)
    later = now() + ADOPTION_LIFETIME

    def gone(*_: object) -> None:
        raise AutoReconnect("the process is gone")

    with monkeypatch.context() as crashing:
        crashing.setattr("gigflow.files.store.delete_due", gone)
        with pytest.raises(AutoReconnect):
            actions.sweep(empty, later)
    assert stored(empty) == (1, 0, 0)
    assert actions.sweep(empty, later) == 1
    assert stored(empty) == (0, 0, 0)


def test_several_processes_that_sweep_do_no_harm(empty: Db) -> None:
    kept = sent(empty)
    adopt(empty, kept.id)
    for _ in range(12):
        sent(empty)
    later = now() + ADOPTION_LIFETIME
    assert sum(at_once([lambda: actions.sweep(empty, later)] * 4)) == 12
    assert stored(empty) == (1, 1, 1)


def test_a_missing_piece_is_an_error_and_not_a_shorter_file(empty: Db) -> None:
    """Whoever downloads it must see that it is not whole."""
    file = sent(empty, noise(3 * CHUNK_BYTES))
    empty.database["file_files.chunks"].delete_one({"files_id": file.id, "n": 1})
    pieces = actions.file_bytes(empty, file, 0, file.size)
    assert len(next(pieces)) == CHUNK_BYTES
    with pytest.raises(CorruptGridFile):
        next(pieces)


def test_of_several_one_that_is_refused_refuses_all(empty: Db) -> None:
    """What was stored before it goes as everything does that nobody adopts."""

    class Part:
        filename: str | None
        stream: IO[bytes]

        def __init__(self, name: str | None, data: bytes) -> None:
            self.filename, self.stream = name, BytesIO(data)

    ids = actions.store_files(empty, ALICE, [Part("a", b"1"), Part(None, b"2")], now())
    assert [actions.file_for(empty, ALICE, each).name for each in ids] == ["a", "file"]
    with pytest.raises(Invalid) as refused:
        actions.store_files(empty, ALICE, [Part("b", b"3"), Part("c", b"")], now())
    assert refused.value.fields == {"files": ["c: this file is empty."]}
    assert actions.sweep(empty, now() + ADOPTION_LIFETIME) == 3
    assert stored(empty) == (0, 0, 0)
