"""kill -9 during hires: of the web process, and of the primary of three (SECURITY 24, 25)."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
import requests

from gigflow.core.mongod import Mongod
from tests.conftest import Join
from tests.support.client import Client, Json
from tests.support.invariants import check_jobs
from tests.support.market import hire, place_bid, post_job
from tests.support.server import Server
from tests.support.waiting import wait_for

Outcome = requests.Response | None


def try_hire(owner: Client, bid: Json, key: str) -> Outcome:
    """One attempt; None where the connection was lost."""
    with suppress(requests.ConnectionError):
        return hire(owner, bid, key=key)
    return None


def is_ready(server: Server) -> bool:
    with suppress(requests.ConnectionError):
        return Client(server.url).get("/readyz").status_code == 200
    return False


def test_the_web_process_dies_during_hires(start_server: Callable[..., Server], join: Join) -> None:
    """SECURITY 25: none half done; the same request again, with the same key, gets the answer."""
    server = start_server(whole=True)
    alice, bob, charlie = (join(name, at=server) for name in ("Alice", "Bob", "Charlie"))
    gigs = [post_job(alice, title=f"Job {number}") for number in range(12)]
    bids = [place_bid(bob, gig) for gig in gigs]
    for gig in gigs:
        place_bid(charlie, gig)
    first: list[Outcome] = [None] * len(bids)
    tabs = [alice.twin() for _ in bids]
    started = threading.Barrier(len(bids) + 1)

    def attempt(number: int) -> None:
        started.wait()
        first[number] = try_hire(tabs[number], bids[number], f"key-{number}")

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(len(bids))]
    for thread in threads:
        thread.start()
    started.wait()
    # Once the first hire is in the database some are answered, some under way and some not begun.
    wait_for(lambda: server.db.gigs.count_documents({"status": "assigned"}))
    server.kill_worker()
    for thread in threads:
        thread.join()
    wait_for(lambda: is_ready(server))
    check_jobs(server.db, *(gig["id"] for gig in gigs))

    again = [hire(alice, bid, key=f"key-{number}") for number, bid in enumerate(bids)]
    assert [answer.status_code for answer in again] == [200] * len(bids)
    for before, after in zip(first, again, strict=True):
        assert before is None or before.json() == after.json()
    check_jobs(server.db, *(gig["id"] for gig in gigs))


@pytest.mark.slow
def test_the_primary_dies_during_hires(three: tuple[Server, list[Mongod]], join: Join) -> None:
    """SECURITY 24: every acknowledged hire is there, none double, and service is back within seconds."""
    server, nodes = three
    alice, bob, charlie = (join(name, at=server) for name in ("Alice", "Bob", "Charlie"))
    gigs = [post_job(alice, title=f"Job {number}") for number in range(30)]
    bids = [place_bid(bob, gig) for gig in gigs]
    for gig in gigs[::4]:
        place_bid(charlie, gig)
    acknowledged: list[str] = []

    def work(mine: list[tuple[int, Json]]) -> None:
        tab = alice.twin()
        for number, bid in mine:
            while True:
                answer = try_hire(tab, bid, f"key-{number}")
                if answer is not None and answer.status_code == 200:
                    acknowledged.append(bid["id"])
                    break
                assert answer is None or answer.status_code == 503, answer.text

    numbered = list(enumerate(bids))
    threads = [threading.Thread(target=work, args=(numbered[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(acknowledged) >= 8)
    port = (server.client.primary or ("", 0))[1]
    before = len(acknowledged)
    killed_at = time.monotonic()
    next(node for node in nodes if node.port == port).kill()
    wait_for(lambda: len(acknowledged) >= before + 8)
    back_after = time.monotonic() - killed_at
    for thread in threads:
        thread.join()
    assert sorted(acknowledged) == sorted(bid["id"] for bid in bids)
    assert back_after < 20
    check_jobs(server.db, *(gig["id"] for gig in gigs))
    assert is_ready(server)
