"""Requests as programs see them (docs/api.md, Requests)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import ClassVar

import msgspec

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import name_of
from gigflow.core.clock import now, spoken
from gigflow.files import actions as files
from gigflow.files.api import FileBody, file_bodies
from gigflow.gigs.bodies import PersonRef
from gigflow.requests.models import Request
from gigflow.requests.turns import next_of
from gigflow.web.runtime import db, person, runtime


class RequestBody(msgspec.Struct, rename="camel", kw_only=True):
    """A request. A freelancer who has an offer of it reads what the work is, and no more; its client and admins read
    the rest. `next` says who must do what by when; while it is assigned, `openOffers` freelancers are asked, the last
    of them until `offersUntil`. `note` and `suggestedBudget` are what was said when it was sent back, `sentBack` how
    often that was.
    """

    NAME: ClassVar[str] = "request"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    title: str
    description: str
    category: str
    skills: list[str]
    start_on: date | None
    due_on: date | None
    files: list[FileBody]
    client: PersonRef
    budget: float | msgspec.UnsetType = msgspec.UNSET
    status: str | msgspec.UnsetType = msgspec.UNSET
    version: int | msgspec.UnsetType = msgspec.UNSET
    next: str | msgspec.UnsetType = msgspec.UNSET
    next_by: datetime | msgspec.UnsetType | None = msgspec.UNSET
    open_offers: int | msgspec.UnsetType = msgspec.UNSET
    offers_until: datetime | msgspec.UnsetType | None = msgspec.UNSET
    note: str | msgspec.UnsetType = msgspec.UNSET
    suggested_budget: float | msgspec.UnsetType | None = msgspec.UNSET
    sent_back: int | msgspec.UnsetType = msgspec.UNSET
    order_id: str | msgspec.UnsetType | None = msgspec.UNSET
    job_id: str | msgspec.UnsetType | None = msgspec.UNSET
    sent_at: datetime | msgspec.UnsetType = msgspec.UNSET
    created_at: datetime | msgspec.UnsetType = msgspec.UNSET
    updated_at: datetime | msgspec.UnsetType = msgspec.UNSET


class RequestList(msgspec.Struct, rename="camel"):
    """A page of requests, without their descriptions; `next` is the cursor of the next page."""

    requests: list[RequestBody]
    next: str | None


def request_bodies(requests: Sequence[Request]) -> list[RequestBody]:
    """Return these requests for programs of their client or of admins."""
    is_any_pending = any(each.status == "pending" for each in requests)
    anybody = bool(accounts.admins(db())) if is_any_pending else True
    return [
        _whole(each, body, anybody_looks=anybody)
        for each, body in zip(requests, _briefs(requests), strict=True)
    ]


def brief_body(request: Request) -> RequestBody:
    """Return a request for the program of a freelancer who has an offer of it."""
    return _briefs([request])[0]


def _briefs(requests: Sequence[Request]) -> list[RequestBody]:
    people = accounts.people(db(), list({each.client_id for each in requests})) if requests else {}
    attached = files.files_by_id(db(), [each for one in requests for each in one.file_ids])
    return [
        RequestBody(
            id=str(each.id),
            mongo_id=str(each.id),
            title=each.title,
            description=each.description,
            category=each.category,
            skills=each.skills,
            start_on=each.start_on.date() if each.start_on else None,
            due_on=each.due_on.date() if each.due_on else None,
            files=file_bodies(attached, each.file_ids),
            client=PersonRef(str(each.client_id), str(each.client_id), name_of(people.get(each.client_id))),
        )
        for each in requests
    ]


def _whole(request: Request, body: RequestBody, *, anybody_looks: bool) -> RequestBody:
    number, reader = runtime().currency.number, person()
    suggested, is_client = request.suggested_budget_minor, request.client_id == reader.user_id
    said = next_of(request, for_client=is_client, anybody_looks=anybody_looks, now=now())
    by = spoken(said.by, reader.time_zone or "UTC") if said.by else ""
    return msgspec.structs.replace(
        body,
        budget=number(request.budget_minor),
        status=request.status,
        version=request.version,
        next=said.text.format(by=by, count=request.open_offers),
        next_by=said.by,
        open_offers=request.open_offers,
        offers_until=request.offers_until,
        note=request.note,
        suggested_budget=None if suggested is None else number(suggested),
        sent_back=request.sent_back,
        order_id=str(request.order_id) if request.order_id else None,
        job_id=str(request.job_id) if request.job_id else None,
        sent_at=request.sent_at,
        created_at=request.created_at,
        updated_at=request.updated_at,
    )
