"""The routes of accounts in the table of tests/test_routes.py: the {device} is Alice's, the tokens were mailed to a
newcomer, and the {email} is nobody's.
"""

from tests.conftest import PASSWORD

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
