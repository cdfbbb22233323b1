"""The first line and the headers of requests: RFC 9112's refusals, and bounds in size and number."""

import pytest

from tests.server.raw import exchange, json_of, statuses
from tests.support.client import Client
from tests.support.server import Server

END = b"Connection: close\r\n\r\n"
# What would be executed as a request of its own, if the end of the one before it were understood in another way.
HIDDEN = b"GET /api/gigs?hidden HTTP/1.1\r\nHost: a\r\n" + END


def post(*headers: bytes, body: bytes = b"") -> bytes:
    """A post with these headers."""
    lines = [
        b"POST /api/auth/login HTTP/1.1",
        b"Host: a",
        b"Content-Type: application/json",
        *headers,
        b"",
        b"",
    ]
    return b"\r\n".join(lines) + body


REFUSED: dict[str, bytes] = {
    "two content-lengths": post(b"Content-Length: 2", b"Content-Length: 50", body=b"{}" + HIDDEN),
    "two equal content-lengths": post(b"Content-Length: 2", b"Content-Length: 2", body=b"{}" + HIDDEN),
    "a list of content-lengths": post(b"Content-Length: 2, 2", body=b"{}" + HIDDEN),
    "content-length +2": post(b"Content-Length: +2", body=b"{}" + HIDDEN),
    "content-length -2": post(b"Content-Length: -2", body=b"{}" + HIDDEN),
    "content-length 0x2": post(b"Content-Length: 0x2", body=b"{}" + HIDDEN),
    "content-length 1 0": post(b"Content-Length: 1 0", body=b"{}" + HIDDEN),
    "content-length 1_0": post(b"Content-Length: 1_0", body=b"{}        " + HIDDEN),
    "content-length without a value": post(b"Content-Length:", body=HIDDEN),
    "content-length in arabic digits": post("Content-Length: ٢".encode(), body=b"{}" + HIDDEN),
    "transfer-encoding xchunked": post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n" + HIDDEN),
    "transfer-encoding identity": post(b"Transfer-Encoding: identity", body=HIDDEN),
    "transfer-encoding gzip, chunked": post(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n" + HIDDEN),
    "transfer-encoding in quotes": post(b'Transfer-Encoding: "chunked"', body=b"0\r\n\r\n" + HIDDEN),
    "transfer-encoding with a vertical tab": post(
        b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n" + HIDDEN
    ),
    "two transfer-encodings": post(
        b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=b"0\r\n\r\n" + HIDDEN
    ),
    "both lengths": post(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + HIDDEN),
    "both lengths, the other way round": post(
        b"Transfer-Encoding: chunked", b"Content-Length: 5", body=b"0\r\n\r\n" + HIDDEN
    ),
    "a space before the colon": post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n" + HIDDEN),
    "a tab before the colon": post(b"Content-Length\t: 2", body=b"{}" + HIDDEN),
    "chunks in HTTP/1.0": post(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + HIDDEN).replace(
        b"HTTP/1.1", b"HTTP/1.0", 1
    ),
    "a folded header": post(b"X-Long: one", b" two", b"Content-Length: 2", body=b"{}" + HIDDEN),
    "a folded first header": b"GET /healthz HTTP/1.1\r\n Host: a\r\n" + END,
    "a line feed alone": b"GET /healthz HTTP/1.1\r\nHost: a\nX: y\r\n" + END,
    "a line feed alone at the end": b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\n",
    "a line feed alone in the first line": b"GET /healthz HTTP/1.1\nHost: a\r\n" + END,
    "a carriage return in a value": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\rContent-Length: 5\r\n" + END,
    "a NUL in a value": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n" + END,
    "a NUL in a name": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX\0: a\r\n" + END,
    "an odd byte in a name": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX\xff: a\r\n" + END,
    "a space in a name": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX Y: a\r\n" + END,
    "a header without a name": b"GET /healthz HTTP/1.1\r\nHost: a\r\n: a\r\n" + END,
    "a header without a colon": b"GET /healthz HTTP/1.1\r\nHost: a\r\nnothing\r\n" + END,
    "no host": b"GET /healthz HTTP/1.1\r\n" + END,
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n" + END,
    "two hosts in HTTP/1.0": b"GET /healthz HTTP/1.0\r\nHost: a\r\nHost: b\r\n" + END,
    "a host with a path": b"GET /healthz HTTP/1.1\r\nHost: a/b\r\n" + END,
    "a host with a person": b"GET /healthz HTTP/1.1\r\nHost: me@a\r\n" + END,
    "a host of two": b"GET /healthz HTTP/1.1\r\nHost: a b\r\n" + END,
    "an empty host": b"GET /healthz HTTP/1.1\r\nHost:\r\n" + END,
    "another host in the address": b"GET http://b/healthz HTTP/1.1\r\nHost: a\r\n" + END,
    "a person in the address": b"GET http://me@a/healthz HTTP/1.1\r\nHost: a\r\n" + END,
    "an address of another kind": b"GET ftp://a/healthz HTTP/1.1\r\nHost: a\r\n" + END,
    "an address that is no path": b"GET healthz HTTP/1.1\r\nHost: a\r\n" + END,
    "an address with a fragment": b"GET /healthz#top HTTP/1.1\r\nHost: a\r\n" + END,
    "a tunnel": b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n" + END,
    "a star": b"GET * HTTP/1.1\r\nHost: a\r\n" + END,
    "a space in the address": b"GET /health z HTTP/1.1\r\nHost: a\r\n" + END,
    "a NUL in the address": b"GET /healthz\0 HTTP/1.1\r\nHost: a\r\n" + END,
    "two spaces": b"GET  /healthz HTTP/1.1\r\nHost: a\r\n" + END,
    "a tab for a space": b"GET\t/healthz HTTP/1.1\r\nHost: a\r\n" + END,
    "a space at the end of the first line": b"GET /healthz HTTP/1.1 \r\nHost: a\r\n" + END,
    "a space before the method": b" GET /healthz HTTP/1.1\r\nHost: a\r\n" + END,
    "a method with odd bytes": b"G\xc3\x8bT /healthz HTTP/1.1\r\nHost: a\r\n" + END,
    "a method with a bracket": b"GET( /healthz HTTP/1.1\r\nHost: a\r\n" + END,
    "a method of 40 letters": b"G" * 40 + b" /healthz HTTP/1.1\r\nHost: a\r\n" + END,
    "HTTP/0.9": b"GET /healthz\r\n",
    "HTTP/1.10": b"GET /healthz HTTP/1.10\r\nHost: a\r\n" + END,
    "http in small letters": b"GET /healthz http/1.1\r\nHost: a\r\n" + END,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x01" * 100 + b"\r\n",
    "three empty lines": b"\r\n\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n" + END,
    "two content-types": post(b"Content-Type: text/plain", b"Content-Length: 2", body=b"{}" + HIDDEN),
    "a websocket with a body": b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nUpgrade: websocket"
    b"\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\nContent-Length: 3\r\n\r\nabc",
}


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED.keys())
def test_what_can_be_read_in_two_ways_is_refused(server: Server, sent: bytes) -> None:
    """RFC 9112 2.2, 3.2, 5.1, 5.2, 6.1, 6.3: 400, the connection ends, and what follows is not executed."""
    answer = exchange(server, sent)
    assert statuses(answer) == [400]
    assert b"\r\nConnection: close\r\n" in answer


TAKEN: dict[str, tuple[bytes, int]] = {
    "HTTP/1.0 without a host": (b"GET /healthz HTTP/1.0\r\n\r\n", 200),
    "a later minor version": (b"GET /healthz HTTP/1.2\r\nHost: a\r\n" + END, 200),
    "an empty line before it": (b"\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n" + END, 200),
    "the own host in the address": (b"GET http://A:80/healthz HTTP/1.1\r\nHost: a:80\r\n" + END, 200),
    "tabs and spaces around a value": (b"GET /healthz HTTP/1.1\r\nHost: \t a \t\r\n" + END, 200),
    "an empty value": (b"GET /healthz HTTP/1.1\r\nHost: a\r\nX:\r\n" + END, 200),
    "an IPv6 host": (b"GET /healthz HTTP/1.1\r\nHost: [::1]:5000\r\n" + END, 200),
    "a host with an underscore": (b"GET /healthz HTTP/1.1\r\nHost: my_app:8000\r\n" + END, 200),
    "letters of other languages": ("GET /jobs?q=Łódź HTTP/1.1\r\nHost: a\r\n".encode() + END, 200),
    "a method that nobody has": (b"BREW /healthz HTTP/1.1\r\nHost: a\r\n" + END, 405),
    "CHUNKED in capitals": (
        post(b"Transfer-Encoding: CHUNKED", b"Connection: close", body=b"2\r\n{}\r\n0\r\n\r\n"),
        400,  # by the form: an e-mail address is missing
    ),
    "an upgrade to HTTP/2": (
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n",
        200,
    ),
}


@pytest.mark.parametrize(("sent", "status"), TAKEN.values(), ids=TAKEN.keys())
def test_what_can_be_read_in_one_way_is_taken(server: Server, sent: bytes, status: int) -> None:
    assert statuses(exchange(server, sent)) == [status]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /api/gigs?q=" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n" + END, 414),
        (b"GET /api/gigs HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 9000 + b"\r\n" + END, 431),
        (b"GET /api/gigs HTTP/1.1\r\nHost: a\r\n" + (b"X: " + b"a" * 6000 + b"\r\n") * 6 + END, 431),
        (b"GET /api/gigs HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 101 + END, 431),
        (post(b"Content-Length: 9999999999999999999999"), 413),
        (post(b"Content-Length: 2", b"Expect: the-best"), 417),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ],
)
def test_a_head_is_bounded(server: Server, sent: bytes, status: int) -> None:
    answer = exchange(server, sent)
    assert statuses(answer) == [status]
    assert b"\r\nConnection: close\r\n" in answer


def test_a_refusal_under_api_has_the_shape_of_every_error(server: Server) -> None:
    """docs/api.md, Errors: if the address could be read; elsewhere it is a sentence."""
    answer = exchange(server, b"GET /api/gigs HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 9000 + b"\r\n\r\n")
    body = json_of(answer)
    assert (body["success"], body["error"]["code"]) == (False, "headers_too_long")
    assert f"X-Request-Id: {body['error']['requestId']}".encode() in answer
    page = exchange(server, b"GET /jobs HTTP/1.1\r\nHost: a b\r\n\r\n")
    assert b"text/plain" in page
    assert page.endswith(b"cannot be read.\n")
    assert exchange(server, b"HEAD /api/gigs HTTP/1.1\r\n\r\n").endswith(b"\r\n\r\n")


def test_requests_in_a_row_are_answered_in_their_order(server: Server, visitor: Client) -> None:
    """Also what was sent before the answer to the one before; a wrong one ends it."""
    good = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    with_body = b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nHello"
    wrong = b"GET /healthz HTTP/1.1\r\n\r\n"
    assert statuses(exchange(server, good + with_body + good + wrong + good)) == [200, 200, 200, 400]
