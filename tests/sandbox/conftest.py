"""The sandbox from both of its sides: as the shop that calls it, and as somebody at its checkout page."""

from collections.abc import Iterator

import pytest
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.payments.models import Payment
from gigflow.sandbox.gateway import SandboxGateway
from tests.support.server import DEFAULTS, Server

SECRET = DEFAULTS["SECRET_KEY"]


@pytest.fixture(scope="module")
def wire(server: Server) -> Iterator[Db]:
    """The server's database as GigFlow's own code sees it."""
    opened = Db(server.mongo_uri, server.mongo_db)
    yield opened
    opened.client.close()


@pytest.fixture
def gateway(wire: Db) -> SandboxGateway:
    """The sandbox as the shop calls it."""
    return SandboxGateway(SECRET, wire)


def new_payment(amount_minor: int = 12_000, title: str = "A map by hand") -> Payment:
    """A payment that the shop wants; the server knows nothing of it, so that its events change nothing there."""
    return Payment(
        id=ObjectId(),
        order_id=ObjectId(),
        client_id=ObjectId(),
        provider="sandbox",
        amount_minor=amount_minor,
        currency="USD",
        title=title,
        path="/categories",  # any page of the shop serves to come back to
        created_at=now(),
        updated_at=now(),
    )
