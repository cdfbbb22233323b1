"""Balances, payouts and the provider's events, for programs (docs/api.md)."""

import time
from datetime import datetime
from typing import ClassVar

import msgspec
from flask import Blueprint, Response, request

from gigflow.core.clock import now
from gigflow.core.errors import Invalid, NotFound
from gigflow.payments import actions, payouts
from gigflow.payments.forms import PayoutForm
from gigflow.payments.gateway import BadSignature
from gigflow.payments.models import IDEMPOTENCY_KEY_MAX, Payout
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind
from gigflow.web.limits import limited
from gigflow.web.marks import from_provider
from gigflow.web.openapi import CURSOR, LIMIT, Query, describes
from gigflow.web.runtime import base_url, db, person, rules, runtime

api = Blueprint("payments_api", __name__, url_prefix="/api/payment")

KEY = Query(
    "Idempotency-Key",
    "A text of your choice; repeating the request with the same text returns the same payout.",
    {"type": "string", "maxLength": IDEMPOTENCY_KEY_MAX},
)


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
    """What you have earned and not taken out, and how it came to that, newest first. The part that is `inDoubt` cannot
    be paid out until an admin has decided: the provider took the money of its order back.
    """

    balance: float
    currency: str
    movements: list[MovementBody]
    next: str | None
    in_doubt: float | msgspec.UnsetType = msgspec.UNSET


class PayoutBody(msgspec.Struct, rename="camel", kw_only=True):
    """Money on its way to a bank."""

    NAME: ClassVar[str] = "payout"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    amount: float
    currency: str
    status: str
    why: str
    created_at: datetime
    updated_at: datetime


class PayoutList(msgspec.Struct, rename="camel"):
    """A page of your payouts."""

    payouts: list[PayoutBody]
    next: str | None


@api.post("/webhook")
@from_provider
@describes(
    "Receive a signed event from the payment provider",
    "Payments",
    ReceivedBody,
    refusals=(400, 404, 409),
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
            message=f"This event’s signature is not valid: {error}", code="bad_signature"
        ) from error
    actions.take_event(db(), gateway.name, event, now())
    return answer(ReceivedBody(True))


@api.get("/balance")
@signed_in
@describes("Get your balance and its history", "Payments", BalanceBody, query=(LIMIT, CURSOR))
def balance() -> Response:
    """Show your balance and what moved it."""
    number = runtime().currency.number
    page = payouts.movements_of(db(), person(), asked_page())
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
@describes("List your payouts, newest first", "Payments", PayoutList, query=(LIMIT, CURSOR))
def list_payouts() -> Response:
    """Show what went from your balance to your bank."""
    page = payouts.payouts_of(db(), person(), asked_page())
    return answer(PayoutList([_payout(each) for each in page.rows], page.next))


@api.post("/payouts")
@signed_in
@limited("payouts")
@describes(
    "Withdraw your balance",
    "Payments",
    PayoutBody,
    form=PayoutForm,
    status=201,
    headers=(KEY,),
    refusals=(409, 502),
)
def pay_out() -> Response:
    """Send an amount of your balance, or all of it, to your bank."""
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
