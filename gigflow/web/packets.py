"""What a browser sends through its socket, looked at before Socket.IO acts on it (SECURITY 9c).

Socket.IO takes an event named `disconnect` for the end of a connection, keeps the parts of unfinished binary events,
and writes an error with a trace for what it cannot read. So it is given only what is whole and plain.
"""

import binascii
from typing import Any

import msgspec
from socketio import packet

OUR_NAMESPACE = "/"


class Unreadable(ValueError):
    """What was sent is not a packet of the kinds that a browser may send here."""


class Sent(msgspec.Struct, frozen=True):
    """A packet that can be passed on: its kind, and the name of an event."""

    kind: int
    name: str = ""

    @property
    def is_event(self) -> bool:
        """Whether it says something, and does not just open or close."""
        return self.kind == int(packet.EVENT)


def read_packet(raw: object) -> Sent | None:
    """Return what `raw` is, or None if nothing depends on it: an answer to a question that we never ask, or something
    for a namespace that nobody has. Raises Unreadable.
    """
    if not isinstance(raw, str):
        raise Unreadable("binary")
    try:
        found = packet.Packet(encoded_packet=raw)
    except (ValueError, TypeError, IndexError, KeyError, RecursionError, binascii.Error) as fault:
        raise Unreadable(type(fault).__name__) from None
    match found.packet_type:
        case packet.CONNECT:
            # For any other namespace Socket.IO itself says that there is none.
            return Sent(packet.CONNECT)
        case packet.DISCONNECT:
            return Sent(packet.DISCONNECT) if _is_ours(found) else None
        case packet.ACK:
            return None
        case packet.EVENT:
            if not _is_ours(found):
                return None
            data: Any = found.data
            if not isinstance(data, list) or not data or not isinstance(data[0], str):
                raise Unreadable("no event")
            return Sent(packet.EVENT, data[0])
    raise Unreadable("kind")


def _is_ours(found: packet.Packet) -> bool:
    return found.namespace in (None, OUR_NAMESPACE)
