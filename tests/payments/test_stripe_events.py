"""What Stripe tells by its webhook: whose signature counts, and what each event means here (SECURITY 21)."""

import time

import pytest

from gigflow.payments.gateway import BadSignature
from gigflow.payments.models import EVENT_AGE, EVENT_AHEAD, ProviderEvent
from gigflow.payments.stripe_gateway import StripeGateway
from tests.payments.fake_stripe import SECRET_KEY, WEBHOOK_SECRET, FakeStripe
from tests.support.client import Json

NOW = 1_795_000_000.0
SESSION: Json = {
    "id": "cs_test_1",
    "object": "checkout.session",
    "status": "complete",
    "payment_status": "paid",
    "payment_intent": "pi_1",
    "amount_total": 44950,
    "currency": "eur",
    "metadata": {"payment": "0123456789abcdef01234567"},
}
CHARGE: Json = {
    "id": "ch_1",
    "object": "charge",
    "payment_intent": "pi_1",
    "amount_refunded": 100,
    "currency": "eur",
}
REFUND: Json = {
    "id": "re_1",
    "object": "refund",
    "payment_intent": "pi_1",
    "amount": 100,
    "currency": "eur",
    "status": "succeeded",
}
TRANSFER: Json = {
    "id": "tr_1",
    "object": "transfer",
    "amount": 500,
    "amount_reversed": 500,
    "reversed": True,
    "currency": "eur",
}


@pytest.fixture(scope="module")
def gateway(stripe: FakeStripe) -> StripeGateway:
    return StripeGateway(SECRET_KEY, WEBHOOK_SECRET, stripe.url)


def read(stripe: FakeStripe, gateway: StripeGateway, kind: str, about: Json, **more: str) -> ProviderEvent:
    event = stripe.event(kind, about, **more)
    body, headers = stripe.signed(event, at=NOW)
    found = gateway.read_event(body, headers, NOW)
    assert found.id == event["id"]
    return found


@pytest.mark.parametrize(
    ("kind", "payment_status", "means"),
    [
        ("checkout.session.completed", "paid", "paid"),
        ("checkout.session.completed", "unpaid", "other"),  # a bank's money is on its way
        ("checkout.session.async_payment_succeeded", "paid", "paid"),
        ("checkout.session.async_payment_failed", "unpaid", "failed"),
        ("checkout.session.expired", "unpaid", "expired"),
    ],
)
def test_what_happens_to_a_checkout(
    stripe: FakeStripe, gateway: StripeGateway, kind: str, payment_status: str, means: str
) -> None:
    found = read(stripe, gateway, kind, {**SESSION, "payment_status": payment_status})
    assert found.kind == means
    assert found.payment_id == SESSION["metadata"]["payment"]
    assert (found.session_id, found.charge_id) == ("cs_test_1", "pi_1")
    assert (found.amount_minor, found.currency) == (44950, "eur")


@pytest.mark.parametrize(
    ("kind", "about", "means"),
    [
        ("charge.refunded", CHARGE, "refunded"),
        ("refund.updated", REFUND, "refund_made"),
        ("refund.updated", {**REFUND, "status": "failed"}, "refund_failed"),
        ("refund.failed", {**REFUND, "status": "failed", "failure_reason": "x"}, "refund_failed"),
    ],
)
def test_what_happens_to_a_refund(
    stripe: FakeStripe, gateway: StripeGateway, kind: str, about: Json, means: str
) -> None:
    found = read(stripe, gateway, kind, about)
    assert found.kind == means
    assert (found.charge_id, found.amount_minor, found.currency) == ("pi_1", 100, "eur")


def test_a_transfer_that_came_back(stripe: FakeStripe, gateway: StripeGateway) -> None:
    """All of it: what came back in part is an operator's business, and the balance does not have it again."""
    found = read(stripe, gateway, "transfer.reversed", TRANSFER)
    assert (found.kind, found.transfer_id) == ("payout_failed", "tr_1")
    part = {**TRANSFER, "amount_reversed": 100, "reversed": False}
    assert read(stripe, gateway, "transfer.reversed", part).kind == "other"


def test_what_is_about_nothing_of_ours(stripe: FakeStripe, gateway: StripeGateway) -> None:
    assert read(stripe, gateway, "customer.created", {"id": "cus_1"}).kind == "other"
    of_an_account = read(stripe, gateway, "checkout.session.completed", SESSION, account="acct_1")
    assert of_an_account.kind == "other"


def test_one_good_signature_among_several_is_enough(stripe: FakeStripe, gateway: StripeGateway) -> None:
    """While a secret is rolled, Stripe signs with the old one and the new one."""
    event = stripe.event("checkout.session.completed", SESSION)
    body, headers = stripe.signed(event, at=NOW)
    stamp, good = headers["Stripe-Signature"].split(",")[:2]
    both = {"Stripe-Signature": f"{stamp},v1={'1' * 64},{good}"}
    assert gateway.read_event(body, both, NOW).kind == "paid"


@pytest.mark.parametrize("off_by", [-EVENT_AGE.total_seconds(), 0.0, EVENT_AHEAD.total_seconds()])
def test_a_clock_may_be_a_little_wrong(stripe: FakeStripe, gateway: StripeGateway, off_by: float) -> None:
    body, headers = stripe.signed(stripe.event("checkout.session.completed", SESSION), at=NOW + off_by)
    assert gateway.read_event(body, headers, NOW).kind == "paid"


@pytest.mark.parametrize("off_by", [-EVENT_AGE.total_seconds() - 1, EVENT_AHEAD.total_seconds() + 1, 1e9])
def test_an_old_signature_and_one_from_the_future(
    stripe: FakeStripe, gateway: StripeGateway, off_by: float
) -> None:
    body, headers = stripe.signed(stripe.event("checkout.session.completed", SESSION), at=NOW + off_by)
    with pytest.raises(BadSignature):
        gateway.read_event(body, headers, NOW)


def test_forged_signatures(stripe: FakeStripe, gateway: StripeGateway) -> None:
    event = stripe.event("checkout.session.completed", SESSION)
    body, headers = stripe.signed(event, at=NOW)
    good = headers["Stripe-Signature"]
    old = stripe.signed(event, at=NOW - 3600)[1]["Stripe-Signature"]
    stamp, signature = good.split(",")[:2]
    for forged in [
        "",
        "nonsense",
        stamp,
        signature,
        f"{stamp},{signature[:-1]}x",
        f"{stamp},{signature.replace('v1', 'v0')}",
        f"t={int(NOW) + 1},{signature}",
        f"t=,{signature}",
        f"t=1e9,{signature}",
        f"t={'9' * 5000},{signature}",
        f"{stamp},v1=ü",
        f"{old},{stamp}",  # an old one made young by a second time
        stripe.signed(event, at=NOW, secret="whsec_of_somebody_else")[1]["Stripe-Signature"],
    ]:
        with pytest.raises(BadSignature):
            gateway.read_event(body, {"Stripe-Signature": forged}, NOW)
    for other in (body.replace(b"44950", b"1"), b"", b"\xff", body + b" "):
        with pytest.raises(BadSignature):
            gateway.read_event(other, headers, NOW)
    with pytest.raises(BadSignature):
        gateway.read_event(body, {}, NOW)


@pytest.mark.parametrize(
    "thing",
    [
        [],
        5,
        "x",
        {},
        {"id": "evt_1", "type": "x"},
        {"id": 5, "data": {}},
        {"id": "evt_1", "type": "checkout.session.completed", "data": {"object": {}}},
        {"id": "evt_1", "type": "checkout.session.expired", "data": {"object": {"id": "cs_1"}}},
        {"id": "evt_1", "type": "charge.refunded", "data": {"object": {"amount_refunded": 5}}},
        {"id": "evt_1", "type": "transfer.reversed", "data": {"object": {"reversed": True}}},
    ],
)
def test_what_is_signed_and_yet_no_event(stripe: FakeStripe, gateway: StripeGateway, thing: Json) -> None:
    body, headers = stripe.signed(thing, at=NOW)
    with pytest.raises(BadSignature):
        gateway.read_event(body, headers, NOW)


def test_the_time_is_the_one_that_is_passed_in(stripe: FakeStripe, gateway: StripeGateway) -> None:
    body, headers = stripe.signed(stripe.event("checkout.session.completed", SESSION), at=1000.0)
    assert abs(time.time() - 1000.0) > EVENT_AGE.total_seconds()
    assert gateway.read_event(body, headers, 1000.0).kind == "paid"
