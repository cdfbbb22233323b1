"""One's own profile for programs (docs/api.md)."""

from typing import Any

import pytest
from bson import ObjectId
from pymongo.database import Database

from tests.conftest import shared
from tests.support.client import Client, Json, Person
from tests.support.images import picture
from tests.support.market import PIECE, change_profile, code_of, show_picture

alice = shared("Alice Owner")

Db = Database[dict[str, Any]]
FULL: Json = {
    "name": "Alice Ångström",
    "headline": "Illustrator of maps",
    "bio": "**Maps** by hand.\n\n- paper\n- linen",
    "skills": ["ink", "GIS", "日本"],
    "availability": "limited",
    "timeZone": "Asia/Tokyo",
    "portfolio": [PIECE, {"title": "Globe", "url": "", "text": ""}],
}


# When something was last written, and the mark of the last act.
_MARKS = ("portfolio_at", "signed_in_at", "last_act", "placing", "placed")


def stored(db: Db, person: Person) -> Json:
    """The person as the database has them, but for marks of acts."""
    found = db.users.find_one({"_id": ObjectId(person.id)})
    assert found is not None
    return {name: value for name, value in found.items() if name not in _MARKS}


def fields_of(answer: Any) -> set[str]:
    """The fields that a refusal names."""
    assert (answer.status_code, code_of(answer)) == (400, "invalid_fields"), answer.text
    return set(answer.json()["error"]["fields"])


def test_a_new_profile_has_a_name_and_nothing_else(bob: Person) -> None:
    read = bob.get("/api/users/profile").json()
    nothing = {"average": None, "count": 0}
    assert read == {
        "id": bob.id,
        "_id": bob.id,
        "name": "Bob Bidder",
        "headline": "",
        "bio": "",
        "skills": [],
        "languages": [],
        "availability": "available",
        "availabilityUntil": None,
        "portfolio": [],
        "picture": None,
        "rating": {"freelancer": nothing, "client": nothing},
        "clientCounts": {"posted": 0, "paid": 0, "since": None},
        "answersWithinSeconds": None,
        "createdAt": read["createdAt"],
        "email": bob.email,
        "intent": None,
        "isAdmin": False,
        "timeZone": "",
        "listed": False,
    }
    assert bob.get("/api/auth/me").json()["createdAt"] == read["createdAt"]


def test_everything_can_be_told(bob: Person) -> None:
    answered = change_profile(bob, **FULL)
    assert bob.get("/api/users/profile").json() == answered
    for name in FULL.keys() - {"portfolio"}:
        assert answered[name] == FULL[name]
    for piece, wanted in zip(answered["portfolio"], FULL["portfolio"], strict=True):
        assert piece == {**wanted, "id": piece["id"], "_id": piece["id"], "picture": None}
        assert len(piece["id"]) == 24


def test_what_was_read_can_be_put_back(bob: Person, db: Db) -> None:
    """docs/api.md: and changes nothing, pictures included."""
    pieces = change_profile(bob, **FULL)["portfolio"]
    show_picture(bob)
    address = f"/api/users/profile/portfolio/{pieces[0]['id']}/picture"
    assert bob.put(address, files={"picture": ("map.png", picture())}).status_code == 200
    read, before = bob.get("/api/users/profile").json(), stored(db, bob)
    assert change_profile(bob, **read) == read
    assert stored(db, bob) == before
    for shown in (read["picture"], read["portfolio"][0]["picture"]):
        for path in shown.values():
            assert bob.get(path).status_code == 200


def test_a_field_that_is_left_out_stays(bob: Person) -> None:
    """docs/decisions/0007."""
    before = change_profile(bob, **FULL)
    for name, value in (("headline", "Globes"), ("skills", ["wood"]), ("availability", "unavailable")):
        before = {**before, name: value}
        assert change_profile(bob, **{name: value}) == before
    assert change_profile(bob) == before
    assert change_profile(bob, portfolio=[]) == {**before, "portfolio": []}


@pytest.mark.parametrize(
    ("field", "empty"),
    [("headline", ""), ("bio", ""), ("skills", []), ("portfolio", []), ("timeZone", "")],
)
def test_null_empties_what_may_be_empty(alice: Person, field: str, empty: object) -> None:
    before = change_profile(alice, **FULL)
    assert change_profile(alice, **{field: None}) == {**before, field: empty}


def test_null_is_no_name(alice: Person) -> None:
    """What is required, or yes or no, stays as it is; and who says no availability is available."""
    change_profile(alice, **FULL, listed=True)
    after = change_profile(alice, name=None, availability=None, listed=None)
    assert (after["name"], after["availability"], after["listed"]) == (FULL["name"], "available", True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", " \n "),
        ("name", "\u200b"),
        ("name", "x" * 81),
        ("name", 5),
        ("headline", "x" * 121),
        ("headline", ["x"]),
        ("headline", "nul\0inside"),
        ("bio", "x" * 2001),
        ("bio", True),
        ("skills", ["x" * 41]),
        ("skills", [str(number) for number in range(16)]),
        ("skills", ",".join(str(number) for number in range(16))),
        ("skills", [5]),
        ("skills", {"ink": True}),
        ("availability", "busy"),
        ("availability", ""),
        ("availability", 1),
        ("timeZone", "Europe/Atlantis"),
        ("timeZone", "europe/prague"),
        ("timeZone", "+01:00"),
        ("timeZone", "../../etc/passwd"),
        ("timeZone", 1),
        ("portfolio", "maps"),
        ("portfolio", {"title": "Map"}),
        ("portfolio", ["Map"]),
        ("portfolio", [None]),
        ("portfolio", [[]]),
        ("portfolio", [{"title": str(number)} for number in range(13)]),
        ("portfolio", [{}]),
        ("portfolio", [{"title": None}]),
        ("portfolio", [{"title": " "}]),
        ("portfolio", [{"title": 5}]),
        ("portfolio", [{"title": "x" * 121}]),
        ("portfolio", [{"title": "Map", "url": f"https://example.org/{'x' * 500}"}]),
        ("portfolio", [{"title": "Map", "url": 5}]),
        ("portfolio", [{"title": "Map", "text": "x" * 1001}]),
        ("portfolio", [{"title": "Map", "text": ["x"]}]),
    ],
)
def test_what_is_refused_is_named(alice: Person, db: Db, field: str, value: object) -> None:
    """And nothing of the same request is kept."""
    change_profile(alice, headline="before")
    before = stored(db, alice)
    answer = alice.put("/api/users/profile", {"headline": "after", "bio": "after", field: value})
    assert fields_of(answer) == {field}
    assert stored(db, alice) == before


def test_every_wrong_field_is_named_at_once(alice: Person) -> None:
    wrong = {"name": "", "headline": 5, "bio": "x" * 2001, "skills": 5, "availability": "?", "portfolio": "?"}
    assert fields_of(alice.put("/api/users/profile", wrong)) == wrong.keys()


def test_a_wrong_piece_is_counted(alice: Person) -> None:
    """Twelve pieces have many titles: the refusal says which one it means."""
    pieces = [{"title": "Map"}, {"title": "Globe", "url": "javascript:alert(1)"}]
    answer = alice.put("/api/users/profile", {"portfolio": pieces})
    assert answer.json()["error"]["fields"]["portfolio"][0].startswith("Number 2, url: A web address")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "李"),
        ("name", "x" * 80),
        ("headline", "x" * 120),
        ("bio", "x" * 2000),
        ("bio", "# <b>&amp;</b> {{ 7*7 }} $gt\n\n`code`"),
        ("skills", ["x" * 40]),
        ("skills", [str(number) for number in range(15)]),
        ("timeZone", "America/Argentina/Buenos_Aires"),
        ("timeZone", "UTC"),
        ("portfolio", [{"title": "x" * 120, "url": "", "text": "y" * 1000}] * 12),
    ],
)
def test_the_longest_is_kept_as_it_was_typed(alice: Person, field: str, value: Any) -> None:
    kept = change_profile(alice, **{field: value})[field]
    if field == "portfolio":
        kept = [{name: piece[name] for name in ("title", "url", "text")} for piece in kept]
    assert kept == value


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("ink, GIS,,  map  making ,ink", ["ink", "GIS", "map making"]),
        (["ink ", "", "ink", "paper  linen"], ["ink", "paper linen"]),
        ("", []),
        ([], []),
    ],
)
def test_skills_are_a_list_or_a_text(alice: Person, given: object, kept: list[str]) -> None:
    assert change_profile(alice, skills=given)["skills"] == kept


def test_fields_of_the_servers_never_bind(bob: Person, charlie: Person, db: Db) -> None:
    """SECURITY 17, mass assignment."""
    before = stored(db, bob)
    forged = {
        "isAdmin": True, "is_admin": True, "email": "else@example.test", "emailChange": {"email": "a@b.test"},
        "id": charlie.id, "_id": charlie.id, "userId": charlie.id, "rating": {"freelancer": {"count": 9, "sum": 45}},
        "passwordHash": "x", "password": "x", "disabledAt": "2026-01-01", "deletedAt": None, "intent": "client",
        "createdAt": "1999-01-01T00:00:00Z", "notify": {"hired": {"app": False}}, "muted": ["hired"],
        "picture": {"small": "https://evil.test/x.webp"}, "pictureId": "f" * 24, "picture_id": "f" * 24,
        "time_zone": "Asia/Tokyo", "csrf_token": "x", "unknown": {"deep": [1]},
    }  # fmt: skip
    change_profile(bob, **forged)
    assert stored(db, bob) == before
    assert bob.get("/api/auth/me").json()["isAdmin"] is False


def test_a_piece_brings_no_picture_of_others(bob: Person, alice: Person) -> None:
    """SECURITY 17: what a program says of a piece's picture is not believed."""
    shown = show_picture(alice)
    forged = {**PIECE, "picture": shown, "pictureId": shown["small"].split("/")[2], "picture_id": "f" * 24}
    assert change_profile(bob, portfolio=[forged])["portfolio"][0]["picture"] is None
    assert alice.get(shown["small"]).status_code == 200


def test_nobody_without_an_account_has_a_profile(visitor: Client) -> None:
    for method, body in (("GET", None), ("PUT", {"headline": "x"})):
        answer = visitor.request(method, "/api/users/profile", body)
        assert (answer.status_code, code_of(answer)) == (401, "not_signed_in")


def test_a_program_with_a_token_has_one(visitor: Client, bob: Person) -> None:
    """The token of the answer is enough."""
    token = visitor.post("/api/users/login", bob.credentials).json()["token"]
    program = Client(visitor.url, Authorization=f"Bearer {token}")
    assert program.put("/api/users/profile", {"headline": "By token"}).json()["headline"] == "By token"
    program.close()


def test_a_profile_is_private_to_its_person(bob: Person) -> None:
    """SECURITY 13."""
    assert bob.get("/api/users/profile").headers["Cache-Control"] == "no-store"


def test_the_form_keeps_what_was_typed_and_says_what_is_wrong(bob: Person) -> None:
    page = bob.page("/settings/profile")
    assert page.values("#profile-form")["name"] == "Bob Bidder"
    typed = {"name": " ", "headline": "x" * 121, "bio": "y" * 2001, "skills": "z" * 41}
    refused = page.submit("#profile-form", **typed)
    assert refused.status == 400
    assert refused.errors("#profile-form").keys() == {"name", "headline", "bio", "skills"}
    assert refused.values("#profile-form")["skills"] == "z" * 41

    good = {
        "name": "Bob B.",
        "headline": "Bids",
        "bio": "One\r\n\r\ntwo",
        "skills": "a, b",
        "availability": "limited",
    }
    saved = refused.submit("#profile-form", **good)
    assert (saved.status, saved.path) == (200, "/settings/profile?saved=1")
    assert saved.texts("#profile-form .saved") == ["Saved"]
    assert saved.values("#profile-form")["bio"] == "One\n\ntwo"
    read = bob.get("/api/users/profile").json()
    assert (read["name"], read["skills"], read["availability"]) == ("Bob B.", ["a", "b"], "limited")
    assert read["bio"] == "One\n\ntwo"


def test_the_form_changes_nothing_that_it_does_not_show(bob: Person, db: Db) -> None:
    """SECURITY 17: also a form that somebody made up."""
    change_profile(bob, portfolio=[PIECE], timeZone="Asia/Tokyo")
    before = stored(db, bob)
    page = bob.page("/settings/profile")
    page.submit("#profile-form", email="else@example.test", is_admin="y", time_zone="UTC", portfolio="x")
    assert stored(db, bob) == before


def test_saving_in_place_answers_the_form_alone(bob: Person) -> None:
    saved = bob.fragment(
        "POST", "/settings/profile", "/settings/profile", name="Bob", availability="available"
    )
    assert (saved.status, saved.texts(".saved")) == (200, ["Saved"])
    assert saved.one("#profile-form")
    refused = bob.fragment(
        "POST", "/settings/profile", "/settings/profile", name="", availability="available"
    )
    assert (refused.status, refused.errors("#profile-form").keys()) == (400, {"name"})
