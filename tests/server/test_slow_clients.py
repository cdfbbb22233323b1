"""Clients that send or take byte by byte: each is cut off, and nobody else waits for them."""

import select
import time
from pathlib import Path

import pytest

from tests.server.frames import CONTINUED, TEXT, frame, open_socket
from tests.server.raw import Raw, statuses
from tests.server.test_heads import post
from tests.support.client import Client
from tests.support.server import Server
from tests.support.waiting import wait_for

HEAD_SECONDS, MESSAGE_SECONDS, BODY_SECONDS = 10, 10, 20
SILENCE_SECONDS = 30
SLACK = 8  # the machine is busy
PIPELINED = 400

HEAD = b"GET /healthz HTTP/1.1\r\nHost: a\r\n"
# What is sent at once, what then comes byte by byte, after how many seconds it is cut, and with which answer.
SLOW: dict[str, tuple[bytes, bytes, int, list[int]]] = {
    "first line": (b"GET ", b"/healthz?" + b"a" * 100, HEAD_SECONDS, [408]),
    "headers": (HEAD, b"X: " + b"a" * 100, HEAD_SECONDS, [408]),
    "many headers": (HEAD, b"X: a\r\n" * 50, HEAD_SECONDS, [408]),
    "body": (post(b"Content-Length: 200"), b"{" + b" " * 198 + b"}", BODY_SECONDS, [408]),
    "chunk": (
        post(b"Transfer-Encoding: chunked", body=b"ff\r\n"),
        b"{" + b" " * 198 + b"}",
        BODY_SECONDS,
        [408],
    ),
    "size": (post(b"Transfer-Encoding: chunked"), b"1;" + b"a" * 200, BODY_SECONDS, [408]),
    "body that nobody reads": (HEAD + b"Content-Length: 200\r\n\r\n", b" " * 200, BODY_SECONDS, [200]),
}


@pytest.mark.slow
def test_who_sends_byte_by_byte_is_cut_off(server: Server, visitor: Client) -> None:
    """A hundred connections in their first line, and some in each other place, with a byte a second."""
    slow = []
    for name, (at_once, rest, seconds, answer) in SLOW.items():
        for _ in range(100 if name == "first line" else 3):
            raw = Raw(server)
            raw.send(at_once)
            slow.append(Slow(raw, rest, seconds, answer))
    for part in (frame(TEXT, b"4" * 100)[:-50], frame(TEXT, b"4", last=False)):
        raw = open_socket(server)
        raw.opened = time.monotonic()
        raw.send(part)
        slow.append(Slow(raw, frame(CONTINUED, b"4" * 20, last=False), MESSAGE_SECONDS, []))
    taking = Raw(server, receive_buffer=4096)
    taking.socket.setblocking(False)
    taking_port = taking.socket.getsockname()[1]
    asked = b"GET /static/any/vendor/htmx.min.js HTTP/1.1\r\nHost: a\r\n\r\n" * PIPELINED
    assert taking.socket.send(asked) == len(asked)
    assert is_held(server, taking_port)

    while going_on := [each for each in slow if each.step()]:
        select.select([each.raw.socket for each in going_on], [], [], 0.5)
        began = time.monotonic()
        assert visitor.get("/healthz").status_code == 200
        assert time.monotonic() - began < 2
    for each in slow:
        assert each.seconds - 1 < each.lasted < each.seconds + SLACK, each.came
        assert statuses(each.came) == each.answer
    wait_for(
        lambda: not is_held(server, taking_port),
        timeout=SILENCE_SECONDS,
        what="the end of the connection that takes nothing",
    )
    taking.socket.close()


def is_held(server: Server, port: int) -> bool:
    """Whether the server's end of the connection with this port is still open."""
    return f":{server.port:04X} 0100007F:{port:04X} 01 " in Path("/proc/net/tcp").read_text()


class Slow:
    """A connection that sends a byte a second, and hears what comes back."""

    def __init__(self, raw: Raw, rest: bytes, seconds: int, answer: list[int]) -> None:
        self.raw, self._rest = raw, rest
        self.seconds, self.answer = seconds, answer
        self.came = b""
        self.lasted = 0.0

    def step(self) -> bool:
        """Send one more byte where it is time for it; False once the server has closed."""
        if self.lasted:
            return False
        age = time.monotonic() - self.raw.opened
        due, self._rest = self._due(age)
        for byte in due:
            self.raw.send(bytes([byte]))
        if select.select([self.raw.socket], [], [], 0)[0]:
            try:
                part = self.raw.socket.recv(65536)
            except ConnectionError:
                part = b""
            self.came += part
            if not part or b"Connection: close" in self.came:
                self.lasted = age
                self.raw.socket.close()
                return False
        return True

    def _due(self, age: float) -> tuple[bytes, bytes]:
        self._sent = getattr(self, "_sent", 0)
        count = max(0, int(age) - self._sent)
        self._sent += count
        return self._rest[:count], self._rest[count:]
