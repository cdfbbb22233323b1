"""Web processes without their start: a process that has imported GigFlow once, as a worker does, and forks one for each
server that the tests want. To import it takes three quarters of what a server costs to start.

What runs is the worker's own `main` on a socket of its own, in a process of its own. It lacks the supervisor, the
command line and a fresh interpreter: tests of those, and those that kill processes, start the whole.
Commands are forked likewise, by another process that has imported what they do, and has patched nothing.
Nothing is connected and no thread runs when it forks, so that no process shares anything with another.
"""

import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REAP_SECONDS = 1.0


class Incubator:
    """The process that forks, as the tests see it. One for each worker of pytest."""

    def __init__(self, environ: dict[str, str], kind: str = "web") -> None:
        self._environ = environ
        self._commands: Incubator | None = None
        # Threads of a test run commands at once: an order is told whole, and one process takes them.
        self._lock = threading.Lock()
        ours, theirs = socket.socketpair()
        self._control = ours
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.incubator", str(theirs.fileno()), kind],
            pass_fds=(theirs.fileno(),),
            cwd=ROOT,
            env=environ,
        )
        theirs.close()

    def fork(self, settings: bytes, folder: Path, log: int, listener: socket.socket) -> "Forked":
        """A web process with these settings that listens there; returns when it serves."""
        ready, told = os.pipe()
        given = folder / "settings.json"
        given.write_bytes(settings)
        order = {"settings": str(given), "folder": str(folder)}
        pid = self._send(order, log, listener.fileno(), told)
        os.close(told)
        with os.fdopen(ready, "rb") as pipe:
            assert pipe.read(1), "the web process ended at its start"
        return Forked(pid)

    def run(
        self, words: Sequence[str], environ: dict[str, str], folder: Path
    ) -> subprocess.CompletedProcess[str]:
        """Run `flask …` with these words in this environment."""
        with self._lock:
            if self._commands is None:
                self._commands = Incubator(self._environ, "commands")
        ended, told = os.pipe()
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            order = {"words": list(words), "environ": environ, "folder": str(folder)}
            self._commands._send(order, output.fileno(), errors.fileno(), told)
            os.close(told)
            with os.fdopen(ended, "rb") as pipe:
                code = pipe.read()
            output.seek(0)
            errors.seek(0)
            said = output.read().decode(), errors.read().decode()
        # What ends without a word was killed.
        return subprocess.CompletedProcess(list(words), code[0] if code else -signal.SIGKILL, *said)

    def stop(self) -> None:
        """End it; the processes that it forked end with it."""
        if self._commands:
            self._commands.stop()
        self._control.close()
        self._process.wait()

    def _send(self, order: dict[str, Any], *fds: int) -> int:
        """Have a process forked with these descriptors; its id."""
        text = json.dumps(order).encode()
        with self._lock:
            socket.send_fds(self._control, [len(text).to_bytes(4, "big")], list(fds))
            self._control.sendall(text)
            return int.from_bytes(self._control.recv(4), "big")


class Forked:
    """A web process that was forked, with what tests do to processes."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """None while it runs."""
        return 0 if select.select([self._handle], [], [], 0)[0] else None

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._send(signal.SIGKILL)

    def wait(self, seconds: float) -> int:
        """Wait until it has ended. Raises TimeoutError."""
        if not select.select([self._handle], [], [], seconds)[0]:
            raise TimeoutError(f"the process {self.pid} has not ended")
        return 0

    def _send(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._handle, number)


def incubate(control_fd: int, live: Callable[..., int]) -> None:
    """Fork a process for each order, which lives by it, until the tests close the socket."""
    from eventlet.patcher import original

    from gigflow.core.mongod import die_with_parent

    end_with_tests = die_with_parent(signal.SIGTERM)
    plain, chosen = original("socket"), original("select")
    control = plain.socket(fileno=control_fd)
    # What is imported is walked once, here, and not by the collector of each web process.
    gc.collect()
    gc.freeze()
    while True:
        while not chosen.select([control], [], [], REAP_SECONDS)[0]:
            _reap()
        head, fds, _, _ = plain.recv_fds(control, 4, 3)
        if not head:
            _reap()  # what they cost is counted here
            return
        order = b""
        while len(order) < int.from_bytes(head, "big"):
            order += control.recv(int.from_bytes(head, "big") - len(order))
        pid = os.fork()
        if pid == 0:
            control.close()
            os.setsid()
            end_with_tests()
            os._exit(_ended(live, json.loads(order), *fds))
        for fd in fds:
            os.close(fd)
        control.sendall(pid.to_bytes(4, "big"))


def _ended(live: Callable[..., int], order: dict[str, Any], *fds: int) -> int:
    try:
        return live(order, *fds)
    except BaseException:  # noqa: BLE001 - it has no other caller to tell
        traceback.print_exc()
        return 1


def serve(order: dict[str, Any], log: int, listener: int, ready: int) -> int:
    """Be the web process: what a fresh one finds at its descriptors stands there."""
    from eventlet import hubs

    from gigflow.server import worker

    # Else all of them would wait at one epoll, and each would be woken by what happens at the sockets of all others.
    hubs.use_hub()
    os.dup2(log, 2)
    os.chdir(order["folder"])
    os.dup2(os.open(order["settings"], os.O_RDONLY), 0)
    return worker.main([listener], ready)


def command(order: dict[str, Any], output: int, errors: int, ended: int) -> int:
    """Be the command, and tell its exit code when all that it says is written."""
    from flask.cli import main

    os.dup2(output, 1)
    os.dup2(errors, 2)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environ"])
    sys.argv = ["flask", "--app", str(ROOT / "wsgi.py"), *order["words"]]
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001 - as an interpreter says it
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(ended, bytes([code]))
    return code


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


if __name__ == "__main__":
    if sys.argv[2] == "web":
        import gigflow.server.worker

        incubate(int(sys.argv[1]), serve)
    else:
        import gigflow.app
        import gigflow.cli
        import gigflow.server.supervisor  # noqa: F401 - what wsgi.py imports

        incubate(int(sys.argv[1]), command)
