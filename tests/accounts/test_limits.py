"""How often something may be tried (SECURITY 8), and whose address counts (SECURITY 15)."""

import itertools
from collections.abc import Callable

import pytest
import requests

from tests.conftest import Join
from tests.support.client import Client
from tests.support.market import BID, code_of
from tests.support.server import Server

_addresses = (f"198.51.100.{number}" for number in itertools.count(1))


@pytest.fixture(scope="module")
def strict(start_server: Callable[..., Server]) -> Server:
    """Behind one proxy, so that each test has an address of its own."""
    return start_server(RATE_LIMITS="strict", TRUSTED_PROXIES="1")


@pytest.fixture(scope="module")
def stricter(start_server: Callable[..., Server]) -> Server:
    """Where the limits by address are others than usual."""
    doors = {f"LIMIT_{name}_ADDRESS": "3/hour" for name in ("LOGIN", "REGISTER", "RESET")}
    return start_server(RATE_LIMITS="strict", TRUSTED_PROXIES="1", LIMIT_REQUESTS="6/hour", **doors)


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


def test_bids_are_limited_by_person(strict: Server, join: Join) -> None:
    """SECURITY 8: 30 a minute, in the API and on the page together."""
    nina, other = join("Nina", at=strict), join("Other", at=strict)
    body = {**BID, "gigId": "0" * 24}
    for _ in range(30):
        assert nina.post("/api/bids", body).status_code == 404
    assert_too_many(nina.post("/api/bids", body), 60)
    assert other.post("/api/bids", body).status_code == 404


def test_the_page_says_when_to_try_again(strict: Server, join: Join, address: dict[str, str]) -> None:
    nina = join("Nina", at=strict)
    visitor = Client(strict.url, **address)
    page = visitor.page("/login")
    for _ in range(6):
        page = page.submit("#login-form", email=nina.email, password="wrong")
    assert page.status == 429
    assert "Too many attempts" in page.text
    assert page.values("#login-form")["email"] == nina.email


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/auth/login", {"password": "wrong"}, 401),
        ("/api/auth/register", {"name": "Nina", "password": "long enough"}, 201),
        ("/api/auth/forgot", {}, 202),
    ],
)
def test_what_costs_is_limited_by_address(
    path: str, body: dict[str, str], status: int, stricter: Server, address: dict[str, str]
) -> None:
    """SECURITY 8: however many accounts are tried, as often as the setting says; others are let in."""
    program = Client(stricter.url)

    def ask(number: int, address: dict[str, str]) -> requests.Response:
        email = f"nina-{address['X-Forwarded-For']}-{number}@example.test"
        return program.post(path, {**body, "email": email}, headers=address)

    for number in range(3):
        assert ask(number, address).status_code == status
    assert_too_many(ask(3, address), 3600)
    assert program.page("/register", headers=address).status == 200
    assert ask(0, {"X-Forwarded-For": next(_addresses)}).status_code == status


def test_all_requests_are_limited_by_address(stricter: Server, address: dict[str, str]) -> None:
    """SECURITY 8."""
    program = Client(stricter.url)
    # What costs nothing is not counted: copies of public lists, static files, the questions of a balancer.
    for path in ("/healthz", "/static/any/css/base.css") * 4:
        assert program.get(path, headers=address).status_code == 200
    statuses = [program.get("/login", headers=address).status_code for _ in range(7)]
    assert statuses == [200] * 6 + [429]
    page = program.page("/login", headers=address)
    assert page.status == 429
    assert "Try again in" in page.text
    assert int(page.response.headers["Retry-After"]) >= 1


def test_only_the_last_hop_is_believed(stricter: Server) -> None:
    """SECURITY 15: the configured proxy's word counts, not what a client claims in front of it."""
    program = Client(stricter.url)
    real = next(_addresses)
    statuses = []
    for number in range(4):
        claimed = {"X-Forwarded-For": f"203.0.113.{number}, {real}"}
        body = {"email": f"nobody-{number}@example.test"}
        statuses.append(program.post("/api/auth/forgot", body, headers=claimed).status_code)
    assert statuses == [202] * 3 + [429]


def test_without_a_proxy_no_header_is_believed(start_server: Callable[..., Server]) -> None:
    """SECURITY 15: else everybody would choose their own address, and their own host."""
    direct = start_server(RATE_LIMITS="strict", LIMIT_REGISTER_ADDRESS="3/hour")
    program = Client(direct.url)
    body = {
        "name": "Nina",
        "email": "nina@example.test",
        "password": "long enough",
    }  # taken after the first time
    for number in range(3):
        claimed = {"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"}
        assert program.post("/api/auth/register", body, headers=claimed).status_code in (201, 409)
    assert (
        program.post("/api/auth/register", body, headers={"X-Forwarded-For": "203.0.113.99"}).status_code
        == 429
    )
    foreign = {"X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https", "Origin": "https://evil.test"}
    assert code_of(program.post("/api/auth/logout", headers=foreign)) == "foreign_origin"
