"""Everybody's orders and disputes, for admins' programs (docs/api.md)."""

import msgspec
from bson import ObjectId
from flask import Blueprint, Response

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.orders import deciding, reversals, shutting
from gigflow.orders.api import REFUSALS, STATE, wanted_states
from gigflow.orders.bodies import (
    DisputeBody,
    OrderBody,
    OrderDetail,
    detail,
    dispute_body,
    order_rows,
)
from gigflow.orders.forms import DecisionForm, LossForm, NoteForm, ReasonForm
from gigflow.payments import refunding
from gigflow.payments.bodies import PaymentBody, payment_body
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind
from gigflow.web.openapi import CURSOR, LIMIT, describes
from gigflow.web.runtime import db, person

api = Blueprint("orders_admin_api", __name__, url_prefix="/api/admin")


class AllOrders(msgspec.Struct, rename="camel"):
    """A page of all orders."""

    orders: list[OrderBody]
    next: str | None


class DisputeList(msgspec.Struct, rename="camel"):
    """A page of open disputes."""

    disputes: list[DisputeBody]
    next: str | None


@api.get("/orders")
@signed_in
@describes("List all orders, for admins", "Admin", AllOrders, query=(STATE, LIMIT, CURSOR), refusals=(403,))
def list_all() -> Response:
    """Show all orders, newest first."""
    wanted = asked_page()
    page = deciding.all_orders(db(), person(), wanted_states(), wanted)
    return answer(AllOrders(order_rows(page.rows), page.next))


@api.post("/orders/<id>/complete")
@signed_in
@describes(
    "Complete a paid order: release all of its money", "Admin", OrderDetail, form=NoteForm, refusals=REFUSALS
)
def complete(id: str) -> Response:
    """Decide for the freelancer, as an admin."""
    order = deciding.order_of_others(db(), person(), object_id(id))
    return _end(order.id, None, bind(NoteForm))


@api.post("/orders/<id>/cancel")
@signed_in
@describes(
    "Cancel a paid order: refund all of its money", "Admin", OrderDetail, form=NoteForm, refusals=REFUSALS
)
def cancel_as_admin(id: str) -> Response:
    """Decide for the client, as an admin."""
    order = deciding.order_of_others(db(), person(), object_id(id))
    return _end(order.id, 0, bind(NoteForm))


@api.post("/orders/<id>/void")
@signed_in
@describes("Cancel an order that nobody has paid", "Admin", OrderDetail, form=NoteForm, refusals=REFUSALS)
def void(id: str) -> Response:
    """End an unpaid order: its job or service is on offer again."""
    order = shutting.order_to_void(db(), person(), object_id(id))
    form = bind(NoteForm)
    note, version = form.note.data or "", form.version.data
    return detail(shutting.void(db(), person(), order.id, note, now(), version=version))


@api.post("/orders/<id>/resume")
@signed_in
@describes(
    "Resume an order that the closing of an account has stopped",
    "Admin",
    OrderDetail,
    form=NoteForm,
    refusals=REFUSALS,
)
def resume(id: str) -> Response:
    """Make it what it was before, once the account is open again; its dates move by the time that was lost."""
    order = shutting.order_to_resume(db(), person(), object_id(id))
    form = bind(NoteForm)
    note, version = form.note.data or "", form.version.data
    return detail(shutting.resume(db(), person(), order.id, note, now(), version=version))


@api.post("/orders/<id>/settle-loss")
@signed_in
@describes(
    "Decide who bears what the provider took back", "Admin", OrderDetail, form=LossForm, refusals=REFUSALS
)
def settle_loss(id: str) -> Response:
    """Take what is in doubt from the freelancer's balance (`takeBack`), or leave it there: GigFlow bears the loss."""
    order = deciding.order_of_others(db(), person(), object_id(id))
    form = bind(LossForm)
    note, version, take_back = form.note.data or "", form.version.data, form.take_back.data
    done = reversals.settle_loss(db(), person(), order.id, take_back, note, now(), version=version)
    return detail(done)


@api.post("/payments/<id>/refund")
@signed_in
@describes("Send a failed refund again", "Admin", PaymentBody, form=ReasonForm, refusals=REFUSALS)
def refund_again(id: str) -> Response:
    """Send again those of a payment's refunds that did not arrive."""
    payment = refunding.payment_for(db(), person(), object_id(id))
    why = bind(ReasonForm).note.data or ""
    return answer(payment_body(reversals.send_refund_again(db(), person(), payment.id, why, now())))


@api.get("/disputes")
@signed_in
@describes(
    "List the open disputes, oldest first", "Admin", DisputeList, query=(LIMIT, CURSOR), refusals=(403,)
)
def list_disputes() -> Response:
    """Show all open disputes; the oldest comes first, and `next` leads to later ones. The sealed numbers stay
    sealed.
    """
    page = deciding.open_disputes(db(), person(), asked_page())
    return answer(DisputeList([dispute_body(each, None) for each in page.rows], page.next))


@api.post("/disputes/<id>/resolve")
@signed_in
@describes("Decide a dispute", "Admin", OrderDetail, form=DecisionForm, refusals=REFUSALS)
def resolve(id: str) -> Response:
    """Say how much (gross) the freelancer gets; the rest goes back."""
    disputed = deciding.dispute_for(db(), person(), object_id(id))
    form = bind(DecisionForm)
    return _end(disputed.order_id, form.amount.data, form)


def _end(order_id: ObjectId, released_minor: int | None, form: NoteForm | DecisionForm) -> Response:
    note, version = form.note.data or "", form.version.data
    return detail(deciding.decide(db(), person(), order_id, released_minor, note, now(), version=version))
