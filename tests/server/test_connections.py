"""How many connections one address may have open."""

import resource
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.server.raw import Raw, statuses
from tests.support.client import Client
from tests.support.server import Server
from tests.support.waiting import wait_for

GET = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def laptop(start_server: Callable[..., Server]) -> Server:
    """A server as on a laptop, where loopback has no limits."""
    return start_server(whole=True, RATE_LIMITS="on", CONNECTIONS_PER_ADDRESS="5")


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


def test_loopback_on_a_laptop_has_no_bound(laptop: Server) -> None:
    """Programs and proxies on the same machine are many people."""
    opened = [Raw(laptop) for _ in range(10)]
    for raw in opened:
        raw.send(GET)
        assert statuses(raw.socket.recv(65536)) == [200]
        raw.socket.close()


def test_requests_in_a_row_keep_nobody_waiting(server: Server, visitor: Client) -> None:
    """Thousands of them on one connection, whose answers are read as quickly: others have their turn in between."""
    row = Raw(server)
    count = 2000
    sending = threading.Thread(target=row.send, args=(GET * (count - 1) + GET.replace(b"\r\n\r\n", LAST),))
    reading = ThreadPoolExecutor(1).submit(row.all)
    sending.start()
    slowest = 0.0
    while not reading.done():
        began = time.monotonic()
        assert visitor.get("/healthz").status_code == 200
        slowest = max(slowest, time.monotonic() - began)
    sending.join()
    assert statuses(reading.result()).count(200) == count
    assert slowest < 0.5


def test_it_accepts_again_after_all_files_were_open(laptop: Server) -> None:
    """Where the machine allows few open files, more connections than that wait, and it goes on when they end."""
    (worker,) = laptop.worker_pids()
    resource.prlimit(laptop.process.pid, resource.RLIMIT_NOFILE, (400, 400))
    laptop.kill_worker()  # the next one inherits what its parent may
    wait_for(lambda: laptop.worker_pids() not in ([], [worker]), what="another web process")
    wait_for(lambda: Client(laptop.url).get("/healthz").status_code == 200, what="its first answer")
    opened = [Raw(laptop) for _ in range(600)]
    for raw in opened:
        raw.socket.close()
    again = Raw(laptop)
    again.send(GET)
    assert statuses(again.socket.recv(65536)) == [200]
    again.socket.close()
