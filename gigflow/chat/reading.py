"""What somebody sees of their conversations, and how far they have read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.chat import hooks, marks_store, store
from gigflow.chat.actions import conversation_for
from gigflow.chat.events import MESSAGE_RECEIVED
from gigflow.chat.models import BEGAN_MAX, About, Began, Conversation, Entry, Marks, Shown, Thing
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict
from gigflow.core.green import KeyedQueues
from gigflow.core.paging import Page, PageRequest
from gigflow.notifications import actions as notifications

UNREAD_MAX = 100  # conversations that the envelope counts
WAITING_MAX = 100  # conversations among which the home page counts who waits for an answer
OF_PAIR_MAX = 50  # conversations of two people that a page names

Which = Literal["inbox", "unread", "waits", "starred", "archived", "blocked", "all"]
Flag = Literal["starred", "muted", "archived"]
_LISTS: dict[Flag, tuple[str, bool]] = {
    "starred": ("starred_for", True),
    "muted": ("muted_for", True),
    "archived": ("inbox_of", False),  # what is archived is no longer in the inbox
}
# Marks of one person in one conversation, from many windows, queue up here inside a process. Only the time that they
# take depends on it.
_windows: KeyedQueues[None] = KeyedQueues()


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


def people_waiting(db: Db, viewer: Viewer) -> int:
    """Return how many people wait for the viewer's answer, counted among the newest `WAITING_MAX` conversations,
    without those that the viewer muted or archived.
    """
    return len(set(marks_store.find_waiting(db, viewer.user_id, WAITING_MAX)))


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


def is_muted_for(db: Db, user_id: ObjectId, entry: Entry) -> bool:
    """Return whether an entry is no news to be shown to one of the two: a change, or what they have muted."""
    if entry.kind != "text":
        return True
    if user_id == entry.sender_id:
        return False  # what the other has muted is their own business
    return entry.muted or not notifications.has_in_app(db, user_id, MESSAGE_RECEIVED.key)


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


def mark_read(db: Db, viewer: Viewer, conversation_id: ObjectId, seq: int, now: datetime) -> None:
    """Note that the viewer has read up to a number. If it lies beyond the last, it counts as the last; what is read
    already stays so. Raises NotFound.
    """
    with _windows.turn((conversation_id, viewer.user_id)):
        conversation = conversation_for(db, viewer, conversation_id)
        to = min(seq, conversation.last_seq)
        if to <= conversation.read_by(viewer.user_id):
            _note_seen_again(db, viewer, conversation, to)
            return
        if not conversation.tells(viewer.user_id):
            change = -_count_read(db, viewer, conversation, to)
            if marks_store.move_bookmark(db, viewer.user_id, conversation, to, change, forward=True):
                return
        # There is a notification to be read with it, or a window in another process was faster. A transaction that has
        # written is waited for, so this comes to an end however many others there are.
        db.transact(lambda tx: _read_with_notice(tx, viewer, conversation_id, to, now))


def mark_unread(db: Db, viewer: Viewer, conversation_id: ObjectId, seq: int | None) -> None:
    """Put the viewer's own bookmark back before a number, or before the newest message of the other, so that what comes
    from there on counts as unread; the other is shown nothing of it. Raises NotFound, and Conflict if there is no
    number and the other has not written.
    """
    with _windows.turn((conversation_id, viewer.user_id)):
        conversation = conversation_for(db, viewer, conversation_id)
        if seq is None:
            seq = marks_store.get_newest_to(db, conversation_id, viewer.user_id)
            if seq is None:
                raise Conflict(
                    "There is no message to you in this conversation yet.", code="nothing_received"
                )
        to, before = max(0, seq - 1), conversation.read_by(viewer.user_id)
        if to >= before or conversation.is_blocked_by(viewer.user_id):
            return
        change = marks_store.count_texts(db, conversation_id, viewer.user_id, to, before)
        if not marks_store.move_bookmark(db, viewer.user_id, conversation, to, change, forward=False):
            db.transact(lambda tx: _put_back(tx, viewer, conversation_id, to))


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


def _read_with_notice(tx: Tx, viewer: Viewer, conversation_id: ObjectId, to: int, now: datetime) -> None:
    """Move the viewer's bookmark forward, the conversation first; an open notification of it is read with it."""
    me = viewer.user_id
    taken = marks_store.take_bookmark(tx, me, conversation_id, to, forward=True)
    if taken is None:
        return
    told, change = taken.told.get(str(me)), -_count_read(tx, viewer, taken, to)
    closes = told is not None and told.open
    marks_store.note_moved(tx, me, conversation_id, to, change, forward=True, closes=closes)
    if told and closes:
        notifications.mark_read(tx, me, [told.id], now)


def _put_back(tx: Tx, viewer: Viewer, conversation_id: ObjectId, to: int) -> None:
    """Move the viewer's bookmark back, the conversation first."""
    me = viewer.user_id
    taken = marks_store.take_bookmark(tx, me, conversation_id, to, forward=False)
    if taken:
        change = marks_store.count_texts(tx, conversation_id, me, to, taken.read_by(me))
        marks_store.note_moved(tx, me, conversation_id, to, change, forward=False, closes=False)


def _count_read(db: Db, viewer: Viewer, conversation: Conversation, to: int) -> int:
    """Return how many messages the viewer has read once their bookmark stands at a number, and has not before."""
    me, unread = viewer.user_id, conversation.unread_of(viewer.user_id)
    if to == conversation.last_seq or not unread:
        return unread
    return marks_store.count_texts(db, conversation.id, me, conversation.read_by(me), to)


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
