"""Bids as programs see them (docs/api.md, Objects)."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.api import RatingBody, rating_body
from gigflow.accounts.models import LEFT_NAME, Person, User
from gigflow.bids.models import Bid
from gigflow.files import actions as files
from gigflow.files.api import FileBody, file_bodies
from gigflow.gigs.models import Job
from gigflow.jobs import actions as jobs
from gigflow.pictures.api import PictureBody, picture_body
from gigflow.web.runtime import db, person, runtime


class FreelancerBody(msgspec.Struct, rename="camel"):
    """The person who bids."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    name: str
    picture: PictureBody | None
    rating: RatingBody


class GigRef(msgspec.Struct, rename="camel"):
    """The job of a bid."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    title: str
    status: str


class BidBody(msgspec.Struct, rename="camel", kw_only=True):
    """A bid as programs see it (docs/api.md, Objects). `confirmed`: it is for the terms of its job as they are now.
    `delivery_days` are the job's, or 14, if the bid names none. `starred` is there for the job's owner alone.
    `declined`: the job's owner has declined it, may have said why (`reason`), and may reconsider it.
    """

    NAME: ClassVar[str] = "bid"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    gig_id: str
    gig: GigRef
    freelancer_id: str
    freelancer: FreelancerBody
    message: str
    price: float
    delivery_days: int
    revisions: int
    files: list[FileBody]
    confirmed: bool
    status: str
    declined: bool
    reason: str
    starred: bool | msgspec.UnsetType = msgspec.UNSET
    version: int
    created_at: datetime
    updated_at: datetime


class BidList(msgspec.Struct, rename="camel"):
    """A page of bids; `next` is the cursor of the next page, `count` how many are on this one."""

    bids: list[BidBody]
    next: str | None
    count: int


def bid_bodies(
    bids: list[Bid], gig: Job | None = None, people: Mapping[ObjectId, Person | User] | None = None
) -> list[BidBody]:
    """Return these bids for programs, with the names of their freelancers and jobs, which are looked up if they are not
    known.
    """
    if not bids:
        return []
    people = people or accounts.people(db(), [bid.freelancer_id for bid in bids])
    known = {gig.id: gig} if gig else jobs.jobs_by_id(db(), [bid.gig_id for bid in bids])
    attached = files.files_by_id(db(), [each for bid in bids for each in bid.file_ids])
    return [
        _body(bid, known[bid.gig_id], people.get(bid.freelancer_id), file_bodies(attached, bid.file_ids))
        for bid in bids
    ]


def _body(bid: Bid, gig: Job, freelancer: Person | User | None, attached: list[FileBody]) -> BidBody:
    freelancer = freelancer or Person(id=bid.freelancer_id, name=LEFT_NAME)
    return BidBody(
        id=str(bid.id),
        mongo_id=str(bid.id),
        gig_id=str(bid.gig_id),
        gig=GigRef(str(gig.id), str(gig.id), gig.title, gig.status),
        freelancer_id=str(bid.freelancer_id),
        freelancer=FreelancerBody(
            str(bid.freelancer_id),
            str(bid.freelancer_id),
            freelancer.name,
            picture_body(freelancer.picture_id),
            rating_body(freelancer.rating.freelancer),
        ),
        message=bid.message,
        price=runtime().currency.number(bid.price_minor),
        delivery_days=bid.days_for(gig),
        revisions=bid.revisions,
        files=attached,
        confirmed=bid.is_for(gig),
        status=bid.status,
        declined=bid.is_declined,
        reason=bid.reason,
        starred=bid.starred_at is not None if gig.owner_id == person().user_id else msgspec.UNSET,
        version=bid.version,
        created_at=bid.created_at,
        updated_at=bid.updated_at,
    )
