"""What an operator's commands do, without the second that each costs; accounts/test_disabling.py gives them."""

from gigflow.accounts import leaving
from gigflow.core.clock import now
from gigflow.core.db import Db
from tests.support.server import Server


def disable(server: Server, email: str) -> None:
    """Shut the account with this address."""
    db = Db(server.mongo_uri, server.mongo_db)
    assert leaving.disable_account(db, email, now())
    db.client.close()


def enable(server: Server, email: str) -> None:
    """Open it again."""
    db = Db(server.mongo_uri, server.mongo_db)
    assert leaving.enable_account(db, email, now())
    db.client.close()
