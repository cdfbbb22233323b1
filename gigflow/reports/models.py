"""Reports: what somebody shows to admins, why, and a copy of it as it was (docs/domain.md, Reports)."""

from datetime import datetime
from typing import Literal, get_args

import msgspec
from bson import ObjectId

TEXT_MAX = 2_000  # docs/api.md, Longest texts
BEFORE_MAX = 10  # entries of a conversation that are copied with a message, from before it

Kind = Literal["gig", "person", "review", "question", "message"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# What a thing is called in our sentences; gigs are of two sorts.
What = Literal["job", "service", "profile", "review", "question", "message"]
Status = Literal["open"]

Reason = Literal["spam", "fraud", "harassment", "illegal", "stolen", "other"]
REASONS: dict[Reason, str] = {
    "spam": "Spam or advertising",
    "fraud": "Fraud, or payment outside GigFlow",
    "harassment": "Harassment, threats or hate",
    "illegal": "Something illegal",
    "stolen": "Work or a name that belongs to another person",
    "other": "Something else",
}


class Subject(msgspec.Struct, frozen=True):
    """What a report is about."""

    kind: Kind
    id: ObjectId


class Attached(msgspec.Struct, frozen=True, kw_only=True):
    """A file that belonged to what was reported."""

    id: ObjectId
    name: str
    size: int


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was said: `label` says what it is, such as “Description”; what people said to one another says
    `by` whom and when instead. `is_reported` marks the one of them that the report is about.
    """

    label: str = ""
    text: str = ""
    by: ObjectId | None = None
    at: datetime | None = None
    files: list[Attached] = []
    is_reported: bool = False


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """What was reported, as the person who reported it could read it. `whose` it is, and their `name` then; `path` is
    where it stood, "" if admins cannot go there.
    """

    what: What
    whose: ObjectId
    name: str
    title: str = ""
    path: str = ""
    said: list[Said]

    @property
    def file_ids(self) -> list[ObjectId]:
        """The files that belonged to it."""
        return [file.id for said in self.said for file in said.files]

    @property
    def people(self) -> set[ObjectId]:
        """Who said something in it, and whose it is."""
        return {self.whose, *(said.by for said in self.said if said.by)}


class Report(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """A report as stored. Of several by one person about one thing there is the first."""

    id: ObjectId
    subject: Subject
    by: ObjectId
    reason: Reason
    text: str = ""
    copy: Copy
    status: Status = "open"
    created_at: datetime

    @property
    def path(self) -> str:
        """The address at which admins read it."""
        return f"/admin/reports/{self.id}"
