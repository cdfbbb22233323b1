"""A Stripe of our own: what GigFlow asks of it over Stripe's HTTP, with Stripe's state, keys, refusals and faults.

It was written from Stripe's documentation and not from GigFlow's code, and is talked to by Stripe's own library.
"""

import hashlib
import hmac
import itertools
import json
import threading
import time
from typing import Any, Literal

import requests

from tests.payments.fake_stripe_http import Refused, StripeServer
from tests.support.client import Json

SECRET_KEY = "sk_test_of_the_tests_0123456789"
WEBHOOK_SECRET = "whsec_of_the_tests_0123456789"


class FakeStripe:
    """One Stripe account. `objects` holds everything by its id; `asked` every request that arrived."""

    def __init__(self) -> None:
        self.objects: dict[str, Json] = {}
        self.settled: dict[str, int] = {}
        self.promised = 0  # of what is settled, to a transfer that happens at the same moment
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()
        self.server = StripeServer(
            SECRET_KEY,
            {
                ("POST", "checkout/sessions"): self._open_session,
                ("GET", "checkout/sessions/*"): self._get_session,
                ("POST", "checkout/sessions/*/expire"): self._expire_session,
                ("GET", "refunds"): self._list_refunds,
                ("POST", "refunds"): self._refund,
                ("POST", "accounts"): self._open_account,
                ("GET", "accounts/*"): self._get,
                ("POST", "account_links"): self._link_account,
                ("GET", "transfers"): self._list_transfers,
                ("POST", "transfers"): self._transfer,
                ("GET", "balance"): self._balance,
            },
        )
        self.url = self.server.url
        self.asked = self.server.asked
        self.fault = self.server.fault
        self.forget_keys = self.server.forget_keys

    @property
    def settings(self) -> dict[str, str]:
        """With these GigFlow takes it for Stripe."""
        return {
            "PAYMENTS": "stripe",
            "STRIPE_API_URL": self.url,
            "STRIPE_SECRET_KEY": SECRET_KEY,
            "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "NO_PROXY": "127.0.0.1",
        }

    def stop(self) -> None:
        self.server.stop()

    def all(self, kind: str) -> list[Json]:
        """Every object of a kind, oldest first."""
        return [each for each in self.objects.values() if each["object"] == kind]

    def one(self, kind: str) -> Json:
        """The only object of a kind."""
        found = self.all(kind)
        assert len(found) == 1, found
        return found[0]

    # What people do at Stripe's pages, and what banks do.

    def pay(self, session: Json, how: Literal["card", "bank"] = "card") -> Json:
        """The client pays: by card at once, by bank with the money still on its way. Returns the event."""
        with self._lock:
            if session["status"] != "open":
                raise AssertionError(f"this session is {session['status']}")
            intent = self._add(
                "payment_intent",
                "pi",
                amount=session["amount_total"],
                currency=session["currency"],
                status="processing",
                metadata=session["payment_intent_data"]["metadata"],
                transfer_group=session["payment_intent_data"]["transfer_group"],
                amount_refunded=0,
            )
            session.update(status="complete", payment_intent=intent["id"])
            if how == "card":
                self._succeed(session)
            return self.event("checkout.session.completed", session)

    def arrive(self, session: Json) -> Json:
        """The bank's money is there."""
        self._succeed(session)
        return self.event("checkout.session.async_payment_succeeded", session)

    def bounce(self, session: Json) -> Json:
        """The bank does not pay."""
        self.objects[session["payment_intent"]]["status"] = "requires_payment_method"
        return self.event("checkout.session.async_payment_failed", session)

    def expire(self, session: Json) -> Json:
        """Its 24 hours are over."""
        session["status"] = "expired"
        return self.event("checkout.session.expired", session)

    def onboard(self, account: Json) -> None:
        """The freelancer has told what Stripe must know."""
        account.update(payouts_enabled=True, capabilities={"transfers": "active"})

    def reverse(self, transfer: Json, amount: int | None = None) -> Json:
        """A transfer is taken back, all of it or a part."""
        transfer["amount_reversed"] = amount or transfer["amount"]
        transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
        return self.event("transfer.reversed", transfer)

    def refund_by_hand(self, intent_id: str, amount: int, status: str = "succeeded") -> list[Json]:
        """Somebody refunds in the dashboard. Returns the events: that a refund was made, and what is refunded now."""
        refund = self._refund({"payment_intent": intent_id, "amount": amount, "metadata": {}})
        refund["status"] = status
        return [self.event("refund.created", refund), self.refunded(intent_id)]

    def refunded(self, intent_id: str) -> Json:
        """The event that says how much of a charge went back altogether."""
        intent = self.objects[intent_id]
        charge = {
            "id": f"ch_of_{intent_id}",
            "object": "charge",
            "payment_intent": intent_id,
            "amount": intent["amount"],
            "amount_refunded": intent["amount_refunded"],
            "currency": intent["currency"],
        }
        return self.event("charge.refunded", charge)

    def charge_back(self, intent_id: str, amount: int, status: str = "needs_response") -> Json:
        """The client's bank takes the money back. Returns the dispute, as Stripe calls it."""
        return self._add(
            "dispute",
            "du",
            amount=amount,
            charge=f"ch_of_{intent_id}",
            payment_intent=intent_id,
            currency=self.objects[intent_id]["currency"],
            reason="fraudulent",
            status=status,
        )

    def fail_refund(self, refund: Json) -> Json:
        """The client's bank does not take a refund."""
        refund.update(status="failed", failure_reason="lost_or_stolen_card")
        return self.event("refund.failed", refund)

    # Events.

    def event(self, kind: str, about: Json, **more: Any) -> Json:
        """An event about an object, as that is at the moment."""
        number = next(self._numbers)
        shown = {name: value for name, value in about.items() if name != "payment_intent_data"}
        body = {"id": f"evt_{number}", "object": "event", "type": kind, "data": {"object": shown}, **more}
        return json.loads(json.dumps(body))

    @staticmethod
    def signed(
        event: Json, at: float | None = None, secret: str = WEBHOOK_SECRET
    ) -> tuple[bytes, dict[str, str]]:
        """The body and the headers of the request that tells an event, signed at this time (now if None)."""
        body = json.dumps(event).encode()
        stamp = int(time.time() if at is None else at)
        signature = hmac.new(secret.encode(), b"%d.%s" % (stamp, body), hashlib.sha256).hexdigest()
        return body, {
            "Stripe-Signature": f"t={stamp},v1={signature},v0={'0' * 64}",
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }

    def tell(self, url: str, event: Json, **signing: Any) -> requests.Response:
        """Send an event to a server of GigFlow."""
        body, headers = self.signed(event, **signing)
        with requests.Session() as session:
            session.trust_env = False
            return session.post(f"{url}/api/payment/webhook", data=body, headers=headers, timeout=60)

    # What its API does.

    def _open_session(self, params: Json) -> Json:
        [item] = params["line_items"]
        price = item["price_data"]
        currency, amount = price["currency"], int(price["unit_amount"]) * int(item["quantity"])
        if currency != currency.lower():
            raise Refused(f"Invalid currency: {currency}", "currency")
        if amount < 50:
            raise Refused("The Checkout Session's total amount must convert to at least 50 cents.", "amount")
        if params["mode"] != "payment" or params["adaptive_pricing"] != {"enabled": "false"}:
            raise Refused("This Stripe knows simple payments only.")
        for name in ("success_url", "cancel_url"):
            if not params[name].startswith("http"):
                raise Refused("Not a valid URL", name, "url_invalid")
        session = self._add(
            "checkout.session",
            "cs_test",
            status="open",
            payment_status="unpaid",
            payment_intent=None,
            amount_total=amount,
            currency=currency,
            client_reference_id=params["client_reference_id"],
            metadata=params["metadata"],
            payment_intent_data=params["payment_intent_data"],
            title=price["product_data"]["name"],
            success_url=params["success_url"],
            cancel_url=params["cancel_url"],
        )
        session["url"] = f"https://checkout.stripe.com/c/pay/{session['id']}"
        return session

    def _get_session(self, params: Json, session_id: str) -> Json:
        session = dict(self._get({}, session_id))
        if session["payment_intent"] and "payment_intent" in params.get("expand", []):
            session["payment_intent"] = self.objects[session["payment_intent"]]
        return session

    def _expire_session(self, params: Json, session_id: str) -> Json:
        session = self._get({}, session_id)
        if session["status"] != "open":
            raise Refused('Only Checkout Sessions with a status in ["open"] can be expired.')
        session["status"] = "expired"
        return session

    def _list_refunds(self, params: Json) -> Json:
        found = [each for each in self.all("refund") if each["payment_intent"] == params["payment_intent"]]
        return _listed(found, params, "/v1/refunds")

    def _refund(self, params: Json) -> Json:
        intent, amount = self._get({}, params["payment_intent"]), int(params["amount"])
        left = intent["amount"] - intent["amount_refunded"]
        if intent["status"] != "succeeded":
            raise Refused("This PaymentIntent does not have a successful charge to refund.")
        if not left:
            raise Refused("Charge has already been refunded.", code="charge_already_refunded")
        if not 0 < amount <= left:
            raise Refused("Refund amount is greater than unrefunded amount on charge.", "amount")
        intent["amount_refunded"] += amount
        return self._add(
            "refund",
            "re",
            amount=amount,
            currency=intent["currency"],
            payment_intent=intent["id"],
            status="succeeded",
            metadata=params["metadata"],
        )

    def _open_account(self, params: Json) -> Json:
        if params["controller"]["stripe_dashboard"] != {"type": "express"}:
            raise Refused("This Stripe knows Express accounts only.")
        return self._add(
            "account",
            "acct",
            email=params["email"],
            metadata=params["metadata"],
            payouts_enabled=False,
            capabilities=dict.fromkeys(params["capabilities"], "inactive"),
        )

    def _link_account(self, params: Json) -> Json:
        self._get({}, params["account"])
        number = next(self._numbers)
        url = f"https://connect.stripe.com/setup/e/{params['account']}/{number}"
        return {"object": "account_link", "url": url, "return_url": params["return_url"]}

    def _list_transfers(self, params: Json) -> Json:
        found = [each for each in self.all("transfer") if each["transfer_group"] == params["transfer_group"]]
        return _listed(found, params, "/v1/transfers")

    def _transfer(self, params: Json) -> Json:
        amount, currency = int(params["amount"]), params["currency"]
        account = self._get({}, params["destination"])
        if account["capabilities"]["transfers"] != "active":
            raise Refused(
                "Your destination account needs to have at least one of the following capabilities"
                " enabled: transfers",
                code="insufficient_capabilities_for_transfer",
            )
        if self.settled.get(currency, 0) - self.promised < amount:
            raise Refused("You have insufficient available funds.", code="balance_insufficient")
        self.settled[currency] -= amount
        return self._add(
            "transfer",
            "tr",
            amount=amount,
            currency=currency,
            destination=account["id"],
            transfer_group=params["transfer_group"],
            reversed=False,
            amount_reversed=0,
        )

    def _balance(self, params: Json) -> Json:
        rows = [{"amount": amount, "currency": currency} for currency, amount in self.settled.items()]
        return {"object": "balance", "available": rows, "pending": [], "livemode": False}

    def _get(self, params: Json, object_id: str) -> Json:
        if object_id not in self.objects:
            raise Refused(f"No such object: '{object_id}'", "id", "resource_missing", status=404)
        return self.objects[object_id]

    def _add(self, kind: str, prefix: str, **fields: Any) -> Json:
        with self._lock:
            made: Json = {
                "id": f"{prefix}_{next(self._numbers)}",
                "object": kind,
                "livemode": False,
                **fields,
            }
            self.objects[made["id"]] = made
            return made

    def _succeed(self, session: Json) -> None:
        session["payment_status"] = "paid"
        self.objects[session["payment_intent"]]["status"] = "succeeded"


def _listed(found: list[Json], params: Json, url: str) -> Json:
    limit = int(params.get("limit", 10))
    return {"object": "list", "data": found[::-1][:limit], "has_more": len(found) > limit, "url": url}
