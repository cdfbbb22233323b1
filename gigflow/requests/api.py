"""Requests for programs (docs/api.md, Requests)."""

from flask import Blueprint, Response

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Invalid
from gigflow.gigs.bodies import GigBody, gig_body
from gigflow.requests import actions
from gigflow.requests.bodies import RequestBody, RequestList, brief_body, request_bodies
from gigflow.requests.forms import OpenUpForm, RequestForm, RequestListForm, SendAgainForm
from gigflow.requests.models import STATES, STATUSES, Request
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind, bind_query
from gigflow.web.limits import limited
from gigflow.web.openapi import CURSOR, LIMIT, Query, describes
from gigflow.web.runtime import db, person, runtime

api = Blueprint("requests_api", __name__, url_prefix="/api/requests")

TAG = "Requests"
STATUS = Query(
    "status", "Which: open ones, matched ones, or past ones; all if it is left out.", {"enum": list(STATES)}
)
_REFUSALS = (403, 404, 409)


@api.post("")
@signed_in
@limited("job_requests")
@describes(
    "Ask GigFlow to find a freelancer",
    TAG,
    RequestBody,
    form=RequestForm,
    status=201,
    refusals=(403, 409),
    says="GigFlow may agree on up to the `budget` for you. You pay only after you have seen the order; until then you"
    " can cancel it. No freelancer learns of the budget.",
)
def send() -> Response:
    """Send a request; an admin asks freelancers, and the first to accept gets it."""
    form = bind(RequestForm)
    most = runtime().limits.most("open_job_requests")
    return answer(_one(actions.send_request(db(), person(), form.terms(), now(), most=most)), 201)


@api.get("")
@signed_in
@describes("List your requests, newest first", TAG, RequestList, query=(STATUS, LIMIT, CURSOR))
def list_mine() -> Response:
    """Show your requests."""
    form = bind_query(RequestListForm)
    if form.problems:
        raise Invalid(form.problems)
    statuses = STATES[form.status.data] if form.status.data else STATUSES
    page = actions.requests_of(db(), person(), statuses, asked_page())
    return answer(RequestList(request_bodies(page.rows), page.next))


@api.get("/<id>")
@signed_in
@describes("Read a request", TAG, RequestBody, refusals=(404,))
def show(id: str) -> Response:
    """Show the request with this id to its client and to admins; a freelancer who has an offer of it reads what the
    work is.
    """
    request = actions.request_for(db(), person(), object_id(id))
    is_whole = person().is_admin or request.client_id == person().user_id
    return answer(_one(request) if is_whole else brief_body(request))


@api.patch("/<id>")
@signed_in
@limited("edits")
@describes("Change your request", TAG, RequestBody, form=RequestForm, partial=True, refusals=_REFUSALS)
def change(id: str) -> Response:
    """Change the fields that are sent, while nobody is asked about it."""
    request = actions.own_request(db(), person(), object_id(id))
    changes = bind(RequestForm, partial=True).values()
    return answer(_one(actions.edit_request(db(), person(), request.id, changes, version=None, now=now())))


@api.post("/<id>/send")
@signed_in
@limited("job_requests")
@describes(
    "Send a request again that was sent back",
    TAG,
    RequestBody,
    form=SendAgainForm,
    partial=True,
    refusals=_REFUSALS,
)
def send_again(id: str) -> Response:
    """Send it again, changed by the fields that are sent. `version` is the one that you saw; it may be left out."""
    request = actions.own_request(db(), person(), object_id(id))
    changes, version = bind(SendAgainForm, partial=True).changes()
    sent = actions.edit_request(db(), person(), request.id, changes, version=version, now=now(), again=True)
    return answer(_one(sent))


@api.post("/<id>/take-back")
@signed_in
@limited("withdrawals")
@describes("Take a request back, so that you can change it", TAG, RequestBody, refusals=_REFUSALS)
def take_back(id: str) -> Response:
    """Withdraw every open offer of it; it waits for GigFlow again."""
    return answer(_one(actions.take_back(db(), person(), object_id(id), now())))


@api.post("/<id>/cancel")
@signed_in
@limited("withdrawals")
@describes("Cancel a request that nobody has taken on", TAG, RequestBody, refusals=_REFUSALS)
def cancel(id: str) -> Response:
    """Cancel it; its open offers are withdrawn. Again, it changes nothing."""
    return answer(_one(actions.cancel_request(db(), person(), object_id(id), now())))


@api.post("/<id>/open-up")
@signed_in
@limited("gigs")
@describes(
    "Post a request as an open job",
    TAG,
    GigBody,
    form=OpenUpForm,
    partial=True,
    status=201,
    refusals=_REFUSALS,
    says="The budget becomes public: name another `budget` if you like.",
)
def open_up(id: str) -> Response:
    """Post an open job with the words and files of the request with this id, which is over then."""
    request = actions.own_request(db(), person(), object_id(id))
    form = bind(OpenUpForm)
    most = runtime().limits.most("open_jobs")
    job = actions.open_up(db(), person(), request.id, form.budget.data, now(), most_jobs=most)
    return answer(gig_body(job, runtime().currency), 201)


def _one(request: Request) -> RequestBody:
    return request_bodies([request])[0]
