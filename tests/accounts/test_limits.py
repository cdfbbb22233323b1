"""How often something may be tried (SECURITY 8), and whose address counts (SECURITY 15)."""

import itertools
from collections.abc import Callable

import pytest
import requests

from tests.conftest import Join
from tests.support.client import Client, Person
from tests.support.market import BID, code_of
from tests.support.server import Server

_addresses = (f"198.51.100.{number}" for number in itertools.count(1))


@pytest.fixture(scope="module")
def strict(start_server: Callable[..., Server]) -> Server:
    """Behind one proxy, so that each test has an address of its own."""
    return start_server(RATE_LIMITS="strict", TRUSTED_PROXIES="1")


@pytest.fixture
def address() -> dict[str, str]:
    """The header of the proxy for a client that no other test is."""
    return {"X-Forwarded-For": next(_addresses)}


def assert_too_many(answer: requests.Response, most_seconds: int) -> None:
    assert (answer.status_code, code_of(answer)) == (429, "too_many_requests")
    assert 1 <= int(answer.headers["Retry-After"]) <= most_seconds + 1


def test_failed_sign_ins_are_limited_by_account(strict: Server, join: Join, address: dict[str, str]) -> None:
    """SECURITY 8: 5 a minute, whoever asks from wherever; then the right password does not help either."""
    nina = join("Nina", at=strict)
    guesser = Client(strict.url)
    for number in range(5):
        body = {"email": nina.email.upper() if number % 2 else nina.email, "password": "wrong"}
        assert guesser.post("/api/auth/login", body, headers=address).status_code == 401
    elsewhere = {"X-Forwarded-For": next(_addresses)}
    assert_too_many(guesser.post("/api/auth/login", nina.credentials, headers=elsewhere), 60)
    other = join("Other", at=strict)
    assert guesser.post("/api/auth/login", other.credentials, headers=address).status_code == 200


def test_nobody_can_lock_the_owner_out(strict: Server, join: Join, address: dict[str, str]) -> None:
    """SECURITY 8: a device that signed in before has a counter of its own, and only for its own account."""
    nina, other = join("Nina", at=strict), join("Other", at=strict)
    nina.post("/api/auth/logout")
    guesser = Client(strict.url)
    for _ in range(6):
        last = guesser.post("/api/auth/login", {**nina.credentials, "password": "wrong"}, headers=address)
    assert_too_many(last, 60)
    assert_too_many(other.post("/api/auth/login", nina.credentials, headers=address), 60)

    assert nina.post("/api/auth/login", nina.credentials, headers=address).status_code == 200
    for _ in range(10):
        assert (
            nina.post("/api/auth/login", {**nina.credentials, "password": "x"}, headers=address).status_code
            == 401
        )
    assert_too_many(nina.post("/api/auth/login", nina.credentials, headers=address), 60)


def test_a_forged_known_device_counts_as_unknown(strict: Server, join: Join, address: dict[str, str]) -> None:
    nina = join("Nina", at=strict)
    guesser = Client(strict.url)
    forged = {**address, "Cookie": "known_device=WyJhIiwiYiJd.c2lnbmVk"}
    for _ in range(5):
        guesser.post("/api/auth/login", {**nina.credentials, "password": "wrong"}, headers=forged)
    assert_too_many(guesser.post("/api/auth/login", nina.credentials, headers=forged), 60)


def test_a_sign_in_that_works_forgets_the_guesses(
    strict: Server, join: Join, address: dict[str, str]
) -> None:
    nina = join("Nina", at=strict)
    for _ in range(3):
        program = Client(strict.url)
        for _ in range(4):
            wrong = {**nina.credentials, "password": "wrong"}
            assert program.post("/api/auth/login", wrong, headers=address).status_code == 401
        assert program.post("/api/auth/login", nina.credentials, headers=address).status_code == 200


def test_sign_ins_are_limited_by_address(strict: Server, address: dict[str, str]) -> None:
    """SECURITY 8: 30 a minute, however many accounts are tried; known or not is told by nothing."""
    program = Client(strict.url)
    for number in range(30):
        body = {"email": f"nobody-{number}@example.test", "password": "wrong"}
        assert program.post("/api/auth/login", body, headers=address).status_code == 401
    assert_too_many(program.post("/api/auth/login", body, headers=address), 60)


def test_sign_ups_are_limited_by_address(strict: Server, address: dict[str, str]) -> None:
    """SECURITY 8: 30 an hour."""
    program = Client(strict.url)
    body = {
        "name": "Nina",
        "email": "nina@example.test",
        "password": "long enough",
    }  # taken after the first time
    for _ in range(30):
        assert program.post("/api/auth/register", body, headers=address).status_code in (201, 409)
    assert_too_many(program.post("/api/auth/register", body, headers=address), 3600)
    page = program.page("/register", headers=address)
    assert page.status == 200


def test_bids_are_limited_by_person(strict: Server, join: Join) -> None:
    """SECURITY 8: 30 a minute, in the API and on the page together."""
    nina, other = join("Nina", at=strict), join("Other", at=strict)
    body = {**BID, "gigId": "0" * 24}
    for _ in range(30):
        assert nina.post("/api/bids", body).status_code == 404
    assert_too_many(nina.post("/api/bids", body), 60)
    assert other.post("/api/bids", body).status_code == 404


def test_all_requests_are_limited_by_address(strict: Server, address: dict[str, str]) -> None:
    """SECURITY 8: 600 a minute."""
    program = Client(strict.url)
    # What costs nothing is not counted: copies of public lists, static files, the questions of a balancer.
    assert {program.get(path).status_code for path in ("/healthz", "/static/css/base.css")} == {200}
    statuses = [program.get("/login", headers=address).status_code for _ in range(601)]
    assert statuses == [200] * 600 + [429]
    page = program.page("/login", headers=address)
    assert page.status == 429
    assert "Try again in" in page.text
    assert int(page.response.headers["Retry-After"]) >= 1


def test_the_page_says_when_to_try_again(strict: Server, join: Join, address: dict[str, str]) -> None:
    nina = join("Nina", at=strict)
    visitor = Client(strict.url, **address)
    page = visitor.page("/login")
    for _ in range(6):
        page = page.submit("#login-form", email=nina.email, password="wrong")
    assert page.status == 429
    assert "too often" in page.text
    assert page.values("#login-form")["email"] == nina.email


def test_only_the_last_hop_is_believed(strict: Server) -> None:
    """SECURITY 15: the configured proxy's word counts, not what a client claims in front of it."""
    program = Client(strict.url)
    real = next(_addresses)
    body = {
        "name": "Nina",
        "email": "nina@example.test",
        "password": "long enough",
    }  # taken after the first time
    for number in range(30):
        claimed = {"X-Forwarded-For": f"203.0.113.{number}, {real}"}
        assert program.post("/api/auth/register", body, headers=claimed).status_code in (201, 409)
    claimed = {"X-Forwarded-For": f"203.0.113.99, {real}"}
    assert program.post("/api/auth/register", body, headers=claimed).status_code == 429


def test_without_a_proxy_no_header_is_believed(start_server: Callable[..., Server]) -> None:
    """SECURITY 15: else everybody would choose their own address, and their own host."""
    direct = start_server(RATE_LIMITS="strict")
    program = Client(direct.url)
    body = {
        "name": "Nina",
        "email": "nina@example.test",
        "password": "long enough",
    }  # taken after the first time
    for number in range(30):
        claimed = {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"}
        assert program.post("/api/auth/register", body, headers=claimed).status_code in (201, 409)
    assert (
        program.post("/api/auth/register", body, headers={"X-Forwarded-For": "203.0.113.99"}).status_code
        == 429
    )
    foreign = {"X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https", "Origin": "https://evil.test"}
    assert code_of(program.post("/api/auth/logout", headers=foreign)) == "foreign_origin"


def test_on_a_laptop_loopback_is_left_out(start_server: Callable[..., Server], join: Join) -> None:
    """API.md, Tolerant to programs: limits by address leave it out, those by account do not."""
    relaxed = start_server(RATE_LIMITS="on")
    program = Client(relaxed.url)
    for number in range(32):
        body = {"email": f"nobody-{number}@example.test", "password": "wrong"}
        assert program.post("/api/auth/login", body).status_code == 401
    nina: Person = join("Nina", at=relaxed)
    for _ in range(5):
        program.post("/api/auth/login", {**nina.credentials, "password": "wrong"})
    assert program.post("/api/auth/login", nina.credentials).status_code == 429
