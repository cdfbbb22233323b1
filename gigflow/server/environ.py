"""A request as WSGI tells it to the application."""

import socket
from typing import Any
from urllib.parse import unquote

from gigflow.server.head import Headers

Environ = dict[str, Any]

_ANY_TEXT = "text/plain"  # what a body is whose type is not said (RFC 2045)


def environ_of_connection(connection: socket.socket, client: tuple[Any, ...]) -> Environ:
    """Return what all requests of a connection share: who the two ends are."""
    server = connection.getsockname()
    return {
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "SERVER_PROTOCOL": "HTTP/1.0",
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SCRIPT_NAME": "",
    }


def environ_of_head(method: str, target: str, head: Headers) -> Environ:
    """Return what the first line and the headers say."""
    path, question, query = target.partition("?")
    environ = {
        # A name with an underscore could pass for another one: x_real_ip for x-real-ip.
        f"HTTP_{name.upper().replace('-', '_')}": value
        for name, value in head.said.items()
        if "_" not in name and name not in ("content-type", "content-length")
    }
    environ["REQUEST_METHOD"] = method
    environ["PATH_INFO"] = unquote(path, encoding="latin-1")
    if question:
        environ["QUERY_STRING"] = query
    environ["CONTENT_TYPE"] = head.said.get("content-type", _ANY_TEXT)
    if length := head.said.get("content-length"):
        environ["CONTENT_LENGTH"] = length
    return environ
