"""Keeping pictures while somebody uses them, and not a moment longer."""

import secrets
from datetime import datetime
from functools import partial

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.each import Each
from gigflow.core.errors import Conflict, Invalid, NotFound
from gigflow.core.images import ImageError, Shape, to_webp
from gigflow.pictures import store
from gigflow.pictures.models import ADOPTION_LIFETIME, Picture

_sweeping = Each("The clearing up of picture")
SWEPT_AT_ONCE = 100  # pictures; the rest goes with the next sweep


def store_picture(
    db: Db, viewer: Viewer, data: bytes, shape: Shape, now: datetime, field: str = "picture"
) -> Picture:
    """Keep a picture that somebody sent, written again in three sizes (SECURITY 19).

    Until somebody `adopt`s it, it goes by itself after `ADOPTION_LIFETIME`, whatever happens to this process. Raises
    Invalid at `field` if the bytes are not a picture that is accepted.
    """
    try:
        sizes = to_webp(data, shape)
    except ImageError as error:
        raise Invalid({field: [str(error)]}) from error
    # If its page is hidden, only its address protects it, so the id is not a guessable time and counter.
    picture = Picture(
        id=ObjectId(secrets.token_bytes(12)),
        owner_id=viewer.user_id,
        shape=shape,
        drop_at=now + ADOPTION_LIFETIME,
        created_at=now,
    )
    store.insert_picture(db, picture)
    for size, encoded in sizes.items():
        store.put_file(db, picture, size, encoded)
    return picture


def adopt(tx: Tx, picture_id: ObjectId, now: datetime) -> None:
    """Let a picture stay, in the transaction that makes somebody use it. Raises Conflict if it is gone."""
    if not store.keep(tx, picture_id, now):
        raise Conflict("This picture is no longer there. Please send it again.", code="picture_gone")


def release(tx: Tx, ids: list[ObjectId], now: datetime) -> None:
    """Let pictures go, in the transaction after which nobody uses them; `sweep` deletes them."""
    if ids:
        store.drop(tx, ids, now)


def release_all_of(tx: Tx, owner_id: ObjectId, limit: int, now: datetime) -> int:
    """Let the pictures of a person who leaves for good go, at most `limit` of them; returns how many there were."""
    return store.drop_some_of(tx, owner_id, limit, now)


def picture_bytes(db: Db, picture_id: ObjectId, size: str) -> bytes:
    """Return a picture in one of its sizes, as WebP. Raises NotFound."""
    found = store.get_file(db, picture_id, size)
    if found is None:
        raise NotFound
    return found


def sweep(db: Db, now: datetime) -> int:
    """Delete pictures that nobody uses, at most `SWEPT_AT_ONCE`; returns how many went.

    The files go first and the row last, so that a process that dies between them leaves a row to find the rest by. Two
    processes that sweep at once delete the same things, and each is counted by one of them.
    """

    def delete(picture_id: ObjectId) -> bool:
        store.delete_files(db, picture_id)
        return store.delete_due(db, picture_id, now)

    return _sweeping.do(partial(store.find_due, db, now), delete, now, SWEPT_AT_ONCE)
