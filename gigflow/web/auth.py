"""Who is asking: JWTs in HttpOnly cookies or a Bearer header, renewed silently, good while their device is.

flask-jwt-extended makes, signs, reads and sets the tokens. It does not guard the routes: its `jwt_required` would
read a stale cookie again and answer 401 on public pages (docs/security.md, Known facts).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, ParamSpec, TypeVar

import msgspec
from bson import ObjectId
from flask import Flask, Response, current_app, g, request
from flask_jwt_extended import (
    JWTManager,
    create_access_token,
    create_refresh_token,
    decode_token,
    set_access_cookies,
    set_refresh_cookies,
    unset_jwt_cookies,
)
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import PyJWTError

from gigflow.accounts import devices
from gigflow.accounts.devices import SignedIn
from gigflow.accounts.models import ACCESS_LIFETIME, REFRESH_LIFETIME, Viewer
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import NotSignedIn
from gigflow.settings.settings import Settings
from gigflow.web.known_tokens import KnownTokens
from gigflow.web.marks import is_marked, needs_sign_in
from gigflow.web.runtime import db, person

Args = ParamSpec("Args")
Result = TypeVar("Result")

_KNOWN = "gigflow-known-tokens"


class Subject(msgspec.Struct, frozen=True):
    """What a token says: the person, the device and its key and, if it refreshes, which of the device's it is."""

    user_id: ObjectId
    device_id: ObjectId
    key: str
    kind: str
    refresh_id: str = ""


def init_auth(app: Flask, settings: Settings) -> None:
    """Set up tokens and cookies, and find out who is asking before each request."""
    prefix = "__Host-" if settings.https else ""
    app.config.update(
        JWT_TOKEN_LOCATION=["cookies", "headers"],
        JWT_ALGORITHM="HS256",
        JWT_ACCESS_TOKEN_EXPIRES=ACCESS_LIFETIME,
        JWT_REFRESH_TOKEN_EXPIRES=REFRESH_LIFETIME,
        JWT_ACCESS_COOKIE_NAME=f"{prefix}token",
        JWT_REFRESH_COOKIE_NAME=f"{prefix}refresh_token",
        JWT_ACCESS_COOKIE_PATH="/",
        JWT_REFRESH_COOKIE_PATH="/",
        JWT_COOKIE_SECURE=settings.https,
        JWT_COOKIE_SAMESITE="Lax",
        # Its own CSRF token would die at each refresh; the origin gate and Flask-WTF do that work (SECURITY 11).
        JWT_COOKIE_CSRF_PROTECT=False,
    )
    jwt = JWTManager(app)
    app.extensions[_KNOWN] = KnownTokens[Subject]()
    keys = {"access": settings.jwt_access_secret, "refresh": settings.jwt_refresh_secret}

    jwt.user_identity_loader(lambda subject: str(subject.user_id))
    jwt.additional_claims_loader(_claims)
    jwt.encode_key_loader(lambda subject: keys[subject.kind])
    # Checked before the signature: the type may be anything that JSON can say.
    jwt.decode_key_loader(lambda headers, claims: keys.get(str(claims.get("type")), keys["access"]))

    app.before_request(find_viewer)
    app.after_request(_hand_out_cookies)


def find_viewer() -> None:
    """Set `g.viewer` from the request's credentials; renew them from the refresh cookie if they have expired."""
    g.viewer = None
    if is_marked("needs_nobody"):
        return
    if has_authorization():
        # A Bearer header excludes the cookies (docs/api.md): a program that sends one means that one.
        kind, _, token = request.headers["Authorization"].partition(" ")
        g.viewer = _viewer_of(token.strip()) if kind.lower() == "bearer" else None
        return
    g.viewer = _viewer_of(_cookie("ACCESS")) or _renew(_cookie("REFRESH"))


def has_authorization() -> bool:
    """Return whether the request says by a header who is asking. A header that names no token, as clients send that
    have none yet, says nothing.
    """
    header = request.headers.get("Authorization", "").strip()
    return bool(header) and header.lower() != "bearer"


def signed_in(view: Callable[Args, Result]) -> Callable[Args, Result]:
    """Let only signed-in people to this view; others get a 401, and a page sends them to sign in."""

    @wraps(view)
    def guarded(*args: Args.args, **kwargs: Args.kwargs) -> Result:
        person()
        return view(*args, **kwargs)

    return needs_sign_in(guarded)


def start_device(signed: SignedIn) -> str:
    """Make this answer sign the browser in; returns the access token for programs that want it themselves."""
    g.viewer = signed.viewer
    return _set_tokens(signed)


def end_device() -> None:
    """Make this answer forget the cookies."""
    g.viewer = None
    g.forget_cookies = True


def access_token() -> str:
    """Return the access token that this answer hands out; for the answer of a sign-in."""
    return str(g.new_access_token)


def renew_now() -> str:
    """Renew on request (POST /api/auth/refresh): returns the new access token. Raises NotSignedIn."""
    if has_authorization():  # it excludes the cookies, and only those can be renewed
        raise NotSignedIn("Only the refresh cookie can be renewed.")
    if g.get("new_access_token") is None:
        g.viewer = _renew(_cookie("REFRESH"))
    if g.viewer is None:
        raise NotSignedIn("This device is no longer signed in.")
    return str(g.new_access_token)


def device_of_socket(token: str | None) -> SignedIn | None:
    """Return who opens a socket, and by which of their device's keys: by an explicit token, else by the cookies of its
    handshake. It cannot set cookies, so a refresh cookie is looked at and not rotated; a socket belongs to the device
    and not to the short token.
    """
    access = _cookie("ACCESS") if token is None else token
    subject, found = _read(access, "access"), _viewer_of(access)
    if found is None and token is None:
        subject = _read(_cookie("REFRESH"), "refresh")
        if subject:
            found = devices.viewer_of_refresh(db(), subject.device_id, subject.refresh_id, now())
    return SignedIn(found, subject.key) if found and subject else None


def sends_cookies() -> bool:
    """Return whether this request brings cookies of somebody who signed in, good or not."""
    return bool(_cookie("ACCESS") or _cookie("REFRESH"))


def _viewer_of(token: str) -> Viewer | None:
    subject = _read(token, "access")
    found = devices.viewer_of_device(db(), subject.device_id, subject.key) if subject else None
    return found if found and subject and found.user_id == subject.user_id else None


def _renew(token: str) -> Viewer | None:
    subject = _read(token, "refresh")
    if subject is None:
        return None
    signed = devices.refresh_device(db(), subject.device_id, subject.key, subject.refresh_id, now())
    if signed is None:
        return None
    _set_tokens(signed)
    return signed.viewer


def _set_tokens(signed: SignedIn) -> str:
    who = (signed.viewer.user_id, signed.viewer.device_id, signed.key)
    g.new_access_token = create_access_token(Subject(*who, "access"))
    if signed.refresh_id:
        g.new_refresh_token = create_refresh_token(Subject(*who, "refresh", signed.refresh_id))
    return str(g.new_access_token)


def _hand_out_cookies(response: Response) -> Response:
    if g.get("forget_cookies"):
        unset_jwt_cookies(response)
        return response
    if g.get("new_access_token"):
        set_access_cookies(response, g.new_access_token, max_age=int(ACCESS_LIFETIME.total_seconds()))
    if g.get("new_refresh_token"):
        set_refresh_cookies(response, g.new_refresh_token, max_age=int(REFRESH_LIFETIME.total_seconds()))
    return response


def _claims(subject: Subject) -> dict[str, str]:
    claims = {"device": str(subject.device_id), "key": subject.key}
    return {**claims, "refresh": subject.refresh_id} if subject.refresh_id else claims


def _read(token: str, kind: str) -> Subject | None:
    """Return what a token of this kind says, or None if it is missing, forged, expired or of the other kind."""
    if not token:
        return None
    known: KnownTokens[Subject] = current_app.extensions[_KNOWN]
    said = known.said_by(token) or _decode(token, known)
    return said if said and said.kind == kind else None


def _decode(token: str, known: KnownTokens[Subject]) -> Subject | None:
    """Return what a token says, or None if it is forged or expired. What an access token says is kept."""
    try:
        claims: dict[str, Any] = decode_token(token)
    except (PyJWTError, JWTExtendedException, ValueError):
        return None
    user_id, device_id = object_id(claims.get("sub")), object_id(claims.get("device"))
    said = Subject(user_id, device_id, claims.get("key", ""), claims["type"], claims.get("refresh", ""))
    if said.kind == "access" and (ends_at := claims.get("exp")):
        known.keep(token, said, ends_at)
    return said


def _cookie(kind: Literal["ACCESS", "REFRESH"]) -> str:
    return request.cookies.get(current_app.config[f"JWT_{kind}_COOKIE_NAME"], "")
