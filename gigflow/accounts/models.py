"""People and their signed-in devices."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec
from bson import ObjectId

NAME_MAX = 80
EMAIL_MAX = 254  # RFC 5321: the longest address that mail can carry
PASSWORD_MAX = 128  # SECURITY 6
PASSWORD_MIN = 8
PASSWORD_MIN_RELAXED = 6  # on a laptop (API.md, Tolerant to programs)

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=30)
# SECURITY 4: an answer may be lost and tabs race, so a replaced refresh id stays good for this long after its
# successor was presented.
REFRESH_GRACE = timedelta(seconds=30)

Intent = Literal["client", "freelancer"]


class Rating(msgspec.Struct, frozen=True):
    """Reviews received in one part: how many, and the sum of their stars."""

    count: int = 0
    sum: int = 0

    @property
    def average(self) -> float | None:
        """Stars from 1 to 5 with one decimal, or None before the first review."""
        return round(self.sum / self.count, 1) if self.count else None


class Ratings(msgspec.Struct, frozen=True):
    """Ratings are kept apart for what a person did as freelancer and as client."""

    freelancer: Rating = Rating()
    client: Rating = Rating()


class User(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """One account. Client and freelancer are what a person does, never a permission."""

    id: ObjectId
    email: str
    name: str
    password_hash: str
    intent: Intent | None = None
    is_admin: bool = False
    disabled_at: datetime | None = None
    rating: Ratings = Ratings()
    created_at: datetime


class Person(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """What anybody may know of a user."""

    id: ObjectId
    name: str
    rating: Ratings = Ratings()


class RefreshIds(msgspec.Struct, kw_only=True):
    """The refresh ids of a device: the one to present next and the ones that may still be on their way."""

    current: str
    previous: str | None = None
    retired: str | None = None
    retired_until: datetime | None = None


class Session(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """One signed-in device. It carries what most requests need of its user, so that they read one document."""

    id: ObjectId
    user_id: ObjectId
    name: str
    is_admin: bool = False
    refresh: RefreshIds
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking: a signed-in person at one device."""

    user_id: ObjectId
    device_id: ObjectId
    name: str
    is_admin: bool = False
