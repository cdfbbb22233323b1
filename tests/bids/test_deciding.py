"""The owner of a job declines bids and looks at them again (docs/domain.md, Choosing among bids)."""

from typing import Any

import pytest
from bson import ObjectId

from gigflow.bids.models import RECONSIDERED_MAX
from tests.conftest import Join, shared
from tests.support.client import Json, Person
from tests.support.invariants import check_jobs
from tests.support.market import code_of, hire, news_of, place_bid, post_job
from tests.support.money import do
from tests.support.operator import disable, enable
from tests.support.server import Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")

TITLE = "A bird"
DECLINED = ("bid_declined", f"Alice Owner declined your bid on “{TITLE}”.")
AGAIN = ("bid_reconsidered", f"Alice Owner looks at your bid on “{TITLE}” again.")


@pytest.fixture
def gig(alice: Person) -> Json:
    """An open job of Alice's."""
    return post_job(alice, title=TITLE)


@pytest.fixture
def bid(bob: Person, gig: Json) -> Json:
    """Bob's bid on it."""
    return place_bid(bob, gig)


def decline(owner: Person, bid: Json, reason: str = "") -> Json:
    answer = owner.patch(f"/api/bids/{bid['id']}/decline", {"reason": reason} if reason else None)
    assert answer.status_code == 200, answer.text
    return answer.json()


def reconsider(owner: Person, bid: Json) -> Json:
    answer = owner.patch(f"/api/bids/{bid['id']}/reconsider")
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(person: Person, bid: Json, act: str) -> tuple[int, str]:
    answer = person.patch(f"/api/bids/{bid['id']}/{act}")
    return answer.status_code, code_of(answer)


def count(person: Person, gig: Json) -> int:
    found: int = person.get(f"/api/gigs/{gig['id']}").json()["bidCount"]
    return found


def turns(person: Person, gig: Json) -> list[str]:
    """The kinds of what waits for somebody in a job."""
    groups = person.get("/api/turn").json()["groups"]
    return [item["kind"] for group in groups for item in group["items"] if item["id"] == gig["id"]]


def test_declining_and_looking_again(alice: Person, bob: Person, gig: Json, bid: Json, db: Any) -> None:
    """The job counts one bid fewer and no longer waits for its owner; its freelancer is told, once and kindly."""
    assert turns(alice, gig) == ["read_bids"]
    declined = decline(alice, bid, "Too far away.")
    assert (declined["status"], declined["declined"], declined["reason"]) == (
        "rejected",
        True,
        "Too far away.",
    )
    assert (count(bob, gig), turns(alice, gig)) == (0, [])
    assert news_of(bob, gig) == [DECLINED]
    assert bob.get("/api/bids/mine").json()["bids"][0]["reason"] == "Too far away."
    check_jobs(db, gig["id"])
    again = reconsider(alice, bid)
    assert (again["status"], again["declined"], again["reason"]) == ("pending", False, "")
    assert (count(bob, gig), turns(alice, gig)) == (1, [])
    assert news_of(bob, gig) == [AGAIN]  # one piece of news within the hour
    check_jobs(db, gig["id"])
    assert hire(alice, bid).status_code == 200
    check_jobs(db, gig["id"])


def test_news_of_a_bid_end_when_it_is_declined(
    alice: Person, bob: Person, gig: Json, bid: Json, db: Any
) -> None:
    """What its owner was told of it, and what its freelancer had to confirm; and the other way round."""
    alice.patch(f"/api/gigs/{gig['id']}", {"budget": 400})
    assert turns(bob, gig) == ["confirm_bid"]

    def unread(kind: str) -> int:
        found: int = db.notifications.count_documents(
            {"gig_id": ObjectId(gig["id"]), "type": kind, "read_at": None}
        )
        return found

    assert (unread("bid_placed"), unread("job_changed")) == (1, 1)
    decline(alice, bid)
    assert (unread("bid_placed"), unread("job_changed"), unread("bid_declined")) == (0, 0, 1)
    assert turns(bob, gig) == []
    reconsider(alice, bid)
    assert (unread("bid_declined"), unread("bid_reconsidered")) == (0, 1)
    hire(alice, place_bid(bob, post_job(alice)))  # of another job
    assert unread("bid_reconsidered") == 1
    alice.delete(f"/api/gigs/{gig['id']}")
    assert unread("bid_reconsidered") == 0
    check_jobs(db, gig["id"])


def test_what_a_declined_bid_refuses(alice: Person, bob: Person, gig: Json, bid: Json, db: Any) -> None:
    """Each refusal says that it was declined."""
    assert refusal(alice, bid, "reconsider") == (409, "bid_not_declined")
    decline(alice, bid)
    for answer in (
        hire(alice, bid),
        alice.patch(f"/api/bids/{bid['id']}/decline"),
        bob.patch(f"/api/bids/{bid['id']}", {"price": 5}),
        bob.patch(f"/api/bids/{bid['id']}/withdraw"),
    ):
        assert (answer.status_code, code_of(answer)) == (409, "bid_not_pending")
        assert answer.json()["message"] == "This bid was declined."
    assert alice.patch(f"/api/bids/{bid['id']}/decline", {"reason": "x" * 501}).status_code == 400
    check_jobs(db, gig["id"])


def test_a_declined_freelancer_bids_again(
    alice: Person, bob: Person, charlie: Person, gig: Json, bid: Json, db: Any
) -> None:
    """Then the old bid stays declined; once the new one has ended, it may be looked at again."""
    decline(alice, bid)
    new = place_bid(bob, gig, price=300)
    assert refusal(alice, bid, "reconsider") == (409, "bid_again")
    assert count(charlie, gig) == 1
    decline(alice, new)
    assert reconsider(alice, bid)["status"] == "pending"
    page = bob.page(f"/gigs/{gig['id']}")  # the live one is shown, although another is newer
    assert page.one("#my-bid data").attrs["value"] == "44950"
    check_jobs(db, gig["id"])


def test_terms_that_changed_meanwhile_are_to_be_confirmed(
    alice: Person, bob: Person, gig: Json, bid: Json, db: Any
) -> None:
    """A declined bidder is told of no change; once the bid is looked at again, what has changed is said."""
    decline(alice, bid)
    alice.patch(f"/api/gigs/{gig['id']}", {"budget": 400})
    assert news_of(bob, gig) == [DECLINED]
    assert reconsider(alice, bid)["confirmed"] is False
    told = ("job_changed", f"“{TITLE}” has changed: budget. Confirm your bid or withdraw it.")
    assert news_of(bob, gig) == [told, AGAIN]
    assert turns(bob, gig) == ["confirm_bid"]
    assert code_of(hire(alice, bid)) == "terms_changed"
    shown = " ".join(bob.page(f"/gigs/{gig['id']}").texts("#confirm-bid .changes"))
    assert "was $500 is now $400" in shown
    assert bob.patch(f"/api/bids/{bid['id']}").json()["confirmed"] is True
    assert hire(alice, bid).status_code == 200
    check_jobs(db, gig["id"])


def test_nobody_decides_without_end(alice: Person, bob: Person, gig: Json, bid: Json, db: Any) -> None:
    """A bid is reconsidered five times; it can always be declined."""
    for _ in range(RECONSIDERED_MAX):
        decline(alice, bid)
        reconsider(alice, bid)
    decline(alice, bid)
    assert refusal(alice, bid, "reconsider") == (409, "too_many_reconsiderations")
    assert not alice.page(f"/gigs/{gig['id']}").all(f"form[action='/bids/{bid['id']}/reconsider']")
    check_jobs(db, gig["id"])


def test_what_becomes_of_a_declined_bid_with_its_job(
    alice: Person, bob: Person, charlie: Person, db: Any
) -> None:
    """Closing the job, or hiring somebody else, changes nothing about it, and tells its freelancer nothing more."""
    closed, given = post_job(alice, title=TITLE), post_job(alice, title=TITLE)
    for gig in (closed, given):
        decline(alice, place_bid(bob, gig))
    other = place_bid(charlie, given)
    alice.delete(f"/api/gigs/{closed['id']}")
    order = hire(alice, other).json()["order"]
    for gig in (closed, given):
        (mine,) = [bid for bid in bob.get("/api/bids/mine").json()["bids"] if bid["gigId"] == gig["id"]]
        assert (mine["status"], mine["declined"]) == ("rejected", True)
        assert refusal(alice, mine, "reconsider") == (409, "gig_not_open")
        assert refusal(alice, mine, "decline") == (409, "gig_not_open")
        assert news_of(bob, gig) == [DECLINED]
        check_jobs(db, gig["id"])
    assert "closed this job without hiring" in bob.page(f"/gigs/{closed['id']}").text
    do(charlie, order, "cancel")
    check_jobs(db, given["id"])
    (mine,) = [bid for bid in bob.get("/api/bids/mine").json()["bids"] if bid["gigId"] == given["id"]]
    assert (mine["status"], mine["declined"]) == ("rejected", True)  # the open job does not revive it
    assert reconsider(alice, mine)["status"] == "pending"
    check_jobs(db, given["id"])


def test_a_freelancer_who_is_shut_out_is_not_looked_at_again(
    server: Server, alice: Person, join: Join, gig: Json, db: Any
) -> None:
    """Nor once the account is open again: then they may bid again."""
    dora = join("Dora Doubtful")
    bid = place_bid(dora, gig)
    decline(alice, bid)
    said = []
    for change in (disable, enable):
        change(server, dora.email)
        answer = alice.patch(f"/api/bids/{bid['id']}/reconsider")
        assert (answer.status_code, code_of(answer)) == (409, "bid_again")
        said.append("They can bid again." in answer.json()["message"])
    assert said == [False, True]
    check_jobs(db, gig["id"])


def test_what_the_owner_wrote_goes_with_them(join: Join, bob: Person, db: Any) -> None:
    owner = join("Olga Owner")
    bid = place_bid(bob, post_job(owner))
    decline(owner, bid, "Not this time.")
    assert owner.delete("/api/auth/account", {"password": owner.password}).status_code == 200
    assert db.bids.find_one({"_id": ObjectId(bid["id"])})["reason"] == ""


def test_by_the_pages(alice: Person, bob: Person, gig: Json, bid: Json) -> None:
    """Asked first, with a field for a few words; the page after says it with a button that undoes it."""
    page = alice.page(f"/gigs/{gig['id']}?sort=price")
    asked = alice.page(page.link("Decline the bid of Bob Bidder"))
    assert "Decline the bid of Bob Bidder" in " ".join(asked.texts("h1"))
    long = asked.submit("#ask form", reason="x" * 501)
    assert (long.status, long.errors("#ask form").keys()) == (400, {"reason"})
    done = long.submit("#ask form", reason="Too far away.")
    assert done.texts("#declined p") == ["You declined the bid of Bob Bidder ."]
    assert done.texts(".pills [aria-current]") == []  # one bid needs no order
    assert "You wrote: Too far away." in " ".join(done.texts(".bid"))
    assert done.texts(".bid .mark") == ["Declined"]
    theirs = bob.page(f"/gigs/{gig['id']}")
    assert "Alice Owner wrote: Too far away." in " ".join(theirs.texts("#my-bid"))
    assert "Alice Owner declined your bid. You can bid again while the job is open." in theirs.text
    assert theirs.one("#bid-form")
    assert "Too far away." not in bob.page("/notifications").text
    assert bob.page("/freelancing?bids=past").texts("section[aria-labelledby=bids] .mark")[0] == "Declined"
    undone = done.submit("#declined form")
    assert (undone.status, undone.texts(".bid .mark")) == (200, [])
    late = asked.submit("#ask form", reason="Now?")
    assert late.texts("#declined p") == ["You declined the bid of Bob Bidder ."]
    again = asked.submit("#ask form")
    assert (again.status, "This bid was declined." in again.text) == (409, True)


def test_reconsidering_by_htmx(alice: Person, bob: Person, gig: Json, bid: Json) -> None:
    """The list comes again with the bid; a refusal stands above it."""
    at = f"/gigs/{gig['id']}"
    decline(alice, bid)
    live = alice.fragment("POST", f"/bids/{bid['id']}/reconsider?sort=price", at=at)
    assert (live.status, live.texts(".bid .mark")) == (200, [])
    assert "sort=price" in (live.one("#gig-live").attrs["data-hx-get"] or "")
    refused = alice.fragment("POST", f"/bids/{bid['id']}/reconsider", at=at)
    assert refused.status == 409
    assert refused.texts("[role=alert]") == ["Only a bid that you declined can be reconsidered."]


@pytest.mark.parametrize("act", ["decline", "reconsider"])
def test_only_the_owner_decides(act: str, bob: Person, charlie: Person, bid: Json) -> None:
    for person in (bob, charlie):
        assert refusal(person, bid, act) == (403, "not_owner")
