"""What every request passes: origin gate, form tokens, media types (SECURITY 10 to 12, 14)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gigflow.settings.settings import load_settings
from tests.accounts.steps import device_id
from tests.conftest import Join, shared
from tests.support.client import Client, Person
from tests.support.market import JOB, code_of, hire, place_bid, post_job
from tests.support.server import Server
from tests.support.tokens import expired

alice = shared("Alice Owner")
bob = shared("Bob Bidder")

FRONT_END = "http://localhost:3000"
LONG_SECRETS = {name: name * 4 for name in ("SECRET_KEY", "JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET")}


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),  # another port of the same host
        ({"Sec-Fetch-Site": "nonsense"}, False),
        ({"Origin": "<own>"}, True),
        ({"Origin": "https://evil.test"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "<own>1"}, False),
        ({"Origin": "http://127.0.0.1:1"}, False),
        ({"Origin": "<own>", "Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": FRONT_END}, False),
    ],
)
def test_a_request_from_another_site_is_refused(alice: Person, headers: dict[str, str], passes: bool) -> None:
    """SECURITY 10: for every unsafe method, JSON or form, and never for a reading one."""
    sent = {name: value.replace("<own>", alice.url) for name, value in headers.items()}
    gig = post_job(alice)
    for method, path in (
        ("POST", "/api/gigs"),
        ("PATCH", f"/api/gigs/{gig['id']}"),
        ("PUT", f"/api/gigs/{gig['id']}"),
        ("DELETE", f"/api/gigs/{gig['id']}"),
    ):
        answer = alice.request(method, path, JOB if method != "DELETE" else None, headers=sent)
        assert (answer.status_code < 300) is passes
        if not passes:
            assert (answer.status_code, code_of(answer)) == (403, "foreign_origin")
    form = {"csrf_token": alice.form_token()}
    answer = alice.post("/notifications/read", data=form, headers=sent)
    assert answer.status_code == (303 if passes else 403)
    for path in ("/jobs", "/api/gigs", "/hiring"):
        assert alice.get(path, headers=sent).status_code == 200


def test_a_further_origin_may_call_with_cookies(start_server: Callable[..., Server]) -> None:
    """docs/api.md, Signing in: CORS and the gate let exactly these in."""
    server = start_server(CLIENT_URL=FRONT_END)
    program = Client(server.url)
    account = {"name": "Nina", "email": "nina@example.test", "password": "long enough"}
    from_there = {"Origin": FRONT_END, "Sec-Fetch-Site": "same-site"}
    preflight = program.request(
        "OPTIONS",
        "/api/auth/register",
        headers={**from_there, "Access-Control-Request-Method": "POST"},
    )
    assert preflight.status_code == 204
    answer = program.post("/api/auth/register", account, headers=from_there)
    assert answer.status_code == 201
    for each in (preflight, answer, program.get("/api/gigs/none", headers=from_there)):
        assert each.headers["Access-Control-Allow-Origin"] == FRONT_END
        assert each.headers["Access-Control-Allow-Credentials"] == "true"
        assert "Origin" in each.headers["Vary"]
    assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in preflight.headers["Access-Control-Allow-Headers"]

    evil = {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"}
    refused = program.post("/api/auth/register", account, headers=evil)
    assert (refused.status_code, "Access-Control-Allow-Origin" in refused.headers) == (403, False)
    program.close()


def test_a_laptop_lets_the_usual_front_end_in(tmp_path: Path) -> None:
    """Unless it is told not to; behind https only what is named."""
    https = {"PUBLIC_URL": "https://gigs.example.test", "CONFIRM_EMAIL": "off", **LONG_SECRETS}
    for environ, expected in (
        ({}, ("http://localhost:5173",)),
        ({"CLIENT_URL": "off"}, ()),
        ({"CLIENT_URL": FRONT_END}, (FRONT_END,)),
        (https, ()),
    ):
        assert load_settings({"VAR_DIR": str(tmp_path), **environ}).client_urls == expected


def test_a_form_needs_its_token(alice: Person, bob: Person) -> None:
    """SECURITY 11: none, a made-up one and somebody else's are refused."""
    own = alice.form_token()
    typed = {"title": "Logo", "description": "A bird.", "budget": "200", "category": "other"}
    for token in (None, "", "made-up", bob.form_token(), own[:-1]):
        answer = alice.post("/gigs", data={**typed, **({"csrf_token": token} if token is not None else {})})
        assert answer.status_code == 400
        assert "older session" in answer.text
    assert alice.post("/gigs", data={**typed, "csrf_token": own}).status_code == 303


def test_a_form_token_survives_a_silent_refresh(alice: Person) -> None:
    """SECURITY 11: a form that stayed open longer than the access token lives is still good."""
    page = alice.page("/gigs/new")
    alice.set_cookie("token", expired(alice.cookie("token")))
    refresh_token = alice.cookie("refresh_token")
    done = page.submit("#gig-form", title="Logo", description="A bird.", budget="200")
    assert (done.status, done.one("h1").to_text()) == (200, "Logo")
    assert alice.cookie("refresh_token") != refresh_token


@pytest.mark.parametrize(
    "path",
    [
        "/settings/account/email",
        "/settings/account/email/cancel",
        "/settings/account/time-zone",
        "/settings/account/delete",
        "/settings/password",
        "/settings/devices/end-others",
        "/settings/devices/{device}/end",
        "/settings/profile",
        "/settings/profile/picture/remove",
        "/settings/portfolio",
    ],
)
def test_a_form_of_the_settings_needs_its_token(alice: Person, bob: Person, path: str) -> None:
    """SECURITY 11: however right everything else is."""
    typed = {
        "password": alice.password,
        "email": f"new-{alice.email}",
        "current_password": alice.password,
        "new_password": "another battery 8",
    }
    path = path.format(device=device_id(alice))
    for token in (None, "made-up", bob.form_token()):
        answer = alice.post(path, data={**typed, **({"csrf_token": token} if token is not None else {})})
        assert (answer.status_code, "older session" in answer.text) == (400, True)
    assert alice.get("/api/auth/me").json()["email"] == alice.email


@pytest.mark.parametrize("path", ["/login", "/register", "/forgot", "/reset/nonsense", "/confirm/nonsense"])
def test_a_form_that_needs_nobody_says_what_is_wrong_with_its_token(visitor: Client, path: str) -> None:
    """SECURITY 11: to sign in would not help, and the way to it would carry a mailed token in its address."""
    answer = visitor.post(path, data={"email": "nina@example.test"}, headers={"Referer": visitor.url + path})
    assert (answer.status_code, "older session" in answer.text) == (400, True)


@pytest.mark.parametrize(("method", "path", "status"), [("PUT", "/jobs", 405), ("POST", "/nowhere", 404)])
def test_what_no_route_takes_needs_no_token(
    alice: Person, visitor: Client, method: str, path: str, status: int
) -> None:
    assert [each.request(method, path).status_code for each in (alice, visitor)] == [status, status]


def test_a_refused_form_can_be_sent_again_after_signing_in(alice: Person, bob: Person) -> None:
    """Without JavaScript it stands at an address that only takes forms; signing in leads back to its page."""
    gig = post_job(alice)
    refused = bob.page(f"/gigs/{gig['id']}").submit("#bid-form", message="", price="5")
    assert refused.path == f"/gigs/{gig['id']}/bids"
    bob.session.cookies.clear()
    sign_in = refused.submit("#bid-form", message="Again", price="5")
    back = sign_in.submit("#login-form", **bob.credentials)
    assert (back.status, back.path) == (200, f"/gigs/{gig['id']}")


def test_json_needs_no_form_token(alice: Person) -> None:
    """SECURITY 11: a program with nothing but a cookie jar works."""
    assert alice.post("/api/gigs", JOB).status_code == 201


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "",
    ],
)
def test_a_body_that_is_not_json_is_415(alice: Person, media_type: str) -> None:
    """SECURITY 12."""
    gig = post_job(alice)
    for method, path in (
        ("POST", "/api/gigs"),
        ("PATCH", f"/api/gigs/{gig['id']}"),
        ("POST", "/api/auth/logout"),
        ("POST", "/api/notifications/read"),
    ):
        answer = alice.request(method, path, data=b'{"title": "x"}', headers={"Content-Type": media_type})
        assert (answer.status_code, code_of(answer)) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "media_type", [None, "", "text/plain", "application/x-www-form-urlencoded", "application/json"]
)
def test_an_empty_body_is_an_empty_object_whatever_its_type(
    join: Join, bob: Person, media_type: str | None
) -> None:
    """SECURITY 12 and docs/api.md: PATCH hire, POST logout."""
    alice = join("Alice")  # she signs out at the end
    headers = {} if media_type is None else {"Content-Type": media_type}
    bid = place_bid(bob, post_job(alice))
    assert alice.patch(f"/api/bids/{bid['id']}/hire", headers=headers, data=b"").status_code == 200
    assert alice.post("/api/notifications/read", headers=headers, data=b"").status_code == 200
    assert alice.post("/api/auth/logout", headers=headers, data=b"").status_code == 200


def test_json_in_any_spelling_of_its_type(alice: Person) -> None:
    for media_type in (
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/json;charset=UTF-8",
    ):
        answer = alice.post(
            "/api/gigs",
            data='{"title": "Löwe", "description": "x", "budget": 1}'.encode(),
            headers={"Content-Type": media_type},
        )
        assert (answer.status_code, answer.json()["title"]) == (201, "Löwe")


def test_a_body_over_the_limit_is_413(alice: Person) -> None:
    """SECURITY 12: also where the length is not said beforehand."""
    body = b'{"title": "' + b"x" * 300_000 + b'"}'
    json_type = {"Content-Type": "application/json"}
    for sent in (body, iter([body])):
        answer = alice.post("/api/gigs", data=sent, headers=json_type)
        assert (answer.status_code, code_of(answer)) == (413, "too_large")
    page = alice.post("/gigs", data={"title": "x" * 300_000})
    assert page.status_code == 413


def test_a_chunked_body_is_read(alice: Person) -> None:
    chunks = iter([b'{"title": "Chunked", ', b'"description": "x", "budget": 5}'])
    answer = alice.post("/api/gigs", data=chunks, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["title"]) == (201, "Chunked")


def test_reading_changes_nothing(alice: Person, bob: Person) -> None:
    """SECURITY 12: what changes something is not to be had by GET."""
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    for path in (
        "/api/auth/logout",
        "/api/auth/login",
        f"/api/bids/{bid['id']}/hire",
        f"/api/bids/{bid['id']}/withdraw",
        "/api/notifications/read",
        "/logout",
        "/notifications/read",
        "/api/auth/forgot",
        "/api/auth/reset",
        "/settings/account/email/cancel",
        "/settings/devices/end-others",
        f"/settings/devices/{device_id(alice)}/end",
    ):
        assert alice.get(path).status_code == 405, path
    for path in (f"/bids/{bid['id']}/hire", f"/gigs/{gig['id']}/close", f"/gigs/{gig['id']}/edit"):
        assert alice.get(path).status_code == 200, path
    assert alice.get(f"/api/gigs/{gig['id']}").json() == {**gig, "bidCount": 1}
    assert hire(alice, bid).status_code == 200


def test_next_may_be_in_any_script(alice: Person) -> None:
    answer = alice.get("/login", params={"next": "/jobs?q=日本"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/jobs?q=%E6%97%A5%E6%9C%AC")


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [
        ("/hiring", "/hiring"),
        ("/jobs?q=a%20b", "/jobs?q=a%20b"),
        ("https://evil.test/", "/"),
        ("//evil.test/", "/"),
        ("/\\evil.test/", "/"),
        ("\\\\evil.test", "/"),
        ("/a\\..\\evil", "/"),
        ("javascript:alert(1)", "/"),
        ("hiring", "/"),
        ("/\tevil.test", "/"),
        ("/\n/evil.test", "/"),
        ("", "/"),
        ("http:/hiring", "/"),
    ],
)
def test_next_stays_on_this_site(alice: Person, visitor: Client, target: str, goes_to: str) -> None:
    """SECURITY 14: in the address, in the form, for who signs in and for who is signed in."""
    assert alice.get("/login", params={"next": target}).headers["Location"] == goes_to
    form = {"csrf_token": visitor.form_token(), "next": target, **alice.credentials}
    answer = visitor.post("/login", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, goes_to)


def test_what_is_no_text_comes_back_as_a_mark(alice: Person, visitor: Client) -> None:
    """NUL is refused at its field, and what is shown again is a page that a browser can read."""
    for path in ("/jobs?q=a%00&min_price=%00", "/people?q=a%00&languages=%00&max_from_price=%00"):
        assert visitor.page(path).one("#q").attrs["value"] == "a\ufffd"
    typed = {"title": "a\0", "description": "b\0", "budget": "\0", "delivery_days": "\0"}
    refused = alice.page("/gigs/new").submit("#gig-form", **typed)
    assert refused.errors("#gig-form").keys() == typed.keys()
    assert refused.values("#gig-form")["title"] == "a\ufffd"
