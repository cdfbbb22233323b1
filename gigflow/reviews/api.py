"""Reviews for programs (docs/api.md)."""

from datetime import datetime
from typing import ClassVar

import msgspec
from flask import Blueprint, Response, request

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person, name_of
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.paging import Page
from gigflow.orders import actions as orders
from gigflow.pictures.api import PictureBody, picture_body
from gigflow.profiles import actions as profiles
from gigflow.reviews import actions
from gigflow.reviews.forms import ReplyForm, ReviewForm
from gigflow.reviews.models import STARS, WINDOW, Review, Tally, side_named
from gigflow.services import actions as services
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind
from gigflow.web.openapi import CURSOR, LIMIT, Query, describes
from gigflow.web.runtime import db, person, runtime, viewer

api = Blueprint("reviews_api", __name__, url_prefix="/api")

AS = Query(
    "as",
    "Only reviews of the person in this role; the default is both.",
    {"type": "string", "enum": ["freelancer", "client"]},
)


class AuthorBody(msgspec.Struct, rename="camel"):
    """Who wrote a review."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    name: str
    picture: PictureBody | None


class SizeBody(msgspec.Struct, rename="camel"):
    """About how much the order was worth: `from` or more, and less than `below` (null: no end)."""

    from_: float = msgspec.field(name="from")
    below: float | None


class ReviewBody(msgspec.Struct, rename="camel", kw_only=True):
    """A review. `side` is its author's; `revealedAt` is null while only its author may read it; `reply` is "" until
    there is one.
    """

    NAME: ClassVar[str] = "review"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    side: str
    author: AuthorBody
    subject_id: str
    rating: int
    text: str
    size: SizeBody
    reply: str
    created_at: datetime
    revealed_at: datetime | None
    replied_at: datetime | None


class OrderReviewList(msgspec.Struct, rename="camel"):
    """The reviews of an order that you may read: at most two. There is one page of them."""

    reviews: list[ReviewBody]
    next: str | None
    count: int


class StarsCountBody(msgspec.Struct, rename="camel"):
    """How many reviews gave this number of stars."""

    stars: int
    count: int


class ReviewList(msgspec.Struct, rename="camel"):
    """Reviews, newest first, with the average (null before the first) and the distribution of all there are."""

    reviews: list[ReviewBody]
    next: str | None
    count: int
    average: float | None
    distribution: list[StarsCountBody]


@api.post("/orders/<id>/review")
@signed_in
@describes(
    "Review the other side of a completed order",
    "Reviews",
    ReviewBody,
    form=ReviewForm,
    status=201,
    refusals=(403, 404, 409),
    says="A review cannot be changed. It is hidden until the other side has written one too, or until"
    f" {WINDOW.days} days after the order was completed; after that nobody can write one.",
)
def write_review(id: str) -> Response:
    """Write a review, which is hidden until both sides have written or 14 days are over; after that nobody can write
    one.
    """
    order, _ = orders.order_of_side(db(), person(), object_id(id))
    form = bind(ReviewForm)
    rating, text = form.rating.data, form.text.data or ""
    review = actions.write_review(db(), person(), order.id, rating=rating, text=text, now=now())
    return answer(_bodies([review])[0], 201)


@api.get("/orders/<id>/reviews")
@signed_in
@describes("List the reviews of an order", "Reviews", OrderReviewList, refusals=(404,))
def list_reviews_of_order(id: str) -> Response:
    """Show your own review always, the other side's once it is revealed; for the two sides and admins."""
    order = orders.order_for(db(), person(), object_id(id))
    found = _bodies(actions.reviews_of_order(db(), person(), order))
    return answer(OrderReviewList(found, None, len(found)))


@api.get("/users/<id>/reviews")
@describes(
    "List the reviews of a person, newest first",
    "Reviews",
    ReviewList,
    query=(AS, LIMIT, CURSOR),
    refusals=(404,),
)
def list_reviews_about(id: str) -> Response:
    """Show the revealed reviews of a person, to everybody."""
    user = profiles.profile_of(db(), object_id(id))
    as_side = side_named(request.args.get("as"))
    page = actions.reviews_about(db(), user.id, as_side, asked_page())
    return _list(page, actions.tally_about(db(), user.id, as_side))


@api.get("/gigs/<id>/reviews")
@describes(
    "List the reviews of a service by its clients, newest first",
    "Reviews",
    ReviewList,
    query=(LIMIT, CURSOR),
    refusals=(404,),
)
def list_reviews_about_service(id: str) -> Response:
    """Show the revealed reviews of a service, to everybody who may see it."""
    service = services.service_for(db(), viewer(), object_id(id))
    page = actions.reviews_about_service(db(), service, asked_page())
    return _list(page, actions.tally_about_service(db(), service))


@api.post("/reviews/<id>/reply")
@signed_in
@describes(
    "Reply to a review of you",
    "Reviews",
    ReviewBody,
    form=ReplyForm,
    status=201,
    refusals=(403, 404, 409),
    says="Once to each review, and a reply cannot be changed.",
)
def reply(id: str) -> Response:
    """Answer it once, after it was revealed."""
    review = actions.review_to_answer(db(), person(), object_id(id))
    form = bind(ReplyForm)
    answered = actions.reply(db(), person(), review.id, form.text.data or "", now())
    return answer(_bodies([answered])[0], 201)


def _list(page: Page[Review], tally: Tally) -> Response:
    distribution = [StarsCountBody(stars, tally.stars.get(stars, 0)) for stars in reversed(STARS)]
    return answer(ReviewList(_bodies(page.rows), page.next, tally.count, tally.average, distribution))


def _bodies(reviews: list[Review]) -> list[ReviewBody]:
    people = accounts.people(db(), [review.author_id for review in reviews]) if reviews else {}
    return [_body(review, people.get(review.author_id)) for review in reviews]


def _body(review: Review, author: Person | None) -> ReviewBody:
    number, size = runtime().currency.number, review.size_band
    return ReviewBody(
        id=str(review.id),
        mongo_id=str(review.id),
        side=review.side,
        author=AuthorBody(
            str(review.author_id),
            str(review.author_id),
            name_of(author),
            picture_body(author.picture_id if author else None),
        ),
        subject_id=str(review.subject_id),
        rating=review.rating,
        text=review.text,
        size=SizeBody(
            number(size.from_minor), None if size.below_minor is None else number(size.below_minor)
        ),
        reply=review.reply,
        created_at=review.created_at,
        revealed_at=review.revealed_at,
        replied_at=review.replied_at,
    )
