"""Gigs of both kinds for programs: read, post, change, take off the market (docs/api.md)."""

from flask import Blueprint, Response, request

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.gigs import actions as gigs
from gigflow.gigs.bodies import GigBody, GigList, gig_list, whole_gig_body
from gigflow.gigs.forms import is_a_service
from gigflow.gigs.models import Gig, Service
from gigflow.jobs import actions as jobs
from gigflow.jobs.forms import JobApiForm, JobForm
from gigflow.services import actions as services
from gigflow.services.forms import ServiceApiForm, ServiceForm
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind, json_body
from gigflow.web.limits import limited
from gigflow.web.openapi import CURSOR_TEXT, LIMIT, describes
from gigflow.web.runtime import db, person, rules, runtime, viewer

api = Blueprint("gigs_api", __name__, url_prefix="/api/gigs")


@api.post("")
@signed_in
@limited("gigs")
@describes(
    "Post a job, or offer a service", "Gigs", GigBody, form=JobApiForm, or_form=ServiceApiForm, status=201
)
def post() -> Response:
    """Make a new open job of yours. With `kind: service`, or a price and no budget, a service; `draft: true` keeps it
    for yourself.
    """
    gig: Gig
    if is_a_service(json_body()):
        form = bind(ServiceApiForm)
        gig = services.create_service(
            db(),
            person(),
            form.terms(),
            draft=form.draft.data,
            rules=rules(),
            now=now(),
            most=runtime().limits.most("services"),
        )
    else:
        most = runtime().limits.most("open_jobs")
        gig = jobs.post_job(db(), person(), bind(JobApiForm).terms(), now(), most=most)
    response = answer(whole_gig_body(gig), 201)
    response.headers["Location"] = f"{request.path}/{gig.id}"
    return response


@api.get("/mine")
@signed_in
@describes(
    "List your gigs in any state, newest first",
    "Gigs",
    GigList,
    query=(LIMIT, CURSOR_TEXT),
    also=("GET /api/gigs/my", "GET /api/gigs/my-gigs"),
)
def list_mine() -> Response:
    """Show your gigs of both kinds."""
    return gig_list(gigs.gigs_of(db(), person(), asked_page()))


@api.get("/<id>")
@describes("Get a gig", "Gigs", GigBody, refusals=(404,))
def show(id: str) -> Response:
    """Show a job in any state, to everybody; a service to people who may see it in its state."""
    gig = gigs.get_gig(db(), object_id(id))
    if isinstance(gig, Service):
        gig = services.service_for(db(), viewer(), gig.id)
    return answer(whole_gig_body(gig))


@api.route("/<id>", methods=["PUT", "PATCH"])
@signed_in
@limited("edits")
@describes(
    "Change your gig",
    "Gigs",
    GigBody,
    form=JobForm,
    or_form=ServiceForm,
    partial=True,
    refusals=(403, 404, 409),
)
def change(id: str) -> Response:
    """Change the fields that are sent, by PUT as by PATCH: a field that is left out stays as it is."""
    gig = gigs.get_gig(db(), object_id(id))
    changed: Gig
    if isinstance(gig, Service):
        services.own_service(db(), person(), gig.id)
        changes = bind(ServiceForm, partial=True).values()
        changed = services.edit_service(
            db(), person(), gig.id, changes, version=None, rules=rules(), now=now()
        )
    else:
        jobs.own_job(db(), person(), gig.id)
        changes = bind(JobForm, partial=True).values()
        changed = jobs.edit_job(db(), person(), gig.id, changes, version=None, now=now())
    return answer(whole_gig_body(changed))


@api.delete("/<id>")
@signed_in
@describes("Close a job, or archive a service", "Gigs", GigBody, refusals=(403, 404, 409))
def close(id: str) -> Response:
    """Take an open job off the market, whose pending bids are rejected; or a service, for good."""
    gig = gigs.get_gig(db(), object_id(id))
    closed: Gig
    if isinstance(gig, Service):
        closed = services.archive(db(), person(), gig.id, now())
    else:
        closed = jobs.close_job(db(), person(), gig.id, now())
    return answer(whole_gig_body(closed))
