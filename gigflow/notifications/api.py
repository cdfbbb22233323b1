"""Notifications for programs (docs/api.md)."""

from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId
from flask import Blueprint, Response, request

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User
from gigflow.core.clock import now
from gigflow.core.db import is_id, object_id
from gigflow.core.errors import Invalid
from gigflow.notifications import actions
from gigflow.notifications.forms import ChoicesForm, ReadForm
from gigflow.notifications.models import Notification
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind
from gigflow.web.openapi import CURSOR, ID, LIMIT, Query, describes
from gigflow.web.runtime import db, person

api = Blueprint("notifications_api", __name__, url_prefix="/api/notifications")

AFTER = Query("after", "Only those that are newer than the notification with this id.", ID)


class NotificationBody(msgspec.Struct, rename="camel", kw_only=True, omit_defaults=True):
    """Something that happened to the viewer (docs/api.md, Socket.IO: the same shape is emitted)."""

    id: str
    mongo_id: str = msgspec.field(name="_id")
    type: str
    message: str
    url: str
    gig_id: str | None = None
    bid_id: str | None = None
    order_id: str | None = None
    created_at: datetime
    read_at: datetime | None


class NotificationList(msgspec.Struct, rename="camel"):
    """A page of notifications; `next` is the cursor of the next page, `unread` counts all of them up to 100."""

    notifications: list[NotificationBody]
    next: str | None
    unread: int


class ReadBody(msgspec.Struct, rename="camel"):
    """How many were marked read now."""

    read: int


def notification_body(notification: Notification) -> NotificationBody:
    """Return a notification for programs and browsers."""
    return NotificationBody(
        id=str(notification.id),
        mongo_id=str(notification.id),
        type=notification.type,
        message=notification.message,
        url=notification.url,
        gig_id=str(notification.gig_id) if notification.gig_id else None,
        bid_id=str(notification.bid_id) if notification.bid_id else None,
        order_id=str(notification.order_id) if notification.order_id else None,
        created_at=notification.created_at,
        read_at=notification.read_at,
    )


class ChoiceBody(msgspec.Struct, rename="camel"):
    """Whether you are notified of an event in the app, and by e-mail."""

    app: bool
    email: bool


class ChoicesBody(msgspec.Struct, rename="camel"):
    """A choice for every event."""

    choices: dict[str, ChoiceBody]


@api.get("")
@signed_in
@describes(
    "List your notifications, newest first", "Notifications", NotificationList, query=(AFTER, LIMIT, CURSOR)
)
def list_mine() -> Response:
    """Show your notifications."""
    wanted = asked_page()
    text = request.args.get("after")
    after = object_id(text) if text else None
    if text and not is_id(text):
        raise Invalid({"after": ["The id of a notification."]})
    page = actions.notifications_of(db(), person(), wanted, after)
    bodies = [notification_body(row) for row in page.rows]
    return answer(NotificationList(bodies, page.next, actions.unread_count(db(), person())))


@api.post("/read")
@signed_in
@describes("Mark notifications read, these or all", "Notifications", ReadBody, form=ReadForm, partial=True)
def read() -> Response:
    """Mark your notifications read: those of `ids`, or all if it is left out."""
    ids: list[Any] | None = bind(ReadForm).ids.data
    known = None if ids is None else [ObjectId(each) for each in ids if ObjectId.is_valid(each)]
    return answer(ReadBody(actions.mark_read(db(), person().user_id, known, now())))


@api.get("/choices")
@signed_in
@describes("Get your notification settings", "Notifications", ChoicesBody)
def choices() -> Response:
    """Show your choices; what you never chose is as it comes."""
    return answer(_choices(accounts.own_user(db(), person())))


@api.put("/choices")
@signed_in
@describes("Change your notification settings", "Notifications", ChoicesBody, form=ChoicesForm, partial=True)
def choose() -> Response:
    """Take the choices that are sent; events that are left out stay as they are."""
    chosen = bind(ChoicesForm).choices.data or {}
    return answer(_choices(accounts.choose_notifications(db(), person(), chosen, now())))


def _choices(user: User) -> ChoicesBody:
    chosen = actions.choices_of(user)
    return ChoicesBody({event: ChoiceBody(choice.app, choice.email) for event, choice in chosen.items()})
