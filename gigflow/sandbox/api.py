"""Paying at the sandbox by a program, which needs no browser for it."""

from typing import Literal

import msgspec
from flask import Blueprint, Response

from gigflow.core.clock import now
from gigflow.core.errors import NotFound
from gigflow.sandbox import actions
from gigflow.sandbox.forms import CardNumberForm
from gigflow.web.answers import answer
from gigflow.web.forms import bind
from gigflow.web.openapi import describes
from gigflow.web.runtime import db, runtime

api = Blueprint("sandbox_api", __name__, url_prefix="/api/sandbox")


class PaidCheckout(msgspec.Struct, rename="camel"):
    """A checkout of the sandbox that was paid."""

    id: str
    status: Literal["paid"] = "paid"


@api.post("/checkout/<id>")
@describes(
    "Pay at a checkout of the sandbox with a test card",
    "Payments",
    PaidCheckout,
    form=CardNumberForm,
    refusals=(404, 409),
)
def pay(id: str) -> Response:
    """Pay at it. The id is the last part of the checkout's address; the test cards are on the page there."""
    if runtime().settings.payment_provider != "sandbox":
        raise NotFound
    session = actions.session_of(db(), id)
    form = bind(CardNumberForm)
    return answer(PaidCheckout(actions.pay(db(), session.id, form.digits, now()).id))
