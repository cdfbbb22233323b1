"""Hiring, one after another: what it does, what it refuses, how it is healed (docs/domain.md, Hire)."""

from typing import Any

import pytest
from bson import ObjectId

from tests.conftest import Join, shared
from tests.support.client import Person
from tests.support.invariants import check_jobs
from tests.support.market import code_of, hire, place_bid, post_job

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")


def test_a_hire_decides_everything_at_once(alice: Person, join: Join, db: Any) -> None:
    bob, charlie = join("Bob Bidder"), join("Charlie Stranger")
    gig = post_job(alice, title="Landing page")
    dora = join("Dora Doubtful")
    bids = {person.name: place_bid(person, gig) for person in (bob, charlie, dora)}
    dora.patch(f"/api/bids/{bids[dora.name]['id']}/withdraw")
    answer = hire(alice, bids[bob.name])
    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() == {"bid", "gig", "order"}
    assert (body["bid"]["id"], body["bid"]["status"]) == (bids[bob.name]["id"], "hired")
    assert (body["gig"]["id"], body["gig"]["status"], body["bid"]["gig"]["status"]) == (
        gig["id"],
        "assigned",
        "assigned",
    )
    states = {
        bid["freelancer"]["name"]: bid["status"] for bid in alice.get(f"/api/bids/{gig['id']}").json()["bids"]
    }
    assert states == {bob.name: "hired", charlie.name: "rejected", dora.name: "withdrawn"}

    def told(person: Person) -> list[tuple[str, str]]:
        notices = person.get("/api/notifications").json()["notifications"]
        return [(notice["type"], notice["message"]) for notice in notices]

    assert told(bob) == [("hired", "You have been hired for Landing page!")]
    assert told(charlie) == [
        ("bid_rejected", "“Landing page” went to someone else this time. Thank you for your bid.")
    ]
    assert told(dora) == []
    check_jobs(db, gig["id"])


def test_a_hire_that_comes_again_is_409(alice: Person, bob: Person, charlie: Person, db: Any) -> None:
    """docs/api.md: already assigned, also by this very bid, and whether or not the repeat has a key of its own."""
    gig = post_job(alice)
    bid, other = place_bid(bob, gig), place_bid(charlie, gig)
    assert hire(alice, bid).status_code == 200
    for again in (
        hire(alice, bid),
        hire(alice, other),
        hire(alice, bid, key="new"),
        hire(alice, other, key="new"),
    ):
        assert (again.status_code, code_of(again)) == (409, "gig_not_open")
    check_jobs(db, gig["id"])


def test_the_winners_key_gets_the_winners_answer_again(
    alice: Person, bob: Person, charlie: Person, db: Any
) -> None:
    """docs/domain.md, Hire: a lost answer is healed, and nobody is told twice."""
    gig = post_job(alice)
    bid, other = place_bid(bob, gig), place_bid(charlie, gig)
    first = hire(alice, bid, key="key-1")
    assert first.status_code == 200
    for _ in range(3):
        again = hire(alice, bid, key="key-1")
        assert (again.status_code, again.json()) == (200, first.json())
    for wrong in (hire(alice, bid, key="key-2"), hire(alice, other, key="key-1"), hire(alice, bid)):
        assert wrong.status_code == 409
    assert hire(bob, bid, key="key-1").status_code == 403
    check_jobs(db, gig["id"])


def test_an_empty_key_is_none(alice: Person, bob: Person) -> None:
    bid = place_bid(bob, post_job(alice))
    assert hire(alice, bid).status_code == 200
    again = alice.patch(f"/api/bids/{bid['id']}/hire", headers={"Idempotency-Key": ""})
    assert again.status_code == 409
    long = alice.patch(f"/api/bids/{bid['id']}/hire", headers={"Idempotency-Key": "k" * 201})
    assert (long.status_code, code_of(long)) == (400, "invalid_fields")


def test_a_key_is_of_one_job_only(alice: Person, bob: Person) -> None:
    """The same key on another job is another hire."""
    first, second = (place_bid(bob, post_job(alice)) for _ in range(2))
    assert hire(alice, first, key="same").json()["bid"]["id"] == first["id"]
    assert hire(alice, second, key="same").json()["bid"]["id"] == second["id"]


def test_the_price_that_one_saw(alice: Person, bob: Person, db: Any) -> None:
    """docs/domain.md: a hire that names another price or version than the bid has now is 409 and changes nothing."""
    gig = post_job(alice)
    bid = place_bid(bob, gig, price=100)
    bob.patch(f"/api/bids/{bid['id']}", {"price": 120})
    for seen in ({"price": 100}, {"version": 1}, {"price": 100, "version": 2}, {"price": 120, "version": 1}):
        answer = hire(alice, bid, **seen)
        assert (answer.status_code, code_of(answer)) == (409, "terms_changed")
        assert alice.get(f"/api/gigs/{gig['id']}").json()["status"] == "open"
    check_jobs(db, gig["id"])
    for nonsense in ({"price": "much"}, {"version": 0}, {"version": 1.5}):
        assert hire(alice, bid, **nonsense).status_code == 400
    assert hire(alice, bid, price="120.00", version="2").status_code == 200
    check_jobs(db, gig["id"])


def test_only_the_owner_hires(alice: Person, bob: Person, charlie: Person, db: Any) -> None:
    gig = post_job(alice)
    bid = place_bid(bob, gig)
    for person in (bob, charlie):
        answer = hire(person, bid)
        assert (answer.status_code, code_of(answer)) == (403, "not_owner")
    assert db.gigs.find_one({"_id": ObjectId(gig["id"])})["status"] == "open"


def test_an_edited_job_keeps_its_bids_terms(alice: Person, bob: Person) -> None:
    """Invariant 5: the bid is hired for the price that it says, whatever the job says now."""
    gig = post_job(alice, budget=500)
    bid = place_bid(bob, gig, price=480)
    alice.patch(f"/api/gigs/{gig['id']}", {"budget": 50, "title": "Changed"})
    assert bob.patch(f"/api/bids/{bid['id']}").status_code == 200  # confirmed for the job as it is now
    answer = hire(alice, bid, price=480)
    assert (answer.status_code, answer.json()["bid"]["price"]) == (200, 480)
    told = bob.get("/api/notifications").json()["notifications"]
    assert told[0]["message"] == "You have been hired for Changed!"


@pytest.mark.parametrize(
    ("of_job", "of_bid", "days", "said"),
    [
        (5, None, "5 days", "Leave empty for the job’s 5 days."),
        (None, None, "14 days", "14 days if you leave it empty."),
        (5, 9, "9 days", "Leave empty for the job’s 5 days."),
    ],
)
def test_the_days_of_an_order_are_those_that_both_sides_saw(
    alice: Person, bob: Person, of_job: int | None, of_bid: int | None, days: str, said: str
) -> None:
    """A bid that names no days takes the job's, else the usual ones: at the field, in its row, and in the order."""
    gig = post_job(alice, deliveryDays=of_job)
    page = bob.page(f"/gigs/{gig['id']}")
    assert said in page.one("#bid-form").to_text()
    sent = page.submit("#bid-form", message="Me!", price="100", delivery_days=str(of_bid or ""))
    assert f"in {days}" in " ".join(sent.texts("#my-bid .meta"))
    assert said in bob.page(sent.link("Change")).one("form.form").to_text()
    bid = bob.get("/api/bids/mine").json()["bids"][0]
    owner = alice.page(f"/gigs/{gig['id']}")
    assert f"in {days}" in " ".join(owner.texts(".bid .meta"))
    asked = alice.page(owner.link("Hire Bob Bidder"))
    assert f"Delivery {days} from payment" in " ".join(asked.texts(".terms"))
    path = asked.submit("#ask form").path
    assert f"{days} from payment" in bob.page(path).text
    order = bob.get(f"/api{path}").json()
    assert f"{bid['deliveryDays']} days" == f"{order['terms']['deliveryDays']} days" == days
