"""Waiting for a condition instead of for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = 20.0  # seconds; never spent where things work


def wait_for(condition: Callable[[], Found], timeout: float = PATIENCE, what: str = "it") -> Found:
    """What `condition` returns as soon as that is true; fails after `timeout` seconds."""
    deadline, pause = time.monotonic() + timeout, 0.01
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} never happened"
        time.sleep(pause)
        pause = min(1.1 * pause, 0.05)  # what takes long is asked less often
