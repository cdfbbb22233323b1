"""WebSockets and polling below Socket.IO's events: bounds, and an end that is a close frame."""

import pytest

from tests.server.frames import BYTES, CONTINUED, PING, TEXT, close_code, frame, handshake, open_socket
from tests.server.raw import exchange, memory_of, statuses
from tests.support.client import Client
from tests.support.server import Server

NOT_A_PACKET, POLICY, TOO_BIG, WRONG = 1007, 1008, 1009, 1002


def test_an_empty_frame_of_bytes_closes_the_socket(server: Server) -> None:
    raw = open_socket(server)
    raw.send(frame(BYTES))
    assert close_code(raw.all()) == NOT_A_PACKET


@pytest.mark.parametrize("packet", [b"", b"x", b"9", b"-", "٢".encode(), b"bx", b" 2"])
def test_what_is_no_packet_closes_the_socket(server: Server, packet: bytes) -> None:
    """Nothing is written but a close frame: an empty frame once brought an answer of HTTP."""
    raw = open_socket(server)
    raw.send(frame(TEXT, packet))
    assert close_code(raw.all()) == NOT_A_PACKET


def test_the_first_frame_of_an_upgrade_is_a_packet_too(server: Server, visitor: Client) -> None:
    """While a client that polls changes to a WebSocket, Engine.IO reads frames in another place."""
    opened = visitor.get("/socket.io/?EIO=4&transport=polling").text
    sid = opened.partition('"sid":"')[2].partition('"')[0]
    asked = handshake().replace(b"transport=websocket", b"transport=websocket&sid=" + sid.encode())
    answer = exchange(server, asked + frame(TEXT))
    assert statuses(answer) == [101]
    _, _, came = answer.partition(b"\r\n\r\n")
    assert b"HTTP/" not in came


def test_a_message_is_bounded_over_all_its_frames(server: Server) -> None:
    (worker,) = server.worker_pids()
    before = memory_of(worker)
    raw = open_socket(server)
    raw.send(frame(TEXT, b"4" * 1000, last=False))
    for _ in range(1000):
        if not raw.send(frame(CONTINUED, b"4" * 15_000, last=False)):
            break
    assert close_code(raw.all()) == TOO_BIG
    assert memory_of(worker) - before < 5_000_000


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(TEXT, b"4" * 17_000), TOO_BIG),
        (frame(TEXT, b"4", last=False) + frame(CONTINUED, b"", last=False) * 64, TOO_BIG),
        (frame(PING) * 101, POLICY),
        (frame(TEXT, b"4", last=False) + frame(PING) * 101, POLICY),
        (frame(TEXT, b"40", masked=False), WRONG),
        (frame(3, b"40"), WRONG),
        (frame(CONTINUED, b"40"), WRONG),
        (frame(TEXT, b"4", last=False) + frame(TEXT, b"0"), WRONG),
        (frame(TEXT | 0x40, b"40"), WRONG),  # compressed, which nobody agreed to
    ],
)
def test_frames_are_bounded(server: Server, sent: bytes, code: int) -> None:
    raw = open_socket(server)
    raw.send(sent)
    assert close_code(raw.all()) == code


def test_a_message_in_pieces_arrives(server: Server) -> None:
    raw = open_socket(server)
    raw.send(frame(TEXT, b"4", last=False) + frame(PING, b"there?") + frame(CONTINUED, b"0"))
    came = b""
    while b"40{" not in came:  # the answer to the packet that connects
        came += raw.socket.recv(65536)
    assert b"\x8a\x06there?" in came
    raw.socket.close()


def test_nothing_is_compressed(server: Server) -> None:
    """A compressor has 300 KB for each socket, for messages of some hundred bytes."""
    asked = handshake(
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=x",
    )
    answer = exchange(server, asked + frame(TEXT))
    assert statuses(answer) == [101]
    assert b"deflate" not in answer


def test_drafts_of_before_are_not_spoken(server: Server) -> None:
    """Their messages have no length, and would be kept until they end."""
    assert statuses(exchange(server, handshake(b"Origin: http://a"))) == [400]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"x", 400),
        (b"d=2", 400),  # as JSONP posts
        (b"\xff", 400),
        (b"\x1e".join([b"2"] * 17), 400),
        (b"40" * 9000, 413),
    ],
)
def test_what_a_poll_posts_is_bounded(visitor: Client, body: bytes, status: int) -> None:
    opened = visitor.get("/socket.io/?EIO=4&transport=polling").text
    sid = opened.partition('"sid":"')[2].partition('"')[0]
    answer = visitor.request("POST", f"/socket.io/?EIO=4&transport=polling&sid={sid}", data=body)
    assert answer.status_code == status
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_polling_answers_no_script(visitor: Client) -> None:
    opened = visitor.get("/socket.io/?EIO=4&transport=polling")
    assert (opened.status_code, opened.headers["X-Content-Type-Options"]) == (200, "nosniff")
    for number in ("0", "", "x"):
        assert visitor.get(f"/socket.io/?EIO=4&transport=polling&j={number}").status_code == 400
