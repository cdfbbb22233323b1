"""kill -9 during hires and acceptances: of the web process, and of the primary of three (SECURITY 24, 25)."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import zip_longest

import pytest
import requests

from gigflow.core.mongod import Mongod
from gigflow.offers.models import OPEN_MAX
from tests.conftest import Join
from tests.invitations.steps import listed
from tests.offers.steps import answer_offer, offer
from tests.support.client import Client, Json, Person
from tests.support.invariants import check_accepted, check_jobs
from tests.support.market import hire, place_bid, post_job
from tests.support.server import Server
from tests.support.waiting import wait_for

Act = Callable[[], requests.Response]
Outcome = requests.Response | None


def attempt(act: Act) -> Outcome:
    """One attempt; None where the connection was lost."""
    with suppress(requests.ConnectionError):
        return act()
    return None


def acts_of(owner: Person, bids: list[Json], offers: list[tuple[Person, Json]]) -> list[Act]:
    """The hire of each of these bids, the acceptance of each of these offers: each with a key and a tab of its own."""
    hires = [partial(hire, owner.twin(), bid, key=f"key-{bid['id']}") for bid in bids]
    accepts = [
        partial(answer_offer, person.twin(), sent, "accept", f"key-{sent['id']}") for person, sent in offers
    ]
    # Mixed, so that whatever moment it is, both are under way.
    return [each for group in zip_longest(hires, accepts) for each in group if each]


def offers_to(owner: Person, *people: Person) -> list[tuple[Person, Json]]:
    """As many open offers as may be, to each of these people."""
    return [(person, offer(owner, listed(person))) for person in people for _ in range(OPEN_MAX)]


def is_ready(server: Server) -> bool:
    with suppress(requests.ConnectionError):
        return Client(server.url).get("/readyz").status_code == 200
    return False


def test_the_web_process_dies(start_server: Callable[..., Server], join: Join) -> None:
    """SECURITY 25: none half done; the same request again, with the same key, gets the answer."""
    server = start_server(whole=True)
    alice, bob, charlie = (join(name, at=server) for name in ("Alice", "Bob", "Charlie"))
    gigs = [post_job(alice, title=f"Job {number}") for number in range(12)]
    bids = [place_bid(bob, gig) for gig in gigs]
    for gig in gigs:
        place_bid(charlie, gig)
    offers = offers_to(alice, bob, charlie)
    acts = acts_of(alice, bids, offers)
    first: list[Outcome] = [None] * len(acts)
    started = threading.Barrier(len(acts) + 1)

    def work(number: int) -> None:
        started.wait()
        first[number] = attempt(acts[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    started.wait()
    # Once the first is in the database some are answered, some under way and some not begun.
    wait_for(lambda: server.db.orders.count_documents({}))
    server.kill_worker()
    for thread in threads:
        thread.join()
    wait_for(lambda: is_ready(server))
    check_jobs(server.db, *(gig["id"] for gig in gigs))

    again = [act() for act in acts]
    assert [answer.status_code for answer in again] == [200] * len(acts)
    for before, after in zip(first, again, strict=True):
        assert before is None or before.json() == after.json()
    check_jobs(server.db, *(gig["id"] for gig in gigs))
    check_accepted(server.db, *(sent["id"] for _, sent in offers))


@pytest.mark.slow
def test_the_primary_dies(three: tuple[Server, list[Mongod]], join: Join) -> None:
    """SECURITY 24: all that was acknowledged is there, nothing double, and service is back within seconds."""
    server, nodes = three
    alice, bob, charlie = (join(name, at=server) for name in ("Alice", "Bob", "Charlie"))
    gigs = [post_job(alice, title=f"Job {number}") for number in range(24)]
    bids = [place_bid(bob, gig) for gig in gigs]
    for gig in gigs[::4]:
        place_bid(charlie, gig)
    offers = offers_to(alice, bob, charlie)
    acts = acts_of(alice, bids, offers)
    acknowledged: list[Act] = []

    def work(mine: list[Act]) -> None:
        for act in mine:
            while True:
                answer = attempt(act)
                if answer is not None and answer.status_code == 200:
                    acknowledged.append(act)
                    break
                assert answer is None or answer.status_code == 503, answer.text

    threads = [threading.Thread(target=work, args=(acts[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(acknowledged) >= 6)
    port = (server.client.primary or ("", 0))[1]
    before = len(acknowledged)
    killed_at = time.monotonic()
    next(node for node in nodes if node.port == port).kill()
    wait_for(lambda: len(acknowledged) >= before + 8)
    back_after = time.monotonic() - killed_at
    for thread in threads:
        thread.join()
    assert len(acknowledged) == len(acts)
    assert back_after < 20
    check_jobs(server.db, *(gig["id"] for gig in gigs))
    check_accepted(server.db, *(sent["id"] for _, sent in offers))
    assert is_ready(server)
