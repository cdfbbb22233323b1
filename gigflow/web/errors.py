"""Errors become answers here and nowhere else: status, and JSON, fragment or page (docs/api.md, Errors)."""

import errno
import logging
import re
import tempfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec
from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from pymongo.errors import (
    AutoReconnect,
    ExecutionTimeout,
    NetworkTimeout,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from werkzeug.exceptions import HTTPException

from gigflow.core.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    Link,
    NotFound,
    NotSignedIn,
    ProviderFailed,
    TooMany,
    Unavailable,
)
from gigflow.web.answers import with_fields_named
from gigflow.web.cache import REFUSED
from gigflow.web.form_owners import ANOTHER_PERSONS, TOKEN, new_token
from gigflow.web.forms import NotJson, camel
from gigflow.web.htmx import go, say_what_differs, wants_fragment
from gigflow.web.marks import is_marked
from gigflow.web.refused import note_refusal
from gigflow.web.runtime import viewer
from gigflow.web.security import is_api

log = logging.getLogger(__name__)

STATUS: dict[type[DomainError], int] = {
    Invalid: 400,
    NotSignedIn: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    TooMany: 429,
    ProviderFailed: 502,
    Unavailable: 503,
}
HEADINGS = {
    400: "We couldn’t read that",
    401: "Please sign in",
    403: "You don’t have access to this",
    404: "Page not found",
    405: "This doesn’t work here",
    408: "The request took too long",
    409: "This has changed since you opened it",
    413: "This is too large",
    415: "This type of content is not accepted",
    429: "One moment, please",
    500: "Something went wrong on our side",
    502: "The payment provider does not answer",
    503: "GigFlow is catching its breath",
}
# If the code says more than the status.
HEADINGS_OF_CODES = {"email_not_confirmed": "Confirm your e-mail address"}
CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "too_large",
    415: "unsupported_media_type",
}
MESSAGES = {
    404: "This address does not exist or has moved.",
    405: "This address does not support that.",
    413: "This is larger than this address accepts.",
    500: "It wasn’t you. The error has been recorded; please try again in a moment.",
}
_OUT_OF_DISK = 14031  # what a database says of its own disk
_FULL = (errno.ENOSPC, errno.EDQUOT)
# Bytes of a form that comes back to be sent again; a longer one has files in it, which do not.
TYPED_MAX = 200_000
_SECRET = re.compile("password|card|cvc")
_AWAY = (AutoReconnect, ServerSelectionTimeoutError, NetworkTimeout, ExecutionTimeout)


class LinkBody(msgspec.Struct, rename="camel"):
    """One of the things that stand in the way."""

    id: str
    url: str
    title: str


class ErrorDetail(msgspec.Struct, rename="camel", kw_only=True):
    """What a program can act on: a stable code, the wrong fields, and the id that finds this request in the log; and
    until when it is refused, and links to what stands in the way, if that is known.
    """

    code: str
    fields: dict[str, list[str]] = {}
    request_id: str
    until: datetime | msgspec.UnsetType = msgspec.UNSET
    links: list[LinkBody] | msgspec.UnsetType = msgspec.UNSET


class ErrorBody(msgspec.Struct, rename="camel", kw_only=True):
    """The one shape of every error (docs/api.md)."""

    success: bool = False
    message: str
    error: ErrorDetail


def init_errors(app: Flask) -> None:
    """Turn every error of `app` into its answer."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(PyMongoError, _database)
    app.register_error_handler(OSError, _system)
    app.register_error_handler(Exception, _unexpected)


def error_json(
    status: int,
    code: str,
    message: str,
    fields: dict[str, list[str]] | None = None,
    until: datetime | None = None,
    links: Sequence[Link] = (),
) -> Response:
    """Return the JSON answer of an error."""
    detail = ErrorDetail(code=code, fields=fields or {}, request_id=g.get("request_id", ""))
    detail.until = until or msgspec.UNSET
    detail.links = [LinkBody(*each) for each in links] or msgspec.UNSET
    body = msgspec.json.encode(ErrorBody(message=message, error=detail))
    return Response(body, status, mimetype="application/json")


def _domain(error: DomainError) -> Response:
    note_refusal(error)
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if isinstance(error, NotSignedIn) and not is_api():
        return _to_sign_in()
    fields = (
        {camel(name): messages for name, messages in error.fields.items()}
        if isinstance(error, (Invalid, Conflict))
        else {}
    )
    if isinstance(error, TooMany):
        g.retry_after = error.retry_after
    is_usual = is_api() and error.message == Invalid.message
    message = with_fields_named(error.message, fields) if is_usual else error.message
    until = error.until if isinstance(error, Conflict) else None
    links = error.links if isinstance(error, Conflict) else ()
    return _answer(status, error.code, message, fields, until, links)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return make_response(error.get_response())
    if status == 404 and (target := _without_slash()):
        return make_response(redirect(target, 301))
    for_members = is_marked("needs_sign_in") or is_marked("visitors_begin")
    if isinstance(error, CSRFError) and viewer() is None and for_members:
        return _to_sign_in()
    if isinstance(error, CSRFError):
        return _answer(
            400, "form_token", "This page belongs to an older session. Go back, reload it and send it again."
        )
    if isinstance(error, NotJson):
        return _answer(400, "invalid_json", str(error.description))
    message = MESSAGES.get(status) or str(error.description or HEADINGS.get(status, "That did not work."))
    response = _answer(status, CODES.get(status, "bad_request"), message)
    if status == 405:
        response.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return response


def _database(error: PyMongoError) -> Response:
    if error.timeout or isinstance(error, _AWAY):
        log.warning("database away: %s", type(error).__name__)
        return _away()
    if getattr(error, "code", None) == _OUT_OF_DISK:
        log.error("the disk of the database is full")
        return _away()
    return _unexpected(error)


def _system(error: OSError) -> Response:
    """Answer an error that comes from a full disk: it is tried again later, and nobody's request was wrong (SECURITY
    27).
    """
    if error.errno in _FULL:
        log.error("a disk is full: %s", error.filename or tempfile.gettempdir())
        return _away("GigFlow has no room to store this just now. Please try again in a moment.")
    return _unexpected(error)


def _away(*message: str) -> Response:
    response = _domain(Unavailable(*message))
    response.headers["Retry-After"] = "2"
    return response


def _unexpected(error: Exception) -> Response:
    """Return a plain 500 with the request id, never a trace (SECURITY 29); the trace goes to the log."""
    log.error("unexpected error", exc_info=error)
    return _answer(500, "internal", MESSAGES[500])


def _answer(
    status: int,
    code: str,
    message: str,
    fields: dict[str, list[str]] | None = None,
    until: datetime | None = None,
    links: Sequence[Link] = (),
) -> Response:
    if status < 500:
        request.environ[REFUSED] = True
    if is_api():
        return error_json(status, code, message, fields, until, links)
    context: dict[str, Any] = {
        "status": status,
        "heading": HEADINGS_OF_CODES.get(code) or HEADINGS.get(status, HEADINGS[400]),
        "message": message,
    }
    if not wants_fragment() and (status == 429 or code == ANOTHER_PERSONS):
        context["typed"] = _typed()
    if context.get("typed") and code == ANOTHER_PERSONS:
        context["again"] = viewer()
        context["typed"] = [(name, new_token() if name == TOKEN else text) for name, text in context["typed"]]
    template = "_error.html" if wants_fragment() else "error.html"
    return say_what_differs(make_response(render_template(template, **context), status))


def _without_slash() -> str | None:
    """Return the page that was meant by its address and a slash, or None if there is none. An API answers no
    redirects.
    """
    path = request.path.removesuffix("/")
    if is_api() or request.method not in ("GET", "HEAD") or path in ("", request.path):
        return None
    adapter = current_app.create_url_adapter(request)
    if adapter is None or not adapter.test(path, "GET"):
        return None
    query = request.query_string.decode("ascii", "replace")
    return f"{quote(path)}?{query}" if query else quote(path)


def _typed() -> list[tuple[str, str]]:
    """Return what was typed into a form that came too often, to be sent again later: nothing is lost. Secrets are not
    shown, and what another site sends has no form token.
    """
    if request.method != "POST" or (request.content_length or 0) > TYPED_MAX:
        return []
    fields = list(request.form.items(multi=True))
    has_token = any(name == "csrf_token" for name, _ in fields)
    return fields if has_token and not any(_SECRET.search(name) for name, _ in fields) else []


def _to_sign_in() -> Response:
    """Send a visitor to sign in and back: to the page that they wanted, or the one whose form they sent."""
    request.environ[REFUSED] = True
    wanted = request.full_path.rstrip("?") if request.method == "GET" else _page_of_form()
    return go(url_for("accounts.login", next=_page_of_form() if wants_fragment() else wanted))


def _page_of_form() -> str:
    """Return the page that a form or a fragment belongs to: HTMX says it, else the Referer does, on this site only."""
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or ""
    here = request.host_url.rstrip("/")
    return page.removeprefix(here) if page.startswith(here + "/") else "/"
