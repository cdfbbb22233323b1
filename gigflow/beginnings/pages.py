"""Throwing away what was begun, and the end of the first steps."""

from flask import Blueprint, Response, url_for

from gigflow.accounts import actions as accounts
from gigflow.beginnings import actions
from gigflow.beginnings.going_on import forget_here
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import NotFound
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go
from gigflow.web.runtime import db, person, viewer

pages = Blueprint("beginnings", __name__)


@pages.post("/begun/<beginning_id>/discard")
def discard(beginning_id: str) -> Response:
    """Forget it: the viewer's own, or what this browser has kept."""
    if viewer():
        actions.discard(db(), person(), object_id(beginning_id))
        return go(url_for("home.show"))
    if not forget_here(object_id(beginning_id)):
        raise NotFound
    return go(url_for("accounts.register"))


@pages.post("/first-steps/dismiss")
@signed_in
def dismiss() -> Response:
    """Never show the first steps again."""
    accounts.dismiss_steps(db(), person(), now())
    return go(url_for("home.show"))
