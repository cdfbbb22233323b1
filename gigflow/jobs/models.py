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

    @property
    def hired_percent(self) -> int:
        """The share of the jobs for which somebody was hired, in whole percents: 0 only if nobody was."""
        return max(round(100 * self.hired / self.posted), min(self.hired, 1)) if self.posted else 0
