"""What an application holds open for its requests: settings, database, currency. Pages and API pass them on."""

from typing import cast

import msgspec
from flask import current_app, g, request

from gigflow.accounts.models import Viewer
from gigflow.core.db import Db
from gigflow.core.errors import NotSignedIn
from gigflow.core.money import Currency
from gigflow.core.rules import Rules
from gigflow.payments.gateway import Gateway
from gigflow.settings.settings import Settings
from gigflow.web.counters import Limits
from gigflow.web.refusals import Refusals

EXTENSION = "gigflow"


class Runtime(msgspec.Struct, frozen=True):
    """The parts of one application that live as long as it does."""

    settings: Settings
    db: Db
    rules: Rules
    limits: Limits
    refusals: Refusals
    # Who takes the money; None if payments are switched off.
    gateway: Gateway | None

    @property
    def currency(self) -> Currency:
        """The one currency of this installation."""
        return self.rules.currency


def runtime() -> Runtime:
    """Return the parts of the current application."""
    return cast(Runtime, current_app.extensions[EXTENSION])


def db() -> Db:
    """Return the current application's database."""
    return runtime().db


def rules() -> Rules:
    """Return the rules of the current application."""
    return runtime().rules


def base_url() -> str:
    """Return the address at which the reader reaches this installation: PUBLIC_URL, or else the one that they used.
    Somebody else's page that they are sent to leads back there, and their cookies belong there.
    """
    return runtime().settings.public_url or request.host_url.rstrip("/")


def viewer() -> Viewer | None:
    """Return who is asking, or None for a visitor."""
    return cast("Viewer | None", g.get("viewer"))


def person() -> Viewer:
    """Return who is asking, for views that only signed-in people get to. Raises NotSignedIn."""
    known = viewer()
    if known is None:
        raise NotSignedIn
    return known
