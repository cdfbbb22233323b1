"""Choosing among bids: the order in which they stand, and stars that nobody else sees."""

from typing import Any

import pytest
from bson import ObjectId

from tests.conftest import Join, shared
from tests.support.client import Json, Person
from tests.support.market import code_of, place_bid, post_job

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")
dora = shared("Dora Doubtful")


@pytest.fixture
def gig(alice: Person) -> Json:
    """An open job of Alice's whose bids without days take 14."""
    return post_job(alice)


def read(owner: Person, gig: Json, **asked: Any) -> Json:
    answer = owner.get(f"/api/bids/{gig['id']}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(bids: list[Json]) -> list[str]:
    return [bid["freelancer"]["name"].split()[0] for bid in bids]


def three_bids(gig: Json, bob: Person, charlie: Person, dora: Person) -> list[Json]:
    return [
        place_bid(bob, gig, price=300, deliveryDays=9),
        place_bid(charlie, gig, price=100),
        place_bid(dora, gig, price=300, deliveryDays=2),
    ]


def test_the_orders(alice: Person, bob: Person, charlie: Person, dora: Person, gig: Json, db: Any) -> None:
    """Of the same price or rating the newest comes first; a bid without a rating comes after all that have one."""
    three_bids(gig, bob, charlie, dora)
    ratings = {bob: (9, 2), charlie: (10, 2)}
    for person, (total, count) in ratings.items():
        rating = {"count": count, "sum": total}
        db.users.update_one({"_id": ObjectId(person.id)}, {"$set": {"rating.freelancer": rating}})
    for order, expected in {
        "newest": ["Dora", "Charlie", "Bob"],
        "price": ["Charlie", "Dora", "Bob"],
        "rating": ["Charlie", "Bob", "Dora"],
        "delivery": ["Dora", "Bob", "Charlie"],
    }.items():
        assert names(read(alice, gig, sort=order)["bids"]) == expected, order
        page = alice.page(f"/gigs/{gig['id']}?sort={order}")
        assert [name.split()[0] for name in page.texts(".bid h3")] == expected, order
        paged: list[Json] = []
        cursor = None
        while cursor or not paged:
            one = read(alice, gig, sort=order, limit=1, **({"cursor": cursor} if cursor else {}))
            paged += one["bids"]
            cursor = one["next"]
        assert names(paged) == expected, order


def test_an_order_that_is_not_there(alice: Person, bob: Person, charlie: Person, gig: Json) -> None:
    """A cursor of another order is one of another list."""
    for person in (bob, charlie):
        place_bid(person, gig)
    path = f"/api/bids/{gig['id']}"
    refused = alice.get(path, params={"sort": "beauty"})
    assert (refused.status_code, refused.json()["error"]["fields"].keys()) == (400, {"sort"})
    cursor = read(alice, gig, sort="price", limit=1)["next"]
    for order in ("newest", "rating", "delivery"):
        refused = alice.get(path, params={"sort": order, "cursor": cursor})
        assert (refused.status_code, refused.json()["error"]["fields"].keys()) == (400, {"cursor"})
    newest = read(alice, gig, limit=1)["next"]
    assert alice.get(path, params={"sort": "price", "cursor": newest}).status_code == 400


def test_a_job_with_more_bids_than_the_list_shows_says_so(
    alice: Person, bob: Person, gig: Json, db: Any
) -> None:
    """An order is one of the newest 1,000; simply the newest first, a program gets all of them."""
    stored = db.bids.find_one({"_id": ObjectId(place_bid(bob, gig)["id"])})
    more = [{**stored, "_id": ObjectId(), "status": "withdrawn", "price_minor": 50_000} for _ in range(1_000)]
    db.bids.insert_many(more)
    page = alice.page(f"/gigs/{gig['id']}?sort=price")
    assert "more than 1,000 bids. These are the newest 1,000." in page.text
    assert len(page.all(".bid")) == 1_000
    by_price = read(alice, gig, sort="price")
    assert (by_price["count"], by_price["next"]) == (1_000, None)
    last = read(alice, gig, cursor=read(alice, gig)["next"])
    assert [bid["id"] for bid in last["bids"]] == [str(min(stored["_id"], *(bid["_id"] for bid in more)))]


def test_a_star_is_its_owners_alone(alice: Person, bob: Person, charlie: Person, gig: Json, db: Any) -> None:
    """It changes nothing that anybody else can see, and again it changes nothing at all."""
    bid = place_bid(bob, gig)
    path = f"/api/bids/{bid['id']}/star"
    stamp = alice.page(f"/gigs/{gig['id']}").one("#gig-live").attrs["data-stamp"]
    before = db.bids.find_one({"_id": ObjectId(bid["id"])})
    told = db.notifications.count_documents({"gig_id": ObjectId(gig["id"])})
    assert alice.put(path).json()["starred"] is True
    first = db.bids.find_one({"_id": before["_id"]})
    assert first == before | {"starred_at": first["starred_at"], "starred_by": ObjectId(alice.id)}
    assert alice.put(path).json()["starred"] is True
    assert db.bids.find_one({"_id": before["_id"]}) == first
    assert [each["starred"] for each in read(alice, gig)["bids"]] == [True]
    assert "starred" not in bob.get("/api/bids/mine").json()["bids"][0]
    assert "starred" not in bob.patch(f"/api/bids/{bid['id']}", {}).json()
    for stranger, status in ((bob, 403), (charlie, 403)):
        refused = stranger.put(path)
        assert (refused.status_code, code_of(refused)) == (status, "not_owner")
        assert stranger.delete(path).status_code == status
    assert alice.page(f"/gigs/{gig['id']}").one("#gig-live").attrs["data-stamp"] == stamp
    assert db.notifications.count_documents({"gig_id": ObjectId(gig["id"])}) == told
    for _ in range(2):
        assert alice.delete(path).json()["starred"] is False
    assert db.bids.find_one({"_id": before["_id"]}) == before | {"starred_at": None, "starred_by": None}


def test_starring_on_the_page(alice: Person, bob: Person, charlie: Person, gig: Json) -> None:
    """The button is a form, the list of starred bids has an address, and the order stays in it."""
    bids = [place_bid(bob, gig, price=5), place_bid(charlie, gig, price=9)]
    at = f"/gigs/{gig['id']}"
    page = alice.page(f"{at}?sort=price")
    assert page.texts(".pills [aria-current]") == ["Lowest price"]
    starred = page.submit(f"#star-{bids[1]['id']}")
    assert starred.status == 200
    assert starred.texts(".pills [aria-current]") == ["Lowest price"]
    only = alice.page(starred.link("Starred 1"))
    assert only.texts(".bid h3") == ["Charlie Stranger"]
    assert only.texts(".pills [aria-current]") == ["Lowest price", "Starred 1"]
    empty = only.submit(f"#star-{bids[1]['id']}")
    assert "No bid is starred." in empty.text
    fragment = alice.fragment("POST", f"/bids/{bids[0]['id']}/star", at=at)
    assert fragment.one("button").attrs["aria-pressed"] == "true"
    live = alice.fragment("GET", f"{at}/live?sort=price&show=starred", at=at)
    assert live.texts(".bid h3") == ["Bob Bidder"]


def test_only_what_the_list_shows_was_looked_at(
    alice: Person, bob: Person, charlie: Person, gig: Json
) -> None:
    """A new bid still waits while its owner sees the starred ones alone."""
    alice.put(f"/api/bids/{place_bid(bob, gig)['id']}/star")
    place_bid(charlie, gig)
    alice.page(f"/gigs/{gig['id']}?show=starred")
    page = alice.page("/hiring")
    assert "1 new bid of 2 to review." in page.text


def test_stars_go_with_their_owner(join: Join, bob: Person, db: Any) -> None:
    owner = join("Olga Owner")
    bid = place_bid(bob, post_job(owner))
    owner.put(f"/api/bids/{bid['id']}/star")
    assert owner.delete("/api/auth/account", {"password": owner.password}).status_code == 200
    stored = db.bids.find_one({"_id": ObjectId(bid["id"])})
    assert (stored["starred_at"], stored["starred_by"]) == (None, None)
