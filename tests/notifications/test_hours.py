"""When letters of news go: daily, not in quiet hours, and at once again when their person chooses so."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.notifications.posting import post_letters
from tests.accounts.steps import letters_are_done
from tests.notifications.test_choices import BOTH, CHOICES, DAILY, OFF, choose, make_due, settle
from tests.notifications.test_unsubscribing import stop_path
from tests.support.client import Client, Json, Person
from tests.support.invariants import Db
from tests.support.mailbox import Outbox
from tests.support.market import hire, place_bid, post_job
from tests.support.money import in_progress
from tests.support.races import at_once
from tests.support.server import Server


@pytest.fixture
def outbox(server: Server) -> Outbox:
    return Outbox(server.var_dir)


def waiting(db: Db, person: Person) -> list[Json]:
    """What waits for a letter to this person, oldest first."""
    return list(db.notifications.find({"user_id": ObjectId(person.id), "mail_at": {"$ne": None}}).sort("_id"))


def come_round(db: Db, person: Person) -> None:
    """As if the hour at which this person's letter of the day goes had just struck."""
    struck = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0)
    if struck > datetime.now(UTC):
        struck -= timedelta(days=1)
    theirs = {"user_id": ObjectId(person.id), "mail_at": {"$ne": None}}
    db.notifications.update_many(theirs, {"$set": {"mail_at": struck}}, bypass_document_validation=True)
    settle(db)


def quiet_now() -> Json:
    """Quiet hours, in UTC, that have begun, and end after the next hour."""
    hour = datetime.now(UTC).hour
    return {"from": hour, "to": (hour + 2) % 24}


def subjects(outbox: Outbox, person: Person) -> list[str]:
    return [letter.subject for letter in outbox.of(person.email)]


def test_the_letter_of_a_day_is_one_and_ordered_by_things(
    db: Db, alice: Person, bob: Person, charlie: Person, outbox: Outbox
) -> None:
    choose(alice, bid_placed=DAILY)
    poster, logo = post_job(alice, title="Poster"), post_job(alice, title="Logo")
    for gig, person in ((poster, bob), (logo, bob), (poster, charlie)):
        place_bid(person, gig)
    make_due(db, alice)
    settle(db)
    assert subjects(outbox, alice) == []
    at = {row["mail_at"] for row in waiting(db, alice)}
    assert len(at) == 1
    (eight,) = at
    assert (eight.hour, eight.minute) == (8, 0)
    assert timedelta() < eight - datetime.now(UTC) <= timedelta(days=1)

    come_round(db, alice)
    assert subjects(outbox, alice) == ["Your day on GigFlow: 3 updates"]
    text = outbox.of(alice.email)[0].text
    lines = [line for line in text.splitlines() if line in ("Poster", "Logo") or "has bid on" in line]
    assert lines == [
        "Poster",
        "Bob Bidder has bid on “Poster”.",
        "Charlie Stranger has bid on “Poster”.",
        "Logo",
        "Bob Bidder has bid on “Logo”.",
    ]
    assert text.count("Bid: ") == 3
    assert waiting(db, alice) == []


def test_a_day_with_one_update_says_it_in_the_subject(
    db: Db, alice: Person, bob: Person, outbox: Outbox
) -> None:
    choose(alice, bid_placed=DAILY)
    place_bid(bob, post_job(alice, title="Poster"))
    come_round(db, alice)
    assert subjects(outbox, alice) == ["Your day on GigFlow: Bob Bidder has bid on “Poster”."]


def test_what_one_has_to_know_of_a_thing_stands_once(
    server: Server, db: Db, alice: Person, bob: Person, outbox: Outbox
) -> None:
    """In the letter of a day: the price and the next step of an order, below all of its news; and of each bid."""
    choose(bob, hired=DAILY, order_paid=DAILY, job_closed=DAILY)
    other = post_job(alice, title="Poster")
    place_bid(bob, other)
    alice.delete(f"/api/gigs/{other['id']}")
    in_progress(server, alice, bob, title="Logo")
    come_round(db, bob)
    (letter,) = [each for each in outbox.of(bob.email) if each.subject.startswith("Your day")]
    assert letter.subject == "Your day on GigFlow: 3 updates"
    assert letter.text.count("Price: ") == 1
    assert letter.text.index("have been hired") < letter.text.index("paid") < letter.text.index("Price: ")


def test_what_is_for_tomorrow_is_not_drawn_into_a_letter_of_today(
    db: Db, alice: Person, bob: Person, outbox: Outbox
) -> None:
    choose(alice, bid_placed=DAILY)
    place_bid(bob, post_job(alice))
    make_due(db, alice)
    settle(db)
    (before,) = waiting(db, alice)
    hire(bob, place_bid(alice, post_job(bob, title="Logo")))
    assert outbox.wait_for(alice.email).subject == "You have been hired for Logo!"
    letters_are_done(db)
    assert [row["mail_at"] for row in waiting(db, alice)] == [before["mail_at"]]
    assert before["put_off"]


def test_what_was_read_by_then_is_in_no_letter_of_the_day(
    db: Db, alice: Person, bob: Person, outbox: Outbox
) -> None:
    choose(alice, bid_placed=DAILY)
    place_bid(bob, post_job(alice))
    make_due(db, alice)
    settle(db)
    alice.post("/api/notifications/read")
    assert waiting(db, alice) == []
    come_round(db, alice)
    assert subjects(outbox, alice) == []


def test_quiet_hours_hold_back_what_is_not_urgent(db: Db, alice: Person, bob: Person, outbox: Outbox) -> None:
    quiet = quiet_now()
    assert alice.put(CHOICES, {"quiet": quiet}).status_code == 200
    place_bid(bob, post_job(alice, title="Poster"))
    make_due(db, alice)
    settle(db)
    assert subjects(outbox, alice) == []
    (row,) = waiting(db, alice)
    assert (row["mail_at"].hour, row["mail_at"].minute) == (quiet["to"], 0)
    hire(bob, place_bid(alice, post_job(bob, title="Logo")))
    assert outbox.wait_for(alice.email).subject == "You have been hired for Logo!"


@pytest.mark.parametrize(
    ("first", "then", "written"),
    [
        ({"choices": {"bid_placed": DAILY}}, {"choices": {"bid_placed": BOTH}}, True),
        ({"choices": {"bid_placed": DAILY}}, {"choices": {"bid_placed": OFF}}, False),
        ({"quiet": quiet_now()}, {"quiet": None}, True),
        ({"quiet": quiet_now()}, {"digestAt": 9}, None),
    ],
    ids=["at once again", "never", "no quiet hours", "still quiet"],
)
def test_who_chooses_otherwise_is_asked_again(
    first: Json, then: Json, written: bool | None, db: Db, alice: Person, bob: Person, outbox: Outbox
) -> None:
    """Whether what was put off is written now, never, or (None) later."""
    alice.put(CHOICES, first)
    place_bid(bob, post_job(alice, title="Poster"))
    make_due(db, alice)
    settle(db)
    assert subjects(outbox, alice) == []
    assert alice.put(CHOICES, then).status_code == 200
    settle(db)
    assert len(subjects(outbox, alice)) == (1 if written else 0)
    assert len(waiting(db, alice)) == (1 if written is None else 0)


def test_what_waits_to_be_read_still_waits(db: Db, alice: Person, bob: Person, outbox: Outbox) -> None:
    """A choice writes nothing early: five minutes are five minutes."""
    place_bid(bob, post_job(alice))
    (before,) = waiting(db, alice)
    alice.put(CHOICES, {"digestAt": 9, "choices": {"hired": DAILY}})
    settle(db)
    assert (subjects(outbox, alice), waiting(db, alice)) == ([], [before])


def test_another_time_zone_is_another_hour(db: Db, alice: Person, bob: Person) -> None:
    choose(alice, bid_placed=DAILY)
    place_bid(bob, post_job(alice))
    make_due(db, alice)
    settle(db)
    assert alice.put("/api/users/profile", {"timeZone": "Asia/Kathmandu"}).status_code == 200
    settle(db)
    (row,) = waiting(db, alice)
    assert (row["mail_at"].hour, row["mail_at"].minute) == (2, 15)  # 8:00 there


def test_news_that_replace_others_keep_the_time_of_their_letter(
    db: Db, alice: Person, bob: Person, outbox: Outbox
) -> None:
    choose(alice, bid_placed=DAILY, bid_withdrawn=DAILY)
    gig = post_job(alice, title="Poster")
    bob.patch(f"/api/bids/{place_bid(bob, gig)['id']}/withdraw")
    make_due(db, alice)
    settle(db)
    (before,) = waiting(db, alice)
    place_bid(bob, gig)
    (after,) = waiting(db, alice)
    assert (before["type"], after["type"]) == ("bid_withdrawn", "bid_placed")
    assert (after["mail_at"], after["put_off"]) == (before["mail_at"], True)
    come_round(db, alice)
    assert subjects(outbox, alice) == ["Your day on GigFlow: Bob Bidder has bid on “Poster”."]


def test_one_click_ends_the_letter_of_a_day_and_the_way_back_is_to_it(
    db: Db, alice: Person, bob: Person, visitor: Client, outbox: Outbox
) -> None:
    choose(alice, bid_placed=DAILY)
    place_bid(bob, post_job(alice))
    come_round(db, alice)
    path = stop_path(outbox.of(alice.email)[0])
    assert visitor.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    off = alice.get(CHOICES).json()["choices"]["bid_placed"]
    assert (off["app"], off["email"]) == (True, False)
    place_bid(bob, post_job(alice))
    come_round(db, alice)
    assert len(subjects(outbox, alice)) == 1
    visitor.page(urlsplit(path).path).submit("form[action$='turn=off']").submit("form[action$='turn=on']")
    assert alice.get(CHOICES).json()["choices"]["bid_placed"] == DAILY


def test_a_choice_at_the_moment_of_the_tick_is_not_lost(server: Server, alice: Person, bob: Person) -> None:
    """Whichever comes first: nothing waits for tomorrow of which a letter at once is wanted."""
    for _ in range(6):
        choose(alice, bid_placed=DAILY)
        place_bid(bob, post_job(alice))
        make_due(server.db, alice)
        acts: list[Callable[[], Any]] = [
            lambda: post_letters(server.house, now()),
            lambda: choose(alice, bid_placed=BOTH),
        ]
        at_once(acts)
        tomorrow = {
            "user_id": ObjectId(alice.id),
            "mail_at": {"$gt": datetime.now(UTC) + timedelta(minutes=10)},
        }
        assert server.db.notifications.count_documents(tomorrow) == 0


def test_what_an_admin_is_told_is_not_about_their_own(db: Db, root: Person, outbox: Outbox) -> None:
    """The subject of several names no orders of theirs."""
    row = {
        "user_id": ObjectId(root.id),
        "type": "dispute_to_decide",
        "message": "A dispute.",
        "url": "/orders",
    }
    moment = datetime.now(UTC)
    db.notifications.insert_many(
        {**row, "fact": str(ObjectId()), "created_at": moment, "mail_at": moment, "acked_by": []}
        for _ in range(2)
    )
    settle(db)
    assert subjects(outbox, root) == ["2 updates on GigFlow"]
