"""How long `flask gigflow audit` takes and how much memory, on orders with all that belongs to them, while somebody
writes into the same database.
"""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from bson import ObjectId

from gigflow.core.db import Db
from tests.bench import ordering
from tests.bench.servers import ROOT
from tests.bench.table import Table
from tests.support.server import DEFAULTS

ORDERS = 100_000


def measure_audit(table: Table, uri: str, folder: Path, most: int = ORDERS) -> None:
    """The audit of a quarter, half and all of these orders; it finds nothing."""
    seconds: dict[int, float] = {}
    for count in ordering.sizes(most):
        db = Db(uri, f"orders{count}")
        began = time.perf_counter()
        ordering.fill(db, count)
        table.note(f"{count:,} orders were made in", f"{time.perf_counter() - began:.0f} s")
        with _Writer(db) as written:
            before = _computed(db)
            seconds[count], computed, megabytes = _audit(uri, db.database.name, folder)
            of_mongod = _computed(db) - before
        table.at_most(f"audit of {count:,} orders", seconds[count], 60 * count / ORDERS + 3, " s")
        table.at_most(f"memory of the audit of {count:,} orders", megabytes, 300, " MB")
        table.note(
            "of which it computed",
            f"{computed:.1f} s, and mongod {of_mongod:.1f} s: {(computed + of_mongod) / count * 1000:.2f} s for"
            f" 1,000 orders, beside {len(written):,} writes of somebody else, at a load of {os.getloadavg()[0]:.0f}",
        )
        db.client.drop_database(db.database.name)
        db.client.close()
    quarter, half, whole = (seconds[count] for count in ordering.sizes(most))
    table.at_most("time of twice as many orders", max(half / quarter, whole / half), 2.3, " times")


class _Writer:
    """Somebody who writes into a database for as long as the block lasts."""

    def __init__(self, db: Db) -> None:
        self._db, self._over, self._written = db, threading.Event(), []
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> list[ObjectId]:
        self._thread.start()
        return self._written

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _write(self) -> None:
        users = self._db.database["users"]
        while not self._over.wait(0.005):
            self._written.append(ObjectId())
            users.update_one({}, {"$set": {"last_act": self._written[-1]}})


def _computed(db: Db) -> float:
    """For how many seconds mongod has computed so far."""
    used = db.client.admin.command("serverStatus")["extra_info"]
    return float(used["user_time_us"] + used["system_time_us"]) / 1e6


def _audit(uri: str, database: str, folder: Path) -> tuple[float, float, float]:
    """Run the command; how many seconds it takes, how many of them it computes, and how many megabytes at most."""
    environ = {
        **os.environ,
        **DEFAULTS,
        "MONGO_URI": uri,
        "MONGO_DB": database,
        "VAR_DIR": str(folder / "var"),
    }
    words = [sys.executable, "-m", "flask", "--app", str(ROOT / "wsgi.py"), "gigflow", "audit"]
    began = time.perf_counter()
    process = subprocess.Popen(
        words, cwd=folder, env={**environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError("the audit found something broken in what was made")
    seconds = time.perf_counter() - began
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
