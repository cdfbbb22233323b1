"""What an open page is told at once, and what it is told again (docs/api.md, Socket.IO)."""

from collections.abc import Callable
from typing import Any

import pytest
import socketio.exceptions
from bson import ObjectId

from tests.conftest import Connect
from tests.support.client import Client, Person
from tests.support.market import hire, place_bid, post_job
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import wait_for


def about(gig: dict[str, Any]) -> Callable[[Any], bool]:
    """Whether an event is about this job."""
    return lambda data: data.get("gigId", data.get("id")) == gig["id"]


def test_the_hired_freelancer_is_told_in_the_exact_words(
    alice: Person, bob: Person, connect: Connect
) -> None:
    """docs/api.md, Socket.IO: `hired` for simple clients, and the same as `notification`."""
    socket = connect(bob)
    gig = post_job(alice, title="Landing page")
    bid = place_bid(bob, gig)
    assert hire(alice, bid).status_code == 200
    assert socket.wait("hired") == [
        {
            "gigId": gig["id"],
            "gigTitle": "Landing page",
            "bidId": bid["id"],
            "message": "You have been hired for Landing page!",
        }
    ]
    listed = bob.get("/api/notifications").json()["notifications"]
    shown = {"icon": "badge-check", "tone": "good", "untilRead": True, "own": False, "replayed": False}
    assert socket.wait("notification") == [{**listed[0], **shown}]
    assert listed[0]["type"] == "hired"
    assert listed[0]["message"] == "You have been hired for Landing page!"


def test_everybody_concerned_is_told_and_a_stranger_nothing(
    alice: Person,
    bob: Person,
    charlie: Person,
    visitor: Client,
    join: Callable[..., Person],
    connect: Connect,
) -> None:
    dora = join("Dora")
    sockets = {
        name: connect(person)
        for name, person in (
            ("alice", alice),
            ("bob", bob),
            ("charlie", charlie),
            ("dora", dora),
            ("visitor", visitor),
        )
    }
    gig = post_job(alice, title="Poster")
    bid = place_bid(bob, gig)
    place_bid(dora, gig)
    hire(alice, bid)
    # Later news of the stranger's own: the stream keeps the order of the commits, so nothing else was on its way.
    own = post_job(charlie, title="Charlie's")
    place_bid(alice, own)
    sockets["charlie"].wait("notification", about(own))

    def types(name: str) -> list[str]:
        return [data["type"] for data in sockets[name].of("notification")]

    wait_for(lambda: types("alice") == ["bid_placed", "bid_placed"])
    wait_for(lambda: types("bob") == ["hired"])
    wait_for(lambda: types("dora") == ["bid_rejected"])
    assert types("charlie") == ["bid_placed"]
    assert not sockets["dora"].of("hired")
    assert sockets["visitor"].events == []


def test_every_tab_and_device_is_told(alice: Person, bob: Person, visitor: Client, connect: Connect) -> None:
    visitor.post("/api/auth/login", bob.credentials)  # his second device
    sockets = [connect(bob), connect(bob), connect(visitor), connect(bob, transports=["polling"])]
    hire(alice, place_bid(bob, post_job(alice)))
    for socket in sockets:
        socket.wait("hired")


def test_a_reconnect_is_told_what_it_missed(alice: Person, bob: Person, connect: Connect) -> None:
    gigs = [post_job(alice, title=f"Job {number}") for number in range(2)]
    for gig in gigs:
        hire(alice, place_bid(bob, gig))
    socket = connect(bob)
    # At least once each: what is told between joining the rooms and the replay comes twice.
    wait_for(lambda: {data["gigTitle"] for data in socket.of("hired")} == {"Job 0", "Job 1"})
    socket.close()
    assert len(connect(bob).wait("notification", count=2)) == 2  # not acknowledged, so told again


def test_what_a_device_acknowledged_it_is_not_told_again(
    alice: Person, bob: Person, visitor: Client, connect: Connect, db: Any
) -> None:
    gig = post_job(alice)
    hire(alice, place_bid(bob, gig))
    socket = connect(bob)
    notice = socket.wait("notification")[0]
    socket.send("ack", {"ids": [notice["id"], "nonsense", 5]})
    wait_for(lambda: db.notifications.find_one({"_id": ObjectId(notice["id"])})["acked_by"])
    socket.close()

    later = post_job(alice)
    hire(alice, place_bid(bob, later))
    again = connect(bob)
    again.wait("notification", about(later))
    assert [data["gigId"] for data in again.of("notification")] == [later["id"]]

    visitor.post("/api/auth/login", bob.credentials)
    other = connect(visitor)
    assert [data["gigId"] for data in other.wait("notification", count=2)] == [gig["id"], later["id"]]


def test_what_was_read_or_is_old_is_not_told_again(
    alice: Person, bob: Person, connect: Connect, db: Any
) -> None:
    """docs/domain.md: unread, under three days old."""
    gigs = [post_job(alice) for _ in range(3)]
    for gig in gigs:
        hire(alice, place_bid(bob, gig))
    newest, middle, oldest = bob.get("/api/notifications").json()["notifications"]
    bob.post("/api/notifications/read", {"ids": [middle["id"]]})
    three_days = {"$dateSubtract": {"startDate": "$created_at", "unit": "hour", "amount": 73}}
    db.notifications.update_one({"_id": ObjectId(oldest["id"])}, [{"$set": {"created_at": three_days}}])
    socket = connect(bob)
    socket.wait("notification")
    mark = post_job(bob)
    place_bid(alice, mark)
    socket.wait("notification", about(mark))
    assert [data["gigId"] for data in socket.of("notification")] == [newest["gigId"], mark["id"]]


def test_nobody_acknowledges_for_somebody_else(
    alice: Person, bob: Person, charlie: Person, connect: Connect
) -> None:
    hire(alice, place_bid(bob, post_job(alice)))
    notice = bob.get("/api/notifications").json()["notifications"][0]
    stranger = connect(charlie)
    for nonsense in ({"ids": [notice["id"]]}, {"ids": {"$gt": ""}}, [], "x", None, {"ids": [{"$gt": ""}]}):
        stranger.send("ack", nonsense)
    mark = post_job(charlie)
    place_bid(alice, mark)
    stranger.wait("notification", about(mark))
    assert connect(bob).wait("notification")[0]["id"] == notice["id"]


def test_ending_a_device_cuts_its_sockets_only(
    alice: Person, bob: Person, visitor: Client, connect: Connect
) -> None:
    """SECURITY 2."""
    visitor.post("/api/auth/login", bob.credentials)
    ended, other = [connect(bob), connect(bob)], connect(visitor)
    bob.post("/api/auth/logout")
    for socket in ended:
        wait_for(lambda socket=socket: not socket.connected)
        assert socket.of("signed_out") == [{}]
    hire(alice, place_bid(visitor, post_job(alice)))
    other.wait("hired")
    for socket in ended:
        assert not socket.of("hired")


def test_a_socket_lives_as_long_as_its_device(alice: Person, bob: Person, connect: Connect) -> None:
    """SECURITY 4: it authenticates the device; a refresh cookie alone opens it, and renewing does not cut it."""
    bob.forget_cookie("token")
    socket = connect(bob)
    assert bob.post("/api/auth/refresh").status_code == 200
    hire(alice, place_bid(bob, post_job(alice)))
    socket.wait("hired")


def test_a_program_connects_with_a_token(
    alice: Person, bob: Person, visitor: Client, connect: Connect
) -> None:
    socket = connect(visitor, token=bob.cookie("token"))
    hire(alice, place_bid(bob, post_job(alice)))
    socket.wait("hired")


@pytest.mark.parametrize("token", ["nonsense", "a.b.c"])
def test_a_bad_token_is_refused(visitor: Client, token: str) -> None:
    with pytest.raises(socketio.exceptions.ConnectionError):
        Socket(visitor, token=token)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_foreign_origin_is_refused(bob: Person, connect: Connect, transport: str) -> None:
    """SECURITY 14."""
    for origin in ("https://evil.test", "http://127.0.0.1:1", "null"):
        with pytest.raises(socketio.exceptions.ConnectionError):
            Socket(bob, origin=origin, transports=[transport])
    assert connect(bob, origin=bob.url, transports=[transport]).connected


def test_who_looks_at_a_job_sees_its_state_change(
    alice: Person, bob: Person, visitor: Client, connect: Connect
) -> None:
    """docs/api.md: `watch` {gig} → `gig` {id, status}; what is told is public, so a visitor may watch too."""
    gig, other = post_job(alice), post_job(alice)
    socket = connect(visitor)
    for nonsense in ({"gig": "nonsense"}, {"gig": {"$gt": ""}}, {}, None, "x", {"gig": None}):
        socket.send("watch", nonsense)
    socket.send("watch", {"gig": gig["id"]})
    first = socket.wait("gig")[0]  # the state at once: the page may be older than its watching
    assert first.keys() == {"id", "status", "stamp"}
    assert (first["id"], first["status"]) == (gig["id"], "open")
    bid = place_bid(bob, gig)
    assert socket.wait("gig", lambda data: data["stamp"] != first["stamp"])[0]["status"] == "open"
    alice.delete(f"/api/gigs/{other['id']}")
    hire(alice, bid)
    socket.wait("gig", lambda data: data["status"] == "assigned")
    assert {name for name, _ in socket.events} == {"gig", "error"}
    assert {data["id"] for data in socket.of("gig")} == {gig["id"]}
    assert (
        socket.of("error") == [{"event": "watch", "code": "malformed"}] * 6
    )  # docs/api.md: answered, and no effect


def test_many_hires_at_once_tell_each_freelancer_once(
    alice: Person, bob: Person, charlie: Person, connect: Connect, db: Any
) -> None:
    """Invariant 11: exactly one notification, whatever raced."""
    sockets = {bob.id: connect(bob), charlie.id: connect(charlie)}
    gig = post_job(alice)
    bids = [place_bid(bob, gig), place_bid(charlie, gig)]
    tabs = [alice.twin() for _ in range(10)]
    answers = at_once(
        [lambda tab=tab, bid=bid: hire(tab, bid) for tab, bid in zip(tabs, bids * 5, strict=True)]
    )
    winner = next(answer.json()["bid"]["freelancerId"] for answer in answers if answer.status_code == 200)
    for person, socket in sockets.items():
        told = socket.wait("notification", about(gig))
        assert {each["type"] for each in told} == {"hired" if person == winner else "bid_rejected"}
        if person == winner:
            socket.wait("hired")
    assert db.notifications.count_documents({"gig_id": ObjectId(gig["id"]), "type": "hired"}) == 1


@pytest.fixture(scope="module")
def second(server: Server, start_server: Callable[..., Server]) -> Server:
    """Two more processes for the same database."""
    return start_server(mongo_db=server.mongo_db, WEB_PROCESSES="2")


@pytest.mark.timeout(60)
def test_two_servers_on_one_database(alice: Person, bob: Person, second: Server, connect: Connect) -> None:
    """Any number of equal processes: a hire on one reaches a socket on the other."""
    elsewhere = Client(second.url)
    assert elsewhere.post("/api/auth/login", bob.credentials).status_code == 200
    sockets = [connect(elsewhere) for _ in range(4)]  # on either of its processes
    gig = post_job(alice)
    gig_socket = connect(elsewhere)
    gig_socket.send("watch", {"gig": gig["id"]})
    bid = place_bid(elsewhere, gig)
    assert hire(alice, bid).status_code == 200
    for socket in sockets:
        assert socket.wait("hired")[0]["bidId"] == bid["id"]
    # With several processes polling would need each request at the process that began.
    with pytest.raises(socketio.exceptions.ConnectionError):
        Socket(elsewhere, transports=["polling"])
    bob.post("/api/auth/logout")
    elsewhere.post("/api/auth/logout")
    for socket in sockets:
        wait_for(lambda socket=socket: not socket.connected)
    elsewhere.close()


def test_a_cached_list_is_dropped_on_every_server(alice: Person, visitor: Client, second: Server) -> None:
    """What one process wrote, the others list a moment later, though they answer lists from copies."""
    other = Client(second.url)
    gig = post_job(alice, title="Seen by both")
    path = f"/api/gigs?limit=1&search={gig['title']}"

    def listed(client: Client) -> list[str]:
        return [each["id"] for each in client.get(path).json()["gigs"]]

    assert listed(visitor) == [gig["id"]]
    wait_for(lambda: listed(other) == [gig["id"]])
    alice.delete(f"/api/gigs/{gig['id']}")
    assert gig["id"] not in listed(visitor)  # the process that wrote: at once
    wait_for(lambda: gig["id"] not in listed(other), timeout=2)
    other.close()
