"""Socket.IO: who is connected, and the one way in which news reaches them.

A feature registers what it sends: `on_connect` for a replay, `on_event` for what browsers say, `changes.watch` for what
was committed. Nothing is ever emitted inside or instead of a transaction.
"""

import threading
from collections.abc import Callable
from typing import Any

from bson import ObjectId
from flask import Flask, current_app, request
from flask_socketio import SocketIO, join_room

from gigflow.accounts.models import Viewer
from gigflow.core.changes import Changes
from gigflow.core.db import Db
from gigflow.settings.settings import Settings
from gigflow.web.auth import sends_cookies, viewer_of_socket
from gigflow.web.security import is_known_origin

ConnectHandler = Callable[[Viewer, Callable[[str, dict[str, Any]], None]], None]
EventHandler = Callable[["Viewer | None", dict[str, Any]], None]

EXTENSION = "gigflow-realtime"
OPEN_SECONDS = 5.0


def person_room(user_id: ObjectId) -> str:
    """The room of all tabs and devices of one person."""
    return f"person:{user_id}"


def device_room(device_id: ObjectId) -> str:
    """The room of all tabs of one device."""
    return f"device:{device_id}"


def join(room: str) -> bool:
    """Let the socket that is being answered into a room; False where it has gone meanwhile, as when a page is left."""
    # Asked before: an attempt to join that fails leaves an empty room, over which the next one who has left stumbles.
    manager = current_app.extensions["socketio"].server.manager
    if not manager.is_connected(request.sid, "/"):  # type: ignore[attr-defined]
        return False
    join_room(room)
    return True


class Realtime:
    """The sockets of this process and the change stream that feeds them."""

    def __init__(self, app: Flask, settings: Settings, db: Db, async_mode: str) -> None:
        self.changes = Changes(db)
        self.viewers: dict[str, Viewer] = {}
        self._connect_handlers: list[ConnectHandler] = []
        self._event_handlers: dict[str, list[EventHandler]] = {}
        self.io = SocketIO(
            app,
            async_mode=async_mode,
            cors_allowed_origins=lambda origin, environ: _is_known(origin, environ, settings),
            # Polling needs each request at the process that began; with several only websocket works.
            transports=["websocket"] if settings.web_processes > 1 else ["polling", "websocket"],
            manage_session=False,
            max_http_buffer_size=16 * 1024,
            ping_interval=15,
            ping_timeout=10,
        )
        self.io.on_event("connect", self._connect)
        self.io.on_event("disconnect", self._disconnect)
        app.extensions[EXTENSION] = self

    def on_connect(self, handler: ConnectHandler) -> None:
        """Call `handler(viewer, send)` when a signed-in socket has joined its rooms; `send` reaches it alone."""
        self._connect_handlers.append(handler)

    def on_event(self, name: str, handler: EventHandler) -> None:
        """Call `handler(viewer, data)` when a browser sends `name`; what is no object counts as an empty one. Several
        features may listen to the same name.
        """

        def receive(data: object = None, *_more: object) -> None:
            for each in self._event_handlers[name]:
                each(self.viewers.get(request.sid), data if isinstance(data, dict) else {})  # type: ignore[attr-defined]

        if name not in self._event_handlers:
            self._event_handlers[name] = []
            self.io.on_event(name, receive)
        self._event_handlers[name].append(handler)

    def start(self) -> None:
        """Open the change stream and wait until it stands: before the first socket, so that none misses news.

        Where the database is away just now, pages that say so are better than a process that does not answer.
        """
        opened = threading.Event()
        self.io.start_background_task(self.changes.follow, opened)
        opened.wait(OPEN_SECONDS)

    def emit(self, event: str, data: dict[str, Any], room: str) -> None:
        """Send to this process's sockets in `room`; the other processes read the same change themselves."""
        self.io.emit(event, data, to=room)

    def is_anybody_in(self, room: str) -> bool:
        """Whether a socket of this process is in `room`, so that it is worth finding out what to tell it."""
        return bool(self.io.server.manager.rooms.get("/", {}).get(room))

    def cut_device(self, device_id: ObjectId, *, ended: bool = True) -> None:
        """Close the sockets of a device (SECURITY 2), and tell its tabs where it is signed out. Where it only got new
        tokens they come back by themselves with those; a copy of the old ones does not.
        """
        if ended:
            self.emit("signed_out", {}, device_room(device_id))
        for sid, viewer in list(self.viewers.items()):
            if viewer.device_id == device_id:
                self.io.server.disconnect(sid)

    def resend_all(self) -> None:
        """Replay to every open socket, after the change stream may have missed something."""
        for sid, viewer in list(self.viewers.items()):
            self._replay(sid, viewer)

    def _connect(self, auth: object = None) -> bool | None:
        token = auth.get("token") if isinstance(auth, dict) else None
        viewer = viewer_of_socket(str(token) if token is not None else None)
        sid: str = request.sid  # type: ignore[attr-defined]
        if viewer is None:
            # Without credentials it may watch public gigs. A bad token is refused; stale cookies are a page that was
            # signed out before its socket stood, and is told so.
            if token is None and sends_cookies():
                self.io.emit("signed_out", {}, to=sid)
            return None if token is None else False
        # The rooms first, the replay after: what is told in between arrives twice rather than never.
        self.viewers[sid] = viewer
        join_room(person_room(viewer.user_id))
        join_room(device_room(viewer.device_id))
        self.io.start_background_task(self._replay, sid, viewer)
        return None

    def _disconnect(self, *_reason: object) -> None:
        self.viewers.pop(request.sid, None)  # type: ignore[attr-defined]

    def _replay(self, sid: str, viewer: Viewer) -> None:
        for handler in self._connect_handlers:
            handler(viewer, lambda event, data: self.io.emit(event, data, to=sid))


def _is_known(origin: str, environ: dict[str, Any], settings: Settings) -> bool:
    """A page of another site may not open a socket with this person's cookies (SECURITY 14)."""
    return is_known_origin(origin, f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}", settings)
