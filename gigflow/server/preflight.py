"""What must be so before GigFlow may start: one run per folder, a free port, a database that can do the work.

Anything that is not so ends in a `Fault`, one sentence for the person who started it.
"""

import errno
import fcntl
import os
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from pymongo import MongoClient
from pymongo.errors import ConfigurationError, InvalidURI, OperationFailure, PyMongoError

from gigflow.settings.settings import Settings

BACKLOG = 4096
DATABASE_SECONDS = 4.0


class Fault(Exception):
    """An expected reason to stop; the message is one sentence for the person who started GigFlow."""


@contextmanager
def only_run(var_dir: Path) -> Iterator[TextIO]:
    """Hold the folder for this run by a locked file that names the owner. Raises Fault if another run holds it."""
    try:
        lock = (var_dir / "run.lock").open("a+")
    except OSError as error:
        raise Fault(f"VAR_DIR is '{var_dir}': nothing can be written there ({error.strerror}).") from error
    with lock:
        lock.seek(0)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = lock.read() or "another process"
            raise Fault(f"GigFlow already runs on '{var_dir}': {owner}.") from None
        try:
            yield lock
        finally:
            lock.truncate(0)


def name_owner(lock: TextIO, owner: str) -> None:
    """Write into the locked file who holds the folder. On a full disk the lock itself is enough."""
    with suppress(OSError):
        lock.truncate(0)
        os.write(
            lock.fileno(), owner.encode()
        )  # past the file's own buffer, which would try again at the end


def listen(settings: Settings, patience: float) -> list[tuple[socket.socket, ...]]:
    """Return the listening sockets of each web process. Raises Fault if the port is taken for longer than `patience`
    seconds.

    If this is for one machine only, it also listens at ::1 if that is there and free: "localhost" means either.
    """
    try:
        host = "127.0.0.1" if settings.host == "localhost" else settings.host  # and ::1, below
        found = socket.getaddrinfo(host, settings.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Fault(f"HOST is '{settings.host}': this is no address of this machine.") from error
    deadline = time.monotonic() + patience
    while True:
        try:
            listeners = _bind(found[0][0], found[0][4], settings.web_processes)
            twins = _loopback_twins(found[0][4][0], listeners)
            return list(zip(listeners, *twins, strict=True))
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(0.02)
                continue
            reasons = {
                errno.EADDRINUSE: f"PORT {settings.port} is taken: stop who uses it, or set another.",
                errno.EACCES: f"PORT is {settings.port}: this needs more rights, so set one above 1023.",
            }
            other = f"HOST is '{settings.host}': GigFlow cannot listen there ({error.strerror})."
            raise Fault(reasons.get(error.errno or 0, other)) from error


def _loopback_twins(host: object, listeners: list[socket.socket]) -> list[list[socket.socket]]:
    if host != "127.0.0.1":
        return []
    port = listeners[0].getsockname()[1]
    try:
        return [_bind(socket.AF_INET6, ("::1", port), len(listeners))]
    except OSError:  # this machine has no IPv6, or another program listens there
        return []


def _bind(family: int, address: tuple[object, ...], slots: int) -> list[socket.socket]:
    first = _bound_socket(family, address, shared=False)
    if slots == 1:
        first.listen(BACKLOG)
        return [first]
    # SO_REUSEPORT would join another program's port without a word, so the first look is without it.
    address = first.getsockname()
    first.listen()
    first.close()
    listeners = [_bound_socket(family, address, shared=True) for _ in range(slots)]
    for listener in listeners:
        listener.listen(BACKLOG)
    return listeners


def _bound_socket(family: int, address: tuple[object, ...], *, shared: bool) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it; without it answers of 17 to 40 KB took 44 ms (docs/measured.md, Serving).
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(address)
    except OSError:
        bound.close()
        raise
    return bound


def check_replica_set(uri: str) -> None:
    """Raise Fault, which never shows the password, unless a replica set (or a sharded cluster) takes writes there."""
    hosts = uri.rpartition("@")[2].rpartition("://")[2].partition("/")[0].partition("?")[0]
    timeout_ms = int(DATABASE_SECONDS * 1000)
    try:
        with MongoClient[dict[str, Any]](
            uri, serverSelectionTimeoutMS=timeout_ms, connectTimeoutMS=timeout_ms
        ) as client:
            hello = client.admin.command("hello")
    except OperationFailure as error:
        raise Fault(f"MONGO_URI: the database at {hosts} refuses: {first_sentence(error)}.") from error
    except (InvalidURI, ValueError) as error:  # what they say may quote a piece of the password
        raise Fault(
            "MONGO_URI cannot be read as an address: special characters of a password are written as %XX."
        ) from error
    except ConfigurationError as error:
        raise Fault(f"MONGO_URI cannot be used: {first_sentence(error)}.") from error
    except PyMongoError as error:
        raise Fault(f"MONGO_URI: no primary answers at {hosts} within {DATABASE_SECONDS:.0f} s.") from error
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise Fault(
            f"MONGO_URI: the server at {hosts} is no replica set; transactions and change streams need one."
        )


def first_sentence(error: Exception) -> str:
    """Return what an error of the database says, without the reply that pymongo appends."""
    return str(error).partition(", full error")[0].partition("\n")[0].rstrip(".")


def allow_many_connections() -> None:
    """Allow as many open files as the machine lets us have, for us and our children: every connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS says "unlimited" and then refuses it
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
