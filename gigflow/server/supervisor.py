"""Runs GigFlow: the settings, the port, the database, and the web processes until somebody says stop.

This process serves nobody and is not monkey-patched. Each web process is a fresh interpreter, never a fork, and
inherits its listening socket (docs/measured.md, Serving).
"""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from itertools import chain
from pathlib import Path

import msgspec
from pymongo.errors import PyMongoError

from gigflow.accounts.store import find_unconfirmed
from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.core.mongod import MongodError, die_with_parent
from gigflow.core.steps import StepTaken, do, pending, unknown
from gigflow.schema import STEPS, prepare
from gigflow.server.database import Database
from gigflow.server.preflight import (
    Fault,
    allow_many_connections,
    check_replica_set,
    first_sentence,
    listen,
    name_owner,
    only_run,
)
from gigflow.server.say import say, tell
from gigflow.settings.installation import bind_money
from gigflow.settings.readers import SettingError
from gigflow.settings.settings import Settings, load_settings

ROOT = Path(__file__).resolve().parents[2]
DOTENV = Path(".env")

WORKER_ENVIRON = {
    "PYTHONPATH": str(ROOT),
    # Each thread that hashes a password would keep 19 MB of its own: 480 MB after some sign-ins, measured; giving large
    # blocks back at once, it stays at 100.
    "MALLOC_MMAP_THRESHOLD_": str(1024 * 1024),
    "EVENTLET_THREADPOOL_SIZE": "4",
}

# The demo never fills the installation that a .env names.
DEMO_DEFAULTS = {"VAR_DIR": "var/demo", "MONGO_URI": ""}

READY_SECONDS = 60.0
DRAIN_SECONDS = 12.0  # a little more than a web process gives itself
QUICK_SECONDS = 3.0  # a process that ends so soon after its start would do so again
EARLY_DEATHS = 5
CRASH_PATIENCE_SECONDS = (
    15.0  # how long the processes of a supervisor that was killed may hold on to its port
)


def run(environ: Mapping[str, str] = os.environ, *, demo: bool = False) -> int:
    """Run GigFlow until SIGINT or SIGTERM and return the exit code. `demo` fills it with a believable market.

    SIGHUP restarts the web processes one by one, without a failed request. Expected faults are one sentence.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        settings = load_settings({**DEMO_DEFAULTS, **environ} if demo else environ, DOTENV)
        allow_many_connections()
        with ExitStack() as stack:
            lock = stack.enter_context(only_run(settings.var_dir))
            crashed = bool(lock.read())  # a run that ends by itself leaves the file empty
            listeners = listen(settings, CRASH_PATIENCE_SECONDS if crashed else 0)
            settings = msgspec.structs.replace(settings, port=listeners[0][0].getsockname()[1])
            name_owner(lock, f"process {os.getpid()} at {settings.base_url}")
            supervisor = Supervisor(settings, listeners)
            stack.callback(supervisor.stop)
            supervisor.start(demo)
            tell(f"GigFlow is at {settings.base_url} (Ctrl-C stops it)")
            supervisor.watch()
    except KeyboardInterrupt:
        pass
    except (SettingError, MongodError, Fault) as fault:
        say(str(fault))
        return 1
    return 0


class Worker:
    """A web process. It imports at once, and serves as soon as it is told the settings."""

    def __init__(self, listeners: Sequence[socket.socket]) -> None:
        self._ready, ready = os.pipe()
        numbers = [listener.fileno() for listener in listeners]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gigflow.server.worker", ",".join(map(str, numbers)), str(ready)],
            stdin=subprocess.PIPE,
            pass_fds=(*numbers, ready),
            env={**os.environ, **WORKER_ENVIRON},
            start_new_session=True,  # Ctrl-C is for the supervisor alone, which ends things in their order
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no thread runs Python here
        )
        os.close(ready)
        self._started = time.monotonic()
        self._served = False

    def begin(self, settings: Settings) -> None:
        """Hand over the settings: by a pipe, since the secrets among them need not be in the environment."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError), self.process.stdin as pipe:  # if it died, its watcher will see
            pipe.write(settings.to_json())

    def is_ready(self, timeout: float = READY_SECONDS) -> bool:
        """Return whether it serves within `timeout` seconds; a process that died does not."""
        if not self._served and select.select([self._ready], [], [], timeout)[0]:
            self._served = bool(os.read(self._ready, 1))
        return self._served and self.process.poll() is None

    def died_early(self) -> bool:
        """Return whether it ended without serving, or so soon that the next one would probably do the same."""
        self.is_ready(0)
        return not self._served or time.monotonic() - self._started < QUICK_SECONDS

    def forget(self) -> None:
        """Let go of what is left of it once it has ended."""
        self.process.wait()
        os.close(self._ready)
        if self.process.stdin is not None:
            self.process.stdin.close()


class Supervisor:
    """The processes of one run: the database, if it is ours, and as many web processes as were asked for."""

    def __init__(self, settings: Settings, listeners: list[tuple[socket.socket, ...]]) -> None:
        self._settings = settings
        self._listeners = listeners
        self._workers: list[Worker] = []
        self._draining: list[tuple[Worker, float]] = []
        self._database: Database | None = None
        self._early_deaths = 0
        self._restart_wanted = False
        self._had_terminal = _has_terminal()
        self._wake = self._wake_on_signals()

    def start(self, demo: bool) -> None:
        """Start everything and return when every web process serves. Raises Fault or MongodError."""
        # They import while the database starts.
        self._workers = [Worker(listeners) for listeners in self._listeners]
        self._open_database()
        self._prepare_database(demo)
        for worker in self._workers:
            worker.begin(self._settings)
        for slot in range(len(self._workers)):
            while not self._workers[slot].is_ready():
                self._replace(slot)

    def watch(self) -> None:
        """Keep everything running. It ends only by an exception: KeyboardInterrupt or Fault."""
        while True:
            self._revive_database()
            for slot, worker in enumerate(self._workers):
                if worker.process.poll() is not None:
                    self._replace(slot)
            if self._restart_wanted:
                self._restart_wanted = False
                if self._had_terminal and not _has_terminal():
                    raise KeyboardInterrupt  # the window was closed
                self._restart_workers()
            self._reap_draining()
            is_busy = self._draining or (self._database and self._database.is_away)
            readable, _, _ = select.select([self._wake], [], [], 1.0 if is_busy else None)
            if readable:
                self._wake.recv(4096)

    def stop(self) -> None:
        """End the web processes, which finish their requests first, and then the database."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        workers = self._workers + [worker for worker, _ in self._draining]
        for worker in workers:
            worker.process.terminate()
        deadline = time.monotonic() + DRAIN_SECONDS
        for worker in workers:
            try:
                worker.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.kill()
            worker.forget()
        if self._database:
            self._database.stop()
        for listener in chain.from_iterable(self._listeners):
            listener.close()

    def _wake_on_signals(self) -> socket.socket:
        """Return a socket that becomes readable when a child has ended or a restart is asked for."""
        readable, writable = socket.socketpair()
        writable.setblocking(False)
        signal.set_wakeup_fd(writable.detach(), warn_on_full_buffer=False)

        def on_hangup(*_: object) -> None:
            self._restart_wanted = True

        signal.signal(signal.SIGHUP, on_hangup)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        return readable

    def _open_database(self) -> None:
        if self._settings.mongo_uri:
            check_replica_set(self._settings.mongo_uri)
        else:
            self._database = Database(self._settings.var_dir / "mongo")
            self._settings = msgspec.structs.replace(self._settings, mongo_uri=self._database.start())

    def _prepare_database(self, demo: bool) -> None:
        db = Db(self._settings.mongo_uri, self._settings.mongo_db)
        try:
            prepare(db)
            self._bring_up_to_date(db)
            bind_money(db, self._settings)
            if not self._settings.confirms_addresses and find_unconfirmed(db, 1):
                # Few starts have anybody to confirm; features act on it, too.
                from gigflow.accounts.confirming import confirm_all
                from gigflow.features import wire

                wire()
                confirm_all(db, now())
            if demo:
                from gigflow.demo.past import fill

                for line in fill(db, self._settings):
                    tell(line)
        except PyMongoError as error:
            raise Fault(f"The database cannot be prepared: {first_sentence(error)}.") from error
        finally:
            db.client.close()

    def _bring_up_to_date(self, db: Db) -> None:
        """Do what is still to be done with stored data, if the database is ours alone; else say that it is to be done:
        processes of another version may be using it now, and the operator knows when.
        """
        for name in unknown(db, STEPS):
            tell(f"A newer version has done this in the database: {name}")
        left = pending(db, STEPS)
        if self._database is None:
            if left:
                numbers = ", ".join(str(step.number) for step in left)
                say(f"The database waits for changes (steps {numbers}): run `flask gigflow migrate`.")
            return
        try:
            for step in left:
                tell(f"{step.name}: {do(db, step):,} changed")
        except StepTaken as error:
            say(f"{error} The next start looks again.")

    def _revive_database(self) -> None:
        """Start the embedded database again if it died. Web processes find it at the same address."""
        uri = self._database.revive() if self._database else None
        if uri and uri != self._settings.mongo_uri:
            self._settings = msgspec.structs.replace(self._settings, mongo_uri=uri)
            self._restart_wanted = True

    def _replace(self, slot: int) -> None:
        """Replace a web process that ended or never served by a new one. Raises Fault if none ever stays."""
        worker = self._workers[slot]
        self._early_deaths = self._early_deaths + 1 if worker.died_early() else 0
        worker.process.kill()
        worker.process.wait()
        if self._early_deaths >= EARLY_DEATHS:
            raise Fault(f"The web process ended {EARLY_DEATHS} times in a row right after its start.")
        ended = f"Web process {worker.process.pid} ended (exit code {worker.process.returncode})"
        say(f"{ended}; starting another.")
        self._workers[slot] = Worker(self._listeners[slot])
        self._workers[slot].begin(self._settings)
        worker.forget()

    def _restart_workers(self) -> None:
        """Restart them one by one: start the new process on the same socket, then drain the old one."""
        for slot, old in enumerate(self._workers):
            new = Worker(self._listeners[slot])
            self._draining.append(
                (new, time.monotonic() + READY_SECONDS)
            )  # so that a stop in between ends it too
            new.begin(self._settings)
            if not new.is_ready():
                new.process.kill()
                say("The new web process did not start; the old ones go on.")
                return
            self._draining.pop()
            self._workers[slot] = new
            self._draining.append((old, time.monotonic() + DRAIN_SECONDS))
            old.process.terminate()

    def _reap_draining(self) -> None:
        for entry in list(self._draining):
            worker, deadline = entry
            if worker.process.poll() is None and time.monotonic() > deadline:
                worker.process.kill()
            if worker.process.poll() is not None:
                self._draining.remove(entry)
                worker.forget()


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
