"""The one module that knows how GigFlow runs: green threads of eventlet in a server, plain threads in a script.

Everything else uses `threading` as usual (eventlet patches it at the worker's start) and these functions.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, ParamSpec, TypeVar

Args = ParamSpec("Args")
Result = TypeVar("Result")
Note = TypeVar("Note")


def mode() -> str:
    """Return how Socket.IO should run here: "eventlet" in a server, "threading" in a script."""
    return "eventlet" if _is_patched() else "threading"


def off_loop(work: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs) -> Result:
    """Run CPU-bound `work` in a real thread, so that other requests go on in the meantime (argon2 takes 25 ms)."""
    if not _is_patched():
        return work(*args, **kwargs)
    from eventlet import tpool  # only where it runs anyway: importing it has effects of its own

    return tpool.execute(work, *args, **kwargs)  # type: ignore[no-any-return]


def _is_patched() -> bool:
    patcher = sys.modules.get("eventlet.patcher")
    return patcher is not None and patcher.is_monkey_patched("thread")


class Queue(Generic[Note]):
    """The callers of this process who want to do something with one thing, one after another."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.length = 0
        # What one of them found out that saves the ones behind it the same question; gone with the last of them.
        self.note: Note | None = None


class KeyedQueues(Generic[Note]):
    """A queue per key inside this process. Correctness never depends on it: it only keeps conflicts, and so
    retries, rare (docs/measured.md, Hiring and bidding: 93 ms instead of 341 for 200 hires of one gig).
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._queues: dict[object, Queue[Note]] = {}

    @contextmanager
    def turn(self, key: object) -> Iterator[Queue[Note]]:
        """Wait for a turn with `key`, and hold it; the queue is forgotten with the last in it."""
        with self._guard:
            queue = self._queues.setdefault(key, Queue())
            queue.length += 1
        try:
            with queue.lock:
                yield queue
        finally:
            with self._guard:
                queue.length -= 1
                if not queue.length:
                    del self._queues[key]
