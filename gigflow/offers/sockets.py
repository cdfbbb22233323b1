"""Who may know of an offer sees what becomes of it while they look at it (docs/api.md, Socket.IO: `watch`, `offer`)."""

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db
from gigflow.offers import actions, store
from gigflow.web.watches import Standing, Watchable


def _circle_of(db: Db, viewer: Viewer | None, offer_id: ObjectId) -> str | None:
    return "inner" if viewer and actions.offer_for(db, viewer, offer_id) else None


def _standing_of(db: Db, offer_id: ObjectId, circle: str | None) -> Standing | None:
    offer = store.get_offer(db, offer_id) if circle else None
    return Standing(offer.status, offer.status) if offer else None


WATCHED = Watchable("offer", store.OFFERS, ("inner",), _circle_of, _standing_of)
