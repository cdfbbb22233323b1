"""Accounts that are shut, by an operator or by their own person for good.

The first transaction shuts the account, however much its person owns. The features that own what is theirs end it in
pieces afterwards (piecemeal.py).
"""

from collections import Counter
from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import hooks, piecemeal, store
from gigflow.accounts.credentials import password_changed, tell_of
from gigflow.accounts.models import LEFT_NAME, User, Viewer
from gigflow.accounts.parts import Done
from gigflow.accounts.piecemeal import PIECES_AT_ONCE
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict
from gigflow.pictures import actions as pictures
from gigflow.record import actions as record
from gigflow.record.models import Subject


class Shut(msgspec.Struct, frozen=True):
    """What shutting an account led to: whether it was shut before, how many things were ended now (by the name that an
    operator uses), what could not be ended, and whether something is left for a tick.
    """

    before: bool
    ended: Counter[str]
    failed: list[str]
    is_left: bool


class Opened(msgspec.Struct, frozen=True):
    """An account that is open, and what could not be brought up to date with it."""

    user: User
    failed: list[str]


def obstacles_to_leaving(db: Db, viewer: Viewer, now: datetime) -> list[str]:
    """Return, as sentences, what the viewer has to finish before the account can be deleted."""
    return _obstacles_of(db, viewer.user_id, now)


def delete_account(db: Db, user: User, now: datetime) -> None:
    """Delete the account of `user`, whose password was just checked: everything personal goes, what others agreed with
    them stays readable under `LEFT_NAME`. Raises Conflict if something has to be finished first (docs/domain.md,
    Leaving).
    """

    def work(tx: Tx) -> None:
        if obstacles := _obstacles_of(tx, user.id, now):
            raise Conflict(" ".join(obstacles), code="not_finished")
        left = User(
            id=user.id,
            # No address that anybody could sign up with.
            email=f"deleted:{user.id}",
            name=LEFT_NAME,
            password_hash="",
            disabled_at=now,
            deleted_at=now,
            leaving_at=now,
            availability="unavailable",
            rating=user.rating,
            created_at=user.created_at,
        )
        if not store.replace_user(tx, left, password_hash=user.password_hash):
            raise password_changed()
        hooks.stands_otherwise(tx, user.id)
        store.delete_sessions(tx, user.id)
        store.delete_tokens(tx, user.id)
        record.note(tx, "account_deleted", now, by=user.id, user_id=user.id)
        tell_of(tx, user, "account_deleted", now)

    db.transact(work)
    # Somebody waits for the answer, so what thousands of rows need is left to a tick.
    piecemeal.go_on(db, user.id, "leaving_at", now, PIECES_AT_ONCE)


def disable_account(db: Db, email: str, now: datetime, *, why: str = "") -> Shut | None:
    """Shut the account with this address: at once nobody can sign in and every device is signed out; then its jobs are
    closed, its bids withdrawn, and so on (docs/domain.md, Shutting out). If it is shut already, go on with what is
    left. Returns None if nobody has this address.
    """
    user = store.get_user_by_email(db, email)
    if user is None:
        return None

    def work(tx: Tx) -> bool:
        act = _note(tx, "disabled", user.id, now, why, None, now)
        if not store.shut(tx, user.id, now, act):
            tx.abort()
            return False
        store.revoke_sessions(tx, user.id, now)
        store.delete_tokens(tx, user.id)
        hooks.stands_otherwise(tx, user.id)
        return True

    # Outside the transaction first: if they never stop acting, one of the guards that it writes would always be taken.
    store.revoke_sessions(db, user.id, now)
    shut_now = db.transact(work)
    came_to = piecemeal.go_on(db, user.id, "leaving_at", now)
    after = store.get_user(db, user.id)
    return Shut(
        not shut_now, came_to.ended, came_to.failed, after is not None and after.leaving_at is not None
    )


def enable_account(db: Db, email: str, now: datetime, *, why: str = "") -> Opened | None:
    """Open a shut account again. What was closed stays closed. Returns None if nobody has this address, or if its
    person has deleted the account.
    """
    user = store.get_user_by_email(db, email)
    if user is None or user.deleted_at:
        return None

    def work(tx: Tx) -> None:
        before = store.get_user(tx, user.id)
        if before is None or not store.open_again(tx, user.id, now):
            tx.abort()
            return
        hooks.stands_otherwise(tx, user.id)
        _note(tx, "enabled", user.id, now, why, before.disabled_at, None)

    db.transact(work)
    return Opened(user, piecemeal.go_on(db, user.id, "copying_at", now).failed)


def release_pictures_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Release the pictures of somebody who leaves for good."""
    count = pictures.release_all_of(tx, user.id, limit, now) if user.deleted_at else 0
    return Done(count, more=count >= limit)


def _obstacles_of(db: Db, user_id: ObjectId, now: datetime) -> list[str]:
    return [sentence for obstacle in hooks.obstacle_to_leaving if (sentence := obstacle(db, user_id, now))]


def _note(
    tx: Tx,
    event: str,
    user_id: ObjectId,
    now: datetime,
    why: str,
    before: datetime | None,
    after: datetime | None,
) -> ObjectId:
    """Write that an operator has shut or opened an account; `before` and `after` say since when it was and is shut."""
    return record.note(
        tx,
        event,
        now,
        via=record.MACHINE,
        user_id=user_id,
        subject=Subject("user", user_id),
        why=why,
        before={"disabled_at": before},
        after={"disabled_at": after},
    )
