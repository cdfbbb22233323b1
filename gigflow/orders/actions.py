"""Orders from the agreement to the end, and who may know of them (docs/states.md).

Every door makes its order by `agree` and acts on the hooks when an order ends; orders know no door.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Viewer
from gigflow.core.db import Db, Tx, to_document
from gigflow.core.errors import Conflict, Forbidden, NotFound
from gigflow.core.money import fee_of
from gigflow.core.paging import Page, PageRequest
from gigflow.core.rules import Rules
from gigflow.core.transitions import Transition
from gigflow.notifications.actions import end_news
from gigflow.orders import hooks, listing, store
from gigflow.orders.events import ORDER_PAID
from gigflow.orders.models import (
    ALSO_IF_SHUT,
    CANCELLATIONS_MAX,
    NUMBERS_MAX,
    ORDER,
    PAY_WITHIN,
    REVISIONS_MAX,
    SIDES,
    STATEMENTS_MAX,
    STATES,
    Actor,
    Agreement,
    EndedBy,
    Happened,
    Order,
    Side,
    Source,
    Terms,
    digest_of,
)
from gigflow.orders.presence import check_both_here, check_here, gone_from
from gigflow.orders.telling import tell_side
from gigflow.payments import actions as payments
from gigflow.payments import ledger
from gigflow.payments.models import Payable, Payment

_DAY = timedelta(days=1)
PAY_REMINDER = PAY_WITHIN - 2 * _DAY

_NOW = {
    "pending_payment": "This order is not paid yet.",
    "in_progress": "This order is being worked on.",
    "delivered": "This order was delivered.",
    "disputed": "This order is disputed.",
    "completed": "This order is completed.",
    "cancelled": "This order was cancelled.",
}
_TOO_OFTEN = {
    "ask_to_cancel": (
        f"You have asked to cancel this order {CANCELLATIONS_MAX} times. If you cannot agree, open a dispute.",
        "too_many_cancellations",
    ),
    "offer": (f"You have submitted {NUMBERS_MAX} sealed offers. An admin decides now.", "too_many_numbers"),
    "statement": (
        f"You have given your statement {STATEMENTS_MAX} times. It stays as it is now.",
        "too_many_statements",
    ),
    "revise": (f"You have asked for changes {REVISIONS_MAX} times.", "no_revisions_left"),
}


def agree(
    tx: Tx,
    *,
    order_id: ObjectId,
    source: Source,
    gig_id: ObjectId | None,
    client_id: ObjectId,
    freelancer_id: ObjectId,
    terms: Terms,
    category: str,
    rules: Rules,
    now: datetime,
    by: Side = "client",
    fee_basis_points: int | None = None,
) -> Order:
    """Make the order of an agreement that one side has brought about (`by`), in the door's transaction. The fee is
    today's, unless an earlier one was promised. Raises Conflict if its source has a live one.
    """
    fee = rules.fee_basis_points if fee_basis_points is None else fee_basis_points
    order = Order(
        id=order_id,
        source=source,
        gig_id=gig_id,
        client_id=client_id,
        freelancer_id=freelancer_id,
        terms=terms,
        category=category,
        price_minor=terms.price_minor,
        fee_minor=fee_of(terms.price_minor, fee),
        fee_basis_points=fee,
        pay_by=now + PAY_WITHIN,
        remind_at=now + PAY_REMINDER,
        events=[Happened(at=now, actor=by, name="agree")],
        created_at=now,
        updated_at=now,
    )
    order.digest = digest_of(to_document(order))
    if not store.insert_order(tx, order):
        raise Conflict("There is already an order for this.", code="already_ordered")
    return order


def order_for(db: Db, viewer: Viewer, order_id: ObjectId) -> Order:
    """Return an order for its two sides and for admins. Raises NotFound, also if the reader may not know of it."""
    order = store.get_order(db, order_id)
    if order is None or not (viewer.is_admin or order.side_of(viewer.user_id)):
        raise NotFound("There is no such order.", code="order_not_found", hides=order is not None)
    return order


def order_of_both(db: Db, order_id: ObjectId, one_id: ObjectId, other_id: ObjectId) -> Order | None:
    """Return an order if it is one of these two people, whichever side each is on."""
    order = store.get_order(db, order_id)
    is_theirs = order is not None and {order.client_id, order.freelancer_id} == {one_id, other_id}
    return order if is_theirs else None


def may_see(db: Db, viewer: Viewer, order_id: ObjectId) -> bool:
    """Return whether somebody may have what was delivered: anybody who may see the order may."""
    order = store.get_order(db, order_id)
    return order is not None and (viewer.is_admin or order.side_of(viewer.user_id) is not None)


def order_of_side(db: Db, viewer: Viewer, order_id: ObjectId, side: Side | None = None) -> tuple[Order, Side]:
    """Return an order and the viewer's side of it. Raises NotFound, and Forbidden if only the other `side` may."""
    order = order_for(db, viewer, order_id)
    mine = order.side_of(viewer.user_id)
    if mine is None or side not in (None, mine):
        raise Forbidden(f"Only the {side or 'parties'} of this order can do that.", code="not_your_side")
    return order, mine


def orders_of(
    db: Db, viewer: Viewer, states: Collection[str], page: PageRequest, side: Side | None = None
) -> Page[Order]:
    """Return the viewer's orders in these of `STATES`, newest first; with `side` only those in which they are on it."""
    return listing.find_orders_of(db, viewer.user_id, statuses_of(states), side, page)


def statuses_of(states: Collection[str]) -> list[str]:
    """Return the statuses that these of `STATES` stand for."""
    return [status for state in states for status in STATES[state]]


def counts_of(db: Db, viewer: Viewer, side: Side | None = None) -> dict[str, int]:
    """Return how many orders the viewer has in each of `STATES`."""
    found = status_counts(db, viewer, side)
    return {state: sum(found.get(each, 0) for each in statuses) for state, statuses in STATES.items()}


def status_counts(db: Db, viewer: Viewer, side: Side | None = None) -> dict[str, int]:
    """Return how many orders the viewer has in each status."""
    return listing.count_statuses_of(db, viewer.user_id, side)


def completed_of_all(db: Db, most: int) -> int:
    """Return how many orders of everybody were completed, counted up to `most` by an index. Orders that nobody paid,
    and cancelled ones, prove nothing and cost nothing, so they do not count.
    """
    return listing.count_all_completed(db, most)


def has_worked(db: Db, viewer: Viewer) -> bool:
    """Return whether somebody is or was a side of an order that was paid."""
    return listing.has_paid(db, viewer.user_id)


def completed_count(db: Db, user_id: ObjectId, side: Side) -> int:
    """Return how many orders somebody has completed on this side."""
    return listing.count_completed(db, user_id, side)


def paid_jobs_count(db: Db, client_id: ObjectId) -> int:
    """Return for how many jobs somebody has paid, whatever became of their orders."""
    return listing.count_paid_jobs(db, client_id)


def orders_from(db: Db, source_ids: list[ObjectId]) -> dict[ObjectId, Order]:
    """Return the newest order from each of these bids, services or offers. Callers have made sure that the reader may
    know them.
    """
    return listing.find_newest_from(db, source_ids) if source_ids else {}


def titles_of(db: Db, viewer: Viewer, order_ids: Collection[ObjectId]) -> dict[ObjectId, str]:
    """Return what these orders are called, as far as the viewer did their work: for lists of money, which know ids
    alone.
    """
    found = listing.find_orders(db, list(order_ids)) if order_ids else []
    return {order.id: order.terms.title for order in found if order.freelancer_id == viewer.user_id}


def agreements_of(db: Db, order_ids: Collection[ObjectId]) -> dict[ObjectId, Agreement]:
    """Return the sides and the title of these orders, for those who write down their money."""
    return listing.find_agreements(db, list(order_ids))


def unpaid_order_of(db: Db, viewer: Viewer, service_id: ObjectId) -> Order | None:
    """Return the viewer's order for a service that waits for their payment, or None."""
    return store.get_unpaid_of(db, service_id, viewer.user_id)


def payable(order: Order) -> Payable:
    """Return what the client of an unpaid order is about to pay for. Raises Conflict if it does not wait for
    payment.
    """
    if order.status not in ORDER["pay"].sources:
        raise wrong_state(order)
    return Payable(
        order_id=order.id,
        client_id=order.client_id,
        title=order.terms.title,
        amount_minor=order.price_minor,
        path=order.path,
    )


def wait_for_money(tx: Tx, payment: Payment) -> None:
    """Let a checkout go on for an order that waits for money. Raises Conflict if it no longer does, or if a side of it
    is shut out.
    """
    noted = store.note_checkout(tx, payment.order_id, payment.id)
    order = store.get_order(tx, payment.order_id)
    assert order is not None
    if not noted:
        raise wrong_state(order)
    check_both_here(tx, order, "client")


def take_money(tx: Tx, payment: Payment, now: datetime) -> bool:
    """Begin the work of an order whose money arrived; returns False if it no longer waits for money."""
    order = store.get_order(tx, payment.order_id)
    if order is None or gone_from(tx, order):
        return False
    due_at = order.terms.due_after(now)
    begun = store.move(
        tx,
        order.id,
        ORDER["pay"],
        Happened(at=now, actor="provider", name="pay", data={"amount_minor": payment.amount_minor}),
        {"paid_at": now, "due_at": due_at, "remind_at": reminder(order, due_at, now)},
    )
    if begun is None:
        return False
    for act in hooks.order_paid:
        act(tx, begun)
    end_news(tx, "order", "pay", order.path, now, reader=order.client_id)
    client = accounts.get_user(tx, order.client_id)
    text = "{actor} paid for {title}. You can start now."
    tell_side(tx, ORDER_PAID, begun, "freelancer", text, now, actor=client)
    text = "Your payment for {title} arrived. GigFlow holds it."
    tell_side(tx, ORDER_PAID, begun, "client", text, now, own=True)
    return True


def finish(
    tx: Tx,
    order: Order,
    transition: Transition,
    actor: Actor,
    released_minor: int,
    now: datetime,
    *,
    data: Mapping[str, str | int] | None = None,
    condition: Mapping[str, object] | None = None,
) -> Order:
    """End a paid order: `released_minor` of what is held goes to the freelancer (less the fee on it), the rest goes
    back. Whatever is still open in it is closed, and its door is told. This is the only way in which held money moves.

    Raises Conflict if the order is not in the transition's source or not as the condition says.
    """
    refunded = order.price_minor - released_minor
    back = order.held_minor - released_minor
    if not 0 <= released_minor <= order.held_minor:
        raise wrong_state(order)  # such as accepted while the provider gave money back
    changes = {
        "live": False,
        "released_minor": released_minor,
        "refunded_minor": refunded,
        "ended_at": now,
        "cancellation": None,
        "remind_at": None,
    }
    amounts: Mapping[str, str | int] = {"released_minor": released_minor, "refunded_minor": refunded}
    told = {**amounts, **(data or {})}
    # What the provider gave back since the order was read is not there to be split.
    seen = {"refunded_minor": order.refunded_minor, **(condition or {})}
    ended = move(tx, order, transition, actor, now, changes, data=told, condition=seen)
    if released_minor:
        fee = fee_of(released_minor, order.fee_basis_points)
        ledger.book_release(tx, order.id, order.freelancer_id, released_minor, fee, now)
    if back:
        payments.refund(tx, order.id, back, now)
    store.close_cancellation(tx, order.id, "closed", now)
    store.close_dispute(tx, order.id, {"status": "decided"}, now)
    hooks.finished[order.source.type](tx, ended, now)
    if ended.status == "completed":
        for act in hooks.work_done:
            act(tx, ended)
    return ended


def end_unpaid(
    tx: Tx,
    order: Order,
    transition: Transition,
    by: EndedBy,
    now: datetime,
    *,
    condition: Mapping[str, object] | None = None,
    data: Mapping[str, str | int] | None = None,
) -> Order:
    """End an order that nobody has paid: its door is open again, and its checkout is closed. Raises Conflict, and
    NotSignedIn if the side that does it is shut out.
    """
    gone = gone_from(tx, order)
    said = {**(data or {}), **({"gone": " and ".join(gone)} if gone else {})}
    changes = {"live": False, "ended_at": now, "remind_at": None}
    ended = move(tx, order, transition, by, now, changes, data=said, condition=condition)
    payments.close_open(tx, order.id, now)
    hooks.ended_unpaid[order.source.type](tx, ended, by, gone, now)
    return ended


def move(
    tx: Tx,
    order: Order,
    transition: Transition,
    actor: Actor,
    now: datetime,
    changes: Mapping[str, object],
    *,
    data: Mapping[str, str | int] | None = None,
    condition: Mapping[str, object] | None = None,
) -> Order:
    """Take an order through a transition, with a line in its timeline. `finish` and `end_unpaid` make those that end
    it. Raises Conflict if it is not in the transition's source, if it is not as the condition says, or if the actor has
    done it as often as they may.
    """
    happened = Happened(at=now, actor=actor, name=transition.name, data=dict(data or {}))
    moved = store.move(tx, order.id, transition, happened, changes, condition)
    if moved is None:
        fresh = store.get_order(tx, order.id)
        assert fresh is not None
        if fresh.status in transition.sources and not fresh.may_repeat(transition.name, actor):
            raise too_often(transition.name)
        raise wrong_state(fresh)
    if actor != "admin" and transition.name not in ALSO_IF_SHUT:
        check_both_here(tx, moved, actor)
    elif actor in SIDES:
        check_here(tx, moved, actor)
    reader = moved.person(actor) if actor in SIDES else None
    end_news(tx, "order", transition.name, moved.path, now, reader=reader)
    return moved


def too_often(transition: str) -> Conflict:
    """Return the refusal of a step that one side has taken as often as it may."""
    message, code = _TOO_OFTEN[transition]
    return Conflict(message, code=code)


def wrong_state(order: Order) -> Conflict:
    """Return the refusal of a step that an order's state does not allow."""
    return Conflict(_NOW[order.status], code="order_state")


def orders_under_way(db: Db, user_id: ObjectId, now: datetime) -> str | None:
    """Keep a person with an order until it has ended: others have agreed with them (docs/domain.md, Leaving)."""
    count = store.count_active_of(db, user_id)
    if not count:
        return None
    if count == 1:
        return "You have an order that has not ended yet."
    return f"You have {count} orders that have not ended yet."


def reminder(order: Order, moment: datetime, now: datetime) -> datetime | None:
    """Return when to remind of a date; while a cancellation request is open, its answer is what is waited for."""
    return order.remind_at if order.cancellation else day_before(moment, now)


def day_before(moment: datetime, now: datetime) -> datetime:
    """Return a day before `moment`, or `moment` itself if that day has begun."""
    return moment - _DAY if moment - _DAY > now else moment
