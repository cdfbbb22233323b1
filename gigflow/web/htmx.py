"""Page or fragment: HTMX asks for a part of a page under the page's own address (docs/ui.md, Addresses)."""

from typing import Any

from flask import Response, make_response, redirect, render_template, request
from werkzeug.urls import iri_to_uri


def wants_fragment() -> bool:
    """Return whether HTMX asks for a part to swap. A restored page or a whole-body swap is asked for as a page."""
    return (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-Request-Type") != "full"
        and "HX-History-Restore-Request" not in request.headers
    )


def say_what_differs(response: Response) -> Response:
    """Tell caches by which headers pages and fragments differ."""
    response.vary.update(["HX-Request", "HX-Request-Type", "HX-History-Restore-Request"])
    return response


def render(page: str, fragment: str | None = None, *, status: int = 200, **context: Any) -> Response:
    """Return the page, or for HTMX its `fragment` alone if it has one. Both are the same template's text."""
    template = fragment if fragment and wants_fragment() else page
    return say_what_differs(make_response(render_template(template, **context), status))


def render_question(question: str, title: str, *, status: int = 200, **context: Any) -> Response:
    """Show a question before an act (templates/_question.html): for HTMX a dialog, else a page that is called
    `title`.
    """
    return render("ask.html", question, status=status, question=question, title=title, **context)


def go(url: str) -> Response:
    """Send the browser on after a form has done its work."""
    if wants_fragment():
        return Response(status=204, headers={"HX-Redirect": iri_to_uri(url)})
    return make_response(redirect(url, 303))
