"""One database that has lived, to be damaged on purpose and mended again."""

from collections.abc import Callable, Iterator

import pytest

from gigflow.core.db import Db
from tests.proof.lived import live
from tests.support.server import Server


@pytest.fixture(scope="module")
def lived(start_server: Callable[..., Server]) -> Server:
    """After people have done with orders and money what can be done."""
    server = start_server()
    live(server)
    return server


@pytest.fixture(scope="module")
def inside(lived: Server) -> Iterator[Db]:
    """Its database, as GigFlow opens it."""
    db = Db(lived.mongo_uri, lived.mongo_db)
    yield db
    db.client.close()
