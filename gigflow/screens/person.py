"""Somebody's public page."""

from flask import Blueprint, Response

from gigflow.core.db import object_id
from gigflow.profiles import actions
from gigflow.profiles.views import profile_context
from gigflow.reviews.views import profile_reviews
from gigflow.web.htmx import render
from gigflow.web.runtime import db

pages = Blueprint("person", __name__)


@pages.get("/u/<user_id>")
def show(user_id: str) -> Response:
    """Show somebody's public page."""
    user = actions.profile_of(db(), object_id(user_id))
    return render("profiles/show.html", **profile_context(user), **profile_reviews(user.id))
