"""An invitation to somebody who has blocked its owner answers as to anybody, and reaches nobody."""

from typing import Any

import pytest

from tests.conftest import Join
from tests.invitations.steps import (
    ask_to_bid,
    decline,
    invite,
    invited_to,
    listed,
    sent_for,
    standing,
    turns,
    unread_news,
)
from tests.support.client import Json, Person
from tests.support.market import news_of, place_bid, post_job
from tests.support.races import at_once
from tests.support.server import Server


def block(person: Person, other: Person) -> None:
    answer = person.post(f"/api/users/{other.id}/block")
    assert (answer.status_code, answer.json()["blocked"]) == (200, True), answer.text


def hears_nothing(person: Person, job: Json) -> bool:
    page = person.page(f"/gigs/{job['id']}")
    lists = invited_to(person), invited_to(person, "past"), turns(person), news_of(person, job)
    return lists == ([], [], [], []) and not page.all("#invitation")


def test_who_has_blocked_the_owner_hears_nothing(alice: Person, bob: Person) -> None:
    block(listed(bob), alice)
    job = post_job(alice)
    invitation = invite(alice, job, bob)
    assert hears_nothing(bob, job)
    assert decline(bob, invitation).status_code == 404


def test_a_block_hides_what_came_before_and_unblocking_does_not_bring_it_back(
    alice: Person, bob: Person, charlie: Person
) -> None:
    job, earlier = post_job(alice), post_job(alice)
    invitation = invite(alice, job, listed(bob))
    decline(bob, invite(alice, earlier, bob))
    others = post_job(charlie)
    invite(charlie, others, bob)
    block(bob, alice)
    assert (turns(bob), unread_news(bob, job), unread_news(bob, others)) == ([others["id"]], [], ["invited"])
    assert ([each["gigId"] for each in invited_to(bob)], invited_to(bob, "past")) == ([others["id"]], [])
    assert bob.delete(f"/api/users/{alice.id}/block").status_code == 200
    assert (turns(bob), decline(bob, invitation).status_code) == ([others["id"]], 404)
    assert (standing(alice, job), standing(alice, earlier)) == (["invited"], ["declined"])


def test_a_blocked_owner_reads_what_an_unblocked_twin_reads(alice: Person, bob: Person, join: Join) -> None:
    """CONVERSATIONS, 6: nothing that Alice gets tells that Bob has blocked her; Ben, who is merely away, has not."""
    ben = listed(join("Bob Bidder"))
    block(listed(bob), alice)
    seen = [all_that_comes(alice, each) for each in (bob, ben)]
    assert seen[0] == seen[1]


def all_that_comes(owner: Person, freelancer: Person) -> list[Any]:
    """What the owner of a job gets when she invites somebody, again and to other jobs, reads it, and closes the job."""
    job, other = post_job(owner), post_job(owner)
    answers = [ask_to_bid(owner, each, freelancer, note="Yours?") for each in (job, job, other)]
    answers.append(owner.post(f"/api/gigs/{job['id']}/invitations", {"freelancerIds": [freelancer.id] * 2}))
    place_bid(freelancer, other)
    answers.append(ask_to_bid(owner, other, freelancer))
    found: list[Any] = [(answer.status_code, without_names(answer.json())) for answer in answers]
    found += [without_names(sent_for(owner, each)) for each in (job, other)]
    found.append(owner.page(f"/gigs/{job['id']}").texts("#invitations"))
    owner.delete(f"/api/gigs/{job['id']}")
    found.append(without_names(sent_for(owner, job)))
    found += [news_of(owner, each) for each in (job, other)]
    return found


_DIFFERS = {"id", "_id", "gigId", "freelancerId", "ownerId", "createdAt", "requestId"}


def without_names(found: Any) -> Any:
    """What was read, without the ids and times, which differ between any two."""
    if isinstance(found, list):
        return [without_names(each) for each in found]
    if isinstance(found, dict):
        return {name: without_names(value) for name, value in found.items() if name not in _DIFFERS}
    return found


@pytest.mark.parametrize("_", range(5))
def test_a_block_in_the_same_moment_misses_no_invitation(_: int, join: Join, two_processes: Server) -> None:
    alice, bob = join("Alice Owner", at=two_processes), listed(join("Bob Bidder", at=two_processes))
    job = post_job(alice)
    twin = bob.twin()
    asked, blocked = at_once(
        [lambda: ask_to_bid(alice, job, bob), lambda: twin.post(f"/api/users/{alice.id}/block")]
    )
    assert (asked.status_code, blocked.status_code) == (201, 200)
    assert (invited_to(bob), turns(bob), unread_news(bob, job)) == ([], [], [])


def test_a_bid_in_the_same_moment_is_seen(join: Join, two_processes: Server) -> None:
    """Either the bid comes first, and there is no invitation, or the invitation, which then waits no longer."""
    alice, bob = join("Alice Owner", at=two_processes), listed(join("Bob Bidder", at=two_processes))
    for _ in range(5):
        job = post_job(alice)
        asked, _bid = at_once(
            [lambda job=job: ask_to_bid(alice, job, bob), lambda job=job: place_bid(bob, job)]  # type: ignore[misc]
        )
        assert asked.status_code in (201, 409)
        assert (turns(bob), unread_news(bob, job)) == ([], [])
        assert standing(alice, job) == (["has_bid"] if asked.status_code == 201 else [])


def test_whom_one_has_blocked_gets_no_invitation(alice: Person, bob: Person) -> None:
    job = post_job(alice)
    block(alice, listed(bob))
    refused = ask_to_bid(alice, job, bob)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "you_blocked")
    assert hears_nothing(bob, job)
