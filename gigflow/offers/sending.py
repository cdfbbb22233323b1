"""Sending an offer, and countering one: who may, how often, and what becomes of the files (docs/domain.md, Offers)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User, Viewer
from gigflow.chat import pairs
from gigflow.chat.models import pair_of
from gigflow.core.clock import end_of_day
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden, Invalid, Link, NotFound, TooMany
from gigflow.core.ids import new_id
from gigflow.core.rules import Rules
from gigflow.files import actions as files
from gigflow.files.models import Subject
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import About
from gigflow.offers import store
from gigflow.offers.actions import not_open, offer_for, received_offer, turn_of
from gigflow.offers.events import OFFER_RECEIVED
from gigflow.offers.models import (
    BEGUN_WITHIN,
    EXPIRES_DAYS,
    OFFER,
    OPEN_MAX,
    ROUNDS_MAX,
    Offer,
    OfferTerms,
    reminder,
    says_the_same,
)
from gigflow.orders import actions as orders
from gigflow.orders import reach
from gigflow.orders.models import Side
from gigflow.requests.actions import check_not_too_far


class TooManyOffers(TooMany):
    """Somebody has begun as many negotiations as they may in a day."""

    code = "too_many_offers"

    def __init__(self, most: int, retry_after: int) -> None:
        super().__init__(retry_after)
        hours = -(-retry_after // 3_600)
        self.message = (
            f"You have sent {most} {'offer' if most == 1 else 'offers'} within a day. You can send the next one in"
            f" {hours} {'hour' if hours == 1 else 'hours'}. Answers to offers are not counted."
        )


class Limits(msgspec.Struct, frozen=True):
    """How many negotiations one person may begin within a day; None: as many as they like. `first` is for people who
    never had a paid order.
    """

    most: int | None = None
    first: int | None = None

    @classmethod
    def of(cls, most_of: Callable[[str], int | None]) -> "Limits":
        """Return what applies here; `most_of` says how often each rule allows."""
        return cls(most_of("offers"), most_of("first_offers"))


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """How an offer is sent: for how many days it stands, what its files may come from, and the key that heals a lost
    answer.
    """

    expires_days: int = EXPIRES_DAYS
    like: Subject | None = None
    key: str | None = None


def send_offer(
    db: Db,
    viewer: Viewer,
    to_id: ObjectId,
    side: Side,
    terms: OfferTerms,
    how: Sending,
    *,
    rules: Rules,
    limits: Limits,
    now: datetime,
) -> Offer:
    """Send an offer to another person, in which the viewer is on this side. If one was sent under the same key, return
    that.

    Raises NotFound, Invalid at its field, Forbidden if the viewer may not send that person offers, TooManyOffers, and
    Conflict if the account is closed, as many offers as may be are open between the two, a file is gone, or the key is
    of another offer.
    """
    if known := _sent_before(db, viewer, how.key, terms, to_id=to_id):
        return known
    other = person_to_offer(db, viewer, to_id, side)
    new = _new_offer(db, viewer, other, side, terms, how, rules, now)

    def work(tx: Tx) -> Offer:
        sender = accounts.act(tx, viewer, accounts.COUNTED)
        accounts.engage_both(tx, viewer.user_id, other.id)
        hidden = pairs.is_blocked_by(tx, viewer, other.id)
        _check_room(tx, viewer, new.pair, limits, now)
        made = _as_received(new, hidden=hidden)
        if not store.insert_offer(tx, made):
            raise Conflict("This offer is being sent already.", code="key_used")
        _take_files(tx, viewer, made, how.like, now)
        if not hidden:
            text = "{actor} has sent you an offer."
            notifications.tell(
                tx, OFFER_RECEIVED, other.id, text, now, about=about(made), occurrence=made.id, actor=sender
            )
        return made

    with accounts.turn_of(viewer, counted=True):
        return _healed(db, viewer, new, work)


def counter_offer(
    db: Db,
    viewer: Viewer,
    offer_id: ObjectId,
    terms: OfferTerms,
    how: Sending,
    *,
    rules: Rules,
    now: datetime,
) -> Offer:
    """Answer an offer with other terms: an offer of the viewer's in the same negotiation. If one was sent under the
    same key, return that.

    Raises NotFound, Forbidden for its sender, Invalid at its field, and Conflict if it can no longer be answered, if
    it is the last round, or if the key is of another offer.
    """
    if known := _sent_before(db, viewer, how.key, terms, answers=offer_id):
        return known
    answered = received_offer(db, viewer, offer_id)
    _check_direct(answered)
    other = accounts.get_user(db, answered.sender_id)
    if other is None or other.disabled_at:
        raise accounts.shut_out()
    side = answered.side_of(viewer.user_id)
    new = msgspec.structs.replace(
        _new_offer(db, viewer, other, side, terms, how, rules, now),
        negotiation_id=answered.negotiation_id,
        answers=answered.id,
        round=answered.round + 1,
    )

    def work(tx: Tx) -> Offer:
        countered = store.move(tx, answered, OFFER["counter"], now, {}, only_open=True)
        if countered is None:
            raise not_open(tx, viewer, offer_for(tx, viewer, offer_id), now)
        if answered.round >= ROUNDS_MAX:
            raise Conflict(
                f"You have come to round {ROUNDS_MAX}. Accept this offer or decline it.", code="last_round"
            )
        accounts.act(tx, viewer)
        accounts.engage_both(tx, viewer.user_id, other.id)
        hidden = pairs.is_blocked_by(tx, viewer, other.id)
        made = _as_received(new, hidden=hidden)
        if not store.insert_offer(tx, made):
            raise Conflict("This offer has been answered already.", code="offer_not_sent")
        _take_files(tx, viewer, made, Subject("offer", answered.id), now)
        notifications.end_news(tx, "offer", "counter", answered.path, now, reader=viewer.user_id)
        if not hidden:
            text = "{actor} answers your offer with other terms."
            notifications.tell(
                tx, OFFER_RECEIVED, other.id, text, now, about=about(made), occurrence=made.id, actor=viewer
            )
        return made

    with turn_of(answered):
        return _healed(db, viewer, new, work)


def person_to_offer(db: Db, viewer: Viewer, user_id: ObjectId, side: Side) -> User:
    """Return somebody to whom the viewer may send an offer in which they are on this side. Raises NotFound, Invalid if
    it is the viewer, Conflict if the account is closed, and Forbidden.
    """
    if user_id == viewer.user_id:
        raise Invalid(
            {"user_id": ["You cannot send yourself an offer."]}, "You cannot send yourself an offer."
        )
    user = accounts.get_user(db, user_id)
    if user is None:
        raise NotFound("There is no such person.", code="user_not_found")
    if user.disabled_at:
        raise accounts.shut_out()
    if side == "client" and not reach.may_turn_to(db, viewer, user):
        raise Forbidden(
            f"{user.name} is not listed among freelancers. You can send offers to those who are, and to people whom"
            " you share an order or a conversation with.",
            code="may_not_offer",
        )
    if side == "freelancer" and not reach.has_turned_to(db, user.id, viewer.user_id):
        raise Forbidden(
            f"You can send {user.name} an offer once they have written to you, ordered from you or hired you.",
            code="may_not_offer",
        )
    return user


def about(offer: Offer) -> About:
    """Return an offer as people are told of it, without its words."""
    return About(url=offer.path)


def _new_offer(
    db: Db,
    viewer: Viewer,
    other: User,
    side: Side,
    terms: OfferTerms,
    how: Sending,
    rules: Rules,
    now: datetime,
) -> Offer:
    """Return the offer, not yet stored, as the first of a negotiation. Raises Invalid at `due_on`."""
    client_id, freelancer_id = (viewer.user_id, other.id) if side == "client" else (other.id, viewer.user_id)
    zone = (accounts.own_user(db, viewer) if side == "client" else other).time_zone
    due_at = _end_of_day(terms.due_on, zone, now) if terms.due_on else None
    until = now + timedelta(days=how.expires_days)
    offer_id = new_id()
    expires_at = min(until, due_at) if due_at else until
    return Offer(
        **msgspec.structs.asdict(terms),
        id=offer_id,
        negotiation_id=offer_id,
        pair=pair_of(viewer.user_id, other.id),
        sender_id=viewer.user_id,
        to_id=other.id,
        client_id=client_id,
        freelancer_id=freelancer_id,
        due_at=due_at,
        fee_basis_points=rules.fee_basis_points,
        expires_at=expires_at,
        remind_at=reminder(expires_at, now),
        key=how.key,
        created_at=now,
    )


def _check_direct(answered: Offer) -> None:
    """Raise Conflict if an offer was sent for a request."""
    if answered.request_id:
        text = "An offer for a request is not countered. Decline it, and name the price that would do."
        raise Conflict(text, code="no_counter")


def _as_received(offer: Offer, *, hidden: bool) -> Offer:
    """Return an offer as it is stored; of one that is hidden from its receiver nobody is reminded."""
    return msgspec.structs.replace(offer, hidden=True, remind_at=None) if hidden else offer


def _end_of_day(day: datetime, zone: str, now: datetime) -> datetime:
    """Return the end of an agreed day, midnight after it, in a time zone. Raises Invalid at `due_on` if it is over, or
    further off than days from payment may be.
    """
    check_not_too_far(day, now)
    ends = end_of_day(day, zone)
    if ends <= now:
        raise Invalid({"due_on": ["Choose a day that is not over."]})
    return ends


def _check_room(tx: Tx, viewer: Viewer, pair: str, limits: Limits, now: datetime) -> None:
    """Raise Conflict if two people have as many offers open as they may, and TooManyOffers if the viewer has begun as
    many negotiations as they may within a day. Both are exact: the pair and the viewer were written before in this
    transaction.
    """
    open_now = store.find_open_between(tx, pair, viewer.user_id, now, OPEN_MAX)
    if len(open_now) >= OPEN_MAX:
        raise Conflict(
            f"There are {OPEN_MAX} open offers between you two. Wait for an answer, or withdraw one first.",
            code="offers_open",
            links=[Link(str(each.id), each.path, each.title) for each in open_now],
        )
    most = limits.most if orders.has_worked(tx, viewer) else limits.first
    if most is None:
        return
    count, oldest = store.count_begun_since(tx, viewer.user_id, now - BEGUN_WITHIN, most)
    if oldest and count >= most:
        raise TooManyOffers(most, max(1, int((oldest + BEGUN_WITHIN - now).total_seconds())))


def _take_files(tx: Tx, viewer: Viewer, offer: Offer, like: Subject | None, now: datetime) -> None:
    """Let the files of an offer belong to it: those that it has from another thing are shared, the others were sent for
    it. Raises Conflict if one is gone, and Invalid at `like` if that thing is not one of the same two people: nobody
    else gets what somebody has sent the viewer.
    """
    mine = Subject("offer", offer.id)
    known = set(files_like(tx, offer.sender_id, offer.to_id, like)) if like and offer.file_ids else set()
    shared = [each for each in offer.file_ids if each in known]
    if like:
        files.share(tx, shared, like, mine)
    files.adopt(tx, viewer, [each for each in offer.file_ids if each not in known], mine, now)


def files_like(db: Db, sender_id: ObjectId, to_id: ObjectId, like: Subject) -> Iterator[ObjectId]:
    """Yield the files of an order or offer that an offer between the same two people can have, too. Raises Invalid at
    `like` if it is not theirs, or one that the sender may not know of.
    """
    offer = store.get_offer(db, like.id) if like.kind == "offer" else None
    if offer and offer.pair == pair_of(sender_id, to_id) and offer.is_shown_to(sender_id):
        yield from offer.file_ids
        return
    order = orders.order_of_both(db, like.id, sender_id, to_id) if like.kind == "order" else None
    if order is None:
        raise Invalid({"like": ["Name an order or an offer of you two."]})
    yield from order.terms.file_ids
    yield from order.terms.message_file_ids
    yield from order.terms.brief.file_ids if order.terms.brief else ()


def _sent_before(
    db: Db,
    viewer: Viewer,
    key: str | None,
    terms: OfferTerms,
    *,
    to_id: ObjectId | None = None,
    answers: ObjectId | None = None,
) -> Offer | None:
    """Return what the viewer has sent under this key to this person, or in answer to this offer. Raises Conflict if it
    was another thing that they sent under it, or said something else.
    """
    known = store.get_by_key(db, viewer.user_id, key) if key else None
    if known is None:
        return None
    is_same = known.answers == answers and to_id in (None, known.to_id) and says_the_same(known, terms)
    if not is_same:
        raise Conflict(
            "You have sent another offer from here already. If you want to send this one too, send it again.",
            code="key_used",
        )
    return known


def _healed(db: Db, viewer: Viewer, new: Offer, work: Callable[[Tx], Offer]) -> Offer:
    """Run the transaction that sends an offer; if it was sent meanwhile under the same key, return that one."""
    try:
        return db.transact(work)
    except Conflict:
        if known := _sent_before(db, viewer, new.key, new, to_id=new.to_id, answers=new.answers):
            return known
        raise
