"""Disputes: nobody agrees, so both sides name a number in secret, and else an admin decides (DOMAIN.md, Dispute)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Forbidden, Invalid, NotFound
from gigflow.core.paging import Page, PageRequest
from gigflow.notifications import actions as notifications
from gigflow.orders import listing, store
from gigflow.orders.actions import finish, move, order_for, order_of_side, statuses_of, tell, wrong_state
from gigflow.orders.models import (
    ORDER,
    PAID,
    Actor,
    Dispute,
    Order,
    SealedOffer,
    Side,
    other,
)

BOTH: tuple[Side, Side] = ("client", "freelancer")


def dispute(db: Db, viewer: Viewer, order_id: ObjectId | None, reason: str, now: datetime) -> Order:
    """Say that one does not agree, and why. Raises NotFound, Forbidden, Conflict."""
    order, side = order_of_side(db, viewer, order_id)

    def work(tx: Tx) -> Order:
        disputed = open_dispute(tx, db, order, side, reason, now)
        text = f"{viewer.name} disputes {order.terms.title}: {reason}"
        tell(tx, db, "order_disputed", disputed, other(side), text, now, viewer)
        return disputed

    return db.transact(work)


def open_dispute(
    tx: Tx,
    db: Db,
    order: Order,
    by: Actor,
    reason: str,
    now: datetime,
    condition: Mapping[str, object] | None = None,
) -> Order:
    """Make an order disputed, by one side or by the silence of one (`time`). Raises Conflict."""
    opened = Dispute(id=ObjectId(), order_id=order.id, by=by, reason=reason, created_at=now)
    changes: Mapping[str, object] = {"dispute_id": opened.id, "cancellation": None, "remind_at": None}
    disputed = move(
        tx,
        db,
        order,
        ORDER["escalate" if by == "time" else "dispute"],
        by,
        now,
        changes,
        data={"reason": reason},
        condition=condition,
    )
    store.insert_dispute(tx, db, opened)
    _tell_admins(tx, db, disputed, now)
    store.close_cancellation(tx, db, order.id, "escalated" if by == "time" else "closed", now)
    return disputed


def dispute_of(db: Db, order: Order) -> Dispute | None:
    """The newest dispute of an order. Its sealed numbers are nobody's to see but each for its own side."""
    return store.get_dispute(db, order.id)


def name_number(db: Db, viewer: Viewer, order_id: ObjectId | None, amount_minor: int, now: datetime) -> Order:
    """Say in secret how much of the held money (gross) the freelancer should get: once per round, a round a day.

    Where the freelancer's number is at or below the client's of the same round, the order is settled at once in the
    middle; an odd unit goes to the client, the fee falls on the released part. Raises NotFound, Forbidden, Invalid,
    Conflict.
    """
    order, side = order_of_side(db, viewer, order_id)
    if amount_minor > order.price_minor:
        raise Invalid({"amount": ["That is more than is held."]})
    found = store.get_dispute(db, order.id)
    if order.status != "disputed" or found is None:
        raise wrong_state(order)
    number = SealedOffer(amount_minor=amount_minor, round=found.round_at(now), at=now)

    def work(tx: Tx) -> Order:
        # The order is written too, so that the two sides' numbers, named at once, see each other.
        named = move(tx, db, order, ORDER["offer"], side, now, {}, data={"round": number.round})
        kept = store.put_offer(tx, db, found.id, side, number)
        if kept is None:
            raise Conflict(
                "You have named your number of this round. The next round is tomorrow.", code="already_named"
            )
        mine, theirs = kept.offer_of(side, now), kept.offer_of(other(side), now)
        assert mine is not None
        if theirs is None:
            text = f"{viewer.name} has named a number for {order.terms.title}. Name yours."
            tell(tx, db, "dispute_news", named, other(side), text, now, viewer)
            return named
        asked, offered = (mine, theirs) if side == "freelancer" else (theirs, mine)
        if asked.amount_minor > offered.amount_minor:
            for each in BOTH:
                text = f"The numbers for {order.terms.title} did not meet. There is another round tomorrow."
                tell(tx, db, "dispute_news", named, each, text, now)
            return named
        return _settle(tx, db, named, side, (asked.amount_minor + offered.amount_minor) // 2, now)

    return db.transact(work)


def order_to_decide(db: Db, viewer: Viewer, order_id: ObjectId | None) -> Order:
    """A paid order of others that has not ended, for admins. Raises NotFound, Forbidden, Conflict."""
    _check_admin(viewer)
    order = order_for(db, viewer, order_id)
    if order.side_of(viewer.user_id):
        raise Forbidden("Nobody decides about an order of their own.", code="own_order")
    if order.status not in PAID:
        raise wrong_state(order)
    return order


def decide(
    db: Db, viewer: Viewer, order_id: ObjectId | None, released_minor: int, note: str, now: datetime
) -> Order:
    """An admin's decision about a paid order: how much (gross) the freelancer gets; the rest goes back.

    Raises NotFound, Forbidden, Invalid, Conflict.
    """
    order = order_to_decide(db, viewer, order_id)
    if released_minor > order.price_minor:
        raise Invalid({"amount": ["That is more than is held."]})

    def work(tx: Tx) -> Order:
        closing = {
            "status": "decided",
            "released_minor": released_minor,
            "note": note,
            "decided_by": viewer.user_id,
        }
        store.close_dispute(tx, db, order.id, closing, now)
        name = "decide" if released_minor else "decide_nothing"
        ended = finish(tx, db, order, ORDER[name], "admin", released_minor, now, data={"note": note})
        for side in BOTH:
            text = f"An admin has decided about {order.terms.title}" + (f": {note}" if note else ".")
            tell(tx, db, "order_decided", ended, side, text, now)
        return ended

    return db.transact(work)


def all_orders(db: Db, viewer: Viewer, states: Collection[str], page: PageRequest) -> Page[Order]:
    """Everybody's orders in these of `STATES`, for admins. Raises Forbidden."""
    _check_admin(viewer)
    return listing.find_all_orders(db, statuses_of(states), page)


def dispute_for(db: Db, viewer: Viewer, dispute_id: ObjectId | None) -> Dispute:
    """A dispute, for admins. Raises Forbidden, NotFound."""
    _check_admin(viewer)
    found = store.get_dispute_by_id(db, dispute_id) if dispute_id else None
    if found is None:
        raise NotFound("There is no such dispute.", code="dispute_not_found")
    return found


def open_disputes(db: Db, viewer: Viewer, page: PageRequest) -> Page[Dispute]:
    """The disputes that wait for an end, for admins. Raises Forbidden."""
    _check_admin(viewer)
    return store.find_open_disputes(db, page)


def _settle(tx: Tx, db: Db, order: Order, side: Side, released_minor: int, now: datetime) -> Order:
    closing = {"status": "settled", "released_minor": released_minor}
    store.close_dispute(tx, db, order.id, closing, now)
    name = "settle" if released_minor else "settle_nothing"
    ended = finish(tx, db, order, ORDER[name], side, released_minor, now)
    for each in BOTH:
        text = f"Your numbers for {order.terms.title} met: the order is settled."
        tell(tx, db, "order_decided", ended, each, text, now)
    return ended


def _tell_admins(tx: Tx, db: Db, order: Order, now: datetime) -> None:
    """Admins hear of what they may have to decide, but for those who are a party of it."""
    text = f"{order.terms.title} is disputed. If its two sides do not settle it, you decide."
    notifications.tell(
        tx,
        db,
        [
            notifications.notification(
                "dispute_to_decide",
                each,
                text,
                occurrence=ObjectId(),
                url=order.path,
                now=now,
                order_id=order.id,
            )
            for each in accounts.admins(db, tx)
            if order.side_of(each) is None
        ],
    )


def _check_admin(viewer: Viewer) -> None:
    if not viewer.is_admin:
        raise Forbidden("Only admins may do that.")
