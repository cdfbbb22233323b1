"""The flow of seed 000 by small clients as people write them: each carries the sign-in, and reads, in its own way."""

import json
import re
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.client import Json
from tests.support.market import BID, JOB, unique_word
from tests.support.server import Server

PASSWORD = "secret123"


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """As it is without a setting."""
    return start_server(API_ANSWERS="tolerant")


class Script:
    """A client of one person: it keeps what the answer of a sign-in gave it, and sends that along."""

    def __init__(
        self,
        url: str,
        carry: Callable[[requests.Response, Json], dict[str, str]],
        read: Callable[[Json, str], Any],
    ) -> None:
        self.url, self.carry, self.read = url, carry, read
        self.headers: dict[str, str] = {}

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """Ask without a cookie jar, as fetch does in a script."""
        answer = requests.request(method, self.url + path, json=body, headers=self.headers, timeout=60)
        assert answer.ok, answer.text
        if path.endswith(("/register", "/login")):
            self.headers = self.carry(answer, answer.json())
        read: Json = answer.json()
        return read


def first_cookie(answer: requests.Response, _: Json) -> dict[str, str]:
    """`res.headers["set-cookie"][0].split(";")[0]`"""
    return {"Cookie": answer.raw.headers.getlist("Set-Cookie")[0].split(";")[0]}


def joined_header(answer: requests.Response, _: Json) -> dict[str, str]:
    """`headers.get("set-cookie").split(";")[0]`, of all cookies joined by commas."""
    return {"Cookie": answer.headers["Set-Cookie"].split(";")[0]}


def by_pattern(answer: requests.Response, _: Json) -> dict[str, str]:
    """`/token=([^;]+)/` on the whole header."""
    found = re.search(r"token=([^;]+)", answer.headers["Set-Cookie"])
    assert found
    return {"Cookie": f"token={found[1]}"}


def every_cookie(answer: requests.Response, _: Json) -> dict[str, str]:
    return {"Cookie": "; ".join(each.split(";")[0] for each in answer.raw.headers.getlist("Set-Cookie"))}


def parsed_cookies(answer: requests.Response, _: Json) -> dict[str, str]:
    jar: SimpleCookie = SimpleCookie()
    for each in answer.raw.headers.getlist("Set-Cookie"):
        jar.load(each)
    return {"Cookie": f"token={jar['token'].value}"}


def bearer(_: requests.Response, read: Json) -> dict[str, str]:
    return {"Authorization": f"Bearer {read['token']}"}


def bearer_of_data(_: requests.Response, read: Json) -> dict[str, str]:
    return {"Authorization": f"Bearer {read['data']['token']}"}


def cookie_and_empty_bearer(answer: requests.Response, read: Json) -> dict[str, str]:
    """`Authorization: "Bearer " + (localStorage.token ?? "")`, beside a cookie."""
    return {**first_cookie(answer, read), "Authorization": "Bearer "}


def plain(read: Json, name: str) -> Any:
    return read[name] if name.endswith("s") else read


def named(read: Json, name: str) -> Any:
    return read[name]


def data(read: Json, name: str) -> Any:
    assert read["success"] is True
    return read["data"]


def data_named(read: Json, name: str) -> Any:
    return read["data"] if name.endswith("s") else read["data"][name]


CARRIES = (
    first_cookie, joined_header, by_pattern, every_cookie, parsed_cookies, bearer, bearer_of_data,
    cookie_and_empty_bearer,
)  # fmt: skip
# Each way to carry the sign-in, with a way to read answers.
CLIENTS = list(zip(CARRIES, (plain, named, data, data_named, plain, named, data, data_named), strict=True))


@pytest.mark.parametrize(("carry", "read"), CLIENTS, ids=[carry.__name__ for carry in CARRIES])
def test_the_whole_flow(server: Server, carry: Any, read: Any) -> None:
    """Sign up, sign in, post, look, bid, look at the bids, hire; the other bid is rejected."""
    owner, winner, loser = (Script(server.url, carry, read) for _ in range(3))
    for script in (owner, winner, loser):
        person = {"name": "Sam Script", "email": f"{unique_word()}@example.test", "password": PASSWORD}
        made = read(script.call("POST", "/api/auth/register", person), "user")
        script.call("POST", "/api/auth/login", {"email": person["email"], "password": PASSWORD})
        assert read(script.call("GET", "/api/auth/me"), "user")["_id"] == made["_id"]
    word = unique_word()
    gig = read(owner.call("POST", "/api/gigs", {**JOB, "title": f"Map of {word}"}), "gig")
    found = read(winner.call("GET", f"/api/gigs?search={word}"), "gigs")
    assert [each["_id"] for each in found] == [gig["_id"]]
    bids = [
        read(each.call("POST", "/api/bids", {**BID, "gigId": gig["_id"]}), "bid") for each in (winner, loser)
    ]
    listed = read(owner.call("GET", f"/api/bids/{gig['_id']}"), "bids")
    assert {each["_id"] for each in listed} == {each["_id"] for each in bids}
    hired = owner.call("PATCH", f"/api/bids/{bids[0]['_id']}/hire")
    assert (hired["bid"]["status"], hired["data"]["bid"]["status"]) == ("hired", "hired")
    assert read(owner.call("GET", f"/api/gigs/{gig['_id']}"), "gig")["status"] == "assigned"
    mine = read(loser.call("GET", "/api/bids/my-bids"), "bids")
    assert [each["status"] for each in mine] == ["rejected"]


def test_a_token_that_is_none_is_refused(server: Server) -> None:
    """Only an empty one counts as none: a wrong one does not fall back to the cookies."""
    script = Script(server.url, first_cookie, plain)
    script.call(
        "POST",
        "/api/auth/register",
        {"name": "Sam", "email": f"{unique_word()}@example.test", "password": PASSWORD},
    )
    headers = {**script.headers, "Authorization": "Bearer undefined"}
    assert requests.get(f"{server.url}/api/auth/me", headers=headers, timeout=60).status_code == 401


@pytest.fixture
def raw(server: Server) -> Iterator[HTTPConnection]:
    parts = urlsplit(server.url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    yield connection
    connection.close()


def test_an_empty_bearer_does_not_open_the_gate(server: Server, raw: HTTPConnection) -> None:
    """SECURITY 10: with cookies it is what it would be without that header."""
    script = Script(server.url, first_cookie, plain)
    script.call(
        "POST",
        "/api/auth/register",
        {"name": "Sam", "email": f"{unique_word()}@example.test", "password": PASSWORD},
    )
    headers = {
        **script.headers,
        "Authorization": "Bearer",
        "Origin": "https://evil.example",
        "Content-Type": "application/json",
    }
    raw.request("POST", "/api/gigs", json.dumps(JOB), headers)
    assert raw.getresponse().status == 403
