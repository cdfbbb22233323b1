"""A job that changes after bids: bidders are told, and nobody is hired on terms that they have not confirmed
(docs/domain.md, Terms that change).
"""

from datetime import UTC, datetime
from typing import Any

from bson import ObjectId

from tests.conftest import Join, shared
from tests.support.client import Json, Person
from tests.support.invariants import check_jobs
from tests.support.mailbox import Outbox
from tests.support.market import code_of, hire, news_of, place_bid, post_job
from tests.support.server import Server
from tests.support.ticks import poke

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")

OWN = "#confirm-bid"
CHANGES = ".changes > div"
HIRE = "a[href='/bids/{}/hire']"


def change(owner: Person, job: Json, **fields: Any) -> None:
    answer = owner.patch(f"/api/gigs/{job['id']}", fields)
    assert answer.status_code == 200, answer.text


def confirmed(owner: Person, job: Json) -> list[bool]:
    return [bid["confirmed"] for bid in owner.get(f"/api/bids/{job['id']}").json()["bids"]]


BINDING = [
    ("title", "A longer page", "title"),
    ("description", "Two pages.", "description"),
    ("budget", 400, "budget"),
    ("deliveryDays", 2, "days for the work"),
    ("startOn", "2030-01-01", "earliest start"),
    ("dueOn", "2030-01-01", "date"),
]


def test_what_is_binding_asks_to_confirm(alice: Person, bob: Person, db: Any) -> None:
    job = post_job(alice, title="A page")
    bid = place_bid(bob, job)
    for field, value, word in BINDING:
        change(alice, job, **{field: value})
        assert confirmed(alice, job) == [False]
        told = ("job_changed", f"“A longer page” has changed: {word}. Confirm your bid or withdraw it.")
        assert news_of(bob, job)[0] == told
        again = bob.patch(f"/api/bids/{bid['id']}").json()
        assert (again["confirmed"], again["price"]) == (True, bid["price"])
    change(alice, job, title="A page again", budget=300)
    refused = hire(alice, bid)
    assert (refused.status_code, code_of(refused)) == (409, "terms_changed")
    check_jobs(db, job["id"])
    assert bob.patch(f"/api/bids/{bid['id']}").status_code == 200
    assert hire(alice, bid).status_code == 200
    check_jobs(db, job["id"])


def test_what_binds_nobody_asks_nobody(alice: Person, bob: Person) -> None:
    """Category and skills; and what is sent and the same."""
    job = post_job(alice)
    bid = place_bid(bob, job)
    change(alice, job, category="data", skills=["ink"], budget=job["budget"], title=job["title"])
    assert confirmed(alice, job) == [True]
    assert news_of(bob, job) == []
    assert hire(alice, bid).status_code == 200


def test_somebody_who_has_not_confirmed_is_told_once(alice: Person, bob: Person, charlie: Person) -> None:
    job = post_job(alice)
    bid = place_bid(bob, job)
    change(alice, job, budget=400)
    place_bid(charlie, job)
    change(alice, job, budget=300)
    assert [len(news_of(person, job)) for person in (bob, charlie)] == [1, 1]
    bob.patch(f"/api/bids/{bid['id']}", {"price": 290})
    change(alice, job, budget=200)
    assert [len(news_of(person, job)) for person in (bob, charlie)] == [2, 1]


def test_a_changed_bid_is_confirmed_and_a_withdrawn_one_is_not_asked(
    alice: Person, bob: Person, charlie: Person
) -> None:
    job = post_job(alice)
    bids = [place_bid(person, job) for person in (bob, charlie)]
    charlie.patch(f"/api/bids/{bids[1]['id']}/withdraw")
    change(alice, job, budget=400)
    assert news_of(charlie, job) == []
    assert bob.patch(f"/api/bids/{bids[0]['id']}", {"price": 390}).json()["confirmed"]


def test_the_page_asks_to_confirm_and_the_owner_waits(alice: Person, bob: Person) -> None:
    """By plain forms: what each of them reads, and the button."""
    job = post_job(alice)
    bid = place_bid(bob, job)
    assert "1 person has bid on this job." in alice.page(f"/gigs/{job['id']}/edit").text
    change(alice, job, budget=400)
    path = f"/gigs/{job['id']}"
    owner = alice.page(path)
    assert "Not confirmed yet" in owner.text
    assert "You can hire a bidder as soon as they have confirmed their bid." in owner.text
    assert not owner.all(HIRE.format(bid["id"]))
    asked = alice.page(f"/bids/{bid['id']}/hire")
    assert "You can hire them once they have confirmed their bid." in asked.text
    bidder = bob.page(path)
    assert "Your turn: this job has changed since you bid." in bidder.text
    done = bidder.submit(OWN)
    assert (done.status, done.path) == (200, path)
    assert not done.all(OWN)
    assert alice.page(path).all(HIRE.format(bid["id"]))


def test_a_page_confirms_only_what_it_showed(alice: Person, bob: Person, charlie: Person) -> None:
    job = post_job(alice)
    bid = place_bid(bob, job)
    change(alice, job, budget=400)
    path = f"/gigs/{job['id']}"
    confirms, edits, bids = bob.page(path), bob.page(f"/bids/{bid['id']}/edit"), charlie.page(path)
    change(alice, job, budget=300)
    for page, form, typed in (
        (confirms, OWN, {}),
        (edits, "#bid-form", {"price": "350"}),
        (bids, "#bid-form", {"message": "Me!", "price": "290"}),
    ):
        refused = page.submit(form, **typed)
        assert refused.status == 409
        assert "This job has changed since you opened this page." in refused.text
    assert confirmed(alice, job) == [False]
    assert refused.values("#bid-form")["message"] == "Me!"
    assert refused.submit("#bid-form").status == 200
    assert confirmed(alice, job) == [True, False]


def test_the_bid_says_what_it_was_and_what_it_is(server: Server, alice: Person, join: Join) -> None:
    """On the page of the job, on the bid's own, and in the letter; also if the job has changed twice, or back."""
    bob = join("Bob Bidder")
    job = post_job(alice, budget=500, title="A page", dueOn="2030-01-01")
    bid = place_bid(bob, job)
    change(alice, job, budget=400, description="Two pages.", dueOn="2030-02-03")
    told = "“A page” has changed: description, budget, date. Confirm your bid or withdraw it."
    assert news_of(bob, job)[0] == ("job_changed", told)
    due = {"user_id": ObjectId(bob.id), "mail_at": {"$ne": None}}
    server.db.notifications.update_many(due, {"$set": {"mail_at": datetime.now(UTC)}})
    poke(server.db)
    letter = Outbox(server.var_dir).wait_for(bob.email, told)
    for line in (
        "Description: changed",
        "Budget: it was $500, and is $400 now",
        "Date: it was 1 Jan 2030, and is 3 Feb 2030 now",
    ):
        assert line in letter.text, line
    for path in (f"/gigs/{job['id']}", f"/bids/{bid['id']}/edit"):
        assert bob.page(path).texts(CHANGES) == [
            "Description changed",
            "Budget was $500 is now $400",
            "Date was 1 Jan 2030 is now 3 Feb 2030",
        ]
    change(alice, job, budget=300, dueOn="2030-01-01", deliveryDays=9)
    assert bob.page(f"/gigs/{job['id']}").texts(CHANGES) == [
        "Description changed",
        "Budget was $500 is now $300",
        "Days for the work was not set is now 9",
    ]
    bob.page(f"/gigs/{job['id']}").submit(OWN)
    change(alice, job, budget=200)
    assert bob.page(f"/gigs/{job['id']}").texts(CHANGES) == ["Budget was $300 is now $200"]
