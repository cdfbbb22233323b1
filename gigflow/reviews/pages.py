"""Reviews for people: writing and answering them on the page of their order, and all of a person or a service."""

from flask import Blueprint, Response, request

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.orders import actions as orders
from gigflow.orders.models import Order
from gigflow.profiles import actions as profiles
from gigflow.reviews import actions
from gigflow.reviews.forms import ReplyForm, ReviewForm
from gigflow.reviews.models import Review, side_named
from gigflow.reviews.views import order_reviews, reviewed_as, reviewed_service
from gigflow.services import actions as services
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page
from gigflow.web.htmx import go, render, wants_fragment
from gigflow.web.runtime import db, person, viewer

pages = Blueprint("reviews", __name__)


@pages.post("/orders/<order_id>/review")
@signed_in
def write(order_id: str) -> Response:
    """Review the other side of an order."""
    order, _ = orders.order_of_side(db(), person(), object_id(order_id))
    form = ReviewForm()
    form.perform(lambda: _write(order, form))
    return _order_page(order, written=form)


@pages.post("/reviews/<review_id>/reply")
@signed_in
def reply(review_id: str) -> Response:
    """Answer a review of the viewer."""
    review = actions.review_to_answer(db(), person(), object_id(review_id))
    form = ReplyForm()
    form.perform(lambda: actions.reply(db(), person(), review.id, form.text.data or "", now()))
    return _order_page(orders.order_for(db(), person(), review.order_id), replied=form)


@pages.get("/u/<user_id>/reviews")
def about(user_id: str) -> Response:
    """Show everything that was said of somebody, as freelancer or as client."""
    user = profiles.profile_of(db(), object_id(user_id))
    side = side_named(request.args.get("as")) or "freelancer"
    reviewed = reviewed_as(user.id, side, asked_page())
    return render("reviews/about.html", profile=user, side=side, reviewed=reviewed)


@pages.get("/gigs/<gig_id>/reviews")
def about_service(gig_id: str) -> Response:
    """Show everything that the clients of a service said."""
    service = services.service_for(db(), viewer(), object_id(gig_id))
    return render(
        "reviews/about_service.html", service=service, reviewed=reviewed_service(service, asked_page())
    )


def _write(order: Order, form: ReviewForm) -> Review:
    rating, text = form.rating.data, form.text.data or ""
    return actions.write_review(db(), person(), order.id, rating=rating, text=text, now=now())


def _order_page(
    order: Order, *, written: ReviewForm | None = None, replied: ReplyForm | None = None
) -> Response:
    """Return the order's reviews after one of the two forms was sent; the refused one is shown again."""
    sent = written or replied
    assert sent is not None
    if sent.status == 200 and not wants_fragment():
        return go(f"{order.path}#reviews")
    fresh = orders.order_for(db(), person(), order.id)
    refused = {"written": written, "replied": replied} if sent.status != 200 else {}
    context = order_reviews(fresh, person(), **refused)
    return render("reviews/page.html", "reviews/_order.html", status=sent.status, **context)
