"""The body of a request: within its bounds and its time, whatever a client sends."""

import re
from collections.abc import Callable
from typing import Any, NoReturn

from eventlet import wsgi
from werkzeug.exceptions import BadRequest, HTTPException, RequestTimeout

from gigflow.server.head import FIELD
from gigflow.server.pace import Pace

PIECE_BYTES = 64 * 1024
LEFT_BYTES = 256 * 1024  # what the application did not read is read for it, up to here
CHUNK_LINE_BYTES = 1024
# The lines between chunks, with extensions and trailers, may have this many bytes more than the body itself: chunks of
# a byte or two are no way to send a long one.
FRAMING_BYTES = 16 * 1024

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})([ \t]*;[\t\x20-\x7e\x80-\xff]*)?\r\n")


class Body(wsgi.Input):
    """A body of `length` bytes, or in chunks if that is None.

    Reading raises RequestTimeout and BadRequest, which the application answers like any other HTTPException.
    """

    def __init__(self, rfile: Any, length: int | None, connection: Any, wfile: Any = None) -> None:
        continued = b"HTTP/1.1 100 Continue\r\n" if wfile else None
        super().__init__(rfile, length, connection, wfile, continued, chunked_input=length is None)
        self._pace = Pace()
        self._in_chunk = 0  # bytes that this chunk still has
        self._framing = 0
        self._last_chunk = False
        self.broken = False  # what comes from here on is no part of a body

    @property
    def rest(self) -> int | None:
        """How many bytes are still to come; None if nobody knows."""
        if self.broken:
            return None
        if self.chunked_input:
            return 0 if self._last_chunk else None
        return int(self.content_length) - int(self.position)

    def read(self, length: int | None = None) -> bytes:
        """Read this many bytes, or all: fewer only at the end."""
        wanted = -1 if length is None else length
        if wanted and self.should_send_hundred_continue:
            self.send_hundred_continue_response()
            self.is_hundred_continue_response_sent = True
        parts: list[bytes] = []
        while wanted and (part := self._some(PIECE_BYTES if wanted < 0 else min(wanted, PIECE_BYTES))):
            parts.append(part)
            if wanted > 0:
                wanted -= len(part)
        return b"".join(parts)

    def readline(self, size: int | None = None) -> bytes:
        """Read a line; nobody in the house reads a body by lines."""
        line = bytearray()
        while len(line) != size and not line.endswith(b"\n") and (byte := self.read(1)):
            line += byte
        return bytes(line)

    def readlines(self, hint: int | None = None) -> list[bytes]:
        """Read all lines."""
        return list(iter(self.readline, b""))

    def discard(self, buffer_size: int = PIECE_BYTES) -> None:
        """Read what the application left, so that the next request begins where this one ends. Raises OSError if that
        is too much, or cannot be done.
        """
        left = 0
        try:
            while part := self.read(buffer_size):
                left += len(part)
                if left > LEFT_BYTES:
                    raise ConnectionAbortedError
        except HTTPException as error:
            raise ConnectionAbortedError from error

    def _some(self, most: int) -> bytes:
        if self.chunked_input:
            if not self._in_chunk:
                self._next_chunk()
            most = min(most, self._in_chunk)
        else:
            most = min(most, int(self.content_length) - self.position)
        if not most:
            return b""
        data = self._wait(self.rfile.read1, most)
        if not data:
            self._break("The body of this request ended before its time.")
        self.position += len(data)
        self._pace.moved += len(data)
        if self.chunked_input:
            self._in_chunk -= len(data)
            if not self._in_chunk and self._line() != b"\r\n":
                self._break("A chunk of this request is longer than it says.")
        return data

    def _next_chunk(self) -> None:
        if self._last_chunk:
            return
        size = _SIZE.fullmatch(self._line())
        if size is None:
            self._break("The size of a chunk of this request cannot be read.")
        self._in_chunk = int(size[1], 16)
        if self._in_chunk:
            return
        while (line := self._line()) != b"\r\n":
            if not FIELD.fullmatch(line):
                self._break("A trailer of this request cannot be read.")
        self._last_chunk = True

    def _line(self) -> bytes:
        line = self._wait(self.rfile.readline, CHUNK_LINE_BYTES)
        self._framing += len(line)
        if not line.endswith(b"\n") or self._framing > FRAMING_BYTES + self.position:
            self._break("What stands between the chunks of this request is too long.")
        return line

    def _wait(self, read: Callable[[int], bytes], most: int) -> bytes:
        try:
            return self._pace.wait(read, most)
        except TimeoutError:
            self.broken = True
            raise RequestTimeout("The body of this request came too slowly.") from None
        except OSError:
            return b""  # the client has gone, which is the end of what it sends

    def _break(self, reason: str) -> NoReturn:
        self.broken = True
        raise BadRequest(reason)
