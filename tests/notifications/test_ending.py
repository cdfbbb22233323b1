"""News end with what they are about: whoever looks or acts has read them, and what is over is told to nobody."""

from collections.abc import Callable
from typing import Any

import pytest
from bson import ObjectId

from gigflow.core.steps import do as run_step
from gigflow.schema import STEPS
from tests.conftest import Connect
from tests.notifications.test_choices import subjects_after_tick
from tests.support.client import Client, Json, Person
from tests.support.invariants import Db
from tests.support.mailbox import Outbox
from tests.support.market import ask_question, hire, offer_service, place_bid, post_job
from tests.support.money import delivered, disputed, do, in_progress
from tests.support.races import at_once
from tests.support.server import Server

OPENED = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}


@pytest.fixture
def outbox(server: Server) -> Outbox:
    return Outbox(server.var_dir)


def unread(person: Client) -> list[str]:
    """The events that a person has not read, newest first."""
    told = person.get("/api/notifications?limit=100").json()["notifications"]
    return [each["type"] for each in told if each["readAt"] is None]


def test_who_looks_at_the_subject_has_read_it_on_every_device(
    alice: Person, bob: Person, connect: Connect
) -> None:
    gig, other = post_job(alice), post_job(alice)
    bid = place_bid(bob, gig)
    place_bid(bob, other)
    phone = Client(alice.url)
    phone.post("/api/auth/login", alice.credentials)
    screen = connect(phone)
    told = {each["gigId"]: each["id"] for each in screen.of("notification")}
    assert alice.page(f"/gigs/{gig['id']}").one("#bell").attrs["data-count"] == "1"
    assert screen.wait("notification_read") == [{"id": told[gig["id"]]}]
    assert phone.page("/jobs").one("#bell").attrs["data-count"] == "1"
    assert bid["status"] == "pending"
    phone.close()


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"Sec-Purpose": "prefetch"}),
        ("GET", {"Sec-Purpose": "prefetch;prerender"}),
        ("GET", {"Purpose": "prefetch"}),
        ("GET", {"Sec-Fetch-Dest": "image"}),
        ("GET", {"Sec-Fetch-Dest": "iframe"}),
        ("GET", {"HX-Request": "true"}),
    ],
)
def test_what_only_fetches_the_page_reads_nothing(
    method: str, headers: dict[str, str], alice: Person, bob: Person
) -> None:
    gig = post_job(alice)
    place_bid(bob, gig)
    for path in (f"/gigs/{gig['id']}", "/notifications"):
        assert alice.request(method, path, headers=headers).status_code == 200
    assert alice.get(f"/api/gigs/{gig['id']}").status_code == 200
    assert unread(alice) == ["bid_placed"]
    assert alice.get(f"/gigs/{gig['id']}", headers=OPENED).status_code == 200
    assert unread(alice) == []


def test_looking_reads_only_ones_own(alice: Person, bob: Person, charlie: Person) -> None:
    gig = post_job(alice)
    place_bid(charlie, gig)
    hire(alice, place_bid(bob, gig))
    for person in (alice, bob):
        person.page(f"/gigs/{gig['id']}")
    assert unread(charlie) == ["bid_rejected"]
    assert unread(bob) == ["hired"]  # it leads to the order, which is another page


def test_muted_news_are_read_by_looking_too(alice: Person, bob: Person, db: Db) -> None:
    gig = post_job(alice)
    place_bid(bob, gig)
    alice.put("/api/notifications/choices", {"choices": {"bid_placed": {"app": False, "email": True}}})
    assert alice.page(f"/gigs/{gig['id']}").one("#bell").attrs["data-count"] == "0"
    assert unread(alice) == []


def test_a_hire_ends_the_news_of_the_bids(
    db: Db, alice: Person, bob: Person, charlie: Person, outbox: Outbox
) -> None:
    """On the bell, and no letter says that somebody has bid where somebody is hired."""
    gig = post_job(alice, title="Poster")
    place_bid(charlie, gig)
    other = post_job(alice, title="Logo")
    place_bid(charlie, other)
    assert hire(alice, place_bid(bob, gig)).status_code == 200
    assert unread(alice) == ["bid_placed"]
    assert subjects_after_tick(db, outbox, alice) == ["Charlie Stranger has bid on “Logo”."]
    assert alice.delete(f"/api/gigs/{other['id']}").status_code == 200
    assert unread(alice) == []


def test_an_acceptance_ends_the_news_of_the_delivery(server: Server, alice: Person, bob: Person) -> None:
    """Whoever acts by a program has read what leads there."""
    order = delivered(server, alice, bob)
    assert unread(alice)[0] == "order_delivered"
    assert unread(bob) == []  # who delivers has read that it was paid
    do(alice, order, "accept")
    assert unread(alice) == []
    assert unread(bob) == ["order_completed"]


def test_a_cancelled_order_is_no_longer_to_be_paid_or_begun(alice: Person, bob: Person) -> None:
    gig = post_job(alice)
    order = hire(alice, place_bid(bob, gig)).json()["order"]
    assert unread(bob) == ["hired"]
    do(alice, order, "cancel")
    assert unread(bob) == ["order_cancelled"]
    assert unread(alice) == []


def test_a_decision_ends_the_dispute_for_the_other_admins(
    server: Server, db: Db, alice: Person, bob: Person, root: Person, join: Callable[..., Person]
) -> None:
    other = join(name="Second Admin")
    db.users.update_one({"_id": ObjectId(other.id)}, {"$set": {"is_admin": True}})
    order = disputed(server, alice, bob)
    about = {"order_id": ObjectId(order["id"]), "type": "dispute_to_decide", "read_at": None}
    waiting = {row["user_id"] for row in db.notifications.find(about)}
    assert {ObjectId(root.id), ObjectId(other.id)} <= waiting
    root.page(f"/orders/{order['id']}")  # looking is not deciding
    assert ObjectId(other.id) in {row["user_id"] for row in db.notifications.find(about)}
    answer = root.post(f"/api/admin/orders/{order['id']}/cancel", {"note": "No work."})
    assert answer.status_code == 200, answer.text
    assert db.notifications.count_documents(about) == 0


def test_an_answer_ends_the_question(alice: Person, bob: Person) -> None:
    service = offer_service(bob)
    questions = [ask_question(alice, service, f"Is it {colour}?") for colour in ("red", "blue")]
    assert unread(bob) == ["question_asked", "question_asked"]
    assert bob.put(f"/api/questions/{questions[0]['id']}", {"answer": "Yes."}).status_code == 200
    assert unread(bob) == ["question_asked"]
    assert alice.delete(f"/api/questions/{questions[1]['id']}").status_code == 200
    assert unread(bob) == []
    assert unread(alice) == ["question_answered"]
    assert alice.delete(f"/api/questions/{questions[0]['id']}").status_code != 200
    alice.page(f"/gigs/{service['id']}")
    assert unread(alice) == []


def test_what_was_done_and_undone_is_one_piece_of_news(
    server: Server, db: Db, alice: Person, bob: Person, outbox: Outbox
) -> None:
    order = in_progress(server, alice, bob)
    bob.post("/api/notifications/read")
    for _ in range(3):
        do(alice, order, "cancel", reason="We moved.")
        assert alice.delete(f"/api/orders/{order['id']}/cancel").status_code == 200
    told = bob.get("/api/notifications").json()["notifications"]
    assert [each["type"] for each in told if "cancellation" in each["type"]] == ["cancellation_answered"]
    assert unread(bob) == ["cancellation_answered"]
    (row,) = db.notifications.find({"user_id": ObjectId(bob.id), "type": "cancellation_answered"})
    assert len(row["also"]) == 5
    # If the first letter went at once, the next waits until an hour after the last; else this one was the letter.
    assert row["mail_at"] is None or (row["mail_at"] - row["created_at"]).total_seconds() > 3000
    letters = [each for each in outbox.received() if bob.email in each.receivers]
    assert len([each for each in letters if "cancel" in each.subject.lower()]) <= 1


def test_ones_own_act_is_no_toast(server: Server, alice: Person, bob: Person, connect: Connect) -> None:
    screen = connect(alice)
    in_progress(server, alice, bob)
    (paid,) = screen.wait("notification", lambda told: told["type"] == "order_paid")
    assert paid["own"] is True
    assert [told["own"] for told in connect(bob).of("notification") if told["type"] == "order_paid"] == [
        False
    ]


@pytest.mark.timeout(60)
def test_news_and_their_end_at_the_same_moment(
    server: Server,
    db: Db,
    alice: Person,
    bob: Person,
    charlie: Person,
    start_server: Callable[..., Server],
) -> None:
    """Whichever comes first, on two processes: nothing that is over stays unread."""
    elsewhere = Client(start_server(mongo_db=server.mongo_db).url)
    elsewhere.post("/api/auth/login", charlie.credentials)
    over: dict[str, Any] = {"read_at": None, "user_id": ObjectId(alice.id)}
    for number in range(6):
        gig = post_job(alice, title=f"Race {number}")
        bid = place_bid(bob, gig)
        said = {"gigId": gig["id"], "message": "Me too.", "price": 10}
        hiring: list[Callable[[], Any]] = [
            lambda bid=bid: hire(alice, bid),
            lambda said=said: elsewhere.post("/api/bids", said),
        ]
        at_once(hiring if number % 2 else hiring[::-1])
        assert db.notifications.count_documents({**over, "type": "bid_placed"}) == 0
    for number in range(4):
        order: Json = in_progress(server, bob, charlie)
        asked: list[Callable[[], Any]] = [
            lambda order=order: bob.post(f"/api/orders/{order['id']}/cancel", {"reason": "No."}),
            lambda order=order: elsewhere.post(f"/api/orders/{order['id']}/dispute", {"reason": "Late."}),
        ]
        at_once(asked if number % 2 else asked[::-1])
        waiting = {"type": "cancellation_asked", "read_at": None, "order_id": ObjectId(order["id"])}
        stands = db.orders.find_one({"_id": ObjectId(order["id"])}) or {}
        assert db.notifications.count_documents(waiting) == (1 if stands["cancellation"] else 0)
    elsewhere.close()


def test_what_was_over_in_an_earlier_version_is_read_by_the_migration(
    server: Server, alice: Person, bob: Person
) -> None:
    """The bid on a job that is taken, and the delivery that was accepted; what still waits stays."""
    waiting = post_job(alice)
    place_bid(bob, waiting)
    order = delivered(server, alice, bob)
    do(alice, order, "accept")
    server.db.notifications.update_many({"user_id": ObjectId(alice.id)}, {"$set": {"read_at": None}})
    assert sorted(unread(alice)) == ["bid_placed", "bid_placed", "order_delivered", "order_paid"]
    (step,) = (each for each in STEPS if each.name == "News of what is over is read")
    server.db.migrations.delete_one({"_id": step.number})
    assert run_step(server.house, step) >= 3  # other tests may have left some of their own
    assert unread(alice) == ["bid_placed"]
