"""Every actor, state and event of a service (docs/states.md, invariant 9), and who sees it in which state."""

import re
from collections.abc import Callable

import pytest
import requests

from gigflow.core.transitions import AS_IT_WAS
from gigflow.gigs.models import SERVICE
from tests.conftest import PASSWORD, Connect, shared
from tests.services.moderating import HIDDEN, STATES, approve, at, reject, row_of, take_down
from tests.support.client import Client, Json, Person
from tests.support.invariants import Db
from tests.support.market import add_image, code_of, offer_service, put_into, unique_word
from tests.support.server import Server
from tests.support.waiting import wait_for

alice = shared("Alice Owner")
bob = shared("Bob Bidder")

NOT_ARCHIVED = {state: state for state in STATES if state != "archived"}
# What each request makes of each state; where a state is not named, it is refused. By whom: the last column.
EVENTS: dict[str, tuple[str, Callable[[Client, Json], requests.Response], dict[str, str]]] = {
    "edit": ("owner", lambda who, it: who.patch(path(it), {"title": "Better"}), NOT_ARCHIVED),
    "edit of others": ("owner", lambda who, it: who.put(path(it), {"skills": ["ink"]}), NOT_ARCHIVED),
    "images": (
        "owner",
        lambda who, it: who.put(f"{path(it)}/images", {"images": it["images"]}),
        NOT_ARCHIVED,
    ),
    "publish": (
        "owner",
        lambda who, it: who.post(f"{path(it)}/publish"),
        {"draft": "live", "rejected": "pending"},
    ),
    "take back": ("owner", lambda who, it: who.post(f"{path(it)}/take-back"), {"pending": "draft"}),
    "pause": ("owner", lambda who, it: who.post(f"{path(it)}/pause"), {"live": "paused"}),
    "resume": ("owner", lambda who, it: who.post(f"{path(it)}/resume"), {"paused": "live"}),
    "archive": ("owner", lambda who, it: who.delete(path(it)), dict.fromkeys(NOT_ARCHIVED, "archived")),
    "approve": ("admin", approve, {"pending": "live"}),
    "reject": ("admin", reject, {"pending": "rejected"}),
    "take down": ("admin", take_down, {"live": "rejected", "paused": "rejected"}),
}
# Where services are moderated.
MODERATED = {
    "edit": {**NOT_ARCHIVED, "live": "pending", "paused": "pending"},
    "edit of others": {**NOT_ARCHIVED, "live": "pending", "paused": "pending"},
    "publish": {"draft": "pending", "rejected": "pending"},
}


def path(service: Json) -> str:
    return f"/api/gigs/{service['id']}"


@pytest.fixture(scope="module")
def moderated(start_server: Callable[..., Server], server: Server) -> Server:
    """Where an admin looks at services first; the people and the database are the same."""
    return start_server(server.mongo_db, MODERATE_SERVICES="on")


@pytest.fixture(scope="module")
def root(server: Server) -> Person:
    """An admin for all of these tests."""
    person = Person(server.url, "Root Admin", f"root-{unique_word()}@example.test", PASSWORD)
    server.make_admin(person.email)
    return person


def test_these_are_the_transitions_of_the_table() -> None:
    """So that what is tried below is what docs/states.md shows."""
    tried = {
        (actor, source, target)
        for name, (actor, _, always) in EVENTS.items()
        for source, target in {*always.items(), *MODERATED.get(name, {}).items()}
    }
    known = {
        (each.actor, source, source if each.target == AS_IT_WAS else each.target)
        for each in SERVICE.transitions.values()
        for source in each.sources
    }
    assert tried == known


@pytest.mark.parametrize("moderates", [False, True], ids=["free", "moderated"])
@pytest.mark.parametrize("state", STATES)
def test_who_may_do_what_in_which_state(
    state: str,
    moderates: bool,
    alice: Person,
    bob: Person,
    root: Person,
    visitor: Client,
    moderated: Server,
    server: Server,
    db: Db,
) -> None:
    """Refused is refused without a trace; done is done once, and nothing else with it."""
    service = put_into(db, add_image(alice, offer_service(alice)), state)
    here = moderated if moderates else server
    people = {"visitor": visitor, "stranger": bob, "owner": alice, "admin": root}
    before = row_of(db, service)
    for name, (actor, request, always) in EVENTS.items():
        targets = (MODERATED if moderates else {}).get(name, always)
        for who, person in people.items():
            answer = request(at(here, person), service)
            after = row_of(db, service)
            if who == actor and state in targets:
                assert (answer.status_code, answer.json()["status"]) == (200, targets[state]), (name, who)
                # The version is that of the terms: pictures may change beside a form that is open.
                step = 0 if name == "images" else 1
                assert (after["status"], after["version"]) == (targets[state], before["version"] + step)
            else:
                assert (answer.status_code, code_of(answer)) == refusal(who, actor, state), (name, who)
                assert {**after, "image_changes": 0} == {**before, "image_changes": 0}, (name, who)
            db.gigs.replace_one({"_id": before["_id"]}, before)


def refusal(who: str, actor: str, state: str) -> tuple[int, str]:
    """How somebody is refused who may not do something, or not now."""
    if who == "visitor":
        return 401, "not_signed_in"
    if who == actor:
        return 409, "service_state"
    if actor == "admin":
        return 403, "forbidden"
    return (404, "gig_not_found") if who == "stranger" and state in HIDDEN else (403, "not_owner")


@pytest.mark.parametrize("state", STATES)
def test_the_conflict_says_what_the_state_is(state: str, alice: Person, db: Db) -> None:
    """docs/states.md."""
    service = put_into(db, offer_service(alice), state)
    word = {"pending": "awaiting approval"}.get(state, state)
    for event in {"publish", "take-back", "pause", "resume"}:
        answer = alice.post(f"{path(service)}/{event}")
        if answer.status_code != 200:
            assert word in answer.json()["message"], event
        put_into(db, service, state)


# What somebody may try with an id that they know.
WAYS: list[tuple[str, str, Json | None]] = [
    ("GET", "/api/gigs/{id}", None),
    ("GET", "/gigs/{id}", None),
    ("GET", "/gigs/{id}/edit", None),
    ("GET", "/gigs/{id}/archive", None),
    ("GET", "/api/gigs/{id}/questions", None),
    ("GET", "/api/bids/{id}", None),
    ("PUT", "/api/gigs/{id}", {"title": "x"}),
    ("PATCH", "/api/gigs/{id}", {"title": "x"}),
    ("DELETE", "/api/gigs/{id}", None),
    ("POST", "/api/gigs/{id}/publish", None),
    ("POST", "/api/gigs/{id}/pause", None),
    ("PUT", "/api/gigs/{id}/images", {"images": []}),
    ("POST", "/api/gigs/{id}/questions", {"text": "?"}),
    ("POST", "/api/bids", {"gigId": "{id}", "message": "x", "price": 5}),
]


UNSAID = re.compile(r"<[^>]*>|[0-9a-f]{16}")  # tags, and the request's own id


def said(reader: Client, method: str, way: str, body: Json | None, gig_id: str) -> tuple[object, ...]:
    """All that an answer tells, but for the id that was asked for."""
    sent = {name: gig_id if value == "{id}" else value for name, value in (body or {}).items()}
    answer = reader.request(method, way.replace("{id}", gig_id), sent or None)
    location = answer.headers.get("Location", "").replace(gig_id, "")
    if way.startswith("/api/"):
        return answer.status_code, location, answer.json().get("message"), code_of(answer)
    text = answer.text if answer.status_code != 303 else ""
    return answer.status_code, location, UNSAID.sub("", text)


@pytest.mark.parametrize("state", STATES)
def test_who_sees_it(state: str, alice: Person, bob: Person, root: Person, visitor: Client, db: Db) -> None:
    """SECURITY 16: what is hidden is not told from what is not there, by any way of asking."""
    service = put_into(db, offer_service(alice), state)
    for reader in (visitor, bob):
        for way in WAYS if state in HIDDEN else []:
            assert said(reader, *way, service["id"]) == said(reader, *way, "f" * 24), way
    for reader in (alice, root, bob, visitor):
        sees = state not in HIDDEN or reader in (alice, root)
        for address in (path(service), f"/gigs/{service['id']}", f"{path(service)}/questions"):
            assert reader.get(address).status_code == (200 if sees else 404), address


@pytest.mark.parametrize("state", STATES)
def test_only_what_is_live_is_listed(
    state: str, alice: Person, bob: Person, root: Person, visitor: Client, db: Db
) -> None:
    """In lists, searches, counts and on the pages of people; its owner finds it under their own."""
    word = unique_word()
    service = put_into(db, offer_service(alice, title=word, category="research"), state)
    is_live = state == "live"
    for reader in (visitor, bob, alice, root):
        for query in (f"q={word}", f"q={word}&kind=service&sort=price", f"q={word}&sort=relevance"):

            def listed(reader: Client = reader, query: str = query) -> bool:
                return bool(reader.get(f"/api/gigs/search?{query}").json()["gigs"])

            wait_for(lambda listed=listed: listed() is is_live)
        for address in (f"/services?q={word}", "/services?category=research", "/categories/research"):
            wait_for(lambda a=address, r=reader: (word in r.page(a).texts(".gig-title")) is is_live)
        facets = reader.get(f"/api/gigs/search?q={word}&facets=1").json()["facets"]
        assert facets["kinds"] == ([{"value": "service", "count": 1}] if is_live else [])
    shown = f"/gigs/{service['id']}"
    for reader in (visitor, bob, root):
        assert bool(reader.page(f"/u/{alice.id}").all(f"a[href^='{shown}']")) is is_live
    assert bool(alice.page("/freelancing").all(f"a[href^='{shown}']")) is (state != "archived")
    assert service["id"] in [gig["id"] for gig in alice.get("/api/gigs/mine").json()["gigs"]]
    db.gigs.delete_one({"_id": row_of(db, service)["_id"]})


@pytest.mark.parametrize("state", HIDDEN)
def test_a_socket_tells_strangers_nothing_of_what_is_hidden(
    state: str, alice: Person, bob: Person, connect: Connect, db: Db
) -> None:
    """SECURITY 16: `watch` of a gig that one may not see is `watch` of what never was, also when it changes."""
    service = put_into(db, offer_service(alice), state)
    public = offer_service(alice)
    stranger = connect(bob)
    for gig_id in (service["id"], "f" * 24, public["id"]):
        stranger.send("watch", {"gig": gig_id})
    stranger.wait("gig", lambda news: news["id"] == public["id"])
    put_into(db, service, "draft")
    alice.patch(f"/api/gigs/{public['id']}", {"title": "Better"})
    stranger.wait("gig", lambda news: news["stamp"] == "2.0")
    for gig_id in (service["id"], "f" * 24):
        told = stranger.wait("gig", lambda news, gig_id=gig_id: news["id"] == gig_id)
        assert told == [{"id": gig_id, "status": "", "stamp": ""}]


def test_a_socket_that_watches_is_told_no_more_than_it_may_see(
    alice: Person, bob: Person, connect: Connect
) -> None:
    """Who watched it while it was live learns that it is gone, and not in which of its owner's states it is."""
    service, public = offer_service(alice), offer_service(alice)
    stranger = connect(bob)
    for gig in (service, public):
        stranger.send("watch", {"gig": gig["id"]})
        stranger.wait("gig", lambda news, gig=gig: news["id"] == gig["id"])
    assert alice.post(f"{path(service)}/pause").status_code == 200
    stranger.wait("gig", lambda news: news["status"] == "paused")
    assert alice.delete(path(service)).status_code == 200
    assert alice.patch(f"/api/gigs/{public['id']}", {"title": "Better"}).status_code == 200
    stranger.wait("gig", lambda news: news["id"] == public["id"] and news["stamp"] == "2.0")
    assert {news["status"] for news in stranger.of("gig") if news["id"] == service["id"]} <= {
        "live",
        "paused",
        "",
    }
    assert {"id": service["id"], "status": "", "stamp": ""} in stranger.of("gig")
