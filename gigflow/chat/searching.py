"""Searching what one has written and was written: any part of any word, in any script (docs/decisions/0059)."""

from collections.abc import Sequence

import msgspec

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Viewer, name_of
from gigflow.chat import search_store, store
from gigflow.chat.models import Conversation, Entry, Shown
from gigflow.chat.reading import shown_to, things_of
from gigflow.core.db import Db
from gigflow.core.errors import Invalid
from gigflow.core.paging import PageRequest
from gigflow.core.words import folded, parts_of

NAMED_AMONG = 1_000  # conversations whose names and titles are looked at
NAMED_MAX = 10
WALKED = 200  # conversations whose messages one page looks through
HITS_EACH = 3  # of one conversation
HITS_WITHIN = 50  # of the one conversation that is searched
TEXT_MAX = 200  # characters of a search


class Hits(msgspec.Struct, frozen=True):
    """What was found in one conversation, the newest first."""

    conversation: Conversation
    messages: list[Shown]


class Found(msgspec.Struct, frozen=True):
    """What was found: conversations by the person's name or the title (`named`), and messages. `next` is the cursor of
    older conversations; `is_partial` says that it took too long, so there may be more.
    """

    named: list[Conversation]
    hits: list[Hits]
    next: str | None
    is_partial: bool


class FoundWithin(msgspec.Struct, frozen=True):
    """What was found in one conversation, the newest first. `next` is the number before which it goes on."""

    messages: list[Shown]
    next: int | None
    is_partial: bool


def search(db: Db, viewer: Viewer, text: str, page: PageRequest) -> Found:
    """Search the viewer's conversations: on the first page by person and title, and on each the messages of the next
    `WALKED`. Raises Invalid if there is nothing to search for.
    """
    parts = _parts(text)
    walked = store.find_inbox(db, viewer.user_id, "all", msgspec.structs.replace(page, limit=WALKED))
    rows, is_partial = walked.rows, False
    found = search_store.find_hits(db, viewer.user_id, [row.id for row in rows], parts, HITS_EACH)
    if found is None:
        is_partial, rows = True, rows[: max(1, len(rows) // 2)]
        found = search_store.find_hits(db, viewer.user_id, [row.id for row in rows], parts, HITS_EACH) or {}
    hits = [Hits(row, _shown(viewer, found[row.id])) for row in rows if row.id in found]
    named = [] if page.before else _named(db, viewer, parts)
    return Found(named, hits, walked.next, is_partial)


def search_within(
    db: Db, viewer: Viewer, conversation: Conversation, text: str, before: int | None
) -> FoundWithin:
    """Search the whole of one conversation of the viewer's. Raises Invalid if there is nothing to search for."""
    parts = _parts(text)
    found = search_store.find_within(db, viewer.user_id, conversation.id, parts, before, HITS_WITHIN + 1)
    rows = (found or [])[:HITS_WITHIN]
    has_more = found is not None and len(found) > HITS_WITHIN
    return FoundWithin(_shown(viewer, rows), rows[-1].seq if has_more else None, found is None)


def _parts(text: str) -> list[str]:
    if len(text) > TEXT_MAX:
        raise Invalid({"q": [f"At most {TEXT_MAX} characters."]})
    parts = parts_of(text)
    if not parts:
        raise Invalid({"q": ["Type a word, or a part of one."]})
    return parts


def _named(db: Db, viewer: Viewer, parts: Sequence[str]) -> list[Conversation]:
    """Return the newest conversations whose person and title have every part."""
    rows = store.find_inbox(db, viewer.user_id, "all", PageRequest(NAMED_AMONG)).rows
    people = accounts.people(db, [row.other(viewer.user_id) for row in rows]) if rows else {}
    things = things_of(db, rows)

    def is_named(row: Conversation) -> bool:
        title = things[row.id].title if row.id in things else ""
        said = folded(f"{name_of(people.get(row.other(viewer.user_id)))} {title}")
        return all(part in said for part in parts)

    return [row for row in rows if is_named(row)][:NAMED_MAX]


def _shown(viewer: Viewer, entries: Sequence[Entry]) -> list[Shown]:
    return [shown_to(viewer.user_id, entry) for entry in entries]
