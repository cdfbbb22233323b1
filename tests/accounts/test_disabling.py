"""Accounts that an operator shuts and opens again (SECURITY 2; docs/domain.md, Shutting out)."""

import pytest
from bson import ObjectId

from tests.accounts.conftest import OpenDevice
from tests.accounts.steps import (
    USED_UP,
    Db,
    ask_reset,
    audited,
    is_out,
    leave,
    live_devices,
    signs_in,
    status_of,
)
from tests.conftest import PASSWORD, Connect
from tests.support.client import Client, Person
from tests.support.invariants import check_jobs
from tests.support.mailbox import Outbox
from tests.support.market import place_bid, post_job
from tests.support.operator import disable, enable
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.waiting import wait_for


def operate(server: Server, command: str, person: Person) -> None:
    """What an operator does by hand; it costs a second, so the other tests do without the command."""
    done = server.command("gigflow", command, person.email.upper())
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def keep_signing_in(tab: Client, person: Person) -> None:
    """Until it does not work any more."""
    wait_for(lambda: tab.post("/api/auth/login", person.credentials).status_code == 401)


def test_a_disabled_account(
    alice: Person, bob: Person, server: Server, open_device: OpenDevice, connect: Connect, db: Db
) -> None:
    """SECURITY 2 and docs/domain.md, Shutting out: out at once, nobody signs in, its bids are withdrawn and its jobs
    closed.
    """
    phone, socket = open_device(bob), connect(bob)
    bid = place_bid(bob, post_job(alice))
    own = post_job(bob)
    answered = place_bid(alice, own)
    operate(server, "disable", bob)
    assert (is_out(bob), is_out(phone)) == (True, True)
    wait_for(lambda: not socket.connected)
    assert socket.of("signed_out") == [{}]
    assert not signs_in(bob.url, bob.email, bob.password)
    assert (status_of(db, bid), status_of(db, answered)) == ("withdrawn", "rejected")
    check_jobs(db, bid["gigId"], own["id"])
    assert alice.get(f"/api/gigs/{own['id']}").json()["status"] == "closed"
    for path in (f"/api/users/{bob.id}", f"/u/{bob.id}"):
        assert alice.get(path).status_code == 404
    assert not is_out(alice)
    assert audited(db, bob, "disabled") == 1
    # What was there stays: it may be a mistake.
    user = db.users.find_one({"_id": ObjectId(bob.id)})
    assert user is not None
    assert (user["name"], user["email"]) == (bob.name, bob.email)


def test_an_enabled_account_is_let_in_again(bob: Person, server: Server, db: Db) -> None:
    """But its devices stay signed out, and what was closed stays closed."""
    gig = post_job(bob)
    disable(server, bob.email)
    operate(server, "enable", bob)
    assert is_out(bob)
    assert signs_in(bob.url, bob.email, bob.password)
    assert bob.get(f"/api/gigs/{gig['id']}").json()["status"] == "closed"
    assert bob.get(f"/api/users/{bob.id}").json()["name"] == bob.name
    assert audited(db, bob, "enabled") == 1


def test_links_that_were_mailed_stay_dead(
    bob: Person, visitor: Client, server: Server, outbox: Outbox
) -> None:
    """Also when the account is opened again: whoever shut it did not know who reads its letters."""
    token = ask_reset(bob.url, bob.email, outbox)
    disable(server, bob.email)
    enable(server, bob.email)
    assert USED_UP in visitor.page(f"/reset/{token}").text
    assert visitor.post("/api/auth/reset", {"token": token, "password": PASSWORD}).status_code == 400


def test_disabling_twice_is_as_good_as_once(bob: Person, server: Server, db: Db) -> None:
    disable(server, bob.email)
    disable(server, bob.email)
    assert audited(db, bob, "disabled") == 1


@pytest.mark.parametrize("command", ["disable", "enable"])
def test_nobody_is_shut_out_who_has_not_signed_up(command: str, server: Server) -> None:
    refused = server.command("gigflow", command, "nobody@example.test")
    assert refused.returncode == 1
    assert "Nobody has signed up as nobody@example.test" in refused.stderr


def test_a_sign_in_beside_the_operators_command_leaves_no_device(
    alice: Person, visitor: Client, server: Server, db: Db
) -> None:
    """SECURITY 2."""
    tabs = [visitor.twin() for _ in range(4)]

    def disable_meanwhile() -> None:
        wait_for(lambda: len(live_devices(db, alice)) > len(tabs), what="sign-ins")
        disable(server, alice.email)

    at_once(
        [
            disable_meanwhile,
            *[lambda tab=tab: keep_signing_in(tab, alice) for tab in tabs],
        ]
    )
    assert live_devices(db, alice) == set()
    assert all(is_out(tab) for tab in tabs)


def test_a_deleted_account_is_not_opened_again(alice: Person, server: Server, db: Db) -> None:
    """Nobody's it is: neither by an operator, nor by any password, nor under the address that stands in its place."""
    assert leave(alice, alice.password).status_code == 200
    row = db.users.find_one({"_id": ObjectId(alice.id)})
    assert row is not None
    assert server.command("gigflow", "enable", row["email"]).returncode == 1
    for password in ("", " ", PASSWORD, "nobody has this password"):
        answer = Client(alice.url).post("/api/auth/login", {"email": row["email"], "password": password})
        assert answer.status_code in (400, 401), password
    after = db.users.find_one({"_id": ObjectId(alice.id)})
    assert after is not None
    assert after["disabled_at"] is not None
