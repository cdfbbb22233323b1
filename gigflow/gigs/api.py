"""Jobs for programs (API.md)."""

from datetime import date, datetime
from typing import Any

import msgspec
from flask import Blueprint, Response, request

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Invalid
from gigflow.core.money import Currency
from gigflow.core.paging import Page, page_request
from gigflow.gigs import actions
from gigflow.gigs.forms import JobForm
from gigflow.gigs.models import SEARCH_MAX, Gig
from gigflow.web.auth import signed_in
from gigflow.web.forms import bind, json_body
from gigflow.web.openapi import CURSOR, LIMIT, Query, answer, describes
from gigflow.web.runtime import db, person, runtime

api = Blueprint("gigs_api", __name__, url_prefix="/api/gigs")

SEARCH = Query(
    "search",
    "Part of a title, in any case; also `title` or `q`.",
    {"type": "string", "maxLength": SEARCH_MAX},
)


class PersonRef(msgspec.Struct, rename="camel"):
    """Somebody, by name."""

    id: str
    name: str


class GigBody(msgspec.Struct, rename="camel", kw_only=True):
    """A gig as programs see it (API.md, A gig)."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    kind: str
    title: str
    description: str
    category: str
    skills: list[str]
    budget: float
    delivery_days: int | None
    start_on: date | None
    due_on: date | None
    status: str
    owner_id: str
    owner: PersonRef
    bid_count: int
    version: int
    created_at: datetime
    updated_at: datetime


class GigList(msgspec.Struct, rename="camel"):
    """A page of gigs; `next` is the cursor of the page after it."""

    gigs: list[GigBody]
    next: str | None


def gig_body(gig: Gig, currency: Currency) -> GigBody:
    """A gig for programs."""
    return GigBody(
        id=str(gig.id),
        mongo_id=str(gig.id),
        kind=gig.kind,
        title=gig.title,
        description=gig.description,
        category=gig.category,
        skills=gig.skills,
        budget=currency.number(gig.price_minor),
        delivery_days=gig.delivery_days,
        start_on=gig.start_on.date() if gig.start_on else None,
        due_on=gig.due_on.date() if gig.due_on else None,
        status=gig.status,
        owner_id=str(gig.owner_id),
        owner=PersonRef(str(gig.owner_id), gig.owner_name),
        bid_count=gig.bid_count,
        version=gig.version,
        created_at=gig.created_at,
        updated_at=gig.updated_at,
    )


@api.get("")
@describes("Open jobs, newest first", "Gigs", GigList, query=(SEARCH, LIMIT, CURSOR))
def list_open() -> Response:
    """Open jobs, searched by title (seed 000)."""
    search = next((request.args[name] for name in ("search", "title", "q") if request.args.get(name)), "")
    if len(search) > SEARCH_MAX:
        raise Invalid({"search": [f"At most {SEARCH_MAX} characters."]})
    return _list(
        actions.open_jobs(db(), search, page_request(request.args.get("limit"), request.args.get("cursor")))
    )


@api.post("")
@signed_in
@describes("Post a job", "Gigs", GigBody, form=JobForm, status=201)
def post() -> Response:
    """A new open job of one's own."""
    if json_body().get("kind") not in (None, "job"):
        raise Invalid({"kind": ["Must be job."]})
    gig = actions.post_job(db(), person(), bind(JobForm).terms(), now())
    response = answer(gig_body(gig, runtime().currency), 201)
    response.headers["Location"] = f"{request.path}/{gig.id}"
    return response


@api.get("/mine")
@signed_in
@describes("One's own gigs in any state, newest first", "Gigs", GigList, query=(LIMIT, CURSOR))
def list_mine() -> Response:
    """The viewer's gigs."""
    return _list(
        actions.gigs_of(db(), person(), page_request(request.args.get("limit"), request.args.get("cursor")))
    )


@api.get("/<id>")
@describes("One gig", "Gigs", GigBody, refusals=(404,))
def show(id: str) -> Response:
    """A gig in any state, for everybody."""
    return answer(gig_body(actions.get_gig(db(), object_id(id)), runtime().currency))


@api.route("/<id>", methods=["PUT", "PATCH"])
@signed_in
@describes("Change one's own open job", "Gigs", GigBody, form=JobForm, partial=True, refusals=(403, 404, 409))
def change(id: str) -> Response:
    """Change the fields that are sent, by PUT as by PATCH: a field that is left out stays as it is."""
    gig_id = object_id(id)
    actions.own_gig(db(), person(), gig_id)
    changes: dict[str, Any] = bind(JobForm, partial=True).values()
    gig = actions.edit_job(db(), person(), gig_id, changes, version=None, now=now())
    return answer(gig_body(gig, runtime().currency))


@api.delete("/<id>")
@signed_in
@describes("Close one's own open job", "Gigs", GigBody, refusals=(403, 404, 409))
def close(id: str) -> Response:
    """Take an open job off the market; its pending bids are rejected."""
    return answer(gig_body(actions.close_job(db(), person(), object_id(id), now()), runtime().currency))


def _list(page: Page[Gig]) -> Response:
    currency = runtime().currency
    return answer(GigList([gig_body(gig, currency) for gig in page.rows], page.next))
