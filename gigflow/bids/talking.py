"""Who may write to each other because one has bid on a job of the other."""

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.bids import store
from gigflow.chat.models import About, Relation
from gigflow.core.db import Db
from gigflow.gigs import actions as gigs


def bidder_and_owner(db: Db, viewer: Viewer, other_id: ObjectId, about: About) -> Relation | None:
    """Let the owner of a job and everybody who has bid on it write to each other about it; and about anything, people
    one of whom has bid on a job of the other.
    """
    sides = ((viewer.user_id, other_id), (other_id, viewer.user_id))
    if about.kind == "gig" and about.id:
        gig_ids = {about.id}
        shares = any(
            gigs.owns_any(db, owner, gig_ids) and store.get_bid_of(db, about.id, bidder)
            for owner, bidder in sides
        )
    elif about.kind == "person":
        shares = any(gigs.owns_any(db, owner, store.find_gigs_bid_on(db, bidder)) for owner, bidder in sides)
    else:
        return None
    return "partner" if shares else None
