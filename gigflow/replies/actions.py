"""Saving replies, changing and deleting them."""

from datetime import datetime
from typing import Any

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User, Viewer
from gigflow.accounts.parts import Done
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, NotFound
from gigflow.core.ids import new_id
from gigflow.replies import store
from gigflow.replies.models import SAVED_MAX, SavedReply


def saved_replies(db: Db, viewer: Viewer) -> list[SavedReply]:
    """Return the viewer's saved replies, by their titles."""
    return sorted(store.find_replies(db, viewer.user_id), key=lambda reply: reply.title.casefold())


def saved_reply(db: Db, viewer: Viewer, reply_id: ObjectId) -> SavedReply:
    """Return one of the viewer's saved replies. Raises NotFound, also if it is somebody else's."""
    return _found(store.get_reply(db, viewer.user_id, reply_id))


def save_reply(db: Db, viewer: Viewer, title: str, text: str, now: datetime) -> SavedReply:
    """Save a reply. Raises EmailNotConfirmed, and Conflict if the viewer has as many as one may have."""
    reply = SavedReply(
        id=new_id(), user_id=viewer.user_id, title=title, text=text, created_at=now, updated_at=now
    )

    def work(tx: Tx) -> None:
        accounts.act(tx, viewer, accounts.COUNTED)
        store.insert_reply(tx, reply)
        if store.count_replies(tx, viewer.user_id) > SAVED_MAX:
            raise Conflict(
                f"You have {SAVED_MAX} saved replies. Delete one to save another.", code="too_many_replies"
            )

    with accounts.turn_of(viewer, counted=True):
        db.transact(work)
    return reply


def change_reply(
    db: Db, viewer: Viewer, reply_id: ObjectId, changes: dict[str, Any], now: datetime
) -> SavedReply:
    """Give one of the viewer's saved replies another title or text. Raises NotFound."""
    return _found(store.change_reply(db, viewer.user_id, reply_id, {**changes, "updated_at": now}))


def delete_reply(db: Db, viewer: Viewer, reply_id: ObjectId) -> SavedReply:
    """Delete one of the viewer's saved replies, and return it as it was. Raises NotFound."""
    return _found(store.take_reply(db, viewer.user_id, reply_id))


def forget_replies_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Forget the saved replies of somebody who leaves for good: there are few of them."""
    return Done(store.delete_all_of(tx, user.id) if user.deleted_at else 0, more=False)


def _found(reply: SavedReply | None) -> SavedReply:
    if reply is None:
        raise NotFound("There is no such saved reply.", code="reply_not_found")
    return reply
