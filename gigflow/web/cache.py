"""Public lists as finished bytes, answered before Flask (docs/measured.md: 7,445/s instead of 1,557).

A copy is dropped as soon as any process commits a change to what is listed: the process that wrote drops it before
it answers, the others when the change stream tells them, about a millisecond later.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from gigflow.core.db import Db
from gigflow.settings.settings import Settings
from gigflow.web.packed import CODING, FORM_TOKEN, pack, takes_packed, varied

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Callable[[bytes], object]]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]

# The addresses of lists with the parameters that each reads; others make no difference, so they make no copy of their
# own. An address that ends with a slash stands for all addresses below it.
Lists = Mapping[str, frozenset[str]]
NO_PARAMETERS: frozenset[str] = frozenset()

MAX_BYTES = 16 * 1024 * 1024
# What a copy takes besides its body, headers and key: without it a million empty answers to a million questions would
# fit.
OVERHEAD = 4096  # bytes
MAX_QUERY = 512  # a longer query is answered without a copy
MAX_AGE = 30.0  # seconds: a page says "2 hours ago"

# Parts of the names of our cookies. If they occur elsewhere, that only costs a copy. A name may be followed by a space,
# which the application leaves out.
_OWN_COOKIES = ("token", "session")
_OF_ONE_REQUEST = {"x-request-id", "content-length", "cache-control"}
_OF_A_BODY = {"Content-Length", "Content-Encoding"}
REFUSED = "gigflow.refused"  # in the environ of a request that was answered by an error (web/errors.py)
_UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


class Copy(msgspec.Struct, frozen=True):
    """An answer as it was first given."""

    headers: Headers
    body: bytes
    etag: str
    made_at: float
    packed: "Copy | None" = (
        None  # for those who take it; None if it may not be packed, or would not be smaller
    )

    @property
    def cost(self) -> int:
        """How much keeping it takes, in bytes."""
        return len(self.body) + OVERHEAD + (len(self.packed.body) if self.packed else 0)


class PublicCache:
    """The copies of one process, the least recently used dropped first.

    A request below one of the addresses in `writers` that has changed something drops the copies before it is answered.
    The change stream drops them whichever process wrote.
    """

    def __init__(
        self,
        app: WsgiApp,
        settings: Settings,
        db: Db,
        lists: Lists,
        by_reader: frozenset[str],
        writers: tuple[str, ...],
    ) -> None:
        self._app = app
        self._lists = lists
        self._by_reader = by_reader
        self._below = tuple(path for path in lists if path.endswith("/") and path != "/")
        self._writers = writers
        self._origins = frozenset(settings.client_urls)
        self._db = db
        self._copies: OrderedDict[tuple[object, ...], Copy] = OrderedDict()
        self._bytes = 0
        self._version = 0

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from a copy if there is one, else from the application."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if method in _UNSAFE and path.startswith(self._writers):
            return self._written(environ, start_response)
        if method not in ("GET", "HEAD") or not self._is_public(path, environ) or not self._db.is_followed:
            return self._app(environ, start_response)
        key = self._key(path, environ)
        copy = self._copies.get(key)
        if copy and time.monotonic() - copy.made_at < MAX_AGE:
            self._copies.move_to_end(key)
            return _send(copy, environ, start_response)
        version = self._version
        # A copy serves HEAD, too, and is packed here.
        asked = {**environ, "REQUEST_METHOD": "GET", "HTTP_ACCEPT_ENCODING": ""}
        status, headers, body = self._ask(asked)
        if not status.startswith("200") or _is_personal(path, headers):
            start_response(status, headers)
            return [] if method == "HEAD" else [body]
        # Words that somebody chose and that a page may repeat are never packed (decision 54).
        is_asked = any(isinstance(part, tuple) for part in key)
        copy = _copy(headers, body, is_packed=not is_asked)
        if version == self._version:
            self._keep(key, copy)
        return _send(copy, environ, start_response)

    def _written(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Return the application's answer to a request that may write; a request that it refused has written nothing. A
        visitor is refused by being sent to sign in, which is no error by its status.
        """
        statuses: list[str] = []

        def begin(status: str, headers: Headers, *more: object) -> Callable[[bytes], object]:
            statuses.append(status)
            return start_response(status, headers, *more)

        answer = self._app(environ, begin)
        is_refused = REFUSED in environ or (statuses and statuses[-1].startswith("4"))
        if not is_refused:
            self.drop()
        return answer

    def drop(self) -> None:
        """Forget every copy, and let no answer become one whose query began before now."""
        self._version += 1
        self._copies.clear()
        self._bytes = 0

    def _is_public(self, path: str, environ: Environ) -> bool:
        if len(environ.get("QUERY_STRING", "")) > MAX_QUERY:
            return False
        if path not in self._lists and not path.startswith(self._below):
            return False
        if _is_json(path) and path not in self._by_reader:
            return True
        cookies = environ.get("HTTP_COOKIE", "")
        return not any(name in cookies for name in _OWN_COOKIES) and "HTTP_AUTHORIZATION" not in environ

    def _key(self, path: str, environ: Environ) -> tuple[object, ...]:
        # What the application tells apart must be told apart here: an empty value, and bytes that are not UTF-8.
        asked = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True, encoding="latin-1")
        known = self._lists.get(path, NO_PARAMETERS)
        return (
            path,
            *(pair for pair in asked if pair[0] in known),
            environ.get("HTTP_HX_REQUEST"),
            environ.get("HTTP_HX_REQUEST_TYPE"),
            "HTTP_HX_HISTORY_RESTORE_REQUEST" in environ,
            _one_of(self._origins, environ.get("HTTP_ORIGIN")),
        )

    def _ask(self, environ: Environ) -> tuple[str, Headers, bytes]:
        """Return the application's own answer, whole."""
        begun: list[tuple[str, Headers]] = []

        def begin(status: str, headers: Headers, *_: object) -> Callable[[bytes], object]:
            begun.append((status, headers))
            return lambda _chunk: None

        answer = self._app(environ, begin)
        try:
            body = b"".join(answer)
        finally:
            close = getattr(answer, "close", None)
            if close:
                close()
        return *begun[-1], body

    def _keep(self, key: tuple[object, ...], copy: Copy) -> None:
        old = self._copies.pop(key, None)
        self._bytes += copy.cost - (old.cost if old else 0)
        self._copies[key] = copy
        while self._bytes > MAX_BYTES:
            _, dropped = self._copies.popitem(last=False)
            self._bytes -= dropped.cost


def _one_of(origins: frozenset[str], origin: str | None) -> str | None:
    """The origin if it is one of those that get headers of their own."""
    return origin if origin in origins else None


def _is_json(path: str) -> bool:
    """Return whether it is a list for programs. Those do not depend on who is asking, but for a few. A page does, so
    its copies serve only readers who have no cookie of ours.
    """
    return path.startswith("/api/")


def _is_personal(path: str, headers: Headers) -> bool:
    """Return whether an answer is for this one reader, whatever its request looked like. A JSON list belongs to no
    single reader.
    """
    if any(name.lower() == "set-cookie" for name, _ in headers):
        return True
    return not _is_json(path) and any(
        name.lower() == "cache-control" and "no-store" in value for name, value in headers
    )


def _copy(headers: Headers, body: bytes, *, is_packed: bool) -> Copy:
    """Return a copy of an answer, with an ETag, and without what belongs only to the request that was first; beside it
    the packed one, if it may be packed.
    """
    kept = [(name, value) for name, value in headers if name.lower() not in _OF_ONE_REQUEST]
    # It tells two answers apart and guards nothing, so the quickest hash will do.
    tag = hashlib.sha1(body, usedforsecurity=False).hexdigest()[:24]
    # Browsers keep it and ask each time whether it still holds.
    kept.append(("Cache-Control", "no-cache"))
    made_at = time.monotonic()
    small = pack(body) if is_packed and FORM_TOKEN not in body else None
    packed = None
    if small:
        kept = varied(kept)
        packed = Copy(
            [*kept, ("Content-Encoding", CODING), *_sized(small, f'"{tag}-{CODING}"')],
            small,
            f'"{tag}-{CODING}"',
            made_at,
        )
    return Copy([*kept, *_sized(body, f'"{tag}"')], body, f'"{tag}"', made_at, packed)


def _sized(body: bytes, etag: str) -> Headers:
    return [("Content-Length", str(len(body))), ("ETag", etag)]


def _send(copy: Copy, environ: Environ, start_response: StartResponse) -> list[bytes]:
    if copy.packed and takes_packed(environ.get("HTTP_ACCEPT_ENCODING", "")):
        copy = copy.packed
    known = environ.get("HTTP_IF_NONE_MATCH", "")
    if copy.etag in known or known.strip() == "*":
        start_response("304 NOT MODIFIED", [pair for pair in copy.headers if pair[0] not in _OF_A_BODY])
        return []
    start_response("200 OK", copy.headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [copy.body]
