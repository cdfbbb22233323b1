"""Socket.IO below its events: what a client may send as frames of a WebSocket, or as a post of its polling.

Anything that is not a packet of Engine.IO ends here: a WebSocket is closed with the code that says why, a post is
answered by 400. None of it gets to Socket.IO, and nothing is answered that is not a frame.
"""

import io
import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from socket import MSG_PEEK, SHUT_WR
from typing import Any
from urllib.parse import parse_qs

import eventlet
from engineio.async_drivers import eventlet as driver
from engineio.packet import Packet
from engineio.payload import Payload
from eventlet import websocket
from flask import Flask
from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge

log = logging.getLogger(__name__)

PATH = "/socket.io/"
MESSAGE_BYTES = (
    16 * 1024
)  # as Realtime allows a packet; the longest that a browser sends is some hundred bytes
MESSAGE_SECONDS = 10.0  # from the first byte of a message to its last
FRAMES_MAX = 64  # of one message; browsers send one
CONTROL_FRAMES_MAX = 100  # pings and the like in CONTROL_SECONDS; browsers send none
CONTROL_SECONDS = 10.0
SEND_SECONDS = 10.0  # a client that does not take a frame in this time is gone

CLOSE_SECONDS = 1.0  # for what a client had sent before it heard that its socket is closed

_KINDS = "0123456b"  # of packets: OPEN to NOOP, and bytes written as base64

_WRONG, _NOT_A_PACKET, _POLICY, _TOO_BIG = 1002, 1007, 1008, 1009


class Socket(websocket.RFC6455WebSocket):
    """A WebSocket whose messages are bounded in size, time and number of frames."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._frames = 0
        self._ends_by = 0.0  # when the message that is coming has to be whole
        self._controls: list[float] = []

    @staticmethod
    def _apply_mask(data: bytes, mask: tuple[int, ...], length: int | None = None, offset: int = 0) -> bytes:
        """Unmask at once: eventlet does it byte by byte, 0.4 s of everybody's time for a megabyte."""
        key = bytes(mask[(offset + place) % 4] for place in range(4))
        size = len(data)
        stream = (key * (size // 4 + 1))[:size]
        return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")

    def wait(self) -> str | bytes | None:
        """Return the next packet; None once the socket is closed."""
        packet: str | bytes | None = super().wait()
        if packet is None or is_packet(packet):
            return packet
        self.close((_NOT_A_PACKET, "That is no packet."))
        return None

    def close(self, close_data: tuple[int, str] | None = None) -> None:
        """Close it; a client that did something wrong is told what before its connection ends."""
        if close_data and close_data[0] in (_WRONG, _NOT_A_PACKET, _POLICY, _TOO_BIG):
            self._send_closing_frame(ignore_send_errors=True, close_data=close_data)
            with suppress(OSError), eventlet.Timeout(CLOSE_SECONDS, False):
                self.socket.shutdown(SHUT_WR)
                while self.socket.recv(MESSAGE_BYTES):
                    eventlet.sleep(0)
        super().close(close_data)

    def _recv_frame(self, message: Any = None) -> Any:
        """Read a frame; `message` is the one that it continues, if any."""
        if message is None:
            self._get_ready()
        left = self._ends_by - time.monotonic()
        try:
            with eventlet.Timeout(max(left, 0), TimeoutError()):
                frame = super()._recv_frame(message)
        except TimeoutError as error:
            raise websocket.FailedConnectionError(_POLICY, "This message came too slowly.") from error
        if frame.opcode & 8:
            self._count_control()
            return frame
        self._frames += 1
        if self._frames > FRAMES_MAX or sum(map(len, frame.data)) > MESSAGE_BYTES:
            raise websocket.FailedConnectionError(_TOO_BIG, "This message is too long.")
        return frame

    def _get_ready(self) -> None:
        """Wait for a message to begin: from then on its time runs."""
        self._frames = 0
        eventlet.sleep(0)  # one that sends without a pause is not the only one
        self.socket.recv(1, MSG_PEEK)
        self._ends_by = time.monotonic() + MESSAGE_SECONDS

    def _count_control(self) -> None:
        at = time.monotonic()
        self._controls = [each for each in self._controls if each > at - CONTROL_SECONDS]
        self._controls.append(at)
        if len(self._controls) > CONTROL_FRAMES_MAX:
            raise websocket.FailedConnectionError(_POLICY, "These are too many control frames.")

    def _send(self, frame: bytes) -> None:
        with eventlet.Timeout(SEND_SECONDS, TimeoutError()):
            super()._send(frame)


class Upgrade(driver.WebSocketWSGI):
    """The change from HTTP to a WebSocket, and its end: a close frame and never an answer of HTTP."""

    def __init__(self, handler: Callable[[Socket], Any], server: Any) -> None:
        super().__init__(_closing(handler), server)
        # The drafts before RFC 6455 have messages without a length, which are kept until they end.
        self.support_legacy_versions = False

    def _negotiate_permessage_deflate(self, extensions: Any) -> None:
        """Offer no compression: what is sent is short, and a compressor takes 300 KB of memory for each socket."""

    def _handle_hybi_request(self, environ: dict[str, Any]) -> Socket:
        opened = super()._handle_hybi_request(environ)
        return Socket(
            opened.socket,
            environ,
            opened.version,
            extensions=opened.extensions,
            max_frame_length=MESSAGE_BYTES,
        )


def _closing(handler: Callable[[Socket], Any]) -> Callable[[Socket], None]:
    def handle(socket: Socket) -> None:
        try:
            handler(socket)
        except Exception as error:  # noqa: BLE001 - whatever it is, the rest of the connection is no HTTP
            log.warning("a websocket ended: %s", type(error).__name__)
            socket.close((_POLICY, ""))

    return handle


class Frames:
    """The application with its sockets bounded: WSGI in front of it."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        engine = app.extensions["socketio"].server.eio
        engine._async = {**engine._async, "websocket": Upgrade}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        if not environ["PATH_INFO"].startswith(PATH):
            return self._app(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            dressed = [*headers, ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")]
            return start_response(status, dressed, exc_info)

        try:
            _check_poll(environ)
        except HTTPException as error:
            start(f"{error.code} {error.name}", [("Content-Type", "text/plain; charset=utf-8")])
            return [f"{error.description}\n".encode()]
        return self._app(environ, start)


def _check_poll(environ: dict[str, Any]) -> None:
    """Read what a poll posts, and put it back whole. Raises HTTPException if it is nothing that a client sends."""
    if "j" in parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True):
        raise BadRequest("JSONP is not spoken here.")  # a script that any site may load
    if environ["REQUEST_METHOD"] != "POST":
        return
    body = environ["wsgi.input"].read(MESSAGE_BYTES + 1)
    if len(body) > MESSAGE_BYTES:
        raise RequestEntityTooLarge("That is more than a socket takes at once.")
    try:
        packets = body.decode().split("\x1e")
    except UnicodeDecodeError as error:
        raise BadRequest("That is no text.") from error
    if len(packets) > Payload.max_decode_packets or not all(map(is_packet, packets)):
        raise BadRequest("That is no packet, or these are too many.")
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))


def is_packet(sent: str | bytes) -> bool:
    """Return whether Engine.IO can read it: bytes, or a text whose first digit says its kind."""
    if not sent:
        return False
    if isinstance(sent, str) and sent[0] not in _KINDS:
        return False
    try:
        Packet(encoded_packet=sent)
    except (ValueError, RecursionError):
        return False
    return True
