"""Whom one person may turn to with an invitation or an offer."""

from bson import ObjectId

from gigflow.accounts.models import User, Viewer
from gigflow.chat import pairs
from gigflow.core.db import Db
from gigflow.orders import listing, talking


def may_turn_to(db: Db, viewer: Viewer, user: User) -> bool:
    """Return whether the viewer may turn to somebody as a client: everybody may to those who are listed among
    freelancers, and people who share an order or a conversation in which both wrote may to each other.
    """
    return (
        (user.listed and not user.unconfirmed)
        or talking.share_an_order(db, viewer.user_id, user.id)
        or pairs.have_talked(db, viewer, user.id)
    )


def has_turned_to(db: Db, client_id: ObjectId, freelancer_id: ObjectId) -> bool:
    """Return whether somebody has written to a freelancer, or has had an order with them as a client."""
    return pairs.has_written_to(db, client_id, freelancer_id) or listing.has_ordered_from(
        db, client_id, freelancer_id
    )
