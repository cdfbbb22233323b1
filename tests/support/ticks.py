"""What is due by time, done now by the processes that run."""

import secrets
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId
from pymongo.database import Database

from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.features import wirings
from tests.support.client import Json
from tests.support.waiting import wait_for


def post_letter(db: Database[dict[str, Any]], kind: str, data: Json) -> Json:
    """A letter in the outbox, as every process is told of at once; returns what finds it there.

    By its id it is older than all that GigFlow writes, so that it is never taken for the newest.
    """
    key = {"_id": ObjectId("0" * 8 + secrets.token_hex(8)), "key": secrets.token_hex(12)}
    times = {"due_at": datetime.now(UTC), "created_at": datetime.now(UTC)}
    db.mails.insert_one({**key, "kind": kind, "data": data, "attempts": 0, **times})
    return key


def poke(db: Database[dict[str, Any]]) -> Json:
    """Have every process write the letters that are due; returns what finds the letter that woke them, to nobody: it is
    dropped.
    """
    return post_letter(db, "password_reset", {"email": "nobody@example.test"})


def tick(db: Database[dict[str, Any]]) -> None:
    """Wait until every letter that is due has been tried; the one that waits longest is the first."""
    last = poke(db)
    wait_for(lambda: db.mails.find_one({**last, "dropped": True}), what="the tick")


def do_house(house: Db) -> None:
    """Do what is due and needs nothing but the database, as any process does within 15 seconds."""
    for feature in wirings().values():
        for do in feature.due:
            do(house, now())
