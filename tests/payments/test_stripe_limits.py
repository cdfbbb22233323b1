"""What Stripe does not take is refused where it is typed, and what it tells must make sense."""

from collections.abc import Callable, Iterator

import pytest
from bson import ObjectId

from gigflow.core.money import Currency
from gigflow.payments.stripe_gateway import LEAST, prices_in
from tests.conftest import shared
from tests.payments.fake_stripe import FakeStripe
from tests.payments.stripe_steps import buy, check_books, session_of, status_of
from tests.support.client import Json, Person
from tests.support.market import BID, JOB, SERVICE, code_of, hire, offer_service, place_bid, post_job
from tests.support.server import Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")

TOO_LITTLE = "At least $0.50: the payment provider does not accept less."
TOO_MUCH = "At most $999,999.99: the payment provider does not accept more."


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server], stripe: FakeStripe) -> Iterator[Server]:
    running = start_server(**stripe.settings)
    yield running
    check_books(running)


@pytest.mark.parametrize(
    ("amount", "problem"), [(0.3, TOO_LITTLE), (0.49, TOO_LITTLE), (1_000_000, TOO_MUCH)]
)
def test_amounts_that_stripe_does_not_take(alice: Person, bob: Person, amount: float, problem: str) -> None:
    job, service = post_job(alice), offer_service(bob)
    answers = [
        (alice.post("/api/gigs", {**JOB, "budget": amount}), "budget"),
        (alice.patch(f"/api/gigs/{job['id']}", {"budget": amount}), "budget"),
        (bob.post("/api/bids", {**BID, "gigId": job["id"], "price": amount}), "price"),
        (bob.post("/api/gigs", {**SERVICE, "kind": "service", "price": amount}), "price"),
        (bob.patch(f"/api/gigs/{service['id']}", {"price": amount}), "price"),
    ]
    for answer, field in answers:
        assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")
        assert answer.json()["error"]["fields"] == {field: [problem]}


def test_the_limits_themselves_are_taken(alice: Person, bob: Person) -> None:
    for amount in (0.5, 999_999.99):
        assert place_bid(bob, post_job(alice, budget=amount), price=amount)["price"] == amount


def test_the_page_says_the_limit_at_its_field(alice: Person) -> None:
    typed = {"title": "Landing page", "description": "One page.", "budget": "0,30"}
    refused = alice.page("/gigs/new").submit("#gig-form", **typed)
    assert refused.errors("#gig-form") == {"budget": TOO_LITTLE}
    assert refused.values("#gig-form").items() >= typed.items()


def test_nobody_agrees_on_what_nobody_can_pay(server: Server, alice: Person, bob: Person) -> None:
    """Bids and services of before, when another provider or none was there."""
    job, service = post_job(alice), offer_service(bob)
    bid = place_bid(bob, job)
    server.db.bids.update_one({"_id": ObjectId(bid["id"])}, {"$set": {"price_minor": 30}})
    server.db.gigs.update_one({"_id": ObjectId(service["id"])}, {"$set": {"price_minor": 30}})
    for refused in (hire(alice, bid), alice.post("/api/payment/checkout", {"gigId": service["id"]})):
        assert (refused.status_code, code_of(refused)) == (409, "price_not_payable")
        assert refused.json()["message"] == f"This price cannot be paid. {TOO_LITTLE}"
    assert alice.get(f"/api/gigs/{job['id']}").json()["status"] == "open"
    assert server.db.orders.count_documents({"price_minor": 30}) == 0


@pytest.mark.parametrize(
    ("code", "least"), [("JPY", 50), ("USD", 50), ("HUF", 17500), ("GBP", 30), ("ZAR", 50)]
)
def test_the_least_of_each_currency(code: str, least: int) -> None:
    prices = prices_in(code)
    assert (prices.least_minor, prices.most_minor) == (least, 99_999_999)
    assert prices.problem(least) is None
    assert (
        prices.problem(least - 1)
        == f"At least {Currency(code).format(least)}: the payment provider does not accept less."
    )
    assert all(currency == currency.upper() for currency in LEAST)


def test_an_account_is_made_only_if_there_is_something_to_pay_out(stripe: FakeStripe, alice: Person) -> None:
    for amount in (None, 5):
        refused = alice.post("/api/payment/payouts", {} if amount is None else {"amount": amount})
        assert (refused.status_code, code_of(refused)) == (409, "nothing_to_pay_out")
    page = alice.page("/settings/payouts")
    token = page.one("input[name=csrf_token]").attrs["value"] or ""
    shown = alice.request("POST", "/settings/payouts", None, data={"csrf_token": token, "amount": "5"})
    assert shown.status_code == 409
    assert "There is nothing in your balance to withdraw." in shown.text
    assert not [each for each in stripe.all("account") if each["metadata"] == {"user": alice.id}]


ODD = [-1, 1.5, "12000", 2**70, 1e300, None, [], {"amount": 1}, True, {"$gt": 0}]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_odd_amounts_in_signed_events(
    stripe: FakeStripe, server: Server, alice: Person, bob: Person, odd: object
) -> None:
    """Whoever has signed it: it is refused, has no effect, and is no error of ours."""
    order = buy(alice, offer_service(bob))["order"]
    session = session_of(stripe, server, order)
    paid = stripe.pay(session)
    intent = session["payment_intent"]
    charge = {"object": "charge", "id": "ch_1", "payment_intent": intent, "currency": "usd"}
    refund = {
        "object": "refund",
        "id": "re_1",
        "payment_intent": intent,
        "currency": "usd",
        "status": "succeeded",
    }
    events: list[Json] = [
        stripe.event("checkout.session.completed", {**session, "amount_total": odd}),
        stripe.event("charge.refunded", {**charge, "amount_refunded": odd}),
        stripe.event("refund.failed", {**refund, "status": "failed", "amount": odd}),
    ]
    for event in events:
        assert stripe.tell(server.url, event).status_code == 400, event["type"]
    assert status_of(alice, order) == ("pending_payment", "open")
    assert stripe.tell(server.url, paid).status_code == 200
    assert status_of(alice, order) == ("in_progress", "paid")


@pytest.mark.parametrize("field", ["id", "payment_intent", "metadata", "currency", "payment_status"])
@pytest.mark.parametrize("odd", [[], {}, 5, 1.5, True, {"id": {}}, [[]]], ids=repr)
def test_odd_things_in_signed_events(stripe: FakeStripe, server: Server, field: str, odd: object) -> None:
    session = {
        "id": "cs_1", "payment_status": "paid", "payment_intent": "pi_1", "amount_total": 5, "currency": "usd",
        "metadata": {"payment": "0123456789abcdef01234567"},
    }  # fmt: skip
    event = stripe.event("checkout.session.completed", {**session, field: odd})
    assert stripe.tell(server.url, event).status_code in (200, 400)
