"""Conversations on their way to the screens, as soon as anything is committed (docs/api.md, Socket.IO)."""

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.chat import actions, reading, store
from gigflow.chat.bodies import message_bodies
from gigflow.chat.models import NUMBER_MAX, Entry, Typing
from gigflow.core.changes import INSERT, WRITE, Change
from gigflow.core.clock import now
from gigflow.core.db import Db, from_document, is_id
from gigflow.web.realtime import Malformed, Realtime, person_room
from gigflow.web.watches import Standing, Watchable

Send = Callable[[str, dict[str, Any]], None]

KIND = "conversation"
_CIRCLE = "inner"
_APART = "apart"  # while one has blocked the other: nothing is told there
TYPING_SECONDS = 3.0  # at most one note of it in that time, for each person and conversation
_NOTED_MAX = 10_000  # of those that are remembered


def register(realtime: Realtime, db: Db) -> None:
    """Tell people's sockets of messages, of how far they were read, and of who is typing."""
    relay = _Relay(realtime, db)
    realtime.changes.watch(store.ENTRIES, INSERT, relay.entry)
    # What a send writes is told by its entry.
    realtime.changes.watch_without(store.CONVERSATIONS, "last_seq", relay.conversation)
    realtime.changes.watch(store.TYPING, WRITE, relay.typing)
    realtime.on_connect(relay.connected)
    realtime.on_event("typing", relay.types)
    realtime.on_event("delivered", relay.delivered)


class _Relay:
    def __init__(self, realtime: Realtime, db: Db) -> None:
        self._realtime, self._db = realtime, db
        self._noted: OrderedDict[Typing, float] = OrderedDict()

    def entry(self, change: Change) -> None:
        entry = from_document(change["fullDocument"], Entry)
        for user_id in (entry.sender_id, entry.to_id):
            room = person_room(user_id)
            if entry.is_shown_to(user_id) and self._realtime.is_anybody_in(room):
                self._realtime.emit("message", self._message(entry, user_id), room)

    def conversation(self, change: Change) -> None:
        conversation_id = change["documentKey"]["_id"]
        changed: dict[str, Any] = change["updateDescription"]["updatedFields"]
        if "blocked_by" in changed:
            self._realtime.regroup(KIND, conversation_id)
            for user_id in changed["blocked_by"]:
                self._say_unread(user_id)
        news: dict[ObjectId, dict[str, int]] = {}
        for name, value in changed.items():
            mark, _, person = name.partition(".")
            if mark in ("seen", "delivered") and is_id(person):
                news.setdefault(ObjectId(person), {})[mark] = value
            elif mark == "read" and is_id(person):
                said = {"conversationId": str(conversation_id), "userId": person, "read": value}
                self._realtime.emit("read", said, person_room(ObjectId(person)))
        room = WATCHED.room(conversation_id, _CIRCLE)
        for user_id, marks in news.items():
            said = {"conversationId": str(conversation_id), "userId": str(user_id), **marks}
            self._realtime.emit("read", said, room, but=person_room(user_id))

    def typing(self, change: Change) -> None:
        typing = store.typing_of(change["documentKey"]["_id"])
        said = {"conversationId": str(typing.conversation_id), "userId": str(typing.user_id)}
        room = WATCHED.room(typing.conversation_id, _CIRCLE)
        self._realtime.emit("typing", said, room, but=person_room(typing.user_id))

    def connected(self, viewer: Viewer, since: datetime, send: Send) -> None:
        unread = reading.unread_count(self._db, viewer)
        if unread:
            reading.note_all_delivered(self._db, viewer)
        send("sync", {"unread": unread})

    def types(self, viewer: Viewer | None, data: dict[str, Any]) -> None:
        conversation_id = _conversation_in(data)
        # Who watches a conversation was found to be one of the two: nothing is read.
        room = WATCHED.room(conversation_id, _CIRCLE)
        if viewer is None or self._realtime.room_watched(KIND, conversation_id) != room:
            return
        typing, moment = Typing(conversation_id, viewer.user_id), time.monotonic()
        if moment - self._noted.get(typing, -TYPING_SECONDS) < TYPING_SECONDS:
            return
        self._noted[typing] = moment
        self._noted.move_to_end(typing)
        while len(self._noted) > _NOTED_MAX:
            self._noted.popitem(last=False)
        store.note_typing(self._db, typing, now())

    def delivered(self, viewer: Viewer | None, data: dict[str, Any]) -> None:
        conversation_id, seq = _conversation_in(data), data.get("seq")
        if isinstance(seq, bool) or not isinstance(seq, int) or not 0 < seq <= NUMBER_MAX:
            raise Malformed
        if viewer:
            reading.note_delivered(self._db, viewer, conversation_id, seq)

    def _message(self, entry: Entry, user_id: ObjectId) -> dict[str, Any]:
        about = store.get_entry(self._db, entry.of) if entry.kind == "edit" and entry.of else None
        body = message_bodies(self._db, [reading.shown_to(user_id, entry, about)])[0]
        return {
            "conversationId": str(entry.conversation_id),
            "message": msgspec.to_builtins(body),
            "from": {"id": str(entry.sender_id), "name": entry.sender_name},
            "muted": reading.is_muted_for(self._db, user_id, entry),
        }

    def _say_unread(self, user_id: ObjectId) -> None:
        room = person_room(user_id)
        if self._realtime.is_anybody_in(room):
            unread = reading.unread_count_of(self._db, user_id)
            self._realtime.emit("sync", {"unread": unread}, room)


def _circle_of(db: Db, viewer: Viewer | None, conversation_id: ObjectId) -> str | None:
    """Return the circle of the two of a conversation; while one has blocked the other, one that is told nothing."""
    if viewer is None:
        raise actions.no_such_conversation()
    return _APART if actions.conversation_for(db, viewer, conversation_id).blocked_by else _CIRCLE


def _standing_of(db: Db, conversation_id: ObjectId, circle: str | None) -> Standing | None:
    return None  # its entries and marks say everything


def _conversation_in(data: dict[str, Any]) -> ObjectId:
    """Return the conversation that an event names. Raises Malformed."""
    text = data.get("conversation")
    if not isinstance(text, str) or not is_id(text):
        raise Malformed
    return ObjectId(text)


WATCHED = Watchable(KIND, None, (_CIRCLE,), _circle_of, _standing_of)
