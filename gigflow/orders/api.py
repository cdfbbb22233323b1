"""Orders for programs (docs/api.md)."""

from datetime import timedelta

from flask import Blueprint, Response, request

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Invalid
from gigflow.files import actions as files
from gigflow.orders import actions, briefs, cancelling, delivering, disputes, statements
from gigflow.orders.bodies import CountsBody, OrderDetail, OrderList, detail, order_rows
from gigflow.orders.forms import (
    AnswerForm,
    CancelForm,
    ChangeBriefForm,
    ChangesForm,
    DeliverForm,
    DisputeForm,
    NumberForm,
    StatementForm,
)
from gigflow.orders.models import ANSWER_WITHIN, FILES_MAX, STATES, Side
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind
from gigflow.web.limits import limited
from gigflow.web.openapi import CURSOR, LIMIT, Query, describes
from gigflow.web.runtime import db, person
from gigflow.web.uploads import bind_files, count_upload, takes_files

api = Blueprint("orders_api", __name__, url_prefix="/api/orders")

STATE = Query(
    "state",
    f"Which, separated by commas: {', '.join(STATES)}; the default is all of them.",
    {"type": "string"},
)
SIDE = Query("side", "Only orders in which you are on this side.", {"enum": ["client", "freelancer"]})
REFUSALS = (403, 404, 409)


@api.get("")
@signed_in
@describes("List your orders, newest first", "Orders", OrderList, query=(STATE, SIDE, LIMIT, CURSOR))
def list_mine() -> Response:
    """Show your orders on either side."""
    side = _side()
    wanted = asked_page()
    page = actions.orders_of(db(), person(), wanted_states(), wanted, side)
    counts = CountsBody(**actions.counts_of(db(), person(), side))
    return answer(OrderList(order_rows(page.rows), page.next, counts))


@api.get("/<id>")
@signed_in
@describes("Get an order with its timeline, deliveries and ledger", "Orders", OrderDetail, refusals=(404,))
def show(id: str) -> Response:
    """Show an order of yours; admins see all."""
    return detail(actions.order_for(db(), person(), object_id(id)))


@api.put("/<id>/brief")
@signed_in
@limited("edits")
@describes(
    "Change what you need of an unpaid order",
    "Orders",
    OrderDetail,
    form=ChangeBriefForm,
    refusals=REFUSALS,
    says="What you leave out stays, the rest is replaced. A brief can be sent back as the order has it, by the same"
    " names. Once you have paid, it is agreed: 409 `brief_agreed`. If you name the `version` of the order that you"
    " read, and its brief has changed since, it is 409 `version_changed`.",
)
def change_brief(id: str) -> Response:
    """Change the brief of an order of a service: words, answers to its questions, and files."""
    order = briefs.order_to_brief(db(), person(), object_id(id))
    form = bind(ChangeBriefForm)
    given = form.given or briefs.NOT_GIVEN
    return detail(briefs.change_brief(db(), person(), order.id, given, now(), version=form.version.data))


@api.post("/<id>/deliver")
@signed_in
@takes_files(FILES_MAX)
@describes(
    "Deliver the work",
    "Orders",
    OrderDetail,
    form=DeliverForm,
    refusals=REFUSALS,
    says="The client can accept it, or request changes while `revisionsLeft` is more than 0. If they do not respond by"
    " `acceptBy`, it is accepted automatically and the money is released.",
)
def deliver(id: str) -> Response:
    """Deliver: JSON with a message, or multipart with files too."""
    delivering.check_may_deliver(db(), person(), object_id(id))
    count_upload("files")
    form = bind_files(DeliverForm)
    sent = files.store_files(db(), person(), form.files.data, now())
    return detail(delivering.deliver(db(), person(), object_id(id), form.message.data, sent, now()))


@api.post("/<id>/revise")
@signed_in
@describes(
    "Request changes to a delivery",
    "Orders",
    OrderDetail,
    form=ChangesForm,
    refusals=REFUSALS,
    says="As often as the terms say. If no revisions are left, accept the delivery or open a dispute.",
)
def revise(id: str) -> Response:
    """Send a delivery back, while revisions are left."""
    order = actions.order_for(db(), person(), object_id(id))
    message = bind(ChangesForm).message.data
    return detail(delivering.ask_for_changes(db(), person(), order.id, message, now()))


@api.post("/<id>/accept")
@signed_in
@describes(
    "Accept a delivery: the money is released",
    "Orders",
    OrderDetail,
    refusals=REFUSALS,
    says="This cannot be undone.",
)
def accept(id: str) -> Response:
    """Accept the delivery."""
    return detail(delivering.accept(db(), person(), object_id(id), now()))


@api.post("/<id>/cancel")
@signed_in
@limited("cancellations")
@describes(
    "Cancel an unpaid order, or ask to cancel a paid one",
    "Orders",
    OrderDetail,
    form=CancelForm,
    refusals=REFUSALS,
    says="An unpaid order ends at once, and nothing is charged. For a paid one the other side has"
    f" {ANSWER_WITHIN // timedelta(hours=1)} hours to answer; after that it becomes a dispute.",
)
def cancel(id: str) -> Response:
    """Say that you do not want to go on."""
    order = actions.order_for(db(), person(), object_id(id))
    return detail(cancelling.cancel(db(), person(), order.id, bind(CancelForm).reason.data or "", now()))


@api.delete("/<id>/cancel")
@signed_in
@limited("cancellations")
@describes("Withdraw your cancellation request", "Orders", OrderDetail, refusals=REFUSALS)
def take_back(id: str) -> Response:
    """Go on after all."""
    return detail(cancelling.take_back(db(), person(), object_id(id), now()))


@api.post("/<id>/cancel/answer")
@signed_in
@describes("Answer the cancellation request", "Orders", OrderDetail, form=AnswerForm, refusals=REFUSALS)
def answer_cancel(id: str) -> Response:
    """Agree, and the money goes back; or do not, and the work goes on."""
    order = actions.order_for(db(), person(), object_id(id))
    return detail(cancelling.answer(db(), person(), order.id, agree=bind(AnswerForm).agree.data, now=now()))


@api.post("/<id>/dispute")
@signed_in
@describes("Dispute an order", "Orders", OrderDetail, form=DisputeForm, refusals=REFUSALS)
def dispute(id: str) -> Response:
    """Say what is wrong; from then on both sides name numbers, or an admin decides."""
    order = actions.order_for(db(), person(), object_id(id))
    return detail(disputes.dispute(db(), person(), order.id, bind(DisputeForm).reason.data, now()))


@api.post("/<id>/dispute/offer")
@signed_in
@describes("Submit a sealed offer in a dispute", "Orders", OrderDetail, form=NumberForm, refusals=REFUSALS)
def name_number(id: str) -> Response:
    """Say in secret how much the freelancer should get; if the numbers meet, it is settled at once."""
    order = actions.order_for(db(), person(), object_id(id))
    return detail(disputes.name_number(db(), person(), order.id, bind(NumberForm).amount.data, now()))


@api.post("/<id>/dispute/statement")
@signed_in
@takes_files(FILES_MAX)
@describes("Give your statement in a dispute", "Orders", OrderDetail, form=StatementForm, refusals=REFUSALS)
def give_statement(id: str) -> Response:
    """Give it or change it, as JSON or as multipart with files: they are added to the files that are there, and
    `remove` names the ids of those to remove.
    """
    statements.check_may_state(db(), person(), object_id(id))
    count_upload("files")
    form = bind_files(StatementForm)
    sent = files.store_files(db(), person(), form.files.data or (), now())
    text, remove = form.text.data, form.remove.data
    return detail(statements.give(db(), person(), object_id(id), text, sent, remove, now()))


def wanted_states() -> list[str]:
    """Return the states that a query asks for. Raises Invalid."""
    wanted = [name for name in (request.args.get("state") or "").split(",") if name]
    if any(name not in STATES for name in wanted):
        raise Invalid({"state": [f"Use any of these, separated by commas: {', '.join(STATES)}."]})
    return list(dict.fromkeys(wanted)) or list(STATES)


def _side() -> Side | None:
    match request.args.get("side"):
        case None | "":
            return None
        case "client":
            return "client"
        case "freelancer":
            return "freelancer"
        case _:
            raise Invalid({"side": ["client or freelancer."]})
