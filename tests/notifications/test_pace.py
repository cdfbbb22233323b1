"""Nobody is flooded: at most so many letters an hour to one address, and the rest in one; each is one sentence."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from tests.accounts.steps import letters_are_done
from tests.conftest import PASSWORD
from tests.support.client import Json, Person
from tests.support.mailbox import Outbox
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.ticks import poke, tick
from tests.support.waiting import wait_for

MOST = 3


@pytest.fixture(scope="module")
def paced(start_server: Callable[..., Server]) -> Server:
    """Two processes that both write letters, at most three an hour."""
    return start_server(RATE_LIMITS="on", LIMIT_LETTERS=f"{MOST}/hour", WEB_PROCESSES="2")


@pytest.fixture(scope="module")
def outbox(paced: Server) -> Outbox:
    return Outbox(paced.var_dir)


@pytest.fixture
def zoe(paced: Server) -> Person:
    return Person(paced.url, "Zoe", f"zoe-{secrets.token_hex(6)}@example.test", PASSWORD)


def news(person: Person, number: int) -> Json:
    """Something to tell, as any act writes it."""
    now = datetime.now(UTC)
    fact = {
        "fact": secrets.token_hex(12),
        "type": "order_cancelled",
        "url": "/",
        "message": f"Mallory said {number}.",
    }
    return {**fact, "user_id": ObjectId(person.id), "created_at": now, "mail_at": now, "acked_by": []}


def tell(server: Server, person: Person, number: int) -> None:
    """Tell one more thing, and wait until a letter was written of it or has to wait."""
    row: dict[str, Any] = news(person, number)
    server.db.notifications.insert_one(row)
    seen_to = {"_id": row["_id"], "$or": [{"mail_at": None}, {"held_back": True}]}
    wait_for(lambda: server.db.notifications.find_one(seen_to), what="its letter")


def let_an_hour_pass(server: Server, person: Person) -> None:
    """As if the letters so far had gone an hour earlier, and what waits were due."""
    hour = timedelta(hours=1)
    for pace in server.db.letter_paces.find():
        server.db.letter_paces.update_one(
            {"_id": pace["_id"]}, {"$set": {"at": [at - hour for at in pace["at"]]}}
        )
    waiting = {"user_id": ObjectId(person.id), "held_back": True}
    server.db.notifications.update_many(waiting, {"$set": {"mail_at": datetime.now(UTC)}})
    poke(server.db)


def test_at_most_so_many_letters_an_hour_and_the_rest_in_one(
    paced: Server, zoe: Person, outbox: Outbox
) -> None:
    for number in range(10):
        tell(paced, zoe, number)
    letters_are_done(paced.db)
    assert len(outbox.of(zoe.email)) == MOST
    held = paced.db.notifications.find_one({"user_id": ObjectId(zoe.id), "held_back": True})
    assert held is not None
    assert timedelta(minutes=58) < held["mail_at"] - datetime.now(UTC) <= timedelta(hours=1)
    assert zoe.get("/api/notifications").json()["unread"] == 10  # the page has them at once

    let_an_hour_pass(paced, zoe)
    letter = outbox.wait_for(zoe.email, count=MOST + 1)
    letters_are_done(paced.db)
    assert len(outbox.of(zoe.email)) == MOST + 1
    assert letter.subject == "7 more updates on GigFlow"
    assert all(f"Mallory said {number}." in letter.text for number in range(3, 10))
    assert letter.links[0] == f"{paced.url}/"


def test_letters_about_the_account_are_not_held_back(paced: Server, zoe: Person, outbox: Outbox) -> None:
    for number in range(MOST + 1):
        tell(paced, zoe, number)
    assert zoe.post("/api/auth/forgot", {"email": zoe.email}).status_code == 202
    outbox.wait_for(zoe.email, "Choose a new password")


def test_others_are_written_to_meanwhile(paced: Server, zoe: Person, outbox: Outbox) -> None:
    other = Person(paced.url, "Ann", f"ann-{secrets.token_hex(6)}@example.test", PASSWORD)
    for number in range(MOST + 1):
        tell(paced, zoe, number)
    tell(paced, other, 1)
    outbox.wait_for(other.email)


def test_two_processes_count_together(paced: Server, zoe: Person, outbox: Outbox) -> None:
    at_once([lambda number=number: tell(paced, zoe, number) for number in range(12)])
    letters_are_done(paced.db)
    assert 1 <= len(outbox.of(zoe.email)) <= MOST
    assert not paced.errors()


def test_what_was_read_meanwhile_is_not_written_of(paced: Server, zoe: Person, outbox: Outbox) -> None:
    for number in range(MOST + 2):
        tell(paced, zoe, number)
    assert zoe.post("/api/notifications/read").status_code == 200
    let_an_hour_pass(paced, zoe)
    tick(paced.db)
    letters_are_done(paced.db)
    assert len(outbox.of(zoe.email)) <= MOST


def test_a_letter_of_very_many_says_how_many_more(paced: Server, zoe: Person, outbox: Outbox) -> None:
    paced.db.notifications.insert_many([news(zoe, number) for number in range(60)])
    poke(paced.db)
    wait_for(lambda: sum(_told(letter.subject) for letter in outbox.of(zoe.email)) >= 60, what="all 60")
    text = max((letter.text for letter in outbox.of(zoe.email)), key=len)
    assert text.count("Mallory said") <= 50


def _told(subject: str) -> int:
    """How many pieces of news a letter is about."""
    first = subject.split()[0]
    return int(first) if first.isdigit() else 1
