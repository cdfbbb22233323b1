"""Lists with tabs by state, several on one page: each tab has an address, which keeps what the others show."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from bson import ObjectId
from flask import request, url_for

from gigflow.core.errors import NotFound
from gigflow.core.paging import Page, PageRequest, page_request

ROWS = 10  # of a section at once
# What an address of such a page can say of its other lists.
_KEPT = ("orders", "offers", "requests", "bids", "invitations", "services", "jobs", "state", "side")

# The tabs of a list: the word of each and the states that it shows, by the name in the address. The first is the
# default.
Tabs = Mapping[str, tuple[str, Sequence[str]]]


# What of a list waits for the reader, the most urgent first: the id of each row, and the state that it is in.
Turns = Sequence[tuple[ObjectId, str]]


class Tab(msgspec.Struct, frozen=True):
    """One tab: what it is called, how many things are in it and in how many of them it is the reader's turn, and where
    it leads.
    """

    key: str
    word: str
    count: int
    url: str
    is_current: bool
    turns: int = 0


class Asked(msgspec.Struct, frozen=True):
    """What the reader asks to see of a list: which tab, and which page of it."""

    key: str
    tabs: Tabs
    state: str
    page: PageRequest
    cursor_name: str
    turns: Turns

    @property
    def statuses(self) -> list[str]:
        """The states that this tab shows."""
        return list(self.tabs[self.state][1])


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A list with its tabs, as a page shows it. `total` is how many things there are in all tabs."""

    key: str
    state: str
    tabs: list[Tab]
    total: int
    rows: Sequence[Any]
    older_url: str | None
    newest_url: str | None

    @property
    def elsewhere(self) -> Tab | None:
        """The tab that has something to do for the reader while this one shows nothing."""
        return (
            None if self.rows else next((tab for tab in self.tabs if tab.turns and not tab.is_current), None)
        )


def asked_for(key: str, tabs: Tabs, turns: Turns, *, cursor_name: str = "", rows: int = ROWS) -> Asked:
    """Read what the address asks of a list, in which it is the reader's `turns`: these rows come first, as many as a
    page has. Raises NotFound for a tab that it does not have, Invalid for a cursor.
    """
    state = request.args.get(key) or next(iter(tabs))
    if state not in tabs:
        raise NotFound("There is no such list.", code="list_not_found")
    name = cursor_name or f"{key}_after"
    page = page_request(None, request.args.get(name), default=rows)
    first = list(dict.fromkeys(row for row, each in turns if each in tabs[state][1]))[:rows]
    return Asked(key, tabs, state, msgspec.structs.replace(page, first=tuple(first)), name, turns)


def section(asked: Asked, counts: Mapping[str, int], page: Page[Any], rows: Sequence[Any]) -> Section:
    """Put a list together; `counts` says how many things are in each state. Tabs after the first that have nothing to
    show are left out if there are many.
    """
    turns = Counter(state for _, state in asked.turns)
    numbers, waiting = _by_tab(asked.tabs, counts), _by_tab(asked.tabs, turns)
    first = next(iter(asked.tabs))
    shown = [key for key in asked.tabs if len(asked.tabs) <= 3 or numbers[key] or key in (first, asked.state)]
    tabs = [
        Tab(key, asked.tabs[key][0], numbers[key], _link(asked, key), key == asked.state, waiting[key])
        for key in shown
    ]
    return Section(
        key=asked.key,
        state=asked.state,
        tabs=tabs,
        total=sum(counts.values()),
        rows=rows,
        older_url=_link(asked, asked.state, page.next) if page.next else None,
        newest_url=_link(asked, asked.state) if asked.page.before else None,
    )


def _by_tab(tabs: Tabs, numbers: Mapping[str, int]) -> dict[str, int]:
    return {key: sum(numbers.get(status, 0) for status in statuses) for key, (_, statuses) in tabs.items()}


def _link(asked: Asked, state: str, cursor: str | None = None) -> str:
    kept = {name: request.args[name] for name in _KEPT if request.args.get(name)}
    wanted = {**kept, asked.key: state, asked.cursor_name: cursor}
    if state == next(iter(asked.tabs)) and cursor is None:
        del wanted[asked.key]
    query: dict[str, Any] = {name: value for name, value in wanted.items() if value}
    return url_for(request.endpoint or "", **query)
