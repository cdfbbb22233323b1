"""`flask gigflow …`: what an operator does by hand. Next to it: `decide`, `sandbox`."""

import sys
import time
from typing import NoReturn

import click
from flask import current_app
from flask.cli import AppGroup

from gigflow.accounts import actions as accounts
from gigflow.accounts import admins, leaving
from gigflow.cli.decide import OPERATOR, bound_runtime, decide
from gigflow.cli.sandbox import sandbox
from gigflow.core.clock import now
from gigflow.core.db import Db, object_id
from gigflow.core.errors import DomainError
from gigflow.core.steps import StepTaken, do, pending, unknown
from gigflow.orders import reversals, shutting
from gigflow.orders.models import MESSAGE_MAX
from gigflow.payments import payouts
from gigflow.proof.audit import CHECKS, audit_at_once
from gigflow.proof.proving import AuditBroken, AuditTooSlow
from gigflow.schema import STEPS, prepare
from gigflow.ticks import run_due
from gigflow.web.templating import plural

SHOWN_MAX = 20  # sentences of one check

commands = AppGroup("gigflow", help="Run and look after this installation of GigFlow.")


commands.add_command(decide)
commands.add_command(sandbox)


@commands.command("admin")
@click.argument("email")
@click.option("--revoke", is_flag=True, help="Remove the right, from the next request on.")
@click.option("--reason", default="", help="Why (kept in the record).")
def admin(email: str, revoke: bool, reason: str) -> None:
    """Make the account with this e-mail address an admin. There is no default one."""
    change = admins.revoke_admin if revoke else admins.make_admin
    if not change(_db(), email, now(), why=reason):
        click.echo(f"Nobody has signed up as {email}.", err=True)
        sys.exit(1)
    click.echo(f"{email} is no longer an admin." if revoke else f"{email} is an admin now.")
    if revoke and not accounts.admins(_db()):
        click.echo("There is no admin now. Make another account an admin, or use `flask gigflow decide`.")


@commands.command("disable")
@click.argument("email")
@click.option("--reason", default="", help="Why (kept in the record).")
def disable(email: str, reason: str) -> None:
    """Shut an account: its devices are signed out, its bids withdrawn, its jobs closed, its services paused, its unpaid
    orders voided, and its paid ones put before an admin.
    """
    shut = leaving.disable_account(_db(), email, now(), why=reason)
    if shut is None:
        _nobody(email)
    click.echo(f"{email} was disabled before." if shut.before else f"{email} is disabled.")
    for what, count in shut.ended.items():
        click.echo(f"{count:7,} {what}")
    _end_with_failures(shut.failed, "ended")
    if shut.is_left:
        click.echo("Some work is left. A running process continues it.", err=True)
        sys.exit(1)


@commands.command("enable")
@click.argument("email")
@click.option("--reason", default="", help="Why (kept in the record).")
def enable(email: str, reason: str) -> None:
    """Open a shut account again, and say which of its orders an admin can resume. What was closed stays closed."""
    opened = leaving.enable_account(_db(), email, now(), why=reason)
    if opened is None:
        _nobody(email)
    click.echo(f"{email} is enabled.")
    for order in shutting.resumable_of(_db(), opened.user.id):
        click.echo(f"The order {order.id} can be resumed by an admin, at {order.path}: {order.terms.title}")
    _end_with_failures(opened.failed, "brought up to date")


@commands.command("migrate")
@click.option("--dry-run", is_flag=True, help="Only list what would be done.")
def migrate(dry_run: bool) -> None:
    """Bring the database to this version: create what is missing, and do each step that is still to be done. The site
    stays open in the meantime. An interrupted step goes on where it stopped.
    """
    db = _db()
    for name in unknown(db, STEPS):
        click.echo(f"Done by a newer version: {name}")
    if dry_run:
        for step in pending(db, STEPS):
            click.echo(f"{step.number:3}  {step.name}")
        click.echo(f"{plural(len(pending(db, STEPS)), 'step')} to be done.")
        return
    prepare(db)
    for step in pending(db, STEPS):
        click.echo(f"{step.number:3}  {step.name} …")
        try:
            click.echo(f"     {do(db, step):,} changed")
        except StepTaken as error:
            click.echo(str(error), err=True)
            sys.exit(1)
    click.echo("The database is up to date.")


@commands.command("audit")
def check_books() -> None:
    """Prove every invariant over the whole database; name everything that is broken, and end with 1 if anything is."""
    began, broken = time.monotonic(), 0
    try:
        for words, problems in audit_at_once(_db()):
            click.echo(f"{'BROKEN' if problems else 'ok':<8}{words}", err=bool(problems))
            for problem in problems[:SHOWN_MAX]:
                click.echo(f"        {problem}", err=True)
            if len(problems) > SHOWN_MAX:
                click.echo(f"        … and {len(problems) - SHOWN_MAX} more", err=True)
            broken += bool(problems)
    except (AuditBroken, AuditTooSlow) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    seconds = time.monotonic() - began
    if broken:
        click.echo(f"{plural(broken, 'check')} of {len(CHECKS)} broken, in {seconds:.1f} s.", err=True)
        sys.exit(1)
    click.echo(f"All {len(CHECKS)} checks hold, in {seconds:.1f} s.")


@commands.command("tick")
def tick() -> None:
    """Do now what is due: letters, reminders, clearing up. Running processes do it by themselves."""
    _db()
    sent = 0
    while letters := run_due(current_app):
        sent += letters
    click.echo(f"{plural(sent, 'letter')} sent.")


@commands.command("pay-out")
@click.argument("email")
@click.option("--reason", default="", help="Why (kept in the record).")
def pay_out(email: str, reason: str) -> None:
    """Send everything that a person who is shut out has earned to their bank."""
    user = accounts.user_with_email(_db(), email)
    if user is None:
        _nobody(email)
    runtime = bound_runtime()
    try:
        payout = payouts.pay_out_for(
            _db(),
            runtime.gateway,
            user,
            why=reason,
            rules=runtime.rules,
            base_url=runtime.settings.base_url,
            now=now(),
        )
    except DomainError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo(f"{runtime.currency.format(payout.amount_minor)} are on their way to the bank of {email}.")


@commands.command("refund")
@click.argument("payment_id")
@click.option("--reason", default="", help="Why (kept in the record).")
def refund(payment_id: str, reason: str) -> None:
    """Send the refunds of a payment that did not arrive again; `audit` names such payments."""
    try:
        reversals.send_refund_again(_db(), OPERATOR, object_id(payment_id), reason, now())
    except DomainError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo("The refund is on its way again.")


@commands.command("settle-loss")
@click.argument("order_id")
@click.argument("note")
@click.option(
    "--take-back", is_flag=True, help="Take it from the freelancer's balance; else GigFlow bears the loss."
)
def settle_loss(order_id: str, note: str, take_back: bool) -> None:
    """Decide who bears what the provider took back after an order's end. NOTE says why; both sides read it."""
    if not note.strip() or len(note) > MESSAGE_MAX:
        raise click.UsageError(f"Give a reason of at most {MESSAGE_MAX:,} characters.")
    try:
        reversals.settle_loss(_db(), OPERATOR, object_id(order_id), take_back, note, now())
    except DomainError as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    click.echo("It is taken from the freelancer's balance." if take_back else "GigFlow bears the loss.")


def _end_with_failures(failed: list[str], done: str) -> None:
    """Say what is left, and end with 1 if something is."""
    if not failed:
        return
    named = ", ".join(failed[:SHOWN_MAX]) + (
        f" and {len(failed) - SHOWN_MAX} more" * (len(failed) > SHOWN_MAX)
    )
    text = "Unchanged, because it could not be {done}: {named}. The log says why, and a running process tries again."
    click.echo(text.format(done=done, named=named), err=True)
    sys.exit(1)


def _nobody(email: str) -> NoReturn:
    click.echo(f"Nobody has signed up as {email}.", err=True)
    sys.exit(1)


def _db() -> Db:
    return bound_runtime().db
