"""There is no default admin (SECURITY 9)."""

from collections.abc import Callable

from tests.conftest import Join
from tests.support.client import Person
from tests.support.server import Server


def test_the_command_makes_an_admin(server: Server, join: Join, alice: Person) -> None:
    """SECURITY 9: and on every device at once."""
    person = join("Root Admin")
    assert person.get("/api/auth/me").json()["isAdmin"] is False
    made = server.command("gigflow", "admin", person.email.upper())
    assert (made.returncode, made.stderr) == (0, "")
    assert person.get("/api/auth/me").json()["isAdmin"] is True
    assert alice.get("/api/auth/me").json()["isAdmin"] is False


def test_nobody_is_made_an_admin_who_has_not_signed_up(server: Server) -> None:
    """SECURITY 9."""
    refused = server.command("gigflow", "admin", "nobody@example.test")
    assert refused.returncode == 1
    assert "Nobody has signed up as nobody@example.test" in refused.stderr


def test_a_fresh_installation_has_no_account_at_all(start_server: Callable[..., Server]) -> None:
    """SECURITY 9."""
    assert start_server().db.users.count_documents({}) == 0


def test_indexes_can_be_brought_up_to_date_by_hand(server: Server) -> None:
    server.db.bids.drop_index("one_hired")
    made = server.command("gigflow", "indexes")
    assert (made.returncode, made.stderr) == (0, "")
    assert server.db.bids.index_information()["one_hired"]["unique"]
