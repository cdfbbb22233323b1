"""Up to four bids side by side, for the owner of their job (docs/domain.md, Choosing among bids)."""

import pytest

from tests.conftest import Join, shared
from tests.support.client import Json, Page, Person
from tests.support.market import hire, place_bid, post_job

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")


@pytest.fixture(scope="module")
def crowd(join_once: Join) -> list[Person]:
    """Five more people who bid."""
    return [join_once(f"Late {number}") for number in range(5)]


def names(page: Page) -> list[str]:
    return page.texts(".compare h2")


def compare(gig: Json, *bids: Json) -> str:
    return f"/gigs/{gig['id']}/compare?bids={','.join(bid['id'] for bid in bids)}"


def test_two_bids_side_by_side(alice: Person, bob: Person, charlie: Person) -> None:
    """What the client pays, when it comes, how often it may change, who it is, and whether it can be hired."""
    gig = post_job(alice, budget=500)
    first = place_bid(bob, gig, price=450, deliveryDays=5, revisions=0, message="I draw birds.")
    second = place_bid(charlie, gig, price=600)
    listed = alice.page(f"/gigs/{gig['id']}")
    assert len(listed.all("input[name=bids][form=compare-form]")) == 2
    page = alice.page(f"/gigs/{gig['id']}/compare?bids={second['id']}&bids={first['id']}")
    assert names(page) == ["Charlie Stranger", "Bob Bidder"]  # in the order in which they were chosen
    bobs = page.texts(f"#bid-{first['id']}")[0]
    for said in (
        *("You pay $450", "$50 under budget", "Delivery 5 days", "Revisions Not included", "No reviews yet"),
        *("Orders completed 0", "Confirmed", "I draw birds."),
    ):
        assert said in bobs, said
    assert "$100 over budget" in page.texts(f"#bid-{second['id']}")[0]
    assert page.one(f"#bid-{first['id']} a[href='/bids/{first['id']}/hire']")
    alone = alice.page(page.link("Leave out the bid of Charlie Stranger"))
    assert names(alone) == ["Bob Bidder"]
    for stranger in (bob, charlie):
        assert stranger.get(compare(gig, first)).status_code == 403


def test_what_cannot_be_compared_is_said(alice: Person, bob: Person, crowd: list[Person]) -> None:
    """None, more than four, of another job, nonsense: a sentence each, and those that are right."""
    gig = post_job(alice)
    bids = [place_bid(person, gig) for person in crowd]
    other = place_bid(bob, post_job(alice))
    nothing = alice.page(f"/gigs/{gig['id']}/compare")
    assert nothing.texts("#compare .alert p") == [
        "Choose up to 4 bids in the list of bids, and compare them here."
    ]
    many = alice.page(compare(gig, *bids))
    assert names(many) == [f"Late {number}" for number in range(4)]
    assert many.texts("#compare .alert p") == ["You can compare up to 4 bids. These are the first 4."]
    mixed = alice.page(compare(gig, other, bids[2], {"id": "nonsense"}, bids[2]))
    assert names(mixed) == ["Late 2"]
    assert mixed.texts("#compare .alert p") == ["Bids that are not on this job are left out."]
    foreign = alice.page(compare(gig, other))
    assert (names(foreign), len(foreign.texts("#compare .alert p"))) == ([], 2)


def test_deciding_where_one_compares(alice: Person, bob: Person, charlie: Person) -> None:
    """A star, a decline and its undoing lead back; what has ended meanwhile says so."""
    gig = post_job(alice)
    bids = [place_bid(person, gig) for person in (bob, charlie)]
    page = alice.page(compare(gig, *bids))
    starred = page.submit(f"#star-{bids[0]['id']}")
    assert starred.path.startswith(f"/gigs/{gig['id']}/compare")
    asked = alice.page(starred.link("Decline the bid of Bob Bidder"))
    declined = asked.submit("#ask form", reason="No birds.")
    assert names(declined) == ["Bob Bidder", "Charlie Stranger"]
    assert declined.texts("#declined p") == ["You declined the bid of Bob Bidder ."]
    assert declined.texts(f"#bid-{bids[0]['id']} .mark") == ["Declined"]
    undone = declined.submit("#declined form")
    assert (undone.texts(".compare h2"), undone.texts(".compare .mark")) == (names(declined), [])
    assert charlie.patch(f"/api/bids/{bids[1]['id']}/withdraw").status_code == 200
    live = alice.fragment("GET", compare(gig, *bids), at=compare(gig, *bids))
    assert live.texts(f"#bid-{bids[1]['id']} .mark") == ["Withdrawn"]
    assert live.one("#compare").attrs["data-watch"] == "gig"
    assert hire(alice, bids[0]).status_code == 200
    over = alice.page(compare(gig, *bids))
    assert "You hired someone for this job." in over.text
    assert not over.all(".compare a[href$='/hire']")


def test_a_page_that_is_not_of_this_site_is_not_gone_back_to(alice: Person, bob: Person) -> None:
    """SECURITY 14."""
    bid = place_bid(bob, post_job(alice))
    page = alice.page(f"/bids/{bid['id']}/decline?back=https://example.org/")
    assert "example.org" not in page.one("#ask a[data-close]").attrs["href"]
    assert page.submit("#ask form").path.startswith("/?declined=")
