"""Reading, accepting, declining and withdrawing offers (docs/domain.md, Offers and Requests)."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.admins import note_act
from gigflow.accounts.models import Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden, NotFound
from gigflow.core.green import KeyedQueues, Queue
from gigflow.core.ids import new_id
from gigflow.core.rules import Rules
from gigflow.files import actions as files
from gigflow.files.models import Subject
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import About
from gigflow.offers import ending, store
from gigflow.offers.events import OFFER_ACCEPTED, OFFER_DECLINED
from gigflow.offers.models import OFFER, Offer, OfferStatus
from gigflow.offers.turns import OVER
from gigflow.orders import actions as orders
from gigflow.orders.models import Order, Seen, Source, Terms
from gigflow.orders.room import check_unpaid
from gigflow.payments.actions import check_payable
from gigflow.payments.gateway import Gateway
from gigflow.record.models import Subject as Concerned
from gigflow.requests import outcomes
from gigflow.requests.actions import request_queues
from gigflow.requests.events import REQUEST_MATCHED

WITHDRAWN = "offer_withdrawn"  # in the record: by an admin
_offer_queues: KeyedQueues[bool] = KeyedQueues()


class Accepted(msgspec.Struct, frozen=True):
    """What an acceptance made: the offer and its order."""

    offer: Offer
    order: Order


def offer_for(db: Db, viewer: Viewer, offer_id: ObjectId) -> Offer:
    """Return an offer for its two people, and for admins if it was sent for a request. Raises NotFound, also if the
    reader may not know of it.
    """
    offer = store.get_offer(db, offer_id)
    if offer is None or not _may_know(viewer, offer):
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
    if not offer.is_open(now):
        return _accepted_before(db, viewer, offer, key, now)
    order_id = new_id()

    def work(tx: Tx) -> Accepted:
        # The request is the guard of all its offers; a direct offer is its own.
        request = outcomes.match(tx, offer.request_id, offer.id, order_id, now) if offer.request_id else None
        if offer.request_id and request is None:
            return _accepted_before(tx, viewer, offer_for(tx, viewer, offer.id), key, now)
        accepted = store.accept(tx, offer.id, viewer.user_id, order_id, key, now)
        if accepted is None:
            return _accepted_before(tx, viewer, offer_for(tx, viewer, offer.id), key, now)
        seen.check(accepted, "offer")
        if request and accepted.price_minor > request.budget_minor:
            raise Conflict("This offer is above the budget of its request.", code="over_budget")
        if viewer.unconfirmed:
            accounts.act(tx, viewer)  # they may have confirmed their address by now; else it refuses
        accounts.engage_both(tx, viewer.user_id, offer.other_than(viewer.user_id))
        check_payable(gateway, accepted.price_minor)
        if accepted.client_id == viewer.user_id:
            check_unpaid(tx, viewer, most_unpaid)
        order = _agree(tx, accepted, order_id, rules, now)
        notifications.end_news(tx, "offer", "accept", offer.path, now, reader=viewer.user_id)
        if request:
            ending.supersede_offers_of(tx, accepted, now)
            _tell_of_match(tx, accepted, order, viewer, rules, now)
            return Accepted(accepted, order)
        _tell_sender(tx, accepted, order, viewer, now)
        return Accepted(accepted, order)

    with turn_of(offer) as queue:
        if queue.note and not (current := offer_for(db, viewer, offer.id)).is_open(now):
            # One of a rush, behind the winner: no transaction is needed to refuse it.
            return _accepted_before(db, viewer, current, key, now)
        done = db.transact(work)
        queue.note = True
        return done


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
        _leave_request(tx, viewer, offer, now)
        changes = {"reason": reason, "wanted_minor": wanted_minor}
        declined = store.move(tx, offer, OFFER["decline"], now, changes, only_open=True)
        if declined is None:
            raise not_open(tx, viewer, offer_for(tx, viewer, offer.id), now)
        accounts.take_part(tx, viewer)
        notifications.end_news(tx, "offer", "decline", offer.path, now, reader=viewer.user_id)
        if offer.request_id:
            ending.tell_sender(tx, offer, "{actor} has declined the offer {title}.", now, actor=viewer)
            return declined
        text, where = "{actor} has declined your offer.", About(url=offer.path)
        notifications.tell(
            tx, OFFER_DECLINED, offer.sender_id, text, now, about=where, occurrence=offer.id, actor=viewer
        )
        return declined

    with turn_of(offer):
        return _once(db, viewer, offer, "declined", work)


def withdraw_offer(db: Db, viewer: Viewer, offer_id: ObjectId, now: datetime, *, note: str = "") -> Offer:
    """Withdraw an offer of the viewer's, or as an admin one that was sent for a request; what its receiver was told of
    it is over. Withdrawing it again changes nothing; the `note` says in the record why an admin did. Raises NotFound,
    Forbidden for its receiver, and Conflict if it has ended.
    """
    offer = sent_offer(db, viewer, offer_id)
    if offer.status == "withdrawn":
        return offer

    def work(tx: Tx) -> Offer:
        _leave_request(tx, viewer, offer, now)
        withdrawn = store.move(tx, offer, OFFER["withdraw"], now, {}, only_open=True)
        if withdrawn is None:
            raise not_open(tx, viewer, offer_for(tx, viewer, offer.id), now)
        notifications.end_news(tx, "offer", "withdraw", offer.path, now)
        if offer.request_id:
            ending.tell_withdrawn(tx, offer, now)
            before, after = {"status": offer.status}, {"status": withdrawn.status}
            about = Concerned("offer", offer.id)
            note_act(
                tx, viewer, WITHDRAWN, about, now, whose=offer.to_id, why=note, before=before, after=after
            )
        else:
            accounts.take_part(tx, viewer)
        return withdrawn

    with turn_of(offer):
        return _once(db, viewer, offer, "withdrawn", work)


def sent_offer(db: Db, viewer: Viewer, offer_id: ObjectId) -> Offer:
    """Return an offer for the person who sent it, or for an admin one that was sent for a request of somebody else.
    Raises NotFound, and Forbidden for others.
    """
    offer = offer_for(db, viewer, offer_id)
    if offer.request_id and viewer.is_admin and viewer.user_id != offer.to_id:
        if viewer.user_id == offer.client_id:
            text = "This request is your own. Another admin has to decide about it."
            raise Forbidden(text, code="own_request")
        return offer
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
    said = OVER.get(status, "This offer has changed since you opened it.")
    return Conflict(said, code="offer_expired" if status == "expired" else "offer_not_sent")


def may_read_files(db: Db, viewer: Viewer, offer_id: ObjectId) -> bool:
    """Return whether somebody may have the files of an offer: its two people may."""
    offer = store.get_offer(db, offer_id)
    return offer is not None and offer.is_shown_to(viewer.user_id)


def holds_offer(db: Db, viewer: Viewer, request_id: ObjectId) -> bool:
    """Return whether somebody has an offer of a request that is open or that they have accepted."""
    return store.holds_offer(db, request_id, viewer.user_id)


def open_offers_of(db: Db, ids: Sequence[ObjectId]) -> dict[ObjectId, int]:
    """Return how many offers wait for the answer of each of these people as a freelancer; those who have none are left
    out.
    """
    return store.count_open_of_each(db, ids)


def last_answers_of(db: Db, ids: Sequence[ObjectId], most: int) -> dict[ObjectId, list[Offer]]:
    """Return the last offers for requests that ended at each of these freelancers, the newest first."""
    found = {each: store.find_last_ended_of(db, each, most) for each in ids}
    return {each: offers for each, offers in found.items() if offers}


def asked_about(db: Db, request_id: ObjectId) -> set[ObjectId]:
    """Return who has an open offer of a request."""
    return {each.to_id for each in store.find_sent_of_request(db, request_id)}


def _may_know(viewer: Viewer, offer: Offer) -> bool:
    is_of_house = offer.request_id is not None and viewer.is_admin
    return offer.is_shown_to(viewer.user_id) or is_of_house


def turn_of(offer: Offer) -> AbstractContextManager[Queue[bool]]:
    """Wait inside this process for one's turn with an offer; those of one request share a queue. Its note says that one
    was accepted.
    """
    return request_queues.turn(offer.request_id) if offer.request_id else _offer_queues.turn(offer.id)


def _once(db: Db, viewer: Viewer, offer: Offer, status: OfferStatus, work: Callable[[Tx], Offer]) -> Offer:
    """Run the transaction that ends an offer; if something else has ended it so at the same moment, return it as it
    is, like a repeat.
    """
    try:
        return db.transact(work)
    except Conflict:
        current = offer_for(db, viewer, offer.id)
        if current.status == status:
            return current
        raise


def _leave_request(tx: Tx, viewer: Viewer, offer: Offer, now: datetime) -> None:
    """Note that an offer ends without an order, at the request that it is for: first in the transaction. Raises
    Conflict if the offer has ended.
    """
    try:
        ending.leave_request(tx, offer, now)
    except Conflict as error:
        raise not_open(tx, viewer, offer_for(tx, viewer, offer.id), now) from error


def _tell_sender(tx: Tx, accepted: Offer, order: Order, receiver: Viewer, now: datetime) -> None:
    """Tell the one who sent a direct offer that it was accepted, and what comes next."""
    text = (
        "{actor} has accepted your offer. You can start once it is paid."
        if accepted.client_id == accepted.to_id
        else "{actor} has accepted your offer. Pay, and the work begins."
    )
    about = About(url=order.path, gig_title=order.terms.title, order_id=order.id)
    notifications.tell(
        tx, OFFER_ACCEPTED, accepted.sender_id, text, now, about=about, occurrence=accepted.id, actor=receiver
    )


def _tell_of_match(
    tx: Tx, accepted: Offer, order: Order, freelancer: Viewer, rules: Rules, now: datetime
) -> None:
    """Tell the client of a request, and the admin who sent the offer, that a freelancer has taken it on."""
    text = "{actor} takes on {title} for {price}. Pay, and the work begins."
    price = {"price": rules.currency.format(accepted.price_minor)}
    about, occurrence = order.about, accepted.id
    notifications.tell(
        tx,
        REQUEST_MATCHED,
        accepted.client_id,
        text,
        now,
        about=about,
        occurrence=occurrence,
        actor=freelancer,
        slots=price,
    )
    ending.tell_sender(tx, accepted, "{actor} has accepted the offer {title}.", now, actor=freelancer)


def _accepted_before(db: Db, viewer: Viewer, offer: Offer, key: str | None, now: datetime) -> Accepted:
    """Return the answer of the acceptance that won, if this is its own repeat: `offer` was just read. Raises Conflict
    otherwise.
    """
    if key and offer.status == "accepted" and offer.accept_key == key and offer.order_id:
        return Accepted(offer, orders.order_for(db, viewer, offer.order_id))
    raise not_open(db, viewer, offer, now)


def _agree(tx: Tx, offer: Offer, order_id: ObjectId, rules: Rules, now: datetime) -> Order:
    """Make the order of an accepted offer; its files become the order's too."""
    source = Subject("request", offer.request_id) if offer.request_id else Subject("offer", offer.id)
    files.share(tx, offer.file_ids, source, Subject("order", order_id))
    by_client = offer.author_side == "client"
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
