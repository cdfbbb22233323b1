"""What an act costs beside the same transaction in a bare loop: round trips, CPU and time, and eight at once of one
person. The two take turns, so that a busy machine slows both.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from pymongo import monitoring
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from gigflow.accounts.models import User
from gigflow.app import build
from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.settings.settings import load_settings
from tests.bench import load, market, reference
from tests.bench.servers import GigFlow
from tests.bench.table import Table

ROUNDS = 5
EACH = 20
AT_ONCE = 8
_COUNT = 2 * (ROUNDS + 1) * EACH + ROUNDS * AT_ONCE + 2

Asked = tuple[str, str, object]  # method, path and body


class Act(msgspec.Struct, frozen=True):
    """Something that a person does: what is asked for it, and as a transaction without the house around it."""

    name: str
    status: int
    cookie: str
    ask: Callable[[], Asked]
    bare: Callable[[], Callable[[], None]]
    least: float = 0.7  # of the rate of the bare transaction

    def requests(self, count: int) -> list[bytes]:
        """So many of it, as they go over the wire."""
        return [load.request(*self.ask(), cookie=self.cookie) for _ in range(count)]


class RoundTrips(CommandListener):
    """Counts what an application in this process sends to the database, for one request after another: a server would
    also send what its ticks and sockets do afterwards. `var` has the secrets of the server that made the cookies.
    """

    def __init__(self, db: Db, var: Path) -> None:
        self.count = 0
        given = {
            "MONGO_URI": db.uri,
            "MONGO_DB": db.database.name,
            "VAR_DIR": str(var),
            "RATE_LIMITS": "off",
        }
        settings = load_settings(given, var / "no .env")
        monitoring.register(self)  # for the clients that are made from now on
        self._client = build(settings).test_client(use_cookies=False)

    def of(self, act: Act) -> int:
        """How many round trips the act takes once everything is warm."""
        for _ in range(2):
            self.count = 0
            method, path, body = act.ask()
            answer = self._client.open(path, method=method, json=body, headers={"Cookie": act.cookie})
            if answer.status_code != act.status:
                raise RuntimeError(f"{act.name}: {answer.status_code} {answer.text}")
        return self.count

    def started(self, event: CommandStartedEvent) -> None:
        self.count += 1

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing is to be noted of it."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing is to be noted of it."""


def measure_acts(
    table: Table,
    app: GigFlow,
    db: Db,
    owner: User,
    bidders: list[User],
    cookies: dict[str, str],
) -> None:
    """POST /api/bids, POST /api/gigs, a hire and an acceptance, each beside its bare transaction."""
    acts = (
        (_bids(db, owner, bidders[0], cookies[str(bidders[0].id)]), 7),
        (_gigs(db, owner, cookies[str(owner.id)]), 5),
        (_hires(db, owner, bidders, cookies[str(owner.id)]), 9),
        (_accepts(db, owner, bidders[0], cookies[str(bidders[0].id)]), 9),
    )
    for act, _ in acts:
        measure_act(table, app, act)
    round_trips = RoundTrips(db, app.var)
    for act, most in acts:
        table.at_most(f"{act.name}, round trips", round_trips.of(act), most)


def measure_act(table: Table, app: GigFlow, act: Act) -> None:
    """One act after another beside its bare transaction, with its CPU, and eight at once of one person."""
    load.run(app.port, iter(act.requests(EACH)), 1, keep=True).only(act.status)
    for _ in range(EACH):
        act.bare()()
    rates, cpu, bare_cpu, one, crowds = [], [], [], [], []
    for _ in range(ROUNDS):
        works, requests = [act.bare() for _ in range(EACH)], act.requests(EACH)
        start, before = time.perf_counter(), time.process_time()
        for work in works:
            work()
        bare_rate = EACH / (time.perf_counter() - start)
        bare_cpu.append((time.process_time() - before) / EACH * 1000)
        used = app.web_process_cpu()
        done = load.run(app.port, iter(requests), 1, keep=True).only(act.status)
        cpu.append((app.web_process_cpu() - used) / EACH * 1000)
        rates.append(done.rate / bare_rate)
        one.append(done.percentile(50) / 1000)
        crowd = load.run(app.port, iter(act.requests(AT_ONCE)), AT_ONCE, keep=True).only(act.status)
        crowds.append(crowd.seconds)
    table.at_least(f"{act.name}, beside the bare transaction in a loop", statistics.median(rates), act.least)
    ours, bare = statistics.median(cpu), statistics.median(bare_cpu)
    table.at_most("  CPU beside the bare loop's", ours / bare, 3, "x", f"({ours:.1f} ms, {bare:.1f} ms)")
    table.at_most(
        f"  {AT_ONCE} at once of one person, times one",
        statistics.median(crowds) / statistics.median(one),
        12,
        "x",
    )


def _bids(db: Db, owner: User, bidder: User, cookie: str) -> Act:
    jobs = iter(market.add_jobs(db, owner, _COUNT))

    def ask() -> Asked:
        body = {"gigId": str(next(jobs).id), "message": reference.MESSAGE, "price": 420}
        return "POST", "/api/bids", body

    def bare() -> Callable[[], None]:
        gig_id = next(jobs).id
        return lambda: reference.bid(db, bidder, owner.id, gig_id, now())

    return Act("POST /api/bids", 201, cookie, ask, bare)


def _gigs(db: Db, owner: User, cookie: str) -> Act:
    job = {
        "title": "Logo for a bakery by the river",
        "description": "What we have, what we need, and how we will know that it is done. " * 4,
        "budget": 500,
        "category": "other",
        "skills": ["Patience", "Care"],
    }
    return Act(
        "POST /api/gigs",
        201,
        cookie,
        lambda: ("POST", "/api/gigs", job),
        lambda: lambda: reference.post(db, owner, now()),
    )


def _hires(db: Db, owner: User, bidders: list[User], cookie: str) -> Act:
    decisions = iter(market.add_decisions(db, owner, bidders, _COUNT))

    def ask() -> Asked:
        return "PATCH", f"/api/bids/{next(decisions).bid_ids[0]}/hire", {}

    def bare() -> Callable[[], None]:
        decision, viewer = next(decisions), market.viewer_of(owner)
        return lambda: reference.hire(db, viewer, decision.gig_id, decision.bid_ids[0], now())

    return Act("hire", 200, cookie, ask, bare)


def _accepts(db: Db, sender: User, receiver: User, cookie: str) -> Act:
    offers = iter(market.add_offers(db, sender, receiver, _COUNT))

    def ask() -> Asked:
        return "POST", f"/api/offers/{next(offers)}/accept", {}

    def bare() -> Callable[[], None]:
        offer_id, viewer = next(offers), market.viewer_of(receiver)
        return lambda: reference.accept(db, viewer, offer_id, now())

    return Act("acceptance of an offer", 200, cookie, ask, bare)
