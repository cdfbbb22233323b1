"""Somebody who is unavailable sells nothing (FINDINGS A3)."""

from tests.conftest import Join
from tests.support.client import Client, Person
from tests.support.market import change_profile, code_of, offer_service
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
