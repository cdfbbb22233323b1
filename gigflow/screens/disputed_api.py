"""What the two sides of a disputed order have written to each other, for programs of admins (docs/api.md)."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from bson import ObjectId
from flask import Blueprint, Response, url_for

from gigflow.chat import for_admins
from gigflow.chat.api import BEFORE
from gigflow.chat.forms import asked_numbers
from gigflow.chat.models import Entry, Kind
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import NotFound
from gigflow.files import actions as files
from gigflow.files.api import IF_RANGE, RANGE, FileBody, file_answer, file_body
from gigflow.files.models import File
from gigflow.orders import reading
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page
from gigflow.web.openapi import LIMIT, describes
from gigflow.web.runtime import db, person

api = Blueprint("disputed_api", __name__, url_prefix="/api/admin/orders")


class VersionBody(msgspec.Struct, rename="camel"):
    """What a message said until it was changed or taken back. A `hidden` one was read by its sender alone."""

    text: str
    until: datetime
    hidden: bool


class ReadMessageBody(msgspec.Struct, rename="camel", kw_only=True):
    """An entry of a conversation as admins read it: a message (`text`), or the note that the message `of` was changed
    (`edit`) or taken back (`retract`). A `hidden` one is its sender's alone. `ownText` is what a message says to its
    sender if the other is not shown the change; null if both read the same.
    """

    id: str
    mongo_id: str = msgspec.field(name="_id")
    seq: int
    kind: Kind
    sender_id: str
    text: str
    own_text: str | None
    hidden: bool
    files: list[FileBody]
    of: str | None
    created_at: datetime
    edited_at: datetime | None
    retracted_at: datetime | None
    versions: list[VersionBody]


class ReadConversationBody(msgspec.Struct, rename="camel", kw_only=True):
    """What the two sides of an order have written to each other, by ascending numbers. `conversationId` is null if they
    have written nothing; `next` is the `before` that goes on, null if there are no more.
    """

    order_id: str
    conversation_id: str | None
    messages: list[ReadMessageBody]
    next: int | None
    last_seq: int


@api.get("/<id>/conversation")
@signed_in
@describes(
    "Read what the two sides of a disputed order have written to each other, as an admin",
    "Admin",
    ReadConversationBody,
    query=(BEFORE, LIMIT),
    refusals=(403, 404),
)
def conversation(id: str) -> Response:
    """Show its entries with what they said before, also those that were taken back or are hidden from one side. The
    record notes that you read it; neither side is told, and nothing is marked as read.
    """
    before, limit = asked_numbers().before.data, asked_page(order="").limit
    order, found = reading.read_conversation(db(), person(), object_id(id), now())
    if found is None:
        return answer(
            ReadConversationBody(
                order_id=str(order.id), conversation_id=None, messages=[], next=None, last_seq=0
            )
        )
    kept = for_admins.entries_before(db(), found, before, limit)
    known = files.files_by_id(db(), [file_id for each in kept.rows for file_id in each.file_ids])
    return answer(
        ReadConversationBody(
            order_id=str(order.id),
            conversation_id=str(found.id),
            messages=[_body(order.id, each, known) for each in kept.rows],
            next=kept.next,
            last_seq=found.last_seq,
        )
    )


@api.get("/<id>/conversation/files/<file_id>")
@signed_in
@describes(
    "Get a file of the conversation of a disputed order, as an admin",
    "Admin",
    bytes,
    headers=(RANGE, IF_RANGE),
    refusals=(403, 404, 416),
)
def fetch(id: str, file_id: str) -> Response:
    """Send a file of a message, to be saved and not shown; also of one that was taken back, for as long as it is
    there.
    """
    _, found = reading.read_conversation(db(), person(), object_id(id), now())
    if found is None:
        raise NotFound("There is no such file.", code="file_not_found")
    return file_answer(for_admins.file_in(db(), found, object_id(file_id)))


def _body(order_id: ObjectId, entry: Entry, known: Mapping[ObjectId, File]) -> ReadMessageBody:
    return ReadMessageBody(
        id=str(entry.id),
        mongo_id=str(entry.id),
        seq=entry.seq,
        kind=entry.kind,
        sender_id=str(entry.sender_id),
        text=entry.text,
        own_text=entry.own_text,
        hidden=entry.hidden,
        files=[_file_body(order_id, known[each]) for each in entry.file_ids if each in known],
        of=str(entry.of) if entry.of else None,
        created_at=entry.created_at,
        edited_at=entry.own_edited_at or entry.edited_at,
        retracted_at=entry.retracted_at,
        versions=[VersionBody(each.text, each.at, each.hidden) for each in entry.versions],
    )


def _file_body(order_id: ObjectId, file: File) -> FileBody:
    """Return a file with the address at which an admin gets it; its preview is for the two sides alone."""
    url = url_for("disputed_api.fetch", id=order_id, file_id=file.id)
    return msgspec.structs.replace(file_body(file), url=url, preview=None)
