"""What a letter says of an order: the amount, and who has to do what by when."""

from datetime import datetime

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User, name_of
from gigflow.core.clock import spoken
from gigflow.core.db import Db
from gigflow.core.money import Currency
from gigflow.core.rules import Rules
from gigflow.notifications.models import Notification
from gigflow.orders import store
from gigflow.orders.models import Order, Side
from gigflow.orders.turns import NOTHING_PAID, next_sentence, next_step, slots_of


def facts(db: Db, user: User, told: Notification, rules: Rules, now: datetime) -> list[str]:
    """Return how an order stands for somebody who is written to: its money, and the next step with its date."""
    order = store.get_order(db, told.order_id) if told.order_id else None
    if order is None:
        return []
    people = accounts.people(db, [order.client_id, order.freelancer_id])
    side, step = order.side_of(user.id), next_step(order, now)
    sentence = next_sentence(step, side, now, is_admin=user.is_admin).format(
        client=name_of(people.get(order.client_id)),
        freelancer=name_of(people.get(order.freelancer_id)),
        by=spoken(step.by, user.time_zone or "UTC") if step.by else "",
        **slots_of(order, rules.currency.format),
    )
    return [_money(order, side, rules.currency), sentence if step.who is None else f"Next: {sentence}"]


def _money(order: Order, side: Side | None, currency: Currency) -> str:
    price, shown = currency.format(order.price_minor), currency.format
    if order.ended_at and order.paid_at:
        released = order.net_of(order.released_minor) if side == "freelancer" else order.released_minor
        parts = []
        if released:
            said = "{amount} released to you after the fee" if side == "freelancer" else "{amount} released"
            parts.append(said.format(amount=shown(released)))
        if order.refunded_minor:
            said = "{amount} refunded to you" if side == "client" else "{amount} refunded to the client"
            parts.append(said.format(amount=shown(order.refunded_minor)))
        return f"Price: {price} ({', '.join(parts)})" if parts else f"Price: {price}"
    if order.ended_unpaid:
        return f"Price: {price}. {NOTHING_PAID}"
    held = ", held by GigFlow" if order.paid_at and not order.refunded_minor else ""
    if side == "freelancer":
        after = " after the fee" if order.fee_basis_points else ""
        return f"Price: {price}{held}. You receive {shown(order.net_of(order.price_minor))}{after}."
    return f"Price: {price}{held}"
