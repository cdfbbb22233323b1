"""Somebody's public page."""

from bson import ObjectId
from flask import Blueprint, Response

from gigflow.chat import actions as chat
from gigflow.chat.models import About
from gigflow.core.db import object_id
from gigflow.orders import reach
from gigflow.profiles import actions
from gigflow.profiles.views import profile_context
from gigflow.reviews.views import profile_reviews
from gigflow.web.htmx import render
from gigflow.web.runtime import db, person, viewer

pages = Blueprint("person", __name__)


@pages.get("/u/<user_id>")
def show(user_id: str) -> Response:
    """Show somebody's public page."""
    user = actions.profile_of(db(), object_id(user_id))
    shown = profile_context(user)
    # What is offered says so without a look; of others those may write who share a bid or an order with them.
    may_write = bool(shown["services"] or shown["jobs"]) or _shares_something(user.id)
    reader = viewer()
    is_other = reader is not None and reader.user_id != user.id
    may_invite = is_other and reach.may_turn_to(db(), person(), user)
    may_quote = is_other and reach.has_turned_to(db(), user.id, person().user_id)
    return render(
        "profiles/show.html",
        **shown,
        may_write=may_write,
        may_invite=may_invite,
        may_quote=may_quote,
        **profile_reviews(user.id),
    )


def _shares_something(user_id: ObjectId) -> bool:
    reader = viewer()
    if reader is None or reader.user_id == user_id:
        return False
    return chat.relation_to(db(), reader, user_id, About("person")) is not None
