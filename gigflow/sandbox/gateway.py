"""The sandbox as GigFlow's payment provider: our words and its own, translated into each other.

What would be calls over the wire are calls of `sandbox.actions`; the way back is a webhook over HTTP (`sender`).
"""

from collections.abc import Mapping

import msgspec
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.payments.gateway import BadSignature
from gigflow.payments.models import EventKind, Payment, PriceBounds, Provider, ProviderEvent, Session
from gigflow.sandbox import actions
from gigflow.sandbox.models import EventBody
from gigflow.sandbox.signatures import HEADER, check_signature

_KINDS: dict[str, EventKind] = {
    "checkout.paid": "paid",
    "checkout.expired": "expired",
    "refund.made": "refund_made",
    "refund.failed": "refund_failed",
    "chargeback.opened": "chargeback",
    "chargeback.closed": "chargeback",
    "transfer.failed": "payout_failed",
}


class SandboxGateway:
    """The sandbox; it is never away. `secret_key` is the installation's SECRET_KEY, by which its events are known."""

    name: Provider = "sandbox"

    def __init__(self, secret_key: str, db: Db, currency: str = "USD") -> None:
        self.prices = PriceBounds(currency=currency)
        self._secret_key = secret_key
        self._db = db

    def open_session(self, payment: Payment, base_url: str, key: str) -> Session:
        """Make a checkout for a payment, on a page of its own."""
        session_id = actions.open_session(
            self._db,
            payment_id=str(payment.id),
            title=payment.title,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            return_url=base_url + payment.path,
            key=key,
            now=now(),
        )
        return Session(id=session_id, url=f"{base_url}/sandbox/checkout/{session_id}")

    def end_session(self, session_id: str, key: str) -> None:
        """Let nobody pay at this checkout any longer."""
        actions.end_session(self._db, session_id, key, now())

    def look(self, payment: Payment) -> ProviderEvent | None:
        """Return what has become of a payment's checkout; None while it is open."""
        session, charge = actions.outcome_of(self._db, str(payment.id), now()) or (None, None)
        if session is None or session.status == "open":
            return None
        if charge is None:
            return ProviderEvent(
                id=f"look:{session.id}", kind="expired", payment_id=session.payment_id, session_id=session.id
            )
        return ProviderEvent(
            id=f"look:{charge.id}",
            kind="paid",
            payment_id=session.payment_id,
            session_id=session.id,
            charge_id=charge.id,
            amount_minor=charge.amount_minor,
            currency=charge.currency,
        )

    def refund(self, charge_id: str, amount_minor: int, key: str) -> str:
        """Give back a charge, or a part of it."""
        return actions.refund(self._db, charge_id, amount_minor, key, now())

    def open_account(self, user_id: ObjectId, email: str, key: str) -> str:
        """Make an account to pay a freelancer to. The e-mail address is not kept: nobody writes to it."""
        return actions.open_account(self._db, user_id, key, now())

    def onboarding_url(self, account_id: str, return_url: str) -> str | None:
        """Return None: there is nothing to tell."""
        return None

    def account_ready(self, account_id: str) -> bool:
        """Return True for every account that there is."""
        return actions.has_account(self._db, account_id)

    def pay_out(self, account_id: str, amount_minor: int, currency: str, key: str) -> str:
        """Transfer to a freelancer's account; amounts that end in .13 come back, those in .14 are refused."""
        return actions.pay_out(self._db, account_id, amount_minor, currency, key, now())

    def read_event(self, body: bytes, headers: Mapping[str, str], now: float) -> ProviderEvent:
        """Return the event that a webhook's request tells. `now` in seconds since 1970. Raises BadSignature."""
        check_signature(self._secret_key, body, headers.get(HEADER, ""), now)
        try:
            event = msgspec.json.decode(body, type=EventBody)
            told = {**event.data, "id": event.id, "kind": _KINDS.get(event.type, "other")}
            return msgspec.convert(told, ProviderEvent)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise BadSignature("This is no event.") from error
