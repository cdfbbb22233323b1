"""Payments for programs, and the door for the provider's events (docs/api.md)."""

import time
from datetime import datetime

import msgspec
from flask import Blueprint, Response, request

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Conflict, Invalid, NotFound
from gigflow.core.paging import page_request
from gigflow.gigs import buying
from gigflow.gigs.buying import Shown
from gigflow.orders import actions as orders
from gigflow.orders.bodies import OrderBody, order_bodies
from gigflow.orders.models import Order
from gigflow.payments import actions, payouts
from gigflow.payments.forms import CheckoutForm, PayoutForm
from gigflow.payments.gateway import BadSignature
from gigflow.payments.models import IDEMPOTENCY_KEY_MAX, Payment, Payout
from gigflow.web.auth import signed_in
from gigflow.web.forms import bind
from gigflow.web.limits import limited
from gigflow.web.marks import from_provider
from gigflow.web.openapi import CURSOR, LIMIT, Query, answer, describes
from gigflow.web.runtime import base_url, db, person, rules, runtime

api = Blueprint("payments_api", __name__, url_prefix="/api/payment")

KEY = Query(
    "Idempotency-Key",
    "Any text of one's own; a repeat with it gets the first one's payout.",
    {"type": "string", "maxLength": IDEMPOTENCY_KEY_MAX},
)


class CheckoutBody(msgspec.Struct, rename="camel"):
    """Where the client pays, and for what."""

    order: OrderBody
    checkout_url: str


class PaymentBody(msgspec.Struct, rename="camel", kw_only=True):
    """One try to pay. `refunded` is what went back or is on its way back."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    order_id: str
    provider: str
    status: str
    amount: float
    currency: str
    received: float
    refunded: float
    created_at: datetime
    updated_at: datetime


class StatusBody(msgspec.Struct, rename="camel"):
    """How an order and its payment stand; `status` is that of the payment whose money the order took, else
    the newest payment's, `unpaid` before there is one.
    """

    order_id: str
    status: str
    order: OrderBody
    payment: PaymentBody | None
    payments: list[PaymentBody]


class ReceivedBody(msgspec.Struct):
    """The event was taken."""

    received: bool


class MovementBody(msgspec.Struct, rename="camel"):
    """What came to a balance (positive) or went from it, and why: release, payout, payout_returned or taken_back."""

    what: str
    amount: float
    order_id: str | None
    at: datetime


class BalanceBody(msgspec.Struct, rename="camel"):
    """What one has earned and not taken out, and how it came to that, newest first. What is `inDoubt` of it cannot be
    paid out until an admin has decided: the provider took the money of its order back.
    """

    balance: float
    currency: str
    movements: list[MovementBody]
    next: str | None
    in_doubt: float | msgspec.UnsetType = msgspec.UNSET


class PayoutBody(msgspec.Struct, rename="camel", kw_only=True):
    """Money on its way to a bank."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    amount: float
    currency: str
    status: str
    why: str
    created_at: datetime
    updated_at: datetime


class PayoutList(msgspec.Struct, rename="camel"):
    """A page of one's payouts."""

    payouts: list[PayoutBody]
    next: str | None


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
)
def checkout() -> Response:
    """Make the order of a service (`gigId`), or take one that waits for payment (`orderId`), and say where to pay."""
    form = bind(CheckoutForm)
    if bool(form.gig_id.data) == bool(form.order_id.data):
        raise Invalid({"gig_id": ["Either gigId, of a service, or orderId."]})
    order = _bought(form) if form.gig_id.data else _own_order(form)
    payment = actions.checkout(
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
@describes("How an order and its payment stand", "Payments", StatusBody, refusals=(404,))
def status(id: str) -> Response:
    """The status of an order's payment, for both sides."""
    order = orders.order_for(db(), person(), object_id(id))
    found = actions.payments_for(db(), order.id)
    payment = actions.payment_in_force(found)
    body = StatusBody(
        str(order.id),
        payment.status if payment else "unpaid",
        order_bodies([order])[0],
        payment_body(payment) if payment else None,
        [payment_body(each) for each in found],
    )
    return answer(body)


@api.post("/webhook")
@from_provider
@describes(
    "Events of the payment provider, which signs them", "Payments", ReceivedBody, refusals=(400, 404, 409)
)
def webhook() -> Response:
    """Take an event, once however often it comes (SECURITY 21)."""
    gateway = runtime().gateway
    if gateway is None:
        raise NotFound
    try:
        event = gateway.read_event(request.get_data(), dict(request.headers), time.time())
    except BadSignature as error:
        raise Invalid(
            message=f"This event is not signed as it should be: {error}", code="bad_signature"
        ) from error
    actions.take_event(db(), gateway.name, event, now())
    return answer(ReceivedBody(True))


@api.get("/balance")
@signed_in
@describes("What one has earned and not taken out", "Payments", BalanceBody, query=(LIMIT, CURSOR))
def balance() -> Response:
    """The viewer's balance and what moved it."""
    number = runtime().currency.number
    wanted = page_request(request.args.get("limit"), request.args.get("cursor"))
    page = payouts.movements_of(db(), person(), wanted)
    moved = [
        MovementBody(
            each.what, number(each.amount_minor), str(each.order_id) if each.order_id else None, each.at
        )
        for each in page.rows
    ]
    found = payouts.balance_of(db(), person())
    return answer(
        BalanceBody(
            number(found.amount_minor),
            runtime().currency.code,
            moved,
            page.next,
            number(found.in_doubt_minor) if found.in_doubt_minor else msgspec.UNSET,
        )
    )


@api.get("/payouts")
@signed_in
@describes("One's payouts, newest first", "Payments", PayoutList, query=(LIMIT, CURSOR))
def list_payouts() -> Response:
    """What went from the viewer's balance to their bank."""
    page = payouts.payouts_of(
        db(), person(), page_request(request.args.get("limit"), request.args.get("cursor"))
    )
    return answer(PayoutList([_payout(each) for each in page.rows], page.next))


@api.post("/payouts")
@signed_in
@limited("payouts")
@describes(
    "Have one's balance paid out",
    "Payments",
    PayoutBody,
    form=PayoutForm,
    status=201,
    headers=(KEY,),
    refusals=(409, 502),
)
def pay_out() -> Response:
    """Send an amount of the balance, or all of it, to the viewer's bank."""
    form = bind(PayoutForm)
    key = request.headers.get("Idempotency-Key") or None
    if key and len(key) > IDEMPOTENCY_KEY_MAX:
        raise Invalid({"Idempotency-Key": [f"At most {IDEMPOTENCY_KEY_MAX} characters."]})
    payout = payouts.request_payout(
        db(),
        runtime().gateway,
        person(),
        amount_minor=form.amount.data,
        key=key,
        rules=rules(),
        base_url=base_url(),
        now=now(),
    )
    return answer(_payout(payout), 201)


def _bought(form: CheckoutForm) -> Order:
    return buying.buy_service(
        db(),
        person(),
        object_id(form.gig_id.data),
        shown=Shown(form.price.data, form.version.data),
        rules=rules(),
        gateway=runtime().gateway,
        now=now(),
        most_unpaid=runtime().limits.most("unpaid_orders"),
    )


def _own_order(form: CheckoutForm) -> Order:
    order, _ = orders.order_of_side(db(), person(), object_id(form.order_id.data), "client")
    if form.price.data not in (None, order.price_minor):
        raise Conflict("This order has another price. Please look at its terms.", code="terms_changed")
    return order


def payment_body(payment: Payment) -> PaymentBody:
    """A try to pay, for programs."""
    number = runtime().currency.number
    return PaymentBody(
        id=str(payment.id),
        mongo_id=str(payment.id),
        order_id=str(payment.order_id),
        provider=payment.provider,
        status=payment.status,
        amount=number(payment.amount_minor),
        currency=payment.currency,
        received=number(payment.received_minor),
        refunded=number(payment.refunded_minor),
        created_at=payment.created_at,
        updated_at=payment.updated_at,
    )


def _payout(payout: Payout) -> PayoutBody:
    return PayoutBody(
        id=str(payout.id),
        mongo_id=str(payout.id),
        amount=runtime().currency.number(payout.amount_minor),
        currency=runtime().currency.code,
        status=payout.status,
        why=payout.why,
        created_at=payout.created_at,
        updated_at=payout.updated_at,
    )
