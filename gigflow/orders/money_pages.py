"""What an amount means for both sides while it is typed; and questions for admins about money after an order's end:
who bears a loss, and a refund that did not arrive.
"""

from flask import Blueprint, Response, request
from markupsafe import Markup

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.orders import actions, reversals
from gigflow.orders.forms import LossPageForm, ReasonForm
from gigflow.orders.models import Order
from gigflow.orders.views import names_in, question, split_of
from gigflow.web.amounts import typed_amount
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render, wants_fragment
from gigflow.web.runtime import db, person

pages = Blueprint("order_money", __name__)


@pages.get("/orders/<order_id>/split")
@signed_in
def split(order_id: str) -> Response:
    """Say what the amount that is being typed means for both sides, or why it is not taken."""
    order = actions.order_for(db(), person(), object_id(order_id))
    if not wants_fragment():
        return go(order.path)  # it is a part of a form, not a page
    return render("_net.html", sentence=_said_of(order, request.args.get("amount", "")))


@pages.get("/orders/<order_id>/settle-loss")
@signed_in
def ask_settle_loss(order_id: str) -> Response:
    """Ask an admin who bears what the provider took back."""
    order = actions.order_for(db(), person(), object_id(order_id))
    reversals.order_in_doubt(db(), person(), order.id)
    return question("settle_loss", order_id, LossPageForm(formdata=None))


@pages.post("/orders/<order_id>/settle-loss")
@signed_in
def settle_loss(order_id: str) -> Response:
    """Decide it."""
    order = actions.order_for(db(), person(), object_id(order_id))
    form = LossPageForm()
    done = form.perform(
        lambda: reversals.settle_loss(
            db(),
            person(),
            order.id,
            form.take_back.data,
            form.note.data or "",
            now(),
            version=form.version_seen(),
        )
    )
    return go(done.path) if done else question("settle_loss", order_id, form)


@pages.get("/orders/<order_id>/refund")
@signed_in
def ask_refund(order_id: str) -> Response:
    """Ask an admin whether to send a refund again."""
    order = actions.order_for(db(), person(), object_id(order_id))
    reversals.order_to_refund_again(db(), person(), order.id)
    return question("refund", order_id, ReasonForm(formdata=None))


@pages.post("/orders/<order_id>/refund")
@signed_in
def refund(order_id: str) -> Response:
    """Send it."""
    order = actions.order_for(db(), person(), object_id(order_id))
    form = ReasonForm()
    why = form.note.data or ""
    done = form.perform(lambda: reversals.refund_again(db(), person(), order.id, why, now()))
    return go(done.path) if done else question("refund", order_id, form)


def _said_of(order: Order, text: str) -> str | Markup:
    try:
        amount = typed_amount(text, bound=True)
    except ValueError as error:
        return str(error)
    return split_of(order, names_in(order), order.side_of(person().user_id), amount)
