"""The market of `make demo`: whole, believable, quiet towards everybody's mailbox, and filled once."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from gigflow import demo, demo_script
from gigflow.config import Settings, load_settings
from gigflow.core.clock import now, time_zones
from gigflow.core.db import Db
from gigflow.demo_pictures import SMALL_PIXELS, portrait, scene
from gigflow.gigs.models import ALT_MAX
from gigflow.notifications import actions as notifications
from gigflow.preflight import Fault
from gigflow.questions.models import ANSWER_MAX, QUESTION_MAX
from gigflow.schema import prepare
from tests.support.client import Client
from tests.support.images import opened
from tests.support.server import Server

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]  # one worker, so that it is filled once

SCRIPT = demo_script.read_script()
PEOPLE: list[demo_script.Person] = [*SCRIPT.clients, *SCRIPT.freelancers]
MAKERS = [someone for someone in PEOPLE if someone.pieces]
SELLERS = [someone for someone in SCRIPT.freelancers if someone.services]
SERVICES = [service for seller in SELLERS for service in seller.services]


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


def services(db: Db) -> dict[str, dict[str, Any]]:
    """The stored services by title."""
    return {gig["title"]: gig for gig in db.database["gigs"].find({"kind": "service"})}


def signed_in(served: Server, someone: demo_script.Person) -> Client:
    """Somebody of the demo."""
    client = Client(served.url)
    form = {"email": f"{someone.email}@example.org", "password": demo.PASSWORD}
    assert client.post("/api/auth/login", form).status_code == 200
    return client


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
    for service in SERVICES:
        assert set(service.skills.split(", ")) <= wanted, service.title


def test_no_picture_is_left_over_and_none_goes(market: Db) -> None:
    stored = market.database["pictures"]
    used = [user["picture_id"] for user in users(market).values()]
    used += [piece["picture_id"] for user in users(market).values() for piece in user["portfolio"]]
    used += [image["id"] for service in services(market).values() for image in service["images"]]
    assert sorted(filter(None, used)) == sorted(stored.distinct("_id"))
    assert stored.count_documents({"drop_at": {"$ne": None}}) == 0


@pytest.mark.parametrize("someone", MAKERS, ids=lambda someone: someone.email)
def test_what_they_tell_keeps_to_the_rules(served: Server, someone: demo_script.Person) -> None:
    """The demo calls the actions, so what the forms demand is asked here: what was read can be put back."""
    client = signed_in(served, someone)
    read = client.get("/api/users/profile").json()
    put = client.put("/api/users/profile", read)
    assert (put.status_code, put.json()) == (200, read)
    client.close()


@pytest.mark.parametrize("seller", SELLERS, ids=lambda seller: seller.email)
def test_what_they_offer_keeps_to_the_rules(
    market: Db, served: Server, seller: demo_script.Freelancer
) -> None:
    client = signed_in(served, seller)
    for service in seller.services:
        path = f"/api/gigs/{services(market)[service.title]['_id']}"
        read = client.get(path).json()
        changing = {"version": read["version"] + 1, "updatedAt": None}
        put = client.put(path, read)
        assert (put.status_code, {**put.json(), "updatedAt": None}) == (200, {**read, **changing})
    client.close()


def test_what_is_seen_and_asked_is_neither_missing_nor_too_long() -> None:
    """What no form can put back."""
    for service in SERVICES:
        assert all(0 < len(image.alt) <= ALT_MAX for image in service.images)
        for question in service.questions:
            assert 0 < len(question.text) <= QUESTION_MAX
            assert len(question.answer) <= ANSWER_MAX


def test_services_came_about_in_their_time(market: Db) -> None:
    """In the order in which they were offered, with what was asked and answered between then and now."""
    stored = services(market)
    assert len(stored) == len(SERVICES) >= 30
    by_id = sorted(stored.values(), key=lambda service: service["_id"])
    assert by_id == sorted(by_id, key=lambda service: service["created_at"])
    for service in SERVICES:
        gig = stored[service.title]
        assert gig["status"] == service.state
        assert bool(market.database["gig_views"].find_one({"_id": gig["_id"]})) == (service.state == "live")
        assert [image["alt"] for image in gig["images"]] == [image.alt for image in service.images]
        asked = list(market.database["questions"].find({"gig_id": gig["_id"]}))
        assert sorted((each["text"], each["answer"]) for each in asked) == sorted(
            (question.text, question.answer) for question in service.questions
        )
        for each in asked:
            assert gig["created_at"] < each["created_at"] < (each["answered_at"] or now()) <= now()
    states = sorted(service.state for service in SERVICES if service.state != "live")
    assert states == ["draft", "paused"]


def test_one_question_waits_for_the_freelancer_to_try(market: Db, served: Server) -> None:
    waiting = [service for service in SERVICES if any(not each.answer for each in service.questions)]
    freelancer = SCRIPT.freelancers[0]
    assert [service.title for service in waiting] == [freelancer.services[1].title]
    client = signed_in(served, freelancer)
    news = client.get("/api/notifications").json()["notifications"]
    (asked,) = [each for each in news if each["message"] == f"Jonas Weber asks about {waiting[0].title}."]
    assert asked["readAt"] is None
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
    assert len(page.all("main img")) == 6  # herself, three pieces of her portfolio, two services


def test_a_drawing_is_the_same_at_every_fill() -> None:
    look, motif = "bun brown sand glasses", "map"
    assert portrait("Ada", look) == portrait("Ada", look) != portrait("Eva", look)
    assert scene("Ada", motif) == scene("Ada", motif) != scene("Eva", motif)
    assert opened(portrait("Ada", look)).size == (480, 480)
    assert opened(scene("Ada", motif)).size == (1080, 720)
    assert opened(scene("Ada", motif, SMALL_PIXELS)).size == SMALL_PIXELS


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
