"""What the inbox shows: one row for each conversation."""

from collections.abc import Sequence
from typing import Any

import msgspec
from bson import ObjectId
from flask import request, url_for

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person, name_of
from gigflow.chat import reading, searching
from gigflow.chat.models import Conversation, Last, Thing
from gigflow.chat.reading import Which
from gigflow.chat.views import unread_talks
from gigflow.core.db import is_id
from gigflow.core.errors import NotFound
from gigflow.core.paging import page_request
from gigflow.web.runtime import db, person

# The lists of one's conversations, by their names in the address. The first is the default.
LISTS: dict[Which, str] = {
    "inbox": "All",
    "unread": "Unread",
    "waits": "Waits for you",
    "starred": "Starred",
    "archived": "Archived",
    "blocked": "Blocked",
}
# What can be undone, and how the inbox says that it was done.
DONE = {
    "archive": ("Archived", "unarchive"),
    "unarchive": ("Back in the inbox", "archive"),
    "mute": ("Muted: it is no longer counted", "unmute"),
    "unmute": ("No longer muted", "mute"),
    "star": ("Starred", "unstar"),
    "unstar": ("No longer starred", "star"),
    "unread": ("Marked as unread", "read"),
}


class InboxRow(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation as the inbox shows it."""

    conversation: Conversation
    other: Person | None
    thing: Thing | None
    last: Last | None
    unread: int
    is_own: bool  # the last message
    waits: bool
    is_starred: bool
    is_muted: bool
    is_archived: bool

    @property
    def name(self) -> str:
        """What the other person is called."""
        return name_of(self.other)

    @property
    def address(self) -> str:
        """Where it opens: at what is new, else at its end."""
        place = "first-unread" if self.unread else "end"
        return url_for("talk.show", conversation_id=self.conversation.id, _anchor=place)


class Done(msgspec.Struct, frozen=True):
    """What was just done with a conversation, and the name of the act that undoes it."""

    said: str
    undo: str
    conversation_id: ObjectId


def inbox_context() -> dict[str, Any]:
    """Return the list of conversations that the query asks for. Raises Invalid if its cursor is of another list."""
    which = asked_list()
    page = reading.inbox_of(
        db(), person(), which, page_request(None, request.args.get("cursor"), order=which)
    )
    return {
        "show": which,
        "lists": LISTS,
        "rows": _rows(page.rows),
        "older": url_for("chat.index", show=which, cursor=page.next) if page.next else None,
        "is_first": "cursor" not in request.args,
        "new_talks": unread_talks(),
        "done": _done(),
    }


def search_context(asked: str) -> dict[str, Any]:
    """Return what is found of a search among the viewer's conversations, and older ones by the query's `cursor`. Raises
    Invalid if there is nothing to search for.
    """
    page = page_request(None, request.args.get("cursor"), order="all")
    found = searching.search(db(), person(), asked, page)
    rows = _rows([*found.named, *(each.conversation for each in found.hits)])
    count = len(found.named)
    return {
        "found": found,
        "named": rows[:count],
        "hits": [
            {"row": row, "messages": each.messages}
            for row, each in zip(rows[count:], found.hits, strict=True)
        ],
        "older": url_for("chat.search", q=asked, cursor=found.next) if found.next else None,
    }


def asked_list() -> Which:
    """Return which list the address names. Raises NotFound."""
    asked = request.args.get("show") or "inbox"
    found = next((each for each in LISTS if each == asked), None)
    if found is None:
        raise NotFound
    return found


def _rows(found: Sequence[Conversation]) -> list[InboxRow]:
    me = person().user_id
    people = accounts.people(db(), [each.other(me) for each in found]) if found else {}
    things = reading.things_of(db(), found)
    return [_row(each, people.get(each.other(me)), things.get(each.id), me) for each in found]


def _row(row: Conversation, other: Person | None, thing: Thing | None, me: ObjectId) -> InboxRow:
    last = row.last_for(me)
    return InboxRow(
        conversation=row,
        other=other,
        thing=thing,
        last=last,
        unread=row.unread_of(me),
        is_own=last is not None and last.sender_id == me,
        waits=row.waits_for == me,
        is_starred=me in row.starred_for,
        is_muted=me in row.muted_for,
        is_archived=me not in row.inbox_of and not row.is_blocked_by(me),
    )


def _done() -> Done | None:
    """Return what the query says was done, so that it can be undone."""
    said, undo = DONE.get(request.args.get("done", ""), ("", ""))
    talk = request.args.get("talk", "")
    return Done(said, undo, ObjectId(talk)) if said and is_id(talk) else None
