"""There is no default admin (SECURITY 9)."""

from collections.abc import Callable

from bson import ObjectId

from tests.conftest import PASSWORD, Connect, Join
from tests.support.client import Person
from tests.support.market import offer_service
from tests.support.server import Server


def test_the_command_makes_an_admin(server: Server, join: Join, alice: Person) -> None:
    """SECURITY 9: and on every device at once."""
    person = join("Root Admin")
    assert person.get("/api/auth/me").json()["isAdmin"] is False
    made = server.command("gigflow", "admin", person.email.upper(), "--reason", "Joins us.", whole=True)
    assert (made.returncode, made.stderr) == (0, "")
    assert person.get("/api/auth/me").json()["isAdmin"] is True
    assert alice.get("/api/auth/me").json()["isAdmin"] is False
    row = server.db.audit.find_one({"user_id": ObjectId(person.id), "event": "admin_given"})
    assert row is not None
    assert row["note"] == "Joins us."


def test_nobody_is_made_an_admin_who_has_not_signed_up(server: Server) -> None:
    """SECURITY 9."""
    refused = server.command("gigflow", "admin", "nobody@example.test")
    assert refused.returncode == 1
    assert "Nobody has signed up as nobody@example.test" in refused.stderr


def test_a_fresh_installation_has_no_account_at_all(start_server: Callable[..., Server]) -> None:
    """SECURITY 9."""
    assert start_server().db.users.count_documents({}) == 0


def test_the_command_takes_the_right_away_again(server: Server, join: Join) -> None:
    """On every device at once, from the next request on; and the record says both."""
    person = join("Root Admin")
    other = person.twin()
    server.make_admin(person.email)
    assert other.get("/api/admin/orders").status_code == 200
    taken = server.command("gigflow", "admin", person.email, "--revoke", "--reason", "Leaves us.")
    assert (taken.returncode, taken.stderr) == (0, "")
    assert f"{person.email} is no longer an admin." in taken.stdout
    for device in (person, other):
        assert device.get("/api/admin/orders").status_code == 403
        assert device.get("/api/auth/me").json()["isAdmin"] is False
    rows = list(server.db.audit.find({"user_id": ObjectId(person.id), "event": {"$regex": "^admin_"}}))
    assert [(row["event"], row["via"], row["after"], row["note"]) for row in rows] == [
        ("admin_given", "machine", {"is_admin": True}, ""),
        ("admin_taken", "machine", {"is_admin": False}, "Leaves us."),
    ]


def test_an_admin_of_before_there_was_a_record_gets_a_row(server: Server, join: Join) -> None:
    """By the command once more, and only once."""
    person = join("Root Admin")
    server.db.users.update_one({"_id": ObjectId(person.id)}, {"$set": {"is_admin": True}})
    for _ in range(2):
        server.make_admin(person.email)
    rows = list(server.db.audit.find({"user_id": ObjectId(person.id), "event": "admin_given"}))
    assert [row["before"] for row in rows] == [{"is_admin": True}]


def test_the_end_of_the_right_holds_at_open_sockets(
    server: Server, alice: Person, join: Join, connect: Connect
) -> None:
    """What only admins may watch is left at once."""
    former = join("Root Admin")
    server.make_admin(former.email)
    draft = offer_service(alice, draft=True)
    socket, owner = connect(former), connect(alice)
    for each in (socket, owner):
        each.send("watch", {"gig": draft["id"]})
        each.wait("gig", lambda news: news["status"] == "draft")
    server.revoke_admin(former.email)
    alice.patch(f"/api/gigs/{draft['id']}", {"title": "Better"})
    owner.wait("gig", count=2)
    socket.send("watch", {"gig": draft["id"]})
    socket.wait("gig", lambda news: news["status"] == "")
    assert [news["status"] for news in socket.of("gig")] == ["draft", ""]


def test_nobody_is_no_longer_an_admin_who_has_not_signed_up(server: Server) -> None:
    refused = server.command("gigflow", "admin", "nobody@example.test", "--revoke")
    assert (refused.returncode, "Nobody has signed up" in refused.stderr) == (1, True)


def test_the_last_admins_right_may_be_taken_and_that_is_said(start_server: Callable[..., Server]) -> None:
    """On the machine somebody can always decide."""
    server = start_server()
    last = Person(server.url, "Last Admin", "last@example.test", PASSWORD)
    server.make_admin(last.email)
    taken = server.command("gigflow", "admin", last.email, "--revoke")
    assert taken.returncode == 0
    assert "There is no admin now" in taken.stdout
