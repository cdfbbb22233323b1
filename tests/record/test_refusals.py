"""Failed sign-ins and refused access in the record: one row for each kind, account or address, and hour, with a count
(docs/domain.md, The record).
"""

import time
from collections.abc import Callable

import pytest
import socketio.exceptions
from bson import ObjectId

from tests.conftest import PASSWORD, Connect, Join, shared
from tests.support.client import Client, Person
from tests.support.invariants import Db
from tests.support.market import offer_service, place_bid, post_job
from tests.support.money import hired
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import wait_for

alice = shared("Alice Owner")
bob = shared("Bob Bidder")


@pytest.fixture
def mallory(join: Join) -> Person:
    """Somebody who tries what is not theirs; of their own for each test, since they are counted."""
    return join("Mallory Stranger")


def counted(db: Db, event: str, whose: str) -> int:
    """What the rows of this hour (and perhaps the next) count."""
    rows = db.audit.find({"event": event, "counted": {"$regex": f"^{event}:{whose}:"}})
    return sum(row["data"]["count"] for row in rows)


def waits_for(db: Db, event: str, whose: str, count: int) -> None:
    wait_for(lambda: counted(db, event, whose) == count, what=f"{count} of {event}")


def test_failed_sign_ins_are_counted_by_account(mallory: Person, visitor: Client, db: Db) -> None:
    for _ in range(3):
        wrong = {"email": mallory.email, "password": "not this one"}
        assert visitor.post("/api/auth/login", wrong).status_code == 401
    visitor.page("/login").submit("form[action^='/login']", email=mallory.email, password="nor this")
    waits_for(db, "sign_in_failed", mallory.id, 4)
    (row,) = db.audit.find({"event": "sign_in_failed", "user_id": ObjectId(mallory.id)})
    assert row["data"]["address"] == "127.0.0.1"
    assert 89 <= (row["expires_at"] - row["at"]).days <= 90
    assert "password" not in str(row).replace("wrong_password", "")
    assert "not this one" not in str(row)


def test_of_unknown_accounts_nothing_that_was_typed_is_kept(
    start_server: Callable[..., Server],
) -> None:
    server = start_server()
    client = Client(server.url)
    typed = {"email": "nobody-at-all@example.test", "password": "a secret 77"}
    assert client.post("/api/auth/login", typed).status_code == 401
    waits_for(server.db, "sign_in_failed", "127.0.0.1", 1)
    (row,) = server.db.audit.find({"event": "sign_in_failed"})
    assert row["user_id"] is None
    assert not any(word in str(row) for word in ("nobody-at-all", "secret"))
    # What was refused at an address of IPv6 counts for its /64, and a forwarded address is nobody's to choose.
    client.post("/api/auth/login", typed, headers={"X-Forwarded-For": "2001:db8::1"})
    waits_for(server.db, "sign_in_failed", "127.0.0.1", 2)


def test_wrong_passwords_in_the_settings_are_counted(mallory: Person, db: Db) -> None:
    body = {"currentPassword": "not this one", "newPassword": "another horse 9"}
    assert mallory.patch("/api/auth/password", body).status_code == 400
    assert mallory.delete("/api/auth/account", {"password": "x"}).status_code == 400
    waits_for(db, "wrong_password", mallory.id, 2)


def test_refused_access_is_counted(
    server: Server, alice: Person, bob: Person, mallory: Person, db: Db
) -> None:
    """Rows of admins, things of others (403), and what is hidden from one (404); for pages as for programs."""
    job = post_job(alice)
    bid = place_bid(bob, job)
    order = hired(alice, bob)
    draft = offer_service(alice, draft=True)
    tried = [
        (mallory.get("/api/admin/orders"), 403),
        (mallory.get(f"/api/bids/{job['id']}"), 403),
        (mallory.patch(f"/api/bids/{bid['id']}/hire"), 403),
        (mallory.get(f"/gigs/{job['id']}/edit"), 403),
        (mallory.get(f"/api/orders/{order['id']}"), 404),
        (mallory.get(f"/orders/{order['id']}"), 404),
        (mallory.get(f"/api/gigs/{draft['id']}"), 404),
        (mallory.patch(f"/api/bids/{bid['id']}", {"price": 1}), 404),
    ]
    assert [answer.status_code for answer, _ in tried] == [status for _, status in tried]
    waits_for(db, "access_refused", mallory.id, len(tried))
    (row,) = db.audit.find({"event": "access_refused", "user_id": ObjectId(mallory.id)})
    assert (row["data"]["code"], row["data"]["address"]) == ("bid_not_found", "127.0.0.1")


def test_what_is_nobodys_is_not_counted(alice: Person, mallory: Person, db: Db) -> None:
    """An address that nothing has; what one may not do with one's own; what one types wrong. (The last, which is
    counted, comes after the others.)
    """
    job = post_job(mallory)
    bid = {"gigId": job["id"], "message": "Me.", "price": 5}
    for answer in (
        mallory.get(f"/api/orders/{'f' * 24}"),
        mallory.get("/nothing/here"),
        mallory.post("/api/bids", bid),
        mallory.post("/api/gigs", {"title": ""}),
    ):
        assert answer.status_code in (400, 403, 404)
    assert mallory.get("/api/admin/orders").status_code == 403
    waits_for(db, "access_refused", mallory.id, 1)


def test_what_another_site_sends_is_counted_by_address(start_server: Callable[..., Server]) -> None:
    server = start_server()
    person = Person(server.url, "Maya", "maya@example.test", PASSWORD)
    refused = person.post("/api/gigs", {"title": "x"}, headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403
    waits_for(server.db, "origin_refused", "127.0.0.1", 1)


def test_what_is_refused_to_a_socket_is_counted(
    alice: Person, bob: Person, mallory: Person, connect: Connect, db: Db
) -> None:
    """Another's order and another's draft; not what is not there, nor what one may watch."""
    order, draft, own = hired(alice, bob), offer_service(alice, draft=True), post_job(mallory)
    socket = connect(mallory)
    for wanted in ({"order": "f" * 24}, {"gig": "f" * 24}, {"gig": own["id"]}):
        socket.send("watch", wanted)
    socket.send("watch", {"order": order["id"]})
    socket.send("watch", {"gig": draft["id"]})
    socket.wait("gig", lambda news: news["id"] == draft["id"])
    waits_for(db, "access_refused", mallory.id, 2)
    (row,) = db.audit.find({"event": "access_refused", "user_id": ObjectId(mallory.id)})
    assert (row["data"]["code"], row["data"]["endpoint"]) == ("gig_not_found", "watch")
    assert socket.of("order") == []


def test_a_socket_that_another_site_opens_is_counted_once(start_server: Callable[..., Server]) -> None:
    server = start_server()
    client = Client(server.url)
    for transport in ("websocket", "polling"):
        with pytest.raises(socketio.exceptions.ConnectionError):
            Socket(client, origin="https://evil.example", transports=[transport])
    waits_for(server.db, "origin_refused", "127.0.0.1", 2)
    Socket(client, origin=server.url, transports=["polling"]).close()
    assert counted(server.db, "origin_refused", "127.0.0.1") == 2


def test_a_flood_costs_a_few_writes_and_loses_no_count(mallory: Person, db: Db) -> None:
    """The first are written as they come, the others together; the tick writes what waits."""
    db.command("profile", 2, filter={"op": "update", "ns": f"{db.name}.audit"})
    try:
        for _ in range(60):
            assert mallory.get("/api/admin/orders").status_code == 403
        waits_for(db, "access_refused", mallory.id, 60)
    finally:
        db.command("profile", 0)
    key = f"access_refused:{mallory.id}"
    writes = db["system.profile"].count_documents({"command.q.counted": {"$regex": f"^{key}"}})
    db.drop_collection("system.profile")
    assert 1 <= writes <= 40


def test_refusals_are_as_quick_whether_something_is_hidden_or_not(
    alice: Person, bob: Person, mallory: Person
) -> None:
    """SECURITY 16: nobody can tell by the time that something is there."""
    order = hired(alice, bob)
    times: dict[str, list[float]] = {"hidden": [], "nothing": []}
    for _ in range(30):
        for name, order_id in (("hidden", order["id"]), ("nothing", "f" * 24)):
            began = time.perf_counter()
            assert mallory.get(f"/api/orders/{order_id}").status_code == 404
            times[name].append(time.perf_counter() - began)
    hidden, nothing = (sorted(found)[len(found) // 4] for found in times.values())
    assert hidden < nothing * 2 + 0.005
