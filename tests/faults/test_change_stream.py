"""The relay never gives up and forgets nothing, whatever its handlers meet (docs/domain.md, invariant 11)."""

import secrets
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from gigflow.core.changes import INSERT, Changes
from gigflow.core.db import Db, Declared
from tests.support.waiting import wait_for

THINGS = Declared("things")


@pytest.fixture
def things(mongo_uri: str) -> Iterator[Db]:
    """A database with one empty collection."""
    db = Db(mongo_uri, f"test_{secrets.token_hex(6)}")
    db.database.create_collection(THINGS.name)
    yield db
    db.client.drop_database(db.database.name)


def follow(changes: Changes) -> None:
    """Follow in a thread, and return once the stream stands."""
    opened = threading.Event()
    threading.Thread(target=changes.follow, args=(opened,), daemon=True).start()
    assert opened.wait(10)


def test_a_change_whose_handler_failed_is_told_again(things: Db) -> None:
    told: list[Any] = []
    changes = Changes(things)

    def handler(change: dict[str, Any]) -> None:
        told.append(change["documentKey"]["_id"])
        if len(told) == 1:
            raise AutoReconnect("the database is away for a moment")

    changes.watch(THINGS, INSERT, handler)
    follow(changes)
    things[THINGS].insert_many([{"_id": 1}, {"_id": 2}])
    wait_for(lambda: told == [1, 1, 2])


def test_a_gap_is_told_once_the_stream_stands_again(things: Db) -> None:
    """Also where telling it fails at first: nothing may be lost between the replay and the next change, and what is
    kept in memory is trusted only after it.
    """
    told: list[Any] = []
    changes = Changes(things)
    changes._token = {"_data": "8263"}  # a place that is not in the oplog

    def on_gap() -> None:
        assert not things.is_followed
        told.append("gap")
        things[THINGS].insert_one({"_id": len(told)})
        if len(told) == 1:
            raise AutoReconnect("the database is away for a moment")

    changes.on_gap(on_gap)
    changes.watch(THINGS, INSERT, lambda change: told.append(change["documentKey"]["_id"]))
    follow(changes)
    wait_for(lambda: told == ["gap", "gap", 1, 2])
    assert things.is_followed
