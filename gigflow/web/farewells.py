"""How a connection that polls is closed: the last thing that it is told waits for the poll that fetches it.

Engine.IO forgets a closed connection at once. Between two polls its last words would be lost, and the next request of a
page that did nothing wrong would be answered by 400, which browsers write on their console.
"""

from typing import Any

SECONDS = 10.0  # a page polls again as soon as it was answered
MOST = 1000  # at once; connections that are closed beyond them are forgotten at once


class Farewells:
    """The connections that are closed and may still fetch why."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._waiting = 0

    def hang_up(self, line_id: str) -> None:
        """Close a connection: nothing else is taken from it, and nothing else is told to it."""
        socket = self._engine.sockets.get(line_id)
        if socket is None or socket.closing:
            return
        polls = not socket.upgraded and self._waiting < MOST
        # What Socket.IO said last is enough: Engine.IO's own goodbye in the same answer would be read before it.
        socket.close(wait=False, abort=polls)
        if polls:
            # It stays `closing`: its polls are answered, and its posts have no effect.
            socket.closed = False
            self._engine.sockets[line_id] = socket
            self._waiting += 1
            self._engine.start_background_task(self._forget, socket)

    def _forget(self, socket: Any) -> None:
        self._engine.sleep(SECONDS)
        self._waiting -= 1
        self._engine.sockets.pop(socket.sid, None)
        socket.closed = True
        socket.queue.put(None)  # a poll that still waits
