"""What somebody sees of their conversations, and how far they have read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.chat import hooks, marks_store, store
from gigflow.chat.actions import conversation_for
from gigflow.chat.models import BEGAN_MAX, About, Began, Conversation, Entry, Marks, Shown, Thing
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict
from gigflow.core.paging import Page, PageRequest
from gigflow.notifications import actions as notifications

UNREAD_MAX = 100  # conversations that the envelope counts
OF_PAIR_MAX = 50  # conversations of two people that a page names

Which = Literal["inbox", "unread", "waits", "starred", "archived", "blocked", "all"]
Flag = Literal["starred", "muted", "archived"]
_LISTS: dict[Flag, tuple[str, bool]] = {
    "starred": ("starred_for", True),
    "muted": ("muted_for", True),
    "archived": ("inbox_of", False),  # what is archived is no longer in the inbox
}
_ATTEMPTS = 10  # in which another window or a notification may come between


class History(msgspec.Struct, frozen=True):
    """Entries in their order, the number from which it goes on (None if there are no more), and when the entry just
    before them was written (None if they are the first).
    """

    rows: list[Shown]
    next: int | None
    since: datetime | None = None


def inbox_of(db: Db, viewer: Viewer, which: Which, page: PageRequest) -> Page[Conversation]:
    """Return the viewer's conversations, those with the newest messages first."""
    return store.find_inbox(db, viewer.user_id, which, page)


def with_same_person(db: Db, viewer: Viewer, conversation: Conversation) -> list[Conversation]:
    """Return what else the viewer talks about with the same person."""
    found = store.find_of_pair(db, conversation.pair, OF_PAIR_MAX)
    return [each for each in found if each.id != conversation.id and each.last_for(viewer.user_id)]


def unread_count(db: Db, viewer: Viewer) -> int:
    """Return the number at the envelope: conversations with something new, without muted ones."""
    return unread_count_of(db, viewer.user_id)


def unread_count_of(db: Db, user_id: ObjectId) -> int:
    """Return the number at somebody's envelope."""
    return marks_store.count_unread(db, user_id, UNREAD_MAX)


def history_after(db: Db, viewer: Viewer, conversation: Conversation, seq: int, limit: int) -> History:
    """Return the entries after a number; `next` is the last of them if there are more."""
    entries = store.find_after(db, conversation.id, seq - 1, limit + 2)
    since = entries.pop(0).created_at if entries and entries[0].seq == seq else None
    more = entries[limit - 1].seq if len(entries) > limit else None
    return History(_shown(db, viewer, entries[:limit]), more, since)


def history_before(
    db: Db, viewer: Viewer, conversation: Conversation, seq: int | None, limit: int
) -> History:
    """Return the entries before a number (None: the newest ones); `next` is the first of them if there are more."""
    entries = store.find_before(db, conversation.id, seq, limit + 1)
    kept = entries[-limit:]
    is_cut = len(entries) > limit
    return History(
        _shown(db, viewer, kept), kept[0].seq if is_cut else None, entries[0].created_at if is_cut else None
    )


def shown_to(user_id: ObjectId, entry: Entry, about: Entry | None = None) -> Shown:
    """Return an entry as one of the two gets it; an edit has the words of the message that it is about."""
    if not entry.is_shown_to(user_id):
        return Shown(entry=entry, kind="hidden")
    said = about if entry.kind == "edit" and about else entry
    return Shown(
        entry=entry,
        kind=entry.kind,
        text=said.text_for(user_id),
        edited_at=said.edited_for(user_id),
    )


def revealed(viewer: Viewer, conversation: Conversation, rows: Sequence[Shown]) -> list[Shown]:
    """Return entries with the messages in them that somebody sent while the viewer had blocked them; while they are
    still blocked, as they are. Nobody is told, and they count as unread for nobody.
    """
    if conversation.is_blocked_by(viewer.user_id):
        return list(rows)
    return [_revealed(row) if row.kind == "hidden" and row.entry.kind == "text" else row for row in rows]


def _revealed(row: Shown) -> Shown:
    entry = row.entry
    return Shown(entry=entry, kind="text", text=entry.text, edited_at=entry.edited_at)


def marks_of_other(viewer: Viewer, conversation: Conversation) -> Marks:
    """Return how far the other one has a conversation, as far as the viewer is shown it."""
    other = str(conversation.other(viewer.user_id))
    return Marks(seen=conversation.seen.get(other, 0), delivered=conversation.delivered.get(other, 0))


def things_of(db: Db, conversations: Sequence[Conversation]) -> dict[ObjectId, Thing]:
    """Return what these conversations are about, by the conversation's id; nothing for those about a person, or about
    what is there no longer.
    """
    by_kind: dict[str, set[ObjectId]] = {}
    for each in conversations:
        if each.subject.id:
            by_kind.setdefault(each.subject.kind, set()).add(each.subject.id)
    found = {kind: hooks.things[kind](db, ids) for kind, ids in by_kind.items()}
    named = {
        each.id: found[each.subject.kind].get(each.subject.id) for each in conversations if each.subject.id
    }
    return {conversation_id: thing for conversation_id, thing in named.items() if thing}


def thing_of(db: Db, about: About) -> Thing | None:
    """Return what a conversation about something is about, as it stands; None if it is about a person, or gone."""
    return hooks.things[about.kind](db, [about.id]).get(about.id) if about.id else None


def began_in(
    db: Db, conversation: Conversation, after: datetime | None, until: datetime | None
) -> list[Began]:
    """Return what the two began about what they talk of after a time and up to another, in its order; None is no
    bound. Nothing belongs to a conversation about nothing in particular.
    """
    about = conversation.subject
    if about.id is None:
        return []
    found = [
        each for rule in hooks.began for each in rule(db, conversation.people, about, after, until, BEGAN_MAX)
    ]
    return sorted(found, key=lambda each: each.at)


def mark_read(db: Db, viewer: Viewer, conversation_id: ObjectId, seq: int, now: datetime) -> Conversation:
    """Note that the viewer has read up to a number, and return the conversation as it was before. What the number lies
    beyond the last counts as the last; what is read already stays so. Raises NotFound, and Conflict if windows of
    theirs race without end.
    """
    for _ in range(_ATTEMPTS):
        conversation = conversation_for(db, viewer, conversation_id)
        to = min(seq, conversation.last_seq)
        before = conversation.read_by(viewer.user_id)
        if to <= before:
            _note_seen_again(db, viewer, conversation, to)
            return conversation
        unread = conversation.unread_of(viewer.user_id)
        count = unread
        if to < conversation.last_seq and unread:
            count = marks_store.count_texts(db, conversation.id, viewer.user_id, before, to)
        if _move(db, viewer, conversation, to, -count, now):
            return conversation
    raise Conflict("This conversation is changing right now. Please try again.")


def mark_unread(db: Db, viewer: Viewer, conversation_id: ObjectId, seq: int) -> None:
    """Put the viewer's own bookmark back before a number, so that what comes from there on counts as unread; the other
    is shown nothing of it. Raises NotFound and Conflict.
    """
    for _ in range(_ATTEMPTS):
        conversation = conversation_for(db, viewer, conversation_id)
        before = conversation.read_by(viewer.user_id)
        to = max(0, seq - 1)
        if to >= before or conversation.is_blocked_by(viewer.user_id):
            return
        count = marks_store.count_texts(db, conversation.id, viewer.user_id, to, before)
        told = conversation.told.get(str(viewer.user_id))
        closes = bool(told and told.open)
        if marks_store.move_bookmark(
            db, viewer.user_id, conversation, to, count, forward=False, closes=closes
        ):
            return
    raise Conflict("This conversation is changing right now. Please try again.")


def note_delivered(db: Db, viewer: Viewer, conversation_id: ObjectId, seq: int) -> None:
    """Let the other see that messages up to a number have arrived at the viewer's screen."""
    marks_store.note_seen(db, viewer.user_id, conversation_id, "delivered", seq)


def note_all_delivered(db: Db, viewer: Viewer) -> None:
    """Let the others see that everything unread has arrived at the viewer's screen."""
    marks_store.note_all_delivered(db, viewer.user_id)


def set_flag(db: Db, viewer: Viewer, conversation_id: ObjectId, flag: Flag, *, on: bool) -> Conversation:
    """Star, mute or archive a conversation for the viewer alone, or no longer. Raises NotFound."""
    conversation = conversation_for(db, viewer, conversation_id)
    name, means_in = _LISTS[flag]
    into = on == means_in
    stands_nowhere = conversation.last_for(viewer.user_id) is None or conversation.is_blocked_by(
        viewer.user_id
    )
    if flag == "archived" and into and stands_nowhere:
        return conversation  # an empty one stands in no inbox, nor one with somebody who is blocked
    return marks_store.set_flag(db, viewer.user_id, conversation_id, name, on=into) or conversation


def may_read_file(db: Db, viewer: Viewer, message_id: ObjectId) -> bool:
    """Return whether somebody may have the files of a message: the two of its conversation, and nobody once it was
    taken back. What is hidden from one of them they may open once they no longer block the other.
    """
    entry = store.get_entry(db, message_id)
    if entry is None or entry.retracted_at or viewer.user_id not in (entry.sender_id, entry.to_id):
        return False
    if entry.is_shown_to(viewer.user_id):
        return True
    conversation = store.get_conversation(db, entry.conversation_id)
    return conversation is not None and not conversation.is_blocked_by(viewer.user_id)


def _move(db: Db, viewer: Viewer, conversation: Conversation, to: int, change: int, now: datetime) -> bool:
    """Move the viewer's bookmark forward; if there is an open notification of it, that is read with it."""
    told = conversation.told.get(str(viewer.user_id))
    if told is None or not told.open:
        return marks_store.move_bookmark(
            db, viewer.user_id, conversation, to, change, forward=True, closes=False
        )
    notification_id = told.id

    def work(tx: Tx) -> bool:
        if not marks_store.move_bookmark(
            tx, viewer.user_id, conversation, to, change, forward=True, closes=True
        ):
            tx.abort()
            return False
        notifications.mark_read(tx, viewer.user_id, [notification_id], now)
        return True

    return db.transact(work)


def _note_seen_again(db: Db, viewer: Viewer, conversation: Conversation, seq: int) -> None:
    """Let the other see what the viewer reads again after having called it unread, and what their bookmark passed
    while one had blocked the other.
    """
    if conversation.seen.get(str(viewer.user_id), 0) < seq and not conversation.blocked_by:
        marks_store.note_seen(db, viewer.user_id, conversation.id, "seen", seq)


def _shown(db: Db, viewer: Viewer, entries: list[Entry]) -> list[Shown]:
    here = {entry.id: entry for entry in entries}
    missing = {entry.of for entry in entries if entry.kind == "edit" and entry.of and entry.of not in here}
    about = here | store.get_entries(db, missing)
    return [shown_to(viewer.user_id, entry, about.get(entry.of) if entry.of else None) for entry in entries]
