"""Notifications: something that happened to a user, once. The rows are the outbox that the relay reads."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import ModuleType
from typing import Literal, get_args

import msgspec
from bson import ObjectId

# docs/domain.md: a device that comes back is replayed what is younger than this, unread and not acknowledged by it.
REPLAY_AGE = timedelta(days=3)
REPLAY_MAX = 50
NEWS_MAX = 300  # characters: SECURITY 17b, news are one sentence; the words themselves are on the page
TITLE_SHOWN = (
    60  # characters of a title in a sentence, so that a toast on a phone has room for the verb and the amount
)
NO_SLOTS: Mapping[str, str] = {}
ACKED_MAX = 100  # devices that are noted on one notification
WORDS_MAX = (
    2_000  # characters of what a person wrote: the letter has them, no toast and no subject (SECURITY 17b)
)
# What is done and undone again within this time is one piece of news, and at most one letter.
STRETCH = timedelta(hours=1)

# Where an event stands on the page of choices.
Section = Literal["jobs", "services", "orders", "messages", "money", "reviews", "reports"]
SECTIONS: tuple[Section, ...] = get_args(Section)
SECTION_NAMES: dict[Section, str] = {
    "jobs": "Jobs and bids",
    "services": "Services and questions",
    "orders": "Orders",
    "messages": "Messages",
    "money": "Money",
    "reviews": "Reviews",
    "reports": "Reports",
}

# How long a letter waits: news that may be read in the app a moment later are collected into one.
AT_ONCE = timedelta(0)
SOON = timedelta(minutes=5)


# What ends the news about a thing: for each kind of thing, the names of its steps (docs/states.md).
Over = Mapping[str, tuple[str, ...]]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What people are told of, and can choose; a feature declares its own in its `events.py`."""

    key: str  # as notifications and choices are stored
    label: str
    section: Section
    icon: str
    tone: Literal["", "good"] = ""
    # Important news stay on every open page until they are read; all others are gone in a moment.
    until_read: bool = False
    # Whether a letter is written if nobody has chosen, and how long it waits: people who read the news by then get
    # none.
    email: bool = True
    delay: timedelta
    for_admins: bool = False
    # What it tells of has a number of its own on every page, and toasts of its own: its notifications are in the list
    # and in letters alone, not on the bell and not at open pages.
    counted_elsewhere: bool = False
    # Its letter goes in quiet hours, too: money or a deadline that cannot wait until they are over.
    urgent: bool = False
    # What the button of its letter says: it leads to what the news is about.
    button: str
    # Which steps end it for everybody: what it says is over then, so nobody is told of it any longer.
    over: Over = {}
    # Events that undo one another have the same thread: within a `STRETCH` the newest of them replaces the others.
    thread: str = ""
    # Which steps of an order's timeline tell it, and whom: "client", "freelancer", "both" or "other", the side that
    # has not done it. The audit proves that each was told once.
    steps: Mapping[str, str] = {}


def declared_in(module: ModuleType) -> list[Event]:
    """Return the events that a feature's module `events` declares, in its order."""
    return [each for each in vars(module).values() if isinstance(each, Event)]


# What another release tells and this one does not know: it is shown, and mailed unless its person has chosen otherwise.
UNKNOWN = Event(key="", label="", section="orders", icon="bell", delay=SOON, button="Open it")


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What people are told about, and the address that it leads to."""

    url: str
    gig_id: ObjectId | None = None
    gig_title: str | None = None
    bid_id: ObjectId | None = None
    order_id: ObjectId | None = None


class Notification(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """One fact for one person. `fact` is `event:occurrence:user` and unique, so a retry cannot tell it twice."""

    id: ObjectId
    fact: str
    user_id: ObjectId
    type: str
    message: str
    url: str
    gig_id: ObjectId | None = None
    gig_title: str | None = None
    bid_id: ObjectId | None = None
    order_id: ObjectId | None = None
    # Whom the message names, and how, so that the name can go when its person does, with what they wrote.
    actor_id: ObjectId | None = None
    actor_name: str | None = None
    words: str = ""
    # Its person did it: it is in the list and in a letter, and never comes back to them as a toast.
    own: bool = False
    # The facts that it tells of as well, and the notification that it has replaced (`Event.thread`).
    also: list[str] = []
    replaces: ObjectId | None = None
    created_at: datetime
    # When a letter may be written of it; None once that was taken care of.
    mail_at: datetime | None = None
    # Its letter waits for the time of the daily one, or for the end of quiet hours: if its person chooses otherwise,
    # that is asked again.
    put_off: bool = False
    # Its letter had to wait, because its person had too many within the hour.
    held_back: bool = False
    read_at: datetime | None = None
    # Whose it was to read: its person, written with `read_at`, so that the change in the stream says it.
    reader_id: ObjectId | None = None
    acked_by: list[ObjectId] = []
