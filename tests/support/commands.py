"""What the house's own actions ask of the database, in their order, as the driver tells it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from pymongo import monitoring
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from gigflow.core.db import Db
from tests.support.server import Server

WRITES = ("insert", "update", "delete", "findAndModify")


class Command(NamedTuple):
    """One round trip: what is asked of which collection, and whether a transaction begins with it."""

    name: str
    collection: str
    begins: bool = False

    @property
    def is_write(self) -> bool:
        return self.name in WRITES


class _Listener(CommandListener):
    """The driver gives it to every client that is made from then on, and never takes it away again. So it is deaf until
    somebody wants to know.
    """

    def __init__(self) -> None:
        self.commands: list[Command] | None = None
        self.meanwhile: Callable[[Command], object] | None = None

    def started(self, event: CommandStartedEvent) -> None:
        if self.commands is None:
            return
        asked_of = event.command[event.command_name]
        collection = asked_of if isinstance(asked_of, str) else ""
        command = Command(event.command_name, collection, "startTransaction" in event.command)
        self.commands.append(command)
        if self.meanwhile:
            heard, self.commands = self.commands, None  # what others do is not heard
            try:
                self.meanwhile(command)
            finally:
                self.commands = heard

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing is to be noted of it."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing is to be noted of it."""


@cache
def _listener() -> _Listener:
    listener = _Listener()
    monitoring.register(listener)
    return listener


@contextmanager
def listened(server: Server) -> Iterator[Db]:
    """The database of a server, as `commands_of` wants it."""
    _listener()
    db = Db(server.mongo_uri, server.mongo_db)
    yield db
    db.client.close()


def commands_of(
    act: Callable[[], object], meanwhile: Callable[[Command], object] | None = None
) -> list[Command]:
    """What an act asks of a database that is `listened` to. `meanwhile` is what others do, at another one, before each
    of its commands arrives.
    """
    listener = _listener()
    listener.commands, listener.meanwhile = heard, _ = [], meanwhile
    try:
        act()
    finally:
        listener.commands = listener.meanwhile = None
    return heard
