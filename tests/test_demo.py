"""The market of `make demo`: whole, believable, quiet towards everybody's mailbox, and filled once."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gigflow import demo
from gigflow.config import Settings, load_settings
from gigflow.core.clock import now, time_zones
from gigflow.core.db import Db
from gigflow.demo_pictures import portrait, scene
from gigflow.notifications import actions as notifications
from gigflow.preflight import Fault
from gigflow.schema import prepare
from tests.support.client import Client
from tests.support.images import opened
from tests.support.server import Server

pytestmark = pytest.mark.slow

SCRIPT = msgspec.toml.decode(Path(demo.__file__).with_name("demo.toml").read_bytes(), type=demo.Script)
PEOPLE: list[demo.Person] = [*SCRIPT.clients, *SCRIPT.freelancers]
MAKERS = [someone for someone in PEOPLE if someone.pieces]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Those of a laptop."""
    return load_settings({"VAR_DIR": str(tmp_path_factory.mktemp("demo"))})


@pytest.fixture(scope="module")
def market(mongo_uri: str, settings: Settings) -> Iterator[Db]:
    """The demo, filled."""
    db = Db(mongo_uri, f"test_{secrets.token_hex(6)}")
    prepare(db)
    demo.fill(db, settings)
    yield db
    db.client.drop_database(db.database.name)
    db.client.close()


@pytest.fixture(scope="module")
def served(market: Db, start_server: Callable[..., Server]) -> Server:
    """A server of the demo."""
    return start_server(market.database.name)


@pytest.fixture
def anybody(served: Server) -> Iterator[Client]:
    """Somebody who looks at the demo without signing in."""
    client = Client(served.url)
    yield client
    client.close()


def users(db: Db) -> dict[str, dict[str, Any]]:
    """The stored users by the first part of their address."""
    return {user["email"].partition("@")[0]: user for user in db.database["users"].find()}


def contents(db: Db) -> dict[str, str]:
    """What changes with anything that is stored."""
    hashes: dict[str, str] = db.database.command("dbHash")["collections"]
    return hashes


def test_a_second_start_changes_nothing(market: Db, settings: Settings) -> None:
    before = contents(market)
    lines = demo.fill(market, settings)
    assert contents(market) == before
    assert [line.split()[0] for line in lines[1:]] == ["ingrid@example.org", "elif@example.org"]


def test_who_tries_it_may_change_their_account(market: Db, settings: Settings) -> None:
    """Another address or password does not make it somebody else's database."""
    stored = market.database["users"]
    before = stored.find_one_and_update(
        {"email": "elif@example.org"}, {"$set": {"email": "e@example.com", "password_hash": "another"}}
    )
    assert before is not None
    try:
        assert demo.fill(market, settings)
    finally:
        stored.replace_one({"_id": before["_id"]}, before)


def test_the_past_writes_no_letters(market: Db) -> None:
    """Neither now nor when the first tick looks for what is due."""
    assert market.database["notifications"].count_documents({}) > 500
    assert market.database["notifications"].count_documents({"mail_at": {"$ne": None}}) == 0
    assert notifications.post_letters(market, now()) == 0
    assert market.database["mails"].count_documents({}) == 0


def test_people_tell_of_themselves_or_do_not(market: Db) -> None:
    known = users(market)
    assert len(known) == len(PEOPLE)
    for someone in PEOPLE:
        stored = known[someone.email]
        assert (stored["headline"], stored["bio"]) == (someone.headline, someone.bio)
        assert ", ".join(stored["skills"]) == someone.skills
        assert stored["availability"] == someone.availability
        assert stored["time_zone"] == someone.time_zone
        assert not someone.time_zone or someone.time_zone in time_zones()
        assert bool(stored["picture_id"]) == bool(someone.look)
        drawn = [bool(piece["picture_id"]) for piece in stored["portfolio"]]
        assert drawn == [bool(piece.motif) for piece in someone.pieces]
    assert all(someone.headline and someone.bio and someone.skills for someone in SCRIPT.freelancers)


def test_skills_are_words_that_the_jobs_use() -> None:
    """So that what is suggested to somebody who begins to type leads to work."""
    wanted = {skill for client in SCRIPT.clients for job in client.jobs for skill in job.skills.split(", ")}
    for someone in PEOPLE:
        assert not someone.skills or set(someone.skills.split(", ")) <= wanted, someone.name


def test_no_picture_is_left_over_and_none_goes(market: Db) -> None:
    stored = market.database["pictures"]
    used = [user["picture_id"] for user in users(market).values()]
    used += [piece["picture_id"] for user in users(market).values() for piece in user["portfolio"]]
    assert sorted(filter(None, used)) == sorted(stored.distinct("_id"))
    assert stored.count_documents({"drop_at": {"$ne": None}}) == 0


@pytest.mark.parametrize("someone", MAKERS, ids=lambda someone: someone.email)
def test_what_they_tell_keeps_to_the_rules(served: Server, someone: demo.Person) -> None:
    """The demo calls the actions, so what the forms demand is asked here: what was read can be put back."""
    client = Client(served.url)
    signed_in = client.post(
        "/api/auth/login", {"email": f"{someone.email}@example.org", "password": demo.PASSWORD}
    )
    assert signed_in.status_code == 200
    read = client.get("/api/users/profile").json()
    put = client.put("/api/users/profile", read)
    assert (put.status_code, put.json()) == (200, read)
    client.close()


def test_everybody_has_a_page(market: Db, anybody: Client) -> None:
    for someone in PEOPLE:
        page = anybody.page(f"/u/{users(market)[someone.email]['_id']}")
        assert page.status == 200
        assert page.texts("h1") == [someone.name]
        assert someone.headline in page.text
        for image in page.all("img"):
            assert anybody.get(image.attrs["src"] or "").headers["Content-Type"] == "image/webp"


def test_the_page_of_the_freelancer_to_try_shows_everything(market: Db, anybody: Client) -> None:
    page = anybody.page(f"/u/{users(market)['elif']['_id']}")
    assert len(page.all(".rich li")) == 3
    assert page.one(".rich a").attrs["href"] == "https://example.org/notebook"
    assert len(page.all("main img")) == 4


def test_a_drawing_is_the_same_at_every_fill() -> None:
    look, motif = "bun brown sand glasses", "map"
    assert portrait("Ada", look) == portrait("Ada", look) != portrait("Eva", look)
    assert scene("Ada", motif) == scene("Ada", motif) != scene("Eva", motif)
    assert opened(portrait("Ada", look)).size == (480, 480)
    assert opened(scene("Ada", motif)).size == (1080, 720)


def test_it_fills_no_database_that_holds_something_else(mongo_uri: str, settings: Settings) -> None:
    db = Db(mongo_uri, f"test_{secrets.token_hex(6)}")
    db.database["users"].insert_one({"email": "somebody@example.test"})
    with pytest.raises(Fault, match="empty database"):
        demo.fill(db, settings)
    assert db.database["users"].count_documents({}) == 1
    db.client.drop_database(db.database.name)
    db.client.close()


def test_it_does_not_run_where_everybody_could_sign_in(market: Db, settings: Settings) -> None:
    with pytest.raises(Fault, match="known password"):
        demo.fill(market, msgspec.structs.replace(settings, public_url="https://gigs.example.org"))
