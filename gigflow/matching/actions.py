"""Whom an admin may ask about a request, and what is known of them (docs/domain.md, Matching)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from math import isfinite, nan
from typing import cast

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.admins import check_admin
from gigflow.accounts.models import Viewer
from gigflow.chat import pairs
from gigflow.core.db import Db
from gigflow.core.errors import Invalid
from gigflow.core.paging import Page, PageRequest
from gigflow.directory import search
from gigflow.directory.models import AVAILABLE, HIGHLY_RATED, RATED_BY, Freelancer, Look, is_highly_rated
from gigflow.directory.models import Sort as DirectorySort
from gigflow.matching.models import (
    CANDIDATES_MAX,
    FOUND_MAX,
    POINTS_MAX,
    Facts,
    Match,
    Sort,
    Standing,
    in_order,
    key_of,
    score_of,
    wanted_of,
)
from gigflow.offers import actions as offers
from gigflow.orders import load
from gigflow.requests import deciding
from gigflow.requests.models import Request
from gigflow.services import actions as services

SAMPLES = 3  # services of somebody, and last answers, that are shown


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which freelancers an admin looks for: by parts of names, skills and headlines or an exact address, and how they
    are sorted.
    """

    text: str = ""
    sort: Sort = "match"
    available: bool = False
    highly_rated: bool = False


def freelancers_for(
    db: Db, admin: Viewer, request_id: ObjectId | None, wanted: Filter, page: PageRequest
) -> tuple[Page[Match], Request | None]:
    """Return a page of freelancers for a request, each with their score and its parts, if there is a request.
    Those who can never be asked are left out: its client, the admin, and people in a block with the client.

    Raises Forbidden, NotFound, and Invalid if they are to be sorted by a match and there is no request.
    """
    check_admin(admin)
    request = deciding.request_to_decide(db, admin, request_id) if request_id else None
    without = {admin.user_id, *([request.client_id] if request else [])}
    if wanted.sort == "match":
        if request is None:
            raise Invalid({"sort": ["Name a request to sort by how well people fit it."]})
        return _matched(db, request, wanted, without, page), request
    found = _found(db, wanted, without, page)
    return Page(_matches(db, found.rows, request), found.next), request


def standings_of(
    db: Db, matches: Sequence[Match], request: Request | None, now: datetime
) -> dict[ObjectId, Standing]:
    """Return what else is known of these freelancers, for the admin who has found them."""
    ids = [each.freelancer.id for each in matches]
    start, end = (request.start_on or now, request.due_at) if request else (now, None)
    due, overdue = load.due_between(db, ids, start, end), load.overdue_of(db, ids, now)
    answers = offers.last_answers_of(db, ids, SAMPLES)
    asked = offers.asked_about(db, request.id) if request else set()
    together = load.orders_with(db, request.client_id, ids) if request else {}
    shown = services.live_services_of_each(db, ids, SAMPLES)
    return {
        each: Standing(
            is_asked=each in asked,
            due_then=due.get(each, 0),
            overdue=overdue.get(each, 0),
            answers=tuple(answers.get(each, ())),
            worked_together=together.get(each, 0),
            services=shown[each][0] if each in shown else 0,
            samples=tuple(shown[each][1]) if each in shown else (),
        )
        for each in ids
    }


def _matched(
    db: Db, request: Request, wanted: Filter, without: set[ObjectId], page: PageRequest
) -> Page[Match]:
    """Return a page of those who come into question, the best match first."""
    if wanted.text:
        everybody = PageRequest(FOUND_MAX)
        rows = {row.id: row for row in _found(db, _by_rating(wanted), without, everybody).rows}
    else:
        rows = search.candidates(db, request.category, request.skills)
    blocked = pairs.blocked_among(db, request.client_id, list(rows))
    compared = [
        row
        for row in rows.values()
        if row.id not in without | blocked
        and (not wanted.available or row.availability == "available")
        and (not wanted.highly_rated or is_highly_rated(row))
    ]
    matches = in_order(_matches(db, compared[:CANDIDATES_MAX], request))
    if page.before:
        after = (*_numbers_of(page, range(POINTS_MAX * 10 + 1)), page.before)
        matches = [each for each in matches if key_of(each) < after]
    return page.cut(matches[: page.limit + 1], lambda each: each.freelancer.id, "match", _written)


def _by_rating(wanted: Filter) -> Filter:
    return msgspec.structs.replace(wanted, sort="rating")


def _found(db: Db, wanted: Filter, without: set[ObjectId], page: PageRequest) -> Page[Freelancer]:
    """Return a page of people in the directory, or the one who has the address that is looked for."""
    if "@" in wanted.text:
        user = accounts.user_with_email(db, accounts.normal_email(wanted.text))
        row = search.person(db, user.id) if user and user.id not in without else None
        return Page([row] if row and page.before is None else [])
    if wanted.sort == "availability":
        if wanted.text:
            raise Invalid({"sort": ["A search is sorted by match, rating or name."]})
        return search.available_first(
            db,
            page,
            _numbers_of(page, AVAILABLE.values()) if page.before else None,
            without,
            available=wanted.available,
            highly_rated=wanted.highly_rated,
        )
    look = Look(
        text=wanted.text,
        available=wanted.available,
        least_stars=HIGHLY_RATED if wanted.highly_rated else None,
        least_raters=RATED_BY if wanted.highly_rated else None,
        sort=cast(DirectorySort, wanted.sort),
        without=tuple(without),
    )
    return search.find_people(db, look, page)


def _matches(db: Db, rows: Sequence[Freelancer], request: Request | None) -> list[Match]:
    """Return these people with what their scores need, and with their scores if there is a request."""
    ids = [row.id for row in rows]
    active, out = load.active_of(db, ids), offers.open_offers_of(db, ids)
    clients = search.clients_in(db, ids, request.category) if request else {}
    wanted = (
        wanted_of(request.category, request.skills, request.title, request.description) if request else None
    )
    found = []
    for row in rows:
        facts = Facts(clients=clients.get(row.id, 0), active=active.get(row.id, 0), offers=out.get(row.id, 0))
        score = score_of(row, facts, wanted) if wanted else None
        found.append(Match(freelancer=row, facts=facts, score=score))
    return found


def _written(match: Match) -> str:
    tenths, rank, _ = key_of(match)
    return f"{tenths}:{rank!r}"


def _numbers_of(page: PageRequest, known: Collection[int]) -> tuple[int, float]:
    """Return the two numbers that a cursor keeps besides the id, of which the first is a known one. Raises Invalid."""
    first, _, text = (page.text or "").partition(":")
    try:
        number, rank = int(first), float(text)
    except ValueError:
        number, rank = -1, nan
    if number not in known or not isfinite(rank):
        raise Invalid({"cursor": ["This cursor is not from this list."]})
    return number, rank
