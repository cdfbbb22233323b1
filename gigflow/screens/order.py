"""The page of an order, with its reviews."""

from contextlib import suppress

from flask import Blueprint, Response, request

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.notifications.views import news_lead_to
from gigflow.orders import actions
from gigflow.orders.models import Order
from gigflow.orders.views import order_context
from gigflow.payments import actions as payments
from gigflow.payments.gateway import GatewayAway, GatewayRefused
from gigflow.payments.models import OPEN
from gigflow.receipts.views import order_receipts
from gigflow.reviews.views import order_reviews
from gigflow.web.auth import signed_in
from gigflow.web.htmx import render
from gigflow.web.runtime import db, person, runtime

pages = Blueprint("order", __name__)


@pages.get("/orders/<order_id>")
@signed_in
def show(order_id: str) -> Response:
    """Show an order with everything that its two sides, and admins, may know and do. The provider sends the client back
    to here: `paid=1` after paying, `paid=0` without.
    """
    order = actions.order_for(db(), person(), object_id(order_id))
    news_lead_to(order.path)
    paid = request.args.get("paid") if order.client_id == person().user_id else None
    if paid == "1" and order.status == "pending_payment":
        # Its event may still be on its way, or lost: ask the provider once.
        _look_at_payment(order)
        order = actions.order_for(db(), person(), order.id)
    context = {**order_context(order), **order_reviews(order, person()), **order_receipts(order, person())}
    newest = next(iter(context["payments"]), None)
    # A client who has not begun to pay, or whose money has gone back, waits for nothing.
    waits = paid == "1" and newest is not None and newest.status in OPEN
    return render(
        "orders/show.html",
        "orders/_order.html",
        paid=paid if order.status == "pending_payment" and (waits or paid == "0") else None,
        **context,
    )


def _look_at_payment(order: Order) -> None:
    """Ask the provider about the open payment; if it cannot be reached just now, nothing changes."""
    gateway = runtime().gateway
    payment = next((each for each in payments.payments_for(db(), order.id) if each.status in OPEN), None)
    if gateway is None or payment is None or payment.provider != gateway.name:
        return
    with suppress(GatewayAway, GatewayRefused):
        payments.look(db(), gateway, payment, now())
