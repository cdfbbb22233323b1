"""Notifications for people: the list and the bell."""

from flask import Blueprint, Response, request, url_for

from gigflow.accounts import actions as accounts
from gigflow.core.clock import now
from gigflow.core.paging import page_request
from gigflow.notifications import actions
from gigflow.notifications.forms import ChoicesPageForm
from gigflow.notifications.models import EVENTS, Event, NotificationType
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render, wants_fragment
from gigflow.web.runtime import db, person, viewer

pages = Blueprint("notifications", __name__)


@pages.app_template_global()
def unread_count() -> int:
    """The number on the bell; 0 for visitors, and where the database is away an error page needs no number."""
    reader = viewer()
    return actions.unread_count(db(), reader) if reader else 0


@pages.get("/notifications")
@signed_in
def index() -> Response:
    """The viewer's notifications, newest first."""
    page = actions.notifications_of(db(), person(), page_request(None, request.args.get("cursor")))
    next_url = url_for("notifications.index", cursor=page.next) if page.next else None
    return render(
        "notifications/index.html", "notifications/_list.html", notices=page.rows, next_url=next_url
    )


@pages.post("/notifications/read")
@signed_in
def read() -> Response:
    """Mark all of them read."""
    actions.mark_read(db(), person(), None, now())
    return go(url_for("notifications.index"))


@pages.get("/notifications/bell")
@signed_in
def bell() -> Response:
    """The bell with its count; a page of its own it is not."""
    if not wants_fragment():
        return go(url_for("notifications.index"))
    return render("notifications/_bell.html")


@pages.get("/settings/notifications")
@signed_in
def choices() -> Response:
    """Of which events the viewer wants to hear where."""
    return _choices_page("saved" in request.args)


@pages.post("/settings/notifications")
@signed_in
def choose() -> Response:
    """Take the choices."""
    accounts.choose_notifications(db(), person(), ChoicesPageForm().choices(_shown()), now())
    # A whole page where there is no script: its bell counts what is wanted now.
    return _choices_page(True) if wants_fragment() else go(url_for("notifications.choices", saved=1))


def _shown() -> dict[NotificationType, Event]:
    """The events that may concern the viewer."""
    return {event: known for event, known in EVENTS.items() if person().is_admin or not known.for_admins}


def _choices_page(saved: bool) -> Response:
    chosen = actions.choices_of(accounts.own_user(db(), person()))
    rows = [
        {"event": event, "label": known.label, "app": chosen[event].app, "email": chosen[event].email}
        for event, known in _shown().items()
    ]
    return render("notifications/choices.html", "notifications/_choices.html", rows=rows, saved=saved)
