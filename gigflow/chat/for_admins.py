"""What admins read of a conversation, where another feature lets them: every entry with what it said before, also what
was hidden from one of the two or taken back. It marks nothing as read, seen or delivered.
"""

from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.chat import store
from gigflow.chat.models import About, Conversation, Entry, conversation_id_of, pair_of
from gigflow.core.db import Db
from gigflow.core.errors import NotFound
from gigflow.files import actions as files
from gigflow.files.models import File


class Kept(msgspec.Struct, frozen=True):
    """Entries in their order, the number before which there are more (None if there are no more), and when the entry
    just before them was written.
    """

    rows: list[Entry]
    next: int | None
    since: datetime | None


def conversation_between(db: Db, one_id: ObjectId, other_id: ObjectId, about: About) -> Conversation | None:
    """Return what two people have said about a thing, or None."""
    return store.get_conversation(db, conversation_id_of(pair_of(one_id, other_id), about))


def entries_before(db: Db, conversation: Conversation, seq: int | None, limit: int) -> Kept:
    """Return the entries before a number (None: the newest ones)."""
    found = store.find_before(db, conversation.id, seq, limit + 1)
    kept = found[-limit:]
    is_cut = len(found) > limit
    return Kept(kept, kept[0].seq if is_cut else None, found[0].created_at if is_cut else None)


def file_in(db: Db, conversation: Conversation, file_id: ObjectId) -> File:
    """Return a file of a message of the conversation, also of one that was taken back, for as long as it is there.
    Raises NotFound.
    """
    file = files.files_by_id(db, [file_id]).get(file_id)
    entry = store.get_entry(db, file.subject.id) if file and file.subject else None
    if file is None or entry is None or entry.conversation_id != conversation.id:
        raise NotFound("There is no such file.", code="file_not_found")
    return file
