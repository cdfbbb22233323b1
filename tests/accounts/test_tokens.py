"""Tokens: what is refused, and how a device is kept signed in (SECURITY 1, 2 and 4)."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from gigflow.web.known_tokens import KnownTokens
from tests.conftest import Connect
from tests.support.client import Client, Person
from tests.support.races import at_once
from tests.support.server import REFRESH_SECRET
from tests.support.tokens import claims_of, expired, signed, tampered, unsigned
from tests.support.waiting import wait_for

Db = Database[dict[str, Any]]


def without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


FORGERIES: dict[str, Callable[[Person, Person], str]] = {
    "another user under the old signature": lambda alice, bob: tampered(alice.cookie("token"), sub=bob.id),
    "a later end under the old signature": lambda alice, bob: tampered(alice.cookie("token"), exp=2**31),
    "cut signature": lambda alice, bob: str(alice.cookie("token"))[:-3],
    "no signature": lambda alice, bob: str(alice.cookie("token")).rpartition(".")[0] + ".",
    "alg none": lambda alice, bob: unsigned(alice.cookie("token")),
    "expired": lambda alice, bob: expired(alice.cookie("token")),
    "refresh token used as access token": lambda alice, bob: str(alice.cookie("refresh_token")),
    "access token signed by the refresh secret": lambda alice, bob: signed(
        claims_of(alice.cookie("token")), REFRESH_SECRET
    ),
    "guessed secret": lambda alice, bob: signed(claims_of(alice.cookie("token")), "secret" * 8),
    "empty secret": lambda alice, bob: signed(claims_of(alice.cookie("token")), "0" * 32),
    "device of somebody else": lambda alice, bob: signed({**claims_of(alice.cookie("token")), "sub": bob.id}),
    "device that never was": lambda alice, bob: signed(
        {**claims_of(alice.cookie("token")), "device": str(ObjectId())}
    ),
    "earlier key of the device": lambda alice, bob: signed(
        {**claims_of(alice.cookie("token")), "key": claims_of(bob.cookie("token"))["key"]}
    ),
    "no key": lambda alice, bob: signed(without(claims_of(alice.cookie("token")), "key")),
    "no device": lambda alice, bob: signed(without(claims_of(alice.cookie("token")), "device")),
    "no person": lambda alice, bob: signed(without(claims_of(alice.cookie("token")), "sub")),
    "device is an operator": lambda alice, bob: signed(
        {**claims_of(alice.cookie("token")), "device": {"$gt": ""}}
    ),
    "a type that is no text": lambda alice, bob: "eyJhbGciOiJIUzI1NiJ9.eyJ0eXBlIjpbXX0.AA",
    "a type that is an object": lambda alice, bob: "eyJhbGciOiJIUzI1NiJ9.eyJ0eXBlIjp7fX0.AA",
    "nonsense": lambda alice, bob: "a.b.c",
    "not even text": lambda alice, bob: "\xff\xfe",
}


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("name", FORGERIES)
def test_a_token_that_is_not_good_is_401(name: str, alice: Person, bob: Person, visitor: Client) -> None:
    """SECURITY 1: as a Bearer header and as a cookie alike."""
    token = FORGERIES[name](alice, bob)
    assert visitor.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert visitor.get("/api/auth/me", headers={"Cookie": f"token={token}"}).status_code == 401
    # A public page is no worse for it.
    assert visitor.get("/jobs", headers={"Cookie": f"token={token}"}).status_code == 200


def test_a_token_that_was_good_is_401_from_its_end_on(alice: Person, visitor: Client) -> None:
    """SECURITY 1: what a token said is kept, but no longer than it is good."""
    ends_at = int(time.time()) + 3
    headers = {"Authorization": f"Bearer {signed({**claims_of(alice.cookie('token')), 'exp': ends_at})}"}
    assert [visitor.get("/api/auth/me", headers=headers).status_code for _ in range(2)] == [200, 200]
    wait_for(
        lambda: visitor.get("/api/auth/me", headers=headers).status_code == 401, what="the end of the token"
    )
    assert time.time() >= ends_at


def test_a_token_that_was_read_is_no_help_to_a_changed_one(
    alice: Person, bob: Person, visitor: Client
) -> None:
    """SECURITY 1: a token is known by its whole text."""
    good = str(alice.cookie("token"))
    for token, status in ((good, 200), (tampered(good, sub=bob.id), 401), (good[:-3], 401), (good, 200)):
        headers = {"Authorization": f"Bearer {token}"}
        assert visitor.get("/api/auth/me", headers=headers).status_code == status


def test_of_known_tokens_the_one_seen_longest_ago_makes_room() -> None:
    known: KnownTokens[str] = KnownTokens(most=2)
    for token in ("first", "second"):
        known.keep(token, f"said by {token}", time.time() + 60)
    assert known.said_by("first")
    known.keep("third", "said by third", time.time() + 60)
    assert [known.said_by(token) for token in ("first", "second", "third")] == [
        "said by first",
        None,
        "said by third",
    ]


def test_an_access_token_does_not_refresh(alice: Person, visitor: Client) -> None:
    """SECURITY 1: the wrong kind, the other way round."""
    for token in (alice.cookie("token"), expired(alice.cookie("token")), "nonsense"):
        answer = visitor.post("/api/auth/refresh", headers={"Cookie": f"refresh_token={token}"})
        assert answer.status_code == 401


def test_a_copied_cookie_is_dead_after_signing_out(alice: Person) -> None:
    """SECURITY 2: access and refresh token alike, at once."""
    thief = alice.twin()
    bearer = alice.bearer()
    assert thief.get("/api/auth/me").status_code == 200
    alice.post("/api/auth/logout")
    assert thief.get("/api/auth/me").status_code == 401
    assert thief.get("/api/auth/me", headers=bearer).status_code == 401
    assert thief.post("/api/auth/refresh").status_code == 401
    assert thief.page("/hiring").one("h1").to_text() == "Sign in"


def session_of(db: Db, person: Person) -> dict[str, Any]:
    found = list(db.sessions.find({"user_id": ObjectId(person.id)}))
    assert len(found) == 1
    return found[0]


def test_any_request_renews_an_expired_access_token(alice: Person) -> None:
    """SECURITY 4: pages, forms, HTMX and the API, without script."""
    for ask in (
        lambda: alice.get("/api/auth/me"),
        lambda: alice.get("/hiring"),
        lambda: alice.fragment("GET", "/notifications").response,
        lambda: alice.post("/api/gigs", {"title": "a", "description": "b", "budget": 1}),
        lambda: alice.get("/jobs"),
    ):
        refresh_token = alice.cookie("refresh_token")
        alice.set_cookie("token", expired(alice.cookie("token")))
        assert ask().status_code < 300
        assert alice.cookie("refresh_token") != refresh_token
        # What was handed out is good by itself.
        assert alice.get("/api/auth/me", headers=alice.bearer()).status_code == 200


def test_refresh_on_request_answers_the_token(alice: Person) -> None:
    answer = alice.post("/api/auth/refresh")
    assert answer.status_code == 200
    assert answer.json() == {"token": alice.cookie("token")}


def test_twenty_requests_with_one_expired_token(alice: Person, db: Db) -> None:
    """SECURITY 4: all succeed, one rotation."""
    stale = expired(alice.cookie("token"))
    alice.set_cookie("token", stale)
    before = session_of(db, alice)["refresh"]
    tabs = [alice.twin() for _ in range(20)]
    answers = at_once([lambda tab=tab: tab.get("/api/auth/me") for tab in tabs])
    assert [answer.status_code for answer in answers] == [200] * 20
    rotated = [answer for answer in answers if answer.cookies.get("refresh_token")]
    assert len(rotated) == 1
    assert all(answer.cookies.get("token") for answer in answers)
    after = session_of(db, alice)["refresh"]
    assert after["previous"] == before["current"]
    assert db.audit.count_documents({"user_id": ObjectId(alice.id), "event": "refresh_reused"}) == 0


def test_the_previous_refresh_token_stays_good_until_its_successor_came_and_a_while_longer(
    alice: Person, db: Db
) -> None:
    """SECURITY 4: it gets an access token only; later reuse ends the device and is audited."""
    old = alice.twin()
    old.forget_cookie("token")
    alice.post("/api/auth/refresh")  # the answer with the successor is on its way
    for _ in range(3):
        answer = old.get("/api/auth/me")
        assert answer.status_code == 200
        assert answer.cookies.get("token")
        assert not answer.cookies.get("refresh_token")
        old.forget_cookie("token")

    alice.post("/api/auth/refresh")  # the successor is presented
    assert old.get("/api/auth/me").status_code == 200
    old.forget_cookie("token")
    long_ago = datetime.now(UTC) - timedelta(seconds=1)
    db.sessions.update_one({"user_id": ObjectId(alice.id)}, {"$set": {"refresh.retired_until": long_ago}})

    assert old.get("/api/auth/me").status_code == 401
    assert session_of(db, alice)["revoked_at"]
    audit = db.audit.find_one({"user_id": ObjectId(alice.id), "event": "refresh_reused"})
    assert audit is not None
    assert alice.get("/api/auth/me").status_code == 401
    assert alice.post("/api/auth/refresh").status_code == 401


def test_the_grace_of_a_replaced_refresh_token_is_thirty_seconds(alice: Person, db: Db) -> None:
    """SECURITY 4: the 30 s count from when the successor is presented."""
    alice.post("/api/auth/refresh")
    alice.post("/api/auth/refresh")
    session = session_of(db, alice)
    left = session["refresh"]["retired_until"] - session["last_seen_at"]
    assert left == timedelta(seconds=30)
    assert session["expires_at"] - session["last_seen_at"] == timedelta(days=30)


def test_a_very_old_refresh_token_ends_the_device(alice: Person, db: Db) -> None:
    """SECURITY 4: reuse of a token that was replaced twice."""
    thief = alice.twin()
    for _ in range(3):
        alice.post("/api/auth/refresh")
    assert thief.post("/api/auth/refresh").status_code == 401
    assert alice.get("/api/auth/me").status_code == 401
    assert db.audit.count_documents({"user_id": ObjectId(alice.id), "event": "refresh_reused"}) == 1


def test_a_spent_refresh_token_opens_no_private_socket(alice: Person, db: Db, connect: Connect) -> None:
    """SECURITY 4: what was replaced twice and is past its grace listens to nothing."""
    thief = alice.twin()
    thief.session.cookies.set("token", None)
    connect(thief).wait("unread")  # the current one does
    for _ in range(2):
        alice.post("/api/auth/refresh")
    db.sessions.update_many(
        {"user_id": ObjectId(alice.id)}, {"$set": {"refresh.retired_until": datetime(2020, 1, 1, tzinfo=UTC)}}
    )
    listening = connect(thief)
    listening.wait("signed_out")
    assert listening.of("unread") == []


def test_a_bearer_header_excludes_the_refresh_cookie(alice: Person) -> None:
    """docs/api.md, Signing in."""
    assert alice.post("/api/auth/refresh", headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_a_device_past_its_end_is_over(alice: Person, db: Db) -> None:
    """SECURITY 1: the refresh token carries the same end, so an old one is no key."""
    claims = claims_of(alice.cookie("refresh_token"))
    assert claims["exp"] - claims["iat"] == 30 * 86_400
    stale = signed({**claims, "exp": claims["iat"] - 60, "nbf": claims["iat"] - 120}, REFRESH_SECRET)
    alice.set_cookie("refresh_token", stale)
    alice.forget_cookie("token")
    assert alice.get("/api/auth/me").status_code == 401
