"""What the page of a job says of its client, what it leads to, and the counts behind it (invariant 3)."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.core.db import Db, to_document
from gigflow.core.steps import do
from gigflow.gigs.models import Job
from gigflow.gigs.store import GIGS
from gigflow.jobs import actions, counts
from gigflow.schema import STEPS, prepare
from tests.conftest import Join, shared
from tests.reviews.steps import both_reviewed, completed_job
from tests.support.client import Client, Json, Person
from tests.support.market import hire, place_bid, post_job
from tests.support.money import do as act
from tests.support.money import pay
from tests.support.races import at_once
from tests.support.server import Server

bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")


def kept(db: Any, person: Person) -> tuple[int, int]:
    row = db.client_counts.find_one({"_id": ObjectId(person.id)})
    return (row["posted"], row["paid"]) if row else (0, 0)


def test_the_client_is_shown_beside_the_job(join: Join, bob: Person, visitor: Client) -> None:
    alice = join("Alice Owner")
    first = post_job(alice)
    path = f"/gigs/{first['id']}"
    (said,) = visitor.page(path).texts(".client")
    assert "No reviews as a client yet" in said
    assert "1 job posted, none hired and paid for yet" in said
    assert "Member since" in said
    both_reviewed(alice, bob, completed_job(alice, bob))
    (said,) = visitor.page(path).texts(".client")
    assert "as a client, from 1 review" in said
    assert "2 jobs posted, hired and paid for 1" in said
    assert "%" not in said  # the first one is still open
    assert visitor.page(path).link("Alice Owner") == f"/u/{alice.id}"


def test_category_and_skills_lead_on(join: Join, visitor: Client) -> None:
    page = visitor.page(f"/gigs/{post_job(join('Alice'), category='data', skills=['C++', 'Ink'])['id']}")
    assert page.link("Data and analysis") == "/categories/data"
    for skill in ("C++", "Ink"):
        found = visitor.page(page.link(skill))
        assert (found.status, found.values("#search")["skills"]) == (200, skill)


def test_counts_follow_what_becomes_of_a_job(join: Join, bob: Person, server: Server, db: Any) -> None:
    """Paid is paid, whatever becomes of the order; a job that is hired for twice counts once, when it is paid."""
    alice = join("Alice Owner")
    jobs = [post_job(alice) for _ in range(3)]
    alice.delete(f"/api/gigs/{jobs[0]['id']}")
    bid = place_bid(bob, jobs[1])
    act(alice, hire(alice, bid).json()["order"], "cancel")  # not paid: the job is open again
    assert kept(db, alice) == (3, 0)
    profile = bob.page(f"/u/{alice.id}")
    assert "Posted 3 jobs First job" in profile.text
    assert "none yet" in profile.text
    order = pay(server, alice, hire(alice, bid).json()["order"])
    assert kept(db, alice) == (3, 1)
    act(bob, order, "cancel", reason="I am ill.")
    act(alice, order, "cancel/answer", agree=True)
    assert kept(db, alice) == (3, 1)
    said = bob.get(f"/api/users/{alice.id}").json()["clientCounts"]
    assert said == {"posted": 3, "paid": 1, "since": jobs[0]["createdAt"]}


def test_jobs_that_are_posted_at_once_are_all_counted(join: Join, db: Any) -> None:
    """Also the very first ones, and after counts that an upgrade has not made yet."""
    alice = join("Alice Owner")
    tabs = [alice.twin() for _ in range(6)]
    for _ in range(2):
        made = at_once([lambda tab=tab: post_job(tab) for tab in tabs])
        assert len(made) == 6
    assert kept(db, alice) == (12, 0)
    db.client_counts.delete_one({"_id": ObjectId(alice.id)})
    post_job(alice)
    assert kept(db, alice) == (13, 0)


def test_similar_jobs_share_skills_and_are_of_others(join: Join, bob: Person, visitor: Client) -> None:
    alice = join("Alice Owner")
    mine = {"category": "finance", "skills": ["Ledger", "Taxes"]}
    job = post_job(alice, title="My books", **mine)
    post_job(alice, title="My other books", **mine)
    post_job(bob, title="Both", **mine)
    for number in range(4):
        post_job(bob, title=f"Neither {number}", category="finance")
    post_job(bob, title="One", category="finance", skills=["taxes"])
    post_job(bob, title="Elsewhere", category="data", skills=["Ledger", "Taxes"])
    page = visitor.page(f"/gigs/{job['id']}")
    shown = page.texts(".job-similar h3")
    assert (shown[:2], len(shown)) == (["Both", "One"], 4)
    assert not {"My books", "My other books", "Elsewhere"} & set(shown)
    assert not alice.page(f"/gigs/{job['id']}").all(".job-similar")


@pytest.fixture
def old(mongo_uri: str) -> Iterator[Db]:
    """A database of before the counts, with jobs of three people."""
    db = Db(mongo_uri, f"test_{secrets.token_hex(6)}")
    prepare(db)
    yield db
    db.client.drop_database(db.database.name)
    db.client.close()


def job_of(owner: ObjectId, **fields: Any) -> Json:
    moment = now()
    job = Job(
        id=ObjectId(), owner_id=owner, owner_name="A", title="T", price_minor=1, created_at=moment,
        updated_at=moment, **fields,
    )  # fmt: skip
    return to_document(job)


def test_the_step_counts_everybody(old: Db) -> None:
    owners = [ObjectId() for _ in range(3)]
    rows = [job_of(owner, status=status) for owner in owners for status in ("open", "assigned", "completed")]
    old[GIGS].insert_many(rows)
    paid = [
        {"client_id": row["owner_id"], "gig_id": row["_id"], "source": {"type": "bid"}, "paid_at": now()}
        for row in rows
        if row["status"] == "completed"
    ]
    services = {**paid[0], "gig_id": ObjectId(), "source": {"type": "service"}}
    unpaid = {**paid[2], "gig_id": rows[7]["_id"], "paid_at": None}
    old.database["orders"].insert_many([*paid, services, unpaid], bypass_document_validation=True)
    old[counts.COUNTS].insert_one({"_id": owners[0], "posted": 9, "paid": 9, "since": now()})
    step = next(each for each in STEPS if each.number == 13)
    old.database["migrations"].delete_one({"_id": step.number})
    assert do(old, step) == 3
    found = [actions.counts_of(old, owner) for owner in owners]
    assert [(each.posted, each.paid) for each in found] == [(3, 1)] * 3
    assert found[1].since == rows[3]["created_at"]


def test_similar_jobs_are_read_by_the_index_of_their_category(old: Db) -> None:
    """No more than are compared, however many the category has; nothing is sorted."""
    owner = ObjectId()
    old[GIGS].insert_many([job_of(owner, category="data") for _ in range(3 * actions.SIMILAR_AMONG)])
    query = {"status": "open", "category": "data"}
    plan = old[GIGS].find(query, hint="category").sort("_id", -1).limit(actions.SIMILAR_AMONG).explain()
    stats = plan["executionStats"]
    assert stats["totalDocsExamined"] <= actions.SIMILAR_AMONG
    assert "SORT" not in str(plan["queryPlanner"]["winningPlan"])
    job = actions.get_job(old, old[GIGS].insert_one(job_of(ObjectId(), category="data")).inserted_id)
    assert len(actions.similar_jobs(old, job, 4)) == 4
