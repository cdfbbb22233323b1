"""A browser in which somebody signed in before keeps a counter of failed sign-ins of its own (SECURITY 8), so that
guessing elsewhere cannot lock the owner out.
"""

import hashlib
import secrets

from flask import Response, current_app, g, request
from itsdangerous import BadSignature, URLSafeSerializer

from gigflow.core.addresses import normal_form
from gigflow.web.runtime import runtime

COOKIE = "known_device"
YEAR = 31_536_000  # seconds


def spend_sign_in(email: str) -> None:
    """Count an attempt to sign in as `email`, by the client's address and by the account; in a known browser by that
    browser's counter. Raises TooMany.
    """
    limits = runtime().limits
    limits.spend_by_address("login_address")
    tag = _known_tag(email)
    if tag:
        limits.spend("login_device", tag)
    else:
        limits.spend("login_account", _digest(email))


def spend_reset(email: str) -> None:
    """Count an attempt to have the password of `email` reset, whether or not there is such an account (SECURITY 7): by
    the client's address and by the account; in a known browser by that browser. Raises TooMany.
    """
    limits = runtime().limits
    limits.spend_by_address("reset_address")
    limits.spend("reset_account", _known_tag(email) or _digest(email))


def remember_sign_in(email: str) -> None:
    """Forget an attempt that worked, and remember this browser for the account."""
    tag = _known_tag(email)
    limits = runtime().limits
    if tag:
        limits.forgive("login_device", tag)
    limits.forgive("login_account", _digest(email))
    g.known_device = _signer().dumps([_digest(email), tag or secrets.token_hex(8)])


def is_known(email: str) -> bool:
    """Return whether somebody has signed in as `email` in this browser before."""
    return _known_tag(email) is not None


def hand_out_known_device(response: Response) -> Response:
    """Set the cookie on the answer of a sign-in that worked."""
    value = g.get("known_device")
    if value:
        secure = runtime().settings.https
        response.set_cookie(_cookie_name(), value, max_age=YEAR, httponly=True, samesite="Lax", secure=secure)
    return response


def _known_tag(email: str) -> str | None:
    try:
        digest, tag = _signer().loads(request.cookies.get(_cookie_name(), ""))
    except (BadSignature, ValueError, TypeError):
        return None
    return str(tag) if digest == _digest(email) else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="known-device")


def _digest(email: str) -> str:
    return hashlib.sha256(normal_form(email).encode("utf-8", "replace")).hexdigest()[:32]


def _cookie_name() -> str:
    return f"__Host-{COOKIE}" if runtime().settings.https else COOKIE
