"""The calls to Stripe, by its own library, to a Stripe that keeps its state and fails on demand (SECURITY 22)."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import stripe as stripe_library
from babel.numbers import get_currency_precision
from bson import ObjectId

from gigflow.payments.gateway import GatewayAway, GatewayRefused
from gigflow.payments.models import Payment
from gigflow.payments.stripe_gateway import API_VERSION, StripeGateway
from gigflow.settings.readers import NOT_AT_STRIPE, SettingError
from gigflow.settings.settings import load_settings
from tests.payments import fake_stripe_http
from tests.payments.fake_stripe import SECRET_KEY, WEBHOOK_SECRET, FakeStripe

BASE = "https://gigs.example.org"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def stripe() -> Iterator[FakeStripe]:
    """One that nothing has happened at."""
    fake = FakeStripe()
    yield fake
    fake.stop()


@pytest.fixture
def gateway(stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch) -> StripeGateway:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return gateway_to(stripe)


def gateway_to(stripe: FakeStripe, secret_key: str = SECRET_KEY) -> StripeGateway:
    return StripeGateway(secret_key, WEBHOOK_SECRET, stripe.url)


def payment(**fields: object) -> Payment:
    """A payment that waits for its checkout."""
    given = {
        "id": ObjectId(),
        "order_id": ObjectId(),
        "client_id": ObjectId(),
        "provider": "stripe",
        "amount_minor": 44950,
        "currency": "EUR",
        "title": "A map by hand & “more”",
        "path": "/orders/1",
        "created_at": NOW,
        "updated_at": NOW,
        **fields,
    }
    return Payment(**given)  # type: ignore[arg-type]


def opened(gateway: StripeGateway, **fields: object) -> Payment:
    """A payment with its checkout."""
    made = payment(**fields)
    made.session_id = gateway.open_session(made, BASE, f"session:{made.id}").id
    return made


def paid(stripe: FakeStripe, gateway: StripeGateway) -> str:
    """The id of a charge of 449.50."""
    made = opened(gateway)
    session = stripe.objects[made.session_id or ""]
    stripe.pay(session)
    return str(session["payment_intent"])


def test_the_version_is_the_librarys() -> None:
    """Who updates the library reads what the new version changes, and then says so in two places."""
    assert stripe_library.api_version == API_VERSION == fake_stripe_http.VERSION


def test_a_checkout(stripe: FakeStripe, gateway: StripeGateway) -> None:
    asked = payment()
    session = gateway.open_session(asked, BASE, "session:1")
    made = stripe.one("checkout.session")
    assert (session.id, session.url) == (made["id"], made["url"])
    assert (made["amount_total"], made["currency"], made["title"]) == (44950, "eur", asked.title)
    assert made["client_reference_id"] == made["metadata"]["payment"] == str(asked.id)
    assert made["payment_intent_data"]["transfer_group"] == str(asked.order_id)
    assert made["success_url"] == f"{BASE}/orders/1?paid=1"
    assert made["cancel_url"] == f"{BASE}/orders/1?paid=0"


def test_a_currency_without_decimals(stripe: FakeStripe, gateway: StripeGateway) -> None:
    """500 yen are 500 to Stripe too."""
    opened(gateway, amount_minor=500, currency="JPY")
    assert (stripe.one("checkout.session")["amount_total"], stripe.one("checkout.session")["currency"]) == (
        500,
        "jpy",
    )


@pytest.mark.parametrize("currency", ["ISK", "UGX", "KWD", "RSD"])
def test_a_currency_that_stripe_counts_in_another_way(
    stripe: FakeStripe, folder: Path, currency: str
) -> None:
    with pytest.raises(SettingError, match=f"CURRENCY is '{currency}'"):
        load_settings({"VAR_DIR": str(folder), "CURRENCY": currency, **stripe.settings})


def test_stripes_other_currencies_are_counted_as_ours() -> None:
    """Stripe's list of those without decimals; ours come from Unicode by way of Babel, whose updates may differ."""
    none = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
    two = "AED AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF ILS INR MXN NOK NZD PLN RON SEK SGD THB TRY TWD USD ZAR"
    assert {get_currency_precision(code) for code in none.split()} == {0}
    assert {get_currency_precision(code) for code in two.split()} == {2}
    assert not NOT_AT_STRIPE & {*none.split(), *two.split()}


def test_the_same_key_again_is_the_same_checkout(stripe: FakeStripe, gateway: StripeGateway) -> None:
    asked = payment()
    first = gateway.open_session(asked, BASE, "session:1")
    assert gateway.open_session(asked, BASE, "session:1") == first
    assert stripe.one("checkout.session")["id"] == first.id


@pytest.mark.parametrize("fault", ["before", "after", 429, 503, 409])
def test_a_checkout_whose_answer_was_lost(stripe: FakeStripe, gateway: StripeGateway, fault: str) -> None:
    """However it went wrong, there is one session in the end."""
    asked = payment()
    stripe.fault("/v1/checkout/sessions", fault)  # type: ignore[arg-type]
    with pytest.raises(GatewayAway):
        gateway.open_session(asked, BASE, "session:1")
    assert len(stripe.asked) <= 1, "the library tried it again by itself"
    session = gateway.open_session(asked, BASE, "session:1")
    assert stripe.one("checkout.session")["id"] == session.id


def test_a_checkout_that_stripe_refuses(gateway: StripeGateway) -> None:
    with pytest.raises(GatewayRefused, match="at least 50 cents"):
        gateway.open_session(payment(amount_minor=10), BASE, "session:1")


def test_nobody_answers(stripe: FakeStripe, gateway: StripeGateway) -> None:
    stripe.stop()
    with pytest.raises(GatewayAway, match="APIConnectionError"):
        gateway.open_session(payment(), BASE, "session:1")


def test_an_answer_that_takes_too_long(stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("gigflow.payments.stripe_gateway.TIMEOUT_SECONDS", 0.2)
    hasty = gateway_to(stripe)
    fault = stripe.fault("/v1/checkout/sessions", "hold")
    with pytest.raises(GatewayAway):
        hasty.open_session(payment(), BASE, "session:1")
    fault.let_go()


def test_a_wrong_key_is_no_refusal(stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a payout that Stripe has made and not confirmed yet would be given back; and nobody is told the key."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    wrong = gateway_to(stripe, "sk_test_another_one_012345")
    with pytest.raises(GatewayAway, match="STRIPE_SECRET_KEY") as refused:
        wrong.refund("pi_1", 100, "refund:1")
    assert "sk_test" not in str(refused.value)


def test_a_checkout_is_ended(stripe: FakeStripe, gateway: StripeGateway) -> None:
    made = opened(gateway)
    for _ in range(2):
        gateway.end_session(made.session_id or "", "end:1")
    assert stripe.one("checkout.session")["status"] == "expired"
    with pytest.raises(GatewayRefused):
        gateway.end_session(made.session_id or "", "end:2")


def test_looking_at_a_checkout(stripe: FakeStripe, gateway: StripeGateway) -> None:
    """The same that the event says, under an id of its own that is the same however often one looks."""
    made = opened(gateway)
    assert gateway.look(payment()) is None, "there is none yet"
    assert gateway.look(made) is None
    event = stripe.pay(stripe.objects[made.session_id or ""])
    seen = gateway.look(made)
    assert seen is not None
    assert seen == gateway.look(made)
    body, headers = stripe.signed(event, at=NOW.timestamp())
    told = gateway.read_event(body, headers, NOW.timestamp())
    assert (seen.id, told.id) == (f"look:{made.session_id}:paid", event["id"])
    for name in ("kind", "payment_id", "session_id", "charge_id", "amount_minor", "currency"):
        assert getattr(seen, name) == getattr(told, name)
    assert (seen.kind, seen.amount_minor, seen.currency) == ("paid", 44950, "eur")


def test_looking_at_money_that_is_on_its_way(stripe: FakeStripe, gateway: StripeGateway) -> None:
    good, bad = opened(gateway), opened(gateway)
    for made in (good, bad):
        stripe.pay(stripe.objects[made.session_id or ""], "bank")
        assert gateway.look(made) is None
    stripe.arrive(stripe.objects[good.session_id or ""])
    stripe.bounce(stripe.objects[bad.session_id or ""])
    kinds = [event.kind for made in (good, bad) if (event := gateway.look(made))]
    assert kinds == ["paid", "failed"]


def test_looking_at_a_checkout_that_is_over(stripe: FakeStripe, gateway: StripeGateway) -> None:
    made = opened(gateway)
    stripe.expire(stripe.objects[made.session_id or ""])
    seen = gateway.look(made)
    assert seen is not None
    assert (seen.kind, seen.payment_id) == ("expired", str(made.id))


@pytest.mark.parametrize("fault", ["before", "after", 429])
def test_a_refund_whose_answer_was_lost(stripe: FakeStripe, gateway: StripeGateway, fault: str) -> None:
    charge = paid(stripe, gateway)
    stripe.fault("/v1/refunds", fault)  # type: ignore[arg-type]
    with pytest.raises(GatewayAway):
        gateway.refund(charge, 20000, "refund:1")
    assert gateway.refund(charge, 20000, "refund:1") == stripe.one("refund")["id"]
    assert stripe.objects[charge]["amount_refunded"] == 20000


def test_a_refund_that_is_tried_again_after_days(stripe: FakeStripe, gateway: StripeGateway) -> None:
    """Stripe has forgotten the key by then; a second half would go back."""
    charge = paid(stripe, gateway)
    stripe.fault("/v1/refunds", "after")
    with pytest.raises(GatewayAway):
        gateway.refund(charge, 20000, "refund:1")
    stripe.forget_keys()
    assert gateway.refund(charge, 20000, "refund:1") == stripe.one("refund")["id"]
    # Another call for the same charge is another refund.
    assert gateway.refund(charge, 24950, "refund:2") != stripe.all("refund")[0]["id"]


def test_an_error_that_stripe_keeps_for_a_key(stripe: FakeStripe, gateway: StripeGateway) -> None:
    """A 500 is what the key is answered for a day: it stays "away" so long, and then it is done."""
    charge = paid(stripe, gateway)
    stripe.fault("/v1/refunds", 500)
    for _ in range(2):
        with pytest.raises(GatewayAway):
            gateway.refund(charge, 20000, "refund:1")
    stripe.forget_keys()
    assert gateway.refund(charge, 20000, "refund:1") == stripe.one("refund")["id"]


def test_refunds_never_exceed_the_charge(stripe: FakeStripe, gateway: StripeGateway) -> None:
    charge = paid(stripe, gateway)
    gateway.refund(charge, 40000, "refund:1")
    with pytest.raises(GatewayRefused, match="greater than unrefunded"):
        gateway.refund(charge, 5000, "refund:2")
    assert stripe.objects[charge]["amount_refunded"] == 40000


def test_a_refund_that_failed(stripe: FakeStripe, gateway: StripeGateway) -> None:
    """Asked again, the gateway does not call it done."""
    charge = paid(stripe, gateway)
    gateway.refund(charge, 40000, "refund:1")
    stripe.fail_refund(stripe.one("refund"))
    with pytest.raises(GatewayRefused, match="failed"):
        gateway.refund(charge, 40000, "refund:1")


def test_an_account_and_its_onboarding(stripe: FakeStripe, gateway: StripeGateway) -> None:
    user_id = ObjectId()
    account = gateway.open_account(user_id, "maya@example.org", "account:1")
    assert gateway.open_account(user_id, "maya@example.org", "account:1") == account
    assert stripe.one("account")["metadata"] == {"user": str(user_id)}
    assert not gateway.account_ready(account)
    url = gateway.onboarding_url(account, f"{BASE}/settings/payouts")
    assert url is not None
    assert account in url
    assert gateway.onboarding_url(account, f"{BASE}/settings/payouts") != url, "each is good for once"
    stripe.onboard(stripe.one("account"))
    assert gateway.account_ready(account)
    stripe.one("account")["payouts_enabled"] = False
    assert not gateway.account_ready(account)


def ready_account(stripe: FakeStripe, gateway: StripeGateway) -> str:
    account = gateway.open_account(ObjectId(), "maya@example.org", f"account:{ObjectId()}")
    stripe.onboard(stripe.objects[account])
    return account


@pytest.mark.parametrize("fault", ["before", "after", 429])
def test_a_payout_whose_answer_was_lost(stripe: FakeStripe, gateway: StripeGateway, fault: str) -> None:
    account = ready_account(stripe, gateway)
    stripe.settled["eur"] = 100000
    stripe.fault("/v1/transfers", fault)  # type: ignore[arg-type]
    with pytest.raises(GatewayAway):
        gateway.pay_out(account, 40000, "EUR", "payout:1")
    stripe.forget_keys()  # days later
    assert gateway.pay_out(account, 40000, "EUR", "payout:1") == stripe.one("transfer")["id"]
    assert stripe.settled == {"eur": 60000}
    assert (stripe.one("transfer")["destination"], stripe.one("transfer")["amount"]) == (account, 40000)


def test_a_payout_waits_until_the_money_is_settled(stripe: FakeStripe, gateway: StripeGateway) -> None:
    account = ready_account(stripe, gateway)
    stripe.settled["usd"] = 100000
    with pytest.raises(GatewayAway, match="settled"):
        gateway.pay_out(account, 40000, "EUR", "payout:1")
    stripe.settled["eur"] = 40000
    assert gateway.pay_out(account, 40000, "EUR", "payout:1") == stripe.one("transfer")["id"]


def test_a_payout_that_another_one_was_faster_than(stripe: FakeStripe, gateway: StripeGateway) -> None:
    """The money was there when it was looked for, and then was not: later it may be again."""
    account = ready_account(stripe, gateway)
    stripe.settled["eur"], stripe.promised = 40000, 1
    with pytest.raises(GatewayAway):
        gateway.pay_out(account, 40000, "EUR", "payout:1")


def test_a_payout_to_an_account_that_takes_none(stripe: FakeStripe, gateway: StripeGateway) -> None:
    account = gateway.open_account(ObjectId(), "maya@example.org", "account:1")
    stripe.settled["eur"] = 40000
    with pytest.raises(GatewayRefused, match="destination account"):
        gateway.pay_out(account, 40000, "EUR", "payout:1")


def test_one_connection_for_many_calls(stripe: FakeStripe, gateway: StripeGateway) -> None:
    """Also of different threads, as the requests to a server are."""
    charge = paid(stripe, gateway)
    for number in range(3):
        thread = threading.Thread(target=gateway.refund, args=(charge, 100, f"refund:{number}"))
        thread.start()
        thread.join()
    assert len(stripe.all("refund")) == 3
    assert len({each.connection for each in stripe.asked}) == 1
