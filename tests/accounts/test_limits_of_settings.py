"""How often a reset may be asked for and a password be tried in the settings (SECURITY 8)."""

import itertools
import re
from collections.abc import Callable

import pytest
import requests

from gigflow.settings.settings import declared_settings
from tests.accounts.steps import RESET, letters_are_done
from tests.conftest import Join
from tests.support.client import Client
from tests.support.images import picture
from tests.support.mailbox import Outbox
from tests.support.market import BID, code_of
from tests.support.server import Server

_addresses = (f"203.0.113.{number}" for number in itertools.count(1))

HOUR, MINUTE = 3600, 60


@pytest.fixture(scope="module")
def strict(start_server: Callable[..., Server]) -> Server:
    """Behind one proxy, so that each test has an address of its own."""
    return start_server(RATE_LIMITS="strict", TRUSTED_PROXIES="1")


@pytest.fixture
def address() -> dict[str, str]:
    """The header of the proxy for a client that no other test is."""
    return {"X-Forwarded-For": next(_addresses)}


def assert_too_many(answer: requests.Response, most_seconds: int) -> None:
    """In JSON it says when to retry (docs/api.md, Errors)."""
    assert (answer.status_code, code_of(answer)) == (429, "too_many_requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= most_seconds + 1


def forgot(client: Client, email: str, address: dict[str, str]) -> requests.Response:
    return client.post("/api/auth/forgot", {"email": email}, headers=address)


@pytest.mark.parametrize("known", [True, False], ids=["an account", "no account"])
def test_letters_are_limited_by_account(
    known: bool, strict: Server, join: Join, address: dict[str, str]
) -> None:
    """SECURITY 8: 3 an hour, from wherever and in whatever case; alike where there is no such account."""
    nina, visitor = join("Nina", at=strict), Client(strict.url)
    email = nina.email if known else f"nobody-{nina.email}"
    for spelling in (email, email.upper(), f" {email} "):
        assert forgot(visitor, spelling, {"X-Forwarded-For": next(_addresses)}).status_code == 202
    assert_too_many(forgot(visitor, email, address), HOUR)
    assert forgot(visitor, f"other-{email}", address).status_code == 202
    letters_are_done(strict.db)
    assert len(Outbox(strict.var_dir).of(nina.email, RESET)) == (3 if known else 0)


def test_a_device_that_signed_in_before_has_letters_of_its_own(
    strict: Server, join: Join, address: dict[str, str]
) -> None:
    """SECURITY 8: nobody keeps an owner from a reset by asking for her; and hers are limited, too."""
    nina, other, stranger = join("Nina", at=strict), join("Other", at=strict), Client(strict.url)
    for _ in range(3):
        assert forgot(stranger, nina.email, address).status_code == 202
    for client in (stranger, other):
        assert_too_many(forgot(client, nina.email, address), HOUR)
    for _ in range(3):
        assert forgot(nina, nina.email, address).status_code == 202
    assert_too_many(forgot(nina, nina.email, address), HOUR)


def test_the_page_says_when_to_ask_again(strict: Server, join: Join, address: dict[str, str]) -> None:
    """SECURITY 8: and keeps what was typed."""
    nina, visitor = join("Nina", at=strict), Client(strict.url, **address)
    for _ in range(3):
        page = visitor.page("/forgot").submit("#forgot form", email=nina.email)
        assert (page.status, "an e-mail with a link is on its way" in page.text) == (200, True)
    refused = visitor.page("/forgot").submit("#forgot form", email=nina.email)
    assert refused.status == 429
    assert refused.values("#forgot form")["email"] == nina.email
    assert re.search(r"in \d+ (second|minute)s?", refused.text), refused.text
    assert 1 <= int(refused.response.headers["Retry-After"]) <= HOUR + 1


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/api/auth/password", {"currentPassword": "wrong", "newPassword": "another battery 8"}),
        ("PATCH", "/api/auth/email", {"password": "wrong", "email": "new@example.test"}),
        ("DELETE", "/api/auth/account", {"password": "wrong"}),
    ],
)
def test_guesses_in_the_settings_are_limited(
    method: str, path: str, body: dict[str, str], strict: Server, join: Join
) -> None:
    """SECURITY 8: whoever has a device of hers must not find the password out; then the right one does not help
    either, at none of these doors. Hers alone.
    """
    nina, other = join("Nina", at=strict), join("Other", at=strict)
    for _ in range(5):
        assert nina.request(method, path, body).status_code == 400
    right = {name: nina.password if value == "wrong" else value for name, value in body.items()}
    assert_too_many(nina.request(method, path, right), MINUTE)
    assert_too_many(nina.delete("/api/auth/account", {"password": nina.password}), MINUTE)
    assert other.request(method, path, body).status_code == 400
    assert nina.get("/api/auth/me").status_code == 200


def test_the_settings_page_says_when_to_try_again(strict: Server, join: Join) -> None:
    """SECURITY 8."""
    nina = join("Nina", at=strict)
    page = nina.page("/settings/password")
    for _ in range(6):
        page = page.submit("#password-form", current_password="wrong", new_password="another battery 8")
    assert page.status == 429
    assert re.search(r"in \d+ seconds?", page.text), page.text
    assert 1 <= int(page.response.headers["Retry-After"]) <= MINUTE + 1


def test_the_right_password_forgets_the_guesses(strict: Server, join: Join) -> None:
    nina = join("Nina", at=strict)
    wanted = {"email": f"new-{nina.email}", "password": nina.password}
    for _ in range(3):
        for _ in range(4):
            assert nina.patch("/api/auth/email", {**wanted, "password": "wrong"}).status_code == 400
        assert nina.patch("/api/auth/email", wanted).status_code == 202


def test_uploads_are_limited_by_person(strict: Server, join: Join) -> None:
    """SECURITY 8: 20 an hour."""
    nina, other = join("Nina", at=strict), join("Other", at=strict)
    sent = {"picture": ("me.png", picture(16, 16), "image/png")}
    for _ in range(20):
        assert nina.put("/api/users/profile/picture", files=sent).status_code == 200
    assert_too_many(nina.put("/api/users/profile/picture", files=sent), HOUR)
    assert other.put("/api/users/profile/picture", files=sent).status_code == 200


def test_the_limits_are_those_that_were_agreed() -> None:
    """SECURITY 8: the numbers that hold where nobody sets others."""
    settings = declared_settings()
    agreed = {
        "LIMIT_LOGIN_ACCOUNT": "5/minute;20/hour",
        "LIMIT_LOGIN_ADDRESS": "30/minute",
        "LIMIT_REGISTER_ADDRESS": "30/hour",
        "LIMIT_RESET_ACCOUNT": "3/hour",
        "LIMIT_RESET_ADDRESS": "30/hour",
        "LIMIT_BIDS": "30/minute",
        "LIMIT_UPLOADS": "20/hour",
        "LIMIT_FILES": "100/hour",
        "LIMIT_FIRST_FILES": "20/hour",
        "LIMIT_EMAIL_CHANGE": "5/hour",
        "LIMIT_REQUESTS": "600/minute",
    }
    assert {name: settings[name].default for name in agreed} == agreed


DOORS = ("EMAIL_CHANGE", "LOGIN_DEVICE", "RESET_ACCOUNT", "PASSWORD", "BIDS", "UPLOADS")


@pytest.fixture(scope="module")
def narrow(start_server: Callable[..., Server]) -> Server:
    """Where the limits are others than usual."""
    others = {f"LIMIT_{name}": "1/hour" for name in DOORS}
    others |= {"LIMIT_LOGIN_ACCOUNT": "50/minute;2/hour", "LIMIT_LOGIN_ADDRESS": "3/minute"}
    return start_server(RATE_LIMITS="on", **others)


def test_of_two_windows_each_counts(narrow: Server, join: Join) -> None:
    """SECURITY 8: 5 a minute and 20 an hour; who waits for the minute still meets the hour."""
    nina, guesser = join("Nina", at=narrow), Client(narrow.url)
    guess = {**nina.credentials, "password": "wrong"}
    statuses = [guesser.post("/api/auth/login", guess).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]


def test_every_limit_is_a_setting(narrow: Server, join: Join) -> None:
    """SECURITY 8: each is what the environment says."""
    nina, visitor = join("Nina", at=narrow), Client(narrow.url)
    guess = {**nina.credentials, "password": "wrong"}
    sent = {"picture": ("me.png", picture(16, 16), "image/png")}
    change = {"email": f"new-{nina.email}", "password": nina.password}
    doors: dict[str, Callable[[], requests.Response]] = {
        "EMAIL_CHANGE": lambda: nina.patch(
            "/api/auth/email", change
        ),  # first, while the password may be tried
        "LOGIN_DEVICE": lambda: nina.post("/api/auth/login", guess),
        "RESET_ACCOUNT": lambda: visitor.post("/api/auth/forgot", {"email": nina.email}),
        "PASSWORD": lambda: nina.delete("/api/auth/account", {"password": "wrong"}),
        "BIDS": lambda: nina.post("/api/bids", {**BID, "gigId": "0" * 24}),
        "UPLOADS": lambda: nina.put("/api/users/profile/picture", files=sent),
    }
    assert doors.keys() == set(DOORS)
    for name, ask in doors.items():
        assert ask().status_code != 429, name
        assert ask().status_code == 429, name


def test_on_a_laptop_loopback_is_left_out(narrow: Server, join: Join) -> None:
    """docs/api.md, Tolerant to programs: limits by address leave it out, those by account do not."""
    program = Client(narrow.url)
    for number in range(5):
        body = {"email": f"nobody-{number}@example.test", "password": "wrong"}
        assert program.post("/api/auth/login", body).status_code == 401
    nina = join("Nina", at=narrow)
    for _ in range(2):
        program.post("/api/auth/login", {**nina.credentials, "password": "wrong"})
    assert program.post("/api/auth/login", nina.credentials).status_code == 429
