"""What two people have had to do with each other, for features in which one of them turns to the other."""

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.chat import pair_store
from gigflow.core.db import Db, Tx


def is_blocked_by(tx: Tx, viewer: Viewer, other_id: ObjectId) -> bool:
    """Return whether another person, to whom the viewer turns in this transaction, has blocked them. It writes the
    pair, as blocking does, so that one of the two comes first. The viewer is told nothing of it.
    """
    return other_id in pair_store.write_pair(tx, viewer.user_id, other_id).blocked_by


def have_talked(db: Db, viewer: Viewer, other_id: ObjectId) -> bool:
    """Return whether the viewer and another person have both written in a conversation of theirs."""
    return pair_store.have_both_written(db, viewer.user_id, other_id)
