"""The letters of this worker's server, and further devices of its people."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.support.client import Client, Person
from tests.support.mailbox import Outbox
from tests.support.server import Server

OpenDevice = Callable[..., Client]


@pytest.fixture
def outbox(server: Server) -> Outbox:
    """Where the server puts its letters."""
    return Outbox(server.var_dir)


@pytest.fixture
def open_device() -> Iterator[OpenDevice]:
    """Signs somebody in at one more device, with the password they joined with or another."""
    with ExitStack() as stack:

        def opened(person: Person, password: str = "", **headers: str) -> Client:
            device = Client(person.url, **headers)
            stack.callback(device.close)
            credentials = {"email": person.email, "password": password or person.password}
            answer = device.post("/api/auth/login", credentials)
            assert answer.status_code == 200, answer.text
            return device

        yield opened
