"""Pictures that people show: of themselves and of what they made."""

from datetime import datetime, timedelta

import msgspec
from bson import ObjectId

from gigflow.core.images import Shape, Size

# How long a picture that was sent may wait to be used by somebody, before it goes again.
ADOPTION_LIFETIME = timedelta(hours=1)


class Picture(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """A picture that somebody sent. From `drop_at` on its files may go; None while it is in use."""

    id: ObjectId
    owner_id: ObjectId
    shape: Shape
    drop_at: datetime | None
    created_at: datetime


def picture_path(picture_id: ObjectId, size: Size) -> str:
    """Return the address of a picture in one of its sizes. What is found there never changes."""
    return f"/pictures/{picture_id}/{size}.webp"
