"""Signing up, in and out, and keeping a device signed in."""

import secrets
from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import store
from gigflow.accounts.models import REFRESH_LIFETIME, Intent, Person, RefreshIds, Session, User, Viewer
from gigflow.accounts.passwords import hash_password, password_matches
from gigflow.core.db import Db
from gigflow.core.errors import Conflict, NotSignedIn

USER_AGENT_MAX = 300


class SignedIn(msgspec.Struct, frozen=True):
    """A device that may act: the person at it and, after a rotation, the refresh id to hand out."""

    viewer: Viewer
    refresh_id: str | None = None


def register(
    db: Db,
    *,
    name: str,
    email: str,
    password: str,
    intent: Intent | None,
    now: datetime,
) -> User:
    """Create an account (seed 000, step 1). Raises Conflict where the address is taken."""
    user = User(
        id=ObjectId(),
        email=normal_email(email),
        name=name,
        password_hash=hash_password(password),
        intent=intent,
        created_at=now,
    )
    if not store.insert_user(db, user):
        raise Conflict("There is already an account with this e-mail address.", code="email_taken")
    store.insert_audit(db, "registered", user.id, now)
    return user


def check_password(db: Db, email: str, password: str) -> User:
    """The user with this address and password. Raises NotSignedIn, alike and as slowly for an unknown address."""
    user = store.get_user_by_email(db, normal_email(email))
    if (
        not password_matches(password, user.password_hash if user else None)
        or user is None
        or user.disabled_at
    ):
        raise NotSignedIn(
            "This e-mail address and password do not belong together.", code="wrong_credentials"
        )
    return user


def sign_in(db: Db, user: User, user_agent: str, now: datetime) -> SignedIn:
    """Start a device for this user."""
    refresh_id = _new_refresh_id()
    session = Session(
        id=ObjectId(),
        user_id=user.id,
        name=user.name,
        is_admin=user.is_admin,
        refresh=RefreshIds(current=refresh_id),
        user_agent=user_agent[:USER_AGENT_MAX],
        created_at=now,
        last_seen_at=now,
        expires_at=now + REFRESH_LIFETIME,
    )
    store.insert_session(db, session)
    store.insert_audit(db, "signed_in", user.id, now, device=session.id)
    return SignedIn(_viewer(session), refresh_id)


def sign_out(db: Db, viewer: Viewer, now: datetime) -> None:
    """End this device: its tokens are dead from now on and its sockets are cut (SECURITY 2)."""
    if store.revoke_session(db, viewer.device_id, now):
        store.insert_audit(db, "signed_out", viewer.user_id, now, device=viewer.device_id)


def viewer_of_device(db: Db, device_id: ObjectId) -> Viewer | None:
    """Who is signed in at this device, or None when it was ended. Read on every request, never cached."""
    session = store.get_live_session(db, device_id)
    return _viewer(session) if session else None


def refresh_device(db: Db, device_id: ObjectId, presented: str, now: datetime) -> SignedIn | None:
    """Keep a device signed in that presents a refresh id (SECURITY 4); None when it may not go on.

    The current id is rotated. An id that was replaced a moment ago (parallel tabs, a lost answer) is good for an
    access token only. Any other was used before: the device is ended, because somebody copied its token.
    """
    session = store.rotate_refresh(
        db, device_id, presented, successor := _new_refresh_id(), now=now, expires_at=now + REFRESH_LIFETIME
    )
    if session:
        return SignedIn(_viewer(session), successor)
    session = store.get_live_session(db, device_id)
    if session is None:
        return None
    if _is_good(session.refresh, presented, now):
        return SignedIn(_viewer(session))
    if store.revoke_session(db, device_id, now):
        store.insert_audit(db, "refresh_reused", session.user_id, now, device=device_id)
    return None


def viewer_of_refresh(db: Db, device_id: ObjectId, presented: str, now: datetime) -> Viewer | None:
    """Who is signed in at a device that presents a refresh id which is still good; nothing is rotated by looking."""
    session = store.get_live_session(db, device_id)
    return _viewer(session) if session and _is_good(session.refresh, presented, now) else None


def get_user(db: Db, user_id: ObjectId) -> User | None:
    """The user with this id, or None."""
    return store.get_user(db, user_id)


def people(db: Db, ids: list[ObjectId]) -> dict[ObjectId, Person]:
    """What anybody may know of these users, by id."""
    return store.find_people(db, ids)


def make_admin(db: Db, email: str) -> bool:
    """Make the user with this address an admin (SECURITY 9: there is no default one); False where nobody has it."""
    return store.set_admin(db, normal_email(email))


def normal_email(email: str) -> str:
    """The form in which an address is stored and looked up."""
    return email.strip().lower()


def _is_good(ids: RefreshIds, presented: str, now: datetime) -> bool:
    """Whether a refresh id still serves: the current one, the one before, and for a moment the one before that."""
    if presented in (ids.current, ids.previous):
        return True
    return presented == ids.retired and ids.retired_until is not None and now < ids.retired_until


def _new_refresh_id() -> str:
    return secrets.token_urlsafe(16)


def _viewer(session: Session) -> Viewer:
    return Viewer(user_id=session.user_id, device_id=session.id, name=session.name, is_admin=session.is_admin)
