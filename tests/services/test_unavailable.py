"""Somebody who is unavailable sells nothing (FINDINGS A3)."""

from datetime import UTC, datetime, timedelta

from tests.conftest import Join
from tests.support.client import Client, Person
from tests.support.market import change_profile, code_of, offer_service, unique_word
from tests.support.money import buy
from tests.support.waiting import wait_for


def test_who_is_unavailable_sells_nothing(alice: Person, join: Join, visitor: Client) -> None:
    """The API and the page refuse, and the page says so before. Somebody who ordered earlier has that order."""
    seller, early = join("Sonia Seller"), join("Erik Early")
    service = offer_service(seller)
    path = f"/gigs/{service['id']}"
    ordered = buy(early, service).json()["order"]["id"]
    shown, begun = alice.page(f"{path}/buy"), visitor.page(f"{path}/buy")
    change_profile(seller, availability="unavailable")
    refused = buy(alice, service)
    assert (refused.status_code, code_of(refused)) == (409, "not_available")
    late = shown.submit(f"form[action='{path}/buy']")
    assert (late.status, "Sonia Seller is not taking orders" in late.text) == (409, True)
    never = begun.submit(f"form[action='{path}/buy']")
    assert (never.status, "Sonia Seller is not taking orders" in never.text) == (409, True)
    wait_for(lambda: "Not taking orders now" in visitor.page(path).text)
    assert not visitor.page(path).all("a[href$='/buy']")
    assert buy(early, service).json()["order"]["id"] == ordered
    change_profile(seller, availability="limited")
    assert buy(alice, service).status_code == 201


def test_programs_and_people_are_told_until_when(alice: Person, join: Join) -> None:
    seller = join("Sonia Seller")
    service, until = offer_service(seller), (datetime.now(UTC) + timedelta(days=9)).date()
    change_profile(seller, availability="unavailable")
    assert "until" not in buy(alice, service).json()["error"]
    change_profile(seller, availability="unavailable", availabilityUntil=until.isoformat())
    answer = buy(alice, service).json()
    refused = answer["error"]
    assert refused["until"].startswith(until.isoformat())
    assert f"until {until:%-d %B %Y}." in answer["message"]
    path, day = f"/gigs/{service['id']}", f'main time[datetime="{until.isoformat()}"]'
    wait_for(lambda: alice.page(path).texts(day))
    assert alice.page(f"{path}/buy").texts(day)


def test_lists_and_search_engines_are_told_that_nothing_can_be_bought(join: Join, visitor: Client) -> None:
    """What a card, the page's data and the question say of a service agrees with what its page says."""
    seller, word = join("Sonia Seller"), unique_word()
    service = offer_service(seller, title=f"{word} drawn")
    path = f"/gigs/{service['id']}"
    places = (f"/services?q={word}", f"/u/{seller.id}")
    stock = "link[itemprop=availability]"
    assert visitor.page(path).one(stock).attrs["href"] == "https://schema.org/InStock"
    assert [visitor.page(place).texts(".offer .mark") for place in places] == [[], []]
    shown = visitor.page(f"{path}/buy")
    change_profile(seller, availability="unavailable")
    wait_for(lambda: "Not taking orders now" in visitor.page(path).text)
    assert visitor.page(path).one(stock).attrs["href"] == "https://schema.org/OutOfStock"
    assert [visitor.page(place).texts(".offer .mark") for place in places] == [["Not taking orders"]] * 2
    asked = visitor.page(f"{path}/buy")
    assert asked.texts("#dialog-title") == ["Not taking orders now"]
    assert "Sonia Seller is not taking orders at the moment." in asked.text
    assert (asked.link("Back to the service"), asked.all("#ask [type=submit]")) == (path, [])
    late = shown.submit(f"form[action='{path}/buy']")
    assert (late.status, late.text.count("is not taking orders at the moment.")) == (409, 1)
