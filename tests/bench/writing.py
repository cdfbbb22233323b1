"""Bids, hires and acceptances: one after another, many at once, and all on one job."""

import statistics
import time
from collections.abc import Iterable, Iterator

from bson import ObjectId

from gigflow.accounts.models import User
from gigflow.core.clock import now
from gigflow.core.db import Db
from tests.bench import load, market, reference
from tests.bench.load import Load
from tests.bench.market import Decision
from tests.bench.servers import GigFlow
from tests.bench.table import Table

CONNECTIONS = 8
BIDS = 400
HIRES = 400
ROUNDS = 5
HIRES_PER_ROUND = 40
HOT_HIRES = 200
HOT_JOBS = 5
HOT_BIDDERS = 200


def measure_bids(
    table: Table, app: GigFlow, db: Db, owner: User, bidders: list[User], cookies: dict[str, str]
) -> None:
    """POST /api/bids on distinct jobs, and everybody at once on the same."""
    jobs = market.add_jobs(db, owner, BIDS)
    spread = [_bid(str(job.id), cookies[str(bidders[n % len(bidders)].id)]) for n, job in enumerate(jobs)]
    placed = load.run(app.port, iter(spread), CONNECTIONS, keep=True).only(201)
    table.at_least("POST /api/bids, 8 connections", placed.rate, 409, "/s", "(best of six others)")
    table.note("  each of them", placed.felt)
    hot = market.add_jobs(db, owner, 1)[0]
    crowd = [_bid(str(hot.id), cookies[str(person.id)]) for person in bidders[:HOT_BIDDERS]]
    rushed = load.run(app.port, iter(crowd), len(crowd), keep=True).only(201)
    table.note(f"{len(crowd)} bids at once on one job", f"{rushed.rate:,.0f}/s, {rushed.felt}")


def measure_hires(table: Table, app: GigFlow, db: Db, owner: User, bidders: list[User], cookie: str) -> None:
    """PATCH /api/bids/{id}/hire in sequence beside the bare transaction, eight at a time, and on one hot job."""
    decisions = iter(market.add_decisions(db, owner, bidders, 2 * ROUNDS * HIRES_PER_ROUND + HIRES + 20))
    _hire_bare(db, owner, _take(decisions, 10))
    load.run(app.port, _hires(_take(decisions, 10), cookie), 1).only(200)

    alone, ratios, bare_rates = Load(), [], []
    for _ in range(ROUNDS):
        bare = _hire_bare(db, owner, _take(decisions, HIRES_PER_ROUND))
        hired = load.run(app.port, _hires(_take(decisions, HIRES_PER_ROUND), cookie), 1, keep=True).only(200)
        alone.latencies += hired.latencies
        bare_rates.append(bare)
        ratios.append(hired.rate / bare)
    p50, p99 = alone.percentile(50), alone.percentile(99)
    table.note("bare transaction of a hire in a loop", f"{statistics.median(bare_rates):,.0f}/s")
    table.at_most("hire, one after another, p50", p50, 8.2, " ms", "(best of six others)")
    table.at_most("hire, one after another, p99", p99, 21, " ms", "(best of six others)")
    table.at_least("  beside the bare transaction in a loop", statistics.median(ratios), 0.7)

    many = load.run(app.port, _hires(_take(decisions, HIRES), cookie), CONNECTIONS, keep=True).only(200)
    table.at_least("hire, 8 connections, distinct jobs", many.rate, 193, "/s", "(best of six others)")
    beside = many.rate / statistics.median(bare_rates)
    table.note("  each of them", f"{many.felt}; {beside:.2f} of the bare loop")
    _measure_hot_hires(table, app, db, owner, bidders, cookie, p50)


def measure_acceptances(table: Table, app: GigFlow, db: Db, owner: User, bidder: User, cookie: str) -> None:
    """An acceptance after another, and everybody at once for one offer; `cookie` is the bidder's."""
    offers = market.add_offers(db, owner, bidder, 2 * HIRES_PER_ROUND)
    alone = load.run(app.port, (_accept(each, cookie) for each in offers), 1, keep=True).only(200)
    p50 = alone.percentile(50)
    table.note("acceptance of an offer, one after another", alone.felt)
    rushes = [[_accept(each, cookie)] * HOT_HIRES for each in market.add_offers(db, owner, bidder, HOT_JOBS)]
    _measure_rushes(table, app, "200 acceptances at once of one offer", "acceptance", rushes, p50)


def _measure_hot_hires(
    table: Table, app: GigFlow, db: Db, owner: User, bidders: list[User], cookie: str, one_hire: float
) -> None:
    """Everybody presses "hire" at once, for different bidders of one job; `one_hire` is the time of one, in ms."""
    rushes = []
    for decision in market.add_decisions(db, owner, bidders, HOT_JOBS):
        bids = decision.bid_ids * (HOT_HIRES // len(decision.bid_ids))
        rushes.append([_hire(str(bid_id), cookie) for bid_id in bids])
    _measure_rushes(table, app, "200 hires at once on one job", "hire", rushes, one_hire)


def _measure_rushes(
    table: Table, app: GigFlow, what: str, act: str, rushes: list[list[bytes]], one: float
) -> None:
    """Each rush is sent at once, and one of it may win; `one` is the time of one act, in ms."""
    durations, winners = [], set()
    for crowd in rushes:
        rush = load.run(app.port, iter(crowd), len(crowd), keep=True)
        if set(rush.statuses) - {200, 409}:
            rush.only(200)
        winners.add(rush.statuses[200])
        durations.append(rush.seconds * 1000)
    duration = statistics.median(durations)
    table.at_most(f"{what}, winners", max(winners), 1, "", f"(fewest: {min(winners)})")
    table.at_most(f"  all answered, times one {act}", duration / one, 40, "x", f"({duration:.0f} ms)")


def _hire_bare(db: Db, owner: User, decisions: list[Decision]) -> float:
    """Hires per second of the bare transaction, one after another."""
    start = time.perf_counter()
    for decision in decisions:
        reference.hire(db, market.viewer_of(owner), decision.gig_id, decision.bid_ids[0], now())
    return len(decisions) / (time.perf_counter() - start)


def _take(decisions: Iterator[Decision], count: int) -> list[Decision]:
    return [next(decisions) for _ in range(count)]


def _hires(decisions: Iterable[Decision], cookie: str) -> Iterator[bytes]:
    return (_hire(str(decision.bid_ids[0]), cookie) for decision in decisions)


def _hire(bid_id: str, cookie: str) -> bytes:
    return load.request("PATCH", f"/api/bids/{bid_id}/hire", {}, cookie=cookie)


def _accept(offer_id: ObjectId, cookie: str) -> bytes:
    return load.request("POST", f"/api/offers/{offer_id}/accept", {}, cookie=cookie)


def _bid(gig_id: str, cookie: str) -> bytes:
    body = {"gigId": gig_id, "message": "I would begin with a sketch.", "price": 420}
    return load.request("POST", "/api/bids", body, cookie=cookie)
