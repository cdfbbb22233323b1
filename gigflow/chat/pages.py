"""One's conversations on pages: the inbox, what can be done with each, and the parts of a thread that a page asks for
while it is open. The page of a thread is made in screens/talk.py, since it shows what the two do together.
"""

from bson import ObjectId
from flask import Blueprint, Response, request, url_for

from gigflow.chat import actions, blocking, changed, editing, reading
from gigflow.chat.answering import usually_answers
from gigflow.chat.forms import ChangeForm, SeqForm, asked_numbers
from gigflow.chat.inbox_views import inbox_context, search_context
from gigflow.chat.models import Began, Conversation, Entry, Shown
from gigflow.chat.reading import Flag
from gigflow.chat.views import (
    AT_ONCE,
    PAGE,
    began_among,
    day_of,
    day_word,
    heard_context,
    line_of,
    lines_of,
    talk_of,
    thread_title,
    unread_talks,
)
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Invalid
from gigflow.web.auth import signed_in
from gigflow.web.forms import Form
from gigflow.web.htmx import go, render, render_question, wants_fragment
from gigflow.web.limits import spend_by_person
from gigflow.web.runtime import db, person

pages = Blueprint("chat", __name__)
pages.add_app_template_global(unread_talks)
pages.add_app_template_filter(day_word)
pages.add_app_template_filter(usually_answers)


@pages.get("/messages")
@signed_in
def index() -> Response:
    """Show the viewer's conversations, those with the newest messages first."""
    return render("chat/inbox.html", "chat/_inbox.html", **inbox_context())


@pages.get("/messages/search")
@signed_in
def search() -> Response:
    """Find the viewer's messages by any part of any word, and conversations by the person's name or the title."""
    asked = request.args.get("q", "").strip()
    if not asked:
        return render("chat/search.html", asked="", error="", found=None)
    spend_by_person("message_searches")
    try:
        context = search_context(asked)
    except Invalid as refused:
        said = " ".join(text for texts in refused.fields.values() for text in texts)
        return render("chat/search.html", status=400, asked=asked, error=said, found=None)
    return render("chat/search.html", asked=asked, error="", **context)


@pages.get("/messages/envelope")
@signed_in
def envelope() -> Response:
    """Show the envelope with its number; it is not a page of its own."""
    if not wants_fragment():
        return go(url_for("chat.index"))
    return render("chat/_envelope.html", talks=reading.unread_count(db(), person()))


@pages.get("/messages/<conversation_id>/after")
@signed_in
def after(conversation_id: str) -> Response:
    """Show what came in a thread after a number, for a page that shows what came before."""
    conversation = _conversation(conversation_id)
    if not wants_fragment():
        return go(conversation.path)
    seq = asked_numbers().seq.data or 0
    found = reading.history_after(db(), person(), conversation, seq, AT_ONCE)
    new, is_long = found.rows, found.next is not None
    talk = talk_of(conversation)
    began = [] if is_long else began_among(conversation, new, found.since, is_end=True)
    return render(
        "chat/_after.html",
        talk=talk,
        lines=[] if is_long else lines_of(conversation, new, began, since=found.since),
        changed=[]
        if is_long
        else [line_of(conversation, each) for each in changed.changed_by(db(), person(), new)],
        too_many=AT_ONCE if is_long else 0,
        title=thread_title(talk, reading.unread_count(db(), person())),
        **heard_context(conversation, seq if is_long or not new else new[-1].seq),
    )


@pages.get("/messages/<conversation_id>/before")
@signed_in
def before(conversation_id: str) -> Response:
    """Show what was said in a thread before a number, for a page that shows what came after."""
    conversation = _conversation(conversation_id)
    seq = asked_numbers().seq.data
    if not wants_fragment() or seq is None:
        return go(url_for("talk.show", conversation_id=conversation.id, before=seq))
    # With the one after, which is on the page already, below its day and what the two began just before it.
    found = reading.history_before(db(), person(), conversation, seq + 1, PAGE + 1)
    earlier = [each for each in found.rows if each.seq < seq]
    began = began_among(conversation, found.rows, found.since, is_end=False)
    above = [each for each in began if earlier and each.at <= earlier[-1].at]
    below: list[Began | Shown] = [*began[len(above) :], *found.rows[len(earlier) :]]
    lines = lines_of(conversation, earlier, above)
    days = [each.day for each in lines if each.kind == "day"]
    return render(
        "chat/_before.html",
        talk=talk_of(conversation),
        lines=lines,
        older=found.next,
        joined=bool(days and below) and days[-1] == day_of(below[0].at),
    )


@pages.post("/messages/<conversation_id>/read")
@signed_in
def read(conversation_id: str) -> Response:
    """Note that the viewer has read what a page shows of a conversation; without a number all of it."""
    conversation = _conversation(conversation_id)
    seq = SeqForm().seq.data
    reading.mark_read(db(), person(), conversation.id, conversation.last_seq if seq is None else seq, now())
    return go(conversation.path if _in_thread() else url_for("chat.index"))


@pages.post("/messages/<conversation_id>/unread")
@signed_in
def unread(conversation_id: str) -> Response:
    """Call a conversation unread from a number on; without one from the last message that the other has written."""
    conversation = _conversation(conversation_id)
    reading.mark_unread(db(), person(), conversation.id, SeqForm().seq.data)
    return _done("unread", conversation.id)


@pages.post("/messages/<conversation_id>/star", defaults={"act": "star"}, endpoint="star")
@pages.post("/messages/<conversation_id>/unstar", defaults={"act": "unstar"}, endpoint="unstar")
@pages.post("/messages/<conversation_id>/mute", defaults={"act": "mute"}, endpoint="mute")
@pages.post("/messages/<conversation_id>/unmute", defaults={"act": "unmute"}, endpoint="unmute")
@pages.post("/messages/<conversation_id>/archive", defaults={"act": "archive"}, endpoint="archive")
@pages.post("/messages/<conversation_id>/unarchive", defaults={"act": "unarchive"}, endpoint="unarchive")
@signed_in
def set_flag(conversation_id: str, act: str) -> Response:
    """Star, mute or archive a conversation for the viewer alone, or undo that."""
    flag, is_on = FLAGS[act]
    conversation = reading.set_flag(db(), person(), object_id(conversation_id), flag, on=is_on)
    if _in_thread() and flag != "archived":
        return go(conversation.path)
    return _done(act, conversation.id)


@pages.get("/messages/<conversation_id>/block")
@signed_in
def ask_block(conversation_id: str) -> Response:
    """Ask before the other one of a conversation is blocked."""
    return _block_question(_conversation(conversation_id), Form(formdata=None))


@pages.post("/messages/<conversation_id>/block")
@signed_in
def block(conversation_id: str) -> Response:
    """Block the other one."""
    conversation = _conversation(conversation_id)
    form = Form()
    done = form.perform(lambda: _block(conversation))
    return go(conversation.path) if done else _block_question(conversation, form)


@pages.post("/messages/<conversation_id>/unblock")
@signed_in
def unblock(conversation_id: str) -> Response:
    """Let the other one write again."""
    conversation = _conversation(conversation_id)
    blocking.unblock(db(), person(), conversation.other(person().user_id))
    return go(conversation.path)


@pages.get("/messages/<conversation_id>/<message_id>/edit")
@signed_in
def ask_edit(conversation_id: str, message_id: str) -> Response:
    """Show the form with the words of an own message."""
    entry = editing.own_message(db(), person(), object_id(conversation_id), object_id(message_id))
    _check_in_time(entry)
    form = ChangeForm(formdata=None, data={"text": entry.text_for(person().user_id)})
    return _question("edit", "Change your message", entry, form)


@pages.post("/messages/<conversation_id>/<message_id>/edit")
@signed_in
def edit(conversation_id: str, message_id: str) -> Response:
    """Give an own message these words."""
    entry = editing.own_message(db(), person(), object_id(conversation_id), object_id(message_id))
    form = ChangeForm()
    done = form.perform(
        lambda: editing.change_message(
            db(), person(), entry.conversation_id, entry.id, form.text.data or "", now()
        )
    )
    return _changed(done) if done else _question("edit", "Change your message", entry, form)


@pages.get("/messages/<conversation_id>/<message_id>/take-back")
@signed_in
def ask_take_back(conversation_id: str, message_id: str) -> Response:
    """Ask before a message is taken back, which cannot be undone."""
    entry = editing.own_message(db(), person(), object_id(conversation_id), object_id(message_id))
    _check_in_time(entry)
    return _question("take_back", "Take your message back", entry, Form(formdata=None))


@pages.post("/messages/<conversation_id>/<message_id>/take-back")
@signed_in
def take_back(conversation_id: str, message_id: str) -> Response:
    """Take it back."""
    entry = editing.own_message(db(), person(), object_id(conversation_id), object_id(message_id))
    form = Form()
    done = form.perform(
        lambda: editing.retract_message(db(), person(), entry.conversation_id, entry.id, now())
    )
    return _changed(done) if done else _question("take_back", "Take your message back", entry, form)


FLAGS: dict[str, tuple[Flag, bool]] = {
    "star": ("starred", True),
    "unstar": ("starred", False),
    "mute": ("muted", True),
    "unmute": ("muted", False),
    "archive": ("archived", True),
    "unarchive": ("archived", False),
}


def _conversation(conversation_id: str) -> Conversation:
    return actions.conversation_for(db(), person(), object_id(conversation_id))


def _in_thread() -> bool:
    """Return whether the form stands on the page of a thread."""
    return request.form.get("in") == "thread"


def _done(act: str, conversation_id: ObjectId) -> Response:
    """Lead to the list in which the form stands, which says what was done and how it is undone."""
    show, cursor = request.args.get("show"), request.args.get("cursor")
    return go(url_for("chat.index", show=show, cursor=cursor, done=act, talk=conversation_id))


def _block(conversation: Conversation) -> bool:
    blocking.block(db(), person(), conversation.other(person().user_id), now())
    return True


def _block_question(conversation: Conversation, form: Form) -> Response:
    talk = talk_of(conversation)
    return render_question("chat/_block.html", f"Block {talk.name}", status=form.status, form=form, talk=talk)


def _check_in_time(entry: Entry) -> None:
    if entry.retracted_at:
        raise editing.taken_back()
    if not editing.may_change(entry, person(), now()):
        raise editing.too_late()


def _question(what: str, title: str, entry: Entry, form: Form) -> Response:
    return render_question(
        f"chat/_{what}.html",
        title,
        status=form.status,
        form=form,
        entry=entry,
        back=url_for("talk.show", conversation_id=entry.conversation_id, _anchor=f"m{entry.seq}"),
    )


def _changed(entry: Entry) -> Response:
    """Lead back to the message; a page that is open with a script asks for it itself."""
    if wants_fragment():
        return Response(status=204, headers={"HX-Trigger": "message:changed"})
    return go(url_for("talk.show", conversation_id=entry.conversation_id, _anchor=f"m{entry.seq}"))
