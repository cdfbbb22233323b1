"""Gigs of both kinds for programs: find, read, post, change, take off the market (docs/api.md)."""

from datetime import date, datetime
from typing import Any

import msgspec
from flask import Blueprint, Response, request

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Invalid
from gigflow.core.money import Currency
from gigflow.core.paging import Page, PageRequest, page_request
from gigflow.gigs import actions, searching, services
from gigflow.gigs.forms import (
    KINDS,
    JobApiForm,
    JobForm,
    SearchApiForm,
    ServiceApiForm,
    ServiceForm,
    is_a_service,
)
from gigflow.gigs.models import DELIVERY_DAYS_MAX, SEARCH_MAX, Gig, Job, Search, Service
from gigflow.pictures.api import PictureBody, picture_body
from gigflow.web.auth import signed_in
from gigflow.web.forms import bind, bind_query, json_body, parameters_of
from gigflow.web.limits import limited
from gigflow.web.openapi import CURSOR_TEXT, LIMIT, Query, answer, describes
from gigflow.web.runtime import db, person, rules, runtime, viewer

api = Blueprint("gigs_api", __name__, url_prefix="/api/gigs")

_TEXT = {"type": "string", "maxLength": SEARCH_MAX}
_NUMBER = {"type": "number", "minimum": 0}
SEARCH = Query("search", "Part of a title, in any case; also `title` or `q`.", _TEXT)
Q = Query("q", "Parts of words of title, skills and the text's first words.", _TEXT)
KIND = Query("kind", "Only jobs or only services.", {"type": "string", "enum": ["job", "service"]})
FILTERS = (
    Query("category", "A slug of /api/categories.", {"type": "string"}),
    Query("minPrice", "The lowest price or budget.", _NUMBER),
    Query("maxPrice", "The highest price or budget.", _NUMBER),
    Query(
        "maxDeliveryDays",
        f"Delivered within so many days; more than {DELIVERY_DAYS_MAX} is no condition.",
        {"type": "integer", "minimum": 1, "maximum": DELIVERY_DAYS_MAX},
    ),
    Query(
        "minRating",
        "Stars on average; only services have them. 0 is no condition.",
        {"type": "number", "minimum": 0, "maximum": 5},
    ),
    Query("skills", "Skills that are all named, separated by commas.", {"type": "string"}),
    Query("available", "Only of people who have time; only services say so.", {"type": "boolean"}),
    Query(
        "sort",
        "The order; `newest` where it is not said.",
        {"type": "string", "enum": ["newest", "price", "-price", "rating", "relevance"]},
    ),
)
FACETS = Query(
    "facets", "true or 1 adds how many gigs each value of a filter would find.", {"type": "boolean"}
)
_EVERYTHING = Search(kinds=KINDS[""])


class PersonRef(msgspec.Struct, rename="camel"):
    """Somebody, by name."""

    id: str
    name: str


class StarsBody(msgspec.Struct, rename="camel"):
    """Stars from 1 to 5 on average (null before the first review) and how many reviews."""

    average: float | None
    count: int


class ImageBody(msgspec.Struct, rename="camel"):
    """A picture of a service, and what it shows in words."""

    id: str
    alt: str
    picture: PictureBody


class GigBody(msgspec.Struct, rename="camel", kw_only=True):
    """A gig as programs see it (docs/api.md, Gigs): a job has a budget, a service a price, images and a rating."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    kind: str
    title: str
    description: str
    category: str
    skills: list[str]
    budget: float | msgspec.UnsetType = msgspec.UNSET
    price: float | msgspec.UnsetType = msgspec.UNSET
    delivery_days: int | None
    start_on: date | msgspec.UnsetType | None = msgspec.UNSET
    due_on: date | msgspec.UnsetType | None = msgspec.UNSET
    revisions: int | msgspec.UnsetType = msgspec.UNSET
    images: list[ImageBody] | msgspec.UnsetType = msgspec.UNSET
    rating: StarsBody | msgspec.UnsetType = msgspec.UNSET
    note: str | msgspec.UnsetType = msgspec.UNSET
    status: str
    owner_id: str
    owner: PersonRef
    bid_count: int | msgspec.UnsetType = msgspec.UNSET
    version: int
    created_at: datetime
    updated_at: datetime


class GigList(msgspec.Struct, rename="camel"):
    """A page of gigs; `next` is the cursor of the page after it."""

    gigs: list[GigBody]
    next: str | None


class CountBody(msgspec.Struct, rename="camel"):
    """How many gigs a value of a filter would find."""

    value: str | float
    count: int


class FacetsBody(msgspec.Struct, rename="camel"):
    """What each filter would find with other values. At most 5,000 gigs of a kind are looked at; `atLeast` says that
    there are more.
    """

    kinds: list[CountBody]
    categories: list[CountBody]
    skills: list[CountBody]
    max_delivery_days: list[CountBody]
    min_rating: list[CountBody]
    at_least: bool


class FoundList(msgspec.Struct, rename="camel"):
    """A page of what a search found; `facets` where they were asked for."""

    gigs: list[GigBody]
    next: str | None
    facets: FacetsBody | None = None


def gig_body(gig: Gig, currency: Currency) -> GigBody:
    """A gig for programs."""
    gig_id, owner_id = str(gig.id), str(gig.owner_id)
    body = GigBody(
        id=gig_id,
        mongo_id=gig_id,
        kind=gig.kind,
        title=gig.title,
        description=gig.description,
        category=gig.category,
        skills=gig.skills,
        delivery_days=gig.delivery_days,
        status=gig.status,
        owner_id=owner_id,
        owner=PersonRef(owner_id, gig.owner_name),
        version=gig.version,
        created_at=gig.created_at,
        updated_at=gig.updated_at,
    )
    if isinstance(gig, Job):
        _add_of_job(body, gig, currency)
    else:
        _add_of_service(body, gig, currency)
    return body


@api.get("")
@describes("Open jobs, newest first", "Gigs", GigList, query=(SEARCH, *FILTERS, LIMIT, CURSOR_TEXT))
def list_open() -> Response:
    """Open jobs, searched by title, with every filter of the search."""
    args = request.args
    text = next((args[name] for name in ("search", "title", "q") if args.get(name)), "")
    if len(text) > SEARCH_MAX:
        raise Invalid({"search": [f"At most {SEARCH_MAX} characters."]})
    if args.get("kind") not in (None, "", "job"):
        raise Invalid({"kind": ["This lists jobs only; /api/gigs/search finds services, too."]})
    form = _search_form(jobs_only=True)
    asked = form.search() if form else _EVERYTHING
    search = msgspec.structs.replace(asked, text=text, titles_only=True, kinds=("job",))
    return _list(searching.search_gigs(db(), search, _page(search)))


@api.post("")
@signed_in
@limited("gigs")
@describes(
    "Post a job, or offer a service", "Gigs", GigBody, form=JobApiForm, or_form=ServiceApiForm, status=201
)
def post() -> Response:
    """A new open job of one's own. With `kind: service`, or a price and no budget, a service; `draft: true` keeps it
    for oneself.
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
        gig = actions.post_job(db(), person(), bind(JobApiForm).terms(), now(), most=most)
    response = answer(gig_body(gig, runtime().currency), 201)
    response.headers["Location"] = f"{request.path}/{gig.id}"
    return response


@api.get("/search")
@describes(
    "Search jobs and services", "Gigs", FoundList, query=(Q, KIND, *FILTERS, FACETS, LIMIT, CURSOR_TEXT)
)
def search() -> Response:
    """What is listed of both kinds, by any part of any word."""
    form = _search_form()
    wanted = form.search() if form else _EVERYTHING
    page = searching.search_gigs(db(), wanted, _page(wanted))
    currency = runtime().currency
    facets = _facets_body(searching.count_facets(db(), wanted)) if form and form.facets.data else None
    return answer(FoundList([gig_body(gig, currency) for gig in page.rows], page.next, facets))


@api.get("/mine")
@signed_in
@describes("One's own gigs in any state, newest first", "Gigs", GigList, query=(LIMIT, CURSOR_TEXT))
def list_mine() -> Response:
    """The viewer's gigs of both kinds."""
    wanted = page_request(request.args.get("limit"), request.args.get("cursor"))
    return _list(actions.gigs_of(db(), person(), wanted))


@api.get("/<id>")
@describes("One gig", "Gigs", GigBody, refusals=(404,))
def show(id: str) -> Response:
    """A job in any state, for everybody; a service for who may see it in its state."""
    gig = actions.get_gig(db(), object_id(id))
    if isinstance(gig, Service):
        gig = services.service_for(db(), viewer(), gig.id)
    return answer(gig_body(gig, runtime().currency))


@api.route("/<id>", methods=["PUT", "PATCH"])
@signed_in
@limited("edits")
@describes(
    "Change one's own gig",
    "Gigs",
    GigBody,
    form=JobForm,
    or_form=ServiceForm,
    partial=True,
    refusals=(403, 404, 409),
)
def change(id: str) -> Response:
    """Change the fields that are sent, by PUT as by PATCH: a field that is left out stays as it is."""
    gig = actions.get_gig(db(), object_id(id))
    changed: Gig
    if isinstance(gig, Service):
        services.own_service(db(), person(), gig.id)
        changes = bind(ServiceForm, partial=True).values()
        changed = services.edit_service(
            db(), person(), gig.id, changes, version=None, rules=rules(), now=now()
        )
    else:
        actions.own_job(db(), person(), gig.id)
        changes = bind(JobForm, partial=True).values()
        changed = actions.edit_job(db(), person(), gig.id, changes, version=None, now=now())
    return answer(gig_body(changed, runtime().currency))


@api.delete("/<id>")
@signed_in
@describes("Close a job, or archive a service", "Gigs", GigBody, refusals=(403, 404, 409))
def close(id: str) -> Response:
    """Take an open job off the market, whose pending bids are rejected; or a service, for good."""
    gig = actions.get_gig(db(), object_id(id))
    closed: Gig
    if isinstance(gig, Service):
        closed = services.archive(db(), person(), gig.id, now())
    else:
        closed = actions.close_job(db(), person(), gig.id, now())
    return answer(gig_body(closed, runtime().currency))


def _add_of_job(body: GigBody, job: Job, currency: Currency) -> None:
    body.budget = currency.number(job.price_minor)
    body.start_on = job.start_on.date() if job.start_on else None
    body.due_on = job.due_on.date() if job.due_on else None
    body.bid_count = job.bid_count


def _add_of_service(body: GigBody, service: Service, currency: Currency) -> None:
    pictures = [(image, picture_body(image.id)) for image in service.images]
    body.price = currency.number(service.price_minor)
    body.revisions = service.revisions
    body.images = [ImageBody(str(image.id), image.alt, picture) for image, picture in pictures if picture]
    body.rating = StarsBody(service.stars, service.rating.count)
    body.note = service.note


def _search_form(jobs_only: bool = False) -> SearchApiForm | None:
    """What is asked for, or None if nothing is. Raises Invalid."""
    if request.args.keys().isdisjoint(parameters_of(SearchApiForm)):
        return None  # most ask for nothing, and a form takes a third as long as a query
    form = bind_query(SearchApiForm)
    problems = dict(form.problems)
    if jobs_only or form.kind.data == "job":
        problems |= {name: ["Only services have this."] for name in form.of_services_only()}
    if problems:
        raise Invalid(problems)
    return form


def _page(search: Search) -> PageRequest:
    return page_request(request.args.get("limit"), request.args.get("cursor"), order=search.order)


def _facets_body(found: searching.Facets) -> FacetsBody:
    return FacetsBody(
        kinds=_counts(found.kinds),
        categories=_counts(found.categories),
        skills=_counts(found.skills),
        max_delivery_days=_counts(found.days),
        min_rating=_counts(found.stars),
        at_least=found.at_least,
    )


def _counts(pairs: list[tuple[Any, int]]) -> list[CountBody]:
    return [CountBody(value, count) for value, count in pairs]


def _list(page: Page[Gig]) -> Response:
    currency = runtime().currency
    return answer(GigList([gig_body(gig, currency) for gig in page.rows], page.next))
