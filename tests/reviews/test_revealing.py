"""When reviews are revealed: by the second one, or by time, which is passed in (docs/domain.md, Reviews)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from bson import ObjectId
from pymongo.database import Database

from gigflow.core.clock import now
from gigflow.core.db import Db as OpenDb
from gigflow.core.errors import Conflict
from gigflow.reviews import actions
from tests.conftest import Join, shared
from tests.reviews.steps import (
    about,
    check_reviews,
    completed_job,
    completed_purchase,
    review,
    reviewed,
    reviews_of,
    told,
    viewer_of,
)
from tests.support.client import Client, Json, Person
from tests.support.invariants import Db
from tests.support.market import code_of, offer_service
from tests.support.money import in_progress
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.waiting import wait_for

alice = shared("Alice Client")
bob = shared("Bob Freelancer")

WINDOW = timedelta(days=14)
HIDDEN = "Alice Client reviewed you for “A map”. You can read it once you have written yours."
REVEALED = "Alice Client reviewed you for “A map”. You can read it now."


@pytest.fixture(scope="module")
def opened(server: Server) -> Iterator[OpenDb]:
    """The server's database as a process of GigFlow has it open."""
    found = OpenDb(server.mongo_uri, server.mongo_db)
    yield found
    found.client.close()


def end_of(db: Db, order: Json) -> datetime:
    """When this order was completed."""
    row = db.orders.find_one({"_id": ObjectId(order["id"])})
    assert row is not None
    ended: datetime = row["ended_at"]
    return ended


def lay_back(db: Database[Json], order: Json, by: timedelta) -> None:
    """Make it as if this order had been completed, and reviewed, so much earlier."""
    for rows, field in (("orders", "ended_at"), ("reviews", "reveal_at")):
        key = "_id" if rows == "orders" else "order_id"
        query = {key: ObjectId(order["id"]), field: {"$ne": None}}
        db[rows].update_many(
            query, [{"$set": {field: {"$subtract": [f"${field}", by // timedelta(milliseconds=1)]}}}]
        )


def test_time_reveals_what_stands_alone(
    join: Join, alice: Person, visitor: Client, opened: OpenDb, db: Db
) -> None:
    nina = join("Nina")
    service = offer_service(nina, title="A map")
    order = completed_purchase(alice, nina, service)
    written = reviewed(alice, order, rating=3)
    due = end_of(db, order) + WINDOW
    actions.reveal_due(opened, due - timedelta(milliseconds=1))
    assert reviews_of(nina, order) == []
    assert actions.reveal_due(opened, due) > 0
    assert actions.reveal_due(opened, due) == 0
    (revealed,) = reviews_of(nina, order)
    assert revealed == {**written, "revealedAt": revealed["revealedAt"]}
    listed = about(visitor, nina)
    assert ([each["id"] for each in listed["reviews"]], listed["average"]) == ([written["id"]], 3.0)
    # The two were told by two processes, so within a second their ids are in no order.
    assert sorted(text for _, text in told(nina, order)) == sorted((HIDDEN, REVEALED))
    # It is read by now, so an answer to it in kind is no review any more.
    late = review(nina, order, rating=1)
    assert (late.status_code, code_of(late)) == (409, "reviews_closed")
    check_reviews(db, alice, nina, services=(service,))


def test_the_window(alice: Person, bob: Person, opened: OpenDb, db: Db) -> None:
    """The last millisecond counts; nobody writes later, also where nobody has written."""
    first, second = completed_job(alice, bob), completed_job(alice, bob)
    viewer = viewer_of(alice)
    end = end_of(db, second) + WINDOW
    with pytest.raises(Conflict, match="no longer"):
        actions.write_review(opened, viewer, ObjectId(second["id"]), rating=1, text="Late.", now=end)
    assert reviews_of(alice, second) == []
    last = end_of(db, first) + WINDOW - timedelta(milliseconds=1)
    actions.write_review(opened, viewer, ObjectId(first["id"]), rating=5, text="In time.", now=last)
    assert reviews_of(bob, first) == []
    actions.reveal_due(opened, last + timedelta(milliseconds=1))
    assert len(reviews_of(bob, first)) == 1
    check_reviews(db, alice, bob)


def test_by_a_tick(server: Server, alice: Person, bob: Person, db: Db) -> None:
    """Which comes by itself, and at once where something is to be done: here, where money comes."""
    order = completed_job(alice, bob)
    reviewed(bob, order)
    lay_back(db, order, WINDOW)
    in_progress(server, alice, bob)
    wait_for(lambda: len(reviews_of(alice, order)) == 1, what="the tick")
    late = review(alice, order)
    assert (late.status_code, code_of(late)) == (409, "reviews_closed")
    check_reviews(db, alice, bob)


@pytest.mark.parametrize("attempt", range(2))
def test_both_sides_at_once(attempt: int, alice: Person, bob: Person, db: Db) -> None:
    """Each sees the other or is seen: both are revealed, and counted once."""
    client, freelancer = alice, bob
    service = offer_service(freelancer)
    order = completed_purchase(client, freelancer, service)
    tabs = [person.twin() for person in (client, freelancer) for _ in range(3)]
    answers = at_once([lambda tab=tab: review(tab, order, rating=4) for tab in tabs])
    for mine in (answers[:3], answers[3:]):
        assert sorted(answer.status_code for answer in mine) == [201, 409, 409]
        assert {code_of(answer) for answer in mine if answer.status_code == 409} <= {
            "already_reviewed",
            "reviews_closed",
        }
    assert [bool(each["revealedAt"]) for each in reviews_of(client, order)] == [True, True]
    assert [len(told(person, order)) for person in (client, freelancer)].count(1) >= 1
    check_reviews(db, client, freelancer, services=(service,))


def test_many_reviews_of_one_at_once(join: Join, alice: Person, db: Db) -> None:
    """No review is lost in the sums, whatever is revealed at the same moment."""
    freelancer = join("Frank")
    clients = [alice.twin() for _ in range(6)]
    service = offer_service(freelancer)
    orders = [completed_purchase(client, freelancer, service) for client in clients]
    for order in orders:
        reviewed(freelancer, order)
    answers = at_once(
        [
            lambda client=client, order=order, stars=stars: review(client, order, rating=stars)
            for client, order, stars in zip(clients, orders, (1, 2, 3, 4, 5, 5), strict=True)
        ]
    )
    assert {answer.status_code for answer in answers} == {201}
    assert about(alice, freelancer)["average"] == 3.3
    check_reviews(db, alice, freelancer, services=(service,))


def test_processes_that_tick_at_once(join: Join, alice: Person, opened: OpenDb, db: Db) -> None:
    """One of them reveals each."""
    freelancer = join("Frank")
    service = offer_service(freelancer)
    orders = [completed_purchase(alice, freelancer, service) for _ in range(3)]
    for order in orders:
        reviewed(alice, order)
    due = now() + WINDOW
    assert sum(at_once([lambda: actions.reveal_due(opened, due)] * 4)) >= len(orders)
    assert [len(told(freelancer, order)) for order in orders] == [2, 2, 2]
    check_reviews(db, alice, freelancer, services=(service,))


@pytest.mark.parametrize("attempt", range(3))
def test_a_tick_against_the_second_review(
    attempt: int, alice: Person, bob: Person, opened: OpenDb, db: Db
) -> None:
    """Of a clock that says the window is over and one that says it is not, one wins: nobody writes after reading."""
    client, freelancer = alice, bob
    order = completed_purchase(client, freelancer)
    reviewed(client, order)
    end, viewer = end_of(db, order) + WINDOW, viewer_of(freelancer)

    def write() -> bool:
        before = end - timedelta(seconds=1)
        try:
            actions.write_review(opened, viewer, ObjectId(order["id"]), rating=5, text="Just so.", now=before)
        except Conflict as error:
            return error.code != "reviews_closed"
        return True

    wrote, _ = at_once([write, lambda: actions.reveal_due(opened, end) > 0])
    assert len(reviews_of(client, order)) == len(reviews_of(freelancer, order)) == (2 if wrote else 1)
    check_reviews(db, client, freelancer)
