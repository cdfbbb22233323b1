"""Disputes: if nobody agrees, both sides name a number in secret, or else an admin decides (docs/domain.md, Dispute;
`deciding`).
"""

from collections.abc import Mapping
from datetime import datetime

from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Invalid
from gigflow.core.ids import new_id
from gigflow.orders import store
from gigflow.orders.actions import finish, move, order_of_side, wrong_state
from gigflow.orders.dispute_models import Dispute, SealedOffer
from gigflow.orders.events import DISPUTE_NEWS, DISPUTE_TO_DECIDE, ORDER_DECIDED, ORDER_DISPUTED
from gigflow.orders.models import ORDER, Actor, Order, Side, other
from gigflow.orders.splits import MORE_THAN_HELD
from gigflow.orders.telling import tell_both, tell_judges, tell_side


def dispute(db: Db, viewer: Viewer, order_id: ObjectId, reason: str, now: datetime) -> Order:
    """Dispute an order, and say why. Raises NotFound, Forbidden, Conflict."""
    order, side = order_of_side(db, viewer, order_id)

    def work(tx: Tx) -> Order:
        disputed = open_dispute(tx, order, side, reason, now)
        text = "{actor} disputes {title}."
        tell_side(tx, ORDER_DISPUTED, disputed, other(side), text, now, actor=viewer, words=reason)
        return disputed

    return db.transact(work)


def open_dispute(
    tx: Tx,
    order: Order,
    by: Actor,
    reason: str,
    now: datetime,
    condition: Mapping[str, object] | None = None,
    more: Mapping[str, object] | None = None,
) -> Order:
    """Make an order disputed: by one side, by the silence of one (`time`), or because one was shut out (`admin`, with
    `more` changes of the order). Raises Conflict.
    """
    opened = Dispute(id=new_id(), order_id=order.id, by=by, reason=reason, created_at=now)
    changes = {"dispute_id": opened.id, "cancellation": None, "remind_at": None, **(more or {})}
    step = "escalate" if by in ("time", "admin") else "dispute"
    disputed = move(tx, order, ORDER[step], by, now, changes, data={"reason": reason}, condition=condition)
    store.insert_dispute(tx, opened)
    tell_admins(tx, disputed, now)
    store.close_cancellation(tx, order.id, "escalated" if step == "escalate" else "closed", now)
    return disputed


def dispute_of(db: Db, order: Order) -> Dispute | None:
    """Return the newest dispute of an order. Each side may see only its own sealed numbers."""
    return store.get_dispute(db, order.id)


def name_number(db: Db, viewer: Viewer, order_id: ObjectId, amount_minor: int, now: datetime) -> Order:
    """Say in secret how much of the held money (gross) the freelancer should get: once per round, and a round is a day.

    If the freelancer's number is at or below the client's of the same round, the order is settled at once in the
    middle; an odd unit goes to the client, and the fee falls on the released part. Raises NotFound, Forbidden, Invalid,
    Conflict.
    """
    order, side = order_of_side(db, viewer, order_id)
    if order.refunded_minor:
        raise Conflict(
            "The payment provider refunded money from this order, so an admin decides about it.",
            code="before_admin",
        )
    if amount_minor > order.price_minor:
        raise Invalid({"amount": [MORE_THAN_HELD]})
    found = store.get_dispute(db, order.id)
    if order.status != "disputed" or found is None:
        raise wrong_state(order)
    number = SealedOffer(amount_minor=amount_minor, round=found.round_at(now), at=now)

    def work(tx: Tx) -> Order:
        # The order is written too, so that two numbers that are named at the same moment see each other.
        named = move(tx, order, ORDER["offer"], side, now, {}, data={"round": number.round})
        kept = store.put_offer(tx, found.id, side, number)
        if kept is None:
            raise Conflict(
                "You have already submitted an offer in this round. The next round is tomorrow.",
                code="already_named",
            )
        mine, theirs = kept.offer_of(side, now), kept.offer_of(other(side), now)
        assert mine is not None
        if theirs is None:
            text = "{actor} submitted a sealed offer for {title}. Submit yours."
            tell_side(tx, DISPUTE_NEWS, named, other(side), text, now, actor=viewer)
            return named
        asked, offered = (mine, theirs) if side == "freelancer" else (theirs, mine)
        if asked.amount_minor > offered.amount_minor:
            text = "The offers for {title} did not overlap. The next round is tomorrow."
            tell_both(tx, DISPUTE_NEWS, named, text, now, by=side)
            return named
        return _settle(tx, named, side, (asked.amount_minor + offered.amount_minor) // 2, now)

    return db.transact(work)


def _settle(tx: Tx, order: Order, side: Side, released_minor: int, now: datetime) -> Order:
    closing = {"status": "settled", "released_minor": released_minor}
    store.close_dispute(tx, order.id, closing, now)
    name = "settle" if released_minor else "settle_nothing"
    ended = finish(tx, order, ORDER[name], side, released_minor, now)
    text = "Your offers for {title} overlapped, so the dispute is settled."
    tell_both(tx, ORDER_DECIDED, ended, text, now, by=side)
    return ended


def tell_admins(tx: Tx, order: Order, now: datetime) -> None:
    """Tell admins what they may have to decide, except those who are a party of it."""
    text = "{title} is disputed. If the two sides do not settle it, you decide."
    if order.escalated_for:
        text = "{title} waits for your decision: the {side}'s account was closed."
    tell_judges(tx, DISPUTE_TO_DECIDE, order, text, now, {"side": order.escalated_for or ""})
