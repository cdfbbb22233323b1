"""The brief of an order, for its client: shown and changed until they pay."""

from flask import Blueprint, Response

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.files import FILES_MAX
from gigflow.files.views import keep_answers, keep_sent, name_files
from gigflow.orders import briefs
from gigflow.orders.models import Order
from gigflow.web.auth import signed_in
from gigflow.web.brief_forms import BriefPageForm
from gigflow.web.htmx import go, render_question
from gigflow.web.limits import limited
from gigflow.web.runtime import db, person
from gigflow.web.uploads import takes_files

pages = Blueprint("briefs", __name__)


@pages.get("/orders/<order_id>/brief")
@signed_in
def edit(order_id: str) -> Response:
    """Show the form to change what the client needs."""
    order = briefs.order_to_brief(db(), person(), object_id(order_id))
    form = BriefPageForm(formdata=None)
    form.fill(order.terms.brief or briefs.NOTHING)
    return _page(order, form)


@pages.post("/orders/<order_id>/brief")
@signed_in
@limited("edits", in_form=True)
@takes_files(FILES_MAX)
def change(order_id: str) -> Response:
    """Change it, and show the order."""
    order = briefs.order_to_brief(db(), person(), object_id(order_id))
    form = BriefPageForm()
    keep_sent(form)
    keep_answers(form, order.terms.questions)
    changed = form.perform(
        lambda: briefs.change_brief(db(), person(), order.id, form.given or briefs.NOT_GIVEN, now())
    )
    return go(changed.path) if changed else _page(order, form)


def _page(order: Order, form: BriefPageForm) -> Response:
    name_files(form)
    return render_question(
        "orders/_edit_brief.html", "What you need", status=form.status, form=form, order=order
    )
