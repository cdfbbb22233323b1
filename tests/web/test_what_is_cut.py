"""What is cut is cut: no packet keeps a socket open, and none does more than an event of ours (SECURITY 2, 9c)."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import requests
from bson import ObjectId
from socketio.exceptions import ConnectionError as Refused

from tests.conftest import Connect
from tests.support.client import Client, Person
from tests.support.market import offer_service, post_job
from tests.support.money import in_progress
from tests.support.operator import disable
from tests.support.server import Server
from tests.support.sockets import Socket
from tests.support.waiting import wait_for

LIKE_THE_PROTOCOLS = ("disconnect", "connect", "connect_error", "__disconnect_final", "disconnecting", "*")
ODD = (
    '42["watch"',
    '42{"watch": 1}',
    "42[]",
    "42[5]",
    "42[null, {}]",
    "42" + "[" * 9_000,
    '42["watch",' + "9" * 5_000 + "]",
    "42" + "1" * 150 + '["watch"]',
    "4",
    "49[]",
    "44{}",
    "4x",
    '451-["watch",{"_placeholder":true,"num":7}]',
    '459999999999999-["watch"]',
    '461-["x"]',
    r'42["\ud83d",{}]',
    r'42["watch",{"gig":"\ud83d"}]',
    '43["never asked"]',
    '42/admin,["watch",{}]',
    "41/admin,",
    "40/admin,",
    "40",
    "6",
    "5",
)
MALFORMED = {"event": "", "code": "malformed"}


def say(socket: Socket, *packets: str | bytes) -> None:
    """Send what no client would: each is one message of the websocket."""
    for packet in packets:
        if isinstance(packet, bytes):
            socket.io.eio.ws.send_binary(packet)
        else:
            socket.io.eio.ws.send(packet)


def has_ended(socket: Socket) -> None:
    wait_for(lambda: not socket.connected, what="the end of the socket")


@pytest.fixture(scope="module")
def limited(start_server: Callable[..., Server]) -> Server:
    """A server as it is where nobody chose otherwise, with few sockets for each device and person."""
    return start_server(RATE_LIMITS="on", SOCKETS_PER_DEVICE="3", SOCKETS_PER_PERSON="5")


@pytest.mark.parametrize("name", LIKE_THE_PROTOCOLS)
def test_an_event_named_like_the_protocols_own_does_nothing(
    name: str, server: Server, alice: Person, bob: Person, connect: Connect
) -> None:
    """Decision 27: such a socket stayed open after its device ended, and each `connect` ran the replay again."""
    order = in_progress(server, alice, bob)
    socket = connect(bob)
    told = len(socket.events)
    say(socket, f'42["{name}"]', f'42["{name}",{{"sid":"x"}},5]', f'421["{name}",null]')
    socket.send("watch", {"order": order["id"]})
    socket.wait("order")
    assert [event for event, _ in socket.events[told:]] == ["order"]
    assert bob.post("/api/auth/logout").status_code == 200
    has_ended(socket)


@pytest.mark.parametrize("way", ["all others", "password", "one"])
def test_a_device_that_is_ended_elsewhere_is_cut_whatever_it_sent(
    way: str, bob: Person, visitor: Client, connect: Connect
) -> None:
    socket = connect(bob)
    say(socket, '42["disconnect"]', "41", "40", '42["disconnect"]')
    wait_for(lambda: len(socket.of("unread")) == 2, what="the replay after it came back")
    assert visitor.post("/api/auth/login", bob.credentials).status_code == 200
    if way == "all others":
        assert visitor.delete("/api/auth/sessions").status_code == 200
    elif way == "password":
        changed = {"currentPassword": bob.password, "newPassword": "another battery 8"}
        assert visitor.patch("/api/auth/password", changed).status_code == 200
    else:
        devices = visitor.get("/api/auth/sessions").json()["sessions"]
        other = next(each for each in devices if not each["current"])
        assert visitor.delete(f"/api/auth/sessions/{other['id']}").status_code == 200
    wait_for(lambda: socket.io.eio.state != "connected", what="the end of the connection")


def test_a_socket_that_left_its_namespace_is_closed_with_its_device(bob: Person, connect: Connect) -> None:
    """Also the connection goes, and not only what was said on it."""
    socket = connect(bob)
    say(socket, "41")
    bob.post("/api/auth/logout")
    wait_for(lambda: socket.io.eio.state != "connected", what="the end of the connection")


def test_who_is_shut_out_hears_nothing_more(server: Server, bob: Person, connect: Connect) -> None:
    socket = connect(bob)
    say(socket, '42["disconnect"]')
    disable(server, bob.email)
    has_ended(socket)


def test_odd_packets_are_a_warning_and_no_more(
    server: Server, alice: Person, bob: Person, connect: Connect
) -> None:
    """Decision 27: they wrote errors with traces, and some ended the process's own green threads."""
    gig = post_job(alice)
    before = len(server.log_lines())
    for packet in (*ODD, b"\x00\xff", b"4"):
        socket = connect(bob)
        say(socket, packet)
        if socket.connected:
            say(socket, f'42["watch",{{"gig":"{gig["id"]}"}}]')
            wait_for(
                lambda socket=socket: socket.of("gig") or not socket.connected,
                what=f"an answer to {packet!r}",
            )
        socket.close()
    lines = server.log_lines()[before:]
    assert {line["level"] for line in lines} == {"WARNING"}, lines
    assert not [line for line in lines if "trace" in line or "Traceback" in line["message"]]


def test_a_malformed_packet_is_answered_and_changes_nothing(
    alice: Person, bob: Person, connect: Connect
) -> None:
    gig = post_job(alice)
    socket = connect(bob)
    say(socket, '42["watch"', b"\x01")
    for nonsense in ({"ids": "x"}, {"ids": {"$gt": ""}}, [], "x", None):
        socket.send("ack", nonsense)
    socket.send("watch", {"gig": gig["id"]})
    socket.wait("gig")
    assert socket.of("error") == [MALFORMED] * 2 + [{"event": "ack", "code": "malformed"}] * 5


def test_a_foreign_origin_is_a_warning_line(limited: Server) -> None:
    before = len(limited.log_lines())
    for transport in ("polling", "websocket"):
        answer = requests.get(
            f"{limited.url}/socket.io/",
            params={"EIO": "4", "transport": transport},
            headers={"Origin": "https://evil.test"},
            timeout=10,
        )
        assert answer.status_code == 400
    (line,) = limited.log_lines()[before:]
    assert (line["level"], "https://evil.test" in line["message"]) == ("WARNING", True)


def test_odd_posts_are_a_warning_and_no_more(server: Server, visitor: Client) -> None:
    before = len(server.log_lines())
    path = "/socket.io/?EIO=4&transport=polling"
    for body in (
        "",
        "x",
        "bx",
        "4",
        "7",
        '42["watch"',
        "d=",
        "9" * 20,
        "2",
        '40{"token":"x"}',
        "40\x1e" * 20,
    ):
        opened = visitor.get(path)
        sid = msgspec.json.decode(opened.text[1:])["sid"]
        assert visitor.post(f"{path}&sid={sid}", data=body).status_code in (200, 400), body
    assert {line["level"] for line in server.log_lines()[before:]} == {"WARNING"}
    assert not [line for line in server.log_lines()[before:] if "trace" in line]


def test_what_an_admin_watches_ends_with_their_rights(
    server: Server, alice: Person, bob: Person, root: Person, connect: Connect
) -> None:
    """Rooms that one may no longer be in are left at once, at sockets that are open."""
    order, draft = in_progress(server, alice, bob), offer_service(alice, draft=True)
    socket, party = connect(root), connect(alice)
    for watched in ({"order": order["id"]}, {"gig": draft["id"]}):
        socket.send("watch", watched)
    party.send("watch", {"order": order["id"]})
    for each in (socket, party):
        each.wait("order")
    assert socket.wait("gig")[0]["status"] == "draft"
    of_root = {"user_id": ObjectId(root.id)}
    server.db.users.update_one({"_id": ObjectId(root.id)}, {"$set": {"is_admin": False}})
    server.db.sessions.update_many(of_root, {"$set": {"is_admin": False}})
    told = len(socket.events)
    bob.post(f"/api/orders/{order['id']}/deliver", {"message": "Here."})
    alice.patch(f"/api/gigs/{draft['id']}", {"title": "Better"})
    party.wait("order", lambda news: news["status"] == "delivered")
    socket.send("watch", {"order": order["id"]})
    socket.send("watch", {"gig": draft["id"]})
    assert socket.wait("gig", lambda news: news["status"] == "")[0]["stamp"] == ""
    assert [name for name, _ in socket.events[told:]] == ["gig"]


def test_things_watched_at_one_socket_are_bounded(
    server: Server, alice: Person, visitor: Client, connect: Connect
) -> None:
    """Also where no limit counts: what is watched costs memory."""
    gig = post_job(alice)
    row: Any = server.db.gigs.find_one({"_id": ObjectId(gig["id"])})
    ids = [ObjectId() for _ in range(101)]
    server.db.gigs.insert_many([{**row, "_id": each} for each in ids])
    socket = connect(visitor)
    for each in (*ids, ids[0]):
        socket.send("watch", {"gig": str(each)})
    socket.wait("gig", count=101)
    assert socket.of("error") == [{"event": "watch", "code": "too_many"}]
    server.db.gigs.delete_many({"_id": {"$in": ids}})


def test_who_floods_a_socket_is_told_and_then_cut(limited: Server) -> None:
    """Decision 27: 3,000 `watch` events of a visitor had no limit."""
    visitor = Client(limited.url)
    socket = Socket(visitor)
    say(socket, *['42["watch",{"gig":"' + "f" * 24 + '"}]'] * 344)  # its `connect` was the first
    socket.wait("error", count=45)
    assert len(socket.of("gig")) == 299
    assert {tuple(each.items()) for each in socket.of("error")} == {
        (("event", "watch"), ("code", "too_many"))
    }
    assert socket.connected
    say(socket, *['42["nothing"]'] * 6)
    has_ended(socket)
    assert "a socket was closed that sent too much" in limited.log_path.read_text()
    visitor.close()


def test_sockets_of_a_device_and_of_a_person_are_bounded(
    limited: Server, join: Callable[..., Person]
) -> None:
    bob = join("Bob", at=limited)
    open_now = [Socket(bob) for _ in range(3)]
    assert not _opens(bob, open_now)
    open_now.pop().close()
    wait_for(lambda: _opens(bob, open_now), what="a place for another socket")
    visitor = Client(limited.url)
    assert visitor.post("/api/auth/login", bob.credentials).status_code == 200
    open_now += [Socket(visitor) for _ in range(2)]
    assert not _opens(visitor, open_now)
    for socket in open_now:
        socket.close()
    visitor.close()


def _opens(person: Client, sockets: list[Socket]) -> bool:
    """Whether there was a place for one more socket, which is then among them."""
    try:
        sockets.append(Socket(person))
    except Refused:
        return False
    return True
