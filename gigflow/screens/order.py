"""The page of an order, with its reviews and what its two sides write to each other."""

from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, request

from gigflow.bids import bidders
from gigflow.chat import opening
from gigflow.chat.views import talk_about, thread_context
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.gigs.models import Job
from gigflow.jobs import actions as jobs
from gigflow.notifications.views import news_lead_to
from gigflow.orders import actions
from gigflow.orders.models import Order, other
from gigflow.orders.talking import about_of
from gigflow.orders.views import order_context
from gigflow.payments import actions as payments
from gigflow.payments.gateway import GatewayAway, GatewayRefused
from gigflow.payments.models import OPEN
from gigflow.receipts.views import order_receipts
from gigflow.replies.views import asked_reply
from gigflow.reviews.views import order_reviews
from gigflow.web.auth import signed_in
from gigflow.web.htmx import render, wants_fragment
from gigflow.web.runtime import db, person, runtime

pages = Blueprint("order", __name__)

JOBS_AMONG = 500  # open jobs of a client, the oldest ones, that are looked at for a bid
TALK_LAST = 20  # entries of the conversation that the page shows at first


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
    talk = {} if wants_fragment() else _talk_context(order)
    return render(
        "orders/show.html",
        "orders/_order.html",
        paid=paid if order.status == "pending_payment" and (waits or paid == "0") else None,
        still_open=_still_open(order),
        **context,
        **talk,
    )


def _still_open(order: Order) -> list[Job]:
    """Return the open jobs of a client on which the freelancer has bid whom they have hired by an offer meanwhile: the
    work may be the same, so the client is asked whether to close them.
    """
    if not order.live or order.source.type != "offer" or order.client_id != person().user_id:
        return []
    open_ids = jobs.open_job_ids_of(db(), order.client_id, JOBS_AMONG)
    bid_on = bidders.waiting_bids_among(db(), order.freelancer_id, open_ids)
    return list(jobs.jobs_by_id(db(), list(bid_on)).values())


def _talk_context(order: Order) -> dict[str, Any]:
    """Return what the two sides write to each other about an order, for one of them. It stands beside what changes with
    the order, so that nothing that is being written is lost.
    """
    reader = person()
    side = order.side_of(reader.user_id)
    if side is None:
        return {}
    other_id, about = order.person(other(side)), about_of(order)
    known = opening.conversation_about(db(), reader, other_id, about)
    return thread_context(talk_about(other_id, about, known), text=asked_reply(), limit=TALK_LAST)


def _look_at_payment(order: Order) -> None:
    """Ask the provider about the open payment; if it cannot be reached just now, nothing changes."""
    gateway = runtime().gateway
    payment = next((each for each in payments.payments_for(db(), order.id) if each.status in OPEN), None)
    if gateway is None or payment is None or payment.provider != gateway.name:
        return
    with suppress(GatewayAway, GatewayRefused):
        payments.look(db(), gateway, payment, now())
