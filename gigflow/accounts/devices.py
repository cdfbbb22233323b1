"""Signed-in devices: started by signing in, kept by refresh tokens, ended by their person or by a change of password.

The access token names its device and the device's key; both are looked up on every request (SECURITY 2).
"""

import secrets
from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import store
from gigflow.accounts.models import REFRESH_LIFETIME, RefreshIds, Session, User, Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import NotFound, NotSignedIn
from gigflow.core.ids import new_id
from gigflow.record import actions as record
from gigflow.record.models import Subject

USER_AGENT_MAX = 300


class SignedIn(msgspec.Struct, frozen=True):
    """A device that may act: the person at it, its key and, after a rotation, the refresh id to hand out."""

    viewer: Viewer
    key: str
    refresh_id: str | None = None


def sign_in(db: Db, user: User, user_agent: str, now: datetime, *, most: int | None = None) -> SignedIn:
    """Start a device for this user, whose password was just checked. With it there are at most `most`: of the others,
    those end that were last seen longest ago. Raises NotSignedIn if the password has changed by now.
    """
    session_id, ids = new_id(), _new_refresh_ids()

    def work(tx: Tx) -> Session:
        # The user is written first: so nobody signs in with a password while it is being changed, and the device
        # carries what a change at the same moment makes of the name.
        current = store.update_user(tx, user.id, {"signed_in_at": now}, password_hash=user.password_hash)
        if current is None:
            raise NotSignedIn
        session = Session(
            id=session_id,
            user_id=user.id,
            name=current.name,
            is_admin=current.is_admin,
            picture_id=current.picture_id,
            time_zone=current.time_zone,
            unconfirmed=current.to_confirm,
            muted=muted_events(current),
            key=_new_key(),
            refresh=ids,
            user_agent=user_agent[:USER_AGENT_MAX],
            created_at=now,
            last_seen_at=now,
            expires_at=now + REFRESH_LIFETIME,
        )
        store.insert_session(tx, session)
        record.note(tx, "signed_in", now, by=user.id, user_id=user.id, device=session.id)
        if ended := store.revoke_oldest(tx, user.id, session.id, most - 1, now) if most else 0:
            record.note(tx, "devices_ended", now, by=user.id, user_id=user.id, device=session.id, count=ended)
        return session

    session = db.transact(work)
    return SignedIn(_viewer(session), session.key, ids.current)


def sign_out(db: Db, viewer: Viewer, now: datetime) -> None:
    """End this device: its tokens are dead from now on and its sockets are cut (SECURITY 2)."""
    if store.revoke_session(db, viewer.user_id, viewer.device_id, now):
        record.note(db, "signed_out", now, by=viewer.user_id, user_id=viewer.user_id, device=viewer.device_id)


def devices_of(db: Db, viewer: Viewer) -> list[Session]:
    """Return the viewer's signed-in devices: this one first, then the one last seen (SECURITY 3)."""
    found = store.find_live_sessions(db, viewer.user_id)
    return sorted(found, key=lambda session: session.id != viewer.device_id)


def end_device(db: Db, viewer: Viewer, device_id: ObjectId, now: datetime) -> None:
    """Sign one of the viewer's devices out, which may be this one. Raises NotFound, also for somebody else's."""
    if not store.revoke_session(db, viewer.user_id, device_id, now):
        raise NotFound("There is no such device.", code="device_not_found")
    record.note(
        db,
        "device_ended",
        now,
        by=viewer.user_id,
        device=viewer.device_id,
        user_id=viewer.user_id,
        subject=Subject("device", device_id),
    )


def end_other_devices(db: Db, viewer: Viewer, now: datetime) -> int:
    """Sign out every device of the viewer but this one; returns how many there were."""
    ended = store.revoke_sessions(db, viewer.user_id, now, besides=viewer.device_id)
    if ended:
        record.note(
            db,
            "devices_ended",
            now,
            by=viewer.user_id,
            device=viewer.device_id,
            user_id=viewer.user_id,
            count=ended,
        )
    return ended


def renew_device(tx: Tx, viewer: Viewer) -> SignedIn:
    """Give this device new tokens and make all its earlier ones worthless. Raises NotSignedIn if it was ended."""
    ids = _new_refresh_ids()
    session = store.renew_session(tx, viewer.device_id, _new_key(), ids)
    if session is None:
        raise NotSignedIn
    return SignedIn(_viewer(session), session.key, ids.current)


def viewer_of_device(db: Db, device_id: ObjectId, key: str) -> Viewer | None:
    """Return who is signed in at this device with this key, or None if either was ended. Read on every request, never
    cached.
    """
    session = store.get_live_session(db, device_id)
    return _viewer(session) if session and session.key == key else None


def refresh_device(db: Db, device_id: ObjectId, key: str, presented: str, now: datetime) -> SignedIn | None:
    """Keep a device signed in that presents a refresh id (SECURITY 4); returns None if it may not go on.

    The current id is rotated. An id that was replaced a moment ago (parallel tabs, a lost answer) only gets an access
    token. Any other id of this `key` was used before: the device is ended, because somebody copied its token. An id of
    an earlier key is merely worthless: it was made so on purpose, and ends nothing.
    """
    session = store.rotate_refresh(
        db, device_id, presented, successor := _new_refresh_id(), now=now, expires_at=now + REFRESH_LIFETIME
    )
    if session:
        return SignedIn(_viewer(session), session.key, successor)
    session = store.get_live_session(db, device_id)
    if session is None or session.key != key:
        return None
    if _is_good(session.refresh, presented, now):
        return SignedIn(_viewer(session), session.key)
    if store.revoke_session(db, session.user_id, device_id, now):
        record.note(db, "refresh_reused", now, user_id=session.user_id, device=device_id)
    return None


def viewer_of_refresh(db: Db, device_id: ObjectId, presented: str, now: datetime) -> Viewer | None:
    """Return who is signed in at a device that presents a refresh id which is still good; looking rotates nothing."""
    session = store.get_live_session(db, device_id)
    return _viewer(session) if session and _is_good(session.refresh, presented, now) else None


def signed_in_at(db: Db, device_ids: list[ObjectId]) -> dict[ObjectId, SignedIn]:
    """Return who is signed in at these devices, and by which key; devices that were ended are left out."""
    found = store.find_live_of(db, device_ids)
    return {session.id: SignedIn(_viewer(session), session.key) for session in found}


def muted_events(user: User) -> list[str]:
    """Return the events that this person does not want to see in the app."""
    return [event for event, choice in user.notify.items() if not choice.app]


def _is_good(ids: RefreshIds, presented: str, now: datetime) -> bool:
    """Return whether a refresh id still serves: the current one, the one before, and for a moment the one before
    that.
    """
    if presented in (ids.current, ids.previous):
        return True
    return presented == ids.retired and ids.retired_until is not None and now < ids.retired_until


def _new_refresh_id() -> str:
    return secrets.token_urlsafe(16)


def _new_refresh_ids() -> RefreshIds:
    return RefreshIds(current=_new_refresh_id())


def _new_key() -> str:
    return secrets.token_urlsafe(12)


def _viewer(session: Session) -> Viewer:
    return Viewer(
        user_id=session.user_id,
        device_id=session.id,
        name=session.name,
        is_admin=session.is_admin,
        picture_id=session.picture_id,
        time_zone=session.time_zone,
        unconfirmed=session.unconfirmed,
        muted=tuple(session.muted),
    )
