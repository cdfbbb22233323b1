"""A market in random hands against a model of it (DOMAIN.md, States and Invariants 3, 4, 9, 10, 11).

Several people post, edit, bid, change, withdraw, hire and close in any order, rightly and wrongly, through HTTP. What
each answer must be follows from the lifecycles' tables; after each step the database is read directly.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from bson import ObjectId
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from gigflow.bids.models import BID as BID_LIFE
from gigflow.core.transitions import Lifecycle
from gigflow.gigs.models import JOB as JOB_LIFE
from tests.conftest import Join
from tests.support.client import Json, Person
from tests.support.invariants import check_jobs
from tests.support.market import BID, JOB, hire, place_bid, post_job
from tests.support.server import Server

WHO = st.integers(0, 2)
PRICES = st.sampled_from([1, 99.5, 450])


@dataclass
class ModelBid:
    """What a bid should be."""

    id: str
    freelancer: int
    price: float
    status: str = "pending"
    version: int = 1


@dataclass
class ModelJob:
    """What a job should be."""

    id: str
    owner: int
    status: str = "open"
    version: int = 1
    bids: list[ModelBid] = field(default_factory=list)


class Market(RuleBasedStateMachine):
    """The model, and the requests that it is compared with."""

    jobs = Bundle("jobs")
    bids = Bundle("bids")

    def __init__(self, server: Server, people: list[Person]) -> None:
        super().__init__()
        self.server, self.people = server, people
        self.model: list[ModelJob] = []
        self.touched: ModelJob | None = None

    @initialize(target=jobs, owner=WHO)
    def begin(self, owner: int) -> ModelJob:
        return self.post(owner)

    @rule(target=jobs, owner=WHO)
    def post(self, owner: int) -> ModelJob:
        job = ModelJob(post_job(self.people[owner])["id"], owner)
        self.model.append(job)
        self.touched = job
        return job

    @rule(job=jobs, who=WHO, budget=PRICES)
    def edit(self, job: ModelJob, who: int, budget: float) -> None:
        answer = self.people[who].patch(f"/api/gigs/{job.id}", {"budget": budget})
        expected = 403 if who != job.owner else 200 if allowed(JOB_LIFE, "edit", job.status) else 409
        self.expect(job, answer.status_code, expected)
        if expected == 200:
            job.version += 1
            assert answer.json()["budget"] == budget

    @rule(target=bids, job=jobs, who=WHO, price=PRICES)
    def bid(self, job: ModelJob, who: int, price: float) -> Any:
        answer = self.people[who].post("/api/bids", {**BID, "price": price, "gigId": job.id})
        has_live = any(bid.freelancer == who and bid.status in ("pending", "hired") for bid in job.bids)
        expected = 403 if who == job.owner else 409 if job.status != "open" or has_live else 201
        self.expect(job, answer.status_code, expected)
        if expected != 201:
            return multiple()
        bid = ModelBid(answer.json()["id"], who, price)
        job.bids.append(bid)
        return job, bid

    @rule(pair=bids, who=WHO, price=PRICES)
    def change(self, pair: tuple[ModelJob, ModelBid], who: int, price: float) -> None:
        job, bid = pair
        answer = self.people[who].patch(f"/api/bids/{bid.id}", {"price": price})
        expected = self.for_the_bidder(job, bid, who, "change")
        self.expect(job, answer.status_code, expected)
        if expected == 200:
            bid.price, bid.version = price, bid.version + 1

    @rule(pair=bids, who=WHO)
    def withdraw(self, pair: tuple[ModelJob, ModelBid], who: int) -> None:
        job, bid = pair
        answer = self.people[who].patch(f"/api/bids/{bid.id}/withdraw")
        expected = self.for_the_bidder(job, bid, who, "withdraw")
        self.expect(job, answer.status_code, expected)
        if expected == 200:
            bid.status = BID_LIFE["withdraw"].target

    @rule(pair=bids, who=WHO, sees=st.sampled_from(["nothing", "terms", "old version", "other price"]))
    def hire(self, pair: tuple[ModelJob, ModelBid], who: int, sees: str) -> None:
        job, bid = pair
        seen: Json = {
            "nothing": {},
            "terms": {"price": bid.price, "version": bid.version},
            "old version": {"version": bid.version + 1},
            "other price": {"price": bid.price + 1},
        }[sees]
        answer = hire(self.people[who], bid_body(bid), **seen)
        possible = allowed(JOB_LIFE, "hire", job.status) and allowed(BID_LIFE, "hire", bid.status)
        as_seen = sees in ("nothing", "terms")
        expected = 403 if who != job.owner else 200 if possible and as_seen else 409
        self.expect(job, answer.status_code, expected)
        if expected == 200:
            job.status, job.version = JOB_LIFE["hire"].target, job.version + 1
            for other in job.bids:
                if other is bid:
                    other.status = BID_LIFE["hire"].target
                elif other.status == "pending":
                    other.status = BID_LIFE["reject"].target

    @rule(job=jobs, who=WHO)
    def close(self, job: ModelJob, who: int) -> None:
        answer = self.people[who].delete(f"/api/gigs/{job.id}")
        expected = 403 if who != job.owner else 200 if allowed(JOB_LIFE, "close", job.status) else 409
        self.expect(job, answer.status_code, expected)
        if expected == 200:
            job.status, job.version = JOB_LIFE["close"].target, job.version + 1
            for bid in job.bids:
                if bid.status == "pending":
                    bid.status = BID_LIFE["reject"].target

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
        assert {key: (row["status"], row["price_minor"], row["version"]) for key, row in bids.items()} == {
            bid.id: (bid.status, round(bid.price * 100), bid.version) for bid in job.bids
        }

    @invariant()
    def only_the_owner_reads_the_bids(self) -> None:
        """Invariant 10."""
        job = self.touched
        if job is None:
            return
        stranger = self.people[(job.owner + 1) % 3]
        assert stranger.get(f"/api/bids/{job.id}").status_code == 403


def allowed(life: Lifecycle, transition: str, state: str) -> bool:
    return state in life[transition].sources


def bid_body(bid: ModelBid) -> Json:
    return {"id": bid.id}


@pytest.mark.slow
def test_a_market_in_random_hands(server: Server, join: Join) -> None:
    people = [join(name) for name in ("Alice", "Bob", "Charlie")]
    run_state_machine_as_test(
        lambda: Market(server, people),
        settings=settings(
            max_examples=60,
            stateful_step_count=25,
            deadline=None,
            database=None,
            # A failure is told as it was found: shrinking it would take longer than a test may.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


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
    for transition in ("change", "withdraw", "hire"):
        gig = post_job(alice)
        bid = place_bid(bob, gig)
        server.db.bids.update_one({"_id": ObjectId(bid["id"])}, {"$set": {"status": state}})
        path = f"/api/bids/{bid['id']}"
        answer = {
            "change": lambda path=path: bob.patch(path, {"price": 5}),
            "withdraw": lambda path=path: bob.patch(f"{path}/withdraw"),
            "hire": lambda bid=bid: hire(alice, bid),
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
