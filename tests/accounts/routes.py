"""The routes of accounts in the table of tests/test_routes.py: the {device} is Alice's, the tokens were mailed to a
newcomer, and the {email} is nobody's.
"""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from bson import ObjectId

from tests.conftest import PASSWORD
from tests.support.client import Person
from tests.support.invariants import Db

Status = int | str
Body = dict[str, object]
SIGN_IN = "sign in"
NEW_PASSWORD = "another horse 8"

# For a visitor, a stranger, Bob, Alice and an admin.
ROUTES: list[tuple[str, str, Body | None, tuple[Status, Status, Status, Status, Status]]] = [
    ("GET", "/forgot", None, (200, 200, 200, 200, 200)),
    ("POST", "/forgot", {"email": "{email}"}, (200, 200, 200, 200, 200)),
    ("GET", "/reset/{reset}", None, (200, 200, 200, 200, 200)),
    ("POST", "/reset/{reset}", {"password": NEW_PASSWORD}, (303, 303, 303, 303, 303)),
    ("GET", "/confirm/{confirm}", None, (200, 200, 200, 200, 200)),
    ("POST", "/confirm/{confirm}", {}, (303, 200, 200, 200, 200)),
    ("POST", "/settings/account/email/send", {}, (SIGN_IN, 409, 409, 409, 409)),
    ("GET", "/settings/account", None, (SIGN_IN, 200, 200, 200, 200)),
    (
        "POST",
        "/settings/account/email",
        {"email": "{email}", "password": PASSWORD},
        (SIGN_IN, 303, 303, 303, 303),
    ),
    ("POST", "/settings/account/email/cancel", {}, (SIGN_IN, 303, 303, 303, 303)),
    ("POST", "/settings/account/time-zone", {"time_zone": "Asia/Tokyo"}, (SIGN_IN, 303, 303, 303, 303)),
    ("GET", "/settings/account/delete", None, (SIGN_IN, 200, 200, 200, 200)),
    ("POST", "/settings/account/delete", {"password": PASSWORD}, (SIGN_IN, 303, 303, 303, 303)),
    ("GET", "/settings/password", None, (SIGN_IN, 200, 200, 200, 200)),
    (
        "POST",
        "/settings/password",
        {"current_password": PASSWORD, "new_password": NEW_PASSWORD},
        (SIGN_IN, 303, 303, 303, 303),
    ),
    ("GET", "/settings/devices", None, (SIGN_IN, 200, 200, 200, 200)),
    ("POST", "/settings/devices/{device}/end", {}, (SIGN_IN, 404, 404, 303, 404)),
    ("POST", "/settings/devices/end-others", {}, (SIGN_IN, 303, 303, 303, 303)),
    ("POST", "/api/auth/register", {}, (400, 400, 400, 400, 400)),
    ("POST", "/api/auth/login", {}, (400, 400, 400, 400, 400)),
    ("POST", "/api/auth/logout", None, (200, 200, 200, 200, 200)),
    ("POST", "/api/auth/refresh", None, (401, 200, 200, 200, 200)),
    ("GET", "/api/auth/me", None, (401, 200, 200, 200, 200)),
    ("POST", "/api/auth/forgot", {"email": "{email}"}, (202, 202, 202, 202, 202)),
    ("POST", "/api/auth/reset", {"token": "{reset}", "password": NEW_PASSWORD}, (200, 200, 200, 200, 200)),
    ("POST", "/api/auth/confirm", {"token": "{confirm}"}, (200, 200, 200, 200, 200)),
    ("POST", "/api/auth/confirm/send", None, (401, 409, 409, 409, 409)),
    ("GET", "/api/auth/sessions", None, (401, 200, 200, 200, 200)),
    ("DELETE", "/api/auth/sessions/{device}", None, (401, 404, 404, 200, 404)),
    ("DELETE", "/api/auth/sessions", None, (401, 200, 200, 200, 200)),
    ("PATCH", "/api/auth/email", {"email": "{email}", "password": PASSWORD}, (401, 202, 202, 202, 202)),
    (
        "PATCH",
        "/api/auth/password",
        {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD},
        (401, 200, 200, 200, 200),
    ),
    ("DELETE", "/api/auth/account", {"password": PASSWORD}, (401, 200, 200, 200, 200)),
    ("POST", "/api/users/register", {}, (400, 400, 400, 400, 400)),
    ("POST", "/api/users/login", {}, (400, 400, 400, 400, 400)),
]


def mailed_token(db: Db, person: Person, purpose: str) -> str:
    """A token as a letter to this person has it: whoever holds it may use it."""
    token, now = secrets.token_urlsafe(24), datetime.now(UTC)
    email = person.email if purpose == "reset" else f"new-{person.email}"
    if purpose == "email":
        asked = {"email": email, "requested_at": now}
        db.users.update_one({"email": person.email}, {"$set": {"email_change": asked}})
    db.tokens.insert_one(
        {
            "_id": hashlib.sha256(token.encode()).hexdigest(),
            "user_id": ObjectId(person.id),
            "purpose": purpose,
            "email": email,
            "expires_at": now + timedelta(minutes=5),
        }
    )
    return token
