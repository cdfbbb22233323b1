"""Errors: one shape, a stable code, the right status, and no input whatever gets a 500 (docs/api.md, Errors)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
from bson import ObjectId
from pymongo import WriteConcern

from tests.conftest import Join, shared
from tests.support.client import Client, Person
from tests.support.market import BID, JOB, code_of, hire, place_bid, post_job
from tests.support.server import Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")

NOBODYS = "f" * 24


def assert_shape(answer: requests.Response) -> dict[str, Any]:
    """The one shape of every error; returns its detail."""
    assert answer.headers["Content-Type"] == "application/json"
    body: dict[str, Any] = answer.json()
    assert body.keys() == {"success", "message", "error"}
    assert body["success"] is False
    assert isinstance(body["message"], str)
    assert body["message"]
    detail: dict[str, Any] = body["error"]
    assert detail.keys() == {"code", "fields", "requestId"}
    assert re.fullmatch(r"[a-z_]+", detail["code"])
    assert detail["requestId"] == answer.headers["X-Request-Id"]
    for messages in detail["fields"].values():
        assert messages
        assert all(isinstance(message, str) and message for message in messages)
    return detail


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/api/gigs", {}, 400, "invalid_fields"),
        ("POST", "/api/bids", {}, 400, "invalid_fields"),
        ("GET", "/api/gigs?limit=0", None, 400, "invalid_fields"),
        ("GET", "/api/gigs?cursor=x", None, 400, "invalid_fields"),
        ("GET", f"/api/gigs/{NOBODYS}", None, 404, "gig_not_found"),
        ("GET", "/api/gigs/nonsense", None, 404, "gig_not_found"),
        ("GET", "/api/gigs/%00", None, 404, "gig_not_found"),
        ("GET", f"/api/bids/{NOBODYS}", None, 404, "gig_not_found"),
        ("PATCH", f"/api/bids/{NOBODYS}/hire", None, 404, "bid_not_found"),
        ("PATCH", "/api/bids/x/hire", None, 404, "bid_not_found"),
        ("PATCH", f"/api/bids/{NOBODYS}/withdraw", None, 404, "bid_not_found"),
        ("PATCH", f"/api/bids/{NOBODYS}", BID, 404, "bid_not_found"),
        ("PUT", f"/api/gigs/{NOBODYS}", JOB, 404, "gig_not_found"),
        ("DELETE", f"/api/gigs/{NOBODYS}", None, 404, "gig_not_found"),
        ("POST", "/api/bids", {**BID, "gigId": NOBODYS}, 404, "gig_not_found"),
        ("POST", "/api/bids", {**BID, "gigId": "x"}, 404, "gig_not_found"),
        ("GET", f"/api/users/{NOBODYS}", None, 404, "user_not_found"),
        ("GET", "/api/users/nonsense", None, 404, "user_not_found"),
        ("PUT", "/api/users/profile", {"name": ""}, 400, "invalid_fields"),
        ("PUT", "/api/users/profile/picture", None, 400, "invalid_fields"),
        ("PUT", f"/api/users/profile/portfolio/{NOBODYS}/picture", None, 404, "piece_not_found"),
        ("PUT", "/api/notifications/choices", {"choices": 5}, 400, "invalid_fields"),
        ("DELETE", f"/api/auth/sessions/{NOBODYS}", None, 404, "device_not_found"),
        ("PATCH", "/api/auth/email", {}, 400, "invalid_fields"),
        ("PATCH", "/api/auth/password", {}, 400, "invalid_fields"),
        ("DELETE", "/api/auth/account", {}, 400, "invalid_fields"),
        ("POST", "/api/auth/forgot", {}, 400, "invalid_fields"),
        ("POST", "/api/auth/reset", {"token": "x", "password": "long enough"}, 400, "invalid_token"),
        ("POST", "/api/users/profile", {}, 405, "method_not_allowed"),
        ("PATCH", f"/api/users/{NOBODYS}", {}, 405, "method_not_allowed"),
        ("GET", "/api/nothing", None, 404, "not_found"),
        ("GET", "/api/", None, 404, "not_found"),
        ("GET", "/api/gigs/", None, 404, "not_found"),
        ("DELETE", "/api/gigs", None, 405, "method_not_allowed"),
        ("PUT", "/api/bids", {}, 405, "method_not_allowed"),
        ("POST", "/api/auth/me", {}, 405, "method_not_allowed"),
    ],
)
def test_status_and_code(alice: Person, method: str, path: str, body: object, status: int, code: str) -> None:
    answer = alice.request(method, path, body)
    detail = assert_shape(answer)
    assert (answer.status_code, detail["code"]) == (status, code)
    assert bool(detail["fields"]) is (status == 400)
    if status == 405:
        assert answer.headers["Allow"]
        assert method not in answer.headers["Allow"]


def test_refusals_of_the_domain_have_the_same_shape(alice: Person, bob: Person, visitor: Client) -> None:
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    for answer, status, code in (
        (visitor.post("/api/gigs", JOB), 401, "not_signed_in"),
        (visitor.post("/api/auth/login", {"email": "a@b.test", "password": "x"}), 401, "wrong_credentials"),
        (alice.post("/api/bids", {**BID, "gigId": gig["id"]}), 403, "own_gig"),
        (bob.put(f"/api/gigs/{gig['id']}", JOB), 403, "not_owner"),
        (bob.get(f"/api/bids/{gig['id']}"), 403, "not_owner"),
        (hire(bob, bid), 403, "not_owner"),
        (bob.post("/api/bids", {**BID, "gigId": gig["id"]}), 409, "already_bid"),
        (
            alice.post("/api/gigs", data="<a/>", headers={"Content-Type": "text/xml"}),
            415,
            "unsupported_media_type",
        ),
    ):
        assert (answer.status_code, assert_shape(answer)["code"]) == (status, code)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b"[]",
        b'"text"',
        b"5",
        b"null",
        b"true",
        b'{"title": "a",}',
        b"{'title': 'a'}",
        b'{"title": NaN}',
        b"\xff\xfe",
        b'{"title": "\xff"}',
        b"[" * 100_000,
        b'{"a":' * 10_000,
    ],
)
def test_a_body_that_is_no_json_object(alice: Person, body: bytes) -> None:
    """docs/api.md: 400 `invalid_json`."""
    for method, path in (
        ("POST", "/api/gigs"),
        ("POST", "/api/auth/login"),
        ("POST", "/api/notifications/read"),
        ("PUT", "/api/users/profile"),
        ("PUT", "/api/notifications/choices"),
        ("PATCH", "/api/auth/password"),
        ("DELETE", "/api/auth/account"),
    ):
        answer = alice.request(method, path, data=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, assert_shape(answer)["code"]) == (400, "invalid_json")


def test_errors_of_pages_are_pages(visitor: Client, alice: Person) -> None:
    for path, status in (
        ("/nothing", 404),
        (f"/gigs/{NOBODYS}", 404),
        (f"/u/{NOBODYS}", 404),
        ("/gigs/x", 404),
        ("/logout", 405),
    ):
        page = visitor.page(path)
        assert page.status == status
        assert page.response.headers["Content-Type"].startswith("text/html")
        assert page.response.headers["X-Request-Id"] in page.text
    page = alice.page(f"/bids/{NOBODYS}/hire")
    assert page.status == 404
    fragment = alice.fragment("GET", f"/gigs/{NOBODYS}/close")
    assert fragment.status == 404
    assert not fragment.all("h1")
    assert fragment.one("#error").attrs["role"] == "alert"


def test_a_request_may_bring_its_id(visitor: Client) -> None:
    def id_for(brought: str) -> str:
        return visitor.get("/api/auth/me", headers={"X-Request-Id": brought}).headers["X-Request-Id"]

    assert id_for("trace-0123456789") == "trace-0123456789"
    for bad in ("short", "x" * 65, "has space in it", "<script>0123"):
        assert re.fullmatch(r"[0-9a-f]{16}", id_for(bad))


@pytest.fixture(scope="module")
def broken(start_server: Callable[..., Server]) -> Server:
    """A server that is allowed to log errors, and tells every request."""
    return start_server(LOG_LEVEL="INFO")


def test_an_unexpected_error_is_a_plain_500(broken: Server, join: Join) -> None:
    """SECURITY 29: with the request id and never a trace, as JSON, page and fragment; the log has the trace."""
    alice = join("Alice", at=broken)
    gig = post_job(alice)
    # What no release of GigFlow writes: a document that its own model refuses.
    unchecked = broken.db.get_collection("gigs", write_concern=WriteConcern("majority"))
    unchecked.update_one(
        {"_id": ObjectId(gig["id"])}, {"$set": {"skills": 5}}, bypass_document_validation=True
    )
    answer = alice.get(f"/api/gigs/{gig['id']}")
    assert (answer.status_code, assert_shape(answer)["code"]) == (500, "internal")
    page = alice.page(f"/gigs/{gig['id']}")
    assert page.status == 500
    assert page.response.headers["X-Request-Id"] in page.text
    fragment = alice.fragment("GET", f"/gigs/{gig['id']}/live")
    assert fragment.status == 500
    for each in (answer, page.response, fragment.response):
        for word in ("Traceback", "msgspec", "skills", ".py", "Expected"):
            assert word not in each.text
    traced = {line.get("requestId"): line.get("trace", "") for line in broken.errors()}
    for each in (answer, page.response, fragment.response):
        assert "ValidationError" in traced[each.headers["X-Request-Id"]]


def test_the_log_has_ids_and_no_secrets(broken: Server, join: Join) -> None:
    """SECURITY 28: JSON line by line, a request id, no token, no password, line ends escaped."""
    nina = join("Nina", at=broken, password="s3cret-of-nina")
    nina.post("/api/auth/login", {**nina.credentials, "password": "s3cret-mistyped"})
    nina.get("/api/gigs/forged%0A%7B%22level%22:%22ERROR%22%7D")
    nina.get("/api/auth/me", headers={**nina.bearer(), "X-Request-Id": "trace-of-nina"})
    nina.get(f"/api/gigs?search={nina.cookie('token')}&password=s3cret-in-the-address")
    nina.get(f"/api/gigs/{nina.cookie('token')}")
    text = broken.log_path.read_text()
    for secret in ("s3cret-of-nina", "s3cret-mistyped", "s3cret-in-the-address", "eyJ"):
        assert secret not in text
    lines = broken.log_lines()  # each is one JSON object, the forged line end included
    assert {"at", "level", "logger", "message"} <= lines[0].keys()
    requested = [line for line in lines if line["logger"] == "gigflow.requests"]
    assert all(line["requestId"] for line in requested)
    traced = [line for line in requested if line["requestId"] == "trace-of-nina"]
    assert [(line["message"], line["status"]) for line in traced] == [("GET /api/auth/me", 200)]
    assert any("forged\n" in line["message"] for line in requested)


def test_codes_are_told_apart(alice: Person, bob: Person) -> None:
    """A program can act on why a 409 came."""
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    assert code_of(hire(alice, bid, price=1)) == "terms_changed"
    assert hire(alice, bid).status_code == 200
    assert code_of(hire(alice, bid)) == "gig_not_open"
    assert code_of(alice.put(f"/api/gigs/{gig['id']}", JOB)) == "gig_not_open"
    assert code_of(bob.patch(f"/api/bids/{bid['id']}/withdraw")) in ("bid_not_pending", "gig_not_open")
