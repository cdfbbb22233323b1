"""Paying, for programs: the checkout of a service or an order, and how its payment stands."""

import msgspec
from flask import Blueprint, Response

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Conflict, Invalid
from gigflow.orders import actions as orders
from gigflow.orders.bodies import OrderBody, order_bodies
from gigflow.orders.briefs import change_brief
from gigflow.orders.models import ACCEPT_WITHIN, Order, Seen
from gigflow.payments import actions as payments
from gigflow.payments.bodies import PaymentBody, payment_body
from gigflow.payments.forms import CheckoutForm
from gigflow.services import buying
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import bind
from gigflow.web.limits import limited
from gigflow.web.openapi import describes
from gigflow.web.runtime import base_url, db, person, rules, runtime

api = Blueprint("paying_api", __name__, url_prefix="/api/payment")


class CheckoutBody(msgspec.Struct, rename="camel"):
    """Where the client pays, and for what."""

    order: OrderBody
    checkout_url: str


class StatusBody(msgspec.Struct, rename="camel"):
    """How an order and its payment stand; `status` is that of the payment whose money the order took, else
    the newest payment's, `unpaid` before there is one.
    """

    order_id: str
    status: str
    order: OrderBody
    payment: PaymentBody | None
    payments: list[PaymentBody]


@api.post("/checkout")
@signed_in
@limited("purchases")
@describes(
    "Buy a service, or pay for an order",
    "Payments",
    CheckoutBody,
    form=CheckoutForm,
    status=201,
    refusals=(403, 404, 409, 502),
    says="With `orderId`, too, what you send of a brief replaces that of the order."
    " GigFlow holds what is paid until the work is accepted. If you do not respond to a delivery in time, it is"
    f" accepted automatically and the money is released: within {ACCEPT_WITHIN['bid'].days} days for a job,"
    f" {ACCEPT_WITHIN['service'].days} days for a service.",
)
def checkout() -> Response:
    """Make the order of a service (`gigId`), or take one that waits for payment (`orderId`), and say where to pay."""
    form = bind(CheckoutForm)
    if bool(form.gig_id.data) == bool(form.order_id.data):
        raise Invalid({"gig_id": ["Either gigId, of a service, or orderId."]})
    order = _bought(form) if form.gig_id.data else _own_order(form)
    payment = payments.checkout(
        db(),
        runtime().gateway,
        orders.payable(order),
        rules=rules(),
        base_url=base_url(),
        now=now(),
    )
    assert payment.checkout_url is not None
    return answer(CheckoutBody(order_bodies([order])[0], payment.checkout_url), 201)


@api.get("/orders/<id>")
@signed_in
@describes("Get the state of an order and its payment", "Payments", StatusBody, refusals=(404,))
def status(id: str) -> Response:
    """Say the status of an order's payment, for both sides."""
    order = orders.order_for(db(), person(), object_id(id))
    found = payments.payments_for(db(), order.id)
    payment = payments.payment_in_force(found)
    body = StatusBody(
        str(order.id),
        payment.status if payment else "unpaid",
        order_bodies([order])[0],
        payment_body(payment) if payment else None,
        [payment_body(each) for each in found],
    )
    return answer(body)


def _bought(form: CheckoutForm) -> Order:
    return buying.buy_service(
        db(),
        person(),
        object_id(form.gig_id.data),
        seen=Seen(form.price.data, form.version.data),
        rules=rules(),
        gateway=runtime().gateway,
        now=now(),
        given=form.given,
        most_unpaid=runtime().limits.most("unpaid_orders"),
    )


def _own_order(form: CheckoutForm) -> Order:
    order, _ = orders.order_of_side(db(), person(), object_id(form.order_id.data), "client")
    if form.price.data not in (None, order.price_minor):
        raise Conflict("This order has another price. Please check its terms.", code="terms_changed")
    if form.given is None:
        return order
    return change_brief(db(), person(), order.id, form.given, now(), version=form.version.data)
