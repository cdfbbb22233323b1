"""What the two sides of a disputed order have written to each other, as an admin reads it."""

from flask import Blueprint, Response

from gigflow.chat import for_admins
from gigflow.chat.forms import asked_numbers
from gigflow.chat.models import Entry
from gigflow.chat.views import PAGE
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.files import actions as files
from gigflow.orders import reading
from gigflow.orders.views import names_in
from gigflow.web.auth import signed_in
from gigflow.web.htmx import render
from gigflow.web.runtime import db, person

pages = Blueprint("disputed", __name__)


@pages.get("/orders/<order_id>/conversation")
@signed_in
def conversation(order_id: str) -> Response:
    """Show an admin the newest entries, or those before a number. The record notes that they read it."""
    before = asked_numbers().before.data
    order, found = reading.read_conversation(db(), person(), object_id(order_id), now())
    entries: list[Entry] = []
    older = None
    if found:
        entries, older = for_admins.entries_before(db(), found, before, PAGE)
    messages = [each for each in entries if each.kind == "text"]
    names = names_in(order)
    return render(
        "orders/conversation.html",
        order=order,
        messages=messages,
        files=files.files_by_id(db(), [file_id for each in messages for file_id in each.file_ids]),
        names={order.client_id: names["client"], order.freelancer_id: names["freelancer"]},
        older=older,
        is_newest=before is None,
    )
