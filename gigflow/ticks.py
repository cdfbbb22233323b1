"""What is due by time, done by the first process that gets to it: every process may tick, none must
(docs/architecture.md).

Each piece of work claims what it does by a conditional update, so that two processes never do a thing twice.
"""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from flask import Flask
from pymongo.errors import PyMongoError

from gigflow.core.changes import INSERT, Change
from gigflow.core.clock import now
from gigflow.core.each import is_away
from gigflow.features import wirings
from gigflow.web.realtime import Realtime
from gigflow.web.runtime import EXTENSION, Runtime
from gigflow.wiring import Round, Wakes

log = logging.getLogger(__name__)

Args = ParamSpec("Args")
Result = TypeVar("Result")

TICK_SECONDS = 15.0
# Between two runs, however often it is woken: three times what the run took, so that people who wait for an answer have
# most of the process even while many letters are to be written (without it they took half: 70 hires a second, not 90).
PAUSE_SECONDS = 0.25  # at least
PAUSE_MAX_SECONDS = 1.0


def run_due(app: Flask) -> int:
    """Do what is due, a piece of each kind, and return how many letters went out.

    Letters come before the provider, which may be slow, and once more for what came of it.
    """
    return sum(_run(app, do) for do in (*ROUNDS.values(), write_letters))


def do_house(app: Flask, runtime: Runtime) -> int:
    """Do what needs nobody but the database."""
    for feature in wirings().values():
        for do in feature.due:
            _guarded(do, runtime.db, now())
        for do_here in feature.house:
            _guarded(do_here, app)
    _guarded(runtime.refusals.flush)
    return 0


def write_letters(app: Flask, runtime: Runtime) -> int:
    """Write the letters that are due and send them; returns how many went out."""
    return sum(_guarded(do, app) or 0 for feature in wirings().values() for do in feature.letters)


def ask_provider(app: Flask, runtime: Runtime) -> int:
    """Do what waits for the payment provider, which may take long to answer."""
    for feature in wirings().values():
        for do in feature.provider:
            _guarded(do, app)
    return 0


Do = Callable[[Flask, Runtime], int]
# Each is done apart from the others: none of them waits for another.
ROUNDS: dict[Round, Do] = {"house": do_house, "letters": write_letters, "provider": ask_provider}


def _run(app: Flask, do: Do) -> int:
    """Return how many letters went out. A database that is away is one warning, and the next tick's business."""
    try:
        return do(app, app.extensions[EXTENSION])
    except PyMongoError as error:
        log.warning("nothing can be done by time without the database: %s", type(error).__name__)
        return 0


def _guarded(do: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs) -> Result | None:
    """Return what `do` returns, or None if it failed by itself: that does not stop the others. Raises PyMongoError if
    the database is away.
    """
    try:
        return do(*args, **kwargs)
    except Exception as error:
        if is_away(error):
            raise
        log.exception("%s.%s failed", do.__module__, do.__name__)
        return None


class Ticker:
    """Runs what is due: at the start, every `TICK_SECONDS`, and a round as soon as a new row has work for it.

    Each round has a green thread of its own, so a provider or a mail server that hangs holds up nothing else.
    """

    def __init__(self, app: Flask, realtime: Realtime) -> None:
        """Make it before `realtime` starts, since it asks for its changes."""
        self._app = app
        self._realtime = realtime
        self._woken = {round_: threading.Event() for round_ in ROUNDS}
        for feature in wirings().values():
            for wakes in feature.wakes:
                realtime.changes.watch(wakes.rows, INSERT, partial(self._inserted, wakes))

    def start(self) -> None:
        """Tick from now on, next to the requests, for as long as the process lives."""
        for round_ in ROUNDS:
            self._realtime.io.start_background_task(self._repeat, round_)

    def _inserted(self, wakes: Wakes, change: Change) -> None:
        """Wake a round for a row that is due, or that is due before the next tick."""
        due_at = change["fullDocument"].get(wakes.at) if wakes.at else now()
        if due_at is None:
            return
        due_in = (due_at - now()).total_seconds()
        if due_in <= 0:
            self._woken[wakes.round].set()
        elif due_in < TICK_SECONDS:
            self._realtime.io.start_background_task(self._wake_after, wakes.round, due_in)

    def _wake_after(self, round_: Round, seconds: float) -> None:
        time.sleep(seconds)
        self._woken[round_].set()

    def _repeat(self, round_: Round) -> None:
        woken = self._woken[round_]
        while True:
            woken.clear()  # first: a call that wakes it from here on means the next run
            began = time.monotonic()
            try:
                letters = _run(self._app, ROUNDS[round_])
            except Exception:
                letters = 0
                log.exception("a round failed")
            took = time.monotonic() - began
            # Nobody waits for this, and it asks every feature what is due.
            least = PAUSE_MAX_SECONDS if round_ == "house" else PAUSE_SECONDS
            time.sleep(min(max(3 * took, least), PAUSE_MAX_SECONDS))
            if not letters:  # else there may be more of them
                woken.wait(TICK_SECONDS)
