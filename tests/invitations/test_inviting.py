"""Inviting freelancers to a job: who may be invited, what a refusal says, and how many in a day."""

from datetime import timedelta

import pytest
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.invitations.models import INVITED_MAX
from tests.conftest import Join
from tests.invitations.steps import NOTE, ask_to_bid, decline, invite, invited_to, listed, sent_for, standing
from tests.support.client import Client, Json, Person
from tests.support.invariants import Db
from tests.support.market import code_of, hire, place_bid, post_job
from tests.support.operator import disable, shut_in_this_moment
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.talk import open_talk, say


def refused(owner: Client, job: Json, person: Person) -> tuple[int, str]:
    answer = ask_to_bid(owner, job, person)
    return answer.status_code, code_of(answer)


def test_both_sides_read_an_invitation(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    made = invite(alice, job, listed(bob))
    assert (made["status"], made["other"]["name"], made["note"]) == ("invited", "Bob Bidder", NOTE)
    (mine,) = invited_to(bob)
    assert (mine["id"], mine["gig"]["title"]) == (made["id"], job["title"])
    assert (mine["other"]["id"], mine["note"], mine["status"]) == (alice.id, NOTE, "invited")
    assert sent_for(alice, job) == [made]


def test_several_are_invited_with_a_result_each(
    alice: Person, bob: Person, charlie: Person, join: Join
) -> None:
    job, dora = post_job(alice), listed(join("Dora Newcomer"))
    place_bid(listed(bob), job)
    answer = ask_to_bid(alice, job, bob, dora, charlie, note=NOTE)
    assert answer.status_code == 201
    results = answer.json()["results"]
    assert [each["freelancerId"] for each in results] == [bob.id, dora.id, charlie.id]
    assert [each["status"] for each in results] == ["refused", "invited", "refused"]
    assert [each["error"] and each["error"]["code"] for each in results] == [
        "already_bid",
        None,
        "may_not_invite",
    ]
    assert results[1]["invitation"]["note"] == NOTE
    again = ask_to_bid(alice, job, bob, dora)
    assert (again.status_code, [each["status"] for each in again.json()["results"]]) == (200, ["refused"] * 2)


def test_somebody_is_invited_to_a_job_once(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    invitation = invite(alice, job, listed(bob))
    assert refused(alice, job, bob) == (409, "already_invited")
    assert decline(bob, invitation).status_code == 200
    assert refused(alice, job, bob) == (409, "invitation_declined")
    assert invite(alice, post_job(alice), bob)["status"] == "invited"


def test_who_has_bid_is_not_invited_until_the_bid_is_withdrawn(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    bid = place_bid(listed(bob), job)
    assert refused(alice, job, bob) == (409, "already_bid")
    assert bob.patch(f"/api/bids/{bid['id']}/withdraw").status_code == 200
    assert invite(alice, job, bob)["status"] == "invited"


def test_only_who_is_listed_or_known_may_be_invited(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    assert refused(alice, job, bob) == (403, "may_not_invite")
    talk = open_talk(bob, alice, gigId=job["id"])
    say(bob, talk, "Which paper?")
    assert refused(alice, job, bob) == (403, "may_not_invite")
    say(alice, talk, "Any paper.")
    assert invite(alice, job, bob)["status"] == "invited"


def test_who_has_had_an_order_together_may_invite_each_other(alice: Person, bob: Person) -> None:
    hire(alice, place_bid(bob, post_job(alice)))
    assert invite(alice, post_job(alice), bob)["status"] == "invited"
    assert invite(bob, post_job(bob), alice)["status"] == "invited"


def test_nobody_invites_themselves(alice: Person) -> None:
    answer = ask_to_bid(listed(alice), post_job(alice), alice)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["freelancerId"])


def test_the_owner_alone_invites(alice: Person, bob: Person, charlie: Person) -> None:
    assert refused(charlie, post_job(alice), listed(bob)) == (403, "not_owner")


def test_nobody_is_invited_to_what_has_ended(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    alice.delete(f"/api/gigs/{job['id']}")
    assert refused(alice, job, listed(bob)) == (409, "gig_not_open")
    several = alice.post(f"/api/gigs/{job['id']}/invitations", {"freelancerIds": [bob.id]})
    assert (several.status_code, code_of(several)) == (409, "gig_not_open")


def test_who_is_shut_out_is_not_invited(alice: Person, bob: Person, join: Join, server: Server) -> None:
    job = post_job(alice)
    disable(server, listed(bob).email)
    assert refused(alice, job, bob) == (409, "person_shut_out")
    dora = listed(join("Dora Newcomer"))
    shut_in_this_moment(server, dora.id)
    assert refused(alice, job, dora) == (409, "person_shut_out")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, ["freelancerIds"])),
        ({"freelancerId": "nonsense"}, (400, ["freelancerId"])),
        ({"freelancerId": 5}, (400, ["freelancerId"])),
        ({"freelancerId": "f" * 24, "freelancerIds": ["f" * 24]}, (400, ["freelancerIds"])),
        ({"freelancerIds": ["f" * 24] * 11}, (400, ["freelancerIds"])),
        ({"freelancerIds": ["nonsense"]}, (400, ["freelancerIds"])),
        ({"freelancerId": "f" * 24}, (404, [])),
        ({"freelancerId": "f" * 24, "note": "x" * 1_001}, (400, ["note"])),
    ],
)
def test_a_wrong_body_is_refused_at_its_field(
    body: Json, expected: tuple[int, list[str]], alice: Person
) -> None:
    answer = alice.post(f"/api/gigs/{post_job(alice)['id']}/invitations", body)
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == expected


def test_lists_of_invitations_have_pages(alice: Person, bob: Person, join: Join) -> None:
    job = post_job(alice)
    people = [listed(bob), listed(join("Dora Newcomer")), listed(join("Emil Newcomer"))]
    made = [invite(alice, job, each)["id"] for each in people]
    first = alice.get(f"/api/gigs/{job['id']}/invitations", params={"limit": 2}).json()
    asked = {"limit": 2, "cursor": first["next"]}
    rest = alice.get(f"/api/gigs/{job['id']}/invitations", params=asked).json()
    assert [each["id"] for each in first["invitations"] + rest["invitations"]] == made[::-1]
    assert (first["count"], rest["next"]) == (2, None)
    assert bob.get("/api/invitations", params={"state": "all"}).status_code == 400


@pytest.fixture(scope="module")
def limited(start_server: object) -> Server:
    """Two processes with limits."""
    return start_server(WEB_PROCESSES="2", RATE_LIMITS="on")  # type: ignore[operator, no-any-return]


def test_twenty_a_day_under_forty_at_once(join: Join, limited: Server) -> None:
    alice = join("Alice Owner", at=limited)
    people = [listed(join(f"Freelancer{number} Many", at=limited)) for number in range(10)]
    jobs = [post_job(alice) for _ in range(4)]
    asked = [(job, person) for job in jobs for person in people]
    twins = [alice.twin() for _ in asked]
    answers = at_once(
        [
            lambda it=it, twin=twin: ask_to_bid(twin, it[0], it[1])
            for it, twin in zip(asked, twins, strict=True)
        ]
    )
    assert sorted(answer.status_code for answer in answers) == [201] * 20 + [429] * 20
    assert sum(len(sent_for(alice, job)) for job in jobs) == 20
    late = next(answer for answer in answers if answer.status_code == 429)
    assert late.json()["message"] == (
        "You have invited 20 people within a day. You can invite the next one in 24 hours."
    )
    assert 0 < int(late.headers["Retry-After"]) <= 24 * 60 * 60
    # The oldest of them is a day old: there is room for one.
    first = limited.db.invitations.find_one({"owner_id": ObjectId(alice.id)}, sort=[("_id", 1)])
    assert first is not None
    a_day_ago = {"$set": {"created_at": now() - timedelta(hours=24, seconds=1)}}
    limited.db.invitations.update_one({"_id": first["_id"]}, a_day_ago)
    left = [each for each, answer in zip(asked, answers, strict=True) if answer.status_code == 429]
    assert [ask_to_bid(alice, *each).status_code for each in left[:2]] == [201, 429]


def test_a_job_has_so_many_invitations_and_no_more(
    alice: Person, bob: Person, charlie: Person, join: Join, db: Db
) -> None:
    job = post_job(alice)
    made = invite(alice, job, listed(bob))
    row = db.invitations.find_one({"_id": ObjectId(made["id"])})
    assert row is not None
    db.invitations.insert_many(
        [{**row, "_id": ObjectId(), "freelancer_id": ObjectId()} for _ in range(INVITED_MAX - 2)]
    )
    assert invite(alice, job, listed(charlie))["status"] == "invited"
    assert refused(alice, job, listed(join("Dora Newcomer"))) == (409, "invitations_full")
    db.invitations.delete_many({"gig_id": ObjectId(job["id"])})


def test_one_of_many_rivals_invites(alice: Person, bob: Person) -> None:
    """The same invitation sent eight times at once is there once."""
    job = post_job(alice)
    listed(bob)
    answers = at_once([lambda: ask_to_bid(alice.twin(), job, bob)] * 8)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert standing(alice, job) == ["invited"]
