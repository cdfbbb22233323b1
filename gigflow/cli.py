"""`flask gigflow …`: what an operator does by hand."""

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from gigflow.accounts import actions as accounts
from gigflow.core.db import Db
from gigflow.schema import prepare
from gigflow.web.runtime import EXTENSION

commands = AppGroup("gigflow", help="Run and look after this installation of GigFlow.")


@commands.command("admin")
@click.argument("email")
def admin(email: str) -> None:
    """Make the account with this e-mail address an admin. There is no default one."""
    if not accounts.make_admin(_db(), email):
        click.echo(f"Nobody has signed up as {email}.", err=True)
        sys.exit(1)
    click.echo(f"{email} is an admin now.")


@commands.command("indexes")
def indexes() -> None:
    """Create the collections, validators and indexes, or bring them up to date."""
    prepare(_db().database)
    click.echo("Collections, validators and indexes are up to date.")


def _db() -> Db:
    db: Db = current_app.extensions[EXTENSION].db
    return db
