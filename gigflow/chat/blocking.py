"""Blocking somebody, silently: what they send gets its number and stays with them."""

from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person, Viewer
from gigflow.chat import block_store, hooks
from gigflow.chat.models import BLOCKED_MAX, pair_of
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden, Invalid, NotFound
from gigflow.notifications import actions as notifications


class Blocked(msgspec.Struct, frozen=True):
    """Somebody whom the viewer has blocked."""

    id: ObjectId
    person: Person | None


def block(db: Db, viewer: Viewer, other_id: ObjectId, now: datetime) -> None:
    """Let nothing that another person writes reach the viewer, who is told of none of it; the other is told nothing.
    Blocking again changes nothing. Raises NotFound, Invalid, Forbidden for admins, and Conflict while the two have an
    order under way.
    """
    _check(db, viewer, other_id)
    pair = pair_of(viewer.user_id, other_id)

    def work(tx: Tx) -> None:
        block_store.block_conversations(tx, pair, viewer.user_id, other_id)
        if block_store.note_block(tx, pair, viewer.user_id):
            told = block_store.find_told(tx, pair, viewer.user_id)
            notifications.mark_read(tx, viewer.user_id, told, now)
            for act in hooks.blocked:
                act(tx, viewer, other_id, now)

    db.transact(work)


def unblock(db: Db, viewer: Viewer, other_id: ObjectId) -> None:
    """Let another person reach the viewer again. What they sent in the meantime stays hidden; unblocking somebody who
    is not blocked changes nothing.
    """
    pair = pair_of(viewer.user_id, other_id)

    def work(tx: Tx) -> None:
        block_store.unblock_conversations(tx, pair, viewer.user_id)
        block_store.end_block(tx, pair, viewer.user_id)

    db.transact(work)


def blocked_ids(db: Db, viewer: Viewer) -> list[ObjectId]:
    """Return the ids of those whom the viewer has blocked."""
    pairs = block_store.find_blocked(db, viewer.user_id, BLOCKED_MAX)
    return [ObjectId(each) for pair in pairs for each in pair.id.split(":") if each != str(viewer.user_id)]


def blocked_people(db: Db, viewer: Viewer) -> list[Blocked]:
    """Return whom the viewer has blocked."""
    ids = blocked_ids(db, viewer)
    people = accounts.people(db, ids) if ids else {}
    return [Blocked(each, people.get(each)) for each in ids]


def _check(db: Db, viewer: Viewer, other_id: ObjectId) -> None:
    if other_id == viewer.user_id:
        raise Invalid({"user_id": ["You cannot block yourself."]})
    other = accounts.get_user(db, other_id)
    if other is None:
        raise NotFound("There is no such person.", code="user_not_found")
    if other.is_admin:
        raise Forbidden("Admins of this site cannot be blocked.", code="is_admin")
    for obstacle in hooks.obstacle_to_blocking:
        if sentence := obstacle(db, viewer, other_id):
            raise Conflict(sentence, code="order_under_way")
    if block_store.count_blocked(db, viewer.user_id, BLOCKED_MAX) >= BLOCKED_MAX:
        raise Conflict(
            f"You have blocked {BLOCKED_MAX:,} people. Unblock one first.", code="too_many_blocked"
        )
