"""Gigs of both kinds as programs see them (docs/api.md, Gigs)."""

from datetime import date, datetime
from typing import ClassVar

import msgspec
from flask import Response

from gigflow.core.money import Currency
from gigflow.core.paging import Page
from gigflow.files.api import FileBody, file_body
from gigflow.gigs import actions
from gigflow.gigs.models import Gig, Job, Service
from gigflow.pictures.api import PictureBody, picture_body
from gigflow.web.answers import answer
from gigflow.web.question_bodies import QuestionBody, question_bodies
from gigflow.web.runtime import db, runtime, viewer


class PersonRef(msgspec.Struct, rename="camel"):
    """A person, by name."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    name: str


class StarsBody(msgspec.Struct, rename="camel"):
    """Stars from 1 to 5 on average (null before the first review) and how many reviews."""

    average: float | None
    count: int


class ImageBody(msgspec.Struct, rename="camel"):
    """A picture of a service, and what it shows in words."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    alt: str
    picture: PictureBody


class GigBody(msgspec.Struct, rename="camel", kw_only=True):
    """A gig as programs see it (docs/api.md, Gigs): a job has a budget, a service a price, images and a rating. A job’s
    files are shown to people who have signed in, and not in lists.
    """

    NAME: ClassVar[str] = "gig"

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
    files: list[FileBody] | msgspec.UnsetType = msgspec.UNSET
    revisions: int | msgspec.UnsetType = msgspec.UNSET
    questions: list[QuestionBody] | msgspec.UnsetType = msgspec.UNSET
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


def gig_body(gig: Gig, currency: Currency) -> GigBody:
    """Return a gig for programs."""
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
        owner=PersonRef(owner_id, owner_id, gig.owner_name),
        version=gig.version,
        created_at=gig.created_at,
        updated_at=gig.updated_at,
    )
    if isinstance(gig, Job):
        _add_of_job(body, gig, currency)
    else:
        _add_of_service(body, gig, currency)
    return body


def _add_of_job(body: GigBody, job: Job, currency: Currency) -> None:
    body.budget = currency.number(job.price_minor)
    body.start_on = job.start_on.date() if job.start_on else None
    body.due_on = job.due_on.date() if job.due_on else None
    body.bid_count = job.bid_count


def _add_of_service(body: GigBody, service: Service, currency: Currency) -> None:
    pictures = [(image, picture_body(image.id)) for image in service.images]
    body.price = currency.number(service.price_minor)
    body.revisions = service.revisions
    body.questions = question_bodies(service.questions)
    body.images = [
        ImageBody(str(image.id), str(image.id), image.alt, picture) for image, picture in pictures if picture
    ]
    body.rating = StarsBody(service.stars, service.rating.count)
    body.note = service.note


def whole_gig_body(gig: Gig) -> GigBody:
    """Return a gig by itself for programs: with its files, if there is somebody who may have them."""
    body = gig_body(gig, runtime().currency)
    if isinstance(gig, Job) and (reader := viewer()):
        body.files = [file_body(each) for each in actions.files_of(db(), reader, gig)]
    return body


def gig_list(page: Page[Gig]) -> Response:
    """Answer with a page of gigs."""
    currency = runtime().currency
    return answer(GigList([gig_body(gig, currency) for gig in page.rows], page.next))
