"""Notifications for programs (docs/api.md)."""

from datetime import datetime

import msgspec
from flask import Blueprint, Response, request

from gigflow.accounts import actions as accounts
from gigflow.accounts import choosing
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
    """Whether you are notified of an event in the app, and by e-mail; `daily` says that it comes in the one e-mail of a
    day.
    """

    app: bool
    email: bool
    daily: bool


class QuietBody(msgspec.Struct, rename={"start": "from", "end": "to"}):
    """Hours of your day in which no e-mail comes unless it is urgent; `from` may be after `to`, over midnight."""

    start: int
    end: int


class ChoicesBody(msgspec.Struct, rename="camel"):
    """A choice for every event, and your hours in your time zone: quiet ones, and that of the daily e-mail."""

    choices: dict[str, ChoiceBody]
    quiet: QuietBody | None
    digest_at: int
    time_zone: str


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
@describes("Mark notifications read", "Notifications", ReadBody, form=ReadForm, partial=True)
def read() -> Response:
    """Mark your notifications read: those of `ids`, those that lead to the page `url`, or all if both are left out."""
    form = bind(ReadForm)
    reader = person().user_id
    return answer(ReadBody(actions.mark_read(db(), reader, form.known_ids(), now(), about=form.url.data)))


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
    """Take the choices and hours that are sent; what is left out stays as it is."""
    form = bind(ChoicesForm, partial=True)
    chosen = form.choices.data or {} if "choices" in form else {}
    user = choosing.choose_notifications(db(), person(), chosen, now(), form.hours())
    return answer(_choices(user))


def _choices(user: User) -> ChoicesBody:
    chosen = actions.choices_of(user)
    quiet = user.quiet
    return ChoicesBody(
        {event: ChoiceBody(choice.app, choice.email, choice.daily) for event, choice in chosen.items()},
        quiet=QuietBody(quiet.start, quiet.end) if quiet else None,
        digest_at=user.digest_at,
        time_zone=user.time_zone,
    )
