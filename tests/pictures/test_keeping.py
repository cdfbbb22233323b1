"""A picture is kept while somebody uses it, and goes with all its files, whatever crashes in between."""

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from pymongo.errors import AutoReconnect

from gigflow.accounts.models import Viewer
from gigflow.core import files
from gigflow.core.clock import now
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Invalid, NotFound
from gigflow.pictures import actions
from gigflow.pictures.models import ADOPTION_LIFETIME, Picture
from gigflow.schema import prepare
from tests.support.images import opened, picture
from tests.support.races import at_once

ALICE = Viewer(user_id=ObjectId(), device_id=ObjectId(), name="Alice Owner")
SIZES = ("small", "medium", "large")


@pytest.fixture(scope="module")
def prepared(mongo_uri: str) -> Iterator[Db]:
    """A database of this module's own."""
    db = Db(mongo_uri, f"test_{secrets.token_hex(6)}")
    prepare(db)
    yield db
    db.client.drop_database(db.database.name)
    db.client.close()


@pytest.fixture
def empty(prepared: Db) -> Db:
    """A database with nothing in it."""
    for name in prepared.database.list_collection_names():
        prepared.database[name].delete_many({})
    return prepared


def sent(db: Db, viewer: Viewer = ALICE) -> Picture:
    """A picture that this person has just sent."""
    return actions.store_picture(db, viewer, picture(200, 100), "square", now())


def in_one(db: Db, work: Callable[..., None], *args: Any) -> None:
    """Do one thing in a transaction of its own, now."""

    def do(tx: Tx) -> None:
        work(tx, *args, now())

    db.transact(do)


def stored(db: Db) -> tuple[int, int, int]:
    """How many rows, files and chunks of files there are."""
    names = ("pictures", "picture_files.files", "picture_files.chunks")
    rows, held, chunks = (db.database[name].count_documents({}) for name in names)
    return rows, held, chunks


def test_a_picture_is_stored_in_three_sizes(empty: Db) -> None:
    found = sent(empty)
    assert (found.owner_id, found.shape) == (ALICE.user_id, "square")
    widths = [opened(actions.picture_bytes(empty, found.id, size)).width for size in SIZES]
    assert widths == [64, 100, 100]
    assert stored(empty) == (1, 3, 3)


@pytest.mark.parametrize("size", ["huge", "", "small-x", "$gt"])
def test_only_these_sizes_are_there(empty: Db, size: str) -> None:
    known = sent(empty).id
    for picture_id, asked in ((known, size), (ObjectId(), "small"), (None, "small")):
        with pytest.raises(NotFound):
            actions.picture_bytes(empty, picture_id, asked)


def test_the_address_of_a_picture_says_nothing_of_the_next(empty: Db) -> None:
    """It is all that protects a picture whose page is hidden: neither a time nor a count is in it."""
    first, second = sent(empty).id.binary, sent(empty).id.binary
    assert first[:3] != second[:3]
    assert first[4:9] != second[4:9]


def test_what_is_refused_leaves_nothing(empty: Db) -> None:
    """SECURITY 19."""
    with pytest.raises(Invalid) as refused:
        actions.store_picture(empty, ALICE, b"<svg/>", "free", now(), field="image")
    assert refused.value.fields == {"image": ["Choose a PNG, JPEG or WebP picture."]}
    assert stored(empty) == (0, 0, 0)


def test_a_picture_that_nobody_uses_goes_after_an_hour(empty: Db) -> None:
    found = sent(empty)
    assert actions.sweep(empty, found.created_at + ADOPTION_LIFETIME - timedelta(milliseconds=1)) == 0
    assert actions.sweep(empty, found.created_at + ADOPTION_LIFETIME) == 1
    assert stored(empty) == (0, 0, 0)


def test_a_picture_in_use_stays(empty: Db) -> None:
    found = sent(empty)
    in_one(empty, actions.adopt, found.id)
    assert actions.sweep(empty, now() + timedelta(days=3650)) == 0
    assert actions.picture_bytes(empty, found.id, "large")


def test_a_picture_that_is_let_go_of_goes_at_once(empty: Db) -> None:
    kept, gone = sent(empty), sent(empty)
    for each in (kept, gone):
        in_one(empty, actions.adopt, each.id)
    in_one(empty, actions.release, [gone.id])
    in_one(empty, actions.release, [])
    assert actions.sweep(empty, now()) == 1
    assert actions.picture_bytes(empty, kept.id, "small")
    with pytest.raises(NotFound):
        actions.picture_bytes(empty, gone.id, "small")
    assert stored(empty) == (1, 3, 3)


def test_a_picture_that_may_be_gone_is_not_used(empty: Db) -> None:
    """Neither one that waited too long, nor one that was let go of, nor one that never was."""
    late, released = sent(empty), sent(empty)
    in_one(empty, actions.release, [released.id])

    def adopt_late(tx: Tx) -> None:
        actions.adopt(tx, late.id, now() + ADOPTION_LIFETIME)

    with pytest.raises(Conflict):
        empty.transact(adopt_late)
    for nothing in (released.id, ObjectId()):
        with pytest.raises(Conflict):
            in_one(empty, actions.adopt, nothing)


def test_what_a_transaction_did_not_commit_did_not_happen(empty: Db) -> None:
    found = sent(empty)

    def fails(tx: Tx) -> None:
        actions.adopt(tx, found.id, now())
        raise Conflict

    with pytest.raises(Conflict):
        empty.transact(fails)
    assert actions.sweep(empty, now() + ADOPTION_LIFETIME) == 1


def test_with_a_person_all_their_pictures_go(empty: Db) -> None:
    bob = Viewer(user_id=ObjectId(), device_id=ObjectId(), name="Bob Bidder")
    used, waiting, others = sent(empty), sent(empty), sent(empty, bob)
    for each in (used, others):
        in_one(empty, actions.adopt, each.id)
    in_one(empty, actions.release_all_of, ALICE.user_id, 100)
    assert actions.sweep(empty, now()) == 2
    assert stored(empty) == (1, 3, 3)
    assert actions.picture_bytes(empty, others.id, "small")
    for gone in (used, waiting):
        with pytest.raises(NotFound):
            actions.picture_bytes(empty, gone.id, "small")


@pytest.mark.parametrize("crash_at", [1, 2, 3])
def test_a_crash_while_storing_leaves_nothing_for_long(
    empty: Db, crash_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, count = files.put_file, 0

    def put_file(*args: Any) -> None:
        nonlocal count
        count += 1
        if count == crash_at:
            raise AutoReconnect("the process is gone")
        put(*args)

    monkeypatch.setattr(files, "put_file", put_file)
    with pytest.raises(AutoReconnect):
        sent(empty)
    assert stored(empty) == (1, crash_at - 1, crash_at - 1)
    assert actions.sweep(empty, now() + ADOPTION_LIFETIME) == 1
    assert stored(empty) == (0, 0, 0)


@pytest.mark.parametrize("crash_at", [1, 2, 3, 4])
def test_a_crash_while_sweeping_is_made_up_for_by_the_next(
    empty: Db, crash_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two files, and between the last file and the row."""
    delete, count = files.delete_file, 0

    def delete_file(*args: Any) -> None:
        nonlocal count
        count += 1
        if count == crash_at:
            raise AutoReconnect("the process is gone")
        delete(*args)

    for _ in range(2):
        in_one(empty, actions.release, [sent(empty).id])
    with monkeypatch.context() as crashing:
        crashing.setattr(files, "delete_file", delete_file)
        with pytest.raises(AutoReconnect):
            actions.sweep(empty, now())
    left = stored(empty)[0]
    assert left == (2 if crash_at < 4 else 1)
    assert actions.sweep(empty, now()) == left
    assert stored(empty) == (0, 0, 0)


def test_half_a_deleted_file_goes_too(empty: Db) -> None:
    """GridFS deletes a file's head first: a crash between leaves chunks that nobody could find by it."""
    found = sent(empty)
    in_one(empty, actions.release, [found.id])
    empty.database["picture_files.files"].delete_one({"_id": f"{found.id}-large"})
    assert stored(empty) == (1, 2, 3)
    assert actions.sweep(empty, now()) == 1
    assert stored(empty) == (0, 0, 0)


def test_a_picture_that_is_being_deleted_is_not_there(empty: Db) -> None:
    found = sent(empty)
    empty.database["picture_files.chunks"].delete_many({})
    with pytest.raises(NotFound):
        actions.picture_bytes(empty, found.id, "large")


def test_several_processes_that_sweep_do_no_harm(empty: Db) -> None:
    """Each picture goes once, and counts once."""
    gone, kept = [sent(empty) for _ in range(12)], sent(empty)
    in_one(empty, actions.adopt, kept.id)
    in_one(empty, actions.release, [each.id for each in gone])
    moment = now()
    assert sum(at_once([lambda: actions.sweep(empty, moment)] * 4)) == 12
    assert stored(empty) == (1, 3, 3)


def test_a_sweep_has_an_end(empty: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits longest goes first, and the rest with the next."""
    monkeypatch.setattr(actions, "SWEPT_AT_ONCE", 2)
    first, *others = (sent(empty) for _ in range(3))
    for each in (first, *others):
        in_one(empty, actions.release, [each.id])
    assert actions.sweep(empty, now()) == 2
    with pytest.raises(NotFound):
        actions.picture_bytes(empty, first.id, "small")
    assert [actions.sweep(empty, now()), actions.sweep(empty, now())] == [1, 0]
