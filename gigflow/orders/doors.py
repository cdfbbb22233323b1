"""What the doors of orders register: what the end of an order means to each. Orders know no door."""

from collections.abc import Callable, Collection
from datetime import datetime

from gigflow.core.db import Db, Tx
from gigflow.orders.models import EndedBy, Order, Side, SourceType

# What a door does in the transaction in which its order ends: unpaid, so that the door opens again (with who ended it,
# and the sides that are shut out or have left), or after it was paid.
UnpaidHook = Callable[[Tx, Db, Order, EndedBy, Collection[Side], datetime], None]
FinishedHook = Callable[[Tx, Db, Order, datetime], None]
_unpaid_hooks: dict[SourceType, UnpaidHook] = {}
_finished_hooks: dict[SourceType, FinishedHook] = {}


def on_ended_unpaid(source_type: SourceType) -> Callable[[UnpaidHook], UnpaidHook]:
    """Register what a door does when its order ends before it was paid."""

    def register(hook: UnpaidHook) -> UnpaidHook:
        _unpaid_hooks[source_type] = hook
        return hook

    return register


def on_finished(source_type: SourceType) -> Callable[[FinishedHook], FinishedHook]:
    """Register what a door does when its order is completed, or cancelled after it was paid."""

    def register(hook: FinishedHook) -> FinishedHook:
        _finished_hooks[source_type] = hook
        return hook

    return register


def check_doors() -> None:
    """Raise LookupError if a door that makes orders has not said what the end of one means to it: its jobs would stay
    given for ever. Every program that ends orders asks this when it starts.
    """
    for door in ("bid", "service"):
        if door not in _unpaid_hooks or door not in _finished_hooks:
            raise LookupError(f"nobody has registered what the end of an order from a {door} means")


def unpaid_hook(order: Order) -> UnpaidHook:
    """What the door of an order does when it ended before it was paid. Raises KeyError if nobody has said it."""
    return _unpaid_hooks[order.source.type]


def finished_hook(order: Order) -> FinishedHook:
    """What the door of an order does when it is over. Raises KeyError if nobody has said it."""
    return _finished_hooks[order.source.type]
