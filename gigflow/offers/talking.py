"""Somebody who got an offer may write to the person who sent it."""

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.chat.models import About, Relation, pair_of
from gigflow.core.db import Db
from gigflow.offers import store


def receiver_and_sender(db: Db, viewer: Viewer, other_id: ObjectId, about: About) -> Relation | None:
    """Let people write to each other, about nothing in particular, one of whom has sent the other an offer, as
    far as the viewer knows: what the other has not seen counts for its sender.
    """
    if about.kind != "person":
        return None
    known = store.have_offered(db, pair_of(viewer.user_id, other_id), viewer.user_id)
    return "stranger" if known else None
