"""The database of a test run: one embedded replica set that all workers of pytest-xdist share."""

import shutil
import tempfile
from pathlib import Path

from gigflow.core.mongod import Mongod, start_mongod
from tests.support.cost import of_process

MEMORY = Path("/dev/shm")  # nobody reads the data again, so it need not reach a disk
ROOM = 4 * 1024**3  # bytes that a whole run may need


class SharedMongod:
    """Started by the first who needs it, in the process that outlives all workers; stopped at its end."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._mongod: Mongod | None = None

    @property
    def uri(self) -> str:
        if self._mongod is None:
            self._folder = tempfile.TemporaryDirectory(prefix="gigflow-tests-", dir=_folder_in_memory())
            # Failpoints need enableTestCommands. Nobody reads what it would write down of itself each second.
            parameters = {"enableTestCommands": 1, "diagnosticDataCollectionEnabled": "false"}
            self._mongod = start_mongod(Path(self._folder.name), parameters=parameters)
        return self._mongod.uri

    def stop(self) -> float:
        """End it, if it runs. Returns the seconds of processor time that it took."""
        spent = of_process(self._mongod.pid) if self._mongod else 0.0
        if self._mongod is not None:
            self._mongod.kill()  # nobody reads this data again
        if self._folder is not None:
            self._folder.cleanup()
        return spent


def _folder_in_memory() -> Path | None:
    """Memory that is used as a folder, where there is enough of it."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None
