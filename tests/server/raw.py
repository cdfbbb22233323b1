"""HTTP byte by byte, as no client library would send it."""

import socket
import time
from collections.abc import Callable
from typing import Any

import msgspec

from tests.support.server import Server

PATIENCE = 45.0


class Raw:
    """A connection on which anything may be sent."""

    def __init__(self, server: Server, receive_buffer: int = 0) -> None:
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", server.port))
        self.opened = time.monotonic()

    def send(self, data: bytes) -> bool:
        """Send all of it; False where the connection has been closed."""
        try:
            self.socket.sendall(data)
        except ConnectionError:
            return False
        return True

    def all(self) -> bytes:
        """Everything that comes until the server closes."""
        parts = []
        try:
            while part := self.socket.recv(65536):
                parts.append(part)
        except ConnectionResetError:
            parts.append(b"<reset>")
        self.socket.close()
        return b"".join(parts)

    def trickle(self, data: bytes, pause: float, enough: Callable[[], bool] = lambda: False) -> float:
        """Send byte by byte until the server closes, and return after how many seconds that was."""
        self.socket.settimeout(pause)
        for place in range(len(data)):
            if not self.send(data[place : place + 1]):
                break
            try:
                if not self.socket.recv(65536):
                    break
            except TimeoutError:
                continue
            except ConnectionError:
                break
        return time.monotonic() - self.opened


def exchange(server: Server, sent: bytes) -> bytes:
    """What comes back, to the end of the connection, for what is sent on a new one."""
    raw = Raw(server)
    raw.send(sent)
    return raw.all()


def statuses(answer: bytes) -> list[int]:
    """The statuses of all answers in what came."""
    found = []
    for line in answer.split(b"\r\n"):
        _, _, rest = line.partition(b"HTTP/1.1 ")
        if rest[:3].isdigit():
            found.append(int(rest[:3]))
    return found


def json_of(answer: bytes) -> Any:
    """The JSON body of a single answer."""
    return msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])


def memory_of(pid: int) -> int:
    """The resident memory of a process, in bytes."""
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[1]) * 4096
