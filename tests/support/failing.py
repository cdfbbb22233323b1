"""Faults of the database, put into it by its own failpoint."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from tests.support.server import Server

PATIENCE = 10_000  # ms


@contextmanager
def failpoint(
    server: Server, collection: str, *commands: str, times: int = 0, **fault: Any
) -> Iterator[Callable[[], object]]:
    """Let the next `times` of these commands on a collection of this server fail so, or all of them; what is yielded
    waits until one has.

    A database has one failpoint for everybody, so that only one test of all workers has it at a time.
    """
    admin = server.client.admin
    storage = admin.command("getCmdLineOpts")["parsed"]["storage"]
    data = {"failCommands": [*commands], "namespace": f"{server.mongo_db}.{collection}"}
    with Path(storage["dbPath"]).with_name("failpoint.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mode = {"times": times} if times else "alwaysOn"
        begun = admin.command("configureFailPoint", "failCommand", mode=mode, data=data | fault)
        entered = {"timesEntered": begun["count"] + 1, "maxTimeMS": PATIENCE}
        try:
            yield lambda: admin.command("waitForFailPoint", "failCommand", **entered)
        finally:
            admin.command("configureFailPoint", "failCommand", mode="off")


def slowly(server: Server, collection: str, command: str) -> AbstractContextManager[Callable[[], object]]:
    """Let the next of these commands on a collection take a second."""
    return failpoint(server, collection, command, times=1, blockConnection=True, blockTimeMS=1_000)
