"""What people are told of reviews."""

from gigflow.notifications.models import SOON, Event

REVIEW_RECEIVED = Event(
    key="review_received",
    label="You receive a review",
    section="reviews",
    icon="star",
    delay=SOON,
    button="Open the reviews",
    over={"review": ("reveal",)},
)
REVIEW_ANSWERED = Event(
    key="review_answered",
    label="Someone replies to your review",
    section="reviews",
    icon="star",
    delay=SOON,
    button="Read the reply",
)
