"""What the sandbox tells, on its way: signed and posted to GigFlow's webhook over HTTP, as any provider does.

Nothing here happens in a request. In a web process it runs in a green thread, in a command directly.
"""

import logging
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import msgspec
from flask import Flask

from gigflow.core.clock import now
from gigflow.core.each import Away, Each
from gigflow.sandbox import actions
from gigflow.sandbox.models import Event, EventBody
from gigflow.sandbox.signatures import HEADER, sign
from gigflow.web.runtime import EXTENSION, Runtime

log = logging.getLogger(__name__)

WEBHOOK = "/api/payment/webhook"
EVENTS_AT_ONCE = 1_000
TELL_SECONDS = 10.0  # to connect, and for each part of the answer

# The addresses by which every address of this machine is reached.
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only looked up
_telling = Each("The telling of event")
_opener = build_opener(ProxyHandler({}))  # between this machine and itself there is no proxy


def send_due(app: Flask) -> int:
    """Tell every event that is due, the one that waits longest first; returns how many were taken.

    An event that is not taken is told again later. If nobody answers at all, the others are not tried: they stay due.
    Raises what pymongo raises if the database is away.
    """
    runtime: Runtime = app.extensions[EXTENSION]
    settings = runtime.settings
    if settings.payment_provider != "sandbox":
        return 0
    host = _LOOPBACK.get(settings.host, settings.host)
    address = f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"

    def tell(event: Event) -> bool:
        try:
            _tell(event, address + WEBHOOK, settings.secret_key)
        except HTTPError as fault:
            actions.note_failed(runtime.db, event, now())
            log.warning(
                "an event of the sandbox was answered by %s", fault.code, extra={"fields": _fields(event)}
            )
            return False
        except (OSError, HTTPException) as fault:
            actions.note_failed(runtime.db, event, now())
            log.warning("no event of the sandbox can be told: %s", fault, extra={"fields": _fields(event)})
            raise Away from fault
        actions.note_told(runtime.db, event, now())
        return True

    # The time is asked again for each event, because the lease counts from it.
    return _telling.take(lambda: actions.claim(runtime.db, now()), tell, EVENTS_AT_ONCE)


def _tell(event: Event, url: str, secret_key: str) -> None:
    """Post one event. Raises HTTPError if it is refused, OSError or HTTPException if nobody answers."""
    created = int(event.created_at.timestamp())
    body = msgspec.json.encode(
        EventBody(id=event.event_id, type=event.type, created=created, data=event.data)
    )
    headers = {"Content-Type": "application/json", HEADER: sign(secret_key, body, int(now().timestamp()))}
    request = Request(url, data=body, headers=headers, method="POST")  # noqa: S310 - always http
    with _opener.open(request, timeout=TELL_SECONDS) as answer:
        answer.read()


def _fields(event: Event) -> dict[str, object]:
    """Return what the log says of an event."""
    return {"event": event.event_id, "type": event.type, "attempt": event.attempts}
