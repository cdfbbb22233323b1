"""The directory for people."""

from flask import Blueprint, Response, request

from gigflow.core.db import is_id
from gigflow.directory.browse import people_context
from gigflow.web.htmx import render

pages = Blueprint("directory", __name__)


@pages.get("/people")
def index() -> Response:
    """Show people who can be hired, searched while one types; HTMX asks for the results or, with a cursor, for more."""
    context = people_context()
    fragment = "directory/_more.html" if context["cursor"] else "directory/_results.html"
    status = 503 if context["slow"] else 400 if context["is_lost"] else 200
    job = request.args.get("invite", "")
    return render(
        "directory/browse.html", fragment, status=status, inviting=job if is_id(job) else "", **context
    )
