"""Signing in and out, and the cookies that it means (SECURITY 2, 5, 7)."""

import time
from collections.abc import Callable
from http.cookies import Morsel, SimpleCookie
from typing import Any

import pytest
import requests
from pymongo.database import Database

from tests.support.client import Client, Person
from tests.support.market import code_of, unique_word
from tests.support.server import Server

LONG_SECRETS = {name: name * 4 for name in ("SECRET_KEY", "JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET")}


def cookies_of(answer: requests.Response) -> "dict[str, Morsel[str]]":
    """The cookies that an answer sets, with their attributes."""
    jar: SimpleCookie = SimpleCookie()
    for line in answer.raw.headers.getlist("Set-Cookie"):
        jar.load(line)
    return dict(jar)


def test_the_right_password_signs_in_and_out(alice: Person, visitor: Client) -> None:
    answer = visitor.post("/api/auth/login", alice.credentials)
    assert answer.status_code == 200
    assert answer.json() == alice.get("/api/auth/me").json()
    assert visitor.get("/api/auth/me").json()["id"] == alice.id

    assert visitor.post("/api/auth/logout").json() == {"success": True}
    assert not visitor.session.cookies.get("token")
    assert not visitor.session.cookies.get("refresh_token")
    assert visitor.get("/api/auth/me").status_code == 401
    assert alice.get("/api/auth/me").status_code == 200  # another device of hers


def test_an_address_is_known_in_any_case_and_with_white_space(alice: Person, visitor: Client) -> None:
    typed = {"email": f" {alice.email.upper()} ", "password": alice.password}
    assert visitor.post("/api/auth/login", typed).status_code == 200


def test_signing_out_twice_is_as_good_as_once(visitor: Client) -> None:
    assert visitor.post("/api/auth/logout").status_code == 200
    assert visitor.post("/api/auth/logout", {}).status_code == 200


def test_unknown_address_and_wrong_password_are_answered_alike(visitor: Client) -> None:
    """SECURITY 7: in body, status and time."""
    known = Person(visitor.url, "Nina", f"{unique_word()}@example.test", "correct horse 7")
    wrong = {**known.credentials, "password": "wrong password"}
    unknown = {**wrong, "email": "nobody@example.test"}
    answers = [visitor.post("/api/auth/login", body) for body in (wrong, unknown)]
    bodies = [answer.json() for answer in answers]
    for body in bodies:
        assert body["error"].pop("requestId")
    assert bodies[0] == bodies[1]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert [code_of(answer) for answer in answers] == ["wrong_credentials"] * 2

    def seconds(body: dict[str, str]) -> float:
        start = time.perf_counter()
        visitor.post("/api/auth/login", body)
        return time.perf_counter() - start

    # The shortest of several: what the machine does besides only ever makes them longer.
    pairs = [(seconds(wrong), seconds(unknown)) for _ in range(10)]
    known_time, unknown_time = (min(times) for times in zip(*pairs, strict=True))
    assert 0.6 < unknown_time / known_time < 1.7


def test_a_disabled_account_does_not_sign_in(
    alice: Person, visitor: Client, db: Database[dict[str, Any]]
) -> None:
    user = db.users.find_one({"email": alice.email})
    assert user is not None
    db.users.update_one({"_id": user["_id"]}, {"$set": {"disabled_at": user["created_at"]}})
    answer = visitor.post("/api/auth/login", alice.credentials)
    assert (answer.status_code, code_of(answer)) == (401, "wrong_credentials")


def test_cookies_on_a_laptop(alice: Person, visitor: Client) -> None:
    """SECURITY 5: HttpOnly and SameSite, plain names on http, and an end."""
    cookies = cookies_of(visitor.post("/api/auth/login", alice.credentials))
    assert {"token", "refresh_token", "known_device"} <= cookies.keys()
    for name in ("token", "refresh_token", "known_device"):
        cookie = cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["secure"]
        assert not cookie["domain"]
    assert int(cookies["token"]["max-age"]) == 15 * 60
    assert int(cookies["refresh_token"]["max-age"]) == 30 * 86_400


def test_renewed_cookies_are_the_same(alice: Person) -> None:
    """SECURITY 5: whoever hands them out, a silent refresh, one on request, or a change of the password."""
    changed = {"currentPassword": alice.password, "newPassword": "another battery 8"}
    for answer in (alice.post("/api/auth/refresh"), alice.patch("/api/auth/password", changed)):
        cookies = cookies_of(answer)
        assert cookies.keys() == {"token", "refresh_token"}
        for cookie in cookies.values():
            assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    alice.forget_cookie("token")
    silent = cookies_of(alice.get("/api/gigs/mine"))
    assert {cookie["httponly"] for cookie in silent.values()} == {True}
    assert silent.keys() == {"token", "refresh_token"}


def test_cookies_behind_https(start_server: Callable[..., Server]) -> None:
    """SECURITY 5: Secure and __Host- where the public address is https."""
    server = start_server(PUBLIC_URL="https://gigs.example.test", **LONG_SECRETS)
    program = Client(server.url)
    account = {"name": "Nina", "email": "nina@example.test", "password": "quite long and odd"}
    cookies = cookies_of(program.post("/api/auth/register", account))
    assert {"__Host-token", "__Host-refresh_token", "__Host-known_device"} <= cookies.keys()
    page = program.get("/login")
    cookies |= cookies_of(page)
    assert "__Host-session" in cookies
    for cookie in cookies.values():
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]
    gone = cookies_of(program.post("/api/auth/logout"))
    assert gone.keys() == {"__Host-token", "__Host-refresh_token"}
    for cookie in gone.values():  # a browser takes nothing else under such a name, also not its end
        assert (cookie.value, cookie["secure"], cookie["path"], cookie["domain"]) == ("", True, "/", "")
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    weak = program.post("/api/auth/register", {**account, "email": "n@example.test", "password": "1234567"})
    assert weak.status_code == 400  # the strict rules hold without being asked for
    program.close()


def test_a_bearer_header_excludes_the_cookies(alice: Person, visitor: Client) -> None:
    assert visitor.get("/api/auth/me", headers=alice.bearer()).json()["id"] == alice.id
    for header in ("Bearer nonsense", "Bearer undefined", "Basic YTpi", "nonsense"):
        assert alice.get("/api/auth/me", headers={"Authorization": header}).status_code == 401
    assert alice.get("/api/auth/me").status_code == 200


def test_a_refused_sign_in_keeps_the_address_and_not_the_password(alice: Person, visitor: Client) -> None:
    page = visitor.page("/login?next=/freelancing")
    empty = page.submit("#login-form")
    assert (empty.status, empty.errors("#login-form").keys()) == (400, {"email", "password"})
    refused = empty.submit("#login-form", email=alice.email, password="wrong password")
    assert refused.status == 401
    assert "Wrong e-mail address or password" in refused.text
    kept = refused.values("#login-form")
    assert (kept["email"], kept["password"], kept["next"]) == (alice.email, "", "/freelancing")
    done = refused.submit("#login-form", password=alice.password)
    assert (done.status, done.path) == (200, "/freelancing")


def test_signing_out_by_the_form(alice: Person) -> None:
    page = alice.page("/hiring")
    done = page.submit("form[action='/logout']")
    assert (done.status, done.path) == (200, "/")
    assert "Sign in" in done.text
    assert alice.get("/api/auth/me").status_code == 401


@pytest.mark.parametrize("path", ["/hiring", "/freelancing", "/notifications", "/settings/account"])
def test_a_visitor_is_sent_to_sign_in_and_back(alice: Person, visitor: Client, path: str) -> None:
    page = visitor.page(path)
    assert (page.status, page.one("h1").to_text()) == (200, "Sign in")
    assert page.submit("#login-form", **alice.credentials).path == path
