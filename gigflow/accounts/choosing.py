"""What people choose to be told of: where, and when letters go."""

from collections.abc import Callable
from datetime import datetime

from bson import ObjectId

from gigflow.accounts import store
from gigflow.accounts.devices import muted_events
from gigflow.accounts.hooks import chosen_otherwise
from gigflow.accounts.models import Choice, Hours, User, Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import NotSignedIn

AS_THEY_ARE: Hours = {}


def choose_notifications(
    db: Db, viewer: Viewer, choices: dict[str, Choice], now: datetime, hours: Hours = AS_THEY_ARE
) -> User:
    """Say of which events the viewer is told, and where, and at which `hours` letters go; others stay as they are.
    Every device knows at once. Raises NotSignedIn if the account is shut.
    """
    return change_choices(db, viewer.user_id, lambda user: choices, now, hours)


def change_choices(
    db: Db,
    user_id: ObjectId,
    change: Callable[[User], dict[str, Choice]],
    now: datetime,
    hours: Hours = AS_THEY_ARE,
) -> User:
    """Add what `change` makes of somebody's choices to the others. Raises NotSignedIn if the account is shut."""

    def work(tx: Tx) -> User:
        # Written before it is read, so that two changes come one after the other.
        user = store.update_user(tx, user_id, {"chosen_at": now})
        if user is None:
            raise NotSignedIn
        user.notify = {**user.notify, **change(user)}
        for name, chosen in hours.items():
            setattr(user, name, chosen)
        store.update_user(tx, user_id, {"notify": user.notify, **hours})
        store.update_sessions(tx, user_id, {"muted": muted_events(user)})
        for ask_again in chosen_otherwise:
            ask_again(tx, user_id, now)
        return user

    return db.transact(work)
