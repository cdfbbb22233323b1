"""How long a client may keep the server waiting, whether it sends or takes."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import eventlet

Taken = TypeVar("Taken")

SECONDS = 20.0  # besides what the bytes are given
BYTES_A_SECOND = 2048  # slower than any line that a person would wait at


class Pace:
    """The patience with one body or one answer: some seconds, and more with each byte that has moved.

    Only the time of waiting counts; what the application does in between is not the client's fault.
    """

    def __init__(self) -> None:
        self.moved = 0
        self._waited = 0.0

    def wait(self, move: Callable[..., Taken], *args: object) -> Taken:
        """Return what `move` returns. Raises TimeoutError if the client was too slow on the whole."""
        left = SECONDS + self.moved / BYTES_A_SECOND - self._waited
        if left <= 0:
            raise TimeoutError
        began = time.monotonic()
        try:
            with eventlet.Timeout(left, TimeoutError()):
                return move(*args)
        finally:
            self._waited += time.monotonic() - began


class Outgoing:
    """What is sent on a connection, in place of a buffered file: a client that takes an answer too slowly is cut off.

    Then it raises TimeoutError, as a socket that is silent for too long does.
    """

    closed = False

    def __init__(self, connection: eventlet.greenio.GreenSocket) -> None:
        self._connection = connection
        self._pace = Pace()

    def begin(self) -> None:
        """Begin another answer, with new patience."""
        self._pace = Pace()

    def write(self, data: bytes) -> int:
        """Send all of it. Most of the time there is room for it, and then there is nothing to time."""
        view = memoryview(data)
        with suppress(BlockingIOError):
            sent = self._connection.fd.send(view)
            self._pace.moved += sent
            view = view[sent:]
        while view:
            sent = self._pace.wait(self._connection.send, view)
            self._pace.moved += sent
            view = view[sent:]
        return len(data)

    def writelines(self, parts: list[bytes]) -> None:
        """Send all of them at once."""
        self.write(b"".join(parts))

    def flush(self) -> None:
        """Do nothing: nothing waits."""

    def close(self) -> None:
        """Do nothing: nothing waits, and the code that opened the connection closes it."""
        self.closed = True
