"""The embedded database of a run: started first, and started again whenever it has ended, as soon as that can work."""

import shutil
import time
from pathlib import Path

from pymongo.errors import PyMongoError

from gigflow.core.mongod import Mongod, MongodError, start_mongod
from gigflow.server.say import say

ROOM_MB = 64  # of free disk: with less it would end again at its next checkpoint
AGAIN_SECONDS = 2.0
AGAIN_MAX_SECONDS = 30.0


class Database:
    """A mongod of ours in `folder`. While it is away the web processes go on, and say so (SECURITY 27)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mongod: Mongod | None = None
        self._is_away = False
        self._again_at = 0.0
        self._pause = AGAIN_SECONDS

    def start(self) -> str:
        """Start it and return its URI. Raises MongodError."""
        if reason := self._lack_of_room():
            raise MongodError(f"The database cannot start: {reason}.")
        self._mongod = start_mongod(self._folder)
        return self._mongod.uri

    @property
    def is_away(self) -> bool:
        """Whether it has ended and should be started again."""
        return self._is_away

    def revive(self) -> str | None:
        """Start it again if it has ended and its time has come; return its URI once it serves, which may be another
        one.

        It is tried for ever, at growing intervals: what is wrong may be mended outside, and then nobody has to restart
        us.
        """
        if self._mongod is None or self._mongod.process.poll() is None:
            return None
        if not self._is_away:
            self._is_away, self._pause = True, AGAIN_SECONDS
            ended = f"The embedded MongoDB ended (exit code {self._mongod.process.returncode})"
            if reason := self._lack_of_room():
                say(f"{ended}: {reason}. It starts again as soon as there is room.")
            else:
                say(f"{ended}; starting it again.")
        elif time.monotonic() < self._again_at:
            return None
        return self._try()

    def stop(self) -> None:
        """End it cleanly."""
        if self._mongod:
            self._mongod.stop()

    def _try(self) -> str | None:
        assert self._mongod is not None
        self._again_at = time.monotonic() + self._pause
        if self._lack_of_room():
            return None
        try:
            self._mongod = start_mongod(self._folder, self._mongod.port)
        except (MongodError, PyMongoError, OSError) as error:
            self._pause = min(2 * self._pause, AGAIN_MAX_SECONDS)
            self._again_at = time.monotonic() + self._pause
            say(f"The embedded MongoDB did not start: {error} The next try is in {self._pause:.0f} s.")
            return None
        self._is_away = False
        say("The embedded MongoDB serves again.")
        return self._mongod.uri

    def _lack_of_room(self) -> str:
        """Why the disk is not good enough to start; empty if it is."""
        place = self._folder if self._folder.exists() else self._folder.parent
        free = shutil.disk_usage(place).free // (1024 * 1024)
        if free >= ROOM_MB:
            return ""
        return f"the disk of '{self._folder}' is full ({free} MB are free, and it needs {ROOM_MB} MB)"
