"""Notifications: something that happened to a user, once. The rows are the outbox that the relay reads."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec
from bson import ObjectId

# docs/domain.md: a device that comes back is replayed what is younger than this, unread and not acknowledged by it.
REPLAY_AGE = timedelta(days=3)
REPLAY_MAX = 50
NEWS_MAX = 300  # characters: SECURITY 17b, news are one sentence; the words themselves stand on the page
ACKED_MAX = 100  # devices that are noted on one notification

NotificationType = Literal[
    "hired",
    "bid_placed",
    "bid_rejected",
    "bid_withdrawn",
    "job_closed",
    "job_reopened",
    "question_asked",
    "question_answered",
    "service_approved",
    "service_rejected",
    "service_taken_down",
    "order_paid",
    "order_delivered",
    "changes_asked",
    "order_completed",
    "order_cancelled",
    "cancellation_asked",
    "cancellation_answered",
    "order_disputed",
    "dispute_news",
    "order_decided",
    "order_reminder",
    "payment_returned",
    "payment_reversed",
    "refund_failed",
    "money_to_check",
    "dispute_to_decide",
    "payout_failed",
    "review_received",
    "review_answered",
]


class Event(msgspec.Struct, frozen=True):
    """What people can choose to hear of. A letter waits `delay`: who reads it in the app by then gets none."""

    label: str
    email: bool
    delay: timedelta
    for_admins: bool = False


# What may be read in the app a moment later is collected into one letter.
_SOON = timedelta(minutes=5)
EVENTS: dict[NotificationType, Event] = {
    "hired": Event("You are hired for a job", True, timedelta(0)),
    "bid_placed": Event("Somebody bids on your job", True, _SOON),
    "bid_rejected": Event("Your bid is not chosen", True, _SOON),
    "bid_withdrawn": Event("Somebody withdraws a bid on your job", False, _SOON),
    "job_closed": Event("A job you bid on is closed without hiring", True, _SOON),
    "question_asked": Event("Somebody asks about your service", True, _SOON),
    "question_answered": Event("Your question about a service is answered", True, _SOON),
    "service_approved": Event("Your service is approved", True, timedelta(0)),
    "service_rejected": Event("Your service is not approved", True, timedelta(0)),
    "service_taken_down": Event("Your service is taken off the market", True, timedelta(0)),
    "job_reopened": Event("A job you bid on is open again", True, _SOON),
    "order_paid": Event("An order is paid", True, timedelta(0)),
    "order_delivered": Event("Your order is delivered", True, timedelta(0)),
    "changes_asked": Event("A client asks for changes", True, timedelta(0)),
    "order_completed": Event("An order is accepted", True, timedelta(0)),
    "order_cancelled": Event("An order is cancelled", True, timedelta(0)),
    "cancellation_asked": Event("Somebody asks to cancel an order", True, timedelta(0)),
    "cancellation_answered": Event("Your wish to cancel is answered", True, timedelta(0)),
    "order_disputed": Event("An order is disputed", True, timedelta(0)),
    "dispute_news": Event("A number is named in a dispute", True, _SOON),
    "order_decided": Event("A dispute has ended", True, timedelta(0)),
    "order_reminder": Event("An order waits for you", True, timedelta(0)),
    "payment_returned": Event("A payment of yours goes back", True, timedelta(0)),
    "dispute_to_decide": Event("A dispute may need your decision, as an admin", True, _SOON, for_admins=True),
    "payment_reversed": Event("A payment was given back by your bank or the provider", True, timedelta(0)),
    "refund_failed": Event("A refund did not arrive", True, timedelta(0)),
    "money_to_check": Event("Money needs your attention, as an admin", True, _SOON, for_admins=True),
    "payout_failed": Event("A payout did not reach your bank", True, timedelta(0)),
    "review_received": Event("You are reviewed", True, _SOON),
    "review_answered": Event("Your review is replied to", True, _SOON),
}


class Notification(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """One fact for one person. `fact` is `event:occurrence:user` and unique, so a retry cannot tell it twice."""

    id: ObjectId
    fact: str
    user_id: ObjectId
    type: NotificationType
    message: str
    url: str
    gig_id: ObjectId | None = None
    gig_title: str | None = None
    bid_id: ObjectId | None = None
    order_id: ObjectId | None = None
    # Who the message names, and how: so that the name can go when its person does.
    actor_id: ObjectId | None = None
    actor_name: str | None = None
    created_at: datetime
    # When a letter may be written of it; None once that was seen to.
    mail_at: datetime | None = None
    # Its letter had to wait, because its person had so many within the hour.
    held_back: bool = False
    read_at: datetime | None = None
    acked_by: list[ObjectId] = []
