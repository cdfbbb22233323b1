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
    # Who takes the money; None where payments are switched off.
    gateway: Gateway | None

    @property
    def currency(self) -> Currency:
        """The one currency of this installation."""
        return self.rules.currency


def runtime() -> Runtime:
    """The parts of the current application."""
    return cast(Runtime, current_app.extensions[EXTENSION])


def db() -> Db:
    """The current application's database."""
    return runtime().db


def rules() -> Rules:
    """The rules of the current application."""
    return runtime().rules


def base_url() -> str:
    """Where whoever asks reaches this installation: at PUBLIC_URL, or else where they did. Somebody else's page that
    they are sent to leads back there, and their cookies are of there.
    """
    return runtime().settings.public_url or request.host_url.rstrip("/")


def viewer() -> Viewer | None:
    """Who is asking, or None for a visitor."""
    return cast("Viewer | None", g.get("viewer"))


def person() -> Viewer:
    """Who is asking, where only signed-in people get to. Raises NotSignedIn."""
    known = viewer()
    if known is None:
        raise NotSignedIn
    return known
