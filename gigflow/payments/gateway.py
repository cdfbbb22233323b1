"""What a payment provider has to do for GigFlow. `sandbox_gateway` and `stripe_gateway` are the two that there are.

Every call that changes something at the provider carries an idempotency key of ours: made again with the same key, it
returns what the first one returned (SECURITY 22). A gateway keeps nothing; our database is the authority.
"""

from collections.abc import Mapping
from typing import Protocol

from bson import ObjectId

from gigflow.payments.models import Payment, PriceBounds, Provider, ProviderEvent, Session


class GatewayAway(Exception):
    """The provider could not be reached, or failed by itself: the call may be made again."""


class GatewayNotYet(GatewayAway):
    """The provider answers, but cannot do this one thing yet: it may be asked for other things in the meantime."""


class GatewayRefused(Exception):
    """The provider will not do this, however often it is asked; the message says why."""


class BadSignature(Exception):
    """An event does not come from the provider, or is too old, or from the future (SECURITY 21)."""


class Gateway(Protocol):
    """A payment provider. Amounts are minor units of the installation's currency.

    Each method may raise GatewayAway and, except `read_event`, GatewayRefused.
    """

    name: Provider
    prices: PriceBounds  # what a checkout may be for

    def open_session(self, payment: Payment, base_url: str, key: str) -> Session:
        """Make a checkout for a payment, from which the client comes back to `base_url` + the payment's path."""

    def end_session(self, session_id: str, key: str) -> None:
        """Let nobody pay at this checkout any longer. Raises GatewayRefused if it is paid or over already."""

    def look(self, payment: Payment) -> ProviderEvent | None:
        """Return what has become of a payment's checkout, as the event that should have told it; None while it is open.

        The event's id is the same however often one looks, and not that of the provider's own event.
        """

    def refund(self, charge_id: str, amount_minor: int, key: str) -> str:
        """Give back a charge, or a part of it; returns the provider's id of the refund."""

    def open_account(self, user_id: ObjectId, email: str, key: str) -> str:
        """Make an account to pay a freelancer to; returns the provider's id of it."""

    def onboarding_url(self, account_id: str, return_url: str) -> str | None:
        """Return the address at which the freelancer tells the provider what it has to know; None if there is nothing
        to tell.
        """

    def account_ready(self, account_id: str) -> bool:
        """Return whether the account can be paid to."""

    def pay_out(self, account_id: str, amount_minor: int, currency: str, key: str) -> str:
        """Transfer to a freelancer's account, from which it goes to their bank; returns the id of the transfer."""

    def read_event(self, body: bytes, headers: Mapping[str, str], now: float) -> ProviderEvent:
        """Return the event that a webhook's request tells. `now` in seconds since 1970. Raises BadSignature."""
