"""Somebody who got an offer and the person who sent it may write to each other."""

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.chat.models import About, Relation, pair_of
from gigflow.core.db import Db
from gigflow.offers import store


def receiver_and_sender(db: Db, viewer: Viewer, other_id: ObjectId, about: About) -> Relation | None:
    """Let people write to each other, about nothing in particular, one of whom has sent the other an offer, as
    far as the viewer knows: what the other has not seen counts for its sender. A freelancer and the admin who has sent
    them an offer for a request can write while it is open.
    """
    if about.kind != "person":
        return None
    me = viewer.user_id
    if store.is_asked_by(db, me, other_id) or store.is_asked_by(db, other_id, me):
        return "partner"
    known = store.have_offered(db, pair_of(viewer.user_id, other_id), viewer.user_id)
    return "stranger" if known else None
