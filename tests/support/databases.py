"""Databases that servers of tests use one after another: to make one, with all its collections and indexes, costs four
times what emptying one costs.
"""

from typing import Any

from pymongo.database import Database

from gigflow.core.db import Db
from gigflow.core.steps import note_new
from gigflow.schema import STEPS

FEW = 5000  # documents; to delete more would cost what it saves

_spare: dict[str, list[str]] = {}
_shapes: dict[str, object] = {}


def take_spare(uri: str) -> str | None:
    """Take the name of a database there that is as a new one."""
    names = _spare.get(uri)
    return names.pop() if names else None


def learn_shape(db: Db) -> None:
    """Learn from a database that is new what one looks like."""
    if db.uri not in _shapes:
        _shapes[db.uri] = _shape_of(db.database)


def give_back(db: Db) -> None:
    """Empty a database that nobody uses any longer, for the next server. One in which a test has changed more than
    documents, or that has too many of them, is left as it is.
    """
    database = db.database
    if database.command("dbStats")["objects"] > FEW or _shape_of(database) != _shapes.get(db.uri):
        return
    for name in database.list_collection_names():
        database[name].delete_many({})
    note_new(db, STEPS)
    _spare.setdefault(db.uri, []).append(database.name)


def _shape_of(database: Database[dict[str, Any]]) -> object:
    """What there is beside documents: collections, their validators and indexes."""
    return {
        each["name"]: (each["options"], database[each["name"]].index_information())
        for each in database.list_collections()
    }
