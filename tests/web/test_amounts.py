"""An amount is what one typed, or it is refused with how to write it (SECURITY 20b)."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from gigflow.core.money import Currency
from tests.support.client import Person
from tests.support.market import JOB, code_of, offer_service, place_bid, post_job

TWO_WAYS = "This amount is ambiguous. Write"

UNDERSTOOD = {
    "USD": {
        "500": "500", "500.": "500", "449.5": "449.5", ".5": "0.5", "0.5": "0.5", "05": "5",
        "449,50": "449.5", "12,5": "12.5", ",5": "0.5",
        "1,500": "1500", "12,500.5": "12500.5", "1,000,000": "1000000", "1,50,000.50": "150000.5",
        "1.500,50": "1500.5", "1.000.000": "1000000",
        "1 500": "1500", "1 500,50": "1500.5", "1\u00a0500.5": "1500.5", "1\u202f500": "1500", "1\u2009500": "1500",
        "1'500.50": "1500.5", "1\u2019500": "1500",
        "$20": "20", "$ 20": "20", "20$": "20", "20 $": "20", "500 USD": "500", "usd 500": "500", "$1,500.00": "1500",
        "１２．５０": "12.5", "＄２０": "20", "\u200e$20\u200b": "20", "3.3000000000000003": "3.3", "\t7\n": "7",
    },
    "KWD": {"1.500": "1.5", "0.125": "0.125", "449,50": "449.5", "1,500.500": "1500.5", "1,500,000": "1500000",
            "1 500.500": "1500.5", "KWD 5": "5", "5 د.ك": "5"},
    "VND": {"250000": "250000", "250,000": "250000", "250 000": "250000", "1.000.000": "1000000", "250000 ₫": "250000",
            "12.0": "12"},
    "JPY": {"￥10000": "10000", "¥10,000": "10000", "10000円": None, "１００": "100"},
    "EUR": {"20 €": "20", "€20": "20", "20eur": "20", "$20": None},
    "SEK": {"500 kr": "500", "500 SEK": "500"},
    "CAD": {"$5": "5", "CA$5": "5", "A$5": None},
}  # fmt: skip

READ_IN_TWO_WAYS = {
    "USD": {
        "10.000": "10,000 or 10.00.", "1.500": "1,500 or 1.50.", "$1.500": "1,500 or 1.50.",
        "1.500 USD": "1,500 or 1.50.", "0,500": "500 or 0.50.", "00,500": "500 or 0.50.", "0.500": "500 or 0.50.",
        "01,500": "1,500 or 1.50.", "1500,500": "1,500,500 or 1500.50.", "１．５００": "1,500 or 1.50.",
    },
    "KWD": {"1,500": "1500 or 1.500.", "0,500": "500 or 0.500."},
    "VND": {"250.000": "250,000 or 250.", "250.000 ₫": "250,000 or 250.", "0,500": "500 or 0."},
}  # fmt: skip

NO_AMOUNT = {
    "USD": ["1,500,50", "1,50.5", "1.500.50", "1.500,500", "1,500.500", "1 500.500", "0 500", "0'500", "1 50", "1  500",
            "1,2345", "500,", "1.500,", "1e3", "½", "10²", "٥٠٠", "€20", "20 €", "--5", "1/2", "5 000 000 000 000 0"],
    "KWD": ["1 500,500", "1.2.3"],
}  # fmt: skip


@pytest.mark.parametrize("code", UNDERSTOOD)
def test_what_is_understood(code: str) -> None:
    currency = Currency(code)
    for text, amount in UNDERSTOOD[code].items():
        if amount is None:
            with pytest.raises(ValueError, match="Enter an amount"):
                currency.parse(text)
        else:
            assert currency.parse(text) == Decimal(amount).scaleb(currency.digits), text


@pytest.mark.parametrize("code", READ_IN_TWO_WAYS)
def test_what_can_be_read_in_two_ways(code: str) -> None:
    currency = Currency(code)
    for text, both in READ_IN_TWO_WAYS[code].items():
        with pytest.raises(ValueError, match=TWO_WAYS) as refused:
            currency.parse(text)
        assert str(refused.value) == f"{TWO_WAYS} {both}", text
        for example in both.removesuffix(".").split(" or "):
            currency.parse(example)


@pytest.mark.parametrize("code", NO_AMOUNT)
def test_what_is_no_amount(code: str) -> None:
    for text in NO_AMOUNT[code]:
        with pytest.raises(ValueError, match="Enter an amount, such as 500 or 449"):
            Currency(code).parse(text)


@pytest.mark.parametrize("code", ["JPY", "USD", "KWD"])
def test_what_a_field_shows_is_what_it_takes(code: str) -> None:
    currency = Currency(code)
    for minor in (1, 10, 1_500, 25_000, 449_500, 1_500_000, currency.max_minor):
        assert currency.parse(currency.plain(minor)) == minor
        if code != "KWD":  # which shows thousands by a comma that nobody could type
            assert currency.parse(currency.format(minor)) == minor
        assert currency.of_number(currency.number(minor)) == minor


@pytest.mark.parametrize(
    ("given", "kept"), [(3.3000000000000003, 3.3), (0.1 + 0.2, 0.3), ("449,50", 449.5), ("1 500", 1500)]
)
def test_amounts_of_programs(alice: Person, bob: Person, given: object, kept: float) -> None:
    gig = post_job(alice, budget=given)
    assert gig["budget"] == kept
    assert place_bid(bob, gig, price=given)["price"] == kept


@pytest.mark.parametrize("given", ["10.000", "0,500"])
def test_every_door_refuses_what_can_be_read_in_two_ways(alice: Person, bob: Person, given: str) -> None:
    job, service = post_job(alice), offer_service(bob)
    doors: list[tuple[Callable[..., object], str, dict[str, object], str]] = [
        (alice.post, "/api/gigs", {**JOB, "budget": given}, "budget"),
        (alice.patch, f"/api/gigs/{job['id']}", {"budget": given}, "budget"),
        (bob.post, "/api/bids", {"gigId": job["id"], "message": "x", "price": given}, "price"),
        (bob.patch, f"/api/gigs/{service['id']}", {"price": given}, "price"),
        (alice.post, "/api/payment/checkout", {"gigId": service["id"], "price": given}, "price"),
        (bob.post, "/api/payment/payouts", {"amount": given}, "amount"),
    ]
    for door, path, body, field in doors:
        answer = door(path, body)
        assert (answer.status_code, code_of(answer)) == (400, "invalid_fields"), path  # type: ignore[attr-defined]
        assert answer.json()["error"]["fields"][field][0].startswith(TWO_WAYS)  # type: ignore[attr-defined]
    found = alice.get("/api/gigs/search", params={"minPrice": given})
    assert found.status_code == 400, found.text


def test_a_number_finer_than_the_currency(alice: Person) -> None:
    for given in (10.125, 0.001, 3.301):
        answer = alice.post("/api/gigs", {**JOB, "budget": given})
        assert answer.json()["error"]["fields"]["budget"] == ["Amounts have at most 2 decimals."]


def test_the_page_says_how_to_write_it_and_loses_nothing(alice: Person) -> None:
    typed = {"title": "Landing page", "description": "One page.", "budget": "1.500"}
    refused = alice.page("/gigs/new").submit("#gig-form", **typed)
    assert refused.errors("#gig-form") == {"budget": f"{TWO_WAYS} 1,500 or 1.50."}
    assert refused.values("#gig-form").items() >= typed.items()
    page = refused.submit("#gig-form", budget="1 500,50")
    assert "$1,500.50" in page.text
