"""Conversations and their entries as programs get them (docs/api.md)."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person, Viewer, name_of
from gigflow.chat import reading
from gigflow.chat.models import AboutKind, Conversation, Shown, ShownKind, Thing
from gigflow.core.db import Db
from gigflow.files import actions as files
from gigflow.files.api import FileBody, file_body
from gigflow.files.models import File
from gigflow.pictures.api import PictureBody, picture_body


class AboutBody(msgspec.Struct, rename="camel"):
    """What a conversation is about; `id` and `title` are null if it is about a person or about what is gone."""

    kind: AboutKind
    id: str | None
    title: str | None


class OtherBody(msgspec.Struct, rename="camel"):
    """The other one of a conversation."""

    id: str
    name: str
    picture: PictureBody | None


class LastBody(msgspec.Struct, rename="camel"):
    """The last message of a conversation, shortened."""

    text: str
    sender_id: str
    at: datetime


class ConversationBody(msgspec.Struct, rename="camel", kw_only=True):
    """A conversation as its viewer sees it: `unread` counts their unread messages, `seen` is up to which number the
    other has seen it. `blocked` says that the viewer has blocked the other, `left` that the other has left.
    """

    NAME: ClassVar[str] = "conversation"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    about: AboutBody
    other: OtherBody
    last_seq: int
    last: LastBody | None
    unread: int
    read: int
    seen: int
    delivered: int
    waits_for_you: bool
    starred: bool
    archived: bool
    muted: bool
    blocked: bool
    left: bool


class ConversationList(msgspec.Struct, rename="camel"):
    """A page of conversations, those with the newest messages first. `unread` is the number at the envelope: how many
    have something new, without muted ones.
    """

    conversations: list[ConversationBody]
    next: str | None
    unread: int


class MessageBody(msgspec.Struct, rename="camel", kw_only=True):
    """An entry of a conversation. A message has the kind `text`; `edit` and `retract` say that the message `of` was
    changed or taken back, and an edit has its words as they are now. Of a `hidden` one there is only the number.
    """

    NAME: ClassVar[str] = "message"

    id: str | None
    mongo_id: str | None = msgspec.field(name="_id")
    conversation_id: str
    seq: int
    kind: ShownKind
    sender_id: str | None
    client_id: str | None
    text: str
    files: list[FileBody]
    of: str | None
    created_at: datetime | None
    edited_at: datetime | None
    retracted_at: datetime | None


class MessageList(msgspec.Struct, rename="camel"):
    """Entries by their numbers. `seen` and `delivered` are how far the other has it; `next` is the `before` (with
    `after`: the `after`) that goes on, null if there are no more.
    """

    messages: list[MessageBody]
    next: int | None
    last_seq: int
    seen: int
    delivered: int


class HitsBody(msgspec.Struct, rename="camel"):
    """The newest messages that were found in one conversation."""

    conversation: ConversationBody
    messages: list[MessageBody]


class FoundList(msgspec.Struct, rename="camel"):
    """What a search has found: messages by their conversations, and (`named`) conversations by the person's name or the
    title. `partial` says that it took too long, so there may be more: narrow it down.
    """

    hits: list[HitsBody]
    next: str | None
    named: list[ConversationBody]
    partial: bool


class BlockBody(msgspec.Struct, rename="camel"):
    """A person, and whether the viewer has blocked them."""

    user_id: str
    name: str
    blocked: bool


class BlockedList(msgspec.Struct, rename="camel"):
    """The people whom the viewer has blocked."""

    people: list[BlockBody]
    next: str | None


class CountBody(msgspec.Struct, rename="camel"):
    """The number at the envelope."""

    unread: int


def conversation_bodies(db: Db, viewer: Viewer, rows: Sequence[Conversation]) -> list[ConversationBody]:
    """Return conversations for programs, with the other person and the title of each."""
    people = accounts.people(db, [row.other(viewer.user_id) for row in rows]) if rows else {}
    things = reading.things_of(db, rows)
    return [_conversation(viewer, row, people, things) for row in rows]


def conversation_body(db: Db, viewer: Viewer, row: Conversation) -> ConversationBody:
    """Return one conversation for programs."""
    return conversation_bodies(db, viewer, [row])[0]


def message_bodies(db: Db, rows: Sequence[Shown]) -> list[MessageBody]:
    """Return entries for programs, with their files."""
    known = files.files_by_id(db, [file_id for row in rows for file_id in row.file_ids])
    return [message_body(row, [known[each] for each in row.file_ids if each in known]) for row in rows]


def message_body(row: Shown, its_files: Sequence[File]) -> MessageBody:
    """Return one entry for programs."""
    entry = row.entry
    if row.kind == "hidden":
        return MessageBody(
            id=None,
            mongo_id=None,
            conversation_id=str(entry.conversation_id),
            seq=entry.seq,
            kind="hidden",
            sender_id=None,
            client_id=None,
            text="",
            files=[],
            of=None,
            created_at=None,
            edited_at=None,
            retracted_at=None,
        )
    return MessageBody(
        id=str(entry.id),
        mongo_id=str(entry.id),
        conversation_id=str(entry.conversation_id),
        seq=entry.seq,
        kind=row.kind,
        sender_id=str(entry.sender_id),
        client_id=entry.client_id if entry.kind == "text" else None,
        text=row.text,
        files=[file_body(each) for each in its_files],
        of=str(entry.of) if entry.of else None,
        created_at=entry.created_at,
        edited_at=row.edited_at,
        retracted_at=entry.retracted_at,
    )


def _conversation(
    viewer: Viewer, row: Conversation, people: dict[ObjectId, Person], things: dict[ObjectId, Thing]
) -> ConversationBody:
    me, other_id, about = viewer.user_id, row.other(viewer.user_id), row.subject
    other, thing, last = people.get(other_id), things.get(row.id), row.last_for(me)
    marks = reading.marks_of_other(viewer, row)
    picture = picture_body(other.picture_id if other else None)
    return ConversationBody(
        id=str(row.id),
        mongo_id=str(row.id),
        about=AboutBody(about.kind, str(about.id) if about.id else None, thing.title if thing else None),
        other=OtherBody(str(other_id), name_of(other), picture),
        last_seq=row.last_seq,
        last=LastBody(last.text, str(last.sender_id), last.at) if last else None,
        unread=row.unread_of(me),
        read=row.read_by(me),
        seen=marks.seen,
        delivered=marks.delivered,
        waits_for_you=row.waits_for == me,
        starred=me in row.starred_for,
        archived=last is not None and me not in row.inbox_of and not row.is_blocked_by(me),
        muted=me in row.muted_for,
        blocked=row.is_blocked_by(me),
        left=row.has_left(other_id),
    )
