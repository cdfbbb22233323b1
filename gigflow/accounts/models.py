"""People, what they tell of themselves, and their signed-in devices."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from bson import ObjectId

from gigflow.core import addresses

NAME_MAX = 80
EMAIL_MAX = addresses.LONGEST
PASSWORD_MAX = 128  # SECURITY 6
PASSWORD_MIN = 8
PASSWORD_MIN_RELAXED = 6  # on a laptop (docs/api.md, Tolerant to programs)
HEADLINE_MAX = 120
BIO_MAX = 2_000  # docs/api.md, Longest texts
SKILLS_MAX = 15
SKILL_MAX = 40
PORTFOLIO_MAX = 12
PIECE_TITLE_MAX = 120
PIECE_TEXT_MAX = 1_000
PIECE_URL_MAX = 500
LANGUAGES_MAX = 10

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=30)
# SECURITY 4: an answer may be lost and tabs race, so a replaced refresh id stays good for this long after its
# successor was presented.
REFRESH_GRACE = timedelta(seconds=30)

LEFT_NAME = "Somebody who left"  # stands for people who deleted their account

Intent = Literal["client", "freelancer"]
Availability = Literal["available", "limited", "unavailable"]
TokenPurpose = Literal["reset", "email", "confirm"]
Part = Literal["freelancer", "client"]  # in which a person is rated
# What an account carries while something that grows with its person is done in pieces (piecemeal.py).
Mark = Literal["leaving_at", "copying_at"]

# How long each mailed right is valid. SECURITY 7 for the first; people who have just joined may read their mail only
# days later.
LIFETIMES: dict[TokenPurpose, timedelta] = {
    "reset": timedelta(minutes=30),
    "email": timedelta(hours=24),
    "confirm": timedelta(days=7),
}


class Rating(msgspec.Struct, frozen=True):
    """Reviews received in one role: how many, and the sum of their stars."""

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


class Piece(msgspec.Struct, kw_only=True):
    """A piece of a portfolio: something that a person made and shows."""

    id: ObjectId
    title: str
    url: str = ""
    text: str = ""
    picture_id: ObjectId | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a person wants to be told of an event: in the app (toast and bell), and by mail; if `daily`, in the one
    letter of a day.
    """

    app: bool = True
    email: bool = False
    daily: bool = False


class Quiet(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """Hours of somebody's day, in their zone, in which no letter of news goes unless it is urgent: from the one until
    the other, over midnight if that comes first.
    """

    start: int
    end: int


Hours = Mapping[str, Quiet | int | None]  # what of `quiet` and `digest_at` somebody chooses


class EmailChange(msgspec.Struct, kw_only=True):
    """A new address, as it was typed, that its owner has not confirmed yet."""

    email: str
    requested_at: datetime


class Profile(msgspec.Struct, kw_only=True):
    """What people tell of themselves; everybody may read it."""

    name: str
    headline: str = ""
    bio: str = ""
    skills: list[str] = []
    availability: Availability = "available"
    # The day from which on somebody who is not available now is again (its midnight in UTC).
    availability_until: datetime | None = None
    languages: list[str] = []  # codes of ISO 639 (core/languages.py)
    # Whether they are shown among freelancers, and to who looks for one in other ways.
    listed: bool = False


class User(Profile, kw_only=True, rename={"id": "_id"}):
    """One account. Client and freelancer are what a person does, never a permission.

    `email` is the normal form of its address (core/addresses.py), `email_typed` the one that was typed if it differs.
    """

    id: ObjectId
    email: str
    email_typed: str = ""
    # Nobody has shown yet that they read this address. Older accounts have no such field: they count as confirmed.
    unconfirmed: bool = False
    password_hash: str
    intent: Intent | None = None
    is_admin: bool = False
    disabled_at: datetime | None = None
    deleted_at: datetime | None = None
    # Since when what is theirs is ended in pieces, and since when copies of their name are brought up to date in
    # pieces; None once the last piece is done.
    leaving_at: datetime | None = None
    copying_at: datetime | None = None
    # The row of the record that says who shut the account and why.
    shut_by_act: ObjectId | None = None
    portfolio: list[Piece] = []
    picture_id: ObjectId | None = None
    time_zone: str = ""
    notify: dict[str, Choice] = {}
    quiet: Quiet | None = None
    digest_at: int = 8  # the hour of their day at which the daily letter goes
    email_change: EmailChange | None = None
    rating: Ratings = Ratings()
    answers_within: int | None = (
        None  # seconds, as a rule, if they have answered often enough (chat/answering.py)
    )
    # They have had enough of the first steps on their home page.
    steps_dismissed_at: datetime | None = None
    version: int = 1
    created_at: datetime

    @property
    def address(self) -> str:
        """The address as it was typed: letters go there."""
        return self.email_typed or self.email

    @property
    def to_confirm(self) -> str:
        """The address that has to be confirmed by a letter before this account may act; "" if it may."""
        if not self.unconfirmed:
            return ""
        return self.email_change.email if self.email_change else self.address


class Actor(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """Somebody whose account is open: what the things that they do carry of it."""

    id: ObjectId
    name: str
    availability: Availability = "available"


class Kept(msgspec.Struct, frozen=True):
    """Something that a visitor of this browser has written and that waits for them to join: in a sentence that says
    why one joins, its id and title, and the address at which it can be changed, if it can. `after` says in our words
    alone what it waits for where addresses are confirmed: a letter says so to a reader who may be somebody else.
    """

    id: str
    sentence: str
    title: str
    edit: str = ""
    after: str = ""


class Out(msgspec.Struct, frozen=True):
    """Something that somebody wrote before they joined and that went out: in a sentence that says so, its id, and its
    address.
    """

    id: str
    sentence: str
    path: str


class Person(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """What anybody may know of a user, as it is shown next to what they did."""

    id: ObjectId
    name: str
    picture_id: ObjectId | None = None
    rating: Ratings = Ratings()
    answers_within: int | None = None
    availability_until: datetime | None = None
    disabled_at: datetime | None = None
    created_at: datetime | None = None


def name_of(person: User | Person | None) -> str:
    """Return what a person is called. `LEFT_NAME` stands for a person of whom nothing is left."""
    return person.name if person else LEFT_NAME


class Token(msgspec.Struct, kw_only=True, rename={"digest": "_id"}):
    """The right to do one thing once, sent by mail. Only its SHA-256 is stored (SECURITY 7)."""

    digest: str
    user_id: ObjectId
    purpose: TokenPurpose
    email: str
    expires_at: datetime


class RefreshIds(msgspec.Struct, kw_only=True):
    """The refresh ids of a device: the one to present next and the ones that may still be on their way."""

    current: str
    previous: str | None = None
    retired: str | None = None
    retired_until: datetime | None = None


class Session(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """One signed-in device. It carries what most requests need of its user, so that they read one document.

    `key` is part of every access token: a new one makes the tokens that were handed out before worthless (SECURITY 2).
    """

    id: ObjectId
    user_id: ObjectId
    name: str
    is_admin: bool = False
    picture_id: ObjectId | None = None
    time_zone: str = ""
    unconfirmed: str = ""
    muted: list[str] = []
    key: str = ""
    refresh: RefreshIds
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asking: a signed-in person at one device. `unconfirmed` is the address that they have to confirm first."""

    user_id: ObjectId
    device_id: ObjectId
    name: str
    is_admin: bool = False
    picture_id: ObjectId | None = None
    time_zone: str = ""
    unconfirmed: str = ""
    muted: tuple[str, ...] = ()


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at the command line of the machine: they have no account, and may decide what admins decide."""

    user_id: None = None
    device_id: None = None
    name: str = "The operator"
    is_admin: bool = True
    time_zone: str = ""


# Who decides for an installation.
Admin = Viewer | Operator
