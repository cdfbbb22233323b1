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

# The sheets of every page, in the order of their layers, are served as one, which is put together when it is asked for.
SITE = "css/site.css"
LAYERS = ("tokens", "base", "layout", "components", "utilities")

# Scripts that only some pages need, by what those say in their markup (js/app.js knows what HTMX may bring later), and
# those of everybody who is signed in.
MODULES = {
    "chat": ("data-talk",),
    "drafts": ("data-draft",),
    "filters": ('role="search"',),
    "pictures": ("data-most-bytes", "data-slide"),
    "skills": ("data-suggests",),
    "ticks": ("data-ticks",),
    "zones": ("data-zone-here", "data-zone-offer"),
}
MODULES_OF_MEMBERS = {"drafts", "envelope", "filters", "notices"}

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
        if small or filename == SITE:
            response = packed.answer(filename, small)
        else:
            response = send_from_directory(folder, filename)
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


def modules_of(markup: str, is_member: bool) -> list[str]:
    """Return the names of the modules in `static/js` that a page with this markup needs beside app.js."""
    named = {name for name, hooks in MODULES.items() if any(hook in markup for hook in hooks)}
    return sorted(named | MODULES_OF_MEMBERS if is_member else named)


class _Packed:
    """The texts among the files, packed when they are first asked for: once, unless a file changes."""

    def __init__(self, folder: Path) -> None:
        texts = [path for path in folder.rglob("*") if path.suffix in TEXTS]
        self._parts = {str(path.relative_to(folder)): [path] for path in texts}
        self._parts[SITE] = [folder / "css" / f"{layer}.css" for layer in LAYERS]
        self.names = frozenset(self._parts)
        self._made: dict[str, tuple[int, bytes]] = {}

    def bytes_of(self, name: str) -> bytes | None:
        """Return a file's bytes packed; None if it is no text, is gone, or would not be smaller."""
        parts = self._parts.get(name, [])
        if not parts or not all(path.is_file() for path in parts):
            return None
        changed = max(path.stat().st_mtime_ns for path in parts)
        made = self._made.get(name)
        if made is None or made[0] != changed:
            made = self._made[name] = changed, pack(self._whole(name)) or b""
        return made[1] or None

    def answer(self, name: str, small: bytes | None) -> Response:
        """Return the answer with these packed bytes, or the plain ones; or that the reader has them already."""
        body = small or self._whole(name)
        response = Response(body, content_type=f"{TEXTS[Path(name).suffix]}; charset=utf-8")
        tag = hashlib.sha1(body, usedforsecurity=False).hexdigest()[:24]
        if small:
            response.headers["Content-Encoding"] = CODING
            tag = f"{tag}-{CODING}"
        response.headers["Cache-Control"] = "no-cache"
        response.set_etag(tag)
        response.make_conditional(request)
        return response

    def _whole(self, name: str) -> bytes:
        return b"\n".join(path.read_bytes() for path in self._parts[name])
