"""Paying for an order, for people."""

from flask import Blueprint, Response

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.orders import actions
from gigflow.orders.models import Order
from gigflow.orders.turns import silence_sentence
from gigflow.orders.views import names_in, sentence_of
from gigflow.payments import actions as payments
from gigflow.payments.models import Payment
from gigflow.web.auth import signed_in
from gigflow.web.forms import Form
from gigflow.web.htmx import go, render
from gigflow.web.limits import limited
from gigflow.web.runtime import base_url, db, person, rules, runtime

pages = Blueprint("paying", __name__)


@pages.get("/checkout/<order_id>")
@signed_in
def checkout(order_id: str) -> Response:
    """Show what is about to be paid, and what happens with the money."""
    order, _ = actions.order_of_side(db(), person(), object_id(order_id), "client")
    if order.status != "pending_payment":
        return go(order.path)
    return _checkout_page(order, Form(formdata=None))


@pages.post("/checkout/<order_id>")
@signed_in
@limited("purchases", in_form=True)
def pay(order_id: str) -> Response:
    """Go to the provider's checkout."""
    order, _ = actions.order_of_side(db(), person(), object_id(order_id), "client")
    form = Form()
    payment = form.perform(lambda: _open_checkout(order))
    if payment and payment.checkout_url:
        return go(payment.checkout_url)
    order = actions.order_for(db(), person(), order.id)
    return _checkout_page(order, form) if order.status == "pending_payment" else go(order.path)


def _open_checkout(order: Order) -> Payment:
    return payments.checkout(
        db(),
        runtime().gateway,
        actions.payable(order),
        rules=rules(),
        base_url=base_url(),
        now=now(),
    )


def _checkout_page(order: Order, form: Form) -> Response:
    names = names_in(order)
    return render(
        "orders/checkout.html",
        "orders/_checkout.html",
        status=form.status,
        order=order,
        names=names,
        standing=sentence_of(order, names, "client"),
        silence=silence_sentence(order.source.type, to_client=True),
        form=form,
        provider=runtime().settings.payment_provider,
    )
