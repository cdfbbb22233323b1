"""News by what they are about: an order, a job or a service, a conversation."""

from collections.abc import Iterable

import msgspec

from gigflow.notifications.actions import event_of
from gigflow.notifications.models import SECTION_NAMES, Notification


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """News about one thing, whose `page` they lead to; in the order in which they came."""

    page: str
    title: str  # of the thing; without one, what such news are about
    section: str
    news: list[Notification]


def page_of(notification: Notification) -> str:
    """Return the page to which a notification leads, without the part of it."""
    return notification.url.partition("#")[0]


def groups_of(news: Iterable[Notification]) -> list[Group]:
    """Return news in groups, each about one thing, in the order of the first of each."""
    found: dict[str, list[Notification]] = {}
    for each in news:
        found.setdefault(page_of(each), []).append(each)
    return [_group(page, of_page) for page, of_page in found.items()]


def _group(page: str, news: list[Notification]) -> Group:
    section = SECTION_NAMES[event_of(news[0]).section]
    title = next((each.gig_title for each in news if each.gig_title), section)
    return Group(page=page, title=title, section=section, news=news)
