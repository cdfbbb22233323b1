"""Orders for people: the lists, and each step as a question that names it."""

from collections.abc import Callable
from contextlib import suppress

from bson import ObjectId
from flask import Blueprint, Response, request

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Conflict
from gigflow.files import actions as files
from gigflow.orders import actions, cancelling, deciding, delivering, disputes, shutting, statements
from gigflow.orders.forms import (
    AnswerForm,
    CancelPageForm,
    ChangesForm,
    DecisionPageForm,
    DeliverForm,
    DisputeForm,
    NotePageForm,
    NumberForm,
    StatementForm,
)
from gigflow.orders.list_views import order_list
from gigflow.orders.models import FILES_MAX, ORDER, Order, Side
from gigflow.orders.views import question
from gigflow.web.auth import signed_in
from gigflow.web.forms import Form
from gigflow.web.htmx import go, render
from gigflow.web.limits import limited
from gigflow.web.runtime import db, person
from gigflow.web.uploads import count_upload, takes_files

pages = Blueprint("orders", __name__)

SIDES: dict[str, Side] = {"client": "client", "freelancer": "freelancer"}


@pages.get("/orders")
@signed_in
def index() -> Response:
    """Show the viewer's orders in one state, on both sides or on one."""
    side = SIDES.get(request.args.get("side", ""))
    return render("orders/index.html", "orders/_list.html", orders=order_list(side), side=side)


@pages.get("/orders/<order_id>/deliver")
@signed_in
def ask_deliver(order_id: str) -> Response:
    """Show the form to hand the work in."""
    delivering.check_may_deliver(db(), person(), object_id(order_id))
    return question("deliver", order_id, DeliverForm(formdata=None))


@pages.post("/orders/<order_id>/deliver")
@signed_in
@takes_files(FILES_MAX)
def deliver(order_id: str) -> Response:
    """Hand it in."""
    with suppress(Conflict):  # which `_deliver` refuses with what was typed; no other reader's body is read
        delivering.check_may_deliver(db(), person(), object_id(order_id))
    count_upload("files", in_form=True)
    form = DeliverForm()
    done = form.perform(lambda: _deliver(order_id, form))
    return go(done.path) if done else question("deliver", order_id, form)


@pages.get("/orders/<order_id>/revise")
@signed_in
def ask_revise(order_id: str) -> Response:
    """Show the form to ask for changes."""
    delivering.check_may_ask_for_changes(db(), person(), object_id(order_id))
    return _asked("revise", order_id, ChangesForm(formdata=None), "client")


@pages.post("/orders/<order_id>/revise")
@signed_in
def revise(order_id: str) -> Response:
    """Ask for them."""
    form = ChangesForm()
    done = form.perform(
        lambda: delivering.ask_for_changes(
            db(), person(), object_id(order_id), form.message.data or "", now()
        )
    )
    return go(done.path) if done else question("revise", order_id, form)


@pages.get("/orders/<order_id>/accept")
@signed_in
def ask_accept(order_id: str) -> Response:
    """Ask before the money is released, naming whom it goes to."""
    return _asked("accept", order_id, Form(formdata=None), "client")


@pages.post("/orders/<order_id>/accept")
@signed_in
def accept(order_id: str) -> Response:
    """Accept the delivery."""
    form = Form()
    done = form.perform(lambda: delivering.accept(db(), person(), object_id(order_id), now()))
    return go(done.path) if done else question("accept", order_id, form)


@pages.get("/orders/<order_id>/cancel")
@signed_in
def ask_cancel(order_id: str) -> Response:
    """Show what the viewer can do about cancelling: call off what is unpaid, ask, withdraw the request, or answer the
    other side.
    """
    order, _ = actions.order_of_side(db(), person(), object_id(order_id))
    if order.status not in (*ORDER["call_off"].sources, *ORDER["ask_to_cancel"].sources):
        raise actions.wrong_state(order)
    return question("cancel", order_id, CancelPageForm(formdata=None))


@pages.post("/orders/<order_id>/cancel")
@signed_in
@limited("cancellations", in_form=True)
def cancel(order_id: str) -> Response:
    """Call it off, or ask to cancel."""
    form = CancelPageForm()
    done = form.perform(
        lambda: cancelling.cancel(
            db(),
            person(),
            object_id(order_id),
            form.reason.data or "",
            now(),
            seen=form.seen.data or None,
        )
    )
    return go(done.path) if done else question("cancel", order_id, form)


@pages.post("/orders/<order_id>/cancel/take-back")
@signed_in
@limited("cancellations")
def take_back(order_id: str) -> Response:
    """Withdraw your cancellation request."""
    return go(cancelling.take_back(db(), person(), object_id(order_id), now()).path)


@pages.post("/orders/<order_id>/cancel/answer")
@signed_in
def answer(order_id: str) -> Response:
    """Agree to cancel, or do not."""
    form = AnswerForm()
    done = form.perform(
        lambda: cancelling.answer(db(), person(), object_id(order_id), agree=form.agree.data, now=now())
    )
    if done:
        return go(done.path)
    cancelling.request_to_answer(db(), person(), object_id(order_id))  # else there is nothing to ask again
    return question("cancel", order_id, form)


@pages.get("/orders/<order_id>/dispute")
@signed_in
def ask_dispute(order_id: str) -> Response:
    """Show the form to say what is wrong."""
    return _asked("dispute", order_id, DisputeForm(formdata=None))


@pages.post("/orders/<order_id>/dispute")
@signed_in
def dispute(order_id: str) -> Response:
    """Dispute the order."""
    form = DisputeForm()
    done = form.perform(
        lambda: disputes.dispute(db(), person(), object_id(order_id), form.reason.data or "", now())
    )
    return go(done.path) if done else question("dispute", order_id, form)


@pages.get("/orders/<order_id>/statement")
@signed_in
def ask_statement(order_id: str) -> Response:
    """Show the form for one side's statement, with what it has said before."""
    order, side = statements.check_may_state(db(), person(), object_id(order_id))
    before = statements.statement_of(db(), order, side)
    return question(
        "statement", order_id, StatementForm(formdata=None, data={"text": before and before.text})
    )


@pages.post("/orders/<order_id>/statement")
@signed_in
@takes_files(FILES_MAX)
def give_statement(order_id: str) -> Response:
    """Give it or change it."""
    with suppress(Conflict):  # which `_state` refuses with what was typed; no other reader's body is read
        statements.check_may_state(db(), person(), object_id(order_id))
    count_upload("files", in_form=True)
    form = StatementForm()
    done = form.perform(lambda: _state(order_id, form))
    return go(done.path) if done else question("statement", order_id, form)


@pages.get("/orders/<order_id>/number")
@signed_in
def ask_number(order_id: str) -> Response:
    """Show the form for the viewer's sealed number."""
    return _asked("number", order_id, NumberForm(formdata=None), transition="offer")


@pages.post("/orders/<order_id>/number")
@signed_in
def number(order_id: str) -> Response:
    """Name it; if the two meet, the order is settled at once."""
    form = NumberForm()
    done = form.perform(
        lambda: disputes.name_number(db(), person(), object_id(order_id), form.amount.data, now())
    )
    return go(done.path) if done else question("number", order_id, form)


@pages.get("/orders/<order_id>/decide")
@signed_in
def ask_decide(order_id: str) -> Response:
    """Show an admin's form to end a paid order."""
    order = actions.order_for(
        db(), person(), object_id(order_id)
    )  # readers who may not know of it are not told that it is there
    deciding.order_to_decide(db(), person(), order.id)
    return question("decide", order_id, DecisionPageForm(formdata=None))


@pages.post("/orders/<order_id>/decide")
@signed_in
def decide(order_id: str) -> Response:
    """End it."""
    order = actions.order_for(db(), person(), object_id(order_id))
    form = DecisionPageForm()
    done = form.perform(
        lambda: deciding.decide(
            db(),
            person(),
            order.id,
            form.amount.data,
            form.note.data or "",
            now(),
            version=form.version_seen(),
        )
    )
    return go(done.path) if done else question("decide", order_id, form)


@pages.get("/orders/<order_id>/void")
@signed_in
def ask_void(order_id: str) -> Response:
    """Ask an admin whether to call off an unpaid order."""
    order = actions.order_for(db(), person(), object_id(order_id))
    shutting.order_to_void(db(), person(), order.id)
    return question("void", order_id, NotePageForm(formdata=None))


@pages.post("/orders/<order_id>/void")
@signed_in
def void(order_id: str) -> Response:
    """Call it off."""
    order = actions.order_for(db(), person(), object_id(order_id))
    form = NotePageForm()
    done = form.perform(lambda: _end_or_go_on(shutting.void, order.id, form))
    return go(done.path) if done else question("void", order_id, form)


@pages.get("/orders/<order_id>/resume")
@signed_in
def ask_resume(order_id: str) -> Response:
    """Ask an admin whether an order that was stopped may go on."""
    order = actions.order_for(db(), person(), object_id(order_id))
    shutting.order_to_resume(db(), person(), order.id)
    return question("resume", order_id, NotePageForm(formdata=None))


@pages.post("/orders/<order_id>/resume")
@signed_in
def resume(order_id: str) -> Response:
    """Resume the order."""
    order = actions.order_for(db(), person(), object_id(order_id))
    form = NotePageForm()
    done = form.perform(lambda: _end_or_go_on(shutting.resume, order.id, form))
    return go(done.path) if done else question("resume", order_id, form)


def _end_or_go_on(act: Callable[..., Order], order_id: ObjectId, form: NotePageForm) -> Order:
    return act(db(), person(), order_id, form.note.data or "", now(), version=form.version_seen())


def _deliver(order_id: str, form: DeliverForm) -> Order:
    delivering.check_may_deliver(db(), person(), object_id(order_id))
    sent = files.store_files(db(), person(), form.files.data, now())
    return delivering.deliver(db(), person(), object_id(order_id), form.message.data or "", sent, now())


def _state(order_id: str, form: StatementForm) -> Order:
    statements.check_may_state(db(), person(), object_id(order_id))
    sent = files.store_files(db(), person(), form.files.data or (), now())
    return statements.give(
        db(), person(), object_id(order_id), form.text.data or "", sent, form.remove.data, now()
    )


def _asked(
    what: str, order_id: str, form: Form, side: Side | None = None, *, transition: str | None = None
) -> Response:
    """Return a step's question to a person who may take it, if the order's state allows it."""
    order, _ = actions.order_of_side(db(), person(), object_id(order_id), side)
    if order.status not in ORDER[transition or what].sources:
        raise actions.wrong_state(order)
    return question(what, order_id, form)
