"""WebSockets frame by frame."""

import struct

from tests.server.raw import Raw
from tests.support.server import Server

CONTINUED, TEXT, BYTES, PING = 0, 1, 2, 9
MASK = b"\x01\x02\x03\x04"


def frame(kind: int, data: bytes = b"", *, last: bool = True, masked: bool = True) -> bytes:
    """A frame as a client sends it."""
    head = bytes([kind | (0x80 if last else 0)])
    masks = 0x80 if masked else 0
    size = len(data)
    if size < 126:
        head += bytes([masks | size])
    elif size < 65536:
        head += bytes([masks | 126]) + struct.pack("!H", size)
    else:
        head += bytes([masks | 127]) + struct.pack("!Q", size)
    if not masked:
        return head + data
    return head + MASK + bytes(byte ^ MASK[place % 4] for place, byte in enumerate(data))


def handshake(*headers: bytes) -> bytes:
    """The request for a WebSocket."""
    lines = [
        b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
        b"Host: a",
        b"Connection: Upgrade",
        b"Upgrade: websocket",
        *(headers or (b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")),
    ]
    return b"\r\n".join([*lines, b"", b""])


def open_socket(server: Server) -> Raw:
    """A WebSocket on which the server has said who it is."""
    raw = Raw(server)
    raw.send(handshake())
    came = b""
    while b"pingInterval" not in came:
        came += raw.socket.recv(65536)
    return raw


def close_code(came: bytes) -> int:
    """The code of the close frame with which everything ends; nothing that looks like HTTP may be in it."""
    assert b"HTTP/" not in came, came
    place = came.rindex(b"\x88")
    assert came[place + 1] == len(came) - place - 2, came
    return int(struct.unpack("!H", came[place + 2 : place + 4])[0])
