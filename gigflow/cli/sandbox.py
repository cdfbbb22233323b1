"""`flask gigflow sandbox …`: what a payment provider does by itself, tried on a laptop (decision 31)."""

from collections.abc import Callable
from typing import TypeVar

import click
from flask import current_app

from gigflow.cli.decide import bound_runtime
from gigflow.core.clock import now
from gigflow.core.db import Db, object_id
from gigflow.core.errors import DomainError
from gigflow.payments import actions as payments
from gigflow.sandbox import reversing, sender
from gigflow.sandbox.models import Chargeback, Refund

Made = TypeVar("Made", Refund, Chargeback)


@click.group("sandbox")
def sandbox() -> None:
    """Do at the sandbox what a payment provider does by itself. Each takes the id of a payment, or of its order."""


@sandbox.command("refund")
@click.argument("payment_id")
@click.argument("amount", required=False)
def refund(payment_id: str, amount: str | None) -> None:
    """Refund AMOUNT to the client, or all that is left, as an operator does in the provider's dashboard."""

    def do(db: Db, paid: str) -> Refund:
        try:
            minor = reversing.currency_of(db, paid).parse(amount) if amount is not None else None
        except ValueError as error:
            raise click.UsageError(f"AMOUNT: {error}") from error
        if minor is not None and minor <= 0:
            raise click.UsageError("AMOUNT: the amount must be above 0.")
        return reversing.refund_by_hand(db, paid, minor, now())

    _do(payment_id, do, "The sandbox refunded {amount}.")


@sandbox.command("chargeback")
@click.argument("payment_id")
@click.option("--won", "how", flag_value="won", help="GigFlow wins the one that is open.")
@click.option("--lost", "how", flag_value="lost", help="GigFlow loses the one that is open.")
def chargeback(payment_id: str, how: str | None) -> None:
    """Let the client's bank take back all that is left of a payment."""
    match how:
        case "won":
            _do(payment_id, lambda db, paid: reversing.close_chargeback(db, paid, "won", now()), _WON)
        case "lost":
            _do(payment_id, lambda db, paid: reversing.close_chargeback(db, paid, "lost", now()), _LOST)
        case _:
            _do(payment_id, lambda db, paid: reversing.charge_back(db, paid, now()), _TAKEN)


_TAKEN = "The client’s bank took back {amount}."
_WON = "The chargeback is won: {amount} was received again."
_LOST = "The chargeback is lost: the client keeps {amount}."


@sandbox.command("fail-refund")
@click.argument("payment_id")
def fail_refund(payment_id: str) -> None:
    """Let the newest refund of a payment fail at the client's bank."""
    text = "The refund of {amount} failed at the client’s bank."
    _do(payment_id, lambda db, paid: reversing.fail_refund(db, paid, now()), text)


def _do(given: str, work: Callable[[Db, str], Made], text: str) -> None:
    """Do it, and tell GigFlow at once if it runs; otherwise the next process that runs does."""
    runtime = bound_runtime()
    if runtime.settings.payment_provider != "sandbox":
        raise click.ClickException("The sandbox is not the payment provider here.")
    try:
        made = work(runtime.db, _payment_id(runtime.db, given))
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(text.format(amount=runtime.currency.format(made.amount_minor)))
    sender.send_due(current_app)


def _payment_id(db: Db, given: str) -> str:
    """Return the payment that is meant: people see the id of its order, in the address of its page."""
    paid = payments.payment_in_force(payments.payments_for(db, object_id(given)))
    return str(paid.id) if paid else given
