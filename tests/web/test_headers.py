"""What every answer carries (SECURITY 13)."""

import re
from urllib.parse import urljoin

import pytest

from tests.support.client import Client, Person
from tests.support.market import post_job, show_picture

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PATHS = (
    "/",
    "/jobs",
    "/login",
    "/nothing-here",
    "/api/gigs",
    "/api/nothing",
    "/api/docs",
    "/healthz",
    "/static/any/css/base.css",
    "/forgot",
    "/reset/nonsense",
    "/confirm/nonsense",
    "/u/nobody",
    "/u/{alice}",
    "/api/users/{alice}",
    "{picture}",
    "/pictures/none/small.webp",
)
PRIVATE = (
    "/",
    "/hiring",
    "/notifications",
    "/jobs",
    "/settings/profile",
    "/settings/portfolio",
    "/settings/portfolio/new",
    "/settings/account",
    "/settings/account/delete",
    "/settings/password",
    "/settings/devices",
    "/settings/notifications",
    "/u/{alice}",
    "/api/auth/me",
    "/api/auth/sessions",
    "/api/bids/mine",
    "/api/notifications",
    "/api/notifications/choices",
    "/api/users/profile",
)


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_dressed(visitor: Client, alice: Person, path: str) -> None:
    """SECURITY 13: pages, the API, errors, files and pictures alike."""
    picture = show_picture(alice)["small"] if "{picture}" in path else ""
    headers = visitor.get(path.format(alice=alice.id, picture=picture)).headers
    assert headers["Content-Security-Policy"] == CSP
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Permissions-Policy" in headers
    assert "Strict-Transport-Security" not in headers  # only where the public address is https
    assert "Access-Control-Allow-Origin" not in headers
    assert "Server" not in headers or "Python" not in headers["Server"]


@pytest.mark.parametrize("path", PRIVATE)
def test_what_is_private_is_not_kept(alice: Person, path: str) -> None:
    """SECURITY 13: signed-in pages are no-store."""
    assert "no-store" in alice.get(path.format(alice=alice.id)).headers["Cache-Control"]


def test_what_a_letter_opens_is_told_to_no_other_site(visitor: Client) -> None:
    """SECURITY 13: its address is a key; no page that it leads to learns it, and no cache keeps it."""
    for path in ("/reset/nonsense", "/confirm/nonsense"):
        headers = visitor.get(path).headers
        assert headers["Referrer-Policy"] in ("same-origin", "no-referrer")
        assert headers["Cache-Control"] in ("no-store", "no-cache")


def test_what_sets_cookies_is_not_kept(alice: Person, visitor: Client) -> None:
    """SECURITY 13."""
    assert visitor.post("/api/auth/login", alice.credentials).headers["Cache-Control"] == "no-store"


def test_a_versioned_file_is_kept_for_ever(visitor: Client) -> None:
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', visitor.get("/").text)
    assert len(addresses) >= 6
    named_by_files = [urljoin(address, "toasts.js") for address in addresses if address.endswith("app.js")]
    for address in (*addresses, *named_by_files):
        answer = visitor.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["Cache-Control"]


def test_a_page_of_before_an_update_gets_the_files_of_today(visitor: Client) -> None:
    answer = visitor.get("/static/before/css/base.css")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-cache")


def test_page_and_fragment_are_told_apart_by_caches(visitor: Client) -> None:
    for path in ("/jobs", "/login", "/", "/nowhere"):
        varies = {name.strip() for name in visitor.get(path).headers["Vary"].split(",")}
        assert varies >= {"HX-Request", "HX-Request-Type", "HX-History-Restore-Request"}, path


def test_no_file_beside_the_static_ones_is_served(visitor: Client) -> None:
    for path in (
        "/static/../wsgi.py",
        "/static/%2e%2e/wsgi.py",
        "/static//etc/passwd",
        "/static/any/../../wsgi.py",
        "/static/any/%2e%2e/wsgi.py",
        "/static/any//etc/passwd",
        "/static/css/base.css",
        "/static/",
        "/wsgi.py",
        "/.env",
    ):
        assert visitor.get(path).status_code == 404, path


def test_a_copy_of_a_list_is_nobodys_own(alice: Person, visitor: Client) -> None:
    """Whoever asks first, browsers may keep a public list and ask whether it still holds."""
    post_job(alice)  # drops the copies
    first, second = alice.get("/api/gigs"), visitor.get("/api/gigs")
    for answer in (first, second):
        assert answer.headers["Cache-Control"] == "no-cache"
    again = visitor.get("/api/gigs?unknown=1", headers={"If-None-Match": second.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
