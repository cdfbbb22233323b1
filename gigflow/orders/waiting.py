"""The orders in which it is somebody's turn, for the list of everything that waits for them."""

from datetime import datetime

from bson import ObjectId

from gigflow.core.db import Declared, Document, readable
from gigflow.orders import listing
from gigflow.orders.models import SIDES, Order, Side, other
from gigflow.orders.turns import is_turn_of, next_sentence, next_step, slots_of
from gigflow.turn.models import Item, Reader, Source

# What is asked of somebody by the state of an order: its name for programs, and the word of its button.
_ASKED = {
    "pending_payment": ("pay", "Pay"),
    "in_progress": ("deliver", "Deliver"),
    "delivered": ("accept", "Look at the delivery"),
    "disputed": ("propose_amount", "Propose an amount"),
}
_ANSWER = ("answer_cancellation", "Answer")


def orders_that_wait(reader: Reader) -> Source:
    """Say in which orders it is somebody's turn: to pay, to deliver, to accept, to answer or to propose an amount."""
    rows, stages = listing.that_may_wait(reader.viewer.user_id)
    return Source(rows, stages, lambda found: _items(readable(found, Order), reader))


def unreviewed(user_id: ObjectId, ended_after: datetime) -> tuple[Declared, list[Document]]:
    """Return where and how to read somebody's orders that were completed after then and not reviewed by them."""
    return listing.unreviewed(user_id, ended_after)


def _items(orders: list[Order], reader: Reader) -> list[Item]:
    return [
        _item(order, side, reader)
        for order in orders
        for side in SIDES
        if order.person(side) == reader.viewer.user_id
        and is_turn_of(order, side, reader.now, takes_money=reader.takes_money)
    ]


def _item(order: Order, side: Side, reader: Reader) -> Item:
    step = next_step(order, reader.now)
    asked = order.cancellation
    kind, action = _ANSWER if asked and asked.by != side else _ASKED[order.status]
    return Item(
        id=order.id,
        group="dates",
        kind=kind,
        part=side,
        title=order.terms.title,
        sentence=next_sentence(step, side, reader.now),
        action=action,
        path=order.path,
        among="orders",
        state=order.status,
        since=order.updated_at,
        by=step.by,
        other_id=order.person(other(side)),
        other_slot=other(side),
        words=slots_of(order, reader.currency.format),
        order_id=order.id,
        gig_id=order.gig_id,
    )
