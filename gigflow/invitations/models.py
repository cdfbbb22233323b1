"""Invitations: the owner of a job asks a freelancer to bid on it."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec
from bson import ObjectId

from gigflow.core.transitions import AS_IT_WAS, Lifecycle, Transition
from gigflow.gigs.models import Job

NOTE_MAX = 1_000  # docs/api.md, Longest texts
REASON_MAX = 500
INVITED_AT_ONCE = 10  # by one request; each of them gets an answer of their own
INVITED_WITHIN = timedelta(hours=24)  # in which one person may invite so many (LIMIT_INVITATIONS)
# To one job: its owner reads all of them at once, and the end of the job writes those that wait.
INVITED_MAX = 200

InvitationStatus = Literal["invited", "declined"]
# How it stands, as both sides read it: whether there is a bid says the bid, whether it is over the job, and whether the
# freelancer is gone (shut out, or for good) their account.
Standing = Literal["invited", "has_bid", "declined", "over", "gone"]

INVITATION = Lifecycle(
    "invitation",
    Transition(
        "invite", "owner", (), "invited", ("the freelancer is told, unless they have blocked the owner",)
    ),
    Transition("decline", "freelancer", ("invited",), "declined", ("the owner is told",)),
    Transition("hide", "freelancer", ("invited", "declined"), AS_IT_WAS, ("they have blocked the owner",)),
)


class Invitation(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """An invitation as stored; there is one per job and freelancer, for good.

    `waits_for` is the freelancer until they have bid or declined, or the job has ended. A `hidden` one came from
    somebody whom the freelancer has blocked: it is its owner's alone.
    """

    id: ObjectId
    gig_id: ObjectId
    owner_id: ObjectId
    freelancer_id: ObjectId
    note: str = ""
    status: InvitationStatus = "invited"
    reason: str = ""
    declined_at: datetime | None = None
    hidden: bool = False
    waits_for: ObjectId | None = None
    created_at: datetime

    @property
    def path(self) -> str:
        """The address of its job's page, where it stands."""
        return f"/gigs/{self.gig_id}"

    def standing(self, job: Job, *, has_bid: bool, is_gone: bool) -> Standing:
        """Return how it stands, with the job as it is and what is known of the freelancer: whether they have bid, and
        whether they can still answer.
        """
        if has_bid:
            return "has_bid"
        if self.status == "declined":
            return "declined"
        if job.status != "open":
            return "over"
        return "gone" if is_gone else "invited"
