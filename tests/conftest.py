"""What every test stands on: one database for all workers, one server per worker, and four people."""

import gc
import itertools
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from gigflow.server.supervisor import WORKER_ENVIRON
from gigflow.settings.settings import declared_settings
from tests.support.client import Client, Person
from tests.support.cost import Cost
from tests.support.incubator import Incubator
from tests.support.mongo import SharedMongod
from tests.support.server import Server
from tests.support.sockets import Socket

PASSWORD = "correct horse 7"
# Where a database is that outlives the run, as tests/breakages has one for all of its runs.
GIVEN_MONGO = "TESTS_MONGO_URI"

Join = Callable[..., Person]
Connect = Callable[..., Socket]

# What tests make goes by itself, nearly all of it: to look for what does not, seldom is often enough.
gc.set_threshold(50_000)

_shared_mongod = SharedMongod()
_cost: list[Cost] = []
_numbers = itertools.count()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker of pytest-xdist where the database is; it lives in the process that they are children of."""
    node.workerinput["mongo_uri"] = os.environ.get(GIVEN_MONGO) or _shared_mongod.uri


def pytest_configure(config: pytest.Config) -> None:
    _cost.append(Cost(config))
    config.pluginmanager.register(_cost[0])


def pytest_collection_finish() -> None:
    """What was collected stays until the end: the collector need not walk it again and again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    _cost[0].mongod = _shared_mongod.stop()
    _cost[0].show()


@pytest.fixture(scope="session")
def mongo_uri(pytestconfig: pytest.Config) -> str:
    """The replica set of this run."""
    told: dict[str, str] = getattr(pytestconfig, "workerinput", {})
    return told.get("mongo_uri") or os.environ.get(GIVEN_MONGO) or _shared_mongod.uri


@pytest.fixture(scope="session")
def incubator() -> Iterator[Incubator]:
    """What web processes of this worker are forked from."""
    inherited = {name: text for name, text in os.environ.items() if name not in declared_settings()}
    running = Incubator({**inherited, **WORKER_ENVIRON})
    yield running
    running.stop()


@pytest.fixture(scope="module")
def start_server(
    mongo_uri: str, incubator: Incubator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Server]]:
    """Starts servers with settings of their own, and stops them after the module's last test. The `whole` has a
    supervisor, a command line and fresh interpreters, for tests that end processes.
    """
    with ExitStack() as stack:

        def start(mongo_db: str = "", *, whole: bool = False, **settings: str) -> Server:
            forked_from = None if whole else incubator
            server = Server(mongo_uri, tmp_path_factory.mktemp("server"), mongo_db, forked_from, **settings)
            stack.callback(server.stop)
            return server

        yield start


@contextmanager
def _quiet_server(
    uri: str, folders: pytest.TempPathFactory, incubator: Incubator, **settings: str
) -> Iterator[Server]:
    """A server for many tests. None of those that use it may make it log an error."""
    running = Server(uri, folders.mktemp("server"), "", incubator, **settings)
    yield running
    running.stop()
    assert not running.errors()


@pytest.fixture(scope="session")
def server(
    mongo_uri: str, incubator: Incubator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The server of this worker, without limits."""
    with _quiet_server(mongo_uri, tmp_path_factory, incubator) as running:
        yield running


@pytest.fixture(scope="module")
def two_processes(
    mongo_uri: str, incubator: Incubator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with two web processes, for races: no lock of one process decides there. Few files want one, and each
    commit of the run would wake its change streams.
    """
    with _quiet_server(mongo_uri, tmp_path_factory, incubator, WEB_PROCESSES="2") as running:
        yield running


@pytest.fixture(scope="module")
def payments_off(
    mongo_uri: str, incubator: Incubator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with payments switched off."""
    with _quiet_server(mongo_uri, tmp_path_factory, incubator, PAYMENTS="off") as running:
        yield running


@pytest.fixture
def db(server: Server) -> Database[dict[str, Any]]:
    """The database of the server, to see what is stored."""
    return server.db


@contextmanager
def _joining(server: Server) -> Iterator[Join]:
    with ExitStack() as stack:

        def joined(name: str = "Dora Newcomer", at: Server = server, password: str = PASSWORD) -> Person:
            email = f"{name.split()[0].lower()}-{next(_numbers)}-{secrets.token_hex(4)}@example.test"
            person = at.person(name, email, password)
            stack.callback(person.close)
            return person

        yield joined


@pytest.fixture
def join(server: Server) -> Iterator[Join]:
    """Signs somebody up, at the worker's server or at another."""
    with _joining(server) as joined:
        yield joined


@pytest.fixture(scope="module")
def join_once(server: Server) -> Iterator[Join]:
    """Signs somebody up for the whole module."""
    with _joining(server) as joined:
        yield joined


@pytest.fixture
def alice(join: Join) -> Person:
    """She owns the job."""
    return join("Alice Owner")


@pytest.fixture
def bob(join: Join) -> Person:
    """He bids on it."""
    return join("Bob Bidder")


@pytest.fixture
def charlie(join: Join) -> Person:
    """A stranger to it."""
    return join("Charlie Stranger")


@pytest.fixture
def root(join: Join, server: Server) -> Person:
    """An admin."""
    person = join("Root Admin")
    server.make_admin(person.email)
    return person


@pytest.fixture
def visitor(server: Server) -> Iterator[Client]:
    """Somebody who is not signed in."""
    client = Client(server.url)
    yield client
    client.close()


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Opens sockets, and closes them after the test."""
    with ExitStack() as stack:

        def connected(client: Client, **more: Any) -> Socket:
            socket = Socket(client, **more)
            stack.callback(socket.close)
            return socket

        yield connected


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is gone after the test run."""
    return tmp_path


def shared(name: str, *, is_admin: bool = False) -> Any:
    """A fixture for modules that ask very often and change nothing of the person: one account for the whole module.

    `alice = shared("Alice Owner")` in a module takes the place of the `alice` above.
    """

    @pytest.fixture(scope="module")
    def person(server: Server, join_once: Join) -> Person:
        known = join_once(name)
        if is_admin:
            server.make_admin(known.email)
        return known

    return person
