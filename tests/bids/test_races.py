"""Many at once on one job: exactly one wins, nothing is half done (docs/domain.md, Hire; invariants 3 and 11)."""

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.conftest import Join, shared
from tests.support.client import Client, Json, Person
from tests.support.invariants import check_jobs
from tests.support.market import BID, code_of, hire, place_bid, post_job
from tests.support.races import at_once
from tests.support.server import Server

ATTEMPTS = pytest.mark.parametrize("attempt", [0, 2])  # at each server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")

Work = Callable[[], requests.Response]


@pytest.fixture(scope="module", params=["one process", "two processes"])
def server(request: pytest.FixtureRequest, server: Server) -> Server:
    """In one process a lock per job stands in front of the transaction's guard, between two there is only the guard."""
    return server if request.param == "one process" else request.getfixturevalue("two_processes")


@pytest.fixture(scope="module")
def crowd(join_once: Join) -> list[Person]:
    """People who bid all at once."""
    return [join_once(f"Late {number}") for number in range(12)]


def statuses(answers: list[requests.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


def hires(owner: Person, bids: list[Json], count: int) -> list[Work]:
    """This many hires, each over a connection of its own, spread over the bids."""
    tabs = [owner.twin() for _ in range(count)]
    return [
        lambda tab=tab, bid=bid: hire(tab, bid) for tab, bid in zip(tabs, itertools.cycle(bids), strict=False)
    ]


@pytest.mark.parametrize("count", [20, 200])
def test_of_simultaneous_hires_one_succeeds(count: int, alice: Person, crowd: list[Person], db: Any) -> None:
    """Exactly one 200, every other 409, and the database agrees."""
    gig = post_job(alice)
    bids = [place_bid(person, gig) for person in crowd[:5]]
    answers = at_once(hires(alice, bids, count))
    assert statuses(answers) == {200: 1, 409: count - 1}
    assert {code_of(answer) for answer in answers if answer.status_code == 409} == {"gig_not_open"}
    winner = next(answer.json()["bid"]["id"] for answer in answers if answer.status_code == 200)
    read = alice.get(f"/api/bids/{gig['id']}").json()["bids"]
    assert {bid["id"]: bid["status"] for bid in read} == {
        bid["id"]: "hired" if bid["id"] == winner else "rejected" for bid in bids
    }
    check_jobs(db, gig["id"])


def test_the_winners_key_among_simultaneous_hires(
    alice: Person, bob: Person, charlie: Person, db: Any
) -> None:
    """A browser that sends its hire twice at once gets one answer twice."""
    gig = post_job(alice)
    bids = [place_bid(bob, gig), place_bid(charlie, gig)]
    keyed = [alice.twin() for _ in range(10)]
    answers = at_once(
        [lambda tab=tab: hire(tab, bids[0], key="mine") for tab in keyed] + hires(alice, bids[1:], 10)
    )
    ours, theirs = statuses(answers[:10]), statuses(answers[10:])
    assert (ours, theirs) in (({200: 10}, {409: 10}), ({409: 10}, {200: 1, 409: 9}))
    check_jobs(db, gig["id"])


@ATTEMPTS
def test_bids_racing_a_hire(
    attempt: int, alice: Person, charlie: Person, crowd: list[Person], db: Any
) -> None:
    """No pending bid remains on an assigned job: each is in the set that the hire saw, or refused."""
    gig = post_job(alice)
    early = place_bid(charlie, gig)
    works: list[Work] = [
        lambda person=person: person.post("/api/bids", {**BID, "gigId": gig["id"]}) for person in crowd
    ]
    # The hire starts among them, not before or after.
    works.insert(3 * attempt, hires(alice, [early], 1)[0])
    answers = at_once(works)
    won = answers.pop(3 * attempt)
    assert won.status_code == 200
    assert statuses(answers).keys() <= {201, 409}
    check_jobs(db, gig["id"])


@ATTEMPTS
def test_withdrawing_and_changing_race_a_hire(
    attempt: int, alice: Person, bob: Person, charlie: Person, db: Any
) -> None:
    """A bid is hired or withdrawn, never both; it is hired at the price that it had."""
    gig = post_job(alice)
    bid, other = place_bid(bob, gig, price=100), place_bid(charlie, gig)
    second, third = bob.twin(), bob.twin()
    works: list[Work] = [
        lambda: hire(alice, bid),
        lambda: second.patch(f"/api/bids/{bid['id']}/withdraw"),
        lambda: third.patch(f"/api/bids/{bid['id']}", {"price": 150}),
    ]
    answers = dict(zip(("hire", "withdraw", "change"), at_once(works), strict=True))
    assert sorted((answers["hire"].status_code, answers["withdraw"].status_code)) == [200, 409]
    assert answers["change"].status_code in (200, 409)
    check_jobs(db, gig["id"])
    if answers["hire"].status_code == 200:
        stored = bob.get("/api/bids/mine").json()["bids"][0]
        assert (stored["status"], stored["price"]) == ("hired", answers["hire"].json()["bid"]["price"])
    else:
        assert hire(alice, other).status_code == 200
        check_jobs(db, gig["id"])


@ATTEMPTS
def test_a_price_that_is_raised_meanwhile_is_not_agreed_to(
    attempt: int, alice: Person, bob: Person, db: Any
) -> None:
    """docs/domain.md, The price that one saw: under a race too."""
    gig = post_job(alice)
    bid = place_bid(bob, gig, price=100)
    hired, changed = at_once(
        [
            lambda: hire(alice, bid, price=100, version=1),
            lambda: bob.patch(f"/api/bids/{bid['id']}", {"price": 900}),
        ]
    )
    assert sorted((hired.status_code, changed.status_code)) == [200, 409]
    if hired.status_code == 200:
        assert bob.get("/api/bids/mine").json()["bids"][0]["price"] == 100
    check_jobs(db, gig["id"])


@ATTEMPTS
def test_closing_and_editing_race_a_hire(
    attempt: int, alice: Person, bob: Person, charlie: Person, db: Any
) -> None:
    """A job is closed or assigned, never both."""
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    place_bid(charlie, gig)
    tabs: list[Client] = [alice.twin() for _ in range(3)]
    hired, closed, edited = at_once(
        [
            lambda: hire(tabs[0], bid),
            lambda: tabs[1].delete(f"/api/gigs/{gig['id']}"),
            lambda: tabs[2].patch(f"/api/gigs/{gig['id']}", {"budget": 1}),
        ]
    )
    assert sorted((hired.status_code, closed.status_code)) == [200, 409]
    assert edited.status_code in (200, 409)
    check_jobs(db, gig["id"])


@ATTEMPTS
def test_an_edit_that_races_a_hire(
    attempt: int, alice: Person, bob: Person, charlie: Person, db: Any
) -> None:
    """The hire is on the terms that were bid for, or confirmed at the same moment; otherwise it is refused."""
    gig = post_job(alice)
    bid, other = place_bid(bob, gig), place_bid(charlie, gig)
    tab = alice.twin()
    hired, edited, confirmed = at_once(
        [
            lambda: hire(alice, bid),
            lambda: tab.patch(f"/api/gigs/{gig['id']}", {"budget": 1}),
            lambda: bob.patch(f"/api/bids/{bid['id']}"),
        ]
    )
    assert confirmed.status_code in (200, 409)
    if hired.status_code == 409:
        assert (code_of(hired), edited.status_code) == ("terms_changed", 200)
    else:
        assert hired.json()["gig"]["budget"] == (1 if edited.status_code == 200 else gig["budget"])
    check_jobs(db, gig["id"])
    assert code_of(hire(alice, other)) in ("terms_changed", "gig_not_open")


def decide(owner: Client, bid: Json, act: str) -> Work:
    """An owner's decision about one bid, over a connection of its own."""
    tab = owner.twin()
    return lambda: tab.patch(f"/api/bids/{bid['id']}/{act}")


@ATTEMPTS
def test_declining_races_a_hire_and_a_withdrawal(attempt: int, alice: Person, bob: Person, db: Any) -> None:
    """One of them wins: a bid is hired, declined or withdrawn, never two of these."""
    for rival in ("hire", "withdraw"):
        gig = post_job(alice)
        bid = place_bid(bob, gig)
        other = hires(alice, [bid], 1)[0] if rival == "hire" else decide(bob, bid, "withdraw")
        answers = at_once([decide(alice, bid, "decline"), decide(alice, bid, "decline"), other])
        assert statuses(answers) == {200: 1, 409: 2}
        check_jobs(db, gig["id"])


@ATTEMPTS
def test_looking_again_races_a_new_bid(attempt: int, alice: Person, bob: Person, db: Any) -> None:
    """One live bid of one freelancer, whichever it is."""
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    assert decide(alice, bid, "decline")().status_code == 200
    tab = bob.twin()
    again, placed = at_once(
        [
            decide(alice, bid, "reconsider"),
            lambda: tab.post("/api/bids", {**BID, "gigId": gig["id"]}),
        ]
    )
    assert (again.status_code, placed.status_code) in ((200, 409), (409, 201))
    refused = again if again.status_code == 409 else placed
    assert code_of(refused) == ("bid_again" if refused is again else "already_bid")
    check_jobs(db, gig["id"])


@ATTEMPTS
def test_looking_again_races_a_closing(attempt: int, alice: Person, bob: Person, db: Any) -> None:
    """A bid that is looked at again is closed with its job, or stays declined."""
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    assert decide(alice, bid, "decline")().status_code == 200
    tab = alice.twin()
    again, closed = at_once([decide(alice, bid, "reconsider"), lambda: tab.delete(f"/api/gigs/{gig['id']}")])
    assert (again.status_code in (200, 409), closed.status_code) == (True, 200)
    (stored,) = bob.get("/api/bids/mine").json()["bids"][:1]
    assert (stored["status"], stored["declined"]) == ("rejected", again.status_code == 409)
    check_jobs(db, gig["id"])


def test_one_freelancer_bidding_many_times_at_once(alice: Person, bob: Person, db: Any) -> None:
    gig = post_job(alice)
    tabs = [bob.twin() for _ in range(10)]
    answers = at_once([lambda tab=tab: tab.post("/api/bids", {**BID, "gigId": gig["id"]}) for tab in tabs])
    assert statuses(answers) == {201: 1, 409: 9}
    assert {code_of(answer) for answer in answers if answer.status_code == 409} == {"already_bid"}
    check_jobs(db, gig["id"])


def test_hires_on_many_jobs_do_not_disturb_each_other(
    alice: Person, bob: Person, charlie: Person, db: Any
) -> None:
    gigs = [post_job(alice) for _ in range(10)]
    bids = [place_bid(person, gig) for gig in gigs for person in (bob, charlie)]
    answers = at_once(hires(alice, bids, len(bids)))
    assert statuses(answers) == {200: 10, 409: 10}
    check_jobs(db, *(gig["id"] for gig in gigs))
