"""Telling people what concerns them, and what they have seen of it."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts import choosing
from gigflow.accounts.models import LEFT_NAME, Actor, Choice, User, Viewer
from gigflow.accounts.parts import Done
from gigflow.core.db import Db, Tx
from gigflow.core.errors import NotSignedIn
from gigflow.core.ids import new_id
from gigflow.core.paging import Page, PageRequest
from gigflow.core.texts import isolated, one_line, quoted
from gigflow.notifications import store
from gigflow.notifications.hooks import EVENTS
from gigflow.notifications.models import (
    NEWS_MAX,
    NO_SLOTS,
    STRETCH,
    TITLE_SHOWN,
    WORDS_MAX,
    About,
    Event,
    Notification,
)

UNREAD_MAX = 100  # the bell says 99+ from here
SEEN_AT_ONCE = 200  # unread notifications that a page looks at itself; if there are more, it asks once more


def tell(
    tx: Tx,
    event: Event,
    to: ObjectId | Collection[ObjectId],
    text: str,
    now: datetime,
    *,
    about: About,
    occurrence: ObjectId | None = None,
    actor: User | Actor | Viewer | None = None,
    words: str = "",
    own: bool = False,
    slots: Mapping[str, str] = NO_SLOTS,
) -> None:
    """Tell one person, or each of several, of an event in the transaction that makes it true; the relay of each process
    carries it to the screens. `text` is one sentence with named slots: `{title}` of what it is `about` in quotation
    marks, `{actor}`, the person who did it, and those in `slots`. `occurrence` is what makes it a fact that is told
    once (the hire, the bid, …), by default this very call; `words` are what the actor wrote: they stand in the letter
    alone. With `own` it is what they did themselves. Raises UnknownEvent if no feature has declared the event.
    """
    people = [to] if isinstance(to, ObjectId) else to
    facts = [(each, occurrence or new_id(), about) for each in people]
    news = news_of(event, facts, text, now, actor=actor, words=words, own=own, slots=slots)
    tell_all(tx, [_replacing(tx, event, each, now) for each in news] if event.thread else news)


def tell_each(
    tx: Tx,
    event: Event,
    facts: Iterable[tuple[ObjectId, ObjectId, About]],
    text: str,
    now: datetime,
    *,
    slots: Mapping[str, str] = NO_SLOTS,
) -> None:
    """Tell several people the same sentence, each about their own thing: `facts` are who, the occurrence, and what it
    is about. Otherwise it is `tell`.
    """
    tell_all(tx, news_of(event, facts, text, now, slots=slots))


def tell_all(tx: Tx, news: list[Notification]) -> None:
    """Tell news of several events (`news_of`) by one insert."""
    store.insert_notifications(tx, news)


def news_of(
    event: Event,
    facts: Iterable[tuple[ObjectId, ObjectId, About]],
    text: str,
    now: datetime,
    *,
    actor: User | Actor | Viewer | None = None,
    words: str = "",
    own: bool = False,
    slots: Mapping[str, str] = NO_SLOTS,
) -> list[Notification]:
    """Make the news of one event, to be told with others (`tell_all`). Raises UnknownEvent if it is not declared."""
    EVENTS.check_declared(event)
    filled = {**slots, "actor": isolated(actor.name if actor else LEFT_NAME)}
    actor_id = actor.user_id if isinstance(actor, Viewer) else actor.id if actor else None
    return [
        Notification(
            **msgspec.structs.asdict(about),
            id=new_id(),
            fact=f"{event.key}:{occurrence}:{person}",
            user_id=person,
            type=event.key,
            message=one_line(text.format_map({**filled, **_title_slots(about)}), NEWS_MAX),
            words=words[:WORDS_MAX],
            own=own,
            actor_id=actor_id,
            actor_name=actor.name if actor else None,
            created_at=now,
            mail_at=now + event.delay,
        )
        for person, occurrence, about in facts
    ]


def end_news(
    tx: Tx,
    kind: str,
    step: str,
    path: str,
    now: datetime,
    *,
    reader: ObjectId | None = None,
    bid_id: ObjectId | None = None,
    fact: tuple[Event, ObjectId, ObjectId] | None = None,
) -> None:
    """Read for everybody what a step has ended, in the transaction of the step: the events that name it among those
    after which they are `over`, about the thing of this kind whose page is at `path`. What is unread there of the
    `reader`, who has taken the step, is read altogether.

    With `bid_id` only what is about that bid, with `fact` (an event, its occurrence and its person) only that.
    """
    types = [key for key, event in EVENTS.items() if step in event.over.get(kind, ())]
    only: dict[str, object] = {"bid_id": bid_id} if bid_id else {}
    if fact:
        event, occurrence, person = fact
        only["fact"] = f"{event.key}:{occurrence}:{person}"
    if types or reader:
        store.end_news(tx, path, types, reader, now, **only)


def notifications_of(
    db: Db, viewer: Viewer, page: PageRequest, after: ObjectId | None = None
) -> Page[Notification]:
    """Return the viewer's notifications, newest first; with `after` only those that are newer than that one."""
    return store.find_notifications(db, viewer.user_id, page, after)


def new_of(db: Db, viewer: Viewer) -> list[Notification]:
    """Return what the viewer has not read of what they want to see in the app, newest first: the first `UNREAD_MAX`."""
    return store.find_new(db, viewer.user_id, viewer.muted, UNREAD_MAX)


def earlier_of(db: Db, viewer: Viewer, page: PageRequest, new: Iterable[Notification]) -> Page[Notification]:
    """Return the viewer's other notifications than these new ones, newest first."""
    return store.find_notifications(db, viewer.user_id, page, None, without=[each.id for each in new])


def to_replay(db: Db, viewer: Viewer, now: datetime) -> list[Notification]:
    """Return what this device may have missed: unread, under three days old, not acknowledged by it
    (docs/domain.md).
    """
    return store.find_unacknowledged(db, viewer.user_id, viewer.device_id, not_on_the_bell(viewer), now)


def acknowledge(db: Db, viewer: Viewer, ids: list[ObjectId]) -> None:
    """Note that this device has shown these; they are not sent to it again."""
    store.acknowledge(db, viewer.user_id, viewer.device_id, ids)


def mark_read(
    db: Db, user_id: ObjectId, ids: list[ObjectId] | None, now: datetime, *, about: str | None = None
) -> int:
    """Mark these of a person's notifications read, or those about the thing whose page is at `about`, or all of them
    (None); returns how many were unread. In a transaction it belongs to what reads them there.
    """
    if about is not None:
        return store.mark_read_about(db, user_id, about.partition("#")[0], now)
    return store.mark_read(db, user_id, ids, now)


def read_page(db: Db, viewer: Viewer, path: str, now: datetime) -> int:
    """Note that the viewer looks at the page at `path`: what leads there is read. Returns how many notifications they
    have not read then, as `unread_count` does. It is one question to the database, and a write if there is any.
    """
    unread = store.find_unread_pages(db, viewer.user_id, SEEN_AT_ONCE)
    here = [(url, event) for url, event in unread if url.startswith(path)]
    if here or len(unread) == SEEN_AT_ONCE:
        store.mark_page_read(db, viewer.user_id, path, now)
    if len(unread) == SEEN_AT_ONCE:
        return unread_count(db, viewer)
    others = not_on_the_bell(viewer)
    return sum(event not in others for url, event in unread if not url.startswith(path))


def unread_count(db: Db, viewer: Viewer) -> int:
    """Return how many notifications the viewer has not read, of those that the bell counts, up to `UNREAD_MAX`."""
    return store.count_unread(db, viewer.user_id, not_on_the_bell(viewer), UNREAD_MAX)


def unread_among(db: Db, viewer: Viewer, new: list[Notification]) -> int:
    """Return what `unread_count` returns, by the viewer's new notifications (`new_of`) as far as those say it."""
    others = not_on_the_bell(viewer)
    count = sum(each.type not in others for each in new)
    return count if count == len(new) or len(new) < UNREAD_MAX else unread_count(db, viewer)


def not_on_the_bell(viewer: Viewer) -> frozenset[str]:
    """Return the events that neither the bell nor an open page tells the viewer of: what they do not want to see in the
    app, and what is counted elsewhere.
    """
    return EVENTS.counted_elsewhere.union(viewer.muted)


def choices_of(user: User) -> dict[str, Choice]:
    """Return of which events this person wants to hear, and where; if they never chose, as `EVENTS` says."""
    return {key: choice_of(user, key) for key in EVENTS}


def choice_of(user: User, key: str) -> Choice:
    """Return where this person wants to be told of an event."""
    return user.notify.get(key) or Choice(email=EVENTS.of(key).email)


def wants_in_app(db: Db, notification: Notification) -> bool:
    """Return whether its person is told of such a notification in the app, as a toast and on the bell."""
    if event_of(notification).counted_elsewhere:
        return False
    return has_in_app(db, notification.user_id, notification.type)


def has_in_app(db: Db, user_id: ObjectId, key: str) -> bool:
    """Return whether somebody wants to see an event in the app."""
    user = accounts.get_user(db, user_id)
    return user is not None and choice_of(user, key).app


def event_of(notification: Notification) -> Event:
    """Return what a notification is of: how it is shown, and how long."""
    return EVENTS.of(notification.type)


def switch_letters(db: Db, user_id: ObjectId, events: Iterable[str], now: datetime, *, on: bool) -> None:
    """Write to somebody of these events from now on, or no longer; what they see in the app stays as it is, and what
    came daily comes daily again. Nothing is written to an account that is shut, so there it changes nothing.
    """

    def changed(user: User) -> dict[str, Choice]:
        return {key: msgspec.structs.replace(choice_of(user, key), email=on) for key in events}

    with suppress(NotSignedIn):
        choosing.change_choices(db, user_id, changed, now)


def forget_news_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Forget what somebody who leaves for good was told."""
    count = store.delete_some_of(tx, user.id, limit) if user.deleted_at else 0
    return Done(count, more=count >= limit)


def forget_name_of(tx: Tx, user: User, limit: int, now: datetime) -> Done:
    """Remove the name of somebody who leaves for good from what others were told."""
    count = store.forget_name_of(tx, user.id, LEFT_NAME, limit) if user.deleted_at else 0
    return Done(count, more=count >= limit)


def _title_slots(about: About) -> dict[str, str]:
    """Return how a sentence names what it is about; `{bare_title}` is for the words of docs/domain.md, Hire, alone."""
    if about.gig_title is None:
        return {}
    return {"title": quoted(about.gig_title, TITLE_SHOWN), "bare_title": about.gig_title}


def _replacing(tx: Tx, event: Event, told: Notification, now: datetime) -> Notification:
    """Let a notification replace the one that its person was told of the same matter a moment ago: both are one piece
    of news then, in the list, on the bell, and for letters, of which there is one within a `STRETCH`.
    """
    types = [key for key, each in EVENTS.items() if each.thread == event.thread]
    before = store.find_thread(tx, told, types, now - STRETCH)
    if before is None:
        return told
    store.delete_notification(tx, before.id)
    waits_until = before.mail_at or before.created_at + STRETCH
    return msgspec.structs.replace(
        told,
        also=[*before.also, before.fact],
        replaces=before.id,
        put_off=before.put_off and before.mail_at is not None,
        mail_at=max(told.mail_at or now, waits_until),
    )
