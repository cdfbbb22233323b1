"""Somebody's public page."""

from bson import ObjectId
from flask import Blueprint, Response

from gigflow.chat import actions as chat
from gigflow.chat.models import About
from gigflow.core.db import object_id
from gigflow.invitations import actions as invitations
from gigflow.profiles import actions
from gigflow.profiles.views import profile_context
from gigflow.reviews.views import profile_reviews
from gigflow.web.htmx import render
from gigflow.web.runtime import db, viewer

pages = Blueprint("person", __name__)


@pages.get("/u/<user_id>")
def show(user_id: str) -> Response:
    """Show somebody's public page."""
    user = actions.profile_of(db(), object_id(user_id))
    shown = profile_context(user)
    # What is offered says so without a look; of others those may write who share a bid or an order with them.
    may_write = bool(shown["services"] or shown["jobs"]) or _shares_something(user.id)
    reader = viewer()
    may_invite = (
        reader is not None and reader.user_id != user.id and invitations.may_be_invited(db(), reader, user)
    )
    return render(
        "profiles/show.html",
        **shown,
        may_write=may_write,
        may_invite=may_invite,
        **profile_reviews(user.id),
    )


def _shares_something(user_id: ObjectId) -> bool:
    reader = viewer()
    if reader is None or reader.user_id == user_id:
        return False
    return chat.relation_to(db(), reader, user_id, About("person")) is not None
