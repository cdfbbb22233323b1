"""An account can act, and is sent other people's words, once its address was confirmed by a letter (SECURITY 9b)."""

from datetime import datetime
from functools import partial

from bson import ObjectId

from gigflow.accounts import store
from gigflow.accounts.actions import ask_confirmation, own_user
from gigflow.accounts.credentials import confirmed, run_out, tell_confirmed, use_token, user_of_token
from gigflow.accounts.models import User, Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict
from gigflow.core.ids import new_id
from gigflow.mails import actions as mails
from gigflow.record import actions as record

AT_ONCE = 100


def user_to_confirm(db: Db, viewer: Viewer) -> User:
    """Return the viewer's own account, which is not confirmed. Raises Conflict if it is."""
    user = own_user(db, viewer)
    if not user.unconfirmed:
        raise Conflict("Your e-mail address is already confirmed.", code="already_confirmed")
    return user


def send_again(db: Db, user: User, now: datetime) -> None:
    """Send another letter that confirms the address of `user`, or the new address if they asked to change it."""
    if user.email_change:
        data = {"user_id": user.id, "email": user.email_change.email}
        mails.post(db, "email_change", key=f"email_change:{new_id()}", data=data, now=now)
    else:
        ask_confirmation(db, user, now)


def confirm_address(db: Db, token: str, now: datetime) -> User:
    """Confirm the address that this token was mailed to. Raises Invalid."""
    user = user_of_token(db, token, "confirm", now)
    if user is None:
        raise run_out()

    def work(tx: Tx) -> None:
        use_token(tx, token)
        confirmed(tx, user, now)

    db.transact(work)
    return user


def confirm_all(db: Db, now: datetime) -> None:
    """Let every account act that waits for its letter: this installation no longer asks for confirmation."""
    while waiting := store.find_unconfirmed(db, AT_ONCE):
        for user_id in waiting:
            db.transact(partial(_confirm, user_id=user_id, now=now))


def _confirm(tx: Tx, user_id: ObjectId, now: datetime) -> None:
    store.set_confirmed(tx, user_id)
    tell_confirmed(tx, user_id, now)
    record.note(tx, "confirmation_lifted", now, via=record.MACHINE, user_id=user_id)
