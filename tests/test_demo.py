"""The market of `make demo`: whole, believable, quiet towards everybody's mailbox, and filled once."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import msgspec
import pytest

from gigflow.core.clock import now, time_zones
from gigflow.core.db import Db
from gigflow.core.texts import quoted
from gigflow.demo import past as demo
from gigflow.demo import script as demo_script
from gigflow.demo.pictures import SMALL_PIXELS, portrait, scene
from gigflow.demo.work import work_on
from gigflow.files import actions as files
from gigflow.gigs.models import ALT_MAX
from gigflow.notifications import posting
from gigflow.notifications.models import TITLE_SHOWN
from gigflow.orders import due
from gigflow.orders.models import MESSAGE_MAX
from gigflow.payments import actions as payments
from gigflow.payments import calling
from gigflow.proof.audit import audit
from gigflow.questions.models import ANSWER_MAX, QUESTION_MAX
from gigflow.reviews import actions as reviews
from gigflow.reviews.models import STARS, TEXT_MAX
from gigflow.sandbox import actions as sandbox
from gigflow.sandbox.gateway import SandboxGateway
from gigflow.schema import prepare
from gigflow.server.preflight import Fault
from gigflow.settings.settings import Settings, load_settings
from tests.support.client import Client
from tests.support.demo import contents, orders, services, users
from tests.support.images import opened
from tests.support.server import Server

pytestmark = pytest.mark.slow

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
    said = list(demo.fill(db, settings))
    assert (said[0].split()[0], said[-1].split()[:3]) == ("Filling", ["To", "begin", "again:"])
    assert "60 of 60 days" in said[-6]
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


def signed_in(served: Server, someone: demo_script.Person) -> Client:
    """Somebody of the demo."""
    client = Client(served.url)
    form = {"email": f"{someone.email}@example.org", "password": demo.PASSWORD}
    assert client.post("/api/auth/login", form).status_code == 200
    return client


def test_a_second_start_changes_nothing(market: Db, settings: Settings) -> None:
    before = contents(market)
    lines = list(demo.fill(market, settings))
    assert contents(market) == before
    assert [line.split()[0] for line in lines[1:-1]] == [
        f"{name}@example.org" for name in ("ingrid", "elif", "root")
    ]


def test_who_tries_it_may_change_their_account(market: Db, settings: Settings) -> None:
    """Another address or password does not make it somebody else's database."""
    stored = market.database["users"]
    before = stored.find_one_and_update(
        {"email": "elif@example.org"}, {"$set": {"email": "e@example.com", "password_hash": "another"}}
    )
    assert before is not None
    try:
        assert list(demo.fill(market, settings))
    finally:
        stored.replace_one({"_id": before["_id"]}, before)


def test_the_past_writes_no_letters(market: Db) -> None:
    """Neither now nor when the first tick looks for what is due."""
    assert market.database["notifications"].count_documents({}) > 500
    assert market.database["notifications"].count_documents({"mail_at": {"$ne": None}}) == 0
    assert posting.post_letters(market, now()) == 0
    assert market.database["mails"].count_documents({}) == 0


def test_people_tell_of_themselves_or_do_not(market: Db) -> None:
    known = users(market)
    assert len(known) == len(PEOPLE) + 1  # the admin
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


def test_the_client_to_try_has_begun_to_choose(market: Db) -> None:
    assert market.database["bids"].count_documents({"starred_at": {"$ne": None}}) == 2
    assert market.database["bids"].count_documents({"reason": SCRIPT.words.declining}) == 1


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
    asked = f"Jonas Weber asks about {quoted(waiting[0].title, TITLE_SHOWN)}."
    assert asked in [each["message"] for each in news]
    # The notification is read as soon as she looks at the service; the question waits until it is answered.
    groups = client.get("/api/turn").json()["groups"]
    (questions,) = [each["items"] for each in groups if each["group"] == "questions"]
    assert [(each["kind"], each["title"]) for each in questions] == [("answer_question", waiting[0].title)]
    client.close()


def test_requests_and_offers_are_in_every_state(market: Db) -> None:
    stored = market.database["requests"].distinct("status")
    assert set(stored) == {"pending", "assigned", "matched", "rejected", "posted", "completed", "cancelled"}
    of_requests = set(market.database["offers"].distinct("status", {"kind": "request"}))
    assert of_requests == {
        *["sent", "accepted", "declined", "withdrawn", "superseded", "expired", "called_off"]
    }


def test_the_books_are_in_order(market: Db) -> None:
    """What `flask gigflow audit` asks."""
    assert {words: problems for words, problems in audit(market) if problems} == {}


def test_nothing_is_left_to_do_by_time(market: Db, settings: Settings) -> None:
    """What the ticks of the next hours find: nothing of the past."""
    before = contents(market)
    gateway = SandboxGateway(settings.secret_key, market)
    for hours in range(7):
        at = now() + timedelta(hours=hours)
        assert (due.run_due(market, at), reviews.reveal_due(market, at), files.sweep(market, at)) == (0, 0, 0)
        assert calling.make_due(market, gateway, settings.base_url, at) == 0
        assert sandbox.claim(market, at) is None
        payments.look_at_open(market, gateway, at)
        sandbox.expire_due(market, at)
    assert contents(market) == before


def test_most_orders_went_well_and_some_did_not(market: Db) -> None:
    states = Counter((order["source"]["type"], order["status"]) for order in orders(market))
    for source in ("bid", "service"):
        assert states[source, "completed"] >= 25
        assert states[source, "in_progress"] >= 2
        assert states[source, "delivered"] >= 1
        assert states[source, "pending_payment"] == 1
    names = Counter(event["name"] for order in orders(market) for event in order["events"])
    assert names["revise"] >= 5
    assert names["agree_to_cancel"] == names["settle"] == 1
    (disputed,) = market.database["disputes"].find({"status": "open"})
    assert list(disputed["offers"]) == ["freelancer"]
    assert market.database["payouts"].count_documents({"status": "sent"}) >= 8
    assert market.database["balances"].count_documents({"amount_minor": {"$gt": 10_000}}) >= 8


def test_orders_are_of_their_time(market: Db) -> None:
    """Nothing happened in the future, and ids are as old as what they stand for."""
    by_id = sorted(orders(market), key=lambda order: order["_id"])
    assert by_id == sorted(by_id, key=lambda order: order["created_at"])
    assert all(event["at"] <= now() for order in by_id for event in order["events"])
    assert all(order["updated_at"] >= order["created_at"] for order in by_id)


def test_both_sides_reviewed_each_other(market: Db) -> None:
    written = list(market.database["reviews"].find())
    assert len(written) >= 100
    assert len({review["text"] for review in written if review["side"] == "client"}) >= 25
    stars = Counter(review["rating"] for review in written)
    assert stars[5] + stars[4] > 0.8 * len(written)
    assert stars[2] == 1
    assert sum(bool(review["reply"]) for review in written) >= 5
    about = Counter((review["subject_id"], review["text"]) for review in written)
    assert set(about.values()) == {1}  # nobody is told the same twice
    rated = [service["rating"] for service in services(market).values() if service["rating"]["count"]]
    assert len({rating["sum"] / rating["count"] for rating in rated}) >= 4
    for review in written:
        hidden = review["revealed_at"] is None
        assert not hidden or review["reveal_at"] > now()


def test_what_is_said_with_orders_is_not_too_long() -> None:
    said = SCRIPT.words.orders
    for text in (*said.notes, *said.changed, *said.changes, said.troubles.cancel, said.troubles.dispute):
        assert 0 < len(text) <= MESSAGE_MAX
    sold = [sale for service in SERVICES for sale in service.sales if sale.stars]
    both = (said.troubles.settled, said.troubles.settled_client)
    for review in (*said.of_freelancers, *said.of_clients, *both, *sold):
        assert review.stars in STARS
        assert 0 < len(review.text) <= TEXT_MAX


def test_what_was_delivered_can_be_had(market: Db, served: Server) -> None:
    """By the client of the order to accept: the very files that were handed in."""
    client = signed_in(served, SCRIPT.clients[0])
    (order,) = [order for order in orders(market) if order["terms"]["title"] == SCRIPT.delivered.title]
    assert order["status"] == "delivered"
    (delivery,) = market.database["deliveries"].find({"order_id": order["_id"]})
    had = [client.get(f"/api/files/{file_id}").content for file_id in delivery["file_ids"]]
    assert had == [content for _, content in work_on(SCRIPT.delivered.title, SCRIPT.delivered.category, 1)]
    client.close()


def test_the_accounts_to_try_have_something_to_do(market: Db, served: Server) -> None:
    """The client has an order to pay and one to accept, the freelancer one to deliver and a balance."""
    client, freelancer = signed_in(served, SCRIPT.clients[0]), signed_in(served, SCRIPT.freelancers[0])
    mine = {order["title"]: order["status"] for order in client.get("/api/orders").json()["orders"]}
    assert mine[SCRIPT.hired.title] == "in_progress"
    assert mine[SCRIPT.delivered.title] == "delivered"
    assert "pending_payment" in mine.values()
    theirs = {order["title"]: order["status"] for order in freelancer.get("/api/orders").json()["orders"]}
    assert theirs[SCRIPT.hired.title] == "in_progress"
    assert freelancer.get("/api/payment/balance").json()["balance"] > 100
    client.close()
    freelancer.close()


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
    # Herself, three pieces of her portfolio and two services; those who reviewed her have theirs beside what they say.
    assert len(page.all("main img")) - len(page.all(".review img")) == 6
    assert len(page.all(".review")) >= 4


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
        list(demo.fill(db, settings))
    assert db.database["users"].count_documents({}) == 1
    db.client.drop_database(db.database.name)
    db.client.close()


def test_it_does_not_run_where_a_provider_takes_real_money(market: Db, settings: Settings) -> None:
    with pytest.raises(Fault, match="unset STRIPE_SECRET_KEY"):
        list(demo.fill(market, msgspec.structs.replace(settings, payments="stripe")))


def test_it_does_not_run_where_everybody_could_sign_in(market: Db, settings: Settings) -> None:
    with pytest.raises(Fault, match="known password"):
        list(demo.fill(market, msgspec.structs.replace(settings, public_url="https://gigs.example.org")))


def test_people_have_written_to_each_other(served: Server) -> None:
    """Both accounts to try have something that they have not read, and the words read like people's."""
    for someone in (SCRIPT.clients[0], SCRIPT.freelancers[0]):
        found = signed_in(served, someone).get("/api/chat/conversations").json()
        assert found["unread"] >= 1
        assert any(each["unread"] for each in found["conversations"])
        assert any(not each["unread"] for each in found["conversations"])
    said = [line.text for talk in SCRIPT.talks for line in talk.lines]
    assert len(said) == len(set(said)) >= 20
