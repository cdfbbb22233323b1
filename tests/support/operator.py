"""What an operator's commands do, without the second that each costs; accounts/test_disabling.py gives them."""

# Here it is registered what happens when somebody leaves.
import gigflow.bids.actions
import gigflow.gigs.actions
import gigflow.gigs.services
import gigflow.notifications.actions
import gigflow.orders.shutting
import gigflow.questions.actions  # noqa: F401
from gigflow.accounts import leaving
from gigflow.accounts.piecemeal import all_features_are_here
from gigflow.core.clock import now
from gigflow.core.db import Db
from tests.support.server import Server

all_features_are_here()


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
