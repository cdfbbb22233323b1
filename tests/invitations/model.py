"""A job, its invitations and its bids as they should be, by the tables of docs/states.md, without a database."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gigflow.bids.models import RECONSIDERED_MAX

OWNER = 0


@dataclass
class Act:
    """What somebody does: `who` of the freelancers it concerns, the id of the bid, and the id that it makes."""

    name: str
    job: int = 0
    who: int = 0
    bid: str = ""
    on: bool = True
    made: str = ""


@dataclass
class ModelPerson:
    """A freelancer, as far as the owner of the jobs is concerned."""

    listed: bool = True
    shut: bool = False
    left: bool = False
    blocks: bool = False
    has_worked: bool = False

    @property
    def is_away(self) -> bool:
        return self.shut or self.left

    @property
    def for_hire(self) -> bool:
        return self.listed and not self.is_away


@dataclass
class ModelInvitation:
    """An invitation: whose turn it is says `waits`, and `told` whether its news are unread."""

    id: str
    hidden: bool
    status: str = "invited"
    waits: bool = True
    told: bool = True

    def end(self) -> None:
        self.waits = self.told = False


@dataclass
class ModelBid:
    """A bid; `lost` if a hire has rejected it, `ordered` once it was hired, whatever came of that."""

    id: str
    who: int
    status: str = "pending"
    declined: bool = False
    decisions: int = 0
    for_good: bool = False
    lost: bool = False
    starred: bool = False
    ordered: bool = False
    has_file: bool = True

    @property
    def is_live(self) -> bool:
        return self.status in ("pending", "hired")


@dataclass
class ModelJob:
    """A job with what belongs to it."""

    id: str
    status: str = "open"
    order: str = ""
    invitations: dict[int, ModelInvitation] = field(default_factory=dict)
    bids: dict[str, ModelBid] = field(default_factory=dict)

    def live_bid_of(self, who: int) -> ModelBid | None:
        return next((bid for bid in self.bids.values() if bid.who == who and bid.is_live), None)

    def end(self, status: str, *, lost: bool) -> None:
        """Give the job away or close it: what is pending is rejected, and no invitation waits."""
        self.status = status
        for bid in self.bids.values():
            if bid.status == "pending":
                bid.status, bid.lost = "rejected", lost
        for invitation in self.invitations.values():
            invitation.end()

    def reopen(self, hired: str) -> None:
        """The order came to nothing: the hired bid is as said, and those that it won over may be chosen again."""
        self.status, self.order = "open", ""
        for bid in self.bids.values():
            if bid.status == "hired":
                bid.status = hired
            elif bid.lost and bid.status == "rejected":
                bid.status, bid.lost = "withdrawn" if bid.for_good else "pending", False

    @property
    def hired(self) -> ModelBid | None:
        return next((bid for bid in self.bids.values() if bid.status == "hired"), None)

    @property
    def bid_count(self) -> int:
        return sum(bid.status != "withdrawn" and not bid.declined for bid in self.bids.values())

    def standing(self, who: int, person: ModelPerson) -> str:
        """How the invitation of somebody stands, as the owner reads it."""
        if any(bid.who == who and bid.status != "withdrawn" for bid in self.bids.values()):
            return "has_bid"
        if self.invitations[who].status == "declined":
            return "declined"
        return "over" if self.status != "open" else "gone" if person.is_away else "invited"


@dataclass
class ModelMarket:
    """One owner's jobs and the freelancers; each act returns the status of its answer."""

    jobs: list[ModelJob]
    people: dict[int, ModelPerson]

    def apply(self, act: Act) -> int:
        status: int = getattr(self, act.name)(act)
        return status

    def invite(self, act: Act) -> int:
        job, person = self.jobs[act.job], self.people[act.who]
        if not person.is_away and not person.listed and not person.has_worked:
            return 403
        is_possible = job.status == "open" and not person.is_away and not job.live_bid_of(act.who)
        if not is_possible or act.who in job.invitations:
            return 409
        hidden = person.blocks
        job.invitations[act.who] = ModelInvitation(act.made, hidden, waits=not hidden, told=not hidden)
        return 201

    def answer(self, act: Act) -> int:
        """Decline an invitation."""
        job, invitation = self.jobs[act.job], self.jobs[act.job].invitations[act.who]
        if self.people[act.who].is_away:
            return 401
        if invitation.hidden:
            return 404
        if invitation.status == "declined":
            return 200
        if job.status != "open" or job.live_bid_of(act.who):
            return 409
        invitation.status = "declined"
        invitation.end()
        return 200

    def bid(self, act: Act) -> int:
        job = self.jobs[act.job]
        if self.people[act.who].is_away:
            return 401
        if job.status != "open" or job.live_bid_of(act.who):
            return 409
        job.bids[act.made] = ModelBid(act.made, act.who)
        if act.who in job.invitations:
            job.invitations[act.who].end()
        return 201

    def withdraw(self, act: Act) -> int:
        job, bid = self._of(act)
        if self.people[bid.who].is_away:
            return 401
        if job.status != "open" or bid.status != "pending":
            return 409
        bid.status = "withdrawn"
        return 200

    def decline(self, act: Act) -> int:
        job, bid = self._of(act)
        if job.status != "open" or bid.status != "pending":
            return 409
        bid.status, bid.declined, bid.decisions = "rejected", True, bid.decisions + 1
        return 200

    def reconsider(self, act: Act) -> int:
        job, bid = self._of(act)
        is_possible = bid.declined and not bid.for_good and bid.decisions < 2 * RECONSIDERED_MAX
        if job.status != "open" or not is_possible or job.live_bid_of(bid.who):
            return 409
        bid.status, bid.declined, bid.decisions = "pending", False, bid.decisions + 1
        return 200

    def star(self, act: Act) -> int:
        _, bid = self._of(act)
        bid.starred = act.on
        return 200

    def hire(self, act: Act) -> int:
        job, bid = self._of(act)
        if job.status != "open" or bid.status != "pending":
            return 409
        bid.status = "hired"
        job.end("assigned", lost=True)
        job.order, bid.ordered = act.made, True
        self.people[bid.who].has_worked = True
        return 200

    def close(self, act: Act) -> int:
        if self.jobs[act.job].status != "open":
            return 409
        self.jobs[act.job].end("closed", lost=False)
        return 200

    def call_off(self, act: Act) -> int:
        """End the unpaid order of a job: `on` for its client, else its freelancer."""
        job = self.jobs[act.job]
        if not act.on and self.people[act.who].is_away:
            return 401
        if not job.order or job.order != act.made:
            return 409
        job.reopen("pending" if act.on else "withdrawn")
        return 200

    def block(self, act: Act) -> int:
        person = self.people[act.who]
        if person.is_away:
            return 401
        person.blocks = act.on
        for job in self.jobs if act.on else ():
            if invitation := job.invitations.get(act.who):
                invitation.hidden = True
                invitation.end()
        return 200

    def list_oneself(self, act: Act) -> int:
        person = self.people[act.who]
        if person.is_away:
            return 401
        person.listed = act.on
        return 200

    def shut(self, act: Act) -> int:
        """An operator shuts an account (`on`), or opens it again."""
        person = self.people[act.who]
        person.shut = act.on
        if act.on:
            self._end_what_is_theirs(act.who)
        return 200

    def leave(self, act: Act) -> int:
        person = self.people[act.who]
        if person.is_away:
            return 401
        if any(job.hired and job.hired.who == act.who for job in self.jobs):
            return 409
        person.left = True
        self._end_what_is_theirs(act.who)
        for bid in self._bids_of(act.who):
            bid.has_file = bid.has_file and bid.ordered
        return 200

    def _of(self, act: Act) -> tuple[ModelJob, ModelBid]:
        job = self.jobs[act.job]
        return job, job.bids[act.bid]

    def _bids_of(self, who: int) -> Iterator[ModelBid]:
        return (bid for job in self.jobs for bid in job.bids.values() if bid.who == who)

    def _end_what_is_theirs(self, who: int) -> None:
        for bid in self._bids_of(who):
            if bid.status == "pending":
                bid.status = "withdrawn"
            elif bid.status == "rejected":
                bid.for_good = True
        for job in self.jobs:
            if job.hired and job.hired.who == who:
                job.reopen("withdrawn")
            if who in job.invitations:
                job.invitations[who].waits = False

    def stored(self) -> dict[str, Any]:
        """What the database should have, as `stored_of` reads it."""
        jobs = {job.id: (job.status, job.bid_count) for job in self.jobs}
        bids = {
            bid.id: (bid.who, bid.status, bid.declined, bid.starred, bid.for_good)
            for job in self.jobs
            for bid in job.bids.values()
        }
        invitations = {
            each.id: (who, each.status, each.hidden, each.waits)
            for job in self.jobs
            for who, each in job.invitations.items()
        }
        for_hire = {who for who, person in self.people.items() if person.for_hire}
        return {"jobs": jobs, "bids": bids, "invitations": invitations, "for_hire": for_hire}
