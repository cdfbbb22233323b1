"""Telling the people of an order what happened in it (docs/domain.md, News)."""

from collections.abc import Mapping
from datetime import datetime

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User, Viewer
from gigflow.core.db import Tx
from gigflow.notifications.actions import tell
from gigflow.notifications.models import NO_SLOTS, About, Event
from gigflow.orders.models import SIDES, Order, Side


def tell_side(
    tx: Tx,
    event: Event,
    order: Order,
    side: Side,
    text: str,
    now: datetime,
    actor: User | Viewer | None = None,
    *,
    words: str = "",
    own: bool = False,
    slots: Mapping[str, str] = NO_SLOTS,
) -> None:
    """Tell one side of an order what happened (`notifications.tell`)."""
    to, about = order.person(side), order.about
    tell(tx, event, to, text, now, about=about, actor=actor, words=words, own=own, slots=slots)


def tell_both(
    tx: Tx,
    event: Event,
    order: Order,
    text: str,
    now: datetime,
    *,
    by: Side | None = None,
    words: str = "",
    slots: Mapping[str, str] = NO_SLOTS,
) -> None:
    """Tell both sides of an order the same; `by` is the side that did it, if one did."""
    for side in SIDES:
        tell_side(tx, event, order, side, text, now, words=words, own=side == by, slots=slots)


def tell_judges(
    tx: Tx, event: Event, order: Order, text: str, now: datetime, slots: Mapping[str, str] = NO_SLOTS
) -> None:
    """Tell the admins who may decide about an order: those who are no side of it."""
    judges = [each for each in accounts.admins(tx) if order.side_of(each) is None]
    about = About(url=order.path, gig_title=order.terms.title, order_id=order.id)
    tell(tx, event, judges, text, now, about=about, slots=slots)
