"""What is kept of jobs beside the gigs that they are."""

from datetime import datetime

import msgspec
from bson import ObjectId


class ClientCounts(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """How many jobs a person has posted, for how many of them they have hired and paid somebody, whatever became of the
    order, and since when (their first job). It is kept with each change, so that the page of a job counts nothing.
    """

    id: ObjectId
    posted: int = 0
    paid: int = 0
    since: datetime | None = None
