"""What `audit` proves of invitations (docs/domain.md, invariants 3 and 11)."""

from collections.abc import Iterator

import msgspec
from bson import ObjectId

from gigflow.accounts.store import USERS
from gigflow.bids.store import BIDS
from gigflow.core.db import Document, from_document
from gigflow.gigs.store import GIGS
from gigflow.invitations.events import INVITATION_DECLINED, INVITED
from gigflow.invitations.models import Invitation
from gigflow.invitations.store import INVITATIONS
from gigflow.notifications.store import NOTIFICATIONS
from gigflow.proof.snapshot import CLOCKS, Check, Problems, Snapshot


class WholeInvitation(msgspec.Struct):
    """An invitation with its job, whether there is a live bid, and what was told of it."""

    invitation: Invitation
    job: Document | None
    has_live_bid: bool
    told: list[Document]
    gone: frozenset[ObjectId]

    @property
    def name(self) -> str:
        """How sentences name it."""
        return f"the invitation {self.invitation.id}"


def whole_invitations(at: Snapshot) -> Iterator[WholeInvitation]:
    """Yield every invitation, the oldest first."""
    gone = frozenset(row["_id"] for row in at.rows(USERS, {"deleted_at": {"$ne": None}}, fields=("_id",)))
    for row in at.sums(INVITATIONS, {"$sort": {"_id": 1}}, *_beside()):
        yield WholeInvitation(
            from_document(row, Invitation),
            row["job"][0] if row["job"] else None,
            bool(row["bids"]),
            row["told"],
            gone,
        )


def _beside() -> Iterator[Document]:
    """Yield the stages that find the job of an invitation, the live bid of its freelancer, and its news."""
    job = {"$project": {"owner_id": 1, "status": 1, "created_at": 1}}
    yield _found("job", GIGS.name, "gig_id", "_id", [job])
    live: Document = {
        "status": {"$in": ["pending", "hired"]},
        "$expr": {"$eq": ["$freelancer_id", "$$whose"]},
    }
    bid = _found("bids", BIDS.name, "gig_id", "gig_id", [{"$match": live}, {"$project": {"_id": 1}}])
    bid["$lookup"]["let"] = {"whose": "$freelancer_id"}
    yield bid
    facts = [
        {"$concat": [f"{event.key}:", {"$toString": "$_id"}, ":", {"$toString": f"${to}"}]}
        for event, to in ((INVITED, "freelancer_id"), (INVITATION_DECLINED, "owner_id"))
    ]
    yield {"$set": {"facts": facts}}
    yield _found("told", NOTIFICATIONS.name, "facts", "fact", [{"$project": {"type": 1, "read_at": 1}}])


def _found(name: str, rows: str, mine: str, theirs: str, pipeline: list[Document]) -> Document:
    wanted = {"localField": mine, "foreignField": theirs, "pipeline": pipeline}
    return {"$lookup": {"from": rows, **wanted, "as": name}}


def _is_by_the_owner(whole: WholeInvitation) -> Problems:
    invitation, job = whole.invitation, whole.job
    if job is None:
        yield f"{whole.name} is to the job {invitation.gig_id}, which is not there"
        return
    if invitation.owner_id != job["owner_id"] or invitation.freelancer_id == job["owner_id"]:
        yield f"{whole.name} of {invitation.owner_id} to {invitation.freelancer_id} is to a job of {job['owner_id']}"
    if invitation.created_at < job["created_at"] - CLOCKS:
        yield f"{whole.name} is of {invitation.created_at}, before its job was there"
    if (invitation.status == "declined") != (invitation.declined_at is not None):
        yield f"{whole.name} is {invitation.status}, declined at {invitation.declined_at}"


def _waits_while_it_can_be_answered(whole: WholeInvitation) -> Problems:
    invitation = whole.invitation
    if invitation.waits_for is None:
        return
    is_open = whole.job is not None and whole.job["status"] == "open"
    can_be = is_open and invitation.status == "invited" and not invitation.hidden and not whole.has_live_bid
    if not can_be or invitation.waits_for != invitation.freelancer_id:
        yield f"{whole.name} waits for {invitation.waits_for}, and there is nothing to answer"


def _is_told_once(whole: WholeInvitation) -> Problems:
    """A fact is told once by its index; here it is told at all, and a hidden one is read."""
    invitation = whole.invitation
    read = {row["type"]: row["read_at"] for row in whole.told}
    if not invitation.hidden and INVITED.key not in read and invitation.freelancer_id not in whole.gone:
        yield f"nobody told {invitation.freelancer_id} of {whole.name}"
    if invitation.hidden and INVITED.key in read and read[INVITED.key] is None:
        yield f"{invitation.freelancer_id} has news of {whole.name} unread, which is hidden from them"
    is_declined = invitation.status == "declined"
    if is_declined and INVITATION_DECLINED.key not in read and invitation.owner_id not in whole.gone:
        yield f"nobody told {invitation.owner_id} that {whole.name} was declined"


CHECKS: tuple[Check, ...] = (
    ("3. An invitation is by the owner of its job, to somebody else", _is_by_the_owner),
    ("3. An invitation waits only while it can be answered", _waits_while_it_can_be_answered),
    ("11. An invitation is told once, and so is that it was declined", _is_told_once),
)
