"""Bids for programs (docs/api.md)."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

import msgspec
from bson import ObjectId
from flask import Blueprint, Response, request

from gigflow.accounts import actions as accounts
from gigflow.accounts.api import RatingBody, rating_body
from gigflow.accounts.models import LEFT_NAME, Person, User
from gigflow.bids import actions, reading
from gigflow.bids.forms import BidForm, HireForm, PlaceBidForm
from gigflow.bids.models import IDEMPOTENCY_KEY_MAX, LIST_MAX, Bid
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Invalid
from gigflow.gigs.bodies import GigBody, gig_body
from gigflow.gigs.models import Job
from gigflow.jobs import actions as jobs
from gigflow.orders.bodies import OrderBody, order_bodies
from gigflow.orders.models import PAY_WITHIN, REVISIONS, Seen
from gigflow.orders.turns import silence_sentence
from gigflow.pictures.api import PictureBody, picture_body
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind
from gigflow.web.limits import limited, spend_by_person
from gigflow.web.openapi import CURSOR, LIMIT, Query, describes
from gigflow.web.runtime import db, person, rules, runtime
from gigflow.web.visitors import is_looked_at

api = Blueprint("bids_api", __name__, url_prefix="/api/bids")

ALL_OR_LIMIT = Query(
    "limit",
    "How many rows; the default is all of them.",
    {"type": "integer", "minimum": 1, "maximum": LIST_MAX},
)
_BINDS = (
    "If you are hired, you receive `price` less GigFlow’s fee. The client may request changes as often as `revisions`"
    f" says: {REVISIONS} times if you leave it out."
)
KEY = Query(
    "Idempotency-Key",
    "A text of your choice; repeating the request with the same text returns the same answer.",
    {"type": "string", "maxLength": IDEMPOTENCY_KEY_MAX},
)


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
    `delivery_days` are the job's, or 14, if the bid names none.
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
    confirmed: bool
    status: str
    version: int
    created_at: datetime
    updated_at: datetime


class BidList(msgspec.Struct, rename="camel"):
    """A page of bids; `next` is the cursor of the next page, `count` how many are on this one."""

    bids: list[BidBody]
    next: str | None
    count: int


class HireBody(msgspec.Struct, rename="camel"):
    """The outcome of a hire."""

    bid: BidBody
    gig: GigBody
    order: OrderBody


@api.post("")
@signed_in
@describes(
    "Bid for an open job",
    "Bids",
    BidBody,
    form=PlaceBidForm,
    status=201,
    refusals=(403, 404, 409),
    says=_BINDS,
)
def place() -> Response:
    """Make a new pending bid of yours."""
    form = bind(PlaceBidForm)
    spend_by_person("bids")
    most = runtime().limits.most("bids_per_job")
    placed = actions.place_bid(db(), person(), object_id(form.gig_id.data), form.terms(), now(), most=most)
    return answer(_bodies([placed.bid], placed.gig, {placed.bidder.id: placed.bidder})[0], 201)


@api.get("/<id>")
@signed_in
@describes(
    "List the bids on your job",
    "Bids",
    BidList,
    query=(ALL_OR_LIMIT, CURSOR),
    refusals=(403, 404),
    also=("GET /api/bids/gig/<id>",),
)
def list_on_gig(id: str) -> Response:
    """Show all bids on your job with this id, newest first; from then on you have read them."""
    page = actions.bids_on(db(), person(), object_id(id), asked_page(default=LIST_MAX, most=LIST_MAX))
    if is_looked_at():
        reading.note_read(db(), person(), page.rows)
    return answer(BidList(_bodies(page.rows), page.next, len(page.rows)))


@api.get("/mine")
@signed_in
@describes(
    "List your bids, newest first",
    "Bids",
    BidList,
    query=(LIMIT, CURSOR),
    also=("GET /api/bids/my", "GET /api/bids/my-bids"),
)
def list_mine() -> Response:
    """Show your bids on any job."""
    page = actions.bids_of(db(), person(), asked_page())
    return answer(BidList(_bodies(page.rows), page.next, len(page.rows)))


@api.patch("/<id>")
@signed_in
@limited("edits")
@describes(
    "Change your pending bid",
    "Bids",
    BidBody,
    form=BidForm,
    partial=True,
    refusals=(403, 404, 409),
    says="Sent unchanged, or empty, it confirms the bid for a job whose terms have changed.",
)
def change(id: str) -> Response:
    """Change those fields of your bid with this id that are sent. Sent unchanged, or empty, it confirms the bid for a
    job that has changed.
    """
    bid = actions.own_bid(db(), person(), object_id(id))
    changes = bind(BidForm, partial=True).values()
    return answer(_bodies([actions.change_bid(db(), person(), bid.id, changes, version=None, now=now())])[0])


@api.patch("/<id>/withdraw")
@signed_in
@limited("withdrawals")
@describes("Withdraw your pending bid", "Bids", BidBody, refusals=(403, 404, 409))
def withdraw(id: str) -> Response:
    """Withdraw your bid with this id."""
    return answer(_bodies([actions.withdraw_bid(db(), person(), object_id(id), now())])[0])


@api.patch("/<id>/hire")
@signed_in
@limited("hires")
@describes(
    "Hire a bidder",
    "Bids",
    HireBody,
    form=HireForm,
    partial=True,
    headers=(KEY,),
    refusals=(403, 404, 409),
    also=("PUT /api/bids/<id>/hire",),
    says=f"Nothing is charged yet: you have {PAY_WITHIN.days} days to pay for the order, or it is cancelled and the job"
    f" is open again. {silence_sentence('bid', to_client=True)}",
)
def hire(id: str) -> Response:
    """Hire the bid with this id, all-or-nothing; of simultaneous hires one succeeds. If you changed the job and its
    freelancer has not confirmed the bid since, the answer is 409 `terms_changed`.
    """
    form = bind(HireForm)
    key = request.headers.get("Idempotency-Key")
    if key and len(key) > IDEMPOTENCY_KEY_MAX:
        raise Invalid({"Idempotency-Key": [f"At most {IDEMPOTENCY_KEY_MAX} characters."]})
    seen = Seen(form.price.data, form.version.data)
    hired = actions.hire_freelancer(
        db(),
        person(),
        object_id(id),
        seen=seen,
        key=key or None,
        rules=rules(),
        gateway=runtime().gateway,
        now=now(),
    )
    client = Person(id=person().user_id, name=person().name)
    people = {client.id: client, hired.freelancer.id: hired.freelancer}
    body = _bodies([hired.bid], hired.gig, people)[0]
    order = order_bodies([hired.order], people)[0]
    return answer(HireBody(body, gig_body(hired.gig, runtime().currency), order))


def _bodies(
    bids: list[Bid], gig: Job | None = None, people: Mapping[ObjectId, Person | User] | None = None
) -> list[BidBody]:
    """Return these bids for programs, with the names of their freelancers and jobs, which are looked up if they are not
    known.
    """
    if not bids:
        return []
    people = people or accounts.people(db(), [bid.freelancer_id for bid in bids])
    known = {gig.id: gig} if gig else jobs.jobs_by_id(db(), [bid.gig_id for bid in bids])
    return [_body(bid, known[bid.gig_id], people.get(bid.freelancer_id)) for bid in bids]


def _body(bid: Bid, gig: Job, freelancer: Person | User | None) -> BidBody:
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
        confirmed=bid.is_for(gig),
        status=bid.status,
        version=bid.version,
        created_at=bid.created_at,
        updated_at=bid.updated_at,
    )
