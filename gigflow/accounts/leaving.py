"""Accounts that are shut, by an operator or by their own person for good."""

from collections.abc import Callable
from datetime import datetime

from bson import ObjectId

from gigflow.accounts import store
from gigflow.accounts.actions import rename
from gigflow.accounts.credentials import password_changed, tell_of
from gigflow.accounts.models import LEFT_NAME, User, Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict
from gigflow.pictures import actions as pictures
from gigflow.record import actions as record

# What has to happen in the same transaction when somebody leaves, for good (`deleted`) or until the account is opened
# again; and what may keep them from deleting it. The features that stand on people register here.
LeavingHook = Callable[[Tx, Db, ObjectId, bool, datetime], None]
Obstacle = Callable[[Db, ObjectId, Tx | None, datetime], str | None]
_leaving_hooks: list[LeavingHook] = []
_obstacles: list[Obstacle] = []


def on_leaving(hook: LeavingHook) -> LeavingHook:
    """Register what another feature does in the transaction that shuts or deletes an account."""
    _leaving_hooks.append(hook)
    return hook


def obstacle_to_leaving(obstacle: Obstacle) -> Obstacle:
    """Register what may keep somebody from deleting the account: it returns the sentence that says so, or None."""
    _obstacles.append(obstacle)
    return obstacle


def obstacles_to_leaving(db: Db, viewer: Viewer, now: datetime) -> list[str]:
    """What the viewer has to finish before the account can be deleted, as sentences."""
    return _obstacles_of(db, viewer.user_id, None, now)


def delete_account(db: Db, user: User, now: datetime) -> None:
    """Delete the account of `user`, whose password was just checked: everything personal goes, what others agreed with
    them stays readable under `LEFT_NAME`. Raises Conflict where something has to be finished first (DOMAIN.md, Money).
    """

    def work(tx: Tx) -> None:
        if obstacles := _obstacles_of(db, user.id, tx, now):
            raise Conflict(" ".join(obstacles), code="not_finished")
        left = User(
            id=user.id,
            # No address that anybody could sign up with.
            email=f"deleted:{user.id}",
            name=LEFT_NAME,
            password_hash="",
            disabled_at=now,
            deleted_at=now,
            availability="unavailable",
            rating=user.rating,
            created_at=user.created_at,
        )
        if not store.replace_user(tx, db, left, password_hash=user.password_hash):
            raise password_changed()
        for hook in _leaving_hooks:
            hook(tx, db, user.id, True, now)
        rename(tx, db, user.id, LEFT_NAME)
        pictures.release_all_of(tx, db, user.id, now)
        store.delete_sessions(tx, db, user.id)
        store.delete_tokens(tx, db, user.id)
        record.note(db, "account_deleted", now, tx=tx, by=user.id, user_id=user.id)
        tell_of(tx, db, user, "account_deleted", now)

    db.transact(work)


def disable_account(db: Db, email: str, now: datetime) -> bool:
    """Shut the account with this address: nobody signs in, every device is out, its bids are withdrawn and its jobs
    closed (DOMAIN.md, Money). False where there is none.
    """
    user = store.get_user_by_email(db, email)
    if user is None:
        return False

    def work(tx: Tx) -> None:
        store.set_disabled(tx, db, user.id, now)
        for hook in _leaving_hooks:
            hook(tx, db, user.id, False, now)
        store.revoke_sessions(db, user.id, now, tx=tx)
        store.delete_tokens(tx, db, user.id)
        record.note(db, "disabled", now, tx=tx, via=record.MACHINE, user_id=user.id)

    if not user.disabled_at:
        db.transact(work)
    return True


def enable_account(db: Db, email: str, now: datetime) -> bool:
    """Open a shut account again; False where there is none, or its person has deleted it."""
    user = store.get_user_by_email(db, email)
    if user is None or user.deleted_at:
        return False

    def work(tx: Tx) -> None:
        store.set_disabled(tx, db, user.id, None)
        record.note(db, "enabled", now, tx=tx, via=record.MACHINE, user_id=user.id)

    db.transact(work)
    return True


def _obstacles_of(db: Db, user_id: ObjectId, tx: Tx | None, now: datetime) -> list[str]:
    return [sentence for obstacle in _obstacles if (sentence := obstacle(db, user_id, tx, now))]
