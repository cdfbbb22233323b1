"""The head of a request, read as strictly as RFC 9112 asks: the first line, the headers, and where the body ends.

Whatever can be read in two ways is refused, since a proxy in front may have read it the other way: the rest of one
person's request would then be taken for somebody else's (request smuggling).
"""

import re
from typing import IO

import msgspec

LINE_BYTES = 8192  # of the first line, and of each header
HEAD_BYTES = 32 * 1024  # of all headers together; a browser sends about 1 KB
HEADERS_MAX = 100
HEAD_END = b"\r\n\r\n"
LENGTH_DIGITS = 15  # a petabyte; anything longer is not even counted

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]"
# Programs send letters of other languages unescaped, so bytes above 127 pass; controls, spaces and "#" do not.
_FIRST_LINE = re.compile(rb"(" + _TOKEN + rb"{1,32}) ([^\x00-\x20\x7f#]+) HTTP/([0-9])\.([0-9])\r\n")
FIELD = re.compile(rb"(" + _TOKEN + rb"+):([\t\x20-\x7e\x80-\xff]*)\r\n")
_HOST = re.compile(r"([A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?")
_DIGITS = re.compile(r"[0-9]+")
# Each of these decides how the rest is read, or who answers: two of them are two meanings.
_ONCE = ("host", "content-length", "transfer-encoding", "content-type", "expect", "upgrade")


class Refused(Exception):
    """A request that the server answers by itself. The connection ends with that answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class FirstLine(msgspec.Struct):
    """The method, the target and the minor version (HTTP/1.0 or 1.1) of a request."""

    method: str
    target: str
    minor: int


class Headers(msgspec.Struct):
    """What each header says by its name in lower case, and what they say of the body: `length` is None if it comes in
    chunks.
    """

    said: dict[str, str]
    length: int | None
    expects_continue: bool
    closes: bool


def read_first_line(stream: IO[bytes]) -> FirstLine:
    """Read the first line of a request. Raises Refused."""
    line = stream.readline(LINE_BYTES + 2)
    if line == b"\r\n":  # RFC 9112 2.2: some clients end the body before with an empty line
        line = stream.readline(LINE_BYTES + 2)
    if len(line) > LINE_BYTES:
        raise Refused(414, "The address of this request is too long.")
    match = _FIRST_LINE.fullmatch(line)
    if match is None:
        raise Refused(400, "The first line of this request is not HTTP/1.1.")
    method, target, major, minor = (part.decode("latin-1") for part in match.groups())
    if major != "1":
        raise Refused(505, "This server speaks HTTP/1.1.")
    return FirstLine(method, target, min(int(minor), 1))


def read_headers(stream: IO[bytes], line: FirstLine) -> Headers:
    """Read the headers that follow the first line. An address with a host in it becomes a path. Raises Refused."""
    said: dict[str, str] = {}
    size = count = 0
    while (raw := stream.readline(LINE_BYTES + 1)) != b"\r\n":
        size += len(raw)
        if len(raw) > LINE_BYTES or size > HEAD_BYTES or count >= HEADERS_MAX:
            raise Refused(431, "The headers of this request are too long.")
        match = FIELD.fullmatch(raw)
        if match is None:
            raise Refused(400, "A header of this request cannot be read.")
        count += 1
        name, value = match[1].decode("latin-1").lower(), match[2].strip(b" \t").decode("latin-1")
        if name in said:
            if name in _ONCE:
                raise Refused(400, f"This request has two headers {name}.")
            value = f"{said[name]},{value}"
        said[name] = value
    return _understand(line, said)


def _understand(line: FirstLine, said: dict[str, str]) -> Headers:
    _check_host(line, said.get("host"))
    options = {word.strip().lower() for word in said.get("connection", "").split(",")}
    headers = Headers(
        said=said,
        length=_length(line, said.get("content-length"), said.get("transfer-encoding")),
        expects_continue=_expects_continue(line, said.get("expect")),
        closes="close" in options if line.minor else "keep-alive" not in options,
    )
    if "upgrade" in options and headers.length != 0 and said.get("upgrade", "").lower() == "websocket":
        raise Refused(400, "A request for a WebSocket has no body.")  # its bytes would be taken for frames
    return headers


def _check_host(line: FirstLine, host: str | None) -> None:
    if host is None:
        if line.minor:
            raise Refused(400, "This request has no header host.")
    elif not _HOST.fullmatch(host):
        raise Refused(400, "The header host of this request cannot be read.")
    if line.target.startswith("/"):
        return
    if line.target == "*":
        if line.method != "OPTIONS":
            raise Refused(400, "Only OPTIONS may ask about *.")
        return
    # RFC 9112 3.2.2: what is sent to a proxy is understood, if it asks for the very host that it names.
    scheme, separator, rest = line.target.partition("://")
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    if scheme.lower() not in ("http", "https") or not separator or not _HOST.fullmatch(authority):
        raise Refused(400, "The address of this request is not a path.")
    if host is not None and authority.lower() != host.lower():
        raise Refused(400, "The address of this request and its header host differ.")
    path = rest.removeprefix(authority)
    line.target = path if path.startswith("/") else f"/{path}"


def _length(line: FirstLine, length: str | None, coding: str | None) -> int | None:
    """Return how many bytes the body has, None if it comes in chunks (RFC 9112 6.1 and 6.3)."""
    if coding is not None:
        if length is not None:
            raise Refused(400, "This request has both content-length and transfer-encoding.")
        if coding.lower() != "chunked" or not line.minor:
            raise Refused(400, "The only transfer-encoding that is taken is chunked, in HTTP/1.1.")
        return None
    if length is None:
        return 0
    if not _DIGITS.fullmatch(length):
        raise Refused(400, "The header content-length of this request is not a number.")
    if len(length.lstrip("0")) > LENGTH_DIGITS:
        raise Refused(413, "The body of this request is too large.")
    return int(length)


def _expects_continue(line: FirstLine, expected: str | None) -> bool:
    if expected is None or not line.minor:
        return False
    if expected.lower() != "100-continue":
        raise Refused(417, "This server cannot do what the header expect asks for.")
    return True
