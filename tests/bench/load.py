"""The load generator: closed loops over keep-alive connections to loopback, in one thread.

One epoll and hand-made requests, so that it takes a small part of what the server takes: http.client alone would
cost more per request than an answer from the cache.
"""

import json
import math
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from itertools import repeat

HOST = "127.0.0.1"
SILENCE_SECONDS = 30.0  # no answer takes as long; without it a hung server would hang the bench

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length:"


class Load:
    """What a run of requests gave: seconds for each answer, statuses, and where wanted the answers themselves."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.cpu_seconds = 0.0
        self.latencies: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.answers: list[bytes] = []

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds

    @property
    def ceiling(self) -> float:
        """Answers per second that this generator could take in if it had a core to itself and the server no limit."""
        return len(self.latencies) / self.cpu_seconds

    def percentile(self, percent: float) -> float:
        """The time within which this share of the answers came, in milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000

    @property
    def felt(self) -> str:
        """What the median and the unlucky waited, for the table."""
        return f"p50 {self.percentile(50):.1f} ms, p99 {self.percentile(99):.1f} ms"

    def only(self, status: int) -> "Load":
        """This load, if every answer had this status: a fast error is no result."""
        if set(self.statuses) != {status}:
            raise RuntimeError(f"answers other than {status}: {dict(self.statuses)} {self.answers[:1]}")
        return self


class _Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port), timeout=SILENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self._received = b""
        self._wanted = 0

    def send(self, request: bytes) -> None:
        self._received, self._wanted = b"", 0
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """The answer once it is complete, else None."""
        piece = self.socket.recv(262144)
        if not piece:
            raise RuntimeError("the server closed the connection")
        self._received += piece
        if not self._wanted:
            head, found, _ = self._received.partition(_HEAD_END)
            if not found:
                return None
            self._wanted = len(head) + len(_HEAD_END) + _content_length(head)
        return self._received if len(self._received) >= self._wanted else None


def request(method: str, path: str, body: object = None, *, cookie: str = "") -> bytes:
    """A request as it goes over the wire; `body` is sent as JSON."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    if body is not None:
        lines.append("Content-Type: application/json")
    if method != "GET":
        lines.append(f"Content-Length: {len(content)}")
    return "\r\n".join([*lines, "", ""]).encode() + content


def run(
    port: int, requests: Iterator[bytes], connections: int, seconds: float = math.inf, *, keep: bool = False
) -> Load:
    """Send `requests` over this many connections, each as soon as its last answer is there: all of them, or what
    can be sent within `seconds`.

    All connections stand before the first request is sent. `keep` keeps the answers.
    """
    load = Load()
    standing = [_Connection(port) for _ in range(connections)]
    busy = 0
    with selectors.DefaultSelector() as selector:
        cpu_before, start = time.thread_time(), time.perf_counter()
        for connection in standing:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            with suppress(StopIteration):
                connection.send(next(requests))
                busy += 1
        while busy:
            events = selector.select(SILENCE_SECONDS)
            if not events:
                raise RuntimeError(f"no answer in {SILENCE_SECONDS} seconds")
            for event, _ in events:
                connection = event.data
                answer = connection.receive()
                if answer is None:
                    continue
                now = time.perf_counter()
                load.latencies.append(now - connection.sent_at)
                load.statuses[int(answer[9:12])] += 1
                if keep:
                    load.answers.append(answer)
                busy -= 1
                if now - start < seconds:
                    with suppress(StopIteration):
                        connection.send(next(requests))
                        busy += 1
        load.seconds, load.cpu_seconds = time.perf_counter() - start, time.thread_time() - cpu_before
    for connection in standing:
        connection.socket.close()
    return load


def same(path: str) -> Iterator[bytes]:
    """The same GET again and again."""
    return repeat(request("GET", path))


def once(path: str) -> Iterator[bytes]:
    """One GET."""
    return iter([request("GET", path)])


def paced(requests: Iterator[bytes], seconds: float) -> Iterator[bytes]:
    """The same requests with a pause before each, for a single connection: a reader and not a flood."""
    for each in requests:
        time.sleep(seconds)
        yield each


def _content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(_LENGTH)
    if not found and int(head[9:12]) != 304:
        raise RuntimeError(f"an answer without a length: {head[:200]!r}")
    return int(rest.partition(b"\r\n")[0] or 0)
