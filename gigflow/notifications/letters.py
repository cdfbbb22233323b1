"""Letters about news, composed when they are sent: nothing that was read or is over by then (docs/domain.md, News)."""

from datetime import datetime
from typing import Any

import msgspec

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User
from gigflow.core.db import Db
from gigflow.core.rules import Rules
from gigflow.core.texts import one_line
from gigflow.mails.models import Action, Item, Letter, Stop
from gigflow.notifications import hooks, store
from gigflow.notifications.actions import event_of
from gigflow.notifications.grouping import groups_of, page_of
from gigflow.notifications.models import NEWS_MAX, Notification, Section

ITEMS_MAX = 50  # in one letter; if there are more, it says how many
OF_A_DAY = "Your day on GigFlow: {what}"

# What the subject says if all of the news is of one kind.
_SUBJECTS: dict[Section, str] = {
    "jobs": "{count} updates on your jobs and bids",
    "services": "{count} updates on your services and questions",
    "orders": "{count} updates on your orders",
    "messages": "{count} updates on your messages",
    "money": "{count} updates on your money",
    "reviews": "{count} updates on your reviews",
    "reports": "{count} updates on reports",
}


def letter(db: Db, data: dict[str, Any], rules: Rules, now: datetime) -> Letter | None:
    """Compose what happened, in one letter; nothing that was read in the app in the meantime. The letter of a day is
    ordered by what its news are about.
    """
    user = accounts.get_user(db, data["user_id"])
    news = store.find_unread(db, data["user_id"], data["ids"])
    if user is None or user.disabled_at or user.unconfirmed or not news:
        return None
    daily = data.get("daily", False)
    shown = news[:ITEMS_MAX]
    made = (_item(db, user, each, rules, now) for each in shown)
    items = _by_thing(db, user, shown, rules, now) if daily else list(made)
    note = None if len(news) <= ITEMS_MAX else f"And {len(news) - ITEMS_MAX:,} more."
    return Letter(
        to=user.address,
        name=user.name,
        subject=_subject_of_day(news, items) if daily else _subject(news, items),
        items=items,
        action=_action(news),
        note=note,
        stop=Stop(user.id, tuple(dict.fromkeys(each.type for each in news))),
    )


def _item(
    db: Db, user: User, told: Notification, rules: Rules, now: datetime, *, with_facts: bool = True
) -> Item:
    kind = "order" if told.order_id else "bid" if told.bid_id else ""
    known = hooks.letter_facts.get(kind) if with_facts else None
    return Item(
        sentence=one_line(told.message, NEWS_MAX),  # older rows may be longer than a sentence
        path=told.url,
        words=told.words,
        facts=tuple(known(db, user, told, rules, now)) if known else (),
    )


def _by_thing(db: Db, user: User, news: list[Notification], rules: Rules, now: datetime) -> list[Item]:
    """Return items under a heading for each thing. What one has to know of an order or a bid stands once, below the
    last of its news.
    """
    items: list[Item] = []
    for group in groups_of(news):
        last = {each.order_id or each.bid_id: each.id for each in group.news}
        made = [
            _item(db, user, each, rules, now, with_facts=last[each.order_id or each.bid_id] == each.id)
            for each in group.news
        ]
        items += [msgspec.structs.replace(made[0], heading=group.title), *made[1:]]
    return items


def _subject_of_day(news: list[Notification], items: list[Item]) -> str:
    what = items[0].sentence if len(news) == 1 else f"{len(news):,} updates"
    return OF_A_DAY.format(what=what)


def _subject(news: list[Notification], items: list[Item]) -> str:
    if len(news) == 1:
        return items[0].sentence
    if news[0].held_back:
        return f"{len(news):,} more updates on GigFlow"
    events = [event_of(each) for each in news]
    sections = {each.section for each in events}
    # What only admins are told is about nothing of theirs.
    usual = "{count} updates on GigFlow"
    said = (
        usual if len(sections) > 1 or any(each.for_admins for each in events) else _SUBJECTS[sections.pop()]
    )
    return said.format(count=f"{len(news):,}")


def _action(news: list[Notification]) -> Action:
    """Return the one button: to the thing if all of the news is about one, else to the list."""
    first = event_of(news[0])
    if len(news) == 1:
        return Action(first.button, news[0].url)
    if len({page_of(each) for each in news}) == 1:
        return Action(event_of(news[-1]).button, news[-1].url)
    return Action("See all your notifications", "/notifications")
