"""Where an order began: a line of the thread that nobody wrote, between the entries by its time."""

from datetime import timedelta

import pytest
from bson import ObjectId

from gigflow.core.clock import now
from tests.conftest import shared
from tests.support.client import Client, Json, Page, Person
from tests.support.invariants import Db
from tests.support.market import hire, offer_service, place_bid, post_job
from tests.support.money import buy, do
from tests.support.talk import open_talk, say

alice = shared("Alice Owner")
bob = shared("Bob Buyer")
charlie = shared("Charlie Stranger")


def order_of(buyer: Client, service: Json) -> Json:
    """An order that came to nothing, so that the service can be bought again."""
    answer = buy(buyer, service)
    assert answer.status_code == 201, answer.text
    order: Json = answer.json()["order"]
    do(buyer, order, "cancel")
    return order


def lines(page: Page) -> list[str]:
    """The lines of a thread but for those that say a day: numbers of entries, and ids of what began."""
    found = page.all("li.said, li.began")
    return [(each.attrs["id"] or "").removeprefix("began-") for each in found]


@pytest.fixture
def service(alice: Person) -> Json:
    return offer_service(alice, title="A map “by hand”")


@pytest.fixture
def talk(alice: Person, bob: Person, service: Json) -> str:
    return open_talk(bob, alice, gigId=service["id"])


def test_an_order_stands_between_what_was_said_before_and_after(
    alice: Person, bob: Person, service: Json, talk: str
) -> None:
    """On the page of the conversation, and on those of the orders: the second continues it."""
    say(bob, talk, "Do you draw?")
    first = order_of(bob, service)
    say(alice, talk, "Yes")
    second = order_of(bob, service)
    expected = ["m1", first["id"], "m2", second["id"]]
    for reader in (alice, bob):
        page = reader.page(f"/messages/{talk}")
        assert lines(page) == expected
        assert page.texts(f"#began-{first['id']}")[0].startswith("Order “A map ‘by hand’” began.")
        assert page.one(f"#began-{first['id']} a").attrs["href"] == f"/orders/{first['id']}"
        assert lines(reader.page(f"/orders/{second['id']}")) == expected


def test_it_comes_with_the_next_message(alice: Person, bob: Person, service: Json, talk: str) -> None:
    """To a page that is open, and not by itself."""
    say(bob, talk, "One")
    order = order_of(bob, service)
    assert lines(alice.fragment("GET", f"/messages/{talk}/after?seq=1")) == []
    say(bob, talk, "Two")
    assert lines(alice.fragment("GET", f"/messages/{talk}/after?seq=1")) == [order["id"], "m2"]
    assert lines(alice.fragment("GET", f"/messages/{talk}/after?seq=2")) == []
    assert lines(alice.fragment("GET", f"/messages/{talk}/after?seq=0")) == ["m1", order["id"], "m2"]


def test_an_order_that_came_before_any_word_stands_above(alice: Person, bob: Person, service: Json) -> None:
    order = order_of(bob, service)
    assert lines(bob.page(f"/orders/{order['id']}")) == []
    say(alice, open_talk(alice, bob, orderId=order["id"]), "Thank you")
    assert lines(bob.page(f"/orders/{order['id']}")) == [order["id"], "m1"]


def test_each_stands_on_one_page_alone(alice: Person, bob: Person, service: Json, talk: str) -> None:
    """Above the entry that came after it, whether the pages are opened one by one or put together by the script."""
    began = {}
    for number in range(1, 56):
        if number in (3, 6, 30):
            began[number] = order_of(bob, service)["id"]
        say(alice, talk, f"Number {number}")
    newest = lines(alice.page(f"/messages/{talk}"))
    assert newest[:2] == [began[6], "m6"]
    assert newest[newest.index("m30") - 1] == began[30]
    earlier = ["m1", "m2", began[3], "m3", "m4", "m5"]
    assert lines(alice.page(f"/messages/{talk}?before=6")) == earlier
    part = alice.fragment("GET", f"/messages/{talk}/before?seq=6")
    assert lines(part) == earlier
    assert part.all(".joined")
    assert lines(alice.page(f"/messages/{talk}?after=5"))[:2] == [began[6], "m6"]
    assert lines(alice.page(f"/messages/{talk}?after=3"))[:2] == ["m4", "m5"]


def test_it_has_its_day(alice: Person, bob: Person, service: Json, talk: str, db: Db) -> None:
    """Also where the page joins what came earlier."""
    for number in range(1, 4):
        say(bob, talk, f"Number {number}")
    order = order_of(bob, service)["id"]
    begins = now() - timedelta(days=3)
    for number in range(1, 3):
        of_entry = {"conversation_id": ObjectId(talk), "seq": number}
        db.messages.update_one(of_entry, {"$set": {"created_at": begins}})
    db.orders.update_one({"_id": ObjectId(order)}, {"$set": {"created_at": begins + timedelta(days=1)}})
    page = alice.page(f"/messages/{talk}")
    kinds = [(each.attrs["class"] or "").split()[0] for each in page.all("#entries > li[class]")]
    assert kinds == ["day", "new-line", "said", "said", "day", "began", "day", "said"]
    part = alice.fragment("GET", f"/messages/{talk}/before?seq=3")
    assert (lines(part), part.all(".joined")) == (["m1", "m2"], [])


def test_orders_of_others_stand_in_no_thread(
    alice: Person, bob: Person, charlie: Person, service: Json, talk: str
) -> None:
    order_of(charlie, service)
    order_of(bob, offer_service(alice))
    say(bob, talk, "Hello")
    assert lines(bob.page(f"/messages/{talk}")) == ["m1"]
    place_bid(bob, post_job(alice))  # so they are no strangers
    person = open_talk(bob, alice)
    say(bob, person, "Hello")
    assert lines(bob.page(f"/messages/{person}")) == ["m1"]


def test_a_hire_is_one_too(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    bid = place_bid(bob, job)
    talk = open_talk(bob, alice, gigId=job["id"])
    say(bob, talk, "Which paper?")
    answer = hire(alice, bid)
    assert answer.status_code == 200, answer.text
    assert lines(bob.page(f"/messages/{talk}")) == ["m1", answer.json()["order"]["id"]]
