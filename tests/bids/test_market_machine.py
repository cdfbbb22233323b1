"""A market in random hands against a model of it (docs/states.md; invariants 3, 4, 9, 10, 11).

Several people post, edit, bid, change, withdraw, hire and close in any order, rightly and wrongly, through HTTP. What
each answer must be follows from the lifecycles' tables; after each step the database is read directly.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from gigflow.bids.models import BID as BID_LIFE
from gigflow.bids.models import RECONSIDERED_MAX
from gigflow.core.transitions import Lifecycle
from gigflow.gigs.models import JOB as JOB_LIFE
from tests.conftest import Join
from tests.support.client import Json, Person
from tests.support.invariants import check_jobs
from tests.support.machines import run_machine
from tests.support.market import BID, JOB, hire, place_bid, post_job
from tests.support.server import Server

PRICES = st.sampled_from([1, 99.5, 450])
SEEN = ("nothing", "nothing", "terms", "terms", "old version", "other price")
MOST_JOBS = 6  # so that bids meet on them


@dataclass(frozen=True)
class Choice:
    """Who does something to what. Mostly the one whose turn it is, to what is open: else nothing would ever happen."""

    nth: int
    lively: bool
    rightly: bool
    other: int

    def of(self, many: list[Any], lively: list[Any]) -> Any:
        """One of the lively ones, or now and then one of all."""
        among = lively if self.lively and lively else many
        return among[self.nth % len(among)]

    def person(self, right: int) -> int:
        """The right one of the three people, or one of the two others."""
        return right if self.rightly else (right + self.other) % 3


MOSTLY = st.sampled_from([True, True, True, False])
CHOICES = st.builds(Choice, st.integers(0, 11), MOSTLY, MOSTLY, st.integers(1, 2))


@dataclass
class ModelBid:
    """What a bid should be."""

    id: str
    freelancer: int
    price: float
    status: str = "pending"
    version: int = 1
    for_terms: int = 1
    declined: bool = False
    decisions: int = 0


@dataclass
class ModelJob:
    """What a job should be."""

    id: str
    owner: int
    status: str = "open"
    version: int = 1
    budget: float = JOB["budget"]
    terms: int = 1
    bids: list[ModelBid] = field(default_factory=list)

    def reject_pending(self) -> None:
        for bid in self.bids:
            if bid.status == "pending":
                bid.status = BID_LIFE["reject"].target


class Market(RuleBasedStateMachine):
    """The model, and the requests that it is compared with."""

    def __init__(self, server: Server, people: list[Person]) -> None:
        super().__init__()
        self.server, self.people = server, people
        self.jobs: list[ModelJob] = []
        self.touched: ModelJob | None = None

    @initialize(owner=st.integers(0, 2))
    def begin(self, owner: int) -> None:
        self.post(owner, 2)

    @precondition(lambda self: len(self.jobs) < MOST_JOBS)
    @rule(owner=st.integers(0, 2), bidders=st.integers(0, 2))
    def post(self, owner: int, bidders: int) -> None:
        gig = post_job(self.people[owner])
        job = ModelJob(gig["id"], owner)
        for step in range(bidders):
            freelancer = (owner + 1 + step) % 3
            bid = place_bid(self.people[freelancer], gig)
            job.bids.append(ModelBid(bid["id"], freelancer, bid["price"]))
        self.jobs.append(job)
        self.touched = job

    @rule(choice=CHOICES, budget=PRICES)
    def edit(self, choice: Choice, budget: float) -> None:
        job = self.job(choice)
        who = choice.person(job.owner)
        answer = self.people[who].patch(f"/api/gigs/{job.id}", {"budget": budget})
        expected = self.for_the_owner(job, who, "edit")
        self.expect(job, answer.status_code, expected)
        if expected == 200:
            job.version += 1
            job.terms += budget != job.budget
            job.budget = budget
            assert answer.json()["budget"] == budget

    @rule(choice=CHOICES, price=PRICES)
    def bid(self, choice: Choice, price: float) -> None:
        job = self.job(choice)
        who = choice.person((job.owner + choice.other) % 3)
        answer = self.people[who].post("/api/bids", {**BID, "price": price, "gigId": job.id})
        has_live = any(bid.freelancer == who and bid.status in ("pending", "hired") for bid in job.bids)
        expected = 403 if who == job.owner else 409 if job.status != "open" or has_live else 201
        self.expect(job, answer.status_code, expected)
        if expected == 201:
            job.bids.append(ModelBid(answer.json()["id"], who, price, for_terms=job.terms))
        assert self.people[who].get(f"/api/bids/{job.id}").status_code == (200 if who == job.owner else 403)

    @precondition(lambda self: self.bids())
    @rule(choice=CHOICES, price=st.one_of(st.none(), PRICES))
    def change(self, choice: Choice, price: float | None) -> None:
        """Without a price it is only confirmed, if there is something to confirm; the same price is no change."""
        job, bid = self.one_bid(choice)
        who = choice.person(bid.freelancer)
        answer = self.people[who].patch(f"/api/bids/{bid.id}", {"price": price} if price else {})
        expected = self.for_the_bidder(job, bid, who, "change")
        self.expect(job, answer.status_code, expected)
        new = price or bid.price
        if expected == 200 and (new != bid.price or bid.for_terms != job.terms):
            bid.price, bid.version, bid.for_terms = new, bid.version + 1, job.terms

    @precondition(lambda self: self.bids())
    @rule(choice=CHOICES)
    def withdraw(self, choice: Choice) -> None:
        job, bid = self.one_bid(choice)
        who = choice.person(bid.freelancer)
        answer = self.people[who].patch(f"/api/bids/{bid.id}/withdraw")
        expected = self.for_the_bidder(job, bid, who, "withdraw")
        self.expect(job, answer.status_code, expected)
        if expected == 200:
            bid.status = BID_LIFE["withdraw"].target

    @precondition(lambda self: self.bids())
    @rule(choice=CHOICES)
    def decline(self, choice: Choice) -> None:
        job, bid = self.one_bid(choice)
        who = choice.person(job.owner)
        answer = self.people[who].patch(f"/api/bids/{bid.id}/decline")
        expected = self.about_one_bid(job, who, allowed(BID_LIFE, "decline", bid.status))
        self.expect(job, answer.status_code, expected)
        if expected == 200:
            bid.status, bid.declined, bid.decisions = "rejected", True, bid.decisions + 1

    @precondition(lambda self: any(bid.status == "rejected" for _, bid in self.bids()))
    @rule(choice=CHOICES)
    def reconsider(self, choice: Choice) -> None:
        rejected = [pair for pair in self.bids() if pair[1].status == "rejected"]
        job, bid = choice.of(self.bids(), rejected)
        who = choice.person(job.owner)
        answer = self.people[who].patch(f"/api/bids/{bid.id}/reconsider")
        others = [each for each in job.bids if each is not bid and each.freelancer == bid.freelancer]
        has_bid_again = any(each.status in ("pending", "hired") for each in others)
        possible = bid.declined and not has_bid_again and bid.decisions < 2 * RECONSIDERED_MAX
        expected = self.about_one_bid(job, who, possible)
        self.expect(job, answer.status_code, expected)
        if expected == 200:
            bid.status, bid.declined, bid.decisions = "pending", False, bid.decisions + 1

    @precondition(lambda self: self.bids())
    @rule(choice=CHOICES, sees=st.sampled_from(SEEN))
    def hire(self, choice: Choice, sees: str) -> None:
        job, bid = self.one_bid(choice)
        who = choice.person(job.owner)
        seen: Json = {
            "nothing": {},
            "terms": {"price": bid.price, "version": bid.version},
            "old version": {"version": bid.version + 1},
            "other price": {"price": bid.price + 1},
        }[sees]
        answer = hire(self.people[who], {"id": bid.id}, **seen)
        possible = allowed(BID_LIFE, "hire", bid.status) and sees in ("nothing", "terms")
        possible = possible and bid.for_terms == job.terms
        expected = self.for_the_owner(job, who, "hire")
        expected = 409 if expected == 200 and not possible else expected
        self.expect(job, answer.status_code, expected)
        if expected == 200:
            job.status, job.version = JOB_LIFE["hire"].target, job.version + 1
            bid.status = BID_LIFE["hire"].target
            job.reject_pending()

    @precondition(lambda self: any(bid.status == "pending" for _, bid in self.bids()))
    @rule(choice=CHOICES)
    def close(self, choice: Choice) -> None:
        job = self.job(choice)
        who = choice.person(job.owner)
        answer = self.people[who].delete(f"/api/gigs/{job.id}")
        expected = self.for_the_owner(job, who, "close")
        self.expect(job, answer.status_code, expected)
        if expected == 200:
            job.status, job.version = JOB_LIFE["close"].target, job.version + 1
            job.reject_pending()

    def job(self, choice: Choice) -> ModelJob:
        found: ModelJob = choice.of(self.jobs, [job for job in self.jobs if job.status == "open"])
        return found

    def bids(self) -> list[tuple[ModelJob, ModelBid]]:
        return [(job, bid) for job in self.jobs for bid in job.bids]

    def one_bid(self, choice: Choice) -> tuple[ModelJob, ModelBid]:
        found: tuple[ModelJob, ModelBid] = choice.of(
            self.bids(), [pair for pair in self.bids() if pair[1].status == "pending"]
        )
        return found

    def for_the_owner(self, job: ModelJob, who: int, transition: str) -> int:
        """The status of what only the owner may do."""
        if who != job.owner:
            return 403
        return 200 if allowed(JOB_LIFE, transition, job.status) else 409

    def about_one_bid(self, job: ModelJob, who: int, possible: bool) -> int:
        """The status of what the owner decides about one bid on an open job."""
        return 403 if who != job.owner else 200 if job.status == "open" and possible else 409

    def for_the_bidder(self, job: ModelJob, bid: ModelBid, who: int, transition: str) -> int:
        """The status of what only the bidder may do: the owner is refused, a stranger finds nothing."""
        if who != bid.freelancer:
            return 403 if who == job.owner else 404
        return 200 if job.status == "open" and allowed(BID_LIFE, transition, bid.status) else 409

    def expect(self, job: ModelJob, status: int, expected: int) -> None:
        self.touched = job
        assert status == expected

    @invariant()
    def the_database_is_as_the_model_says(self) -> None:
        job = self.touched
        if job is None:
            return
        check_jobs(self.server.db, job.id)
        stored = self.server.db.gigs.find_one({"_id": ObjectId(job.id)})
        assert stored is not None
        assert (stored["status"], stored["version"]) == (job.status, job.version)
        bids = {str(row["_id"]): row for row in self.server.db.bids.find({"gig_id": stored["_id"]})}
        assert {
            key: (
                *(row["status"], row["price_minor"], row["version"], row["for_terms"]),
                row.get("declined_at") is not None,
            )
            for key, row in bids.items()
        } == {
            bid.id: (bid.status, round(bid.price * 100), bid.version, bid.for_terms, bid.declined)
            for bid in job.bids
        }


def allowed(life: Lifecycle, transition: str, state: str) -> bool:
    return state in life[transition].sources


@pytest.mark.slow
def test_a_market_in_random_hands(server: Server, join: Join) -> None:
    people = [join(name) for name in ("Alice", "Bob", "Charlie")]
    run_machine(lambda: Market(server, people), lives=25, steps=20)


JOB_STATES = ("open", "assigned", "closed", "completed", "cancelled")
BID_STATES = ("pending", "hired", "rejected", "withdrawn")


@pytest.mark.parametrize("state", JOB_STATES)
def test_a_job_only_changes_as_its_table_says(
    state: str, server: Server, alice: Person, bob: Person, charlie: Person
) -> None:
    """Invariant 9: every event of the API in every state, also in those that nothing leads to yet."""
    for transition in ("edit", "close", "hire"):
        gig = post_job(alice)
        bid = place_bid(bob, gig)
        server.db.gigs.update_one({"_id": ObjectId(gig["id"])}, {"$set": {"status": state}})
        path = f"/api/gigs/{gig['id']}"
        answer = {
            "edit": lambda path=path: alice.put(path, JOB),
            "close": lambda path=path: alice.delete(path),
            "hire": lambda bid=bid: hire(alice, bid),
        }[transition]()
        stored = server.db.gigs.find_one({"_id": ObjectId(gig["id"])})
        assert stored is not None
        if allowed(JOB_LIFE, transition, state):
            assert (answer.status_code, stored["status"]) == (200, JOB_LIFE[transition].target)
        else:
            assert (answer.status_code, stored["status"]) == (409, state)
        late = charlie.post("/api/bids", {**BID, "gigId": gig["id"]})
        assert late.status_code == (201 if stored["status"] == "open" else 409)


@pytest.mark.parametrize("state", BID_STATES)
def test_a_bid_only_changes_as_its_table_says(state: str, server: Server, alice: Person, bob: Person) -> None:
    """Invariant 9, for bids."""
    for transition in ("change", "withdraw", "hire", "decline", "reconsider"):
        gig = post_job(alice)
        bid = place_bid(bob, gig)
        declined_at = datetime.now(UTC) if state == "rejected" else None
        changed = {"status": state, "declined_at": declined_at}
        server.db.bids.update_one({"_id": ObjectId(bid["id"])}, {"$set": changed})
        path = f"/api/bids/{bid['id']}"
        answer = {
            "change": lambda path=path: bob.patch(path, {"price": 5}),
            "withdraw": lambda path=path: bob.patch(f"{path}/withdraw"),
            "hire": lambda bid=bid: hire(alice, bid),
            "decline": lambda path=path: alice.patch(f"{path}/decline"),
            "reconsider": lambda path=path: alice.patch(f"{path}/reconsider"),
        }[transition]()
        stored = server.db.bids.find_one({"_id": ObjectId(bid["id"])})
        assert stored is not None
        if allowed(BID_LIFE, transition, state):
            assert (answer.status_code, stored["status"]) == (200, BID_LIFE[transition].target)
        else:
            assert (answer.status_code, stored["status"]) == (409, state)
            job = server.db.gigs.find_one({"_id": ObjectId(gig["id"])})
            assert job is not None
            assert job["status"] == "open"


def test_the_tables_name_every_state() -> None:
    for life, states in ((JOB_LIFE, JOB_STATES), (BID_LIFE, BID_STATES)):
        named = {state for each in life.transitions.values() for state in (*each.sources, each.target)}
        assert named <= set(states)
