"""Conversations and their entries (docs/domain.md, Conversations)."""

import hashlib
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, get_args

import msgspec
from bson import ObjectId

from gigflow.core.db import is_id
from gigflow.core.texts import one_line

TEXT_MAX = 5_000  # docs/api.md, Longest texts
FILES_MAX = 5  # of one message
CLIENT_ID_MAX = 64
NUMBER_MAX = 2**31  # of an entry
TAKEN_BACK = "Message taken back"  # stands for the words of one
PREVIEW_MAX = 120  # characters of the last message, in the inbox
CHANGE_WITHIN = timedelta(minutes=5)  # an own message can be changed or taken back
EDITS_MAX = 20  # of one message
# What somebody may send to a stranger before they answer, and to how many strangers a day.
UNANSWERED_MAX = 3
STRANGERS_MAX = 5
STRANGERS_WITHIN = timedelta(hours=24)
LINKS_TO_STRANGERS = 1  # in one message
BEGAN_MAX = 50  # orders that a page shows between the entries; of more the newest
# How soon somebody usually answers: the median of their first answers, if they have given so many in this time.
ANSWERS_LEAST = 5
ANSWERS_MAX = 500  # the newest that are measured
ANSWERS_WITHIN = timedelta(days=90)
# Also if nothing new was answered: what is old, blocked or reported falls out.
MEASURED_EVERY = timedelta(days=1)
BLOCKED_MAX = 1_000  # people whom one person has blocked
TELL_AFTER = timedelta(seconds=60)  # unread, until its reader is told
STRETCH = timedelta(hours=24)  # of messages that one notification stands for, if nobody reads them

AboutKind = Literal["gig", "order", "person"]
ABOUT_KINDS: tuple[AboutKind, ...] = get_args(AboutKind)
Kind = Literal["text", "edit", "retract"]
ShownKind = Literal["text", "edit", "retract", "hidden"]
# How two people stand to each other: they share a bid or an order, or one may write to the other all the same.
Relation = Literal["partner", "stranger"]


class About(NamedTuple):
    """What a conversation is about: a job or service, an order that came of no gig, or nothing but the person."""

    kind: AboutKind
    id: ObjectId | None = None

    @property
    def stored(self) -> str:
        """The text that is stored, such as "gig:6563…"."""
        return f"{self.kind}:{self.id}" if self.id else self.kind

    @classmethod
    def of(cls, stored: str) -> "About":
        """Return what a stored text says."""
        kind, _, text = stored.partition(":")
        found = next(each for each in ABOUT_KINDS if each == kind)
        return cls(found, ObjectId(text) if is_id(text) else None)


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """What a conversation is about, as it stands: its title, and the address of its page."""

    title: str
    path: str


class Began(msgspec.Struct, frozen=True, kw_only=True):
    """Something that two people began about what they talk of, such as an order: when, and one sentence that says so,
    with a slot {title} that leads to the page `path`. `id` is that of the thing.
    """

    id: ObjectId
    at: datetime
    sentence: str
    title: str
    path: str


class Last(msgspec.Struct, frozen=True, kw_only=True):
    """The last message of a conversation, as the inbox shows it."""

    message_id: ObjectId
    sender_id: ObjectId
    text: str
    at: datetime


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The notification that somebody got of what they have not read; it is `open` until they read it."""

    id: ObjectId
    at: datetime
    open: bool


class Conversation(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """What two people say about one thing. Its mappings are by the person's id in hexadecimal digits, so that a change
    in the stream says itself whom it concerns.

    `read` is somebody's own bookmark, and may go back; `seen` and `delivered` are what the other is shown, and do not.
    `own_last` is the last message of somebody whose messages the other does not get.
    """

    id: ObjectId
    pair: str
    people: list[ObjectId]
    about: str
    opened_by: ObjectId
    stranger: bool
    sent: int = 0  # messages of the one who opened it
    answered_after: float | None = None  # seconds, from the opening
    blocked_by: list[ObjectId] = []
    left: list[ObjectId] = []
    created_at: datetime
    last_seq: int = 0
    last: Last | None = None
    last_at: datetime
    entry_at: datetime  # of the newest entry of any kind: none is earlier than the one before it
    own_last: dict[str, Last] = {}
    read: dict[str, int] = {}
    seen: dict[str, int] = {}
    delivered: dict[str, int] = {}
    unread: dict[str, int] = {}
    unread_for: list[ObjectId] = []
    inbox_of: list[ObjectId] = []
    starred_for: list[ObjectId] = []
    muted_for: list[ObjectId] = []
    tell_at: dict[str, datetime] = {}
    told: dict[str, Told] = {}
    waits_for: ObjectId | None = None
    waits: dict[str, datetime] = {}

    def other(self, user_id: ObjectId) -> ObjectId:
        """Return the other one of the two."""
        return self.people[1] if self.people[0] == user_id else self.people[0]

    def read_by(self, user_id: ObjectId) -> int:
        """Return up to which number somebody has read."""
        return self.read.get(str(user_id), 0)

    def unread_of(self, user_id: ObjectId) -> int:
        """Return how many messages somebody has not read."""
        return self.unread.get(str(user_id), 0)

    def has_received(self, user_id: ObjectId) -> bool:
        """Return whether the other has written to somebody here."""
        return self.answered_after is not None if user_id == self.opened_by else self.sent > 0

    def last_for(self, user_id: ObjectId) -> Last | None:
        """Return the last message that somebody knows of."""
        own = self.own_last.get(str(user_id))
        return own if own and (self.last is None or own.at >= self.last.at) else self.last

    @property
    def subject(self) -> About:
        """What it is about."""
        return About.of(self.about)

    @property
    def path(self) -> str:
        """The address of its page on this site."""
        return path_of(self.id)

    def tells(self, user_id: ObjectId) -> bool:
        """Return whether somebody has a notification of it that they have not read."""
        told = self.told.get(str(user_id))
        return told is not None and told.open

    def is_blocked_by(self, user_id: ObjectId) -> bool:
        """Return whether somebody has blocked the other."""
        return user_id in self.blocked_by

    def has_left(self, user_id: ObjectId) -> bool:
        """Return whether somebody has left for good, or is shut out for good."""
        return user_id in self.left


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """What a message said before it was changed."""

    text: str
    at: datetime
    hidden: bool = False  # the other has never read it


class Entry(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """One entry of a conversation: a message, or the note that an earlier one (`of`) was changed or taken back.

    `client_id` is what its sender's program calls it: sent again, it is the same message. A `hidden` one is its
    sender's alone. `own_text` is what a message says to its sender, since `own_edited_at`, if the other must not be
    shown the change.
    """

    id: ObjectId
    conversation_id: ObjectId
    seq: int
    kind: Kind = "text"
    sender_id: ObjectId
    sender_name: str
    to_id: ObjectId
    client_id: str
    text: str = ""
    folded: str = ""
    own_text: str | None = None
    own_folded: str | None = None
    own_edited_at: datetime | None = None
    file_ids: list[ObjectId] = []
    of: ObjectId | None = None
    hidden: bool = False
    muted: bool = False  # the one it is for had muted the conversation
    created_at: datetime
    edited_at: datetime | None = None
    retracted_at: datetime | None = None
    versions: list[Version] = []

    def text_for(self, user_id: ObjectId) -> str:
        """Return what it says to one of the two."""
        return self.own_text if self.own_text is not None and user_id == self.sender_id else self.text

    def is_shown_to(self, user_id: ObjectId) -> bool:
        """Return whether one of the two gets more of it than its number."""
        return not self.hidden or user_id == self.sender_id

    def edited_for(self, user_id: ObjectId) -> datetime | None:
        """Return when its words were changed, as one of the two knows it."""
        return self.own_edited_at or self.edited_at if user_id == self.sender_id else self.edited_at

    @property
    def first_text(self) -> str:
        """What it said when it was sent."""
        return self.versions[0].text if self.versions else self.text


class Typing(NamedTuple):
    """Somebody writes to another person in a conversation, at this moment."""

    conversation_id: ObjectId
    user_id: ObjectId


class Pair(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """Two people: who of them has blocked the other. There are no more of them than conversations and blocks."""

    id: str
    blocked_by: list[ObjectId] = []
    opened: int = 0  # conversations, counted so that each opening writes here; nobody reads it


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as one of the two gets it: of a hidden one its number alone. A change (`edit`) has the words that its
    message has by now.
    """

    entry: Entry
    kind: ShownKind
    text: str = ""
    edited_at: datetime | None = None

    @property
    def seq(self) -> int:
        """Its number."""
        return self.entry.seq

    @property
    def at(self) -> datetime:
        """When it was written."""
        return self.entry.created_at

    @property
    def file_ids(self) -> list[ObjectId]:
        """The files that its reader may have."""
        has_files = self.kind == "text" and self.entry.retracted_at is None
        return self.entry.file_ids if has_files else []


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """How far the other one of a conversation has it."""

    seen: int
    delivered: int


def pair_of(one: ObjectId, other: ObjectId) -> str:
    """Return the key of two people. (A unique index over a list would be unique for each of its elements.)"""
    return ":".join(sorted((str(one), str(other))))


def conversation_id_of(pair: str, about: About) -> ObjectId:
    """Return the id of what two people say about a thing: both compute the same before there is anything."""
    return ObjectId(hashlib.sha256(f"gigflow:{pair}:{about.stored}".encode()).digest()[:12])


def path_of(conversation_id: ObjectId) -> str:
    """Return the address of a conversation's page."""
    return f"/messages/{conversation_id}"


def preview_of(text: str, file_count: int) -> str:
    """Return what the inbox shows of a message."""
    if text:
        return one_line(text, PREVIEW_MAX)
    return "A file" if file_count == 1 else f"{file_count} files"
