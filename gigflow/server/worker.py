"""One web process: the application under eventlet, on sockets that the supervisor opened.

`python -m gigflow.server.worker LISTEN_FD,… READY_FD` with the settings as JSON on standard input; they come once the
database is there, and until then this process imports. It is the only module that patches: eventlet's green sockets,
locks and clocks must be in place before Flask or pymongo are imported.
"""

import gc

# What is imported stays, so to look through it meanwhile is a tenth of a start for nothing; `main` begins again.
gc.disable()

import warnings

# The owner chose eventlet knowing that it is only maintained; it need not say so at every start.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet

eventlet.monkey_patch()

import os
import resource
import signal
import socket
import sys
from collections.abc import Sequence

from eventlet import wsgi
from eventlet.greenio import shutdown_safe
from flask import Flask

from gigflow.app import build
from gigflow.server.frames import Frames
from gigflow.server.protocol import KEEP_ALIVE_SECONDS, SILENCE_SECONDS, Connections, Protocol
from gigflow.settings.settings import Settings
from gigflow.ticks import Ticker
from gigflow.web.logs import WsgiErrors
from gigflow.web.realtime import EXTENSION, Realtime
from gigflow.web.runtime import EXTENSION as RUNTIME

MAX_CONNECTIONS = 20000  # eventlet's own 1,024 makes the next one hang, and every open socket counts
OTHER_FILES = 256  # connections to the database, uploads, modules
DRAIN_SECONDS = 10
FRESH_SECONDS = 2  # a new connection's request arrives by then; browsers also open some that they never use


def main(listen_fds: Sequence[int], ready_fd: int) -> int:
    """Serve until SIGTERM, then drain; returns the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's
    text = sys.stdin.buffer.read()
    if not text:  # the supervisor could not start the database
        return 0
    settings = Settings.from_json(text)
    app = build(settings)
    realtime: Realtime = app.extensions[EXTENSION]
    ticker = Ticker(app, realtime)
    realtime.start()
    ticker.start()
    Protocol.bound_addresses(settings, app.extensions[RUNTIME].limits)
    pool = Connections(_most_connections())
    servers = [
        eventlet.spawn(
            wsgi.server,
            socket.socket(-1, -1, -1, fileno=listen_fd),
            Frames(app),
            protocol=Protocol,
            custom_pool=pool,
            keepalive=KEEP_ALIVE_SECONDS,
            socket_timeout=SILENCE_SECONDS,
            environ={"wsgi.errors": WsgiErrors()},
            log_output=False,
            debug=False,  # or a failing middleware would answer with its trace
        )
        for listen_fd in listen_fds
    ]
    gc.collect()
    gc.freeze()  # what is there now stays; the collector need not walk it again and again
    gc.enable()
    wake = _wake_on_sigterm()
    if not _say_ready(ready_fd):  # the supervisor is gone, and with it what would end this process
        return 0
    os.read(wake, 1)
    _drain(servers, app)
    return 0


def _say_ready(ready_fd: int) -> bool:
    """Tell the supervisor that requests are answered; returns False if it is gone.

    It uses the plain `os`: if nobody reads any longer, eventlet's tries again for ever, with a whole core.
    """
    try:
        eventlet.patcher.original("os").write(ready_fd, b"1")
    except BrokenPipeError:
        return False
    finally:
        os.close(ready_fd)
    return True


def _most_connections() -> int:
    """Return as many connections as there are files that may be open, less some: if none is left, eventlet stops
    accepting, for ever.
    """
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        MAX_CONNECTIONS
        if soft == resource.RLIM_INFINITY
        else max(1, min(MAX_CONNECTIONS, soft - OTHER_FILES))
    )


def _wake_on_sigterm() -> int:
    """Return a descriptor that becomes readable at SIGTERM: a signal alone does not wake eventlet's hub."""
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    signal.signal(signal.SIGTERM, lambda *_: None)
    return readable


def _drain(servers: Sequence[eventlet.greenthread.GreenThread], app: Flask) -> None:
    """Accept no more connections, close idle ones, let requests finish and send the sockets to another process."""
    Protocol.draining = True
    for server in servers:
        server.kill(SystemExit)
    for client in list(app.extensions["socketio"].server.eio.sockets.values()):
        client.close(wait=False)
    with eventlet.Timeout(FRESH_SECONDS, False):
        _wait_for(servers)
    for connection in list(Protocol.fresh):
        shutdown_safe(connection)
    with eventlet.Timeout(DRAIN_SECONDS, False):
        _wait_for(servers)


def _wait_for(servers: Sequence[eventlet.greenthread.GreenThread]) -> None:
    for server in servers:
        server.wait()


if __name__ == "__main__":
    sys.exit(main([int(number) for number in sys.argv[1].split(",")], int(sys.argv[2])))
