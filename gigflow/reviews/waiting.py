"""Orders that somebody can still review, for the list of everything that waits for them."""

from gigflow.core.db import Document, readable
from gigflow.orders.models import SIDES, Order, Side, other
from gigflow.orders.waiting import unreviewed
from gigflow.reviews.models import WINDOW, closes_at, may_be_written
from gigflow.turn.models import Item, Reader, Source


def reviews_that_wait(reader: Reader) -> Source:
    """Say which completed orders somebody has not reviewed, until the window closes."""
    rows, stages = unreviewed(reader.viewer.user_id, reader.now - WINDOW)
    return Source(rows, stages, lambda found: _items(found, reader))


def _items(rows: list[Document], reader: Reader) -> list[Item]:
    return [
        _item(order, side)
        for order in readable(rows, Order)
        for side in SIDES
        if order.person(side) == reader.viewer.user_id and may_be_written(order, side, reader.now)
    ]


def _item(order: Order, side: Side) -> Item:
    return Item(
        id=order.id,
        group="reviews",
        kind="write_review",
        part=side,
        title=order.terms.title,
        sentence="Say how working with {name} went, by {by}.",
        action="Write a review",
        path=f"{order.path}#reviews",
        among="orders",
        state=order.status,
        since=order.ended_at or order.updated_at,
        by=closes_at(order),
        other_id=order.person(other(side)),
        order_id=order.id,
        gig_id=order.gig_id,
    )
