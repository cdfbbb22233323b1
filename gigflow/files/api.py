"""Files for pages and programs: what is known of one, and its bytes for those who may have them (SECURITY 20)."""

import re
from urllib.parse import quote

import msgspec
from flask import Blueprint, Response, request

from gigflow.core.db import object_id
from gigflow.files import actions, previews
from gigflow.files.models import File
from gigflow.web.auth import signed_in
from gigflow.web.errors import error_json
from gigflow.web.limits import limited
from gigflow.web.openapi import Query, describes
from gigflow.web.runtime import db, person

api = Blueprint("files_api", __name__, url_prefix="/api/files")

RANGE = Query("Range", "The part that is missing, such as `bytes=1000-`.", {"type": "string"})
IF_RANGE = Query("If-Range", "The ETag of the file that the part belongs to.", {"type": "string"})


class FileBody(msgspec.Struct, rename="camel", kw_only=True):
    """A file that a person sent. `size` is in bytes, `sha256` in hexadecimal digits, `url` is the address to fetch it
    from.
    """

    id: str
    mongo_id: str = msgspec.field(name="_id")
    name: str
    size: int
    sha256: str
    url: str


def file_body(file: File) -> FileBody:
    """Return a file for programs."""
    return FileBody(
        id=str(file.id),
        mongo_id=str(file.id),
        name=file.name,
        size=file.size,
        sha256=file.sha256,
        url=file.path,
    )


@api.get("/<id>")
@signed_in
@describes("Get a file, whole or in part", "Files", bytes, headers=(RANGE, IF_RANGE), refusals=(404, 416))
def fetch(id: str) -> Response:
    """Send it byte by byte as it came, to be saved and not shown. Permission is checked each time, also for each part
    of a download that goes on (RFC 9110, 14).
    """
    file = actions.file_for(db(), person(), object_id(id))
    etag = f'"{file.sha256}"'
    part = _part(file, etag)
    if part is None:
        refusal = error_json(416, "no_such_part", "The file has no such part.")
        refusal.headers["Content-Range"] = f"bytes */{file.size}"
        return refusal
    start, stop = part
    response = Response(actions.file_bytes(db(), file, start, stop), mimetype="application/octet-stream")
    if stop - start < file.size:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size}"
    response.content_length = stop - start
    response.headers["Content-Disposition"] = _attachment(file.name)
    # Whatever it is, a browser must neither guess its type nor run it on this site.
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = etag
    return response


@api.get("/<id>/preview")
@signed_in
@limited("previews")
@describes("Get a small picture of a file", "Files", bytes, media="image/webp", refusals=(404,))
def preview(id: str) -> Response:
    """Send a picture that somebody delivered, written again and small: nothing of the file but its pixels."""
    file = actions.file_for(db(), person(), object_id(id))
    return Response(previews.preview_of(db(), file), mimetype="image/webp")


def _part(file: File, etag: str) -> tuple[int, int] | None:
    """Return from where up to and without where the request wants the file; None if the file ends before.

    If several parts are wanted, or parts of another file than this, or if it cannot be understood, that is all of it.
    """
    wanted = request.range
    if (
        request.method != "GET"
        or request.headers.get("If-Range") not in (None, etag)
        or wanted is None
        or wanted.units != "bytes"
        or len(wanted.ranges) != 1
    ):
        return 0, file.size
    start, stop = wanted.ranges[0]
    if start < 0:  # this many bytes at the end
        return max(0, file.size + start), file.size
    return (start, min(stop or file.size, file.size)) if start < file.size else None


def _attachment(name: str) -> str:
    """Say that it should be saved under this name (RFC 6266); programs that know only ASCII see the rest of it as
    underscores.
    """
    plain = re.sub(r'[^ -~]|["%\\]', "_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
