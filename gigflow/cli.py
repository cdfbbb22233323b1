"""`flask gigflow …`: what an operator does by hand. Beside it: `cli_decide`."""

import sys
import time

import click
from flask import current_app
from flask.cli import AppGroup

from gigflow.accounts import actions as accounts
from gigflow.accounts import admins, leaving
from gigflow.cli_decide import bound_runtime, decide
from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.proof.audit import CHECKS, AuditTooSlow, audit_at_once
from gigflow.schema import prepare
from gigflow.ticks import run_due
from gigflow.web.templating import plural

SHOWN_MAX = 20  # sentences of one check

commands = AppGroup("gigflow", help="Run and look after this installation of GigFlow.")


commands.add_command(decide)


@commands.command("admin")
@click.argument("email")
@click.option("--revoke", is_flag=True, help="Take the right away; it ends with the next request.")
def admin(email: str, revoke: bool) -> None:
    """Make the account with this e-mail address an admin. There is no default one."""
    change = admins.revoke_admin if revoke else admins.make_admin
    if not change(_db(), email, now()):
        click.echo(f"Nobody has signed up as {email}.", err=True)
        sys.exit(1)
    click.echo(f"{email} is no longer an admin." if revoke else f"{email} is an admin now.")
    if revoke and not accounts.admins(_db()):
        click.echo("Nobody decides here now: make another account an admin, or use `flask gigflow decide`.")


@commands.command("disable")
@click.argument("email")
def disable(email: str) -> None:
    """Shut an account: its devices are signed out, its bids withdrawn, its jobs closed."""
    if not leaving.disable_account(_db(), email, now()):
        click.echo(f"Nobody has signed up as {email}.", err=True)
        sys.exit(1)
    click.echo(f"{email} is disabled.")


@commands.command("enable")
@click.argument("email")
def enable(email: str) -> None:
    """Open a shut account again."""
    if not leaving.enable_account(_db(), email, now()):
        click.echo(f"Nobody has signed up as {email}.", err=True)
        sys.exit(1)
    click.echo(f"{email} is enabled.")


@commands.command("indexes")
def indexes() -> None:
    """Create the collections, validators and indexes, or bring them up to date."""
    prepare(_db())
    click.echo("Collections, validators and indexes are up to date.")


@commands.command("audit")
def check_books() -> None:
    """Prove every invariant over the whole database; name all that is broken, and end with 1 if anything is."""
    began, broken = time.monotonic(), 0
    try:
        for words, problems in audit_at_once(_db()):
            click.echo(f"{'BROKEN' if problems else 'ok':<8}{words}", err=bool(problems))
            for problem in problems[:SHOWN_MAX]:
                click.echo(f"        {problem}", err=True)
            if len(problems) > SHOWN_MAX:
                click.echo(f"        … and {len(problems) - SHOWN_MAX} more", err=True)
            broken += bool(problems)
    except AuditTooSlow as error:
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


def _db() -> Db:
    return bound_runtime().db
