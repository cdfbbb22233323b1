"""What people are told of reviews."""

from gigflow.notifications.models import SOON, Event

REVIEW_RECEIVED = Event(
    key="review_received",
    label="You are reviewed",
    section="reviews",
    icon="star",
    delay=SOON,
)
REVIEW_ANSWERED = Event(
    key="review_answered",
    label="Your review is replied to",
    section="reviews",
    icon="star",
    delay=SOON,
)
