"""The log: one JSON object a line, with the request's id, and nothing secret in it (SECURITY 28)."""

import logging
import re
import secrets
import sys
import time
from typing import Any

import msgspec
import sentry_sdk
from flask import Flask, Response, g, has_request_context, request

from gigflow.core.clock import now
from gigflow.settings.settings import Settings

log = logging.getLogger("gigflow.requests")

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
# Anything that looks like a JWT or is named like a secret is cut, wherever a message brought it from.
_SECRET = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]*|((?:password|token|secret|authorization)[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&}]+",
    re.I,
)
# The token of a letter's link is a key to an account: for such a path the log shows the rule.
_LINK = re.compile(r"(/(?:reset|confirm)/)[^\s\"'?#,;]+", re.I)


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON; line ends in a message are escaped by the encoding."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of this record."""
        line: dict[str, Any] = {
            "at": now(),
            "level": record.levelname,
            "logger": record.name,
            "message": _clean(record.getMessage()),
            **getattr(record, "fields", {}),
        }
        if has_request_context() and "request_id" in g:
            line["requestId"] = g.request_id
        if record.exc_info:
            line["trace"] = _clean(self.formatException(record.exc_info))
        return msgspec.json.encode(line, enc_hook=str).decode()


class WsgiErrors:
    """The `wsgi.errors` of a request: what the server writes of broken connections becomes lines of the log."""

    def write(self, text: str) -> None:
        """Log one message."""
        if text.strip():
            logging.getLogger("gigflow.wsgi").info("%s", text.strip())

    def flush(self) -> None:
        """Do nothing: nothing waits."""


def init_logs(settings: Settings) -> None:
    """Write the log of this process to standard error, and unexpected errors to Sentry if a DSN is set."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    logging.getLogger("pymongo").setLevel(logging.WARNING)
    if settings.sentry_dsn:
        # Local variables could hold a password or somebody's letter.
        sentry_sdk.init(
            dsn=settings.sentry_dsn,
            include_local_variables=False,
            send_default_pii=False,
            before_send=lambda event, hint: _cleaned(event),
        )


def init_request_log(app: Flask) -> None:
    """Give each request an id and log how it went; the answer carries the id."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    g.started = time.perf_counter()


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    if request.endpoint != "static" and log.isEnabledFor(logging.INFO):
        log.info(
            "%s %s",
            request.method,
            request.path,
            extra={
                "fields": {
                    "status": response.status_code,
                    "ms": round((time.perf_counter() - g.started) * 1000, 1),
                }
            },
        )
    return response


def _clean(text: str) -> str:
    return _LINK.sub(r"\1<token>", _SECRET.sub(lambda match: (match.group(1) or "") + "[cut]", text))


def _cleaned(value: Any) -> Any:
    """Return what goes to Sentry, with every text in it as clean as in the log: addresses, messages, breadcrumbs."""
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, dict):
        return {name: _cleaned(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(each) for each in value]
    return value
