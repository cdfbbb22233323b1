"""The directory for programs (docs/api.md)."""

from datetime import date, datetime
from typing import ClassVar

import msgspec
from flask import Blueprint, Response, request

from gigflow.accounts.models import LANGUAGES_MAX
from gigflow.core.clock import now, utc_offset
from gigflow.core.errors import Invalid
from gigflow.core.money import Currency
from gigflow.directory import search
from gigflow.directory.forms import SORTS, PeopleApiForm
from gigflow.directory.models import SEARCH_MAX, Freelancer, Look
from gigflow.pictures.api import PictureBody, picture_body
from gigflow.web.answers import answer
from gigflow.web.forms import asked_page, bind_query, parameters_of
from gigflow.web.openapi import CURSOR_TEXT, LIMIT, Query, describes
from gigflow.web.runtime import db, runtime, viewer

api = Blueprint("directory_api", __name__, url_prefix="/api")

FILTERS = (
    Query(
        "q",
        "Parts of words from the name, the skills and the headline.",
        {"type": "string", "maxLength": SEARCH_MAX},
    ),
    Query("skills", "Skills that a person must all have, separated by commas.", {"type": "string"}),
    Query(
        "category", "A slug of /api/categories: completed work or a live service in it.", {"type": "string"}
    ),
    Query("available", "Only people who are available.", {"type": "boolean"}),
    Query(
        "minRating",
        "Stars on average as freelancer. 0 has no effect.",
        {"type": "number", "minimum": 0, "maximum": 5},
    ),
    Query(
        "languages",
        f"Languages that a person must all speak, by code or name, separated by commas; at most {LANGUAGES_MAX}.",
        {"type": "string"},
    ),
    Query(
        "maxFromPrice", "The highest price of their cheapest live service.", {"type": "number", "minimum": 0}
    ),
    Query("sort", "The order; the default is `rating`.", {"type": "string", "enum": list(SORTS)}),
)


class ClientsRatingBody(msgspec.Struct, rename="camel"):
    """Stars as freelancer on average, from how many reviews, and by how many clients."""

    average: float | None
    count: int
    clients: int


class FreelancerBody(msgspec.Struct, rename="camel", kw_only=True):
    """A person who can be hired: never an e-mail address (SECURITY 18)."""

    NAME: ClassVar[str] = "freelancer"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    name: str
    headline: str
    skills: list[str]
    languages: list[str]
    availability: str
    availability_until: date | None
    utc_offset: str
    picture: PictureBody | None
    rating: ClientsRatingBody
    from_price: float | None
    jobs_done: int
    answers_within_seconds: int | None
    created_at: datetime


class FoundPeople(msgspec.Struct, rename="camel"):
    """A page of people. If a search finds nobody, and would with one letter of a word put right, `suggestion` is that
    search.
    """

    freelancers: list[FreelancerBody]
    next: str | None
    suggestion: str | msgspec.UnsetType = msgspec.UNSET


@api.get("/freelancers")
@describes("List people who can be hired", "People", FoundPeople, query=(*FILTERS, LIMIT, CURSOR_TEXT))
def list_people() -> Response:
    """List everyone who wants to be listed and can be hired, but for people whom the reader has blocked."""
    look = msgspec.structs.replace(_look(), without=search.blocked_by(db(), viewer()))
    asked = asked_page(order=look.order, is_text=look.sort == "name")
    page = search.find_people(db(), look, asked)
    currency = runtime().currency
    body = FoundPeople([freelancer_body(row, currency) for row in page.rows], page.next)
    if not page.rows and asked.before is None:
        body.suggestion = search.suggested(db(), look) or msgspec.UNSET
    return answer(body)


def freelancer_body(row: Freelancer, currency: Currency) -> FreelancerBody:
    """Return somebody in the directory for programs."""
    rating = row.rating.freelancer
    until = row.availability_until
    return FreelancerBody(
        id=str(row.id),
        mongo_id=str(row.id),
        name=row.name,
        headline=row.headline,
        skills=row.skills,
        languages=row.languages,
        availability=row.availability,
        availability_until=until.date() if until else None,
        utc_offset=utc_offset(row.time_zone, now()),
        picture=picture_body(row.picture_id),
        rating=ClientsRatingBody(rating.average, rating.count, row.rated_by),
        from_price=None if row.from_price_minor is None else currency.number(row.from_price_minor),
        jobs_done=row.jobs_done,
        answers_within_seconds=row.answers_within,
        created_at=row.created_at,
    )


def _look() -> Look:
    """Return what is asked for. Raises Invalid."""
    if request.args.keys().isdisjoint(parameters_of(PeopleApiForm)):
        return Look()
    form = bind_query(PeopleApiForm)
    if form.problems:
        raise Invalid(form.problems)
    return form.look()
