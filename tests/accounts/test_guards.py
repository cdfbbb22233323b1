"""An act of somebody, and the end or the new name of their account at another process: one of the two comes first,
though every act writes another guard (docs/decisions/0035).

The act is held in the middle of its transaction, which has seen the account as it was; the other is done meanwhile.
"""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts import guards, leaving, store
from gigflow.accounts.guards import EACH_HAS, GUARDS
from gigflow.accounts.models import User, Viewer
from gigflow.core.clock import now
from gigflow.core.db import Db
from tests.accounts.steps import LEFT
from tests.conftest import Join
from tests.support import operator
from tests.support.client import Client, Json, Person
from tests.support.failing import slowly
from tests.support.market import BID, JOB, hire, place_bid, post_job
from tests.support.races import at_once
from tests.support.server import Server

NEW_NAME = "Newly Named"


@pytest.fixture
def there(server: Server) -> Iterator[Db]:
    """The database as a process beside the server has it."""
    db = Db(server.mongo_uri, server.mongo_db)
    yield db
    db.client.close()


def shut(server: Server, there: Db, person: Person) -> None:
    operator.disable(server, person.email)


def leave(server: Server, there: Db, person: Person) -> None:
    user = accounts.get_user(there, ObjectId(person.id))
    assert user
    leaving.delete_account(there, user, now())


def rename(server: Server, there: Db, person: Person) -> None:
    viewer = Viewer(user_id=ObjectId(person.id), device_id=ObjectId(), name="")
    accounts.change_user(there, viewer, {"name": NEW_NAME}, now())


def first_bid(owner: Client, freelancer: Client) -> Callable[[], requests.Response]:
    gig = post_job(owner)
    return lambda: freelancer.post("/api/bids", {**BID, "gigId": gig["id"]})


def later_bid(owner: Client, freelancer: Client) -> Callable[[], requests.Response]:
    place_bid(freelancer, post_job(owner))
    return first_bid(owner, freelancer)


def change_of_bid(owner: Client, freelancer: Client) -> Callable[[], requests.Response]:
    bid = place_bid(freelancer, post_job(owner))
    return lambda: freelancer.patch(f"/api/bids/{bid['id']}", {"price": 7})


def a_hire(owner: Client, freelancer: Client) -> Callable[[], requests.Response]:
    bid = place_bid(freelancer, post_job(owner))
    return lambda: hire(owner, bid)


# What is done, by which command it writes a guard, and whose account ends.
ACTS = {
    "the first bid": (first_bid, "findAndModify", "freelancer"),
    "a later bid": (later_bid, "findAndModify", "freelancer"),
    "a change of a bid": (change_of_bid, "findAndModify", "freelancer"),
    "a hire, by its client": (a_hire, "update", "owner"),
    "a hire, of its freelancer": (a_hire, "update", "freelancer"),
}
Ending = Callable[[Server, Db, Person], None]


@pytest.mark.parametrize("end", [shut, leave])
@pytest.mark.parametrize("act", ACTS)
def test_nobody_acts_beside_the_end_of_their_account(
    act: str, end: Ending, server: Server, there: Db, join: Join
) -> None:
    owner, freelancer = join("Owner"), join("Freelancer")
    prepare, command, whose = ACTS[act]
    attempt = prepare(owner, freelancer)
    with slowly(server, GUARDS.name, command) as wait_for_guard, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(attempt)
        wait_for_guard()
        end(server, there, owner if whose == "owner" else freelancer)
        assert answer.result().status_code in (401, 409), answer.result().text


def test_nobody_acts_under_a_name_that_they_no_longer_have(
    server: Server, there: Db, join: Join, db: Any
) -> None:
    owner, freelancer = join("Owner"), join("Freelancer")
    attempt = later_bid(owner, freelancer)
    with slowly(server, GUARDS.name, "findAndModify") as wait_for_guard, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(attempt)
        wait_for_guard()
        rename(server, there, freelancer)
        bid: Json = answer.result().json()
    news = db.notifications.find_one({"bid_id": ObjectId(bid["id"])})
    assert (news["actor_name"], news["message"].startswith(NEW_NAME)) == (NEW_NAME, True)


@pytest.mark.parametrize(
    ("end", "status", "name"),
    [(shut, "closed", "Owner"), (leave, "closed", LEFT), (rename, "open", NEW_NAME)],
)
def test_what_came_before_is_ended_or_renamed_too(
    end: Ending, status: str, name: str, server: Server, there: Db, join: Join, db: Any
) -> None:
    """The act has written its guard, so that the other waits for it."""
    owner = join("Owner")
    post_job(owner)
    with slowly(server, "gigs", "insert") as wait_for_insert, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(owner.post, "/api/gigs", {**JOB, "title": "The second"})
        wait_for_insert()
        end(server, there, owner)
        assert answer.result().status_code == 201
    gig = db.gigs.find_one({"owner_id": ObjectId(owner.id), "title": "The second"})
    assert (gig["status"], gig["owner_name"]) == (status, name)


def test_an_account_gets_its_guards_with_its_first_act(alice: Person, db: Any) -> None:
    mine = {"user_id": ObjectId(alice.id)}
    assert db.guards.count_documents(mine) == 0
    post_job(alice)
    assert db.guards.count_documents({**mine, "is_open": True, "name": alice.name}) == EACH_HAS


def test_somebody_who_is_let_in_again_acts_again(alice: Person, server: Server, db: Any) -> None:
    post_job(alice)
    operator.disable(server, alice.email)
    assert db.guards.count_documents({"user_id": ObjectId(alice.id), "is_open": True}) == 0
    operator.enable(server, alice.email)
    assert alice.post("/api/auth/login", alice.credentials).status_code == 200
    post_job(alice)
    assert db.guards.count_documents({"user_id": ObjectId(alice.id), "is_open": True}) == EACH_HAS


def test_first_acts_at_once_are_all_done(alice: Person) -> None:
    """None of them has a guard to write yet."""
    tabs = [alice.twin() for _ in range(6)]
    assert [job["status"] for job in at_once([lambda tab=tab: post_job(tab) for tab in tabs])] == ["open"] * 6


@pytest.mark.parametrize("has_people", [True, False])
def test_beside_a_version_that_knows_no_guards_every_act_writes_the_account(
    has_people: bool, mongo_uri: str
) -> None:
    """For an hour after the first start of this one beside people: a process of that version may still be at work, and
    shuts accounts without their guards.
    """
    here = Db(mongo_uri, f"test_{secrets.token_hex(6)}")
    guards.begin_guards(here, has_people)
    guards.begin_guards(here, not has_people)  # a later start changes nothing
    user = User(id=ObjectId(), email="ida@example.org", name="Ida", password_hash="", created_at=now())
    viewer = Viewer(user_id=user.id, device_id=ObjectId(), name=user.name)
    here.transact(lambda tx: store.insert_user(tx, user))
    acts = []
    for _ in range(3):
        here.transact(lambda tx: accounts.act(tx, viewer))
        acts.append(here.database.users.find_one({"_id": user.id}, {"last_act": 1}))
    assert len({str(each) for each in acts}) == (3 if has_people else 1)
    here.client.drop_database(here.database.name)
    here.client.close()
