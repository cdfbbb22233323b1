"""Everybody's requests, for admins' programs (docs/api.md). Offers for them are sent by `offers/admin_api.py`."""

from flask import Blueprint, Response

from gigflow.accounts.admins import check_admin
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Invalid
from gigflow.gigs.categories import CATEGORY_NAMES
from gigflow.requests import deciding
from gigflow.requests.bodies import RequestBody, RequestList, request_bodies
from gigflow.requests.forms import QueueForm, RejectRequestForm
from gigflow.requests.models import STATUSES
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind, bind_query
from gigflow.web.openapi import CURSOR_TEXT, LIMIT, Query, describes
from gigflow.web.runtime import db, person

api = Blueprint("requests_admin_api", __name__, url_prefix="/api/admin/requests")

_STATUS = Query(
    "status", f"Only those in this state; {STATUSES[0]} if it is left out.", {"enum": list(STATUSES)}
)
_CATEGORY = Query("category", "Only those in this category.", {"enum": list(CATEGORY_NAMES)})
_WORDS = Query("q", "Only those whose title has these words.", {"type": "string"})


@api.get("")
@signed_in
@describes(
    "List all requests, for admins",
    "Admin",
    RequestList,
    query=(_STATUS, _CATEGORY, _WORDS, LIMIT, CURSOR_TEXT),
    refusals=(403,),
)
def list_all() -> Response:
    """Show the request that was sent first at the top; `next` leads to those that were sent later."""
    check_admin(person())
    form = bind_query(QueueForm)
    if form.problems:
        raise Invalid(form.problems)
    page = deciding.requests_to_review(
        db(),
        person(),
        [form.status.data],
        form.category.data,
        form.q.data or "",
        asked_page(order="sent"),
    )
    return answer(RequestList(request_bodies(page.rows), page.next))


@api.post("/<id>/reject")
@signed_in
@describes(
    "Send a request back to its client",
    "Admin",
    RequestBody,
    form=RejectRequestForm,
    refusals=(403, 404, 409),
)
def reject(id: str) -> Response:
    """Send it back with the `note` that says why, and a `suggestedBudget` if the budget is too low. `version` is the
    one that you saw; it may be left out.
    """
    request = deciding.request_to_decide(db(), person(), object_id(id))
    form = bind(RejectRequestForm)
    rejected = deciding.reject_request(
        db(),
        person(),
        request.id,
        note=form.note.data,
        suggested_minor=form.suggested_budget.data,
        version=form.version.data,
        now=now(),
    )
    return answer(request_bodies([rejected])[0])
