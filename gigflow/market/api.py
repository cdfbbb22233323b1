"""The market for programs: lists, search, categories (docs/api.md)."""

from typing import Any

import msgspec
from flask import Blueprint, Response, request

from gigflow.core.errors import Invalid
from gigflow.core.paging import PageRequest
from gigflow.gigs.bodies import GigBody, gig_body
from gigflow.gigs.models import DELIVERY_DAYS_MAX
from gigflow.market import search as searching
from gigflow.market.forms import KINDS, SearchApiForm
from gigflow.market.models import SEARCH_MAX, Search
from gigflow.market.suggesting import suggested
from gigflow.web.answers import answer
from gigflow.web.forms import asked_page, bind_query, parameters_of
from gigflow.web.openapi import CURSOR_TEXT, LIMIT, Query, describes
from gigflow.web.runtime import db, runtime

api = Blueprint("market_api", __name__, url_prefix="/api")

_TEXT = {"type": "string", "maxLength": SEARCH_MAX}
_NUMBER = {"type": "number", "minimum": 0}
SEARCH = Query("search", "Part of a title, upper or lower case; also `title` or `q`.", _TEXT)
Q = Query("q", "Parts of words from the title, the skills and the first words of the text.", _TEXT)
KIND = Query("kind", "Only jobs or only services.", {"type": "string", "enum": ["job", "service"]})
FILTERS = (
    Query("category", "A slug of /api/categories.", {"type": "string"}),
    Query("minPrice", "The lowest price or budget.", _NUMBER),
    Query("maxPrice", "The highest price or budget.", _NUMBER),
    Query(
        "maxDeliveryDays",
        f"Delivered within this many days; more than {DELIVERY_DAYS_MAX} has no effect.",
        {"type": "integer", "minimum": 1, "maximum": DELIVERY_DAYS_MAX},
    ),
    Query(
        "minRating",
        "Stars on average; only services have them. 0 has no effect.",
        {"type": "number", "minimum": 0, "maximum": 5},
    ),
    Query("skills", "Skills that a gig must all have, separated by commas.", {"type": "string"}),
    Query(
        "available", "Only services of people who are available; jobs are not affected.", {"type": "boolean"}
    ),
    Query(
        "sort",
        "The order; the default is `newest`.",
        {"type": "string", "enum": ["newest", "price", "-price", "rating", "relevance"]},
    ),
)
FACETS = Query(
    "facets", "true or 1 adds the number of gigs that each filter value would find.", {"type": "boolean"}
)
# Filters by owner, which these lists do not have: leaving them out would show everybody's gigs under "mine".
_PEOPLE = ("owner", "user", "client", "freelancer", "author")
WHOSE = (
    *("mine", "my", "me", "myGigs", "my_gigs", "postedBy", "posted_by", "createdBy", "created_by"),
    *(f"{person}{end}" for person in _PEOPLE for end in ("", "Id", "_id")),
)
_EVERYTHING = Search(kinds=KINDS[""])


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


class FoundJobs(msgspec.Struct, rename="camel"):
    """A page of jobs. If a search finds nothing, and would with one letter of a word put right, `suggestion` is that
    search.
    """

    gigs: list[GigBody]
    next: str | None
    suggestion: str | msgspec.UnsetType = msgspec.UNSET


class FoundList(FoundJobs):
    """A page of what a search found; `facets` if they were asked for. If it finds nothing, and would with one letter of
    a word put right, `suggestion` is that search.
    """

    facets: FacetsBody | None = None


class CategoryBody(msgspec.Struct, rename="camel"):
    """A category, and what is in it now, counted up to 1,000."""

    slug: str
    name: str
    jobs: int
    services: int


class CategoryGroupBody(msgspec.Struct, rename="camel"):
    """Categories as people read them together."""

    name: str
    categories: list[CategoryBody]


class CategoryTree(msgspec.Struct, rename="camel"):
    """All groups. There is one page of them."""

    groups: list[CategoryGroupBody]
    next: str | None = None


@api.get("/gigs")
@describes("List open jobs, newest first", "Gigs", FoundJobs, query=(SEARCH, *FILTERS, LIMIT, CURSOR_TEXT))
def list_open() -> Response:
    """Open jobs, searched by title, with every filter of the search."""
    args = request.args
    text = next((args[name] for name in ("search", "title", "q") if args.get(name)), "")
    if len(text) > SEARCH_MAX:
        raise Invalid({"search": [f"At most {SEARCH_MAX} characters."]})
    if args.get("kind") not in (None, "", "job"):
        raise Invalid({"kind": ["This lists jobs only; /api/gigs/search also finds services."]})
    form = _search_form(jobs_only=True)
    asked = form.search() if form else _EVERYTHING
    search = msgspec.structs.replace(asked, text=text, titles_only=True, kinds=("job",))
    return answer(_found(FoundJobs([], None), search))


@api.get("/gigs/search")
@describes(
    "Search jobs and services", "Gigs", FoundList, query=(Q, KIND, *FILTERS, FACETS, LIMIT, CURSOR_TEXT)
)
def search() -> Response:
    """Search everything that is listed of both kinds, by any part of any word."""
    form = _search_form()
    wanted = form.search() if form else _EVERYTHING
    facets = _facets_body(searching.count_facets(db(), wanted)) if form and form.facets.data else None
    return answer(_found(FoundList([], None, facets=facets), wanted))


@api.get("/categories")
@describes("List the categories with the number of gigs in each", "Gigs", CategoryTree)
def list_categories() -> Response:
    """Show the tree of categories that gigs are sorted into."""
    groups = [
        CategoryGroupBody(
            group.name, [CategoryBody(*msgspec.structs.astuple(each)) for each in group.categories]
        )
        for group in searching.categories(db())
    ]
    return answer(CategoryTree(groups))


def _search_form(jobs_only: bool = False) -> SearchApiForm | None:
    """Return what is asked for, or None if nothing is. Raises Invalid."""
    if whose := [name for name in WHOSE if name in request.args]:
        raise Invalid({name: ["This lists everyone's. Your own are at /api/gigs/mine."] for name in whose})
    if request.args.keys().isdisjoint(parameters_of(SearchApiForm)):
        return None  # most ask for nothing, and a form takes a third as long as a query
    form = bind_query(SearchApiForm)
    problems = dict(form.problems)
    if jobs_only or form.kind.data == "job":
        problems |= {name: ["Only services have this."] for name in form.of_services_only()}
    if problems:
        raise Invalid(problems)
    return form


def _found(body: FoundJobs, search: Search) -> FoundJobs:
    """Fill in what a search finds or, on its first page, what it may have meant."""
    asked = _page(search)
    page = searching.search_gigs(db(), search, asked)
    currency = runtime().currency
    body.gigs, body.next = [gig_body(gig, currency) for gig in page.rows], page.next
    if not page.rows and asked.before is None:
        body.suggestion = suggested(db(), search) or msgspec.UNSET
    return body


def _page(search: Search) -> PageRequest:
    return asked_page(order=search.order)


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
