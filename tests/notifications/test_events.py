"""The table of events: what features declare, and what becomes of what nobody has declared (decision 41)."""

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.clock import now
from gigflow.core.db import Db as House
from gigflow.core.db import Tx
from gigflow.core.hooks import NotWired
from gigflow.core.paging import PageRequest
from gigflow.features import connect as put_together
from gigflow.features import wirings
from gigflow.notifications import actions
from gigflow.notifications.actions import tell
from gigflow.notifications.hooks import EVENTS, Events, UnknownEvent
from gigflow.notifications.models import SECTIONS, About, Event
from gigflow.orders.models import ORDER
from gigflow.wiring import Wiring
from tests.conftest import Connect
from tests.notifications.test_choices import subjects_after_tick
from tests.support.client import Client, Person
from tests.support.invariants import Db
from tests.support.mailbox import Outbox
from tests.support.market import place_bid, post_job
from tests.support.server import Server

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def outbox(server: Server) -> Outbox:
    return Outbox(server.var_dir)


def module_of(*events: Event) -> ModuleType:
    """What a feature's `events.py` is, with these in it."""
    made = ModuleType("events")
    vars(made).update({event.key.upper(): event for event in events})
    return made


def event(key: str) -> Event:
    return Event(key=key, label=key, section="orders", icon="bell", delay=timedelta(0), button="Open it")


def test_every_event_of_every_feature_is_in_the_table() -> None:
    declared = {
        each.key: each
        for path in ROOT.glob("gigflow/*/events.py")
        for each in vars(import_module(f"gigflow.{path.parent.name}.events")).values()
        if isinstance(each, Event)
    }
    assert dict(EVENTS) == declared


def test_a_feature_puts_only_its_own_into_the_table() -> None:
    for name, wiring in wirings().items():
        own = [taken.taker for taken in wiring.takes if taken.hook is EVENTS]
        if own:
            module = import_module(f"gigflow.{name}.events")
            assert own == [each for each in vars(module).values() if isinstance(each, Event)]


def test_the_table_is_in_the_order_of_its_sections() -> None:
    places = [SECTIONS.index(each.section) for each in EVENTS.values()]
    assert places == sorted(places)


def test_two_events_with_one_key_end_the_start() -> None:
    table = Events("tests.events", "")
    takes = (*table.by(module_of(event("came"))), *table.by(module_of(event("came"))))
    with pytest.raises(NotWired, match="“came” is declared 2 times"):
        put_together([Wiring(hooks=(table,), takes=takes)])


def test_the_table_is_not_read_before_it_is_put_together() -> None:
    with pytest.raises(NotWired):
        Events("tests.events", "").of("hired")


def test_telling_of_what_nobody_has_declared_is_loud(server: Server, alice: Person) -> None:
    """Also if it has the key of one that somebody has."""
    house = House(server.mongo_uri, server.mongo_db)

    def work(tx: Tx) -> None:
        tell(tx, unknown, ObjectId(alice.id), "Something happened.", now(), about=About(url="/"))

    for unknown in (event("invented"), event("hired")):
        with pytest.raises(UnknownEvent, match=unknown.key):
            house.transact(work)
    house.client.close()
    assert alice.get("/api/notifications").json()["notifications"] == []


def test_every_icon_is_in_the_sprite(visitor: Client) -> None:
    sprite = visitor.get("/static/any/icons.svg").text
    assert [each.icon for each in EVENTS.values() if f'id="{each.icon}"' not in sprite] == []


def test_the_steps_that_tell_are_steps_of_an_order() -> None:
    """And each tells one thing."""
    steps = [step for each in EVENTS.values() for step in each.steps]
    assert set(steps) <= ORDER.transitions.keys()
    assert len(steps) == len(set(steps))


def test_the_list_shows_the_icon_of_the_event(alice: Person, bob: Person) -> None:
    place_bid(bob, post_job(alice))
    assert (alice.page("/notifications").one(".entry > .icon use").attrs["href"] or "").endswith("#inbox")


def test_what_another_release_tells_is_shown_and_mailed(
    db: Db, alice: Person, bob: Person, connect: Connect, outbox: Outbox
) -> None:
    place_bid(bob, post_job(alice))
    db.notifications.update_one({"user_id": ObjectId(alice.id)}, {"$set": {"type": "of_tomorrow"}})
    (told,) = alice.get("/api/notifications").json()["notifications"]
    assert told["type"] == "of_tomorrow"
    (shown,) = connect(alice).of("notification")
    assert (shown["icon"], shown["tone"], shown["untilRead"]) == ("bell", "", False)
    assert subjects_after_tick(db, outbox, alice) == [told["message"]]
    assert (alice.page("/notifications").one(".entry > .icon use").attrs["href"] or "").endswith("#bell")


@pytest.fixture
def apart() -> Iterator[Event]:
    """An event with a number of its own, in the table of this process as long as the test runs."""
    before = EVENTS.taken
    declared = Event(
        key="counted_apart",
        label="Counted apart",
        section="messages",
        icon="bell",
        delay=timedelta(days=1),
        button="Open it",
        counted_elsewhere=True,
    )
    EVENTS.wire([*before, *EVENTS.by(module_of(declared))])
    yield declared
    EVENTS.wire(before)


def test_what_is_counted_elsewhere_is_in_the_list_and_in_letters_alone(
    server: Server, db: Db, alice: Person, bob: Person, apart: Event
) -> None:
    """No toast, not on the bell, and not replayed to a device that comes back."""
    place_bid(bob, post_job(alice))
    session = db.sessions.find_one({"user_id": ObjectId(alice.id)}) or {}
    viewer = Viewer(user_id=ObjectId(alice.id), device_id=session["_id"], name=alice.name)
    server.house.transact(
        lambda tx: tell(tx, apart, viewer.user_id, "Bob wrote.", now(), about=About(url="/messages/1"))
    )
    listed = actions.notifications_of(server.house, viewer, PageRequest(limit=10)).rows
    assert [each.type for each in listed] == ["counted_apart", "bid_placed"]
    assert listed[0].mail_at is not None
    assert [actions.wants_in_app(server.house, each) for each in listed] == [False, True]
    assert actions.unread_count(server.house, viewer) == 1
    assert actions.read_page(server.house, viewer, "/elsewhere", now()) == 1
    assert [each.type for each in actions.to_replay(server.house, viewer, now())] == ["bid_placed"]
    assert actions.read_page(server.house, viewer, "/messages/1", now()) == 1
    assert actions.notifications_of(server.house, viewer, PageRequest(limit=1)).rows[0].read_at
