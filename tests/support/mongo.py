"""The database of a test run: one embedded replica set that all workers of pytest-xdist share."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from gigflow.core.mongod import Mongod, start_mongod
from tests.support.cost import of_process

MEMORY = Path("/dev/shm")  # nobody reads the data again, so it need not reach a disk
ROOM = 4 * 1024**3  # bytes that a whole run may need
PARAMETERS = {
    "enableTestCommands": 1,  # failpoints need it
    # What it would write down of itself each second, nobody reads.
    "diagnosticDataCollectionEnabled": "false",
}
# It takes these only while it runs. A run has 20,000 tables, most of servers that have ended, and its eviction threads
# and each checkpoint go over all that are open.
RUNNING = {
    "wiredTigerEngineRuntimeConfig": "cache_size=1GB,eviction=(threads_min=1,threads_max=1),"
    "file_manager=(close_idle_time=30,close_scan_interval=10,close_handle_minimum=250)",
    "syncdelay": 600,  # seconds between checkpoints
}


class SharedMongod:
    """Started by the first who needs it, in the process that outlives all workers; stopped at its end."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._mongod: Mongod | None = None

    @property
    def uri(self) -> str:
        if self._mongod is None:
            self._folder = tempfile.TemporaryDirectory(prefix="gigflow-tests-", dir=_folder_in_memory())
            self._mongod = start_mongod(Path(self._folder.name), parameters=PARAMETERS)
            with MongoClient[dict[str, Any]](self._mongod.uri) as client:
                client.admin.command("setParameter", 1, **RUNNING)
                _commit_in_memory(client)
        return self._mongod.uri

    def stop(self) -> float:
        """End it, if it runs. Returns the seconds of processor time that it took."""
        spent = of_process(self._mongod.pid) if self._mongod else 0.0
        if self._mongod is not None:
            self._mongod.kill()  # nobody reads this data again
        if self._folder is not None:
            self._folder.cleanup()
        return spent


def _commit_in_memory(client: MongoClient[dict[str, Any]]) -> None:
    """Call a write of the majority done without its journal, which is a third of what it costs. Tests that kill a
    database start their own, whose journal is as in production.
    """
    config = client.admin.command("replSetGetConfig")["config"]
    config |= {"writeConcernMajorityJournalDefault": False, "version": config["version"] + 1}
    client.admin.command("replSetReconfig", config, force=True)


def _folder_in_memory() -> Path | None:
    """Memory that is used as a folder, where there is enough of it."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None
