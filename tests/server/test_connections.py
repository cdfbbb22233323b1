"""How many connections one address may have open."""

from collections.abc import Callable

from tests.server.raw import Raw, statuses
from tests.support.server import Server

GET = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


def test_an_address_has_so_many_connections_and_no_more(start_server: Callable[..., Server]) -> None:
    """The next one is told so and closed; as soon as one has ended, there is room for another."""
    server = start_server(RATE_LIMITS="strict", CONNECTIONS_PER_ADDRESS="5")
    opened = [Raw(server) for _ in range(5)]
    for raw in opened:
        raw.send(GET)
        assert statuses(raw.socket.recv(65536)) == [200]
    answer = Raw(server).all()
    assert statuses(answer) == [429]
    assert b"\r\nRetry-After: 10\r\n" in answer
    for raw in opened[:2]:
        raw.socket.shutdown(1)
        assert raw.all() == b""
    again = Raw(server)
    again.send(GET)
    assert statuses(again.socket.recv(65536)) == [200]
    for raw in (again, *opened[2:]):
        raw.socket.close()


def test_loopback_on_a_laptop_has_no_bound(start_server: Callable[..., Server]) -> None:
    """Programs and proxies on the same machine are many people."""
    server = start_server(RATE_LIMITS="on", CONNECTIONS_PER_ADDRESS="5")
    opened = [Raw(server) for _ in range(10)]
    for raw in opened:
        raw.send(GET)
        assert statuses(raw.socket.recv(65536)) == [200]
        raw.socket.close()
