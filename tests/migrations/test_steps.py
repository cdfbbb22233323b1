"""Numbered steps: each is done once, by one process at a time, goes on where it stopped, and stands in the database."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from threading import Event, Thread

import pytest

from gigflow.core.clock import now
from gigflow.core.db import Db, Declared, Document, create_missing
from gigflow.core.steps import MIGRATIONS, PIECE, Progress, Step, StepTaken, do, pending, unknown
from gigflow.gigs.store import GIGS
from gigflow.schema import STEPS, prepare

THINGS = Declared("things")
COUNT = 3 * PIECE


@pytest.fixture
def db(mongo_uri: str) -> Iterator[Db]:
    """A database of a test's own, with some things to change."""
    db = Db(mongo_uri, f"test_{secrets.token_hex(6)}")
    db[THINGS].insert_many([{"_id": number, "changes": 0} for number in range(COUNT)])
    yield db
    db.client.drop_database(db.database.name)
    db.client.close()


class Breaks(Exception):
    """What ends a step in its middle."""


def step_that_breaks(at: int | None = None) -> Step:
    """A step that counts what it changes; it ends at the thing with this number."""

    def run(db: Db, progress: Progress) -> None:
        def change(row: Document) -> int:
            if row["_id"] == at:
                raise Breaks
            return db[THINGS].update_one({"_id": row["_id"]}, {"$inc": {"changes": 1}}).modified_count

        progress.change_each(THINGS, {}, change)

    return Step(7, "Things are counted", run)


def changes(db: Db) -> list[int]:
    return [row["changes"] for row in db[THINGS].find().sort("_id", 1)]


def test_a_step_is_done_once(db: Db) -> None:
    assert do(db, step_that_breaks()) == COUNT
    assert do(db, step_that_breaks()) == 0
    assert changes(db) == [1] * COUNT
    assert pending(db, [step_that_breaks()]) == []


def test_a_step_that_was_interrupted_goes_on_where_it_was(db: Db) -> None:
    """The pieces before are not looked at again; only the one that broke begins again."""
    with pytest.raises(Breaks):
        do(db, step_that_breaks(at=2 * PIECE))
    assert [step.number for step in pending(db, [step_that_breaks()])] == [7]
    assert do(db, step_that_breaks()) == COUNT
    assert changes(db) == [1] * COUNT


def test_two_at_once_do_not_double(db: Db) -> None:
    begun, goes_on = Event(), Event()

    def run(db: Db, progress: Progress) -> None:
        begun.set()
        assert goes_on.wait(30)
        step_that_breaks().run(db, progress)

    first = Thread(target=do, args=(db, Step(7, "Things are counted", run)))
    first.start()
    assert begun.wait(30)
    try:
        with pytest.raises(StepTaken):
            do(db, step_that_breaks())
    finally:
        goes_on.set()
        first.join()
    assert changes(db) == [1] * COUNT


def test_one_that_fell_silent_is_taken_over_and_does_no_more(db: Db) -> None:
    """It was stopped for a minute, or its machine was; when it wakes up, its right has gone."""
    seen: list[int] = []

    def run(db: Db, progress: Progress) -> None:
        def change(row: Document) -> int:
            seen.append(row["_id"])
            if row["_id"] == PIECE - 1:  # the last of the first piece
                db[MIGRATIONS].update_one({"_id": 7}, {"$set": {"held_until": now() - timedelta(seconds=1)}})
                do(db, step_that_breaks())
            return 0

        progress.change_each(THINGS, {}, change)

    with pytest.raises(StepTaken):
        do(db, Step(7, "Things are counted", run))
    assert seen == list(range(PIECE))
    assert changes(db) == [1] * COUNT
    row = db[MIGRATIONS].find_one({"_id": 7}) or {}
    assert row["done_at"]
    assert row["changed"] == COUNT


def test_what_a_newer_version_did_is_named(db: Db) -> None:
    do(db, step_that_breaks())
    assert unknown(db, []) == ["Things are counted"]


def test_a_new_database_has_nothing_to_change(db: Db) -> None:
    db[THINGS].drop()
    prepare(db)
    assert pending(db, STEPS) == []


def test_an_old_database_waits_for_every_step(db: Db) -> None:
    create_missing(db.database, GIGS)
    prepare(db)
    assert pending(db, STEPS) == list(STEPS)


def test_a_start_leaves_what_is_there(db: Db) -> None:
    """Indexes and validators may be those of another version."""
    prepare(db)
    validator = {"$jsonSchema": {"bsonType": "object"}}
    db.database.command("collMod", GIGS.name, validator=validator)
    db[GIGS].create_index("slogan", name="of_another_version")
    db[GIGS].drop_index("titles")
    prepare(db)
    indexes = db[GIGS].index_information()
    assert "of_another_version" in indexes
    assert "titles" in indexes  # what is missing is made
    assert db[GIGS].options()["validator"] == validator


def test_a_start_leaves_an_index_that_has_another_name_there(db: Db) -> None:
    """The version after has renamed one; the version before starts once more."""
    titles = next(index for index in GIGS.indexes if index.document["name"] == "titles").document
    db[GIGS].create_index(list(titles["key"].items()), name="of_another_version")
    prepare(db)
    indexes = db[GIGS].index_information().keys()
    assert "titles" not in indexes
    assert {"of_another_version", "words"} < indexes


def test_the_steps_bring_validators_and_indexes_to_this_version(db: Db) -> None:
    create_missing(db.database, Declared(GIGS.name, (), {"bsonType": "object"}))
    db[GIGS].create_index("slogan", name="of_an_earlier_version")
    prepare(db)
    for step in pending(db, STEPS):
        do(db, step)
    assert db[GIGS].options()["validator"] == {"$jsonSchema": GIGS.schema}
    declared = {str(index.document["name"]) for index in GIGS.indexes}
    assert db[GIGS].index_information().keys() == {"_id_", *declared}
