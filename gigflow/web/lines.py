"""The open connections of this process, by their address, person and device, and how much each may do.

The bounds are ones that people never meet: a page opens one socket, watches what it shows and says what news it
showed.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import msgspec
from bson import ObjectId

from gigflow.accounts.devices import SignedIn
from gigflow.accounts.models import Viewer
from gigflow.core.clock import now
from gigflow.core.errors import TooMany
from gigflow.settings.settings import Settings
from gigflow.web.counters import Limits

WATCHED_MAX = 100  # things at one socket: what each costs is memory, so this bound has no switch
REFUSED_MAX = 50  # events in a row; a program that goes on after that is no page of ours

Key = tuple[str, object]


class Line(msgspec.Struct):
    """One connection, from its handshake to its end."""

    id: str  # Engine.IO's, which stays the same whatever is said on it
    address: str
    signed_in: SignedIn | None = None
    watched: dict[tuple[str, ObjectId], str] = {}  # what it watches, and the room in which it is told of it
    refused: int = 0
    warned: bool = False
    opened_at: datetime = msgspec.field(default_factory=now)

    @property
    def viewer(self) -> Viewer | None:
        """The person at it; None for a visitor."""
        return self.signed_in.viewer if self.signed_in else None

    @property
    def keys(self) -> list[Key]:
        """What it counts under."""
        viewer = self.viewer
        return [("address", self.address), *(_keys_of(viewer) if viewer else ())]


class Lines:
    """All of them. Only a connection's own end takes it out."""

    def __init__(self, settings: Settings, limits: Limits) -> None:
        self._limits = limits
        self._most = {
            "address": settings.sockets_per_address,
            "person": settings.sockets_per_person,
            "device": settings.sockets_per_device,
        }
        self._lines: dict[str, Line] = {}
        self._of: defaultdict[Key, set[str]] = defaultdict(set)

    def open(self, line_id: str, address: str) -> bool:
        """Note a new connection; returns False if its address has too many."""
        address = self._limits.key_of(address) or ""
        if address and self._is_full([("address", address)]):
            return False
        self._lines[line_id] = line = Line(line_id, address)
        self._enter(line)
        return True

    def close(self, line_id: str) -> None:
        """Forget a connection that has ended."""
        line = self._lines.pop(line_id, None)
        if line:
            self._leave(line)

    def get(self, line_id: str | None) -> Line | None:
        """Return the connection with this id while it is open."""
        return self._lines.get(line_id or "")

    def seat(self, line: Line, signed_in: SignedIn | None) -> bool:
        """Note the person at a connection; returns False if they have too many."""
        if signed_in and self._is_full(_keys_of(signed_in.viewer), besides=line):
            return False
        self._leave(line)
        line.signed_in = signed_in
        line.watched = {}
        self._enter(line)
        return True

    def devices(self) -> list[ObjectId]:
        """Return the devices that have a connection here."""
        return [key[1] for key in self._of if key[0] == "device"]  # type: ignore[misc]

    def of_device(self, device_id: ObjectId) -> list[Line]:
        """Return the connections of a device."""
        return [self._lines[each] for each in list(self._of.get(("device", device_id), ()))]

    def all(self) -> list[Line]:
        """Return every connection."""
        return list(self._lines.values())

    def may_send(self, line: Line) -> bool:
        """Count one more event of a connection, of its person and of its address; returns False if one of them has had
        its share.
        """
        try:
            self._limits.spend("socket_events", line.id)
            if line.viewer:
                self._limits.spend("socket_events_person", line.viewer.user_id)
            if line.address:
                self._limits.spend("socket_events_address", line.address)
        except TooMany:
            line.refused += 1
            return False
        line.refused = 0
        return True

    def _is_full(self, keys: Iterable[Key], besides: Line | None = None) -> bool:
        if self._limits.mode == "off":
            return False
        own = {besides.id} if besides else set()
        return any(len(self._of.get(key, set()) - own) >= self._most[key[0]] for key in keys)

    def _enter(self, line: Line) -> None:
        for key in line.keys:
            self._of[key].add(line.id)

    def _leave(self, line: Line) -> None:
        for key in line.keys:
            self._of[key].discard(line.id)
            if not self._of[key]:
                del self._of[key]


def _keys_of(viewer: Viewer) -> list[Key]:
    return [("person", viewer.user_id), ("device", viewer.device_id)]
