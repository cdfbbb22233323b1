"""Paying, and being paid out, for people."""

import secrets

from flask import Blueprint, Response, request, url_for

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import ProviderFailed
from gigflow.core.paging import PageRequest, page_request
from gigflow.orders import actions as orders
from gigflow.orders.models import Order
from gigflow.orders.views import delivery_days_of, names_in
from gigflow.payments import actions, payouts
from gigflow.payments.forms import PayoutPageForm
from gigflow.payments.models import Payment
from gigflow.web.auth import signed_in
from gigflow.web.forms import Form
from gigflow.web.htmx import go, render
from gigflow.web.limits import limited
from gigflow.web.runtime import base_url, db, person, rules, runtime

pages = Blueprint("payments", __name__)

NEWEST_PAYOUTS = PageRequest(10)


@pages.get("/checkout/<order_id>")
@signed_in
def checkout(order_id: str) -> Response:
    """What is about to be paid, and what happens with the money."""
    order, _ = orders.order_of_side(db(), person(), object_id(order_id), "client")
    if order.status != "pending_payment":
        return go(order.path)
    return _checkout_page(order, Form(formdata=None))


@pages.post("/checkout/<order_id>")
@signed_in
@limited("purchases", in_form=True)
def pay(order_id: str) -> Response:
    """Go to the provider's checkout."""
    order, _ = orders.order_of_side(db(), person(), object_id(order_id), "client")
    form = Form()
    payment = form.perform(lambda: _open_checkout(order))
    if payment and payment.checkout_url:
        return go(payment.checkout_url)
    order = orders.order_for(db(), person(), order.id)
    return _checkout_page(order, form) if order.status == "pending_payment" else go(order.path)


@pages.get("/settings/payouts")
@signed_in
def show_payouts() -> Response:
    """The viewer's balance, what moved it, and the way out of it."""
    return _payouts_page()


@pages.post("/settings/payouts")
@signed_in
@limited("payouts", in_form=True)
def pay_out() -> Response:
    """Send money of the balance to the viewer's bank; first the provider asks what it must know for that."""
    form = PayoutPageForm()
    where = form.perform(lambda: _questions(form) or _pay_out(form))
    return go(where) if where else _payouts_page(form)


def _open_checkout(order: Order) -> Payment:
    return actions.checkout(
        db(),
        runtime().gateway,
        orders.payable(order),
        rules=rules(),
        base_url=base_url(),
        now=now(),
    )


def _checkout_page(order: Order, form: Form) -> Response:
    return render(
        "payments/checkout.html",
        "payments/_checkout.html",
        status=form.status,
        order=order,
        names=names_in(order),
        delivery_days=delivery_days_of(order),
        form=form,
        provider=runtime().settings.payment_provider,
    )


def _questions(form: PayoutPageForm) -> str | None:
    """Where the provider asks what it must know of the viewer first; None if it knows enough, or nothing can go out."""
    gateway = runtime().gateway
    if gateway is None:
        return None
    if not payouts.is_known(db(), person(), form.idempotency_key.data or None):
        payouts.check_there_is(db(), person(), form.amount.data)
    return payouts.onboard(db(), gateway, person(), base_url=base_url(), now=now())


def _pay_out(form: PayoutPageForm) -> str:
    """Have the money sent; where to go then."""
    payouts.request_payout(
        db(),
        runtime().gateway,
        person(),
        amount_minor=form.amount.data,
        key=form.idempotency_key.data or None,
        rules=rules(),
        base_url=base_url(),
        now=now(),
    )
    return url_for("payments.show_payouts", sent=1)


def _is_known() -> bool:
    """Whether the provider can send the viewer money; where it cannot be asked just now, it may have questions."""
    gateway = runtime().gateway
    try:
        account = payouts.account_of(db(), gateway, person(), now()) if gateway else None
    except ProviderFailed:
        return False
    return account is not None and account.ready


def _payouts_page(form: PayoutPageForm | None = None) -> Response:
    moved = payouts.movements_of(db(), person(), page_request(None, request.args.get("cursor")))
    balance = payouts.balance_of(db(), person())
    key = {"idempotency_key": secrets.token_urlsafe(16)}
    return render(
        "payments/payouts.html",
        "payments/_payouts.html",
        status=form.status if form else 200,
        form=form or PayoutPageForm(formdata=None, data=key),
        balance=balance.amount_minor,
        in_doubt=balance.in_doubt_minor,
        known=_is_known(),
        provider=runtime().settings.payment_provider,
        movements=moved.rows,
        titles=orders.titles_of(db(), person(), {each.order_id for each in moved.rows if each.order_id}),
        payouts=payouts.payouts_of(db(), person(), NEWEST_PAYOUTS).rows,
        next_url=url_for("payments.show_payouts", cursor=moved.next) if moved.next else None,
        sent="sent" in request.args,
    )
