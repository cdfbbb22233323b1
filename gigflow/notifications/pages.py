"""Notifications for people: the list and the bell."""

from itertools import pairwise

from bson import ObjectId
from flask import Blueprint, Response, request, url_for

from gigflow.accounts import actions as accounts
from gigflow.accounts import choosing
from gigflow.accounts.models import Choice, User
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import NotFound
from gigflow.core.paging import page_request
from gigflow.notifications import actions
from gigflow.notifications.forms import WAY_NAMES, ChoicesPageForm, ReadForm, way_of
from gigflow.notifications.grouping import groups_of
from gigflow.notifications.hooks import EVENTS
from gigflow.notifications.models import SECTION_NAMES, Event, Notification
from gigflow.notifications.views import clock_of, new_now, unread_now
from gigflow.web import signed_links
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render, wants_fragment
from gigflow.web.marks import from_anywhere
from gigflow.web.runtime import db, person, runtime

pages = Blueprint("notifications", __name__)


@pages.app_template_global()
def unread_count() -> int:
    """Return the number on the bell; 0 for visitors, and if the database is away an error page needs no number."""
    return unread_now()


@pages.app_template_filter()
def icon_of_news(notification: Notification) -> str:
    """Return the name of the icon that goes with a notification."""
    return actions.event_of(notification).icon


@pages.get("/notifications")
@signed_in
def index() -> Response:
    """Show what is new to the viewer, by what it is about, and what came earlier. Looking at it reads nothing: the
    viewer marks what they have read, or looks at what it is about.
    """
    return _list_page()


@pages.post("/notifications/read")
@signed_in
def read() -> Response:
    """Mark one of them read, those about one thing, or all."""
    form = ReadForm()
    reader = person().user_id
    form.perform(lambda: actions.mark_read(db(), reader, form.known_ids(), now(), about=form.url.data))
    if wants_fragment():
        return _list_page(status=form.status, then=request.form.get("then", ""), bell=True)
    return go(url_for("notifications.index"))


@pages.get("/notifications/bell")
@signed_in
def bell() -> Response:
    """Show the bell with its count, and what waits for the viewer; it is not a page of its own."""
    if not wants_fragment():
        return go(url_for("notifications.index"))
    return render("notifications/_bell_live.html")


@pages.get("/settings/notifications")
@signed_in
def choices() -> Response:
    """Show of which events the viewer wants to hear, and where."""
    return _choices_page(saved="saved" in request.args)


@pages.post("/settings/notifications")
@signed_in
def choose() -> Response:
    """Take the choices."""
    form = ChoicesPageForm()

    def chosen(user: User) -> dict[str, Choice]:
        return form.choices(_shown(), actions.choices_of(user))

    form.perform(lambda: choosing.change_choices(db(), person().user_id, chosen, now(), form.hours()))
    if form.status != 200:
        return _choices_page(refused=form)
    # A whole page if there is no script: its bell counts what is wanted now.
    return _choices_page(saved=True) if wants_fragment() else go(url_for("notifications.choices", saved=1))


@pages.get("/unsubscribe/<token>")
def ask_unsubscribe(token: str) -> Response:
    """Ask whether letters like the one that has this link should be turned off: following it changes nothing."""
    _, events = _meant_by(token)
    return _unsubscribe_page(token, events, "ask")


@pages.post("/unsubscribe/<token>")
@from_anywhere
def unsubscribe(token: str) -> Response:
    """Turn them off, signed in or not: by the button of the page, or of a mail program (RFC 8058), whose body says
    nothing that is needed. `turn` of the address says what else can be done: turn all off, or either on again.
    """
    user_id, events = _meant_by(token)
    turn = request.args.get("turn", "off")
    if turn == "all-off":
        actions.switch_letters(db(), user_id, EVENTS, now(), on=False)
    elif turn == "all-on":
        usual = [event for event, known in EVENTS.items() if known.email]
        actions.switch_letters(db(), user_id, usual, now(), on=True)
    else:
        actions.switch_letters(db(), user_id, events, now(), on=turn == "on")
    return _unsubscribe_page(token, events, turn)


def _meant_by(token: str) -> tuple[ObjectId, list[str]]:
    """Return whose letters the token of a link turns off, and about which events. Raises NotFound."""
    words = signed_links.read(runtime().settings.secret_key, signed_links.STOP_LETTERS, token)
    user = accounts.get_user(db(), object_id(words[0])) if words else None
    if user is None or user.deleted_at:
        raise NotFound
    return user.id, [event for event in EVENTS if event in (words or [])]


def _unsubscribe_page(token: str, events: list[str], turned: str) -> Response:
    return render(
        "notifications/unsubscribe.html",
        token=token,
        labels=[EVENTS[event].label for event in events],
        turned=turned if turned in ("ask", "on", "all-off", "all-on") else "off",
    )


def _list_page(*, status: int = 200, then: str = "", bell: bool = False) -> Response:
    """Show the list; after a mark (`then` is the one after what it has read) with the bell."""
    new = new_now()
    page = actions.earlier_of(db(), person(), page_request(None, request.args.get("cursor")), new)
    groups = groups_of(new)
    ids = [str(each.id) for group in groups for each in group.news]
    return render(
        "notifications/index.html",
        "notifications/_list.html",
        status=status,
        groups=groups,
        count=len(new),
        most=actions.UNREAD_MAX,
        next_of=dict(pairwise(ids)),
        then=then if then in ids else "",
        earlier=page.rows,
        is_first="cursor" not in request.args,
        next_url=url_for("notifications.index", cursor=page.next) if page.next else None,
        bell=bell,
    )


def _shown() -> dict[str, Event]:
    """Return the events that may concern the viewer."""
    return {event: known for event, known in EVENTS.items() if person().is_admin or not known.for_admins}


def _choices_page(*, saved: bool = False, refused: ChoicesPageForm | None = None) -> Response:
    user = accounts.own_user(db(), person())
    chosen = actions.choices_of(user)
    if refused:
        chosen |= refused.choices(_shown(), chosen)
    groups = [
        {"section": section, "name": name, "rows": rows}
        for section, name in SECTION_NAMES.items()
        if (
            rows := [
                _row(key, each, chosen[key]) for key, each in _shown().items() if each.section == section
            ]
        )
    ]
    return render(
        "notifications/choices.html",
        "notifications/_choices.html",
        status=refused.status if refused else 200,
        groups=groups,
        ways=WAY_NAMES,
        form=refused or ChoicesPageForm.of(user),
        clock=clock_of(user, now()),
        saved=saved,
    )


def _row(key: str, event: Event, choice: Choice) -> dict[str, str | bool]:
    return {
        "event": key,
        "label": event.label,
        "icon": event.icon,
        "app": choice.app,
        "way": way_of(choice),
    }
