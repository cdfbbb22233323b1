"""HTTP/1.1 on one connection: everything that a client can send or take has a bound in size, time and number.

eventlet's own reader takes lines of any length for as long as they come, and much that RFC 9112 forbids; only its
writing of answers is left (docs/decisions/0026).
"""

import logging
import secrets
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import nullcontext, suppress
from http import HTTPStatus
from typing import Any, ClassVar

import eventlet
import msgspec
from eventlet import wsgi

from gigflow.server.body import LEFT_BYTES, Body
from gigflow.server.environ import environ_of_connection, environ_of_head
from gigflow.server.head import HEAD_END, FirstLine, Headers, Refused, read_first_line, read_headers
from gigflow.server.pace import Outgoing
from gigflow.settings.settings import Settings
from gigflow.web.counters import Limits, address_key, is_loopback
from gigflow.web.errors import ErrorBody, ErrorDetail

log = logging.getLogger("gigflow.requests")

KEEP_ALIVE_SECONDS = 75  # longer than the 60 s of usual proxies: they, not we, end idle connections
SILENCE_SECONDS = 30  # a client that sends or takes nothing for this long is gone
HEAD_SECONDS = 10  # and one that feeds its first line or its headers byte by byte is no browser
TURN = 16  # requests of one connection in a row while no answer waits; then it is the others' turn
# After an answer that came before the end of a body we go on reading for a while, or the client would find its
# connection reset and no answer. The figures are nginx's (lingering_time, lingering_timeout).
LINGER_SECONDS = 30
LINGER_SILENCE_SECONDS = 5
REFUSED_LINGER_SECONDS = 1  # what is not HTTP gets less
CODES = {
    408: "request_timeout",
    413: "too_large",
    414: "address_too_long",
    429: "too_many",
    431: "headers_too_long",
}


class Connections(eventlet.GreenPool):
    """The green threads of the connections."""

    def spawn(self, function: Callable[..., Any], connection: list[Any]) -> eventlet.greenthread.GreenThread:
        """Serve a connection that was just accepted.

        eventlet counts it as idle and would cut it at the end of this process, though its first request is on its way.
        """
        connection[2] = wsgi.STATE_REQUEST
        return super().spawn(function, connection)


class Protocol(wsgi.HttpProtocol):
    """A connection. `draining` tells all of them that the process ends, which loses no request."""

    draining = False
    most_of_an_address: ClassVar[int] = 0  # connections; 0 means no bound
    leaves_loopback_out: ClassVar[bool] = True
    fresh: ClassVar[set[socket.socket]] = set()  # connections that have not sent anything yet
    of_address: ClassVar[Counter[str]] = Counter()

    @classmethod
    def bound_addresses(cls, settings: Settings, limits: Limits) -> None:
        """Bound the connections of one address, as limits by address hold: not at all behind a proxy, whose
        connections all come from one, and on a laptop not for loopback.
        """
        is_bound = limits.mode != "off" and not settings.trusted_proxies
        cls.most_of_an_address = settings.connections_per_address if is_bound else 0
        cls.leaves_loopback_out = not limits.strict

    def setup(self) -> None:
        """Prepare the connection for reading and writing."""
        super().setup()
        self.wfile = Outgoing(self.connection)
        self.path = self.command = ""
        self.capitalize_response_headers = False  # they are written well already, and no case means anything
        self._of_connection = environ_of_connection(self.connection, self.client_address)
        self._lingers = 0.0
        self._served = 0

    def handle(self) -> None:
        """Serve the requests of a connection."""
        address = address_key(self.client_address[0])
        self.fresh.add(self.connection)
        self.of_address[address] += 1
        try:
            if self._is_one_too_many(address):
                self._refuse(Refused(429, "There are too many connections from your address."))
            else:
                super().handle()
        finally:
            self.fresh.discard(self.connection)
            self.of_address[address] -= 1
            if not self.of_address[address]:
                del self.of_address[address]

    def handle_one_request(self) -> None:
        """Read a request and answer it."""
        self.close_connection = True
        self._served += 1
        if not self._served % TURN:
            eventlet.sleep(0)
        if not self._begins():
            return
        try:
            self._read_head()
        except Refused as refusal:
            self._refuse(refusal)
            return
        self.environ = self.get_environ()
        self.application = self._answer
        self.wfile.begin()
        self.server.outstanding_requests += 1
        try:
            self.handle_one_response()
        except OSError as error:
            if not isinstance(error, ConnectionError):
                raise
        finally:
            self.server.outstanding_requests -= 1

    def get_environ(self) -> dict[str, Any]:
        """Return the WSGI environment of the request."""
        environ: dict[str, Any] = {
            **self.server.get_environ(),
            **self._of_connection,
            **environ_of_head(self.command, self.path, self._head),
            "eventlet.posthooks": [],
            "eventlet.set_idle": self._set_idle,
        }
        wfile = self.wfile if self._head.expects_continue else None
        self._body = Body(self.rfile, self._head.length, self.connection, wfile)
        environ["wsgi.input"] = environ["eventlet.input"] = self._body
        if self._head.length is None:
            # We find the end of such a body; unless it is told so, Werkzeug takes it for an empty one.
            environ["wsgi.input_terminated"] = True
        return environ

    def finish(self) -> None:
        """End the connection so that the last answer arrives."""
        if self._lingers:
            with suppress(OSError), eventlet.Timeout(self._lingers, False):
                self.connection.shutdown(socket.SHUT_WR)
                self.connection.settimeout(LINGER_SILENCE_SECONDS)
                space = bytearray(64 * 1024)
                while self.connection.recv_into(space):
                    eventlet.sleep(0)
        super().finish()

    def _begins(self) -> bool:
        """Wait for the first byte of a request; returns False if none comes."""
        self.connection.settimeout(
            SILENCE_SECONDS if self.connection in self.fresh else self.server.keepalive
        )
        try:
            begun = bool(self.rfile.peek(1))
        except OSError:
            return False
        self.connection.settimeout(SILENCE_SECONDS)
        self.conn_state[2] = wsgi.STATE_REQUEST
        self.fresh.discard(self.connection)
        return begun

    def _read_head(self) -> None:
        """Read the first line and the headers. Raises Refused."""
        self.path, self.command, self.request_version = "", "", "HTTP/1.1"
        try:
            with nullcontext() if self._has_whole_head() else eventlet.Timeout(HEAD_SECONDS, TimeoutError()):
                line = read_first_line(self.rfile)
                self.path, self.command = line.target, line.method
                self._head = read_headers(self.rfile, line)
        except TimeoutError:
            raise Refused(408, "The head of this request came too slowly.") from None
        except OSError:
            raise Refused(400, "The connection was lost.") from None
        self._take_over(line, self._head)

    def _has_whole_head(self) -> bool:
        """Return whether the whole head is there, so that reading it never waits."""
        return HEAD_END in self.rfile.peek(1)

    def _set_idle(self) -> None:
        self.conn_state[2] = wsgi.STATE_IDLE

    def _take_over(self, line: FirstLine, head: Headers) -> None:
        """Put what was read where eventlet looks for it."""
        # As the standard library does: browsers take a path that begins with // for another host.
        self.path = "/" + line.target.lstrip("/") if line.target.startswith("//") else line.target
        self.requestline = f"{line.method} {line.target} HTTP/1.{line.minor}"
        self.request_version = f"HTTP/1.{line.minor}"
        self.headers = {
            "Connection": head.said.get("connection", "")
        }  # all that it asks for while it answers
        self.close_connection = head.closes or self.draining

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Return what the application answers. If it left a long body unread, the answer says that the connection
        ends.
        """

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if ("Connection", "close") in headers:
                self.close_connection = True
            rest = self._body.rest
            if rest is None or rest > LEFT_BYTES:
                self.close_connection = True
                self._lingers = REFUSED_LINGER_SECONDS if self._body.broken else LINGER_SECONDS
            return start_response(status, headers, exc_info)

        answer: Iterable[bytes] = self.server.app(environ, start)
        return answer

    def _is_one_too_many(self, address: str) -> bool:
        if not self.most_of_an_address or (self.leaves_loopback_out and is_loopback(self.client_address[0])):
            return False
        return self.of_address[address] > self.most_of_an_address

    def _refuse(self, refusal: Refused) -> None:
        """Answer a request that never gets to the application, and end the connection."""
        status = HTTPStatus(refusal.status)
        request_id = secrets.token_hex(8)
        fields = {"status": status.value, "requestId": request_id}
        log.info("refused: %s", refusal.message, extra={"fields": fields})
        kind, body = "text/plain; charset=utf-8", f"{refusal.message}\n".encode()
        if self.path.startswith("/api/") and self.path != "/api/docs":
            detail = ErrorDetail(code=CODES.get(status.value, "bad_request"), request_id=request_id)
            kind = "application/json"
            body = msgspec.json.encode(ErrorBody(message=refusal.message, error=detail))
        head = [
            f"HTTP/1.1 {status.value} {status.phrase}",
            "Connection: close",
            f"Date: {wsgi.format_date_time(time.time())}",
            f"Content-Type: {kind}",
            f"Content-Length: {len(body)}",
            "X-Content-Type-Options: nosniff",
            "Cache-Control: no-store",
            f"X-Request-Id: {request_id}",
        ]
        if status.value == 429:
            head.append("Retry-After: 10")
        self.close_connection = True
        # One that was too slow has had its time.
        self._lingers = 0.0 if status.value == 408 else REFUSED_LINGER_SECONDS
        with suppress(OSError):
            self.wfile.begin()
            self.wfile.write(
                "\r\n".join([*head, "", ""]).encode() + (b"" if self.command == "HEAD" else body)
            )
