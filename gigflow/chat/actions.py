"""Sending in a conversation, and who may. Next to it: `opening`, `reading`, `editing`, `blocking` and the rest."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from html import unescape

import msgspec
from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.chat import answering_store, hooks, store
from gigflow.chat.models import (
    LINKS_TO_STRANGERS,
    TELL_AFTER,
    UNANSWERED_MAX,
    About,
    Conversation,
    Entry,
    Last,
    Relation,
    preview_of,
)
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, EmailNotConfirmed, Invalid, NotFound
from gigflow.core.green import KeyedQueues
from gigflow.core.ids import new_id
from gigflow.core.texts import is_visible
from gigflow.core.words import folded
from gigflow.files import actions as files
from gigflow.files.models import Subject

# Messages of one conversation, and their changes, queue up here inside a process, in front of their transactions,
# which would otherwise conflict at the conversation. Only the time that they take depends on it.
queues: KeyedQueues[None] = KeyedQueues()

_ATTEMPTS = 5  # in which somebody may block or leave between reading and writing
_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody sends, as their program calls it. `is_named` says that the program chose that name: then what it
    sends again is the same message.
    """

    text: str
    file_ids: Sequence[ObjectId]
    client_id: str
    is_named: bool


def composed(text: str, file_ids: Sequence[ObjectId], client_id: str) -> Message:
    """Return what somebody sends, under a name of ours if their program has chosen none."""
    name = client_id or f"server:{secrets.token_hex(12)}"
    return Message(text=text, file_ids=file_ids, client_id=name, is_named=bool(client_id))


class Sent(msgspec.Struct, frozen=True):
    """An entry, and whether it is new: sent again, it is the one that is there."""

    entry: Entry
    is_new: bool


def conversation_for(db: Db, viewer: Viewer, conversation_id: ObjectId) -> Conversation:
    """Return a conversation of the viewer's. Raises NotFound, also if it is somebody else's."""
    found = store.get_conversation(db, conversation_id)
    if found is None or viewer.user_id not in found.people:
        raise no_such_conversation(hides=found is not None)
    return found


def relation_to(db: Db, viewer: Viewer, other_id: ObjectId, about: About) -> Relation | None:
    """Return how the viewer may write to somebody about a thing; None if they may not."""
    if viewer.is_admin and about.kind == "person":
        return "partner"
    found = {rule(db, viewer, other_id, about) for rule in hooks.may_talk}
    if viewer.is_admin and "stranger" in found:
        return "partner"
    return "partner" if "partner" in found else "stranger" if "stranger" in found else None


def send(db: Db, viewer: Viewer, conversation: Conversation, message: Message, now: datetime) -> Sent:
    """Send a message in a conversation of the viewer's: it gets the next number, in the transaction that stores it.
    Sent again under its client id, it is there once, for ever. If the conversation has changed since it was read, it is
    read again.

    Raises NotFound, Invalid, EmailNotConfirmed, and Conflict: if the viewer has blocked the other, if the other has
    left, if a stranger has not answered yet, if a file is gone, or if the client id is that of other words.
    """
    check_words(message.text, message.file_ids)
    if viewer.unconfirmed:
        raise EmailNotConfirmed(viewer.unconfirmed)
    for _ in range(_ATTEMPTS):
        try:
            hidden, limited = _check(db, viewer, conversation, message)
        except (Conflict, Invalid):
            # A lost answer is made good even if the door has closed since.
            if known := _sent_before(db, viewer, conversation, message):
                return known
            raise
        with queues.turn(conversation.id):
            sent = _send_once(db, viewer, conversation, message, now, hidden=hidden, limited=limited)
        if sent:
            return sent
        conversation = conversation_for(db, viewer, conversation.id)
    raise Conflict("This conversation is changing right now. Please send it again.")


def check_words(text: str, file_ids: Sequence[object]) -> None:
    """Raise Invalid if a message has neither a visible character nor a file."""
    if not is_visible(text) and not file_ids:
        raise Invalid({"text": ["Write a message or attach a file."]})


def check_links(text: str) -> None:
    """Raise Invalid if a text has more links than somebody may send to a stranger who has not answered, however they
    are written.
    """
    if len(_LINK.findall(unescape(text))) > LINKS_TO_STRANGERS:
        raise Invalid({"text": ["At most one link, until you get an answer."]})


def check_stranger(conversation: Conversation, message: Message) -> None:
    """Raise Conflict or Invalid if a message is more than somebody may send to a stranger who has not answered."""
    if conversation.sent >= UNANSWERED_MAX:
        raise Conflict(
            f"You have sent {UNANSWERED_MAX} messages. You can write more once you get an answer.",
            code="wait_for_answer",
        )
    if message.file_ids:
        raise Invalid(
            {"file_ids": ["You can send files once you get an answer, or share an order or a bid."]}
        )
    check_links(message.text)


def is_limited(db: Db, viewer: Viewer, conversation: Conversation) -> bool:
    """Return whether the viewer writes to a stranger who has not answered."""
    if not conversation.stranger or conversation.opened_by != viewer.user_id:
        return False
    other_id = conversation.other(viewer.user_id)
    is_answered = conversation.answered_after is not None
    return not is_answered and relation_to(db, viewer, other_id, conversation.subject) != "partner"


def is_hidden_from_other(db: Db, viewer: Viewer, conversation: Conversation) -> bool:
    """Return whether the other one of a conversation gets nothing of what the viewer writes now."""
    other_id = conversation.other(viewer.user_id)
    return conversation.is_blocked_by(other_id) and not outranks_block(db, conversation)


def outranks_block(db: Db, conversation: Conversation) -> bool:
    """Return whether the two of a conversation can write to each other in it although one has blocked the other."""
    one, other = conversation.people
    return any(rule(db, one, other, conversation.subject) for rule in hooks.must_talk)


def no_such_conversation(*, hides: bool = False) -> NotFound:
    """Return the refusal of a conversation that is not there for its reader."""
    return NotFound("There is no such conversation.", code="conversation_not_found", hides=hides)


def person_left() -> Conflict:
    """Return the refusal of what would reach somebody who has left."""
    return Conflict("This person has left GigFlow and cannot be written to.", code="person_left")


def unblock_to_write() -> Conflict:
    """Return the refusal if the viewer has blocked the one they write to."""
    return Conflict("You blocked this person. Unblock them to write.", code="you_blocked")


def _check(db: Db, viewer: Viewer, conversation: Conversation, message: Message) -> tuple[bool, bool]:
    """Return whether the message is hidden from the other, and whether its conversation is one with a stranger who may
    not have answered yet. Raises Conflict and Invalid.
    """
    if conversation.left:
        raise person_left()
    blocks = conversation.blocked_by and not outranks_block(db, conversation)
    if blocks and conversation.is_blocked_by(viewer.user_id):
        raise unblock_to_write()
    limited = is_limited(db, viewer, conversation)
    if limited:
        check_stranger(conversation, message)
    return bool(blocks), limited


def _send_once(
    db: Db,
    viewer: Viewer,
    conversation: Conversation,
    message: Message,
    now: datetime,
    *,
    hidden: bool,
    limited: bool,
) -> Sent | None:
    """Send it in one transaction; returns None if somebody has blocked or left since the conversation was read."""
    entry_id = new_id()
    # Never before the message before it, whatever the clocks of several machines say.
    at = max(now, conversation.entry_at)
    last = Last(
        message_id=entry_id,
        sender_id=viewer.user_id,
        text=preview_of(message.text, len(message.file_ids)),
        at=at,
    )
    is_double = False

    def work(tx: Tx) -> Entry | None:
        nonlocal is_double
        before = store.number_message(
            tx, conversation, last, now + TELL_AFTER, hidden=hidden, limited=limited
        )
        if before is None:
            tx.abort()
            return None
        entry = Entry(
            id=entry_id,
            conversation_id=conversation.id,
            seq=before.last_seq + 1,
            sender_id=viewer.user_id,
            sender_name=viewer.name,
            to_id=conversation.other(viewer.user_id),
            client_id=message.client_id,
            text=message.text,
            folded=folded(message.text),
            file_ids=list(message.file_ids),
            hidden=hidden,
            muted=conversation.other(viewer.user_id) in before.muted_for,
            created_at=max(now, before.entry_at),
        )
        is_double = not store.insert_entry(tx, entry)
        if is_double:
            tx.abort()  # and so the number is given back
            return None
        files.adopt(tx, viewer, message.file_ids, Subject("message", entry.id), now)
        if not hidden and viewer.user_id != before.opened_by and before.answered_after is None:
            answering_store.note_answer(tx, viewer.user_id, now)
        return entry

    entry = db.transact(work)
    if entry:
        return Sent(entry, is_new=True)
    return _sent_before(db, viewer, conversation, message) if is_double else None


def sent_under(db: Db, viewer: Viewer, conversation: Conversation, client_id: str) -> Entry | None:
    """Return what the viewer has sent under a client id, or None. It is read in a transaction of its own: a plain
    majority read may not see yet what the index has refused.
    """

    def work(tx: Tx) -> Entry | None:
        return store.get_sent(tx, conversation.id, viewer.user_id, client_id)

    return db.transact(work)


def _sent_before(db: Db, viewer: Viewer, conversation: Conversation, message: Message) -> Sent | None:
    """Return the message that was sent under this client id, as it is now; None if there is none. Raises Conflict if
    its words or files were others.
    """
    entry = sent_under(db, viewer, conversation, message.client_id) if message.is_named else None
    if entry is None:
        return None
    if entry.first_text != message.text or entry.file_ids != list(message.file_ids):
        raise Conflict(
            "You have sent another message under this client id. Choose a new one.", code="client_id_used"
        )
    return Sent(entry, is_new=False)
