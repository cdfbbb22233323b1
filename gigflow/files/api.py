"""Files for pages and programs: what is known of one, and its bytes for those who may have them (SECURITY 20)."""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import quote

import msgspec
from bson import ObjectId
from flask import Blueprint, Response, request

from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.files import actions, previews
from gigflow.files.forms import SendForm
from gigflow.files.models import ANY_TYPE, File
from gigflow.web.answers import answer
from gigflow.web.auth import signed_in
from gigflow.web.errors import error_json
from gigflow.web.limits import limited, spend_by_person
from gigflow.web.openapi import Query, describes
from gigflow.web.runtime import db, person, runtime
from gigflow.web.uploads import bind_files, takes_one_file

api = Blueprint("files_api", __name__, url_prefix="/api/files")

RANGE = Query("Range", "The part that is missing, such as `bytes=1000-`.", {"type": "string"})
IF_RANGE = Query("If-Range", "The ETag of the file that the part belongs to.", {"type": "string"})


class FileBody(msgspec.Struct, rename="camel", kw_only=True):
    """A file that a person sent. `size` is in bytes, `type` is what its name stands for, `sha256` is in hexadecimal
    digits, `url` is the address to fetch it from. `preview` is that of a small picture of it, or null.
    """

    NAME: ClassVar[str] = "file"

    id: str
    mongo_id: str = msgspec.field(name="_id")
    name: str
    size: int
    type: str
    sha256: str
    url: str
    preview: str | None


def file_body(file: File) -> FileBody:
    """Return a file for programs."""
    return FileBody(
        id=str(file.id),
        mongo_id=str(file.id),
        name=file.name,
        size=file.size,
        type=file.type,
        sha256=file.sha256,
        url=file.path,
        preview=file.preview,
    )


def file_bodies(known: Mapping[ObjectId, File], ids: Sequence[ObjectId]) -> list[FileBody]:
    """Return these files for programs, in this order; those that are gone are left out."""
    return [file_body(known[each]) for each in ids if each in known]


@api.post("")
@signed_in
@takes_one_file
@describes(
    "Send a file before the message that it belongs to",
    "Files",
    FileBody,
    form=SendForm,
    status=201,
    refusals=(403, 409),
    says="Until a message names its id, only you can fetch it, and after an hour it is deleted.",
)
def send() -> Response:
    """Keep a file until it is named by what it belongs to. What is refused counts, too."""
    spend_by_person("files" if actions.has_worked(db(), person()) else "first_files")
    most = runtime().limits.most("waiting_files")
    actions.check_may_send(db(), person(), most)
    form = bind_files(SendForm)
    (sent,) = form.file.data
    name = sent.filename or ""
    file = actions.send_file(db(), person(), sent.stream, name, now(), field="file", most=most)
    return answer(file_body(file), 201)


@api.get("/<id>")
@signed_in
@describes("Get a file, whole or in part", "Files", bytes, headers=(RANGE, IF_RANGE), refusals=(404, 416))
def fetch(id: str) -> Response:
    """Send it byte by byte as it came, to be saved and not shown. Permission is checked each time, also for each part
    of a download that goes on (RFC 9110, 14).
    """
    return file_answer(actions.file_for(db(), person(), object_id(id)))


@api.get("/<id>/preview")
@signed_in
@limited("previews")
@describes("Get a small picture of a file", "Files", bytes, media="image/webp", refusals=(404,))
def preview(id: str) -> Response:
    """Send a picture that somebody delivered, written again and small: nothing of the file but its pixels."""
    file = actions.file_for(db(), person(), object_id(id))
    return Response(previews.preview_of(db(), file), mimetype="image/webp")


def file_answer(file: File) -> Response:
    """Return the bytes of a file, or the part that the request asks for, to be saved. Callers have made sure that the
    reader may have it.
    """
    etag = f'"{file.sha256}"'
    part = _part(file, etag)
    if part is None:
        refusal = error_json(416, "no_such_part", "The file has no such part.")
        refusal.headers["Content-Range"] = f"bytes */{file.size}"
        return refusal
    start, stop = part
    response = Response(actions.file_bytes(db(), file, start, stop), mimetype=ANY_TYPE)
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
