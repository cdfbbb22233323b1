"""How offers end without an answer: by time, by a block, with their request, because one side leaves, or with an order
that nobody paid.
"""

from collections.abc import Collection
from datetime import datetime
from functools import partial

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User, Viewer
from gigflow.accounts.parts import Done
from gigflow.chat.models import pair_of
from gigflow.core.db import Db, Tx
from gigflow.core.each import Each
from gigflow.files import actions as files
from gigflow.files.models import Subject
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import About
from gigflow.offers import store
from gigflow.offers.events import OFFER_ANSWERED, OFFER_ENDED, OFFER_RECEIVED, OFFER_REMINDER
from gigflow.offers.models import OFFER, Offer
from gigflow.orders.models import EndedBy, Order, Side
from gigflow.requests import outcomes
from gigflow.requests.models import Request

_expiring = Each("The expiry of offer")
EXPIRED_AT_ONCE = 200


def expire_offers(db: Db, now: datetime) -> int:
    """Let the offers expire whose time has come, and tell those who sent them; returns how many did."""

    def expire(offer_id: ObjectId) -> bool:
        return db.transact(partial(_expire, offer_id=offer_id, now=now))

    return _expiring.do(partial(store.find_expired, db, now), expire, now, EXPIRED_AT_ONCE)


def _expire(tx: Tx, offer_id: ObjectId, now: datetime) -> bool:
    offer = store.get_offer(tx, offer_id)
    if offer is None or offer.shown_status(now) != "expired" or offer.status == "expired":
        return False
    leave_request(tx, offer, now)
    return expire_offer(tx, offer, now)


def expire_offer(tx: Tx, offer: Offer, now: datetime) -> bool:
    """Note that an offer has expired, and tell its sender; returns False if it has ended otherwise."""
    if store.expire(tx, offer.id, now) is None:
        return False
    notifications.end_news(tx, "offer", "expire", offer.path, now)
    if offer.request_id:
        tell_sender(tx, offer, "An offer for {title} has expired without an answer.", now)
    else:
        _tell_ended(tx, offer, offer.sender_id, "Your offer has expired without an answer.", now)
    return True


def offers_left(tx: Tx, user: User, limit: int) -> list[ObjectId]:
    """Return offers from or to somebody who leaves that have not ended, at most `limit`."""
    return store.find_sent_of(tx, user.id, limit)


def void_offer_of(tx: Tx, user: User, offer_id: ObjectId, now: datetime) -> bool:
    """End an offer from or to somebody who is shut out or leaves, and tell the other one. If its time has come, it has
    expired.
    """
    offer = store.get_offer(tx, offer_id)
    assert offer is not None
    if not offer.is_open(now):
        return _expire(tx, offer_id, now)
    leave_request(tx, offer, now)
    ended = store.move(tx, offer, OFFER["void"], now, {})
    if ended is None:
        return False
    notifications.end_news(tx, "offer", "void", offer.path, now)
    if offer.request_id:
        tell_sender(tx, offer, "An offer for {title} has ended, because an account was closed.", now)
    elif not (offer.hidden and user.id == offer.sender_id):
        other = offer.other_than(user.id)
        _tell_ended(tx, offer, other, "An offer has ended, because the other account was closed.", now)
    return True


def end_with_block(tx: Tx, viewer: Viewer, other_id: ObjectId, now: datetime) -> None:
    """Withdraw what somebody has offered to a person whom they have blocked, and hide from them what came from there:
    that one is told nothing.
    """
    pair = pair_of(viewer.user_id, other_id)
    for offer in store.find_sent_between(tx, pair):
        if not offer.is_open(now):
            _expire(tx, offer.id, now)
        elif offer.sender_id == viewer.user_id:
            store.move(tx, offer, OFFER["withdraw"], now, {})
            notifications.end_news(tx, "offer", "withdraw", offer.path, now)
        else:
            for event in (OFFER_RECEIVED, OFFER_REMINDER):
                fact = (event, offer.id, viewer.user_id)
                notifications.end_news(tx, "offer", "hide", offer.path, now, fact=fact)
    store.hide_between(tx, pair, viewer.user_id)


def call_off_offer(tx: Tx, order: Order, by: EndedBy, gone: Collection[Side], now: datetime) -> None:
    """Note that the order of an offer ended before it was paid; its request learns of it."""
    offer = store.call_off(tx, order.source.id, now)
    if offer and offer.request_id:
        outcomes.order_ended_unpaid(tx, offer.request_id, order, by, gone, now)


def keep_offer(tx: Tx, order: Order, now: datetime) -> None:
    """Leave an offer accepted when its order is over; its request is over with it."""
    offer = store.get_offer(tx, order.source.id)
    if offer and offer.request_id:
        outcomes.order_finished(tx, offer.request_id, order, now)


def withdraw_offers_of(tx: Tx, request: Request, now: datetime) -> None:
    """Withdraw the open offers of a request that was taken back or cancelled, and tell those who got them."""
    for offer in store.find_sent_of_request(tx, request.id):
        if offer.is_open(now):
            store.move(tx, offer, OFFER["withdraw"], now, {})
            notifications.end_news(tx, "offer", "withdraw", offer.path, now)
            tell_withdrawn(tx, offer, now)
        else:
            expire_offer(tx, offer, now)


def supersede_offers_of(tx: Tx, accepted: Offer, now: datetime) -> None:
    """End the other open offers of a request that one freelancer has accepted, and tell those who got them."""
    assert accepted.request_id is not None
    for offer in store.find_sent_of_request(tx, accepted.request_id):
        if offer.is_open(now):
            store.move(tx, offer, OFFER["supersede"], now, {})
            notifications.end_news(tx, "offer", "supersede", offer.path, now)
            _tell_ended(tx, offer, offer.to_id, "Another freelancer was quicker to accept {title}.", now)
        else:
            expire_offer(tx, offer, now)


def leave_request(tx: Tx, offer: Offer, now: datetime) -> None:
    """Note that an offer ends without an order, at the request that it is for, if it is for one: first in the
    transaction. Raises Conflict if the request is no longer assigned.
    """
    if offer.request_id:
        outcomes.lose_offer(tx, offer.request_id, now)


def tell_sender(tx: Tx, offer: Offer, text: str, now: datetime, *, actor: Viewer | None = None) -> None:
    """Tell the admin who sent an offer for a request, as long as they are one, what became of it."""
    if offer.sender_id in accounts.admins(tx):
        where = About(url=f"/requests/{offer.request_id}", gig_title=offer.title)
        notifications.tell(
            tx, OFFER_ANSWERED, offer.sender_id, text, now, about=where, occurrence=offer.id, actor=actor
        )


def tell_withdrawn(tx: Tx, offer: Offer, now: datetime) -> None:
    """Tell a freelancer that an offer for a request was withdrawn."""
    _tell_ended(tx, offer, offer.to_id, "The offer {title} was withdrawn.", now)


def forget_words_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Forget the words and files of offers that came to no order, by both sides, if one leaves for good."""
    if not user.deleted_at:
        return Done(0, more=False)
    count, known = store.forget_words_of(tx, user.id, limit)
    for offer_id, file_ids in known.items():
        files.release(tx, file_ids, Subject("offer", offer_id), now)
    return Done(count, more=count >= limit)


def _tell_ended(tx: Tx, offer: Offer, to: ObjectId, text: str, now: datetime) -> None:
    where = About(url=offer.path, gig_title=offer.title if offer.request_id else None)
    notifications.tell(tx, OFFER_ENDED, to, text, now, about=where, occurrence=offer.id)
