"""The database of a test run: one embedded replica set that all workers of pytest-xdist share."""

import tempfile
from pathlib import Path

from gigflow.core.mongod import Mongod, start_mongod


class SharedMongod:
    """Started by the first who needs it, in the process that outlives all workers; stopped at its end."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._mongod: Mongod | None = None

    @property
    def uri(self) -> str:
        if self._mongod is None:
            self._folder = tempfile.TemporaryDirectory(prefix="gigflow-tests-")
            # Failpoints need enableTestCommands; with it nothing else changes.
            self._mongod = start_mongod(Path(self._folder.name), parameters={"enableTestCommands": 1})
        return self._mongod.uri

    def stop(self) -> None:
        if self._mongod is not None:
            self._mongod.kill()  # nobody reads this data again
        if self._folder is not None:
            self._folder.cleanup()
