"""Saved replies for programs (docs/api.md)."""

from datetime import datetime
from typing import ClassVar

import msgspec
from flask import Blueprint, Response

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.replies import actions
from gigflow.replies.forms import ReplyForm
from gigflow.replies.models import SavedReply
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import bind
from gigflow.web.openapi import describes
from gigflow.web.runtime import db, person

api = Blueprint("replies_api", __name__, url_prefix="/api/chat/replies")
TAG = "Messages"


class ReplyBody(msgspec.Struct, rename="camel", kw_only=True):
    """A reply that you have saved."""

    NAME: ClassVar[str] = "reply"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    title: str
    text: str
    created_at: datetime
    updated_at: datetime


class ReplyList(msgspec.Struct, rename="camel"):
    """All replies that you have saved, by their titles; `next` is always null."""

    replies: list[ReplyBody]
    next: str | None
    count: int


@api.get("")
@signed_in
@describes("List your saved replies", TAG, ReplyList)
def list_replies() -> Response:
    """Show the replies that you have saved, for you alone."""
    rows = actions.saved_replies(db(), person())
    return answer(ReplyList([_body(row) for row in rows], None, len(rows)))


@api.post("")
@signed_in
@describes("Save a reply", TAG, ReplyBody, form=ReplyForm, status=201, refusals=(403, 409))
def save() -> Response:
    """Save a text under a title, to use it in messages again. You can have 20; one more is 409 `too_many_replies`."""
    form = bind(ReplyForm)
    reply = actions.save_reply(db(), person(), form.title.data or "", form.text.data or "", now())
    return answer(_body(reply), 201)


@api.get("/<id>")
@signed_in
@describes("Get a saved reply", TAG, ReplyBody, refusals=(404,))
def show(id: str) -> Response:
    """Show one of your saved replies."""
    return answer(_body(actions.saved_reply(db(), person(), object_id(id))))


@api.put("/<id>")
@signed_in
@describes("Change a saved reply", TAG, ReplyBody, form=ReplyForm, partial=True, refusals=(404,))
def change(id: str) -> Response:
    """Change the title, the text or both; what is left out stays as it is."""
    reply = actions.saved_reply(db(), person(), object_id(id))
    changes = bind(ReplyForm, partial=True).values()
    return answer(_body(actions.change_reply(db(), person(), reply.id, changes, now())))


@api.delete("/<id>")
@signed_in
@describes("Delete a saved reply", TAG, ReplyBody, refusals=(404,))
def delete(id: str) -> Response:
    """Delete it for good, and return it as it was. Messages in which it was used stay as they are."""
    return answer(_body(actions.delete_reply(db(), person(), object_id(id))))


def _body(reply: SavedReply) -> ReplyBody:
    return ReplyBody(
        id=str(reply.id),
        mongo_id=str(reply.id),
        title=reply.title,
        text=reply.text,
        created_at=reply.created_at,
        updated_at=reply.updated_at,
    )
