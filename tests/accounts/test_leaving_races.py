"""Somebody leaves while something else happens: one of the two comes first, and nothing is left half done."""

import pytest
from bson import ObjectId

from tests.accounts.steps import (
    DELETED,
    LEFT,
    Db,
    audited,
    is_out,
    leave,
    letters_are_done,
    live_devices,
)
from tests.conftest import Join
from tests.support.client import Client, Person
from tests.support.failing import slowly
from tests.support.invariants import check_jobs
from tests.support.mailbox import Outbox
from tests.support.market import BID, JOB, code_of, hire, place_bid, post_job
from tests.support.races import at_once
from tests.support.server import Server


def test_two_deletions_at_once_are_one(alice: Person, db: Db, outbox: Outbox) -> None:
    tabs = [alice.twin() for _ in range(4)]
    answers = at_once([lambda tab=tab: leave(tab, alice.password) for tab in tabs])
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 200
    assert set(statuses[1:]) <= {401, 409}
    assert audited(db, alice, "account_deleted") == 1
    outbox.wait_for(alice.email, DELETED)
    letters_are_done(db)
    assert len(outbox.of(alice.email, DELETED)) == 1


def test_a_sign_in_beside_a_deletion_leaves_no_device(alice: Person, visitor: Client, db: Db) -> None:
    """SECURITY 2."""
    tabs = [visitor.twin() for _ in range(5)]
    answers = at_once(
        [
            lambda: leave(alice, alice.password),
            *[lambda tab=tab: tab.post("/api/auth/login", alice.credentials) for tab in tabs],
        ]
    )
    assert answers[0].status_code == 200
    assert live_devices(db, alice) == set()
    assert all(is_out(tab) for tab in tabs)


def assert_nobody_waits(db: Db, person: Person) -> None:
    """Nothing on the market leads to somebody who is not there: no open job, no pending bid, no agreement."""
    me = ObjectId(person.id)
    assert db.gigs.count_documents({"owner_id": me, "status": {"$in": ["open", "assigned"]}}) == 0
    assert db.bids.count_documents({"freelancer_id": me, "status": "pending"}) == 0
    hired_for = [row["gig_id"] for row in db.bids.find({"freelancer_id": me, "status": "hired"})]
    assert db.gigs.count_documents({"_id": {"$in": hired_for}, "status": "assigned"}) == 0


@pytest.mark.parametrize("who_leaves", ["owner", "freelancer"])
def test_a_deletion_beside_a_hire(who_leaves: str, join: Join, db: Db) -> None:
    """One comes first: either there is an agreement, and who wanted to leave stays, or there is none."""
    for _ in range(6):
        owner, freelancer = join("Owner"), join("Freelancer")
        gig = post_job(owner)
        bid = place_bid(freelancer, gig)
        person = {"owner": owner, "freelancer": freelancer}[who_leaves]
        tab = person.twin()
        hired, gone = at_once(
            [lambda: hire(owner, bid), lambda: leave(tab, person.password)]  # noqa: B023 - done in this round
        )
        assert gone.status_code in (200, 409)
        if gone.status_code == 200:
            assert hired.status_code in (401, 404, 409)
            assert_nobody_waits(db, person)
        else:
            assert (code_of(gone), hired.status_code) == ("not_finished", 200)
            check_jobs(db, gig["id"])


def test_a_deletion_beside_bids(join: Join, alice: Person, db: Db) -> None:
    """A bid that was placed before is withdrawn, and one that comes after is refused; none slips in between."""
    for _ in range(5):
        nina = join("Nina")
        gigs = [post_job(alice) for _ in range(4)]
        tabs = [nina.twin() for _ in gigs]
        gone, *_ = at_once(
            [
                lambda nina=nina: leave(nina, nina.password),
                *[
                    lambda tab=tab, gig=gig: tab.post("/api/bids", {**BID, "gigId": gig["id"]})
                    for tab, gig in zip(tabs, gigs, strict=True)
                ],
            ]
        )
        assert gone.status_code == 200
        assert_nobody_waits(db, nina)
        check_jobs(db, *(gig["id"] for gig in gigs))


def test_a_bid_that_is_on_its_way(server: Server, join: Join, alice: Person, db: Db) -> None:
    """It was let in before she left: it comes first, and is withdrawn with the others."""
    nina, gig = join("Nina"), post_job(alice)
    tab = nina.twin()
    with slowly(server, "bids", "insert") as wait_for_insert:

        def leave_then() -> int:
            wait_for_insert()
            return leave(tab, nina.password).status_code

        _, gone = at_once(
            [lambda: nina.post("/api/bids", {**BID, "gigId": gig["id"]}).status_code, leave_then]
        )
    assert gone == 200
    assert_nobody_waits(db, nina)
    check_jobs(db, gig["id"])
    page = alice.page(f"/gigs/{gig['id']}")
    assert (page.status, nina.name in page.text) == (200, False)


def test_a_job_that_is_on_its_way(server: Server, join: Join, db: Db) -> None:
    """Else there would be an open job that nobody can ever give to anybody."""
    nina = join("Nina")
    tab = nina.twin()
    with slowly(server, "gigs", "insert") as wait_for_insert:

        def leave_then() -> int:
            wait_for_insert()
            return leave(tab, nina.password).status_code

        _, gone = at_once([lambda: nina.post("/api/gigs", JOB).status_code, leave_then])
    assert gone == 200
    assert_nobody_waits(db, nina)
    assert db.gigs.count_documents({"owner_id": ObjectId(nina.id), "owner_name": {"$ne": LEFT}}) == 0
