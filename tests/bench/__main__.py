"""`make bench`: measure everything in one run and print it beside its limits.

It has seven parts, and BENCH_ONLY=finding,audit measures these alone: `start`, `finding` (lists and searches), `people`
(the directory), `match` (whom an admin finds for a request), `acts` (what people do with gigs), `talk` (conversations)
and `audit`. Lists and searches are measured on 1,000, 100,000 and 1,000,000 gigs, which are made once and kept in
var/bench. The rest has a database in a folder that is removed afterwards: 10,000 jobs, and an audit of 100,000 orders.
BENCH_GIGS=1000 makes all of that no larger, for a short run; BENCH_ORDERS sets the orders alone. A missed limit is
printed; only what could not be measured is an error.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from gigflow.core.db import Db
from gigflow.core.mongod import start_mongod
from gigflow.server.preflight import allow_many_connections
from tests.bench import kept, load, market
from tests.bench.acting import measure_acts
from tests.bench.auditing import ORDERS, measure_audit
from tests.bench.living import measure_notices, measure_round_trips, measure_start
from tests.bench.matching import measure_match
from tests.bench.people import measure_people
from tests.bench.reading import measure_lists, measure_logins, measure_search, measure_search_rates
from tests.bench.servers import ROOT, GigFlow, Reference
from tests.bench.table import Table
from tests.bench.talking import measure_messages
from tests.bench.writing import measure_acceptances, measure_bids, measure_hires

SIZES = (1_000, 100_000, 1_000_000)
PEOPLE = 201  # an owner and two hundred who bid
JOBS = 10_000
# A market of a million has a database server with memory; the embedded one's 256 MB are meant for a laptop.
CACHE_SIZE = "2GB"
# Measures into a table, in an empty folder, on so many gigs at the most.
Measure = Callable[[Table, Path, int], None]
THREAD_SWITCH_SECONDS = 0.0005  # the reader's thread must not wait 5 ms for the other's


def main() -> None:
    """Start everything, measure, stop everything."""
    sys.setswitchinterval(THREAD_SWITCH_SECONDS)
    allow_many_connections()
    most = int(os.environ.get("BENCH_GIGS") or SIZES[-1])
    parts = _parts()
    began = time.perf_counter()
    table = Table()
    with tempfile.TemporaryDirectory(prefix="gigflow-bench-") as name:
        for part, measure in parts.items():
            folder, part_began = Path(name) / part, time.perf_counter()
            folder.mkdir()
            measure(table, folder, most)
            table.note(f"the part `{part}` was measured in", f"{time.perf_counter() - part_began:.0f} s")
    print(f"\nMeasured in {time.perf_counter() - began:.0f} s\n")
    table.show()


def _parts() -> dict[str, Measure]:
    """What is to be measured, in this order."""
    wanted = [part for part in os.environ.get("BENCH_ONLY", "").split(",") if part]
    if unknown := set(wanted) - PARTS.keys():
        sys.exit(f"BENCH_ONLY: there is no part {', '.join(sorted(unknown))}, there are {', '.join(PARTS)}.")
    return {part: measure for part, measure in PARTS.items() if not wanted or part in wanted}


def _measure_start(table: Table, folder: Path, _: int) -> None:
    """What somebody waits who starts GigFlow for the first time."""
    measure_start(table, folder / "cold")


def _measure_finding(table: Table, folder: Path, most: int) -> None:
    """Lists and searches, on markets of several sizes."""
    sizes = [*(size for size in SIZES if size < most), most]
    with ExitStack() as stack:
        mongod = start_mongod(ROOT / "var" / "bench" / "mongo")
        stack.callback(mongod.stop)
        apps = {}
        for size in sizes:
            database = f"gigs{size}"
            db = Db(mongod.uri, database)
            stack.callback(db.client.close)
            db.client.admin.command(
                "setParameter", 1, wiredTigerEngineRuntimeConfig=f"cache_size={CACHE_SIZE}"
            )
            kept.fill(db, size)
            apps[size] = GigFlow(folder / database, mongo_uri=mongod.uri, database=database)
            stack.callback(apps[size].stop)
        reference = Reference(mongod.uri, f"gigs{sizes[-1]}")
        stack.callback(reference.stop)
        table.note("database of lists and searches", f"{CACHE_SIZE} of cache")
        measure_lists(table, apps, reference)
        measure_search_rates(table, apps[sizes[-1]], sizes[-1])
        measure_search(table, apps)
        memory = apps[sizes[-1]].web_process_memory()
        table.at_most(f"memory of a web process, {sizes[-1]:,} gigs", memory, 150, " MB")


def _measure_audit(table: Table, folder: Path, most: int) -> None:
    """What an operator waits for."""
    with ExitStack() as stack:
        mongod = start_mongod(folder / "mongo")
        stack.callback(mongod.stop)
        measure_audit(table, mongod.uri, folder, int(os.environ.get("BENCH_ORDERS") or min(ORDERS, most)))


def _measure_market(table: Table, folder: Path, most: int) -> None:
    """What people do with gigs, among 10,000 jobs."""
    with ExitStack() as stack:
        mongod = start_mongod(folder / "mongo")
        stack.callback(mongod.stop)
        app = GigFlow(folder / "market", mongo_uri=mongod.uri, database="market")
        stack.callback(app.stop)
        db = Db(mongod.uri, "market")
        stack.callback(db.client.close)
        owner, *bidders = people = market.add_people(db, PEOPLE)
        market.add_jobs(db, owner, min(JOBS, most))

        cookies = measure_logins(table, app, people)
        measure_round_trips(table, app, db, cookies[str(owner.id)])
        measure_bids(table, app, db, owner, bidders, cookies)
        measure_acts(table, app, db, owner, bidders, cookies)
        measure_hires(table, app, db, owner, bidders, cookies[str(owner.id)])
        measure_acceptances(table, app, db, owner, bidders[1], cookies[str(bidders[1].id)])
        measure_notices(table, app, db, owner, bidders, cookies)
        load.run(app.port, load.once("/readyz"), 1).only(200)
        table.at_most("memory of a web process after all that", app.web_process_memory(), 150, " MB")


def _measure_talk(table: Table, folder: Path, _: int) -> None:
    """What people say to each other."""
    with ExitStack() as stack:
        mongod = start_mongod(folder / "mongo")
        stack.callback(mongod.stop)
        db = Db(mongod.uri, "talk")
        stack.callback(db.client.close)
        measure_messages(table, db, folder)


PARTS: dict[str, Measure] = {
    "start": _measure_start,
    "finding": _measure_finding,
    "people": measure_people,
    "match": measure_match,
    "acts": _measure_market,
    "talk": _measure_talk,
    "audit": _measure_audit,
}

if __name__ == "__main__":
    main()
