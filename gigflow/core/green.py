"""The one module that knows how GigFlow runs: green threads of eventlet in a server, plain threads in a script.

Everything else uses `threading` as usual (eventlet patches it at the worker's start) and these functions.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from eventlet import patcher, tpool

Args = ParamSpec("Args")
Result = TypeVar("Result")


def mode() -> str:
    """How Socket.IO is to run here: "eventlet" in a server, "threading" in a script."""
    return "eventlet" if patcher.is_monkey_patched("thread") else "threading"


def off_loop(work: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs) -> Result:
    """Run CPU-bound `work` in a real thread, so that other requests go on meanwhile (argon2 takes 25 ms)."""
    if patcher.is_monkey_patched("thread"):
        return tpool.execute(work, *args, **kwargs)  # type: ignore[no-any-return]
    return work(*args, **kwargs)


class KeyedLocks:
    """A lock per key inside this process. Correctness never depends on it: it only keeps conflicts, and so
    retries, rare (PERFORMANCE.md, Hiring and bidding: 93 ms instead of 341 for 200 hires of one gig).
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[object, tuple[threading.Lock, int]] = {}

    @contextmanager
    def holding(self, key: object) -> Iterator[bool]:
        """Hold the lock of `key` and say whether it had to be waited for. It is forgotten with the last holder."""
        with self._guard:
            lock, users = self._locks.get(key, (threading.Lock(), 0))
            self._locks[key] = (lock, users + 1)
        try:
            with lock:
                yield users > 0
        finally:
            with self._guard:
                lock, users = self._locks[key]
                if users == 1:
                    del self._locks[key]
                else:
                    self._locks[key] = (lock, users - 1)
