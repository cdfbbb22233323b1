"""The application put together: settings read, database opened, web plumbing and features registered."""

import os
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import Any

import click
import msgspec
from flask import Flask, Response
from werkzeug.middleware.proxy_fix import ProxyFix

from gigflow.cli.commands import commands
from gigflow.core import green
from gigflow.core.changes import WRITE
from gigflow.core.db import Db
from gigflow.core.mongod import embedded_uri
from gigflow.features import list_writers, lists_by_reader, public_lists, wire, wirings
from gigflow.payments.gateway import Gateway
from gigflow.payments.stripe_gateway import StripeGateway
from gigflow.sandbox.gateway import SandboxGateway
from gigflow.settings.readers import SettingError
from gigflow.settings.settings import Settings, load_settings
from gigflow.web import net
from gigflow.web.answers import add_other_addresses, without_slash
from gigflow.web.assets import init_assets
from gigflow.web.auth import init_auth
from gigflow.web.cache import PublicCache
from gigflow.web.counters import Limits
from gigflow.web.docs import docs
from gigflow.web.errors import init_errors
from gigflow.web.health import health
from gigflow.web.known_devices import hand_out_known_device
from gigflow.web.limits import count_change, init_limits
from gigflow.web.logs import init_logs, init_request_log
from gigflow.web.packed import pack_page
from gigflow.web.realtime import Realtime
from gigflow.web.refusals import Refusals
from gigflow.web.runtime import EXTENSION, Runtime
from gigflow.web.security import init_form_tokens, init_security
from gigflow.web.templating import init_templating
from gigflow.web.uploads import Request

ROOT = Path(__file__).resolve().parent.parent
# Imported with this module: a worker imports while it waits for the database.
FEATURES = wirings().values()
SETTINGS_PAGES = sorted(
    (page for feature in FEATURES for page in feature.settings_pages), key=attrgetter("place")
)


class House(Flask):
    """Flask as the house needs it."""

    request_class = Request

    def process_response(self, response: Response) -> Response:
        """Return the answer as it goes out; last, since what was stored of the session is a cookie by then."""
        return pack_page(super().process_response(response))

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return it as it is. No view here is a coroutine, and Flask would check that for fifteen functions a
        request.
        """
        return func


def build(settings: Settings | None = None) -> Flask:
    """Return the application; it opens no connection before the first request needs one."""
    settings = settings or _settings_of_command()
    init_logs(settings)
    app = House("gigflow", root_path=str(ROOT), static_folder=None)
    app.url_map.merge_slashes = (
        False  # an address is right or it is nothing; an API answers with no redirects
    )
    wire()
    db = Db(settings.mongo_uri, settings.mongo_db)
    rules = settings.rules
    limits = Limits(settings)
    refusals = Refusals(db)
    app.extensions[EXTENSION] = Runtime(settings, db, rules, limits, refusals, _gateway(settings, db))
    init_request_log(app)
    init_errors(app)
    init_limits(app)
    init_security(app, settings)
    # After a request, what was set last comes first: clients that read only one cookie read `token`.
    app.after_request(hand_out_known_device)
    init_auth(app, settings)
    app.before_request(count_change)
    init_form_tokens(app)
    transports = "websocket,polling" if settings.web_processes == 1 else "websocket"
    init_templating(app, rules.currency, transports, init_assets(app, ROOT / "static"), settings.var_dir)
    app.jinja_env.globals["settings_pages"] = {page.endpoint: page.word for page in SETTINGS_PAGES}
    for blueprint in (
        health,
        docs,
        net.pages,
        *(each for feature in FEATURES for each in feature.blueprints),
    ):
        app.register_blueprint(blueprint)
    if settings.api_answers == "tolerant":
        add_other_addresses(app)
    app.cli.add_command(commands)

    realtime = Realtime(app, settings, db, limits, refusals, green.mode())
    for feature in FEATURES:
        if feature.sockets:
            feature.sockets(realtime, db)
        for watchable in feature.watchables:
            realtime.let_watch(watchable)
    cache = PublicCache(app.wsgi_app, settings, db, public_lists(), lists_by_reader(), list_writers())
    for shown in (each for feature in FEATURES for each in feature.listed):
        realtime.changes.watch(shown, WRITE, lambda change: cache.drop())
    for shown, field in (each for feature in FEATURES for each in feature.listed_fields):
        realtime.changes.watch_field(shown, field, lambda change: cache.drop())
    realtime.changes.on_gap(cache.drop)
    app.wsgi_app = cache  # type: ignore[method-assign]
    if settings.api_answers == "tolerant":
        app.wsgi_app = without_slash(cache)  # type: ignore[method-assign, assignment]
    if settings.trusted_proxies:
        # SECURITY 15: the client's address, scheme and host come only from this many proxies; outermost, so that
        # sockets and copies see the same.
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _gateway(settings: Settings, db: Db) -> Gateway | None:
    """Return who takes the money here; None if payments are switched off (docs/domain.md, Money)."""
    match settings.payment_provider:
        case "stripe":
            return StripeGateway(
                settings.stripe_secret_key,
                settings.stripe_webhook_secret,
                settings.stripe_api_url,
                settings.currency,
            )
        case "sandbox":
            return SandboxGateway(settings.secret_key, db, settings.currency)
        case None:
            return None


def _settings_of_command() -> Settings:
    """Return the settings of a command next to the server; the embedded database is the one that a run has started."""
    try:
        settings = load_settings(os.environ, Path(".env"))
    except SettingError as error:
        raise click.ClickException(str(error)) from error
    if settings.mongo_uri:
        return settings
    uri = embedded_uri(settings.var_dir / "mongo")
    if uri is None:
        raise click.ClickException(
            f"MONGO_URI is empty and GigFlow does not run on '{settings.var_dir}': start it first."
        )
    return msgspec.structs.replace(settings, mongo_uri=uri)
