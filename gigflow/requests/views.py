"""What the pages of requests show."""

from collections.abc import Mapping
from typing import Any

import msgspec
from flask import request as asked
from markupsafe import Markup

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person, name_of
from gigflow.core.clock import now
from gigflow.core.db import is_id, object_id
from gigflow.files import actions as files
from gigflow.gigs.categories import CATEGORY_NAMES
from gigflow.orders.models import PAY_WITHIN
from gigflow.requests import actions
from gigflow.requests.forms import RequestPageForm
from gigflow.requests.models import REQUEST, STATES, Request
from gigflow.requests.turns import next_of
from gigflow.turn.views import turns_in
from gigflow.web.runtime import db, person
from gigflow.web.sections import Section, Tabs, asked_for, section
from gigflow.web.templating import exact

TABS: Tabs = {
    "open": ("Open", STATES["open"]),
    "matched": ("Matched", STATES["matched"]),
    "past": ("Past", STATES["past"]),
}


class Said(msgspec.Struct, frozen=True):
    """The one sentence of a request, and whether it is the reader's turn."""

    text: Markup
    mine: bool


class RequestRow(msgspec.Struct, frozen=True):
    """A request in a list, with its sentence."""

    request: Request
    turn: Said


def request_section() -> Section:
    """Return the reader's own requests."""
    wanted = asked_for("requests", TABS, turns_in("requests"))
    page = actions.requests_of(db(), person(), wanted.statuses, wanted.page)
    counts = actions.request_counts(db(), person())
    return section(wanted, counts, page, [RequestRow(each, said_of(each)) for each in page.rows])


def said_of(request: Request) -> Said:
    """Return what happens next with a request, in the reader's words and times."""
    is_client = request.client_id == person().user_id
    looks = request.status != "pending" or bool(accounts.admins(db()))
    said = next_of(request, for_client=is_client, anybody_looks=looks, now=now())
    by = exact(said.by) if said.by else ""
    # The time is an element of its own, so that it is written in the reader's zone.
    return Said(Markup(said.text).format(by=by, count=request.open_offers), said.is_mine)  # noqa: S704


def new_form() -> RequestPageForm:
    """Return the form of a new request; it has the words of one of the reader's if the address says which ("Ask
    again").
    """
    like = _asked_like()
    if like is None:
        return RequestPageForm(formdata=None)
    return RequestPageForm(
        formdata=None,
        data={
            "title": like.title,
            "description": like.description,
            "budget": like.budget_minor,
            "category": like.category,
            "skills": like.skills,
        },
    )


def edit_form(request: Request) -> RequestPageForm:
    """Return the form that changes a request."""
    data = {
        "title": request.title,
        "description": request.description,
        "budget": request.suggested_budget_minor or request.budget_minor,
        "category": request.category,
        "skills": request.skills,
        "start_on": request.start_on,
        "due_on": request.due_on,
        "file_ids": request.file_ids,
        "version": str(request.version),
    }
    return RequestPageForm(formdata=None, data=data)


def request_context(request: Request) -> Mapping[str, Any]:
    """Return what the page of a request shows to its client, or to an admin."""
    may = {name: request.status in REQUEST[name].sources for name in REQUEST.transitions}
    return {
        "wanted": request,
        "is_client": request.client_id == person().user_id,
        "client": _client_of(request),
        "turn": said_of(request),
        "may": may,
        "attached": list(files.files_by_id(db(), request.file_ids).values()),
        "category_name": CATEGORY_NAMES.get(request.category, request.category),
        "pay_days": PAY_WITHIN.days,
    }


def _client_of(request: Request) -> str:
    people: Mapping[Any, Person] = accounts.people(db(), [request.client_id])
    return name_of(people.get(request.client_id))


def _asked_like() -> Request | None:
    text = asked.args.get("like", "")
    return actions.request_like(db(), person(), object_id(text)) if is_id(text) else None
