"""How payments are put together with the rest."""

from flask import Flask

from gigflow.accounts.hooks import obstacle_to_leaving
from gigflow.core.clock import now
from gigflow.notifications.hooks import EVENTS
from gigflow.payments import actions, api, events, hooks, payouts
from gigflow.payments.store import GATEWAY_CALLS, LEDGER
from gigflow.proof import ledger, provider, reversals
from gigflow.proof.snapshot import Reading, itself
from gigflow.proof.whole import whole_orders
from gigflow.web.runtime import EXTENSION, Runtime
from gigflow.wiring import Wakes, Wiring


def ask_due(app: Flask) -> None:
    """Make the calls to the provider that are due, if payments are switched on."""
    runtime: Runtime = app.extensions[EXTENSION]
    if runtime.gateway:
        actions.ask_due(runtime.db, runtime.gateway, runtime.settings.base_url, now())


WIRING = Wiring(
    hooks=(hooks.checkout, hooks.paid, hooks.unsent, hooks.reversal),
    takes=(*EVENTS.by(events), *obstacle_to_leaving.by(payouts.money_left)),
    blueprints=(api.api,),
    provider=(ask_due,),
    writers=("/api/payment",),
    wakes=(Wakes(GATEWAY_CALLS, "provider"), Wakes(LEDGER, "house")),
    proof=(
        Reading(itself, ledger.CHECKS),
        Reading(
            provider.whole_payments, provider.PAYMENT_CHECKS, "0. Calls to the provider have their payment"
        ),
        Reading(
            provider.whole_payouts,
            provider.PAYOUT_CHECKS,
            "0. Calls and bookings of payouts have their payout",
        ),
        Reading(itself, provider.CHECKS),
        Reading(whole_orders, reversals.CHECKS_OF_ORDERS),
        Reading(itself, reversals.CHECKS),
    ),
)
