"""What an operator's commands do, without the second that each costs; accounts/test_disabling.py gives them."""

from gigflow.accounts import leaving
from gigflow.core.clock import now
from tests.support.server import Server


def disable(server: Server, email: str) -> None:
    """Shut the account with this address."""
    assert leaving.disable_account(server.house, email, now())


def enable(server: Server, email: str) -> None:
    """Open it again."""
    assert leaving.enable_account(server.house, email, now())
