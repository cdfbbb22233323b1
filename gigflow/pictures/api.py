"""Pictures as programs are told of them."""

import msgspec
from bson import ObjectId

from gigflow.pictures.models import picture_path


class PictureBody(msgspec.Struct, rename="camel"):
    """The addresses of a picture in its three sizes; what is found there never changes."""

    small: str
    medium: str
    large: str


def picture_body(picture_id: ObjectId | None) -> PictureBody | None:
    """Return where a picture is, or None if there is none."""
    if picture_id is None:
        return None
    return PictureBody(*(picture_path(picture_id, size) for size in ("small", "medium", "large")))
