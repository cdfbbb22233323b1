"""What is kept of jobs beside the gigs that they are."""

import msgspec
from bson import ObjectId


class JobCounts(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """How many jobs a person has posted, and for how many of them they have hired somebody so that it did not come to
    nothing. It is kept with each change, so that the page of a job counts nothing.
    """

    id: ObjectId
    posted: int = 0
    hired: int = 0
