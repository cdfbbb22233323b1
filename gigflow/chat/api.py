"""Conversations for programs (docs/api.md)."""

from bson import ObjectId
from flask import Blueprint, Response, request

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import name_of
from gigflow.chat import actions, blocking, editing, opening, reading, searching
from gigflow.chat.actions import Message
from gigflow.chat.bodies import (
    BlockBody,
    BlockedList,
    ConversationBody,
    ConversationList,
    CountBody,
    FoundList,
    HitsBody,
    MessageBody,
    MessageList,
    conversation_bodies,
    conversation_body,
    message_bodies,
)
from gigflow.chat.forms import ChangeForm, MessageForm, OpeningForm, SeqForm, asked_numbers
from gigflow.chat.models import About, Conversation, Shown
from gigflow.chat.reading import Flag, Which
from gigflow.core.clock import now
from gigflow.core.db import is_id, object_id
from gigflow.core.errors import Invalid, NotFound
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.forms import asked_page, bind
from gigflow.web.limits import limited, spend_by_person
from gigflow.web.openapi import CURSOR_TEXT, ID, LIMIT, Query, describes
from gigflow.web.runtime import db, person

api = Blueprint("chat_api", __name__, url_prefix="/api/chat")
people = Blueprint("blocks_api", __name__, url_prefix="/api/users")

_NUMBER = {"type": "integer", "minimum": 0}
AFTER = Query(
    "after", "Only entries with a higher number, the lowest first; not together with `before`.", _NUMBER
)
BEFORE = Query("before", "Only entries with a lower number; without either, the newest.", _NUMBER)
HIDDEN = Query(
    "hidden",
    "`show`: with what was sent while you had blocked the other, once you no longer do.",
    {"enum": ["show"]},
)
WHICH = Query(
    "show",
    "Which: what is in the inbox (the default), what of it is unread, what of it waits for your answer, what you"
    " starred or archived, those with people you blocked, or all.",
    {"enum": ["inbox", "unread", "waits", "starred", "archived", "blocked", "all"]},
)
SOUGHT = Query("q", "Parts of words.", {"type": "string", "maxLength": searching.TEXT_MAX})
WITHIN = Query("conversation", "Only in this one, all of it.", ID)
TAG = "Messages"


@api.get("/conversations")
@signed_in
@describes(
    "List your conversations, those with the newest messages first",
    TAG,
    ConversationList,
    query=(WHICH, LIMIT, CURSOR_TEXT),
)
def list_conversations() -> Response:
    """Show your inbox, or another list of your conversations."""
    which = asked_list()
    page = reading.inbox_of(db(), person(), which, asked_page(order=which))
    unread = reading.unread_count(db(), person())
    return answer(ConversationList(conversation_bodies(db(), person(), page.rows), page.next, unread))


@api.post("/conversations")
@signed_in
@describes(
    "Open a conversation with a person, about a gig (`gigId`), an order (`orderId`) or neither",
    TAG,
    ConversationBody,
    form=OpeningForm,
    status=201,
    refusals=(403, 404, 409),
)
def open_conversation() -> Response:
    """Open it, or return the one that is there (200), and send the first message, if there is a text."""
    form = bind(OpeningForm)
    other_id, about = meant_by(form)
    first = message_of(form) if form.text.data or form.file_ids.data else None
    if first:
        spend_by_person("messages")
    opened = opening.open_conversation(db(), person(), other_id, about, now(), first)
    conversation = opened.conversation
    if first:
        actions.send(db(), person(), conversation, first, now())
        conversation = actions.conversation_for(db(), person(), conversation.id)
    return answer(conversation_body(db(), person(), conversation), 201 if opened.is_new else 200)


@api.get("/search")
@signed_in
@limited("message_searches")
@describes("Search your messages", TAG, FoundList, query=(SOUGHT, WITHIN, CURSOR_TEXT), refusals=(404,))
def search() -> Response:
    """Find messages by any part of any word, in any script, in the next 200 of your conversations, or in the whole of
    one of them; of those without `conversation` also by the other person's name and the title.
    """
    text = request.args.get("q", "")
    if within := request.args.get("conversation"):
        conversation = actions.conversation_for(db(), person(), object_id(within))
        found = searching.search_within(db(), person(), conversation, text, asked_numbers().cursor.data)
        hits = [_hits(conversation, found.messages)] if found.messages else []
        following = str(found.next) if found.next else None
        return answer(FoundList(hits, following, [], found.is_partial))
    result = searching.search(db(), person(), text, asked_page(order="all"))
    named = conversation_bodies(db(), person(), result.named)
    rows = [_hits(each.conversation, each.messages) for each in result.hits]
    return answer(FoundList(rows, result.next, named, result.is_partial))


@api.get("/<id>")
@signed_in
@describes(
    "Get what was said in a conversation",
    TAG,
    MessageList,
    query=(AFTER, BEFORE, HIDDEN, LIMIT),
    refusals=(404,),
)
def history(id: str) -> Response:
    """Show its entries by ascending numbers: the newest, those before a number, or those after one. Edits and messages
    that were taken back are entries, too, so `after` the last number that you know brings everything that you missed.
    """
    conversation = actions.conversation_for(db(), person(), object_id(id))
    asked = asked_numbers()
    after, before = asked.after.data, asked.before.data
    limit = asked_page(order="").limit
    if after is not None:
        found = reading.history_after(db(), person(), conversation, after, limit)
    else:
        found = reading.history_before(db(), person(), conversation, before, limit)
    marks = reading.marks_of_other(person(), conversation)
    rows = reading.revealed(person(), conversation, found.rows) if _reveals() else found.rows
    messages = message_bodies(db(), rows)
    return answer(MessageList(messages, found.next, conversation.last_seq, marks.seen, marks.delivered))


@api.post("/<id>")
@signed_in
@describes("Send a message", TAG, MessageBody, form=MessageForm, status=201, refusals=(403, 404, 409))
def send(id: str) -> Response:
    """Send a text, files (`POST /api/files`), or both. With a `clientId` of your own it can be sent again without harm:
    the answer is then 200 with the same message, in whatever state it is; with other words 409 `client_id_used`.
    """
    conversation = actions.conversation_for(db(), person(), object_id(id))
    form = bind(MessageForm)
    spend_by_person("messages")
    sent = actions.send(db(), person(), conversation, message_of(form), now())
    shown = reading.shown_to(person().user_id, sent.entry)
    return answer(message_bodies(db(), [shown])[0], 201 if sent.is_new else 200)


@api.post("/<id>/read")
@signed_in
@describes("Note that you have read up to a number", TAG, CountBody, form=SeqForm, refusals=(404, 409))
def read(id: str) -> Response:
    """Mark a conversation read up to the entry `seq`; all of it if it is left out or lies beyond the last."""
    conversation = actions.conversation_for(db(), person(), object_id(id))
    seq = bind(SeqForm).seq.data
    reading.mark_read(db(), person(), conversation.id, conversation.last_seq if seq is None else seq, now())
    return answer(CountBody(reading.unread_count(db(), person())))


@api.post("/<id>/unread")
@signed_in
@describes("Call a conversation unread from a number on", TAG, CountBody, form=SeqForm, refusals=(404, 409))
def unread(id: str) -> Response:
    """Put your own bookmark back before the entry `seq`; before the newest message of the other if it is left out, and
    409 `nothing_received` if there is none. What the other has been shown as seen stays so.
    """
    conversation = actions.conversation_for(db(), person(), object_id(id))
    seq = bind(SeqForm).seq.data
    reading.mark_unread(db(), person(), conversation.id, seq)
    return answer(CountBody(reading.unread_count(db(), person())))


@api.post("/<id>/star", defaults={"flag": "starred"})
@api.post("/<id>/mute", defaults={"flag": "muted"})
@api.post("/<id>/archive", defaults={"flag": "archived"})
@signed_in
@describes("Star, mute or archive a conversation, for you alone", TAG, ConversationBody, refusals=(404,))
def set_flag(id: str, flag: Flag) -> Response:
    """Star it, mute it (no number, no notice), or take it out of the inbox until the next message."""
    changed = reading.set_flag(db(), person(), object_id(id), flag, on=True)
    return answer(conversation_body(db(), person(), changed))


@api.delete("/<id>/star", defaults={"flag": "starred"})
@api.delete("/<id>/mute", defaults={"flag": "muted"})
@api.delete("/<id>/archive", defaults={"flag": "archived"})
@signed_in
@describes("No longer star, mute or archive a conversation", TAG, ConversationBody, refusals=(404,))
def unset_flag(id: str, flag: Flag) -> Response:
    """Undo that."""
    changed = reading.set_flag(db(), person(), object_id(id), flag, on=False)
    return answer(conversation_body(db(), person(), changed))


@api.patch("/<id>/<message_id>")
@signed_in
@describes("Change a message of yours", TAG, MessageBody, form=ChangeForm, refusals=(403, 404, 409))
def change(id: str, message_id: str) -> Response:
    """Give it other words, within five minutes; the other sees that it was changed."""
    editing.own_message(db(), person(), object_id(id), object_id(message_id))
    text = bind(ChangeForm).text.data or ""
    entry = editing.change_message(db(), person(), object_id(id), object_id(message_id), text, now())
    return answer(message_bodies(db(), [reading.shown_to(person().user_id, entry)])[0])


@api.delete("/<id>/<message_id>")
@signed_in
@describes("Take a message of yours back", TAG, MessageBody, refusals=(403, 404, 409))
def retract(id: str, message_id: str) -> Response:
    """Take it back within five minutes: its words and files are gone for both."""
    entry = editing.retract_message(db(), person(), object_id(id), object_id(message_id), now())
    return answer(message_bodies(db(), [reading.shown_to(person().user_id, entry)])[0])


@people.get("/blocked")
@signed_in
@describes("List whom you have blocked", TAG, BlockedList)
def list_blocked() -> Response:
    """Show all people whom you have blocked."""
    rows = blocking.blocked_people(db(), person())
    return answer(BlockedList([BlockBody(str(row.id), name_of(row.person), True) for row in rows], None))


@people.post("/<id>/block")
@signed_in
@describes("Block a person", TAG, BlockBody, refusals=(403, 404, 409))
def block(id: str) -> Response:
    """Let nothing that this person writes reach you. They are not told, and see what they send as sent."""
    blocking.block(db(), person(), object_id(id), now())
    return answer(BlockBody(id, _name_of(id), True))


@people.delete("/<id>/block")
@signed_in
@describes("No longer block a person", TAG, BlockBody, refusals=(404,))
def unblock(id: str) -> Response:
    """Let this person reach you again. What they wrote in the meantime stays hidden."""
    name = _name_of(id)
    blocking.unblock(db(), person(), object_id(id))
    return answer(BlockBody(id, name, False))


def _hits(conversation: Conversation, messages: list[Shown]) -> HitsBody:
    body = conversation_body(db(), person(), conversation)
    return HitsBody(body, message_bodies(db(), messages))


def _name_of(user_id: str) -> str:
    found = accounts.people(db(), [object_id(user_id)]).get(object_id(user_id))
    if found is None:
        raise NotFound("There is no such person.", code="user_not_found")
    return found.name


def message_of(form: MessageForm) -> Message:
    """Return what a form sends."""
    file_ids = list(dict.fromkeys(form.file_ids.data or ()))
    return actions.composed(form.text.data or "", file_ids, form.client_id.data or "")


def meant_by(form: OpeningForm) -> tuple[ObjectId, About]:
    """Return whom a form means, and about what. Raises Invalid."""
    ids = {name: getattr(form, name).data or "" for name in ("user_id", "gig_id", "order_id")}
    wrong = {
        name: ["An id has 24 hexadecimal digits."] for name, text in ids.items() if text and not is_id(text)
    }
    if not ids["user_id"]:
        wrong["user_id"] = ["Say whom you write to."]
    if ids["gig_id"] and ids["order_id"]:
        wrong["order_id"] = ["Say a job or service, or an order, not both."]
    if wrong:
        raise Invalid(wrong)
    if ids["gig_id"]:
        return object_id(ids["user_id"]), About("gig", object_id(ids["gig_id"]))
    if ids["order_id"]:
        return object_id(ids["user_id"]), About("order", object_id(ids["order_id"]))
    return object_id(ids["user_id"]), About("person")


def asked_list() -> Which:
    """Return which list of conversations is asked for. Raises Invalid."""
    asked = request.args.get("show") or "inbox"
    found = next((each for each in WHICH.schema["enum"] if each == asked), None)
    if found is None:
        raise Invalid({"show": [f"One of {', '.join(WHICH.schema['enum'])}."]})
    return found  # type: ignore[no-any-return]


def _reveals() -> bool:
    asked = request.args.get("hidden") or ""
    if asked not in ("", "show"):
        raise Invalid({"hidden": ["Either “show” or nothing."]})
    return asked == "show"
