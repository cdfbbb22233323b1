"""The page of a conversation, and what begins one: who talks about what, and what the two do together."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flask import Blueprint, Response, request, url_for

from gigflow.accounts import actions as accounts
from gigflow.chat import actions as chat
from gigflow.chat import opening, reading
from gigflow.chat.actions import Message, Sent
from gigflow.chat.forms import ComposerForm, asked_numbers
from gigflow.chat.head_views import head_context
from gigflow.chat.models import FILES_MAX, About, Conversation
from gigflow.chat.views import Talk, talk_about, talk_of, thread_context
from gigflow.core.clock import now
from gigflow.core.db import is_id, object_id
from gigflow.core.errors import Conflict, Invalid, NotFound
from gigflow.files import actions as files
from gigflow.files.models import clean_name
from gigflow.offers.views import open_offers_with
from gigflow.orders import reach
from gigflow.orders.models import SIDES, Side
from gigflow.orders.talking import newest_order_about
from gigflow.orders.views import turns_of_orders
from gigflow.replies.views import asked_reply
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render
from gigflow.web.limits import spend_by_person
from gigflow.web.runtime import db, person
from gigflow.web.uploads import takes_files

pages = Blueprint("talk", __name__)


@pages.get("/messages/<conversation_id>")
@signed_in
def show(conversation_id: str) -> Response:
    """Show a conversation where the viewer has stopped reading; `before` and `after` a number what was said there."""
    talk = talk_of(chat.conversation_for(db(), person(), object_id(conversation_id)))
    return _page(talk)


@pages.post("/messages/<conversation_id>")
@signed_in
@takes_files(FILES_MAX)
def send(conversation_id: str) -> Response:
    """Send a message from the page of a conversation, or of an order."""
    conversation = chat.conversation_for(db(), person(), object_id(conversation_id))
    form = ComposerForm()
    sent = form.perform(lambda: _send(conversation, form))
    return _sent(sent, form) if sent else _page(talk_of(conversation), form)


@pages.get("/messages/new")
@signed_in
def new() -> Response:
    """Show whom the viewer writes to and about what; nothing is there before the first message. What is there already
    is shown.
    """
    talk = _meant()
    if talk.conversation and talk.conversation.last_for(person().user_id):
        return go(talk.conversation.path)
    return _page(talk)


@pages.post("/messages/new")
@signed_in
@takes_files(FILES_MAX)
def create() -> Response:
    """Open a conversation with its first message."""
    talk = _meant()
    form = ComposerForm()
    sent = form.perform(lambda: _open(talk, form))
    return _sent(sent, form) if sent else _page(_meant(), form)


def _page(talk: Talk, form: ComposerForm | None = None) -> Response:
    asked = asked_numbers()
    context = thread_context(talk, form, text=asked_reply(), before=asked.before.data, after=asked.after.data)
    return render(
        "chat/thread.html",
        status=form.status if form else 200,
        others=_others(talk),
        card=_card(talk),
        offers=open_offers_with(talk.other_id) if talk.about.kind == "person" else [],
        may_offer=_offers_as(talk),
        **head_context(talk, context["standing"]),
        **context,
    )


def _meant() -> Talk:
    """Return the conversation that the query means, whether or not it is there. Raises NotFound, Conflict if the other
    has left, and Forbidden if the viewer may not write to them about that.
    """
    ids = {name: request.args.get(name, "") for name in ("to", "gig", "order")}
    if not is_id(ids["to"]) or any(text and not is_id(text) for text in ids.values()):
        raise NotFound
    other_id = object_id(ids["to"])
    about = (
        About("gig", object_id(ids["gig"]))
        if ids["gig"]
        else About("order", object_id(ids["order"]))
        if ids["order"]
        else About("person")
    )
    if other_id == person().user_id:
        raise Conflict("You cannot write to yourself.")
    about = opening.meant(db(), about)
    known = opening.conversation_about(db(), person(), other_id, about)
    if known is None:
        opening.person_to_write_to(db(), other_id)
        if chat.relation_to(db(), person(), other_id, about) is None:
            raise opening.may_not_write()
    return talk_about(other_id, about, known)


def _open(talk: Talk, form: ComposerForm) -> Sent:
    """Open a conversation with what a page's form says; if that cannot be sent, nothing is opened."""
    if talk.conversation:
        return _send(talk.conversation, form)
    message = _message(form)
    with _at_its_fields():
        opened = opening.open_conversation(db(), person(), talk.other_id, talk.about, now(), message)
        return chat.send(db(), person(), opened.conversation, message, now())


def _send(conversation: Conversation, form: ComposerForm) -> Sent:
    """Send what a page's form says, once, however often it is sent. Raises Invalid at the form's own fields."""
    if again := _sent_before(conversation, form):
        return again
    message = _message(form)
    with _at_its_fields():
        try:
            return chat.send(db(), person(), conversation, message, now())
        except Conflict as error:
            # A page that was gone back to, with other words in it: they are another message.
            if error.code != "client_id_used":
                raise
            other = chat.composed(message.text, message.file_ids, "")
            return chat.send(db(), person(), conversation, other, now())


def _message(form: ComposerForm) -> Message:
    """Return what a page's form sends, after counting it and keeping its files."""
    chat.check_words(form.text.data or "", form.files.data or ())
    spend_by_person("messages")
    for _ in form.files.data or ():
        spend_by_person("files" if files.has_worked(db(), person()) else "first_files")
    file_ids = files.store_files(db(), person(), form.files.data or (), now())
    return chat.composed(form.text.data or "", file_ids, form.client_id.data or "")


@contextmanager
def _at_its_fields() -> Iterator[None]:
    """Raise what is wrong with a message's files at the field of the page's form."""
    try:
        yield
    except Invalid as error:
        named = {"files" if name == "file_ids" else name: said for name, said in error.fields.items()}
        raise Invalid(named) from None


def _sent_before(conversation: Conversation, form: ComposerForm) -> Sent | None:
    """Return the message of this very form, if its answer was lost and it is sent again: a browser sends files once
    more, so they are known by their names. None if it is another.
    """
    named, attached = form.client_id.data or "", form.files.data or ()
    if not named or not attached:
        return None
    entry = chat.sent_under(db(), person(), conversation, named)
    if entry is None or entry.first_text != (form.text.data or ""):
        return None
    known = files.files_by_id(db(), entry.file_ids)
    names = [known[each].name for each in entry.file_ids if each in known]
    is_same = names == [clean_name(each.filename or "") for each in attached]
    return Sent(entry, is_new=False) if is_same else None


def _sent(sent: Sent, form: ComposerForm) -> Response:
    """Lead to the message, after noting that its sender has read what the page showed."""
    entry = sent.entry
    with suppress(Conflict):  # windows of theirs race: they read it again
        reading.mark_read(db(), person(), entry.conversation_id, form.seen.data or 0, now())
    order = form.order.data or ""
    if is_id(order):
        return go(url_for("order.show", order_id=order, _anchor="talk"))
    return go(url_for("talk.show", conversation_id=entry.conversation_id, _anchor=f"m{entry.seq}"))


def _card(talk: Talk) -> dict[str, object] | None:
    """Return the newest order that the two have about what they talk of, with whose turn it is in it."""
    order = newest_order_about(db(), person(), talk.other_id, talk.about)
    return {"order": order, "turn": turns_of_orders({order.id: order})[order.id]} if order else None


def _others(talk: Talk) -> list[dict[str, object]]:
    """Return what else the two talk about, with how many messages of it the viewer has not read."""
    if talk.conversation is None:
        return []
    found = reading.with_same_person(db(), person(), talk.conversation)
    things = reading.things_of(db(), found)
    return [
        {
            "path": each.path,
            "title": things[each.id].title if each.id in things else "",
            "unread": each.unread_of(person().user_id),
        }
        for each in found
        if person().user_id in each.inbox_of or each.unread_of(person().user_id)
    ]


def _offers_as(talk: Talk) -> list[Side]:
    """Return as which sides the reader may send the other one an offer, as far as they know."""
    user = accounts.get_user(db(), talk.other_id) if talk.is_here and talk.conversation else None
    if user is None or (talk.conversation and talk.conversation.is_blocked_by(person().user_id)):
        return []
    may: dict[Side, bool] = {
        "client": reach.may_turn_to(db(), person(), user),
        "freelancer": reach.has_turned_to(db(), user.id, person().user_id),
    }
    return [side for side in SIDES if may[side]]
