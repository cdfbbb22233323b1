"""What the two sides of a disputed order have written to each other, as an admin reads it."""

from datetime import datetime
from typing import Any

import msgspec
from flask import Blueprint, Response
from markupsafe import Markup

from gigflow.chat import for_admins
from gigflow.chat.forms import asked_numbers
from gigflow.chat.models import Conversation, Entry
from gigflow.chat.reading import began_in
from gigflow.chat.views import PAGE, sentence_of
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.files import actions as files
from gigflow.orders import reading
from gigflow.orders.views import names_in
from gigflow.web.auth import signed_in
from gigflow.web.htmx import render
from gigflow.web.runtime import db, person

pages = Blueprint("disputed", __name__)


class ReadLine(msgspec.Struct, frozen=True):
    """A message, or what the two began, in one sentence."""

    at: datetime
    entry: Entry | None = None
    text: Markup = Markup()


@pages.get("/orders/<order_id>/conversation")
@signed_in
def conversation(order_id: str) -> Response:
    """Show an admin the newest entries, or those before a number. The record notes that they read it."""
    before = asked_numbers().before.data
    order, found = reading.read_conversation(db(), person(), object_id(order_id), now())
    names = names_in(order)
    return render(
        "orders/conversation.html",
        order=order,
        names={order.client_id: names["client"], order.freelancer_id: names["freelancer"]},
        is_newest=before is None,
        **(_lines(found, before) if found else {"lines": [], "files": {}, "older": None}),
    )


def _lines(found: Conversation, before: int | None) -> dict[str, Any]:
    kept = for_admins.entries_before(db(), found, before, PAGE)
    until = kept.rows[-1].created_at if kept.rows and before is not None else None
    began = began_in(db(), found, kept.since, until) if kept.rows else []
    messages = [each for each in kept.rows if each.kind == "text"]
    lines = [
        *(ReadLine(each.at, text=sentence_of(each)) for each in began),
        *(ReadLine(each.created_at, each) for each in messages),
    ]
    return {
        "lines": sorted(lines, key=lambda line: line.at),
        "files": files.files_by_id(db(), [file_id for each in messages for file_id in each.file_ids]),
        "older": kept.next,
    }
