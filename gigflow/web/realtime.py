"""Socket.IO: who is connected, and the one way in which news reach them.

A feature registers what it sends: `on_connect` for a replay, `let_watch` for what may be watched, `on_event` for what
else browsers say, `changes.watch` for what was committed. Nothing is ever emitted inside or instead of a transaction.

A connection knows the person at its socket (web/lines.py): no packet changes that (SECURITY 9c).
"""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from bson import ObjectId
from flask import Flask, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO
from pymongo.errors import PyMongoError

from gigflow.accounts import devices
from gigflow.accounts.devices import SignedIn
from gigflow.accounts.models import Viewer
from gigflow.core.changes import WRITE, Change, Changes
from gigflow.core.db import Db, is_id, object_id
from gigflow.core.errors import NotFound
from gigflow.settings.settings import Settings
from gigflow.web.auth import device_of_socket, sends_cookies
from gigflow.web.counters import Limits, address_key
from gigflow.web.farewells import Farewells
from gigflow.web.lines import REFUSED_MAX, WATCHED_MAX, Line, Lines
from gigflow.web.packets import OUR_NAMESPACE, Unreadable, read_packet
from gigflow.web.refusals import Refusals
from gigflow.web.refused import note_refusal
from gigflow.web.security import is_known_origin
from gigflow.web.socket_faults import FaultsOfOthers
from gigflow.web.watches import Watchable

log = logging.getLogger(__name__)

News = dict[str, Any]
ConnectHandler = Callable[[Viewer, datetime, Callable[[str, News], None]], None]
EventHandler = Callable[["Viewer | None", News], None]

EXTENSION = "gigflow-realtime"
OPEN_SECONDS = 5.0
_COUNTED = "gigflow.origin_refused"  # in the environ of a request
DEVICES_AT_ONCE = 500  # in one question to the database


class Malformed(ValueError):
    """An event says something that it cannot mean."""


def person_room(user_id: ObjectId) -> str:
    """Return the room of all tabs and devices of one person."""
    return f"person:{user_id}"


def device_room(device_id: ObjectId) -> str:
    """Return the room of all tabs of one device."""
    return f"device:{device_id}"


class Realtime:
    """The sockets of this process and the change stream that feeds them."""

    def __init__(
        self, app: Flask, settings: Settings, db: Db, limits: Limits, refusals: Refusals, async_mode: str
    ) -> None:
        self.changes = Changes(db)
        self._db = db
        self._settings = settings
        self._refusals = refusals
        self._lines = Lines(settings, limits)
        self._connect_handlers: list[ConnectHandler] = []
        self._event_handlers: dict[str, EventHandler] = {}
        self._watchable: dict[str, Watchable] = {}
        self.io = SocketIO(
            app,
            async_mode=async_mode,
            # What one socket says is answered in its order, one thing at a time.
            async_handlers=False,
            cors_allowed_origins=self._is_known,
            # Polling needs each request at the process that began; with several processes only websocket works.
            transports=["websocket"] if settings.web_processes > 1 else ["polling", "websocket"],
            manage_session=False,
            max_http_buffer_size=16 * 1024,
            ping_interval=15,
            ping_timeout=10,
            logger=FaultsOfOthers(log, {}),
            engineio_logger=FaultsOfOthers(log, {}),
        )
        self._farewells = Farewells(self.io.server.eio)
        self.io.on_event("connect", self._connect)
        self.on_event("watch", lambda viewer, data: self._watch(self._line_of(_sid()), data))
        self._guard_doors()
        app.extensions[EXTENSION] = self

    def on_connect(self, handler: ConnectHandler) -> None:
        """Call `handler(viewer, since, send)` when a signed-in socket has joined its rooms; `since` is when its
        connection was opened, and `send` reaches it alone.
        """
        self._connect_handlers.append(handler)

    def on_event(self, name: str, handler: EventHandler) -> None:
        """Call `handler(viewer, data)` when a browser sends `name` with an object; it may raise Malformed."""

        def receive(data: object = None, *_more: object) -> None:
            sid = _sid()
            line = self._line_of(sid)
            try:
                if not isinstance(data, dict):
                    raise Malformed
                handler(line.viewer, data)
            except Malformed:
                self._say_error(sid, name, "malformed")
            except PyMongoError as error:
                log.warning("an event was not taken: %s", type(error).__name__)
                self._say_error(sid, name, "unavailable")
            except Exception:
                log.exception("an event could not be taken")
                self._say_error(sid, name, "internal")

        self._event_handlers[name] = handler
        self.io.on_event(name, receive)

    def let_watch(self, watchable: Watchable) -> None:
        """Let pages watch things of this kind: they say `watch` {kind: id} and hear the event `kind`."""
        if watchable.kind in self._watchable:
            raise ValueError(f"two features let pages watch {watchable.kind!r}")
        self._watchable[watchable.kind] = watchable

        def written(change: Change) -> None:
            thing_id = change["documentKey"]["_id"]
            for circle in watchable.circles:
                room = watchable.room(thing_id, circle)
                if self.is_anybody_in(room) and (news := watchable.news_of(self._db, thing_id, circle)):
                    self.emit(watchable.kind, news, room)

        if watchable.rows:
            self.changes.watch(watchable.rows, WRITE, written)

    def room_watched(self, kind: str, thing_id: ObjectId) -> str | None:
        """Return the room in which the socket whose event is being handled is told of this thing, if it watches it."""
        return self._line_of(_sid()).watched.get((kind, thing_id))

    def regroup(self, kind: str, thing_id: ObjectId) -> None:
        """Find out again in which circle those are who watch a thing at this process."""
        for line in self._lines.all():
            if (kind, thing_id) in line.watched:
                self._regroup(line, kind, thing_id)

    def start(self) -> None:
        """Open the change stream and wait until it stands: before the first socket, so that none misses news.

        If the database is away just now, pages that say so are better than a process that does not answer.
        """
        self.changes.on_gap(self._make_up)
        opened = threading.Event()
        self.io.start_background_task(self.changes.follow, opened)
        if not opened.wait(OPEN_SECONDS):
            self.changes.note_gap()  # sockets open from now on, and what is written in the meantime may not be told

    def emit(self, event: str, data: News, room: str, *, but: str = "") -> None:
        """Send to this process's sockets in `room`, without those that are also in the room `but`; the other processes
        read the same change themselves.
        """
        left_out = list(self.io.server.manager.rooms.get(OUR_NAMESPACE, {}).get(but, ())) if but else None
        self.io.emit(event, data, to=room, skip_sid=left_out)

    def is_anybody_in(self, room: str) -> bool:
        """Return whether a socket of this process is in `room`, so that it is worth finding out what to tell it."""
        return bool(self.io.server.manager.rooms.get(OUR_NAMESPACE, {}).get(room))

    def cut_device(self, device_id: ObjectId, *, ended: bool = True) -> None:
        """Close the sockets of a device (SECURITY 2), and tell its tabs if it is signed out. If it only got new tokens,
        they come back by themselves with those; a copy of the old ones does not.
        """
        for line in self._lines.of_device(device_id):
            self._cut(line, ended=ended)

    def check(self, device_ids: Iterable[ObjectId]) -> None:
        """Ask who is still signed in at these devices: the others are cut, and those who are there are known as they
        are now.

        People who may no longer be told of what they watch leave its room.
        """
        asked = [each for each in device_ids if self._lines.of_device(each)]
        for start in range(0, len(asked), DEVICES_AT_ONCE):
            batch = asked[start : start + DEVICES_AT_ONCE]
            found = devices.signed_in_at(self._db, batch)
            for line in [line for each in batch for line in self._lines.of_device(each)]:
                self._check(line, found.get(line.viewer.device_id) if line.viewer else None)

    def _check(self, line: Line, signed_in: SignedIn | None) -> None:
        if line.signed_in is None or line.signed_in == signed_in:
            return
        if signed_in is None or signed_in.key != line.signed_in.key:
            self._cut(line, ended=signed_in is None)
            return
        line.signed_in = signed_in  # the same person at the same device, with other rights or choices
        for kind, thing_id in list(line.watched):
            self._regroup(line, kind, thing_id)

    def _regroup(self, line: Line, kind: str, thing_id: ObjectId) -> None:
        now_in = None
        with suppress(NotFound):  # nobody asked, so nothing is refused
            now_in = self._watchable[kind].room_of(self._db, line.viewer, thing_id)
        if now_in != line.watched.get((kind, thing_id)):
            self._move(line, (kind, thing_id), now_in)

    def _make_up(self) -> None:
        """Make up for what the change stream may have missed: cut those who were signed out, and replay to the
        others.
        """
        self.check(self._lines.devices())
        for line in self._lines.all():
            self._replay(line)

    def _guard_doors(self) -> None:
        """Stand before Socket.IO at everything that Engine.IO hands it."""
        engine, deliver = self.io.server.eio, dict(self.io.server.eio.handlers)

        def opened(line_id: str, environ: dict[str, Any]) -> object:
            if not self._lines.open(line_id, environ.get("REMOTE_ADDR") or "unknown"):
                return False
            return deliver["connect"](line_id, environ)

        def received(line_id: str, raw: object) -> None:
            line = self._lines.get(line_id)
            if line and self._passes(line, raw):
                deliver["message"](line_id, raw)

        def closed(line_id: str, reason: object) -> None:
            self._lines.close(line_id)
            deliver["disconnect"](line_id, reason)
            engine.sockets.pop(line_id, None)  # else a request of a connection that has ended is a 500

        # Its own waits until the browser has fetched the farewell, and a program that sends something odd may never
        # come for it.
        engine.disconnect = self._farewells.hang_up
        engine.on("connect", opened)
        engine.on("message", received)
        engine.on("disconnect", closed)

    def _passes(self, line: Line, raw: object) -> bool:
        """Return whether Socket.IO should see what was sent. Events that nobody takes have no effect, whatever their
        names.
        """
        try:
            sent = read_packet(raw)
        except Unreadable as fault:
            sent, name, code = None, "", "malformed"
            if not line.warned:  # once for each connection: the log is no place to flood
                line.warned = True
                log.warning("a socket sent what is no packet: %s", fault)
        else:
            name, code = sent.name if sent and sent.name in self._event_handlers else "", ""
        if not self._lines.may_send(line):
            code = "too_many"
        if code:
            self._say_error(self._sid_of(line), name, code)
        if line.refused > REFUSED_MAX:
            log.warning("a socket was closed that sent too much")
            self._cut(line, ended=False)
        return not code and sent is not None and (not sent.is_event or bool(name))

    def _connect(self, auth: object = None) -> bool | None:
        try:
            return self._seat(auth)
        except PyMongoError as error:
            log.warning("a socket was refused: %s", type(error).__name__)
            raise Refused("unavailable") from error

    def _seat(self, auth: object) -> bool | None:
        # An empty one counts as none, as an empty Bearer does.
        token = (auth.get("token") or None) if isinstance(auth, dict) else None
        signed_in = device_of_socket(str(token) if token is not None else None)
        sid = _sid()
        line = self._line_of(sid)
        if not self._lines.seat(line, signed_in):
            raise Refused("too_many")
        if signed_in is None:
            # Without credentials it may watch public gigs. A bad token is refused; stale cookies mean a page that was
            # signed out before its socket stood, which is told so.
            if token is None and sends_cookies():
                self.io.emit("signed_out", {}, to=sid)
            return None if token is None else False
        # The rooms first, the replay after: what is told in between arrives twice rather than never.
        self._enter(sid, person_room(signed_in.viewer.user_id))
        self._enter(sid, device_room(signed_in.viewer.device_id))
        self.io.start_background_task(self._begin, line)
        return None

    def _begin(self, line: Line) -> None:
        try:
            # Once more, since the device may have been ended before its socket could be found.
            if line.viewer:
                self.check([line.viewer.device_id])
            self._replay(line)
        except PyMongoError as error:
            log.warning("a socket could not be told what it missed: %s", type(error).__name__)
        except Exception:
            log.exception("a socket could not be told what it missed")

    def _replay(self, line: Line) -> None:
        sid, viewer = self._sid_of(line), line.viewer
        if sid and viewer and self._lines.get(line.id):
            for handler in self._connect_handlers:
                handler(viewer, line.opened_at, lambda event, data: self.io.emit(event, data, to=sid))

    def _watch(self, line: Line, data: News) -> None:
        asked = {kind: _text(data[kind]) for kind in self._watchable if kind in data}
        if not asked or not all(map(is_id, asked.values())):
            raise Malformed
        for kind, text in asked.items():
            thing_id = object_id(text)
            sid, watchable = self._sid_of(line), self._watchable[kind]
            circle = None
            try:
                circle = watchable.circle_of(self._db, line.viewer, thing_id)
            except NotFound as error:
                note_refusal(error, line.viewer, endpoint="watch")
            if circle and (kind, thing_id) not in line.watched and len(line.watched) >= WATCHED_MAX:
                self._say_error(sid, "watch", "too_many")
                continue
            # The room first, the state after: a page may be older than its watching, and sees from the stamp that it
            # is.
            if circle:
                self._move(line, (kind, thing_id), watchable.room(thing_id, circle))
            news = watchable.news_of(self._db, thing_id, circle)
            if news and sid:
                self.io.emit(kind, news, to=sid)

    def _move(self, line: Line, thing: tuple[str, ObjectId], room: str | None) -> None:
        """Let a socket be told of a thing in this room and in no other; not at all if there is none."""
        sid, before = self._sid_of(line), line.watched.pop(thing, None)
        if sid and before and before != room:
            self.io.server.leave_room(sid, before)
        if sid and room and self._enter(sid, room):
            line.watched[thing] = room

    def _enter(self, sid: str, room: str) -> bool:
        # Asked first: a join that fails leaves an empty room, over which the next socket that has left stumbles.
        manager = self.io.server.manager
        if manager.eio_sid_from_sid(sid, OUR_NAMESPACE) is None:
            return False
        manager.enter_room(sid, OUR_NAMESPACE, room)
        return True

    def _cut(self, line: Line, *, ended: bool) -> None:
        """Close a connection altogether; whatever still comes on it is not looked at."""
        server, sid = self.io.server, self._sid_of(line)
        if sid:
            if ended:
                self.io.emit("signed_out", {}, to=sid)
            server.disconnect(sid)
        self._farewells.hang_up(line.id)
        self._lines.close(line.id)

    def _is_known(self, origin: str | None, environ: dict[str, Any]) -> bool:
        """Return whether a page of this origin may open a socket with this person's cookies (SECURITY 14)."""
        if origin is None:
            return False  # no page said so; Engine.IO only asks what to write into its answer
        host = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
        if is_known_origin(origin, host, self._settings):
            return True
        if not environ.get(_COUNTED):  # it is asked twice of each request
            environ[_COUNTED] = True
            address = address_key(environ.get("REMOTE_ADDR") or "unknown")
            details = {"code": "foreign_origin", "address": address, "endpoint": "socket"}
            self._refusals.count("origin_refused", address, None, details)
        return False

    def _say_error(self, sid: str | None, event: str, code: str) -> None:
        if sid:
            self.io.emit("error", {"event": event, "code": code}, to=sid)

    def _line_of(self, sid: str) -> Line:
        """Return the connection of a socket; if that has just gone, one that is told to nobody."""
        line_id = self.io.server.manager.eio_sid_from_sid(sid, OUR_NAMESPACE)
        return self._lines.get(line_id) or Line("", "")

    def _sid_of(self, line: Line) -> str | None:
        sid: str | None = self.io.server.manager.sid_from_eio_sid(line.id, OUR_NAMESPACE)
        return sid


def _sid() -> str:
    sid: str = request.sid  # type: ignore[attr-defined]
    return sid


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
