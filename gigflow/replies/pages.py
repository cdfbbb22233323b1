"""Saved replies on pages: the list, the form, and choosing one for a message."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Response, request, url_for

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.texts import quoted
from gigflow.replies import actions
from gigflow.replies.forms import ReplyForm
from gigflow.replies.models import SAVED_MAX, SavedReply
from gigflow.web.auth import signed_in
from gigflow.web.forms import Form
from gigflow.web.htmx import go, render, render_question
from gigflow.web.runtime import db, person
from gigflow.web.security import safe_next

pages = Blueprint("replies", __name__, url_prefix="/messages/replies")


@pages.get("")
@signed_in
def index() -> Response:
    """Show the viewer's saved replies."""
    return render("replies/index.html", replies=actions.saved_replies(db(), person()), most=SAVED_MAX)


@pages.get("/new")
@signed_in
def new() -> Response:
    """Show the form for one more."""
    return _form_page(ReplyForm(formdata=None), None)


@pages.post("")
@signed_in
def save() -> Response:
    """Save it."""
    form = ReplyForm()
    done = form.perform(
        lambda: actions.save_reply(db(), person(), form.title.data or "", form.text.data or "", now())
    )
    return _to(done) if done else _form_page(form, None)


@pages.get("/choose")
@signed_in
def choose() -> Response:
    """Show the saved replies of which one goes into the message that is written at the page `next`."""
    place = safe_next(request.args.get("next"))
    rows = actions.saved_replies(db(), person())
    return render_question(
        "replies/_choose.html",
        "Saved replies",
        replies=[(reply, _with_reply(place, reply)) for reply in rows],
        back=place,
    )


@pages.get("/<reply_id>")
@signed_in
def edit(reply_id: str) -> Response:
    """Show the form to change one."""
    reply = actions.saved_reply(db(), person(), object_id(reply_id))
    return _form_page(ReplyForm(formdata=None, obj=reply), reply)


@pages.post("/<reply_id>")
@signed_in
def change(reply_id: str) -> Response:
    """Change it."""
    reply = actions.saved_reply(db(), person(), object_id(reply_id))
    form = ReplyForm()
    done = form.perform(lambda: actions.change_reply(db(), person(), reply.id, form.values(), now()))
    return _to(done) if done else _form_page(form, reply)


@pages.get("/<reply_id>/delete")
@signed_in
def ask_delete(reply_id: str) -> Response:
    """Ask before it is deleted, naming it."""
    return _delete_question(actions.saved_reply(db(), person(), object_id(reply_id)), Form(formdata=None))


@pages.post("/<reply_id>/delete")
@signed_in
def delete(reply_id: str) -> Response:
    """Delete it."""
    reply = actions.saved_reply(db(), person(), object_id(reply_id))
    form = Form()
    done = form.perform(lambda: actions.delete_reply(db(), person(), reply.id))
    return go(url_for("replies.index")) if done else _delete_question(reply, form)


def _form_page(form: ReplyForm, reply: SavedReply | None) -> Response:
    return render("replies/edit.html", "replies/_form.html", status=form.status, form=form, reply=reply)


def _delete_question(reply: SavedReply, form: Form) -> Response:
    title = f"Delete {quoted(reply.title)}"
    return render_question("replies/_delete.html", title, status=form.status, form=form, reply=reply)


def _to(reply: SavedReply) -> Response:
    """Lead to a reply in the list."""
    return go(url_for("replies.index", _anchor=f"reply-{reply.id}"))


def _with_reply(place: str, reply: SavedReply) -> str:
    """Return the address of a page with a composer, whose field this reply fills."""
    parts = urlsplit(place)
    asked = [(name, value) for name, value in parse_qsl(parts.query) if name != "reply"]
    query = urlencode([*asked, ("reply", str(reply.id))])
    return parts._replace(query=query, fragment="composer").geturl()
