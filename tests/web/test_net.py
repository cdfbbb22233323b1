"""What is left of a price after the fee, said where it is typed (docs/domain.md, What binds)."""

import pytest

from tests.conftest import shared
from tests.support.client import Person
from tests.support.market import hire, offer_service, place_bid, post_job

alice = shared("Alice Owner")
bob = shared("Bob Bidder")

NET = "#price-net"
FRAGMENT = {"HX-Request": "true"}
RULE = "GigFlow’s fee is 10% of it; you receive the rest."


def said(person: Person, price: str) -> str:
    answer = person.get("/fee", params={"price": price}, headers=FRAGMENT)
    assert answer.status_code == 200
    return answer.text.strip()


def test_it_is_what_the_order_will_say(alice: Person, bob: Person) -> None:
    """Halves of a cent as well, and as the order has them."""
    gig = post_job(alice)
    order = hire(alice, place_bid(bob, gig, price=320.05)).json()["order"]
    assert (order["price"], order["fee"]) == (320.05, 32.01)
    assert said(bob, "320.05") == "You receive $288.04 after the 10% fee."


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("320", "You receive $288 after the 10% fee."),
        ("1,500.50", "You receive $1,350.45 after the 10% fee."),
        ("449,50 USD", "You receive $404.55 after the 10% fee."),
        ("0.01", "You receive $0.01 after the 10% fee."),
        ("1,000.50", "You receive $900.45 after the 10% fee."),
        ("", RULE),
        (" ", RULE),
    ],
)
def test_what_is_typed_is_understood_as_the_form_does(typed: str, sentence: str, bob: Person) -> None:
    assert said(bob, typed) == sentence


@pytest.mark.parametrize("typed", ["10.000", "1.500", "nothing", "0", "-5", "1000001", "4.567", "1 2 3"])
def test_what_the_form_refuses_is_refused_in_its_words(typed: str, alice: Person, bob: Person) -> None:
    refused = bob.page(f"/gigs/{post_job(alice)['id']}").submit("#bid-form", message="Me!", price=typed)
    message = refused.errors("#bid-form")["price"]
    assert refused.status == 400
    assert said(bob, typed) == message


def test_without_javascript_the_rule_and_then_the_number(alice: Person, bob: Person) -> None:
    page = bob.page(f"/gigs/{post_job(alice)['id']}")
    assert page.texts(NET) == [RULE]
    refused = page.submit("#bid-form", message=" ", price="320")
    assert (refused.status, refused.texts(NET)) == (400, ["You receive $288 after the 10% fee."])
    wrong = refused.submit("#bid-form", message="Me!", price="-1")
    assert (wrong.status, wrong.texts(NET)) == (400, [RULE])


def test_services_and_bids_that_are_there_say_it(alice: Person, bob: Person) -> None:
    assert bob.page("/gigs/new?kind=service").texts(NET) == [RULE]
    service = offer_service(bob, price=50)
    assert bob.page(f"/gigs/{service['id']}/edit").texts(NET) == ["You receive $45 after the 10% fee."]
    gig = post_job(alice)
    bid = place_bid(bob, gig, price=200)
    assert bob.page(f"/bids/{bid['id']}/edit").texts(NET) == ["You receive $180 after the 10% fee."]
    assert "You receive $180 after the 10% fee." in bob.page(f"/gigs/{gig['id']}").text
