"""An open page's socket, as the browser's script has it."""

from collections.abc import Callable
from typing import Any

import socketio

from tests.support.client import Client
from tests.support.waiting import wait_for


class Socket:
    """A Socket.IO connection that keeps what it was sent, in order."""

    def __init__(
        self,
        client: Client,
        *,
        token: str | None = None,
        origin: str | None = None,
        transports: list[str] | None = None,
    ) -> None:
        self.events: list[tuple[str, Any]] = []
        # A websocket's origin is an option of its own; given as a header it would be sent twice.
        self.io = socketio.Client(
            reconnection=False, websocket_extra_options={"origin": origin} if origin else None
        )
        self.io.on("*", lambda name, data=None: self.events.append((name, data)))
        headers = {"Origin": origin} if origin and transports == ["polling"] else {}
        cookies = client.session.cookies.get_dict()
        if cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self.io.connect(
            client.url,
            headers=headers,
            auth={"token": token} if token else None,
            transports=transports or ["websocket"],
            wait_timeout=10,
        )
        if token or cookies.keys() & {"token", "refresh_token"}:
            # The last word of the replay: what comes from here on is news.
            wait_for(lambda: self.of("unread") or self.of("signed_out"), what="the end of the replay")

    @property
    def connected(self) -> bool:
        return bool(self.io.connected)

    def of(self, name: str) -> list[Any]:
        """What came under this name so far, each notification once: a device is told of it at least once, again if it
        is made while the device connects, and goes by its id.
        """
        came = [data for event, data in list(self.events) if event == name]
        key = {"notification": "id", "hired": "bidId"}.get(name)
        return came if key is None else list({data[key]: data for data in reversed(came)}.values())[::-1]

    def wait(self, name: str, is_it: Callable[[Any], bool] = lambda _: True, count: int = 1) -> list[Any]:
        """The events of this name that `is_it` means, once there are `count`."""

        def found() -> list[Any]:
            matching = [data for data in self.of(name) if is_it(data)]
            return matching if len(matching) >= count else []

        return wait_for(found, what=f"event {name!r}")

    def send(self, name: str, data: object) -> None:
        self.io.emit(name, data)

    def close(self) -> None:
        self.io.disconnect()
