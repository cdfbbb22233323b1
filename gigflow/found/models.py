"""The parts of the sitemap: which ids each file begins with."""

from datetime import datetime
from typing import Literal

import msgspec
from bson import ObjectId

FILE_MOST = 5_000  # addresses in one file when it was begun; 50,000 are allowed
FIRST = ObjectId("0" * 24)  # below every id

Kind = Literal["job", "service", "person"]


class Parts(msgspec.Struct, kw_only=True, rename={"kind": "_id"}):
    """Where the files of one kind begin. A start never goes, so an address that was handed out stays right."""

    kind: str
    starts: list[ObjectId]
    looked_at: datetime


class Entry(msgspec.Struct, frozen=True):
    """One address of a sitemap."""

    path: str
    changed_at: datetime | None = None
