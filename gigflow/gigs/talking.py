"""Who may write to the owner of a job or a service, and what a conversation about one shows of it."""

from collections.abc import Collection, Mapping

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.chat.models import About, Relation, Thing
from gigflow.core.db import Db
from gigflow.gigs import owned, store
from gigflow.gigs.models import LISTED


def with_owner(db: Db, viewer: Viewer, other_id: ObjectId, about: About) -> Relation | None:
    """Let everybody write to the owner of an open job or a live service about it, and to somebody who has any of them
    listed.
    """
    if about.kind == "gig" and about.id:
        gig = store.get_gig(db, about.id)
        is_listed = gig is not None and gig.owner_id == other_id and gig.status in LISTED.values()
        return "stranger" if is_listed else None
    if about.kind == "person":
        return "stranger" if owned.has_listed(db, other_id, LISTED.values()) else None
    return None


def things(db: Db, ids: Collection[ObjectId]) -> Mapping[ObjectId, Thing]:
    """Return what these jobs and services are called, and where their pages are."""
    found = store.find_brief(db, ids)
    return {gig.id: Thing(title=gig.title, path=gig.path) for gig in found}
