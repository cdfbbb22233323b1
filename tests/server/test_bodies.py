"""The bodies of requests: chunks that are what they say, and bounds in size; what is left unread harms nobody."""

import json

import pytest

from tests.server.raw import Raw, exchange, json_of, memory_of, statuses
from tests.server.test_heads import HIDDEN, post
from tests.support.client import Client
from tests.support.server import Server

MEGABYTE = 1_000_000
ACCOUNT = json.dumps({"email": "nobody@example.test", "password": "wrong battery 8"}).encode()


def chunked(body: bytes) -> bytes:
    """A post whose body comes in chunks, as it is written here."""
    return post(b"Transfer-Encoding: chunked", body=body)


REFUSED: dict[str, bytes] = {
    "+2": b"+2\r\n{}\r\n0\r\n\r\n",
    "0x2": b"0x2\r\n{}\r\n0\r\n\r\n",
    "-2": b"-2\r\n{}\r\n0\r\n\r\n",
    "2_0": b"2_0\r\n{}\r\n0\r\n\r\n",
    "a space before the size": b" 2\r\n{}\r\n0\r\n\r\n",
    "a space behind the size": b"2 \r\n{}\r\n0\r\n\r\n",
    "no size": b"\r\n{}\r\n0\r\n\r\n",
    "no digit": b"two\r\n{}\r\n0\r\n\r\n",
    "too many digits": b"0" * 20 + b"2\r\n{}\r\n0\r\n\r\n",
    "a line feed alone behind the size": b"2\n{}\r\n0\r\n\r\n",
    "a line feed alone behind the data": b"2\r\n{}\n0\r\n\r\n",
    "a carriage return in the extension": b"2;a\rb\r\n{}\r\n0\r\n\r\n",
    "a NUL in the extension": b"2;a\0b\r\n{}\r\n0\r\n\r\n",
    "data that is longer": b"2\r\n{}{}\r\n0\r\n\r\n",
    "a trailer without a colon": b"2\r\n{}\r\n0\r\nnothing\r\n\r\n",
    "a folded trailer": b"2\r\n{}\r\n0\r\nX: a\r\n b\r\n\r\n",
    "a long line": b"2;" + b"a" * 2000 + b"\r\n{}\r\n0\r\n\r\n",
    "long extensions": b"".join(b"1;" + b"a" * 900 + b"\r\n \r\n" for _ in range(40)) + b"0\r\n\r\n",
    "many trailers": b"2\r\n{}\r\n0\r\n" + b"X: a\r\n" * 5000 + b"\r\n",
    "thousands of single bytes": b"1\r\n \r\n" * 20_000 + b"0\r\n\r\n",
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
def test_a_chunk_that_can_be_read_in_two_ways_is_refused(server: Server, body: bytes) -> None:
    """RFC 9112 7.1: 400 in the shape of every error, the connection ends, and what follows is not executed."""
    answer = exchange(server, chunked(body + HIDDEN))
    assert statuses(answer) == [400]
    assert b"\r\nConnection: close\r\n" in answer
    assert json_of(answer)["error"]["code"] == "bad_request"


def test_chunks_with_extensions_and_trailers_are_a_body(server: Server) -> None:
    half = len(ACCOUNT) // 2
    parts = (ACCOUNT[:half], ACCOUNT[half:])
    body = b"".join(b'%x;name="value"\r\n%s\r\n' % (len(part), part) for part in parts)
    sent = chunked(body + b"0\r\nX-Sum: 5\r\n\r\n") + HIDDEN
    assert statuses(exchange(server, sent)) == [401, 200]


def test_a_line_of_a_body_without_an_end_fills_no_memory(server: Server) -> None:
    """A size line, an extension and a trailer that never end: each is refused long before its megabytes are there."""
    (worker,) = server.worker_pids()
    before = memory_of(worker)
    for beginning in (b"", b"2;", b"0\r\nX: "):
        raw = Raw(server)
        raw.send(chunked(beginning))
        for _ in range(100):
            if not raw.send(b"1" * MEGABYTE):
                break
        raw.socket.close()
        assert memory_of(worker) - before < 20 * MEGABYTE


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (post(b"Content-Length: 999999999"), 413),  # by the limit of the address, before any of it is there
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n", 200),
        (b"DELETE /api/gigs/nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n", 415),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfff", 200),
        (chunked(b"80000\r\n" + b" " * 0x80000 + b"\r\n0\r\n\r\n"), 413),
    ],
)
def test_a_long_body_that_nobody_reads_ends_the_connection(server: Server, sent: bytes, status: int) -> None:
    """The answer comes at once and says so; a request cannot be hidden in what was left."""
    raw = Raw(server)
    raw.send(sent)
    answer = raw.socket.recv(65536)
    assert statuses(answer) == [status]
    assert b"\r\nConnection: close\r\n" in answer
    raw.send(b"Hello" + HIDDEN)
    raw.socket.shutdown(1)
    assert statuses(raw.all()) == []


def test_a_client_that_asks_first_is_told_to_go_on(server: Server) -> None:
    """Expect: 100-continue, as curl sends it with what is long."""
    raw = Raw(server)
    raw.send(post(b"Content-Length: %d" % len(ACCOUNT), b"Expect: 100-continue"))
    assert statuses(raw.socket.recv(65536)) == [100]
    raw.send(ACCOUNT)
    assert statuses(raw.socket.recv(65536)) == [401]
    raw.socket.close()


def test_an_answer_arrives_though_its_request_was_still_being_sent(server: Server, visitor: Client) -> None:
    """A client that sends all before it reads finds 413, not a connection that was reset."""
    answer = visitor.request("POST", "/api/auth/login", data=b" " * 30 * MEGABYTE)
    assert answer.status_code in (413, 415)
