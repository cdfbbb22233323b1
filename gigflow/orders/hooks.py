"""What orders ask of the doors that make them, by the type of the order's source. Orders know no door."""

from collections.abc import Collection
from datetime import datetime

from gigflow.core.db import Tx
from gigflow.core.hooks import many, one_for_each
from gigflow.orders.models import EndedBy, Order, Side


@one_for_each("bid", "service", "offer")
def ended_unpaid(tx: Tx, order: Order, by: EndedBy, gone: Collection[Side], now: datetime, /) -> None:
    """An order ended before it was paid: its door opens again, in the same transaction. `by` has ended it, and the
    sides in `gone` are shut out or have left.
    """


@one_for_each("bid", "service", "offer")
def finished(tx: Tx, order: Order, now: datetime, /) -> None:
    """An order is completed, or cancelled after it was paid: its door learns of it in the same transaction."""


@many
def order_paid(tx: Tx, order: Order, /) -> None:
    """An order was paid, so that its work begins: in the same transaction."""


@many
def work_done(tx: Tx, order: Order, /) -> None:
    """An order is completed, so that its freelancer has worked for its client: in the same transaction."""
