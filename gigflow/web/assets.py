"""The files of `static/`, below an address that names the version of them all.

A browser keeps such a file for ever, even if a script or a stylesheet asks for it by its own relative address, which no
template could give a version.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, request, send_from_directory, url_for

from gigflow.web.marks import needs_nobody
from gigflow.web.packed import CODING, pack, takes_packed

FOR_EVER = "public, max-age=31536000, immutable"  # a year, the longest time that is understood


TEXTS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}  # what is packed

StaticUrl = Callable[[str], str]


def init_assets(app: Flask, folder: Path) -> StaticUrl:
    """Serve what is in `folder`; returns the function that gives the address of a file in it."""
    current = _version_of(folder)
    packed = _Packed(folder)

    @app.get("/static/<version>/<path:filename>", endpoint="static")
    @needs_nobody
    def serve(version: str, filename: str) -> Response:
        accepted = request.headers.get("Accept-Encoding", "")
        small = packed.bytes_of(filename) if takes_packed(accepted) else None
        response = packed.answer(filename, small) if small else send_from_directory(folder, filename)
        if filename in packed.names:
            response.vary.add("Accept-Encoding")
        # A page from before an update gets what there is now, and asks for it again the next time.
        if version == current:
            response.headers["Cache-Control"] = FOR_EVER
        return response

    def static_url(name: str) -> str:
        return url_for("static", version=current, filename=name)

    return static_url


def _version_of(folder: Path) -> str:
    """Return a hash of the names and the contents of all files: whatever changes, all of them get new addresses."""
    known = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        known.update(f"{path.relative_to(folder)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return known.hexdigest()[:12]


class _Packed:
    """The texts among the files, packed when they are first asked for: once, unless a file changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.names = frozenset(
            str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix in TEXTS
        )
        self._made: dict[str, tuple[int, bytes]] = {}

    def bytes_of(self, name: str) -> bytes | None:
        """Return a file's bytes packed; None if it is no text, is gone, or would not be smaller."""
        path = self._folder / name
        if name not in self.names or not path.is_file():
            return None
        changed = path.stat().st_mtime_ns
        made = self._made.get(name)
        if made is None or made[0] != changed:
            made = self._made[name] = changed, pack(path.read_bytes()) or b""
        return made[1] or None

    def answer(self, name: str, small: bytes) -> Response:
        """Return the answer with these bytes, or that the reader has them already."""
        response = Response(small, content_type=f"{TEXTS[Path(name).suffix]}; charset=utf-8")
        response.headers["Content-Encoding"] = CODING
        response.headers["Cache-Control"] = "no-cache"
        response.set_etag(f"{hashlib.sha1(small, usedforsecurity=False).hexdigest()[:24]}-{CODING}")
        response.make_conditional(request)
        return response
