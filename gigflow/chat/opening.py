"""Opening a conversation with somebody, about something: who may, and how often with strangers."""

from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import Person, Viewer
from gigflow.chat import hooks, store
from gigflow.chat.actions import Message, check_stranger, check_words, person_left, relation_to
from gigflow.chat.models import (
    STRANGERS_MAX,
    STRANGERS_WITHIN,
    About,
    Conversation,
    conversation_id_of,
    pair_of,
)
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Forbidden, Invalid, NotFound, TooMany


class Opened(msgspec.Struct, frozen=True):
    """A conversation, and whether it is new."""

    conversation: Conversation
    is_new: bool


class TooManyStrangers(TooMany):
    """Somebody has written to as many strangers as they may in a day."""

    code = "too_many_strangers"

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        hours = -(-retry_after // 3_600)
        self.message = (
            f"You have written to {STRANGERS_MAX} new people within a day. Please write to the next one in"
            f" {hours} {'hour' if hours == 1 else 'hours'}. People you already work with are not counted."
        )


def conversation_about(db: Db, viewer: Viewer, other_id: ObjectId, about: About) -> Conversation | None:
    """Return what the viewer and another person have said about a thing, or None."""
    return store.get_conversation(db, conversation_id_of(pair_of(viewer.user_id, other_id), about))


def open_conversation(
    db: Db, viewer: Viewer, other_id: ObjectId, about: About, now: datetime, first: Message | None = None
) -> Opened:
    """Let the viewer talk with another person about something; if they already do, return that. If the `first` message
    cannot be sent, nothing is opened.

    Raises Invalid, NotFound, Forbidden, EmailNotConfirmed, Conflict if the other has left, and TooManyStrangers.
    """
    if other_id == viewer.user_id:
        raise Invalid({"user_id": ["You cannot write to yourself."]})
    about = meant(db, about)
    pair = pair_of(viewer.user_id, other_id)
    conversation_id = conversation_id_of(pair, about)
    if known := store.get_conversation(db, conversation_id):
        return Opened(known, is_new=False)
    other = person_to_write_to(db, other_id)
    relation = relation_to(db, viewer, other.id, about)
    if relation is None:
        raise may_not_write()
    zeros = {str(viewer.user_id): 0, str(other_id): 0}
    new = Conversation(
        id=conversation_id,
        pair=pair,
        people=sorted((viewer.user_id, other_id)),
        about=about.stored,
        opened_by=viewer.user_id,
        stranger=relation == "stranger",
        created_at=now,
        last_at=now,
        entry_at=now,
        read=zeros,
        seen=zeros,
        delivered=zeros,
        unread=zeros,
    )

    if first:
        check_words(first.text, first.file_ids)
        if new.stranger:
            check_stranger(new, first)

    def work(tx: Tx) -> Opened:
        # Opening and blocking both write the pair first, so that neither misses the other.
        known = store.note_opening(tx, pair)
        there = store.get_conversation(tx, conversation_id)
        if there:
            return Opened(there, is_new=False)
        conversation = msgspec.structs.replace(new, blocked_by=known.blocked_by)
        store.insert_conversation(tx, conversation)
        accounts.act(tx, viewer, accounts.COUNTED)
        if conversation.stranger:
            _check_strangers(tx, viewer, now)
        return Opened(conversation, is_new=True)

    with accounts.turn_of(viewer, counted=True):
        return db.transact(work)


def person_to_write_to(db: Db, user_id: ObjectId) -> Person:
    """Return somebody who can be written to. Raises NotFound, and Conflict if they have left."""
    found = accounts.people(db, [user_id]).get(user_id)
    if found is None:
        raise NotFound("There is no such person.", code="user_not_found")
    account = accounts.get_user(db, user_id) if found.disabled_at else None
    if account and account.deleted_at:
        raise person_left()
    return found


def meant(db: Db, about: About) -> About:
    """Return what the two sides of an order talk about, if it is about one, so that both reach the same conversation.
    Raises Forbidden.
    """
    if about.kind != "order" or about.id is None:
        return about
    found = hooks.about_order(db, about.id)
    if found is None:
        raise may_not_write()
    return found


def may_not_write() -> Forbidden:
    """Return the refusal of a conversation that the viewer may not open."""
    return Forbidden("You cannot write to this person about that.", code="may_not_write")


def _check_strangers(tx: Tx, viewer: Viewer, now: datetime) -> None:
    """Raise TooManyStrangers if the viewer has opened more conversations with strangers than they may in a day, with
    the one that this transaction opens.
    """
    count, first = store.count_strangers(tx, viewer.user_id, now - STRANGERS_WITHIN)
    if count > STRANGERS_MAX and first:
        raise TooManyStrangers(max(1, int((first + STRANGERS_WITHIN - now).total_seconds())))
