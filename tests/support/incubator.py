"""Web processes without their start: a process that has imported GigFlow once, as a worker does, and forks one for each
server that the tests want. To import it takes three quarters of what a server costs to start.

What runs is the worker's own `main` on a socket of its own, in a process of its own. It lacks the supervisor, the
command line and a fresh interpreter: tests of those, and those that kill processes, start the whole.
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
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REAP_SECONDS = 1.0


class Incubator:
    """The process that forks, as the tests see it. One for each worker of pytest."""

    def __init__(self, environ: dict[str, str]) -> None:
        ours, theirs = socket.socketpair()
        self._control = ours
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.incubator", str(theirs.fileno())],
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
        order = json.dumps({"settings": str(given), "folder": str(folder)}).encode()
        socket.send_fds(self._control, [len(order).to_bytes(4, "big")], [log, listener.fileno(), told])
        self._control.sendall(order)
        os.close(told)
        pid = int.from_bytes(self._control.recv(4), "big")
        with os.fdopen(ready, "rb") as pipe:
            assert pipe.read(1), "the web process ended at its start"
        return Forked(pid)

    def stop(self) -> None:
        """End it; the processes that it forked end with it."""
        self._control.close()
        self._process.wait()


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


def incubate(control_fd: int) -> None:
    """Import GigFlow as a worker does, then fork a web process for each order, until the tests close the socket."""
    from eventlet.patcher import original

    from gigflow.core.mongod import die_with_parent
    from gigflow.server import worker

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
            os._exit(_serve(worker, json.loads(order), *fds))
        for fd in fds:
            os.close(fd)
        control.sendall(pid.to_bytes(4, "big"))


def _serve(worker: object, order: dict[str, str], log: int, listener: int, ready: int) -> int:
    """Be the web process: what a fresh one finds at its descriptors stands there."""
    os.dup2(log, 2)
    os.chdir(order["folder"])
    os.dup2(os.open(order["settings"], os.O_RDONLY), 0)
    try:
        return int(worker.main(listener, ready))  # type: ignore[attr-defined]
    except BaseException:  # noqa: BLE001 - it has no other caller to tell
        import traceback

        traceback.print_exc()
        return 1


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


if __name__ == "__main__":
    import gigflow.server.worker  # noqa: F401 - patches first

    incubate(int(sys.argv[1]))
