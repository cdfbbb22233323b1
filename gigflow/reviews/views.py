"""What pages show of reviews: on an order, on a profile, on the page of a service."""

from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person, Viewer, name_of
from gigflow.core.clock import now
from gigflow.core.paging import PageRequest
from gigflow.gigs.models import Service
from gigflow.orders.models import SIDES, Order, Side, other
from gigflow.reviews import actions
from gigflow.reviews.forms import MEANINGS, ReplyForm, ReviewForm
from gigflow.reviews.models import Review, SizeBand, Tally, closes_at, may_be_written
from gigflow.web.runtime import db, runtime

SHOWN_MAX = 5  # on a profile or the page of a service; all of them have a page of their own


class ReviewRow(msgspec.Struct, kw_only=True):
    """A review with the names of its two sides; `author_here` if its author has a page."""

    id: ObjectId
    author_id: ObjectId
    author_name: str
    author_picture_id: ObjectId | None
    author_here: bool
    subject_id: ObjectId
    subject_name: str
    rating: int
    text: str
    size: str
    created_at: datetime
    revealed_at: datetime | None
    reply: str
    replied_at: datetime | None


class Reviewed(msgspec.Struct, kw_only=True):
    """How somebody or something was rated, and a page of what was said; `next` is the cursor of the next page."""

    tally: Tally
    rows: list[ReviewRow]
    next: str | None


def order_reviews(
    order: Order, reader: Viewer, *, written: ReviewForm | None = None, replied: ReplyForm | None = None
) -> dict[str, Any]:
    """Return what `reviews/_order.html` shows of an order to a side of it or an admin, and the forms that they may use;
    a refused one as it was sent.
    """
    side = order.side_of(reader.user_id)
    found = actions.reviews_of_order(db(), reader, order) if order.status == "completed" else []
    people = accounts.people(db(), [order.client_id, order.freelancer_id])
    may_write = side is not None and may_be_written(order, side, now())
    # Not next to a review that came too late: one form at a time.
    may_reply = not written and any(
        each.subject_id == reader.user_id and not each.replied_at for each in found
    )
    hidden = order.status == "completed" and len(order.reviewed) < 2 and now() < closes_at(order)
    return {
        "order": order,
        "reviews": [_row(review, people) for review in found],
        # A refused one is shown in any case: with its reason, and with what was typed.
        "review_form": written or (ReviewForm(formdata=None) if may_write else None),
        "reply_form": replied or (ReplyForm(formdata=None) if may_reply else None),
        "reviews_hidden_until": closes_at(order) if hidden else None,
        "meanings": MEANINGS,
        "reviewed_name": name_of(people.get(order.person(other(side)))) if side else None,
    }


def profile_reviews(user_id: ObjectId) -> dict[str, Any]:
    """Return how a person was rated as freelancer and as client, and the newest reviews, for their public page."""
    return {"reviewed": {side: reviewed_as(user_id, side, PageRequest(SHOWN_MAX)) for side in SIDES}}


def service_reviews(service: Service) -> dict[str, Any]:
    """Return how the clients of a service rated it, and the newest reviews, for its page."""
    return {"reviewed": reviewed_service(service, PageRequest(SHOWN_MAX))}


def reviewed_as(user_id: ObjectId, side: Side, page: PageRequest) -> Reviewed:
    """Return a page of what was said of a person as this side of their orders."""
    found = actions.reviews_about(db(), user_id, side, page)
    tally = actions.tally_about(db(), user_id, side)
    return Reviewed(tally=tally, rows=review_rows(found.rows), next=found.next)


def reviewed_service(service: Service, page: PageRequest) -> Reviewed:
    """Return a page of what was said of a service."""
    found = actions.reviews_about_service(db(), service, page)
    tally = actions.tally_about_service(db(), service)
    return Reviewed(tally=tally, rows=review_rows(found.rows), next=found.next)


def review_rows(reviews: list[Review]) -> list[ReviewRow]:
    """Return these reviews with names, in one query."""
    ids = [each for review in reviews for each in (review.author_id, review.subject_id)]
    people = accounts.people(db(), ids) if ids else {}
    return [_row(review, people) for review in reviews]


def _row(review: Review, people: dict[ObjectId, Person]) -> ReviewRow:
    author = people.get(review.author_id)
    return ReviewRow(
        id=review.id,
        author_id=review.author_id,
        author_name=name_of(author),
        author_picture_id=author.picture_id if author else None,
        author_here=author is not None and author.disabled_at is None,
        subject_id=review.subject_id,
        subject_name=name_of(people.get(review.subject_id)),
        rating=review.rating,
        text=review.text,
        size=_size(review.size_band),
        created_at=review.created_at,
        revealed_at=review.revealed_at,
        reply=review.reply,
        replied_at=review.replied_at,
    )


def _size(size: SizeBand) -> str:
    """ "under $100", "$100 to $500", "$10,000 and more"."""
    written = runtime().currency.format
    if size.below_minor is None:
        return f"{written(size.from_minor)} and more"
    if not size.from_minor:
        return f"under {written(size.below_minor)}"
    return f"{written(size.from_minor)} to {written(size.below_minor)}"
