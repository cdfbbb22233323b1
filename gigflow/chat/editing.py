"""Changing and taking back one's own messages, each of which is an entry with a number of its own, so that it
reaches everybody who asks for what came after a number.
"""

from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.chat import store
from gigflow.chat.actions import (
    check_links,
    conversation_for,
    is_hidden_from_other,
    is_limited,
    outranks_block,
    person_left,
    queues,
    unblock_to_write,
)
from gigflow.chat.models import (
    CHANGE_WITHIN,
    EDITS_MAX,
    TAKEN_BACK,
    Conversation,
    Entry,
    Kind,
    Version,
    preview_of,
)
from gigflow.core.db import Db, Tx, to_stored
from gigflow.core.errors import Conflict, Forbidden, Invalid, NotFound
from gigflow.core.ids import new_id
from gigflow.core.texts import is_visible
from gigflow.core.words import folded
from gigflow.files import actions as files

_ATTEMPTS = 5


def own_message(db: Db, viewer: Viewer, conversation_id: ObjectId, message_id: ObjectId) -> Entry:
    """Return a message that the viewer has sent. Raises NotFound, and Forbidden if the other has sent it."""
    conversation_for(db, viewer, conversation_id)
    entry = store.get_entry(db, message_id)
    is_there = entry is not None and entry.conversation_id == conversation_id and entry.kind == "text"
    if entry is None or not is_there or not entry.is_shown_to(viewer.user_id):
        raise NotFound("There is no such message.", code="message_not_found")
    if entry.sender_id != viewer.user_id:
        raise Forbidden("This is not your own message.", code="not_own_message")
    return entry


def may_change(entry: Entry, viewer: Viewer, now: datetime) -> bool:
    """Return whether the viewer can still change or take back a message."""
    is_own = entry.kind == "text" and entry.sender_id == viewer.user_id
    return is_own and entry.retracted_at is None and entry.created_at > now - CHANGE_WITHIN


def change_message(
    db: Db, viewer: Viewer, conversation_id: ObjectId, message_id: ObjectId, text: str, now: datetime
) -> Entry:
    """Give an own message other words, and return it. Raises NotFound, Forbidden, Invalid, and Conflict: if it is too
    late, if it was changed too often or taken back, or if nothing can be written here.
    """
    for _ in range(_ATTEMPTS):
        entry = own_message(db, viewer, conversation_id, message_id)
        if entry.retracted_at is None and entry.text_for(viewer.user_id) == text:
            return entry
        if not is_visible(text) and not entry.file_ids:
            raise Invalid({"text": ["Write a message. To remove this one, take it back."]})
        conversation = _open_to_change(db, viewer, conversation_id, entry, now)
        if conversation.is_blocked_by(viewer.user_id) and not outranks_block(db, conversation):
            raise unblock_to_write()
        if is_limited(db, viewer, conversation):
            check_links(text)
        if len(entry.versions) >= EDITS_MAX:
            raise Conflict(f"A message can be changed {EDITS_MAX} times.", code="too_many_edits")
        hidden = entry.hidden or is_hidden_from_other(db, viewer, conversation)
        if _write(
            db, viewer, conversation, entry, "edit", _words(entry, viewer, text, hidden, now), now, hidden
        ):
            return own_message(db, viewer, conversation_id, message_id)
    raise Conflict


def retract_message(
    db: Db, viewer: Viewer, conversation_id: ObjectId, message_id: ObjectId, now: datetime
) -> Entry:
    """Take an own message back: its words and files are there for neither, and return it. Raises NotFound, Forbidden,
    and Conflict if it is too late.
    """
    for _ in range(_ATTEMPTS):
        entry = own_message(db, viewer, conversation_id, message_id)
        if entry.retracted_at:
            return entry
        conversation = _open_to_change(db, viewer, conversation_id, entry, now)
        changes = {
            "text": "",
            "folded": "",
            "own_text": None,
            "own_folded": None,
            "retracted_at": now,
            "versions": _versions(entry, viewer, now),
        }
        if _write(db, viewer, conversation, entry, "retract", changes, now, entry.hidden):
            return own_message(db, viewer, conversation_id, message_id)
    raise Conflict


def too_late() -> Conflict:
    """Return the refusal of a change of a message that is older than that."""
    return Conflict("Messages can be changed for 5 minutes.", code="too_late")


def taken_back() -> Conflict:
    """Return the refusal of a change of a message that is no longer there."""
    return Conflict("You have taken this message back.", code="message_retracted")


def _open_to_change(
    db: Db, viewer: Viewer, conversation_id: ObjectId, entry: Entry, now: datetime
) -> Conversation:
    conversation = conversation_for(db, viewer, conversation_id)
    if conversation.left:
        raise person_left()
    if entry.retracted_at:
        raise taken_back()
    if not may_change(entry, viewer, now):
        raise too_late()
    return conversation


def _words(entry: Entry, viewer: Viewer, text: str, hidden: bool, now: datetime) -> dict[str, Any]:
    """Return how a message changes; if the other must not be shown it, in what its sender alone reads."""
    versions = _versions(entry, viewer, now)
    if hidden and not entry.hidden:
        return {"own_text": text, "own_folded": folded(text), "own_edited_at": now, "versions": versions}
    said = {"text": text, "folded": folded(text), "edited_at": now}
    return {**said, "own_text": None, "own_folded": None, "own_edited_at": None, "versions": versions}


def _versions(entry: Entry, viewer: Viewer, now: datetime) -> list[Any]:
    before = Version(text=entry.text_for(viewer.user_id), at=now, hidden=entry.own_text is not None)
    return list(to_stored([*entry.versions, before]))


def _write(
    db: Db,
    viewer: Viewer,
    conversation: Conversation,
    entry: Entry,
    kind: Kind,
    changes: dict[str, Any],
    now: datetime,
    hidden: bool,
) -> bool:
    """Write a change and the entry that says so in one transaction; returns False if the conversation or the message
    was changed in the meantime.
    """
    said = (
        TAKEN_BACK
        if kind == "retract"
        else preview_of(changes["own_text"] or changes.get("text", ""), len(entry.file_ids))
    )
    note_id = new_id()

    def work(tx: Tx) -> bool:
        before = store.number_change(
            tx, conversation, viewer.user_id, entry.id, said, now, hidden=hidden and not entry.hidden
        )
        if before is None or not store.change_entry(tx, entry.id, len(entry.versions), changes):
            tx.abort()
            return False
        store.insert_entry(tx, _note(entry, note_id, kind, before, hidden, now))
        if kind == "retract":
            files.release_later(tx, entry.file_ids, now)
        return True

    with queues.turn(conversation.id):
        return db.transact(work)


def _note(
    entry: Entry, note_id: ObjectId, kind: Kind, before: Conversation, hidden: bool, now: datetime
) -> Entry:
    """Return the entry that says that a message was changed or taken back. Its words are those of the message."""
    return msgspec.structs.replace(
        entry,
        id=note_id,
        seq=before.last_seq + 1,
        kind=kind,
        client_id=str(note_id),
        text="",
        folded="",
        own_text=None,
        own_folded=None,
        own_edited_at=None,
        file_ids=[],
        of=entry.id,
        hidden=hidden,
        muted=True,  # a change is no message that anybody is told of
        created_at=max(now, before.entry_at),
        edited_at=None,
        retracted_at=None,
        versions=[],
    )
