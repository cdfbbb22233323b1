"""Lists and searches, and what readers feel while others sign in."""

import itertools
import statistics
import threading
from collections.abc import Callable, Iterator
from functools import partial

from gigflow.accounts.models import User
from tests.bench import load, market
from tests.bench.load import Load
from tests.bench.servers import GigFlow, Reference
from tests.bench.table import Table

CONNECTIONS = 16
ROUNDS = 5
ROUND_SECONDS = 0.8
WARM_SECONDS = 0.5
LOGIN_CONNECTIONS = 4
READER_PAUSE_SECONDS = 0.01

_unique = itertools.count()
Target = tuple[int, Callable[[], Iterator[bytes]]]


def measure_lists(table: Table, small: GigFlow, large: GigFlow, reference: Reference) -> None:
    """GET /api/gigs from the cache and from the database, with 50 and 10,000 jobs, beside the bare application."""
    loads = _in_turns(
        {
            "plain": (reference.port, lambda: load.same("/plain")),
            "find": (reference.port, lambda: _first_pages("/find?")),
            "cached": (large.port, lambda: load.same("/api/gigs")),
            "cached 50": (small.port, lambda: load.same("/api/gigs")),
            "uncached": (large.port, lambda: _first_pages("/api/gigs?")),
            "uncached 50": (small.port, lambda: _first_pages("/api/gigs?")),
        }
    )
    fastest = max(loads["cached"] + loads["plain"], key=lambda each: each.rate)
    table.note(
        "load generator",
        f"its ceiling is {fastest.ceiling:,.0f}/s; a bare Flask route gives {_rate(loads['plain']):,.0f}/s",
    )
    table.note("bare Flask route with the same find and answer", _speed(loads["find"]))
    table.note("GET /api/gigs, 50 jobs, cached", _speed(loads["cached 50"]))
    table.note("GET /api/gigs, 10,000 jobs, cached", _speed(loads["cached"]))
    table.note("GET /api/gigs, 50 jobs, uncached", _speed(loads["uncached 50"]))
    table.note("GET /api/gigs, 10,000 jobs, uncached", _speed(loads["uncached"]))
    rate, cached, uncached = _rate(loads["uncached"]), loads["cached"], loads["uncached"]
    table.at_least("GET /api/gigs, 10,000 jobs, uncached", rate, 479, "/s", "(best of six others)")
    table.at_least("  beside that bare route", _ratio(uncached, loads["find"]), 0.85)
    table.at_least("  cached beside uncached", _ratio(cached, uncached), 4, "x")
    table.at_least("  uncached, 10,000 beside 50 jobs", _ratio(uncached, loads["uncached 50"]), 0.85)
    table.at_least("  cached, 10,000 beside 50 jobs", _ratio(cached, loads["cached 50"]), 0.85)


def measure_search(table: Table, large: GigFlow) -> None:
    """A frequent, a rare and an absent word among 10,000 titles; never from the cache. The six others are slower at
    parts of words, which this search finds: that is the row to stand beside for the rare ones.
    """
    words = {"frequent": market.FREQUENT, "rare": market.RARE, "absent": market.ABSENT}
    targets: dict[str, Target] = {
        name: (large.port, partial(_first_pages, f"/api/gigs?search={word}&")) for name, word in words.items()
    }
    loads = _in_turns(targets)
    limits = {"frequent": 498, "rare": 29, "absent": 29}
    for name, several in loads.items():
        table.note(f"search, {name} word, 10,000 jobs", _speed(several))
        table.at_least(f"search, {name} word", _rate(several), limits[name], "/s", "(best of six others)")


def measure_logins(table: Table, app: GigFlow, people: list[User]) -> dict[str, str]:
    """Sign everybody in, four at a time, while somebody reads; returns the cookies by user id."""
    quiet = _read_while(app, lambda: threading.Event().wait(2.0))
    results: list[Load] = []
    logins = [market.login(person) for person in people]

    def sign_all_in() -> None:
        results.append(load.run(app.port, iter(logins), LOGIN_CONNECTIONS, keep=True).only(200))

    meanwhile = _read_while(app, sign_all_in)
    signed = results[0]
    table.at_least("login, 4 at a time", signed.rate, 13, "/s", "(others)")
    table.note("reader alone (100/s, cached)", quiet.felt)
    table.note("reader while 4 sign in", meanwhile.felt)
    table.at_most("reader while 4 sign in, p50", meanwhile.percentile(50), 8, " ms", "(others, native hash)")
    table.at_most("reader while 4 sign in, p99", meanwhile.percentile(99), 160, " ms", "(others)")
    return dict(market.identity(answer) for answer in signed.answers)


def _read_while(app: GigFlow, work: Callable[[], object]) -> Load:
    """What one calm reader of the list gets until `work` is done."""
    worker = threading.Thread(target=work)

    def requests() -> Iterator[bytes]:
        yield from itertools.takewhile(lambda _: worker.is_alive(), load.same("/api/gigs"))

    worker.start()
    read = load.run(app.port, load.paced(requests(), READER_PAUSE_SECONDS), 1).only(200)
    worker.join()
    return read


def _in_turns(targets: dict[str, Target]) -> dict[str, list[Load]]:
    """Each target in each round, so that what else the machine does falls on all of them."""
    for port, requests in targets.values():
        load.run(port, requests(), CONNECTIONS, WARM_SECONDS).only(200)
    loads: dict[str, list[Load]] = {name: [] for name in targets}
    for _ in range(ROUNDS):
        for name, (port, requests) in targets.items():
            loads[name].append(load.run(port, requests(), CONNECTIONS, ROUND_SECONDS).only(200))
    return loads


def _first_pages(path: str) -> Iterator[bytes]:
    """The first page again and again, by cursors above every id that no request had before: no cache knows them."""
    while True:
        yield load.request("GET", f"{path}cursor=ffffffff{next(_unique):016x}")


def _rate(loads: list[Load]) -> float:
    return statistics.median(each.rate for each in loads)


def _ratio(loads: list[Load], others: list[Load]) -> float:
    """The median of the rounds' ratios."""
    return statistics.median(one.rate / other.rate for one, other in zip(loads, others, strict=True))


def _speed(loads: list[Load]) -> str:
    everything = Load()
    for each in loads:
        everything.latencies += each.latencies
    return f"{_rate(loads):,.0f}/s, {everything.felt}"
