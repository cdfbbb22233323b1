"""Those who got an offer are reminded of it before it expires."""

from datetime import datetime
from functools import partial

from bson import ObjectId

from gigflow.core.clock import how_soon
from gigflow.core.db import Db, Tx
from gigflow.core.each import Each
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import About
from gigflow.offers import store
from gigflow.offers.events import OFFER_REMINDER

_reminding = Each("The reminder of offer")
REMINDED_AT_ONCE = 200


def remind_of_offers(db: Db, now: datetime) -> int:
    """Remind those who got an offer that expires soon and have not answered it; returns how many were."""

    def remind(offer_id: ObjectId) -> bool:
        return db.transact(partial(_remind, offer_id=offer_id, now=now))

    return _reminding.do(partial(store.find_to_remind, db, now), remind, now, REMINDED_AT_ONCE)


def _remind(tx: Tx, offer_id: ObjectId, now: datetime) -> bool:
    offer = store.take_reminder(tx, offer_id, now)
    if offer is None or not offer.is_open(now):
        return offer is not None
    # As everywhere, a stranger's words stand on the page alone.
    text = (
        "The offer {title} waits for your answer. It expires {when}."
        if offer.request_id
        else "An offer waits for your answer. It expires {when}."
    )
    notifications.tell(
        tx,
        OFFER_REMINDER,
        offer.to_id,
        text,
        now,
        about=About(url=offer.path, gig_title=offer.title if offer.request_id else None),
        occurrence=offer.id,
        slots={"when": how_soon(offer.expires_at, now)},
    )
    return True
