"""The directory for people."""

from flask import Blueprint, Response, request, url_for

from gigflow.directory.browse import people_context
from gigflow.web.auth import signed_in
from gigflow.web.htmx import go, render

pages = Blueprint("directory", __name__)


@pages.get("/people")
def index() -> Response:
    """Show people who can be hired, searched while one types; HTMX asks for the results or, with a cursor, for more."""
    return _list()


@pages.get("/people/invite")
@signed_in
def invite() -> Response:
    """Go on to inviting those who are ticked in the list; if nobody is, say so beside the list."""
    ticked = request.args.getlist("to")
    if not ticked:
        return _list(is_none_ticked=True)
    return go(url_for("invitations.ask", gig=request.args.get("invite"), to=ticked))


def _list(*, is_none_ticked: bool = False) -> Response:
    context = people_context()
    fragment = "directory/_more.html" if context["cursor"] else "directory/_results.html"
    status = 503 if context["slow"] else 400 if context["is_lost"] or is_none_ticked else 200
    return render("directory/browse.html", fragment, status=status, is_none_ticked=is_none_ticked, **context)
