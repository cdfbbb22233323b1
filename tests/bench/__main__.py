"""`make bench`: measure everything in one run and print it beside its limits.

Two installations (50 and 10,000 jobs) and a bare application share one database server, all of them on loopback and
in a folder that is removed afterwards. A missed limit is printed; only what could not be measured is an error.
"""

import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from gigflow.core.db import Db
from gigflow.core.mongod import start_mongod
from gigflow.preflight import allow_many_connections
from tests.bench import load, market
from tests.bench.living import measure_notices, measure_round_trips, measure_start
from tests.bench.reading import measure_lists, measure_logins, measure_search
from tests.bench.servers import GigFlow, Reference
from tests.bench.table import Table
from tests.bench.writing import measure_bids, measure_hires

PEOPLE = 201  # an owner and two hundred who bid
FEW_JOBS, MANY_JOBS = 50, 10_000
THREAD_SWITCH_SECONDS = 0.0005  # the reader's thread must not wait 5 ms for the other's


def main() -> None:
    """Start everything, measure, stop everything."""
    sys.setswitchinterval(THREAD_SWITCH_SECONDS)
    allow_many_connections()
    began = time.perf_counter()
    table = Table()
    with tempfile.TemporaryDirectory(prefix="gigflow-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        measure_start(table, folder / "cold")
        mongod = start_mongod(folder / "mongo")
        stack.callback(mongod.stop)
        apps, dbs = {}, {}
        for jobs in (FEW_JOBS, MANY_JOBS):
            database = f"jobs{jobs}"
            apps[jobs] = GigFlow(folder / database, mongo_uri=mongod.uri, database=database)
            stack.callback(apps[jobs].stop)
            dbs[jobs] = Db(mongod.uri, database)
            stack.callback(dbs[jobs].client.close)
        app, db = apps[MANY_JOBS], dbs[MANY_JOBS]
        reference = Reference(mongod.uri, f"jobs{MANY_JOBS}")
        stack.callback(reference.stop)

        market.add_jobs(dbs[FEW_JOBS], market.add_people(dbs[FEW_JOBS], 1)[0], FEW_JOBS)
        owner, *bidders = people = market.add_people(db, PEOPLE)
        market.add_jobs(db, owner, MANY_JOBS)

        measure_lists(table, apps[FEW_JOBS], app, reference)
        measure_search(table, app)
        cookies = measure_logins(table, app, people)
        measure_round_trips(table, app, db, cookies[str(owner.id)])
        measure_bids(table, app, db, owner, bidders, cookies)
        measure_hires(table, app, db, owner, bidders, cookies[str(owner.id)])
        measure_notices(table, app, db, owner, bidders, cookies)
        load.run(app.port, load.once("/readyz"), 1).only(200)
        table.at_most("memory of a web process after all that", app.web_process_memory(), 150, " MB")
    print(f"\nMeasured in {time.perf_counter() - began:.0f} s\n")
    table.show()


if __name__ == "__main__":
    main()
