"""Beginnings: what a visitor wrote or wanted, until they have joined."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec
from bson import ObjectId

from gigflow.gigs.models import JobTerms, ServiceTerms, Wanted

BeginningKind = Literal["job", "service", "purchase"]

HERE_MAX = 3  # at one browser
OF_PERSON_MAX = 20  # of one account that are not done
OF_ALL_MAX = 20_000  # that nobody has joined for yet, of all visitors together
KEPT = timedelta(days=1)  # until somebody joins for it
KEPT_FOR_PERSON = timedelta(days=8)  # longer than the letter that confirms an address can be followed
AT_ONCE = 100  # of one run of a tick

What = JobTerms | ServiceTerms | Wanted


class Beginning(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """A job or a service that a visitor wrote, or a service that they wanted to buy.

    It is a browser's until somebody has joined or signed in there; then it is theirs (`user_id`). It is due
    (`ready_at`) once their account may act, and done once it has become a gig (`gig_id`), or led on to a purchase.
    """

    id: ObjectId
    kind: BeginningKind
    job: JobTerms | None = None
    service: ServiceTerms | None = None
    wanted: Wanted | None = None
    as_draft: bool = False
    user_id: ObjectId | None = None
    ready_at: datetime | None = None
    gig_id: ObjectId | None = None
    # Why it did not go out by itself; its person reads it, and sends it again.
    problem: str = ""
    # It waited for its person's address to be confirmed: once it is out, they are told.
    to_tell: bool = False
    created_at: datetime
    expires_at: datetime

    @property
    def title(self) -> str:
        """What it is called."""
        return next(what.title for what in (self.job, self.service, self.wanted) if what)


class Step(msgspec.Struct, frozen=True):
    """One of the first steps of somebody who is new."""

    text: str
    word: str
    path: str
    is_done: bool
