"""The embedded MongoDB: a real replica set of one, so that transactions and change streams work on a laptop.

The binary comes from a wheel of the requirements, or is the mongod of PATH. Nodes listen on loopback only. Tests
also build a set of several nodes from the same parts, to kill its primary.
"""

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure

REPLICA_SET = "gigflow"
START_SECONDS = 60.0  # recovery after a power cut may take a while; a usual start takes well under one second
STOP_SECONDS = 20.0
POLL_SECONDS = 0.005
CACHE_GB = 0.25  # the least that WiredTiger accepts; a laptop has other things to do with its memory
OPLOG_MB = 990  # the least that mongod allows; the default would be 5 % of the disk

# A dead process's transaction holds a gig until it times out: 5 s instead of a minute (SECURITY 25). The other one
# bounds how long a signalled primary waits for a successor; a single node never has one.
PARAMETERS = {"transactionLifetimeLimitSeconds": 5, "shutdownTimeoutMillisForSignaledShutdown": 100}

_ADDRESS_IN_USE = 48  # mongod's exit code
_NOT_YET_INITIALIZED = 94
_PR_SET_PDEATHSIG = 1


class MongodError(Exception):
    """The embedded MongoDB cannot run; the message is one sentence for the person who started it."""


class Mongod:
    """A running mongod of ours. Get one from `start_mongod` or `start_node`."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self.log = log

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def address(self) -> str:
        """`host:port`, as members of a replica set know each other."""
        return f"127.0.0.1:{self.port}"

    @property
    def uri(self) -> str:
        return f"mongodb://{self.address}/?replicaSet={REPLICA_SET}&directConnection=true"

    def stop(self) -> None:
        """End it cleanly and wait until it is gone. A node that takes longer than STOP_SECONDS is killed."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it as a power cut would (kill -9), and wait until it is gone."""
        self.process.kill()
        self.process.wait()


def start_mongod(data_dir: Path, port: int = 0, parameters: Mapping[str, object] | None = None) -> Mongod:
    """Start the one-node replica set kept in `data_dir` and return when it takes writes.

    `port` 0 is the last port that was used, or a free one. `parameters` are further setParameter values, such as
    `{"enableTestCommands": 1}`. Raises MongodError.
    """
    node = start_node(data_dir, port, parameters)
    try:
        with _client(node) as client:
            kept = client.local["system.replset"].find_one()
            if kept is None:
                _initiate(client, [node])
            elif kept["members"][0]["host"] != node.address:
                _move(client, node)
            _wait(node, lambda: _hello(client).get("isWritablePrimary", False))
    except BaseException:
        node.kill()
        raise
    return node


def start_node(data_dir: Path, port: int = 0, parameters: Mapping[str, object] | None = None) -> Mongod:
    """Start one mongod and return when it answers; `initiate` makes it a member. Raises MongodError."""
    binary = find_binary()
    _make_ready(data_dir)
    port_file = data_dir / "port"
    wanted = port or _remembered(port_file)
    while True:
        chosen = wanted if wanted and _is_free(wanted) else _free_port()
        try:
            node = _spawn(binary, data_dir, chosen, parameters or {})
        except OSError as error:
            raise MongodError(f"Nothing can be written in '{data_dir}' ({error.strerror}).") from error
        try:
            with _client(node) as client:
                _wait(node, lambda: bool(_hello(client)))
        except MongodError:
            if node.process.poll() == _ADDRESS_IN_USE:  # taken between our look and its start
                wanted = 0
                continue
            raise
        except BaseException:
            node.kill()
            raise
        _remember(port_file, chosen)
        return node


def initiate(nodes: Sequence[Mongod], election_timeout_ms: int = 2000) -> str:
    """Make fresh nodes one replica set; return its URI once it has a primary that takes writes.

    With 2,000 ms the set is without a primary for some 3 s when that is killed (docs/measured.md, Realtime).
    """
    with _client(nodes[0]) as client:
        _initiate(client, nodes, election_timeout_ms)
    uri = f"mongodb://{','.join(node.address for node in nodes)}/?replicaSet={REPLICA_SET}"
    with MongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=int(START_SECONDS * 1000)) as client:
        client.admin.command("ping")  # needs a primary, so it waits for one
    return uri


def embedded_uri(data_dir: Path) -> str | None:
    """Return the URI of the embedded MongoDB that another process runs in `data_dir` at the moment, or None."""
    port = _remembered(data_dir / "port")
    if not port or not _is_locked(data_dir):
        return None
    return f"mongodb://127.0.0.1:{port}/?replicaSet={REPLICA_SET}&directConnection=true"


def find_binary() -> Path:
    """Return the mongod of the wheel, found without importing it, or that of PATH. Raises MongodError."""
    for folder in sys.path:
        binary = Path(folder) / "fiftyone" / "db" / "bin" / "mongod"
        if binary.is_file():
            if not os.access(binary, os.X_OK):  # not every installer keeps the bit
                binary.chmod(0o755)
            return binary
    if found := shutil.which("mongod"):
        return Path(found)
    raise MongodError("There is no mongod: install the requirements, or name a replica set in MONGO_URI.")


def die_with_parent(with_signal: int) -> Callable[[], None]:
    """Return a `preexec_fn` for Popen: the child gets `with_signal` when its parent ends, even by kill -9.

    Only Linux can do this; elsewhere the function does nothing. To be used in the main thread: Linux takes the end of
    the thread that forked for the end of the parent.
    """
    libc = ctypes.CDLL(None)  # loaded here, because after the fork there may be no more than a system call
    parent = os.getpid()

    def preexec() -> None:
        if sys.platform != "linux":
            return
        libc.prctl(_PR_SET_PDEATHSIG, with_signal, 0, 0, 0)
        if os.getppid() != parent:  # it died before prctl was called
            os._exit(1)

    return preexec


def _make_ready(data_dir: Path) -> None:
    try:
        (data_dir / "db").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MongodError(f"The database's folder '{data_dir}' cannot be made ({error.strerror}).") from error
    # A mongod whose parent was killed is still writing its last checkpoint.
    deadline = time.monotonic() + STOP_SECONDS
    while _is_locked(data_dir):
        if time.monotonic() > deadline:
            raise MongodError(f"Another mongod uses the database in '{data_dir}'.")
        time.sleep(POLL_SECONDS)


def _is_locked(data_dir: Path) -> bool:
    """Return whether a mongod holds its own lock on the data."""
    try:
        with (data_dir / "db" / "mongod.lock").open("r+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _spawn(binary: Path, data_dir: Path, port: int, parameters: Mapping[str, object]) -> Mongod:
    log = data_dir / "mongod.log"
    if log.exists():
        log.replace(data_dir / "mongod.log.1")  # one old log is kept, so that they do not pile up
    command = [str(binary), "--dbpath", str(data_dir / "db"), "--replSet", REPLICA_SET]
    command += ["--bind_ip", "127.0.0.1", "--port", str(port), "--nounixsocket", "--quiet"]
    command += ["--wiredTigerCacheSizeGB", str(CACHE_GB), "--oplogSize", str(OPLOG_MB)]
    for name, value in {**PARAMETERS, **parameters}.items():
        command += ["--setParameter", f"{name}={value}"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # A session of its own: Ctrl-C reaches only the supervisor, which stops the database last.
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - nothing but a system call
        )
    return Mongod(process, port, log)


def _wait(node: Mongod, is_done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if node.process.poll() is not None:
            raise MongodError(
                f"The embedded MongoDB ended at once (exit code {node.process.returncode}); '{node.log}' says why."
            )
        with suppress(AutoReconnect):
            if is_done():
                return
        time.sleep(POLL_SECONDS)
    raise MongodError(
        f"The embedded MongoDB is not ready after {START_SECONDS:.0f} s; '{node.log}' says why."
    )


@contextmanager
def _client(node: Mongod) -> Iterator[MongoClient[dict[str, Any]]]:
    """Return a client of this very node, once it listens: a client that meets a closed port waits half a second."""
    _wait(node, lambda: _listens(node.port))
    with MongoClient[dict[str, Any]](
        "127.0.0.1", node.port, directConnection=True, serverSelectionTimeoutMS=2000
    ) as client:
        yield client


def _listens(port: int) -> bool:
    with suppress(ConnectionError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _hello(client: MongoClient[dict[str, Any]]) -> dict[str, Any]:
    return client.admin.command("hello")


def _initiate(
    client: MongoClient[dict[str, Any]], nodes: Sequence[Mongod], election_timeout_ms: int = 10000
) -> None:
    settings = {"electionTimeoutMillis": election_timeout_ms}
    config = {"_id": REPLICA_SET, "members": _members(nodes), "settings": settings}
    client.admin.command("replSetInitiate", config)


def _move(client: MongoClient[dict[str, Any]], node: Mongod) -> None:
    """Tell the set of one that its port has changed since the last start, which can only be done by force."""

    def is_loaded() -> bool:
        # Until the node has itself looked for the old port, it claims to have no configuration at all.
        try:
            return bool(client.admin.command("replSetGetConfig"))
        except OperationFailure as error:
            if error.code != _NOT_YET_INITIALIZED:
                raise
            return False

    _wait(node, is_loaded)
    kept = client.admin.command("replSetGetConfig")["config"]
    config = {**kept, "members": _members([node]), "version": kept["version"] + 1}
    client.admin.command("replSetReconfig", config, force=True)


def _members(nodes: Sequence[Mongod]) -> list[dict[str, Any]]:
    return [{"_id": number, "host": node.address} for number, node in enumerate(nodes)]


def _remembered(port_file: Path) -> int:
    try:
        return int(port_file.read_text())
    except (FileNotFoundError, ValueError):
        return 0


def _remember(port_file: Path, port: int) -> None:
    """Keep the port for the next start. If the disk is full, the next start has another one, which is no fault."""
    with suppress(OSError):
        port_file.write_text(f"{port}\n")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as mongod binds it
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
