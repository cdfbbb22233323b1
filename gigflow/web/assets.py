"""The files of `static/`, below an address that names the version of them all.

A browser keeps such a file for ever, even if a script or a stylesheet asks for it by its own relative address, which no
template could give a version.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, send_from_directory, url_for

from gigflow.web.marks import needs_nobody

FOR_EVER = "public, max-age=31536000, immutable"  # a year, the longest time that is understood


StaticUrl = Callable[[str], str]


def init_assets(app: Flask, folder: Path) -> StaticUrl:
    """Serve what is in `folder`; returns the function that gives the address of a file in it."""
    current = _version_of(folder)

    @app.get("/static/<version>/<path:filename>", endpoint="static")
    @needs_nobody
    def serve(version: str, filename: str) -> Response:
        response = send_from_directory(folder, filename)
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
