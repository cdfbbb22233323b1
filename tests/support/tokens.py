"""Tokens as somebody would forge them who knows how they are made, with or without the secret."""

import base64
import json
import time
from typing import Any

import jwt

from tests.support.server import ACCESS_SECRET

Claims = dict[str, Any]


def claims_of(token: str | None) -> Claims:
    """What a token says, unchecked."""
    assert token
    return jwt.decode(token, options={"verify_signature": False})


def signed(claims: Claims, secret: str = ACCESS_SECRET) -> str:
    """A token that says this."""
    return jwt.encode(claims, secret, algorithm="HS256")


def expired(token: str | None) -> str:
    """The same access token, a minute after its end, rightly signed."""
    now = int(time.time())
    return signed({**claims_of(token), "iat": now - 960, "nbf": now - 960, "exp": now - 60})


def unsigned(token: str | None) -> str:
    """The same claims under `alg: none`."""
    return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims_of(token))}."


def tampered(token: str | None, **claims: Any) -> str:
    """The same token with claims changed under the old signature."""
    assert token
    head, _, signature = token.split(".")
    return f"{head}.{_part({**claims_of(token), **claims})}.{signature}"


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
