"""Stripe as the payment provider: Checkout Sessions, separate charges and transfers with Connect (decision 20).

A charge goes by the id of its PaymentIntent. Stripe's words for things stay in this module.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from bson import ObjectId

from gigflow.core.money import Currency
from gigflow.payments.gateway import BadSignature, GatewayAway, GatewayNotYet, GatewayRefused
from gigflow.payments.models import (
    EVENT_AGE,
    EVENT_AHEAD,
    WITH_AMOUNT,
    EventKind,
    Payment,
    PriceBounds,
    Provider,
    ProviderEvent,
    ReversalStage,
    Session,
)

if TYPE_CHECKING:
    from stripe import StripeClient, StripeError

API_VERSION = "2026-10-28.endive"  # the one that the pinned library was made for
# Until an answer begins. A call is up to three requests, which together end within its lease (CALL_LEASE).
TIMEOUT_SECONDS = 10.0
# Anything else that goes wrong may go well later; 401 and 403 too, once the operator has set the right key.
REFUSALS = (400, 402, 404)
# What cards bring in is available to the platform for payouts only some days later.
NOT_YET = "balance_insufficient"


# The least that a charge may be, in major units (docs.stripe.com/currencies, Minimum and maximum charge amounts).
LEAST: dict[str, str] = {
    "AED": "2", "AUD": "0.50", "BGN": "1", "BRL": "0.50", "CAD": "0.50", "CHF": "0.50", "CZK": "15", "DKK": "2.50",
    "EUR": "0.50", "GBP": "0.30", "HKD": "4", "HUF": "175", "INR": "0.50", "JPY": "50", "MXN": "10", "MYR": "2",
    "NOK": "3", "NZD": "0.50", "PLN": "2", "RON": "2", "SEK": "3", "SGD": "0.50", "THB": "10", "USD": "0.50",
}  # fmt: skip
# Of other currencies Stripe takes what is worth about as much; which amount that is changes with the rates.
LEAST_MINOR = 50
MOST_MINOR = 99_999_999  # eight digits


# How far a chargeback is, by Stripe's word for it; with any other word it has moved no money.
DISPUTES: dict[str, ReversalStage] = {
    "needs_response": "open",
    "under_review": "open",
    "won": "won",
    "lost": "lost",
    "prevented": "won",
    "warning_closed": "won",
}


class _Told(msgspec.Struct):
    object: dict[str, Any]


class _Event(msgspec.Struct):
    """A webhook's body. `account` names the connected account that it is about, if it is not about ours."""

    id: str
    type: str
    data: _Told
    account: str | None = None


def prices_in(currency: str) -> PriceBounds:
    """Return which amounts of a currency Stripe takes."""
    digits = Currency(currency).digits
    least = int(Decimal(LEAST[currency]).scaleb(digits)) if currency in LEAST else LEAST_MINOR
    return PriceBounds(currency=currency, least_minor=least, most_minor=MOST_MINOR)


class StripeGateway:
    """Payments by Stripe. `webhook_secret` signs its events; `api_url` is where it is reached, empty for Stripe
    itself.
    """

    name: Provider = "stripe"

    def __init__(
        self, secret_key: str, webhook_secret: str, api_url: str = "", currency: str = "USD"
    ) -> None:
        self.prices = prices_in(currency)
        self._webhook_secret = webhook_secret
        self._client = _client(secret_key, api_url)

    def open_session(self, payment: Payment, base_url: str, key: str) -> Session:
        """Open a Checkout Session for Stripe's 24 hours; the whole amount is one line of it."""
        with _asking():
            session = self._client.v1.checkout.sessions.create(
                {
                    "mode": "payment",
                    "client_reference_id": str(payment.id),
                    "metadata": {"payment": str(payment.id)},
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": payment.currency.lower(),
                                "unit_amount": payment.amount_minor,
                                "product_data": {"name": payment.title},
                            },
                        }
                    ],
                    # Otherwise Stripe might take the amount in another currency, at a rate of its own.
                    "adaptive_pricing": {"enabled": False},
                    "payment_intent_data": {
                        "transfer_group": str(payment.order_id),
                        "metadata": {"payment": str(payment.id), "order": str(payment.order_id)},
                    },
                    "success_url": f"{base_url}{payment.path}?paid=1",
                    "cancel_url": f"{base_url}{payment.path}?paid=0",
                },
                {"idempotency_key": key},
            )
        assert session.url is not None, "a session of Stripe's own page has one"
        return Session(id=session.id, url=session.url)

    def end_session(self, session_id: str, key: str) -> None:
        """Expire a session, which Stripe refuses unless it is open."""
        with _asking():
            self._client.v1.checkout.sessions.expire(session_id, options={"idempotency_key": key})

    def look(self, payment: Payment) -> ProviderEvent | None:
        """Return what has become of a payment's session; None while it is open, or on its way, as a bank transfer may
        be.
        """
        if payment.session_id is None:
            return None
        with _asking():
            found = self._client.v1.checkout.sessions.retrieve(
                payment.session_id, {"expand": ["payment_intent"]}
            )
        session = found.to_dict()
        kind = _become(session)
        return kind and _of_session(f"look:{found.id}:{kind}", kind, session)

    def refund(self, charge_id: str, amount_minor: int, key: str) -> str:
        """Refund a PaymentIntent, or a part of it.

        Look first for what was done: Stripe forgets a key after 24 hours, and this may be tried for longer.
        """
        with _asking():
            known = self._client.v1.refunds.list({"payment_intent": charge_id, "limit": 100})
            done = [each for each in known.data if (each.to_dict()["metadata"] or {}).get("call") == key]
            refund = (
                done[0]
                if done
                else self._client.v1.refunds.create(
                    {"payment_intent": charge_id, "amount": amount_minor, "metadata": {"call": key}},
                    {"idempotency_key": key},
                )
            )
        if refund.status in ("failed", "canceled"):
            raise GatewayRefused(f"the refund {refund.id} is {refund.status}")
        return refund.id

    def open_account(self, user_id: ObjectId, email: str, key: str) -> str:
        """Make a connected account with Stripe's Express dashboard, to transfer to and nothing else."""
        with _asking():
            account = self._client.v1.accounts.create(
                {
                    "controller": {
                        "stripe_dashboard": {"type": "express"},
                        "fees": {"payer": "application"},
                        "losses": {"payments": "application"},
                    },
                    "capabilities": {"transfers": {"requested": True}},
                    "email": email,
                    "metadata": {"user": str(user_id)},
                },
                {"idempotency_key": key},
            )
        return account.id

    def onboarding_url(self, account_id: str, return_url: str) -> str | None:
        """Return a link into Stripe's onboarding, valid for some minutes; a person who comes too late gets back to
        where they asked.
        """
        with _asking():
            link = self._client.v1.account_links.create(
                {
                    "account": account_id,
                    "type": "account_onboarding",
                    "return_url": return_url,
                    "refresh_url": return_url,
                }
            )
        return link.url

    def account_ready(self, account_id: str) -> bool:
        """Return whether an account takes transfers, and passes them on to a bank."""
        with _asking():
            account = self._client.v1.accounts.retrieve(account_id)
        capabilities = account.to_dict().get("capabilities") or {}
        return bool(account.payouts_enabled) and capabilities.get("transfers") == "active"

    def pay_out(self, account_id: str, amount_minor: int, currency: str, key: str) -> str:
        """Transfer to a connected account. Raises GatewayAway also while the platform's money is not settled yet.

        Look first for what was done, as with a refund. Look also at the balance: a refusal for it would be Stripe's
        answer to this key for 24 hours, however soon the money is there.
        """
        currency = currency.lower()
        with _asking():
            known = self._client.v1.transfers.list({"transfer_group": key, "limit": 1})
            if known.data:
                return known.data[0].id
            settled = {each.currency: each.amount for each in self._client.v1.balance.retrieve().available}
            if settled.get(currency, 0) < amount_minor:
                raise GatewayNotYet("not enough of the platform's money is settled yet")
            transfer = self._client.v1.transfers.create(
                {
                    "amount": amount_minor,
                    "currency": currency,
                    "destination": account_id,
                    "transfer_group": key,
                },
                {"idempotency_key": key},
            )
        return transfer.id

    def read_event(self, body: bytes, headers: Mapping[str, str], now: float) -> ProviderEvent:
        """Return the event of a webhook. The time is checked here: the library takes a signature from the future."""
        from stripe import SignatureVerificationError, WebhookSignature

        header = headers.get("Stripe-Signature", "")
        try:
            if not header.isascii():  # the library cannot even compare such signatures
                raise BadSignature("the signature is not Stripe's")
            WebhookSignature.verify_header(body, header, self._webhook_secret)
        except (SignatureVerificationError, UnicodeDecodeError) as error:
            raise BadSignature("the signature is not Stripe's") from error
        # The first one, which is what was signed.
        signed_at = int(next(part.split("=")[1] for part in header.split(",") if part.startswith("t=")))
        if not -EVENT_AHEAD.total_seconds() <= now - signed_at <= EVENT_AGE.total_seconds():
            raise BadSignature("it was signed at another time")
        try:
            told = _translated(msgspec.json.decode(body, type=_Event))
            # What is inside may be of any shape: each field is of its type, or there is no event.
            event = msgspec.convert(msgspec.to_builtins(told), ProviderEvent)
            if event.kind in WITH_AMOUNT and event.amount_minor is None:
                raise ValueError("an event without its amount")
            return event
        except (msgspec.MsgspecError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise BadSignature("what is signed is no event that we know") from error


def _client(secret_key: str, api_url: str) -> "StripeClient":
    """Return Stripe's library, loaded only where it is used: with what it brings it takes 0.2 s and 24 MB.

    It asks through `requests`, whose sockets are green in a server. One session serves all threads, since each green
    thread would begin with one of its own, and so with a new connection. It does not retry: our queue does.
    """
    import requests
    from stripe import RequestsClient, StripeClient

    # Below that level it logs every request, and so people's addresses.
    logging.getLogger("stripe").setLevel(logging.WARNING)
    return StripeClient(
        secret_key,
        stripe_version=API_VERSION,
        base_addresses={"api": api_url} if api_url else {},
        max_network_retries=0,
        http_client=RequestsClient(timeout=TIMEOUT_SECONDS, session=requests.Session()),
    )


@contextmanager
def _asking() -> Iterator[None]:
    """Raise Stripe's errors in the gateway's words."""
    from stripe import StripeError

    try:
        yield
    except StripeError as error:
        raise _meaning(error) from error


def _meaning(error: "StripeError") -> GatewayAway | GatewayRefused:
    """Refuse only what Stripe has certainly not done, and never will: a payout that is refused is given back."""
    if error.http_status in REFUSALS and error.code != NOT_YET:
        return GatewayRefused(error.user_message or "without a reason")
    if error.code == NOT_YET:
        return GatewayNotYet(NOT_YET)
    if error.http_status in (401, 403):
        return GatewayAway("Stripe does not take STRIPE_SECRET_KEY for this")
    return GatewayAway(f"{type(error).__name__}, status {error.http_status}")


def _become(session: Mapping[str, Any]) -> EventKind | None:
    """Return what a session with its PaymentIntent has come to."""
    if session["status"] == "expired":
        return "expired"
    if session["status"] != "complete":
        return None
    if session["payment_status"] == "paid":
        return "paid"
    over = session["payment_intent"]["status"] in ("requires_payment_method", "canceled")
    return "failed" if over else None


def _translated(event: _Event) -> ProviderEvent:
    """Return an event in our words, or None if it is about somebody else's account."""
    about = event.data.object
    match event.type:
        case _ if event.account:
            pass
        case "checkout.session.completed" | "checkout.session.async_payment_succeeded":
            # Unpaid is what a bank is still to send.
            return _of_session(event.id, "paid" if about["payment_status"] == "paid" else "other", about)
        case "checkout.session.async_payment_failed":
            return _of_session(event.id, "failed", about)
        case "checkout.session.expired":
            return _of_session(event.id, "expired", about)
        case "charge.refunded":
            return _of_refund(event.id, "refunded", about, about["amount_refunded"])
        case "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated":
            failed = about["status"] in ("failed", "canceled")
            return _of_refund(event.id, "refund_failed" if failed else "refund_made", about, about["amount"])
        case _ if event.type.startswith("charge.dispute."):
            return _of_dispute(event, about)
        case "transfer.reversed" if about["reversed"]:  # all of it
            why = "the transfer was reversed"
            return ProviderEvent(id=event.id, kind="payout_failed", transfer_id=about["id"], why=why)
    return ProviderEvent(id=event.id, kind="other")


def _of_session(event_id: str, kind: EventKind, session: Mapping[str, Any]) -> ProviderEvent:
    """Return the payment that the metadata name: anybody can add a `client_reference_id` to a payment link."""
    charge = session["payment_intent"]
    return ProviderEvent(
        id=event_id,
        kind=kind,
        payment_id=(session["metadata"] or {}).get("payment"),
        session_id=session["id"],
        charge_id=charge["id"] if isinstance(charge, dict) else charge,
        amount_minor=session["amount_total"],
        currency=session["currency"],
        why="the payment did not go through" if kind == "failed" else "",
    )


def _of_refund(event_id: str, kind: EventKind, about: Mapping[str, Any], amount_minor: int) -> ProviderEvent:
    return ProviderEvent(
        id=event_id,
        kind=kind,
        charge_id=about["payment_intent"],
        amount_minor=amount_minor,
        currency=about["currency"],
        why=about.get("failure_reason") or "",
        ref=None if kind == "refunded" else about["id"],
        call=None if kind == "refunded" else (about.get("metadata") or {}).get("call"),
    )


def _of_dispute(event: _Event, dispute: Mapping[str, Any]) -> ProviderEvent:
    """Return the event of a chargeback, which Stripe calls a dispute. An inquiry of a bank, a warning, moves no money
    yet.
    """
    stage: ReversalStage = DISPUTES.get(dispute["status"], "warned")
    if event.type == "charge.dispute.funds_reinstated":
        stage = "won"
    elif event.type == "charge.dispute.funds_withdrawn" and stage == "warned":
        stage = "open"
    return ProviderEvent(
        id=event.id,
        kind="chargeback",
        charge_id=dispute["payment_intent"],
        amount_minor=dispute["amount"],
        currency=dispute["currency"],
        why=dispute.get("reason") or "",
        ref=dispute["id"],
        stage=stage,
    )
