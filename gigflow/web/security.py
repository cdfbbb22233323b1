"""What every request passes and every answer carries: origin gate, form tokens, headers (SECURITY 10-14)."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Request, Response, current_app, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import UnsupportedMediaType

from gigflow.core.errors import Forbidden
from gigflow.settings.settings import Settings
from gigflow.web.form_owners import check_owner, init_form_owners
from gigflow.web.marks import is_marked
from gigflow.web.runtime import person, runtime, viewer
from gigflow.web.uploads import JSON, MULTIPART, PARTS_MAX, upload

# A provider's own pages, which forms of ours end up at by a redirect: to pay, and to be paid.
PROVIDER_PAGES = {"stripe": " https://checkout.stripe.com https://connect.stripe.com"}
STATIC_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
HSTS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
BODY_MAX = 256 * 1024  # bytes; the longest text is 5,000 characters

_SAFE = {"GET", "HEAD", "OPTIONS"}
_CORS_METHODS = "GET, POST, PUT, PATCH, DELETE"
_CORS_HEADERS = "Authorization, Content-Type, Idempotency-Key"

csrf = CSRFProtect()

View = TypeVar("View", bound=Callable[..., Any])


class LazySessions(SecureCookieSessionInterface):
    """Flask's own session, which only form tokens use: without its cookie there is nothing to verify."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of this request."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def init_security(app: Flask, settings: Settings) -> None:
    """Guard every request and dress every answer of `app`."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-session" if settings.https else "session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        MAX_CONTENT_LENGTH=BODY_MAX,
        MAX_FORM_PARTS=PARTS_MAX,
        WTF_CSRF_CHECK_DEFAULT=False,  # checked below, for /api apart from pages
        WTF_CSRF_TIME_LIMIT=None,  # a form may stay open as long as the person likes (SECURITY 11)
        WTF_CSRF_SSL_STRICT=False,  # its Referer check is done better by the origin gate
    )
    app.session_interface = LazySessions()
    csrf.init_app(app)
    app.before_request(_guard)
    app.after_request(_dress)


def init_form_tokens(app: Flask) -> None:
    """Check the token of every form that a page posts (SECURITY 11), once it is known who posts it: so a person who has
    been signed out since is sent to sign in.
    """

    init_form_owners(app)

    @app.before_request
    def check() -> None:
        # If no route takes the request, that is the answer, and not a missing token.
        if request.method in _SAFE or is_api() or request.routing_exception is not None:
            return
        if is_marked("from_anywhere"):
            return
        if upload() and request.mimetype == MULTIPART:
            person()  # the token is in a body that is read for no other reader, since it may be large
        try:
            csrf.protect()
        except CSRFError as error:
            check_owner(error)


@cache
def csp(provider: str | None) -> str:
    """Return what a page may load, and where its forms may lead (SECURITY 13)."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            f"form-action 'self'{PROVIDER_PAGES.get(provider or '', '')}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def _headers_of(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return what every answer carries that does not say otherwise itself."""
    policy = ("Content-Security-Policy", csp(settings.payment_provider))
    return (*STATIC_HEADERS, policy, *((HSTS,) if settings.https else ()))


def is_api() -> bool:
    """Return whether this request is a program's: its errors are JSON, and it needs no form token."""
    return request.path.startswith("/api/") and request.path != "/api/docs"


def is_known_origin(origin: str, host_url: str, settings: Settings) -> bool:
    """Return whether `origin` is this site (without PUBLIC_URL the request's Host says which) or one of CLIENT_URL."""
    return origin == (settings.public_url or host_url.rstrip("/")) or origin in settings.client_urls


def safe_next(target: str | None) -> str:
    """Return where to go after signing in: an address on this site, or the start page (SECURITY 14)."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return "/"
    parts = urlsplit(target)
    return "/" if parts.scheme or parts.netloc or any(ord(char) < 32 for char in target) else target


def _guard() -> Response | None:
    if request.method == "OPTIONS" and _cors_origin() and "Access-Control-Request-Method" in request.headers:
        return current_app.response_class(status=204)
    if request.method in _SAFE:
        return None
    if is_marked("from_provider") or is_marked("from_anywhere"):
        return None
    _check_origin()
    if (takes := upload()) and request.mimetype == MULTIPART:
        request.max_content_length = takes.most_bytes
    if is_api():
        _check_media_type()
    return None


def _check_origin() -> None:
    """Refuse a request that another site's page made (SECURITY 10)."""
    if _cors_origin():
        return
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None:
        passes = site in ("same-origin", "none")
    elif origin is not None:
        passes = is_known_origin(origin, request.host_url, runtime().settings)
    else:
        passes = True  # no browser: it has no cookies that somebody else could borrow
    if not passes:
        raise Forbidden("This request came from another site.", code="foreign_origin")


def _check_media_type() -> None:
    """Accept a body only as JSON or, if files are taken, as multipart; an empty one is `{}` whatever its type
    (docs/api.md).
    """
    length = request.content_length
    if length == 0 or (length is None and not request.headers.get("Transfer-Encoding")):
        return
    takes = upload()
    wanted = takes.media_types if takes else (JSON,)
    if request.mimetype not in wanted:
        raise UnsupportedMediaType(f"Send {' or '.join(wanted)}.")


def _cors_origin() -> str | None:
    origin = request.headers.get("Origin")
    return origin if origin in runtime().settings.client_urls else None


def _dress(response: Response) -> Response:
    headers, settings = response.headers, runtime().settings
    present = {name.lower() for name, _ in headers}  # asking one by one would look through all each time
    headers.extend(pair for pair in _headers_of(settings) if pair[0].lower() not in present)
    if request.endpoint != "static" and "cache-control" not in present:
        # Private to this person: not even the browser's disk keeps it (SECURITY 13).
        headers["Cache-Control"] = "no-store" if viewer() or "set-cookie" in present else "no-cache"
    if settings.client_urls and is_api():
        response.vary.add("Origin")
        if origin := _cors_origin():
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Allow-Credentials"] = "true"
            response.headers["Access-Control-Allow-Methods"] = _CORS_METHODS
            response.headers["Access-Control-Allow-Headers"] = _CORS_HEADERS
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if settings.client_urls and is_marked("shown_anywhere"):
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # a separate front end shows them too
    return response
