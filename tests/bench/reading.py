"""Lists and searches, and what readers feel while others sign in."""

import itertools
import statistics
import threading
from collections.abc import Callable, Iterator
from functools import partial

from gigflow.accounts.models import User
from gigflow.gigs.categories import CATEGORY_NAMES
from gigflow.web.cache import MAX_QUERY
from tests.bench import kept, load, market
from tests.bench.load import Load
from tests.bench.servers import GigFlow, Reference
from tests.bench.table import Table

CONNECTIONS = 16
ROUNDS = 15  # many and short, so that what else the machine does falls on all alike
ROUND_SECONDS = 0.3
WARM_SECONDS = 0.5
LOGIN_CONNECTIONS = 4
READER_PAUSE_SECONDS = 0.01

SEARCH_ROUNDS = 5
SEARCHES_PER_ROUND = 60
FACETS = "facets of a frequent word"
_PADDING = "_" * MAX_QUERY  # a longer query is answered without a copy

_unique = itertools.count()
Target = tuple[int, Callable[[], Iterator[bytes]]]


def measure_lists(table: Table, apps: dict[int, GigFlow], reference: Reference) -> None:
    """GET /api/gigs from the cache and from the database, by number of gigs, beside the bare application."""
    few, many = min(apps), max(apps)
    targets: dict[str, Target] = {
        "plain": (reference.port, lambda: load.same("/plain")),
        "find": (reference.port, lambda: _first_pages("/find?")),
    }
    for count, app in apps.items():
        targets[f"{count:,} gigs, cached"] = (app.port, lambda: load.same("/api/gigs"))
        targets[f"{count:,} gigs, uncached"] = (app.port, lambda: _first_pages("/api/gigs?"))
    loads = _in_turns(targets)
    uncached, cached = loads[f"{many:,} gigs, uncached"], loads[f"{many:,} gigs, cached"]
    fastest = max(cached + loads["plain"], key=lambda each: each.rate)
    table.note(
        "load generator",
        f"its ceiling is {fastest.ceiling:,.0f}/s; a bare Flask route gives {_rate(loads.pop('plain')):,.0f}/s",
    )
    table.note("bare Flask route with the same find and answer", _speed(loads["find"]))
    for name, several in loads.items():
        if name != "find":
            table.note(f"GET /api/gigs, {name}", _speed(several))
    table.at_least(
        f"GET /api/gigs, {many:,} gigs, uncached", _rate(uncached), 479, "/s", "(best of six others)"
    )
    table.at_least("  beside that bare route", _ratio(uncached, loads["find"]), 0.85)
    table.at_least("  cached beside uncached", _ratio(cached, uncached), 4, "x")
    if few == many:
        return  # there is nothing to stand beside
    for name, several in (("uncached", uncached), ("cached", cached)):
        ratio = _ratio(several, loads[f"{few:,} gigs, {name}"])
        table.at_least(f"  {name}, {many:,} beside {few:,} gigs", ratio, 0.85)


def measure_search_rates(table: Table, app: GigFlow, count: int) -> None:
    """A frequent, a rare and an absent word in titles; never from the cache. The six others are slower at parts of
    words, which this search finds: that is the row to stand beside for the rare ones.
    """
    words = {"frequent": kept.FREQUENT[0], "rare": kept.RARE[0], "absent": kept.ABSENT[0]}
    targets: dict[str, Target] = {
        name: (app.port, partial(_first_pages, f"/api/gigs?search={word}&")) for name, word in words.items()
    }
    loads = _in_turns(targets)
    limits = {"frequent": 498, "rare": 29, "absent": 29}
    for name, several in loads.items():
        table.note(f"search of titles, {name} word, {count:,} gigs", _speed(several))
        table.at_least(
            f"search of titles, {name} word", _rate(several), limits[name], "/s", "(best of six others)"
        )


def measure_search(table: Table, apps: dict[int, GigFlow]) -> None:
    """What one searcher waits, by number of gigs: the same searches everywhere, never from the cache."""
    few, many = min(apps), max(apps)
    for name, paths in SEARCHES.items():
        requests = [load.request("GET", f"/api/gigs/search?{path}&{_PADDING}") for path in paths]
        loads = {count: Load() for count in apps}
        for turn in range(SEARCH_ROUNDS + 1):
            for count, app in apps.items():
                found = load.run(app.port, iter(requests), 1).only(200)
                if turn:  # the first only warms
                    loads[count].latencies += found.latencies
        told = " · ".join(f"{count:,}: {each.felt}" for count, each in loads.items())
        table.note(f"search, {name}", told)
        if name != FACETS and few != many:
            ratio = loads[many].percentile(99) / loads[few].percentile(99)
            table.at_most(f"  p99 with {many:,} beside {few:,} gigs", ratio, 5, "x")


def _searches(path: str, *words: list[str]) -> list[str]:
    """A path with other words in it each time."""
    return [
        path.format(*(each[number % len(each)] for each in words)) for number in range(SEARCHES_PER_ROUND)
    ]


SEARCHES = {
    "frequent word": _searches("q={}", kept.FREQUENT),
    "middle word": _searches("q={}", kept.MIDDLE),
    "rare word": _searches("q={}", kept.RARE),
    "absent word": _searches("q={}", kept.ABSENT),
    "part of a word": _searches("q={}", [word[1:5] for word in kept.FREQUENT + kept.MIDDLE]),
    "two words": _searches("q={}+{}", kept.FREQUENT[:-1], kept.MIDDLE),
    "category": _searches("category={}", list(CATEGORY_NAMES)),
    "lowest price": _searches("sort=price&kind={}", ["job", "service"]),
    "best rated": _searches("sort=rating&kind=service"),
    "category, lowest price": _searches("sort=price&category={}", list(CATEGORY_NAMES)),
    "frequent word, lowest price": _searches("sort=price&q={}", kept.FREQUENT),
    "narrow price range": _searches(
        "minPrice={0}&maxPrice={0}.99", [str(price) for price in range(300, 700, 7)]
    ),
    FACETS: _searches("facets=1&q={}", kept.FREQUENT),
}


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
