"""Notifications: something that happened to a user, once. The rows are the outbox that the relay reads."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec
from bson import ObjectId

# DOMAIN.md: a device that comes back is replayed what is younger than this, unread and not acknowledged by it.
REPLAY_AGE = timedelta(days=3)
REPLAY_MAX = 50

NotificationType = Literal["hired", "bid_placed", "bid_rejected", "bid_withdrawn", "job_closed"]


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
    created_at: datetime
    read_at: datetime | None = None
    acked_by: list[ObjectId] = []
