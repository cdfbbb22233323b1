"""Small pictures of files, for the pages on which they are delivered."""

from collections import OrderedDict

from bson import ObjectId

from gigflow.core.db import Db
from gigflow.core.errors import NotFound
from gigflow.core.images import ImageError, to_webp
from gigflow.files import actions
from gigflow.files.models import File

KEPT = 64  # of this process; the browsers of both sides keep them, too, so most are made once
_kept: OrderedDict[ObjectId, bytes] = OrderedDict()


def preview_of(db: Db, file: File) -> bytes:
    """Return a file's picture as a small WebP. Callers have made sure that the reader may have the file.

    Raises NotFound if it is no picture that can be shown.
    """
    known = _kept.get(file.id)
    if known is not None:
        _kept.move_to_end(file.id)
        return known
    if not file.is_picture:
        raise _none()
    try:
        made = to_webp(b"".join(actions.file_bytes(db, file, 0, file.size)), "free")["medium"]
    except ImageError as error:
        actions.note_unreadable(db, file)
        raise _none() from error
    _kept[file.id] = made
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return made


def _none() -> NotFound:
    return NotFound("There is no preview of this file.", code="no_preview")
