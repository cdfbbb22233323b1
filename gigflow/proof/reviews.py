"""What `audit` proves of reviews (docs/domain.md, invariant 6)."""

from gigflow.core.db import Document
from gigflow.orders.models import other
from gigflow.proof.snapshot import CLOCKS, LONGEST_WAIT, Check, Problems
from gigflow.proof.whole import WholeOrder
from gigflow.reviews.models import WINDOW, size_of


def _reviews_are_of_parties(whole: WholeOrder) -> Problems:
    order = whole.order
    authors = [review["author_id"] for review in whole.reviews]
    for review in whole.reviews:
        side = review["side"]
        if order["status"] != "completed":
            yield f"{_named(review, whole)} is of an order that is {order['status']}"
        parties = order[f"{side}_id"], order[f"{other(side)}_id"]
        if (review["author_id"], review["subject_id"]) != parties:
            yield f"{_named(review, whole)} is not by its {side} about the other side"
        if (count := authors.count(review["author_id"])) > 1:
            yield f"{_named(review, whole)} is one of {count} by {review['author_id']}"


def _reviews_are_of_their_order(whole: WholeOrder) -> Problems:
    """A review says what it copied of its order, and was written when the order says."""
    order = whole.order
    for review in whole.reviews:
        if (review["gig_id"], review["title"]) != (order["gig_id"], order["terms"]["title"]):
            yield f"{_named(review, whole)} is of another gig or title than its order"
        kept = review["size_band"]
        if not kept["from_minor"] <= order["price_minor"] < (kept["below_minor"] or float("inf")):
            size, name = size_of(order["price_minor"]), _named(review, whole)
            yield f"{name} is kept as of an order from {kept['from_minor']}, and it is from {size.from_minor}"
        if review["created_at"] != order["reviewed"].get(review["side"]):
            yield f"{_named(review, whole)} was written at {review['created_at']}, and its order says otherwise"
        if bool(review["reply"]) != bool(review["replied_at"]) or (
            review["reply"] and not review["revealed_at"]
        ):
            yield f"{_named(review, whole)} has a reply that nobody could write"


def _orders_know_their_reviews(whole: WholeOrder) -> Problems:
    written = {review["side"] for review in whole.reviews}
    if written != whole.order["reviewed"].keys():
        yield f"{whole.name} knows of reviews by {sorted(whole.order['reviewed'])}, and there are {sorted(written)}"


def _reviews_are_revealed_together(whole: WholeOrder) -> Problems:
    hidden = [review["_id"] for review in whole.reviews if not review["revealed_at"]]
    if len(whole.reviews) > 1 and hidden:
        yield f"the review {hidden[0]} of {whole.name} is still hidden, and both sides wrote"


def _hidden_reviews_wait_for_their_day(whole: WholeOrder) -> Problems:
    for review in whole.reviews:
        reveal_at, revealed_at = review.get("reveal_at"), review["revealed_at"]
        ended_at = whole.order.get("ended_at")
        if not revealed_at:
            if ended_at and reveal_at != ended_at + WINDOW:
                yield f"{_named(review, whole)} is hidden until {reveal_at}"
            continue
        if reveal_at:
            yield f"{_named(review, whole)} is seen and still waits to be revealed"
        if not review["created_at"] - CLOCKS <= revealed_at <= whole.now + LONGEST_WAIT:
            yield f"{_named(review, whole)} was revealed at {revealed_at}"


def _named(review: Document, whole: WholeOrder) -> str:
    return f"the review {review['_id']} of {whole.name}"


CHECKS: tuple[Check, ...] = (
    ("6. Reviews are by one side of a completed order, one each", _reviews_are_of_parties),
    ("6. What a review says of its order is so", _reviews_are_of_their_order),
    ("6. Orders know who has reviewed them, each for their own side", _orders_know_their_reviews),
    ("6. If both sides wrote, both reviews are seen", _reviews_are_revealed_together),
    ("6. A hidden review is revealed when its time has come", _hidden_reviews_wait_for_their_day),
)
