"""What opens an account: its password and its e-mail address. Knowing the one, or reading mail at the other, lets its
owner change them.
"""

import hashlib
import secrets
from datetime import datetime

from bson import ObjectId

from gigflow.accounts import hooks, store
from gigflow.accounts.actions import email_taken, normal_email
from gigflow.accounts.devices import SignedIn, renew_device
from gigflow.accounts.models import (
    LIFETIMES,
    EmailChange,
    Token,
    TokenPurpose,
    User,
    Viewer,
)
from gigflow.accounts.passwords import hash_password, password_problem
from gigflow.core.addresses import as_typed
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Invalid, NotSignedIn
from gigflow.core.ids import new_id
from gigflow.core.rules import Rules
from gigflow.mails import actions as mails
from gigflow.record import actions as record


def ask_reset(db: Db, email: str, now: datetime) -> None:
    """Post a letter with which the owner of this address can choose a new password.

    The account is only looked up when the letter is written, so the answer here takes as long and says the same whether
    or not there is one (SECURITY 7).
    """
    mails.post(db, "password_reset", key=f"password_reset:{new_id()}", data={"email": email}, now=now)


def user_of_token(db: Db, token: str, purpose: TokenPurpose, now: datetime) -> User | None:
    """Return whom a mailed token is for as long as it is valid, or None."""
    found = store.get_token(db, _digest(token), purpose, now)
    user = store.get_user(db, found.user_id) if found else None
    if found is None or user is None or user.disabled_at:
        return None
    asked = {
        "reset": user.email,
        "confirm": user.email if user.unconfirmed else None,
        "email": user.email_change.email if user.email_change else None,
    }
    return user if found.email == asked[purpose] else None


def use_token(tx: Tx, token: str) -> None:
    """Use up what a mailed token allows. Raises Invalid if it was used before."""
    if not store.take_token(tx, _digest(token)):
        raise run_out()


def confirmed(tx: Tx, user: User, now: datetime) -> None:
    """Let the account of `user` act from now on: somebody has read what was sent to its address."""
    if user.unconfirmed:
        store.set_confirmed(tx, user.id)
        tell_confirmed(tx, user.id, now)
        record.note(tx, "email_confirmed", now, by=user.id, user_id=user.id)


def tell_confirmed(tx: Tx, user_id: ObjectId, now: datetime) -> None:
    """Let what waits for the address of somebody to be confirmed be due."""
    for act in hooks.address_confirmed:
        act(tx, user_id, now)
    hooks.stands_otherwise(tx, user_id)


def reset_password(db: Db, token: str, password: str, *, rules: Rules, now: datetime) -> User:
    """Choose a new password by a mailed token, once; every device is signed out. Raises Invalid at `token` or
    `password`.
    """
    user = user_of_token(db, token, "reset", now)
    if user is None:
        raise run_out()
    _check_new_password(user, password, rules)
    password_hash = hash_password(password)

    def work(tx: Tx) -> None:
        use_token(tx, token)
        _set_password(tx, user, password_hash, "password_reset", now)
        confirmed(tx, user, now)
        store.revoke_sessions(tx, user.id, now)

    db.transact(work)
    return user


def change_password(
    db: Db, viewer: Viewer, user: User, password: str, *, keep_others: bool, rules: Rules, now: datetime
) -> SignedIn:
    """Give `user`, the viewer whose current password was just checked, a new one.

    This device gets new tokens and all others are signed out, unless they are to be kept: a copied cookie no longer
    works (SECURITY 2). Raises Invalid at `new_password`, Conflict if the password was changed in the meantime.
    """
    _check_new_password(user, password, rules, field="new_password")
    password_hash = hash_password(password)

    def work(tx: Tx) -> SignedIn:
        _set_password(tx, user, password_hash, "password_changed", now)
        if not keep_others:
            store.revoke_sessions(tx, user.id, now, besides=viewer.device_id)
        return renew_device(tx, viewer)

    return db.transact(work)


def ask_email_change(db: Db, user: User, email: str, now: datetime) -> None:
    """Post a letter to the new address of `user`, whose password was just checked; the address changes when its owner
    follows the link. Raises Invalid if it is the viewer's address already, Conflict if somebody else has it.
    """
    email = as_typed(email)
    if normal_email(email) == normal_email(user.email):
        raise Invalid({"email": ["This is already your address."]})
    if store.get_user_by_email(db, email):
        raise email_taken()
    asked = EmailChange(email=email, requested_at=now)

    def work(tx: Tx) -> None:
        changed = {"email_change": asked}
        if store.update_user(tx, user.id, changed, password_hash=user.password_hash) is None:
            raise password_changed()
        if user.unconfirmed:
            store.update_sessions(tx, user.id, {"unconfirmed": email})
        store.delete_tokens(tx, user.id, "email")
        mails.post(
            tx,
            "email_change",
            key=f"email_change:{new_id()}",
            data={"user_id": user.id, "email": email},
            now=now,
        )

    db.transact(work)


def cancel_email_change(db: Db, viewer: Viewer) -> None:
    """Stay with the old address: the letter on its way to the new one is no longer good for anything."""

    def work(tx: Tx) -> None:
        user = store.update_user(tx, viewer.user_id, {"email_change": None})
        if user is None:
            raise NotSignedIn
        if user.unconfirmed:
            store.update_sessions(tx, user.id, {"unconfirmed": user.address})
        store.delete_tokens(tx, viewer.user_id, "email")

    db.transact(work)


def confirm_email(db: Db, token: str, now: datetime) -> User:
    """Change to the new address that this token was mailed to. Raises Invalid, Conflict if it is taken."""
    user = user_of_token(db, token, "email", now)
    if user is None or user.email_change is None:
        raise run_out()
    email = user.email_change.email

    def work(tx: Tx) -> None:
        use_token(tx, token)
        if not store.set_email(tx, user.id, email):
            raise email_taken()
        confirmed(tx, user, now)
        # A reset that is on its way to the old address must no longer open the account.
        store.delete_tokens(tx, user.id)
        record.note(tx, "email_changed", now, by=user.id, user_id=user.id)
        tell_of(tx, user, "email_changed", now)

    db.transact(work)
    return user


def make_token(db: Db, user: User, purpose: TokenPurpose, email: str, now: datetime) -> str:
    """Make a new right to do one thing once, to be mailed to `email` and kept nowhere: 192 bits (SECURITY 7)."""
    token = secrets.token_urlsafe(24)
    lifetime = LIFETIMES[purpose]
    store.insert_token(
        db,
        Token(
            digest=_digest(token), user_id=user.id, purpose=purpose, email=email, expires_at=now + lifetime
        ),
    )
    return token


def tell_of(tx: Tx, user: User, event: str, now: datetime) -> None:
    """Post a letter about this to the address that `user` had when it happened, if that address is known to be
    theirs.
    """
    if user.unconfirmed:
        return
    mails.post(
        tx,
        event,
        key=f"{event}:{new_id()}",
        data={"email": user.address, "name": user.name},
        now=now,
    )


def password_changed() -> Conflict:
    """Return the refusal of what the old password would have allowed a moment ago."""
    return Conflict(
        "Your password has just been changed on another device. Please try again.",
        code="password_changed",
    )


def _set_password(tx: Tx, user: User, password_hash: str, event: str, now: datetime) -> None:
    """Replace the hash that was checked by the new one, and end what the old password may have begun."""
    changes = {"password_hash": password_hash, "email_change": None}
    if store.update_user(tx, user.id, changes, password_hash=user.password_hash) is None:
        raise password_changed()
    if user.unconfirmed:
        store.update_sessions(tx, user.id, {"unconfirmed": user.address})
    store.delete_tokens(tx, user.id)
    record.note(tx, event, now, by=user.id, user_id=user.id)
    tell_of(tx, user, "password_changed", now)


def _check_new_password(user: User, password: str, rules: Rules, field: str = "password") -> None:
    problem = password_problem(password, name=user.name, email=user.email, strict=rules.strict_passwords)
    if problem:
        raise Invalid({field: [problem]})


def run_out() -> Invalid:
    """Make the refusal of a link that no longer works."""
    return Invalid(
        {"token": ["This link has been used or has expired."]},
        "This link has been used or has expired. Please ask for a new one.",
        code="invalid_token",
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
