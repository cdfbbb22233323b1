"""What an operator's commands do, without the second that each costs; accounts/test_disabling.py gives them."""

from datetime import timedelta

from bson import ObjectId

from gigflow.accounts import leaving
from gigflow.core.clock import now
from tests.support.server import Server


def disable(server: Server, email: str) -> None:
    """Shut the account with this address."""
    assert leaving.disable_account(server.house, email, now())


def shut_in_this_moment(server: Server, person_id: str) -> None:
    """Write what the first transaction of shutting writes, but for the devices: a request that was let in goes on, and
    no tick ends anything yet.
    """
    row = {"disabled_at": now(), "leaving_at": now(), "pieces_until": now() + timedelta(hours=1)}
    server.db.users.update_one({"_id": ObjectId(person_id)}, {"$set": row})
    server.db.guards.update_many({"user_id": ObjectId(person_id)}, {"$set": {"is_open": False}})


def enable(server: Server, email: str) -> None:
    """Open it again."""
    assert leaving.enable_account(server.house, email, now())
