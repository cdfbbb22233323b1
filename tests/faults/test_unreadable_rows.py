"""Rows that were damaged by hand: somebody who is shut out is shut out all the same, and the row alone is left."""

from collections.abc import Callable
from typing import Any

import pytest
from bson import ObjectId

from tests.conftest import Join
from tests.support.client import Json, Person
from tests.support.market import offer_service, place_bid, post_job
from tests.support.money import disputed, hired, in_progress
from tests.support.operator import disable, enable
from tests.support.server import Server


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """A server of its own: what is damaged here is in everybody's lists."""
    return start_server()


@pytest.fixture
def damage(server: Server) -> Any:
    """Changes rows as nobody's hand should, past the rules of the database."""

    def change(collection: str, row: Json, how: dict[str, Any]) -> None:
        server.db.command(
            "update",
            collection,
            updates=[{"q": {"_id": ObjectId(row["id"])}, "u": how}],
            bypassDocumentValidation=True,
        )

    return change


def account(server: Server, person: Person) -> dict[str, Any]:
    row = server.db.users.find_one({"_id": ObjectId(person.id)})
    assert row is not None
    return row


def statuses(server: Server, collection: str, *rows: Json) -> list[str]:
    found = {str(row["_id"]): row["status"] for row in server.db[collection].find()}
    return [found[row["id"]] for row in rows]


UNREADABLE = {"$unset": {"created_at": ""}}


def test_the_bad_row_alone_is_left(server: Server, damage: Any, join: Join) -> None:
    """The command says which, and ends with 1; once the row is mended, the command ends the rest."""
    alice, bob = join("Alice"), join("Bob")
    unpaid = [hired(alice, bob) for _ in range(3)]
    paid = [in_progress(server, alice, bob) for _ in range(3)]
    jobs = [post_job(bob) for _ in range(3)]
    bids = [place_bid(bob, post_job(alice)) for _ in range(2)]
    damage("orders", unpaid[0], UNREADABLE)
    damage("orders", paid[0], {"$set": {"version": "x"}})
    damage("gigs", jobs[0], {"$set": {"bid_count": "x"}})
    done = server.command("gigflow", "disable", bob.email)
    assert statuses(server, "orders", *unpaid) == ["pending_payment", "cancelled", "cancelled"]
    assert statuses(server, "orders", *paid) == ["in_progress", "disputed", "disputed"]
    assert statuses(server, "gigs", *jobs) == ["open", "closed", "closed"]
    assert statuses(server, "bids", *bids) == ["withdrawn", "withdrawn"]
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    for bad in (f"order {unpaid[0]['id']}", f"order {paid[0]['id']}", f"job {jobs[0]['id']}"):
        assert bad in last
        assert done.stderr.count(f"{bad} of account") == 1
    assert "Traceback" not in done.stderr
    row = account(server, bob)
    assert row["leaving_at"] is not None
    assert row["disabled_at"] is not None
    damage("orders", unpaid[0], {"$set": {"created_at": row["created_at"]}})
    damage("orders", paid[0], {"$set": {"version": 1}})
    damage("gigs", jobs[0], {"$set": {"bid_count": 0}})
    again = server.command("gigflow", "disable", bob.email)
    assert (again.returncode, again.stderr) == (0, "")
    assert statuses(server, "orders", unpaid[0], paid[0]) == ["cancelled", "disputed"]
    assert statuses(server, "gigs", jobs[0]) == ["closed"]
    assert account(server, bob)["leaving_at"] is None


def test_a_bad_bid_on_one_of_the_jobs(server: Server, damage: Any, join: Join) -> None:
    alice, bob = join("Alice"), join("Bob")
    jobs = [post_job(alice) for _ in range(3)]
    bids = [place_bid(bob, job) for job in jobs]
    damage("bids", bids[0], {"$set": {"message": 7}})
    disable(server, alice.email)
    assert statuses(server, "gigs", *jobs)[1:] == ["closed", "closed"]
    assert statuses(server, "bids", *bids)[1:] == ["rejected", "rejected"]
    is_left = account(server, alice)["leaving_at"] is not None
    assert is_left == (statuses(server, "gigs", jobs[0]) == ["open"])


def test_a_bad_bid_of_somebody_who_is_shut_out(server: Server, damage: Any, join: Join) -> None:
    alice, bob = join("Alice"), join("Bob")
    bids = [place_bid(bob, post_job(alice)) for _ in range(3)]
    damage("bids", bids[1], UNREADABLE)
    disable(server, bob.email)
    assert statuses(server, "bids", *bids) == ["withdrawn", "pending", "withdrawn"]


def test_a_tick_leaves_a_fault_alone_for_a_while(server: Server, damage: Any, join: Join) -> None:
    """Or each tick would say it again."""
    bob = join("Bob")
    jobs = [post_job(bob) for _ in range(2)]
    damage("gigs", jobs[0], {"$set": {"bid_count": "x"}})
    disable(server, bob.email)
    row = account(server, bob)
    assert (row["pieces_until"] - row["disabled_at"]).total_seconds() > 300


def test_a_bad_dispute_does_not_keep_an_account_shut(server: Server, damage: Any, join: Join) -> None:
    """The others are given back to their sides."""
    alice, bob = join("Alice"), join("Bob")
    orders = [disputed(server, alice, bob) for _ in range(3)]
    disable(server, bob.email)
    damage("orders", orders[0], {"$set": {"version": "x"}})
    enable(server, bob.email)
    assert account(server, bob)["disabled_at"] is None
    ids = [ObjectId(order["id"]) for order in orders]
    left = {row["_id"]: row["escalated_for"] for row in server.db.orders.find({"_id": {"$in": ids}})}
    assert [left[each] for each in ids] == ["freelancer", None, None]


def test_a_bad_service_does_not_keep_the_others_on_the_market(
    server: Server, damage: Any, join: Join
) -> None:
    bob = join("Bob")
    services = [offer_service(bob) for _ in range(3)]
    damage("gigs", services[1], {"$set": {"version": "x"}})
    disable(server, bob.email)
    assert statuses(server, "gigs", *services) == ["paused", "live", "paused"]
    assert account(server, bob)["leaving_at"] is not None


def test_a_bad_job_does_not_keep_an_old_name_in_the_others(server: Server, damage: Any, join: Join) -> None:
    nina = join("Nina")
    jobs = [post_job(nina) for _ in range(3)]
    damage("gigs", jobs[1], {"$set": {"bid_count": "x"}})
    assert nina.put("/api/users/profile", {"name": "Nina Again"}).status_code == 200
    names = {str(row["_id"]): row["owner_name"] for row in server.db.gigs.find()}
    assert [names[job["id"]] for job in (jobs[0], jobs[2])] == ["Nina Again", "Nina Again"]
