"""`flask gigflow decide …`: what an operator decides at the machine if no admin may: the record says so."""

import click
from flask import current_app

from gigflow.accounts.models import Operator
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import DomainError
from gigflow.core.texts import quoted
from gigflow.gigs.models import NOTE_MAX
from gigflow.orders import deciding, shutting
from gigflow.orders.models import MESSAGE_MAX
from gigflow.services import moderation
from gigflow.settings.installation import bind_money
from gigflow.settings.readers import SettingError
from gigflow.web.runtime import EXTENSION, Runtime

OPERATOR = Operator()


def bound_runtime() -> Runtime:
    """Return what the commands work with, if the database is of the settings' currency and provider: no command reads
    it with others.
    """
    runtime: Runtime = current_app.extensions[EXTENSION]
    try:
        bind_money(runtime.db, runtime.settings)
    except SettingError as error:
        raise click.ClickException(str(error)) from error
    return runtime


@click.group("decide")
def decide() -> None:
    """Decide what no admin may, such as about the only admin's own order. The record says that it was done here."""


@decide.command("order")
@click.argument("order_id")
@click.option("--release", metavar="AMOUNT", help="Release AMOUNT to the freelancer and refund the rest.")
@click.option("--refund", is_flag=True, help="Refund the full amount to the client.")
@click.option("--void", is_flag=True, help="Cancel an order that nobody has paid.")
@click.option("--resume", is_flag=True, help="Resume the order, which the closing of an account has stopped.")
@click.option("--note", default="", help="Why (both sides read it).")
def decide_order(
    order_id: str, release: str | None, refund: bool, void: bool, resume: bool, note: str
) -> None:
    """End the order with this id, or let it go on."""
    if (release is not None) + refund + void + resume != 1:
        raise click.UsageError("Choose one of --release AMOUNT, --refund, --void or --resume.")
    _check_length(note, MESSAGE_MAX)
    runtime = bound_runtime()
    currency = runtime.currency
    if void or resume:
        act = shutting.void if void else shutting.resume
        try:
            order = act(runtime.db, OPERATOR, object_id(order_id), note, now())
        except DomainError as error:
            raise click.ClickException(_said(error)) from error
        click.echo(f"{quoted(order.terms.title)} is {order.status}.")
        return
    try:
        amount = currency.parse(release) if release is not None else 0
    except ValueError as error:
        raise click.UsageError(f"--release: {error}") from error
    if amount < 0:
        raise click.UsageError("--release: the amount may not be below 0.")
    try:
        ended = deciding.decide(runtime.db, OPERATOR, object_id(order_id), amount, note, now())
    except DomainError as error:
        raise click.ClickException(_said(error)) from error
    released, refunded = (currency.format(each) for each in (ended.released_minor, ended.refunded_minor))
    click.echo(f"{quoted(ended.terms.title)} is {ended.status}: {released} released, {refunded} refunded.")


@decide.command("service")
@click.argument("service_id")
@click.option("--approve", is_flag=True, help="Put it on the market.")
@click.option("--reject", metavar="NOTE", help="Reject it; the owner reads NOTE.")
@click.option("--take-down", metavar="NOTE", help="Take it off the market; the owner reads NOTE.")
def decide_service(service_id: str, approve: bool, reject: str | None, take_down: str | None) -> None:
    """Decide about the service with this id, as it is now."""
    chosen = [
        (transition, note)
        for transition, note in (
            (moderation.APPROVE, "" if approve else None),
            (moderation.REJECT, reject),
            (moderation.TAKE_DOWN, take_down),
        )
        if note is not None
    ]
    if len(chosen) != 1:
        raise click.UsageError("Choose one of --approve, --reject NOTE or --take-down NOTE.")
    ((transition, note),) = chosen
    if transition is not moderation.APPROVE and not note.strip():
        raise click.UsageError("Give a reason.")
    _check_length(note, NOTE_MAX)
    try:
        decided = moderation.decide(
            bound_runtime().db,
            OPERATOR,
            object_id(service_id),
            transition,
            version=None,
            note=note,
            now=now(),
        )
    except DomainError as error:
        raise click.ClickException(_said(error)) from error
    click.echo(f"{quoted(decided.title)} is {decided.status}.")


def _check_length(note: str, most: int) -> None:
    if len(note) > most:
        raise click.UsageError(f"The note is longer than {most:,} characters.")


def _said(error: DomainError) -> str:
    """Return a refusal in one line; for fields, what is wrong with each."""
    fields: dict[str, list[str]] = getattr(error, "fields", {})
    return " ".join(message for messages in fields.values() for message in messages) or error.message
