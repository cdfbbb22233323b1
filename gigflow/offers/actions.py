"""Offers between two people: reading, accepting, declining and withdrawing them (docs/domain.md, Offers)."""

from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden, NotFound
from gigflow.core.ids import new_id
from gigflow.core.rules import Rules
from gigflow.files import actions as files
from gigflow.files.models import Subject
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import About
from gigflow.offers import store
from gigflow.offers.events import OFFER_ACCEPTED, OFFER_DECLINED
from gigflow.offers.models import OFFER, Offer
from gigflow.orders import actions as orders
from gigflow.orders.models import Order, Seen, Source, Terms
from gigflow.orders.room import check_unpaid
from gigflow.payments.actions import check_payable
from gigflow.payments.gateway import Gateway

_OVER = {
    "accepted": "This offer was accepted.",
    "declined": "This offer was declined.",
    "countered": "This offer was answered with other terms.",
    "withdrawn": "This offer was withdrawn.",
    "expired": "This offer has expired.",
    "void": "This offer ended because an account was closed.",
    "called_off": "The order of this offer was cancelled before it was paid.",
}


class Accepted(msgspec.Struct, frozen=True):
    """What an acceptance made: the offer and its order."""

    offer: Offer
    order: Order


def offer_for(db: Db, viewer: Viewer, offer_id: ObjectId) -> Offer:
    """Return an offer for its two people. Raises NotFound, also if the reader may not know of it."""
    offer = store.get_offer(db, offer_id)
    if offer is None or not offer.is_shown_to(viewer.user_id):
        raise NotFound("There is no such offer.", code="offer_not_found", hides=offer is not None)
    return offer


def received_offer(db: Db, viewer: Viewer, offer_id: ObjectId) -> Offer:
    """Return an offer for the person who got it. Raises NotFound, and Forbidden for its sender."""
    offer = offer_for(db, viewer, offer_id)
    if offer.to_id != viewer.user_id:
        raise Forbidden("Only the person who got this offer can do that.", code="not_receiver")
    return offer


def accept_offer(
    db: Db,
    viewer: Viewer,
    offer_id: ObjectId,
    *,
    seen: Seen,
    key: str | None,
    rules: Rules,
    gateway: Gateway | None,
    now: datetime,
    most_unpaid: int | None = None,
) -> Accepted:
    """Accept an offer: of everything that happens to it at the same moment one comes first, and the order is made in
    the same transaction. A repeat that carries the same `key` gets the same answer again.

    Raises NotFound, Forbidden for its sender, and Conflict: if it can no longer be accepted, an account is closed, its
    price is not the one that was `seen`, the provider takes no such amount, or `most_unpaid` orders wait for the
    viewer's payment.
    """
    offer = received_offer(db, viewer, offer_id)
    order_id = new_id()

    def work(tx: Tx) -> Accepted:
        accepted = store.accept(tx, offer.id, viewer.user_id, order_id, key, now)
        if accepted is None:
            return _accepted_before(tx, viewer, offer.id, key, now)
        seen.check(accepted, "offer")
        sender = accounts.get_user(tx, offer.sender_id)
        me = accounts.act(tx, viewer)
        accounts.engage_both(tx, viewer.user_id, offer.sender_id)
        assert sender is not None
        check_payable(gateway, accepted.price_minor)
        if accepted.client_id == viewer.user_id:
            check_unpaid(tx, viewer, most_unpaid)
        order = _agree(tx, accepted, order_id, rules, now)
        notifications.end_news(tx, "offer", "accept", offer.path, now, reader=viewer.user_id)
        by_client = accepted.client_id == viewer.user_id
        text = (
            "{actor} has accepted your offer. You can start once it is paid."
            if by_client
            else "{actor} has accepted your offer. Pay, and the work begins."
        )
        about = About(url=order.path, gig_title=order.terms.title, order_id=order.id)
        notifications.tell(
            tx, OFFER_ACCEPTED, offer.sender_id, text, now, about=about, occurrence=offer.id, actor=me
        )
        return Accepted(accepted, order)

    return db.transact(work)


def decline_offer(
    db: Db, viewer: Viewer, offer_id: ObjectId, reason: str, wanted_minor: int | None, now: datetime
) -> Offer:
    """Decline an offer, with a reason and the price that would do, if the viewer names them. Declining it again changes
    nothing. Raises NotFound, Forbidden for its sender, and Conflict if it has ended.
    """
    offer = received_offer(db, viewer, offer_id)
    if offer.status == "declined":
        return offer

    def work(tx: Tx) -> Offer:
        changes = {"reason": reason, "wanted_minor": wanted_minor}
        declined = store.move(tx, offer, OFFER["decline"], now, changes, only_open=True)
        if declined is None:
            raise not_open(tx, viewer, offer_for(tx, viewer, offer.id), now)
        accounts.take_part(tx, viewer)
        notifications.end_news(tx, "offer", "decline", offer.path, now, reader=viewer.user_id)
        text, where = "{actor} has declined your offer.", About(url=offer.path)
        notifications.tell(
            tx, OFFER_DECLINED, offer.sender_id, text, now, about=where, occurrence=offer.id, actor=viewer
        )
        return declined

    return db.transact(work)


def withdraw_offer(db: Db, viewer: Viewer, offer_id: ObjectId, now: datetime) -> Offer:
    """Withdraw an offer of the viewer's; what its receiver was told of it is over. Withdrawing it again changes
    nothing. Raises NotFound, Forbidden for its receiver, and Conflict if it has ended.
    """
    offer = sent_offer(db, viewer, offer_id)
    if offer.status == "withdrawn":
        return offer

    def work(tx: Tx) -> Offer:
        withdrawn = store.move(tx, offer, OFFER["withdraw"], now, {}, only_open=True)
        if withdrawn is None:
            raise not_open(tx, viewer, offer_for(tx, viewer, offer.id), now)
        accounts.take_part(tx, viewer)
        notifications.end_news(tx, "offer", "withdraw", offer.path, now)
        return withdrawn

    return db.transact(work)


def sent_offer(db: Db, viewer: Viewer, offer_id: ObjectId) -> Offer:
    """Return an offer for the person who sent it. Raises NotFound, and Forbidden for its receiver."""
    offer = offer_for(db, viewer, offer_id)
    if offer.sender_id != viewer.user_id:
        raise Forbidden("Only the person who sent this offer can do that.", code="not_sender")
    return offer


def check_open(db: Db, viewer: Viewer, offer: Offer, now: datetime) -> None:
    """Raise Conflict if an offer can no longer be answered."""
    if not offer.is_open(now):
        raise not_open(db, viewer, offer, now)


def not_open(db: Db, viewer: Viewer, offer: Offer, now: datetime) -> Conflict:
    """Return why nothing can be done with an offer any longer."""
    status = offer.shown_status(now)
    said = _OVER.get(status, "This offer has changed since you opened it.")
    return Conflict(said, code="offer_expired" if status == "expired" else "offer_not_sent")


def may_read_files(db: Db, viewer: Viewer, offer_id: ObjectId) -> bool:
    """Return whether somebody may have the files of an offer: its two people may."""
    offer = store.get_offer(db, offer_id)
    return offer is not None and offer.is_shown_to(viewer.user_id)


def _accepted_before(tx: Tx, viewer: Viewer, offer_id: ObjectId, key: str | None, now: datetime) -> Accepted:
    """Return the answer of the acceptance that won, if this is its own repeat. Raises Conflict otherwise."""
    offer = offer_for(tx, viewer, offer_id)
    if key and offer.status == "accepted" and offer.accept_key == key and offer.order_id:
        return Accepted(offer, orders.order_for(tx, viewer, offer.order_id))
    raise not_open(tx, viewer, offer, now)


def _agree(tx: Tx, offer: Offer, order_id: ObjectId, rules: Rules, now: datetime) -> Order:
    """Make the order of an accepted offer; its files become the order's too."""
    files.share(tx, offer.file_ids, Subject("offer", offer.id), Subject("order", order_id))
    by_client = offer.sender_side == "client"
    terms = Terms(
        title=offer.title,
        text=offer.description,
        message=offer.note,
        price_minor=offer.price_minor,
        delivery_days=None if offer.due_at else offer.days,
        due_at=offer.due_at,
        revisions=offer.revisions,
        file_ids=offer.file_ids if by_client else [],
        message_file_ids=[] if by_client else offer.file_ids,
    )
    return orders.agree(
        tx,
        order_id=order_id,
        source=Source("offer", offer.id),
        gig_id=None,
        client_id=offer.client_id,
        freelancer_id=offer.freelancer_id,
        terms=terms,
        category=offer.category,
        rules=rules,
        now=now,
        by=offer.side_of(offer.to_id),
        fee_basis_points=offer.fee_basis_points,
    )
