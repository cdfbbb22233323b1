"""News are one sentence of at most 300 characters, whatever people write: the words themselves stand on the page and in
the body of the letter (SECURITY 17b).
"""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from bson import ObjectId

from gigflow.accounts.models import Actor
from gigflow.core.texts import quoted, shortened
from gigflow.notifications.actions import news_of
from gigflow.notifications.hooks import EVENTS
from gigflow.notifications.models import NEWS_MAX, About
from tests.support.client import Json, Person
from tests.support.mailbox import Outbox
from tests.support.market import hire, place_bid, post_job
from tests.support.market import news_of as told_of
from tests.support.money import delivered, do, in_progress
from tests.support.server import Server
from tests.support.ticks import poke
from tests.support.waiting import wait_for

LONG = ("Win a prize!\r\n\r\nAt evil.example, today.\u2028" * 60)[:1990]
TITLE = "T" * 120


@pytest.mark.parametrize(
    ("before", "step", "field", "event"),
    [
        (in_progress, "cancel", "reason", "cancellation_asked"),
        (in_progress, "dispute", "reason", "order_disputed"),
        (delivered, "revise", "message", "changes_asked"),
    ],
)
def test_a_toast_and_a_subject_are_one_sentence(
    before: Callable[..., Json], step: str, field: str, event: str, server: Server, alice: Person, bob: Person
) -> None:
    order = before(server, alice, bob, title=TITLE)
    poke(server.db)
    waiting = {"user_id": ObjectId(bob.id), "mail_at": {"$ne": None}}
    wait_for(lambda: server.db.notifications.count_documents(waiting) == 0, what="the letters so far")
    do(alice, order, step, **{field: LONG})
    newest = bob.get("/api/notifications").json()["notifications"][0]
    assert newest["type"] == event
    assert len(newest["message"]) <= 300
    assert newest["message"].startswith(alice.name)
    assert newest["message"].endswith(f"“{'T' * 59}…”.")
    assert "prize" not in newest["message"]
    letter = Outbox(server.var_dir).wait_for(bob.email, newest["message"])
    assert "prize" not in letter.subject
    assert letter.text.count("Win a prize!") >= 40  # quoted, all of it
    assert all(line.startswith(">") for line in letter.text.splitlines() if "prize" in line)
    page = bob.page(f"/orders/{order['id']}")
    assert page.text.count("Win a prize!") >= 40


def test_a_title_is_marked_in_the_news_of_every_event() -> None:
    """By the one place that fills the slots: a new event has nothing to remember."""
    about = About(url="/", gig_title='Logo for "Blue Door"')
    actor = Actor(id=ObjectId(), name="Bob")
    for event in EVENTS.values():
        (told,) = news_of(
            event,
            [(ObjectId(), ObjectId(), about)],
            "{actor} looks at {title}.",
            datetime.now(UTC),
            actor=actor,
        )
        assert told.message == "Bob looks at “Logo for ‘Blue Door’”."


def test_a_long_title_is_shortened_and_the_end_of_the_sentence_stays(alice: Person, bob: Person) -> None:
    title = "A landing page for a small bakery in the old town that sells bread and cakes from the day before"
    gig = post_job(alice, title=title)
    bid = place_bid(bob, gig)
    bob.patch(f"/api/bids/{bid['id']}/withdraw")
    shown = "A landing page for a small bakery in the old town that…"
    assert told_of(alice, gig)[0] == ("bid_withdrawn", f"{bob.name} withdrew the bid on “{shown}”.")
    hire(alice, place_bid(bob, gig))
    assert ("hired", f"You have been hired for {title}!") in told_of(bob, gig)


def test_a_title_that_runs_right_to_left_turns_nothing_around_it(alice: Person, bob: Person) -> None:
    gig = post_job(alice, title="شعار 2")
    place_bid(bob, gig)
    assert told_of(alice, gig)[0][1] == f"{bob.name} has bid on “\u2068شعار 2\u2069”."


def test_no_sentence_is_longer_than_news_are() -> None:
    """With the longest name, title and amount."""
    about = About(url="/", gig_title="T" * 120)
    actor = Actor(id=ObjectId(), name="N" * 80)
    text = "{actor} reviewed you for {title}. You can read it once you have written yours."
    (told,) = news_of(
        EVENTS["hired"], [(ObjectId(), ObjectId(), about)], text, datetime.now(UTC), actor=actor
    )
    assert len(told.message) < NEWS_MAX
    assert told.message.endswith("written yours.")


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Logo for “Blue Door”", "“Logo for ‘Blue Door’”"),
        ('A "quick" fix for a 27" screen', '“A ‘quick’ fix for a 27" screen”'),
        ("Le « Petit Prince »", "“Le « Petit Prince »”"),
        ("It’s a dog’s life", "“It’s a dog’s life”"),
        ('A lone " mark', '“A lone " mark”'),
        ("Turned \u202eround", "“Turned round”"),
    ],
)
def test_a_title_with_marks_of_its_own_reads_well(title: str, said: str) -> None:
    assert quoted(title) == said


def test_a_title_is_cut_inside_of_its_own_marks() -> None:
    assert quoted('Logo for "Blue Door and Sons"', 20) == "“Logo for ‘Blue Door…”"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("short", "short"),
        ("a map of the old town", "a map of the old…"),
        ("a map of the big, old town", "a map of the big…"),
        ("W" * 30, "W" * 17 + "…"),
        ("标" * 30, "标" * 17 + "…"),
        ("e\u0301" * 20, "e\u0301" * 8 + "…"),  # a mark stays with its letter
    ],
)
def test_a_text_is_shortened_at_a_word(text: str, said: str) -> None:
    assert shortened(text, 18) == said
    assert len(said) <= 18
