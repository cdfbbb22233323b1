"""The brief of an order, for its client: shown and changed until they pay."""

from flask import Blueprint, Response, request

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.files import FILES_MAX
from gigflow.files.models import Subject
from gigflow.files.views import keep_answers, keep_sent, name_files
from gigflow.orders import briefs
from gigflow.orders.brief_views import saved_beside
from gigflow.orders.forms import EditBriefForm
from gigflow.orders.models import Order
from gigflow.orders.views import names_in, sentence_of
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render_question, wants_fragment
from gigflow.web.limits import limited
from gigflow.web.runtime import db, person
from gigflow.web.uploads import takes_files

pages = Blueprint("briefs", __name__)


@pages.get("/orders/<order_id>/brief")
@signed_in
def edit(order_id: str) -> Response:
    """Show the form to change what the client needs; once that is agreed, the order, which says why."""
    order = briefs.order_with_brief(db(), person(), object_id(order_id))
    if not briefs.may_change(order):
        return _agreed(order) if wants_fragment() else go(f"{order.path}#brief")
    form = EditBriefForm(formdata=None)
    form.fill(order.terms.brief or briefs.NOTHING)
    return _page(order, form)


@pages.post("/orders/<order_id>/brief")
@signed_in
@limited("edits", in_form=True)
@takes_files(FILES_MAX)
def change(order_id: str) -> Response:
    """Change it, and show the order. If that is paid or over by now, show how it stands beside what was typed."""
    order = briefs.order_with_brief(db(), person(), object_id(order_id))
    form = EditBriefForm()
    if not briefs.may_change(order):
        return _agreed(order, form)
    keep_sent(form)
    keep_answers(form, order.terms.questions)
    changed = form.perform(
        lambda: briefs.change_brief(
            db(), person(), order.id, form.given or briefs.NOT_GIVEN, now(), version=form.seen_version
        )
    )
    if changed:
        return go(changed.path)
    order = briefs.order_with_brief(db(), person(), order.id)
    return _page(order, form) if briefs.may_change(order) else _agreed(order, form)


def _agreed(order: Order, form: EditBriefForm | None = None) -> Response:
    """Say why what the client needs can no longer be changed, with what was typed into a `form`: it may be copied, or
    sent as a message.
    """
    names = names_in(order)
    return render_question(
        "orders/_brief_agreed.html",
        "What you need",
        status=409 if form else 200,
        order=order,
        names=names,
        standing=sentence_of(order, names, "client"),
        typed=form.in_words(order.terms.questions) if form else "",
        had_files=form is not None and _brings_files(form, order),
    )


def _brings_files(form: EditBriefForm, order: Order) -> bool:
    """Return whether a form has files that its order does not have."""
    known = (order.terms.brief or briefs.NOTHING).file_ids
    came = any(sent.filename for sent in request.files.values())
    return came or any(each not in known for each in form.file_ids.data)


def _page(order: Order, form: EditBriefForm) -> Response:
    saved = saved_beside(form, order, form.seen_version)
    form.show_again(order.version)
    name_files(form, Subject("order", order.id))
    return render_question(
        "orders/_edit_brief.html", "What you need", status=form.status, form=form, order=order, saved=saved
    )
