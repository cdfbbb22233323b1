"""Freelancers for a request, for admins' programs (docs/api.md)."""

from datetime import datetime
from typing import ClassVar

import msgspec
from flask import Blueprint, Response, request

from gigflow.accounts.admins import check_admin
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Invalid
from gigflow.directory.api import FreelancerBody, freelancer_body
from gigflow.directory.models import SEARCH_MAX
from gigflow.matching import actions
from gigflow.matching.actions import Filter
from gigflow.matching.forms import SORTS, FreelancersForm
from gigflow.matching.models import Match, Standing
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind_query
from gigflow.web.openapi import CURSOR_TEXT, LIMIT, Query, describes
from gigflow.web.runtime import db, person, runtime

api = Blueprint("matching_admin_api", __name__, url_prefix="/api/admin")

_QUERY = (
    Query("requestId", "The request that they are compared for.", {"type": "string"}),
    Query(
        "q",
        "Parts of words from the name, the skills and the headline; or an exact address, which finds that person.",
        {"type": "string", "maxLength": SEARCH_MAX},
    ),
    Query("sort", "The order: `match` if a request is named, else `rating`.", {"enum": list(SORTS)}),
    Query("available", "Only people who are available.", {"type": "boolean"}),
    Query("highRated", "Only people with 4.5 stars or more from at least 3 clients.", {"type": "boolean"}),
)


class PartBody(msgspec.Struct, rename="camel"):
    """One part of a score: its points, how many there could be, and why."""

    name: str
    points: float
    most: int
    why: str


class ScoreBody(msgspec.Struct, rename="camel"):
    """How well a person fits a request: up to 100 points, the sum of the parts."""

    total: float
    parts: list[PartBody]


class SampleBody(msgspec.Struct, rename="camel"):
    """A live service of a person."""

    id: str
    title: str
    price: float


class LastAnswerBody(msgspec.Struct, rename="camel"):
    """What became of an offer for a request that a person got before."""

    status: str
    title: str
    at: datetime


class MatchBody(msgspec.Struct, rename="camel", kw_only=True):
    """A freelancer as an admin who looks for one reads them. `asked`: they have an open offer of this request;
    `dueThen`: orders of theirs that are due between its start and its due date.
    """

    NAME: ClassVar[str] = "match"

    freelancer: FreelancerBody
    score: ScoreBody | None
    asked: bool
    active_orders: int
    open_offers: int
    due_then: int
    overdue: int
    orders_together: int
    last_answers: list[LastAnswerBody]
    services: int
    sample_services: list[SampleBody]


class MatchList(msgspec.Struct, rename="camel"):
    """A page of freelancers."""

    freelancers: list[MatchBody]
    next: str | None


@api.get("/freelancers")
@signed_in
@describes(
    "List freelancers for a request, for admins",
    "Admin",
    MatchList,
    query=(*_QUERY, LIMIT, CURSOR_TEXT),
    refusals=(403, 404),
    says="Sorted by match, up to 250 are compared: the best of its category, of its skills and of those who are"
    " available, or those whom a search finds. No answer has an address.",
)
def list_freelancers() -> Response:
    """Show who could be asked, without the client of the request and yourself."""
    check_admin(person())
    form = bind_query(FreelancersForm)
    if form.problems:
        raise Invalid(form.problems)
    text = request.args.get("requestId")
    request_id = object_id(text) if text else None
    wanted = Filter(
        text=(form.q.data or "").strip(),
        sort=form.order(for_request=request_id is not None),
        available=bool(form.available.data),
        highly_rated=bool(form.high_rated.data),
    )
    asked = asked_page(order=wanted.sort, is_text=wanted.sort != "rating")
    page, about = actions.freelancers_for(db(), person(), request_id, wanted, asked)
    standings = actions.standings_of(db(), page.rows, about, now())
    rows = [_body(each, standings[each.freelancer.id]) for each in page.rows]
    return answer(MatchList(rows, page.next))


def _body(match: Match, standing: Standing) -> MatchBody:
    currency = runtime().currency
    return MatchBody(
        freelancer=freelancer_body(match.freelancer, currency),
        score=_score(match),
        asked=standing.is_asked,
        active_orders=match.facts.active,
        open_offers=match.facts.offers,
        due_then=standing.due_then,
        overdue=standing.overdue,
        orders_together=standing.worked_together,
        last_answers=[
            LastAnswerBody(each.status, each.title, each.ended_at or each.created_at)
            for each in standing.answers
        ],
        services=standing.services,
        sample_services=[
            SampleBody(str(each.id), each.title, currency.number(each.price_minor))
            for each in standing.samples
        ],
    )


def _score(match: Match) -> ScoreBody | None:
    if match.score is None:
        return None
    parts = [PartBody(each.name, each.tenths / 10, each.most, each.why) for each in match.score.parts]
    return ScoreBody(match.score.tenths / 10, parts)
