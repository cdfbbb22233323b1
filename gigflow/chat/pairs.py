"""What two people have had to do with each other, for features in which one of them turns to the other."""

from collections.abc import Collection

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.chat import pair_store
from gigflow.chat.models import pair_of
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict


def is_blocked_by(tx: Tx, viewer: Viewer, other_id: ObjectId) -> bool:
    """Return whether another person, to whom the viewer turns in this transaction, has blocked them. It writes the
    pair, as blocking does, so that one of the two comes first. The viewer is told nothing of it. Raises Conflict if
    they have blocked that person themselves: the answer would be hidden from them.
    """
    blocked_by = pair_store.write_pair(tx, viewer.user_id, other_id).blocked_by
    if viewer.user_id in blocked_by:
        raise Conflict("You blocked this person. Unblock them first.", code="you_blocked")
    return other_id in blocked_by


def blocked_among(db: Db, user_id: ObjectId, others: Collection[ObjectId]) -> set[ObjectId]:
    """Return those of these others who have blocked this person, or whom this person has blocked."""
    pairs = {pair_of(user_id, each): each for each in others}
    return {pairs[pair] for pair in pair_store.find_blocked_pairs(db, pairs)}


def has_written_to(db: Db, writer_id: ObjectId, reader_id: ObjectId) -> bool:
    """Return whether somebody has written in a conversation with another person."""
    return pair_store.has_written(db, writer_id, reader_id)


def have_talked(db: Db, viewer: Viewer, other_id: ObjectId) -> bool:
    """Return whether the viewer and another person have both written in a conversation of theirs."""
    return pair_store.have_both_written(db, viewer.user_id, other_id)
