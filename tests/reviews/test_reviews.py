"""Reviews through the API: who may write one, when it is read, what counts (docs/domain.md, Reviews; invariants
6, 10).
"""

from typing import Any

import pytest

from tests.conftest import Join, shared
from tests.reviews.steps import (
    REVIEW,
    about,
    both_reviewed,
    check_reviews,
    completed_job,
    completed_purchase,
    paid_purchase,
    review,
    reviewed,
    reviews_of,
    told,
)
from tests.support.client import Client, Json, Person
from tests.support.invariants import Db
from tests.support.market import code_of, offer_service, place_bid, post_job

alice = shared("Alice Client")
bob = shared("Bob Freelancer")
charlie = shared("Charlie Stranger")
root = shared("Root Admin", is_admin=True)

FIELDS = {
    *("id", "_id", "side", "author", "subjectId", "rating", "text", "size"),
    *("reply", "createdAt", "revealedAt", "repliedAt"),
}


@pytest.fixture(scope="module")
def done(alice: Person, bob: Person) -> Json:
    """A completed order that nobody reviews."""
    return completed_purchase(alice, bob)


def test_hidden_until_both_have_written(
    alice: Person, bob: Person, visitor: Client, root: Person, db: Db
) -> None:
    service = offer_service(bob, title="A map", price=120)
    order = completed_purchase(alice, bob, service)
    answer = review(alice, order, rating=4, text="Fine\nwork.", side="freelancer", revealedAt="x", id="0")
    first = answer.json()
    assert (answer.status_code, first.keys()) == (201, FIELDS)
    assert (first["side"], first["rating"], first["text"]) == ("client", 4, "Fine\nwork.")
    assert first["author"] == {"id": alice.id, "_id": alice.id, "name": "Alice Client", "picture": None}
    assert (first["subjectId"], first["size"]) == (bob.id, {"from": 100, "below": 500})
    assert (first["revealedAt"], first["reply"], first["repliedAt"]) == (None, "", None)
    assert first["id"] == first["_id"] != "0"
    assert reviews_of(alice, order) == [first]
    assert [reviews_of(reader, order) for reader in (bob, root)] == [[], []]
    before = about(visitor, bob)
    assert first["id"] not in str(before)
    sentence = "Alice Client reviewed you for “A map”. You can read it once you have written yours."
    assert told(bob, order) == [("review_received", sentence)]
    check_reviews(db, alice, bob, services=(service,))

    second = reviewed(bob, order, rating=5)
    assert second["revealedAt"].endswith("Z")
    for reader in (alice, bob, root):
        listed = reviews_of(reader, order)
        assert [each["id"] for each in listed] == [first["id"], second["id"]]
        assert {each["revealedAt"] for each in listed} == {second["revealedAt"]}
    now_both = "Bob Freelancer reviewed you for “A map”. Both reviews are visible now."
    assert told(alice, order) == [("review_received", now_both)]
    assert told(bob, order) == [("review_received", sentence)]
    assert about(visitor, bob)["count"] == before["count"] + 1
    assert about(visitor, alice)["reviews"][0]["id"] == second["id"]
    check_reviews(db, alice, bob, services=(service,))


def test_one_per_side(alice: Person, bob: Person, db: Db) -> None:
    order = completed_job(alice, bob)
    reviewed(alice, order)
    again = review(alice, order, rating=1)
    assert (again.status_code, code_of(again)) == (409, "already_reviewed")
    reviewed(bob, order)
    for person in (alice, bob):
        assert review(person, order).status_code == 409
    assert [each["rating"] for each in reviews_of(alice, order)] == [5, 5]
    check_reviews(db, alice, bob)


def test_only_the_two_sides(
    done: Json, alice: Person, charlie: Person, visitor: Client, root: Person
) -> None:
    """A stranger does not learn that there is such an order; an admin is no side of it."""
    path = f"/api/orders/{done['id']}/review"
    assert visitor.post(path, REVIEW).status_code == 401
    stranger, admin = charlie.post(path, REVIEW), root.post(path, REVIEW)
    assert (stranger.status_code, code_of(stranger)) == (404, "order_not_found")
    assert (admin.status_code, code_of(admin)) == (403, "not_your_side")
    assert visitor.get(path + "s").status_code == 401
    assert charlie.get(path + "s").status_code == 404
    assert reviews_of(alice, done) == []


def test_only_what_is_completed(alice: Person, bob: Person, db: Db) -> None:
    order = paid_purchase(alice, bob)
    for person in (alice, bob):
        early = review(person, order)
        assert (early.status_code, code_of(early)) == (409, "order_state")
    answer = bob.post(f"/api/orders/{order['id']}/deliver", {"message": "Here."})
    assert answer.status_code == 200
    assert review(alice, order).status_code == 409
    alice.post(f"/api/orders/{order['id']}/cancel", {"reason": "Changed my mind."})
    bob.post(f"/api/orders/{order['id']}/cancel/answer", {"agree": True})
    assert alice.get(f"/api/orders/{order['id']}").json()["status"] == "cancelled"
    assert review(alice, order).status_code == 409
    check_reviews(db, alice, bob)


@pytest.mark.parametrize(
    "rating", [0, 6, -1, 4.5, "4.5", True, "", " ", None, [5], {"$gt": 0}, "five", 10**30]
)
def test_what_is_no_rating(rating: Any, done: Json, alice: Person) -> None:
    answer = review(alice, done, rating=rating)
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"rating"})
    assert reviews_of(alice, done) == []


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200b", None, 5, ["x"], {"$gt": ""}, "x" * 2001])
def test_what_is_no_text(text: Any, done: Json, alice: Person) -> None:
    answer = review(alice, done, text=text)
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"text"})
    assert alice.post(f"/api/orders/{done['id']}/review").json()["error"]["fields"].keys() == {
        "rating",
        "text",
    }
    assert reviews_of(alice, done) == []


def test_numbers_as_programs_write_them(alice: Person, bob: Person) -> None:
    order = completed_purchase(alice, bob)
    assert reviewed(alice, order, rating="3", text="x" * 2000)["rating"] == 3
    assert reviewed(bob, order, rating=2.0)["rating"] == 2


@pytest.mark.parametrize(
    ("price", "size"),
    [
        (99.99, {"from": 0, "below": 100}),
        (100, {"from": 100, "below": 500}),
        (500, {"from": 500, "below": 2000}),
        (9999, {"from": 2000, "below": 10000}),
        (10000, {"from": 10000, "below": None}),
    ],
)
def test_the_size_and_not_the_price(
    price: float, size: Json, alice: Person, bob: Person, visitor: Client
) -> None:
    order = completed_purchase(alice, bob, price=price)
    first, _ = both_reviewed(alice, bob, order)
    assert first["size"] == size
    listed = about(visitor, bob)["reviews"][0]
    assert (listed["id"], listed["size"]) == (first["id"], size)


def test_what_everybody_reads(join: Join, alice: Person, visitor: Client, db: Db) -> None:
    """Newest first, in pages, as freelancer and as client, with an average and a distribution of all."""
    nina = join("Nina Both")
    stars = (5, 4, 4, 1)
    service = offer_service(nina)
    given = [
        both_reviewed(alice, nina, completed_purchase(alice, nina, service), rating=n)[0]["id"] for n in stars
    ]
    as_client, _ = reviewed(alice, order := completed_job(nina, alice), rating=2), reviewed(nina, order)
    whole = about(visitor, nina, "?as=freelancer")
    assert [each["id"] for each in whole["reviews"]] == list(reversed(given))
    assert (whole["count"], whole["average"], whole["next"]) == (4, 3.5, None)
    distribution = [(each["stars"], each["count"]) for each in whole["distribution"]]
    assert distribution == [(5, 1), (4, 2), (3, 0), (2, 0), (1, 1)]
    client = about(visitor, nina, "?as=client")
    assert [each["id"] for each in client["reviews"]] == [as_client["id"]]
    assert client["average"] == 2.0
    both = about(visitor, nina)
    assert ([each["id"] for each in both["reviews"]], both["count"], both["average"]) == (
        [as_client["id"], *reversed(given)],
        5,
        3.2,
    )
    page = about(visitor, nina, "?limit=3")
    rest = about(visitor, nina, f"?limit=3&cursor={page['next']}")
    assert page["reviews"] + rest["reviews"] == both["reviews"]
    assert (rest["next"], rest["count"]) == (None, 5)
    rating = visitor.get(f"/api/users/{nina.id}").json()["rating"]
    assert rating == {"freelancer": {"average": 3.5, "count": 4}, "client": {"average": 2.0, "count": 1}}
    bid = place_bid(nina, post_job(alice))
    assert bid["freelancer"]["rating"] == {"average": 3.5, "count": 4}
    gig = visitor.get(f"/api/gigs/{service['id']}").json()
    assert (gig["rating"]["average"], gig["rating"]["count"]) == (3.5, 4)
    of_service = visitor.get(f"/api/gigs/{service['id']}/reviews").json()
    assert of_service == whole
    check_reviews(db, nina, alice, services=(service,))


def test_nobody_is_reviewed_yet(join: Join, visitor: Client) -> None:
    new = join("New Person")
    empty = [{"stars": stars, "count": 0} for stars in (5, 4, 3, 2, 1)]
    assert about(visitor, new) == {
        "reviews": [],
        "next": None,
        "count": 0,
        "average": None,
        "distribution": empty,
    }


@pytest.mark.parametrize("query", ["as=owner", "as=FREELANCER", "limit=0", "limit=x", "cursor=x"])
def test_what_is_no_query(query: str, bob: Person, visitor: Client) -> None:
    answer = visitor.get(f"/api/users/{bob.id}/reviews?{query}")
    assert (answer.status_code, code_of(answer)) == (400, "invalid_fields")


def test_reviews_of_what_is_not_to_be_seen(bob: Person, visitor: Client) -> None:
    """A job has no reviews, a draft is nobody else's to know."""
    draft, job = offer_service(bob, draft=True), post_job(bob)
    paths = [f"/api/gigs/{draft['id']}/reviews", f"/api/gigs/{job['id']}/reviews"]
    assert [visitor.get(path).status_code for path in paths] == [404, 404]
    assert bob.get(paths[0]).json()["reviews"] == []


def test_only_a_services_clients_rate_it(alice: Person, bob: Person, visitor: Client, db: Db) -> None:
    """Not its freelancer by reviewing the client, and not the review of a job."""
    service = offer_service(bob)
    both_reviewed(alice, bob, completed_purchase(alice, bob, service), rating=3)
    both_reviewed(alice, bob, completed_job(alice, bob), rating=1)
    rating = visitor.get(f"/api/gigs/{service['id']}").json()["rating"]
    assert (rating["average"], rating["count"]) == (3.0, 1)
    check_reviews(db, alice, bob, services=(service,))
