"""Going on with what was begun, throwing it away, and the end of the first steps."""

from flask import Blueprint, Response, url_for

from gigflow.accounts import actions as accounts
from gigflow.beginnings import actions
from gigflow.beginnings.going_on import forget_here, go_on_now
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import NotFound
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go
from gigflow.web.limits import limited
from gigflow.web.runtime import db, person, viewer

pages = Blueprint("beginnings", __name__)


@pages.post("/begun/<beginning_id>/go-on")
@signed_in
@limited("gigs")
def go_on(beginning_id: str) -> Response:
    """Go on with it: publish it, or open the page on which it is ordered."""
    return go(go_on_now(object_id(beginning_id), now()))


@pages.post("/begun/<beginning_id>/discard")
def discard(beginning_id: str) -> Response:
    """Forget it: the viewer's own, or what this browser has kept."""
    is_forgotten = forget_here(object_id(beginning_id))
    if viewer() is None:
        if not is_forgotten:
            raise NotFound
        return go(url_for("accounts.register"))
    if not is_forgotten:
        actions.discard(db(), person(), object_id(beginning_id))
    return go(url_for("home.show"))


@pages.post("/first-steps/dismiss")
@signed_in
def dismiss() -> Response:
    """Never show the first steps again."""
    accounts.dismiss_steps(db(), person(), now())
    return go(url_for("home.show"))
