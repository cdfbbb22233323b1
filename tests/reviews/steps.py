"""The steps that tests of reviews begin with, and what must hold of reviews whatever happened."""

from typing import Any

import requests
from bson import ObjectId

from gigflow.accounts.models import Viewer
from gigflow.core.clock import now
from gigflow.gigs.models import rank_of
from tests.support.client import Client, Json, Person
from tests.support.invariants import Db
from tests.support.market import offer_service
from tests.support.money import bought, buy, checkout, do, hired, news_of_order, pay_at

REVIEW: Json = {"rating": 5, "text": "Careful and quick."}


def completed_purchase(client: Client, freelancer: Client, service: Json | None = None, **terms: Any) -> Json:
    """A completed order of a service of the freelancer."""
    answer = buy(client, service or offer_service(freelancer, **terms))
    assert answer.status_code == 201, answer.text
    return _complete(client, freelancer, answer.json()["order"])


def completed_job(client: Client, freelancer: Client, **terms: Any) -> Json:
    """A completed order of a job of the client."""
    return _complete(client, freelancer, hired(client, freelancer, **terms))


def paid_purchase(client: Client, freelancer: Client) -> Json:
    """An order of a service that is being worked on."""
    return _pay(client, bought(client, freelancer))


def completed(db: Db, order_id: str) -> str:
    """The same order, as if its work had just been accepted."""
    done = {"status": "completed", "live": False, "ended_at": now()}
    assert db.orders.update_one({"_id": ObjectId(order_id)}, {"$set": done}).modified_count == 1
    return order_id


def review(author: Client, order: Json, **fields: Any) -> requests.Response:
    """Try to review an order."""
    return author.post(f"/api/orders/{order['id']}/review", {**REVIEW, **fields})


def reviewed(author: Client, order: Json, **fields: Any) -> Json:
    """A new review of this order."""
    answer = review(author, order, **fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


def both_reviewed(client: Client, freelancer: Client, order: Json, **fields: Any) -> tuple[Json, Json]:
    """The client's review, with these fields, and the freelancer's: both are revealed."""
    return reviewed(client, order, **fields), reviewed(freelancer, order)


def reviews_of(reader: Client, order: Json) -> list[Json]:
    """What this reader may read of an order's reviews."""
    answer = reader.get(f"/api/orders/{order['id']}/reviews")
    assert answer.status_code == 200, answer.text
    listed = answer.json()
    assert (listed["next"], listed["count"]) == (None, len(listed["reviews"]))
    return listed["reviews"]


def about(reader: Client, person: Person, query: str = "") -> Json:
    """What everybody may read about this person."""
    answer = reader.get(f"/api/users/{person.id}/reviews{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def told(person: Client, order: Json) -> list[tuple[str, str]]:
    """What a person was told of the reviews of an order, newest first."""
    return [(event, text) for event, text in news_of_order(person, order) if event.startswith("review")]


def viewer_of(person: Person) -> Viewer:
    """This person, to call an action with a clock of the test's own."""
    return Viewer(user_id=ObjectId(person.id), device_id=ObjectId(), name=person.name)


def check_reviews(db: Db, *people: Person, services: tuple[Json, ...] = ()) -> None:
    """Invariant 6: a review only by a party of a completed order, one per side, unseen until revealed; ratings equal a
    recount.
    """
    ids = [ObjectId(person.id) for person in people]
    rows = list(db.reviews.find({"$or": [{"author_id": {"$in": ids}}, {"subject_id": {"$in": ids}}]}))
    for row in rows:
        order = db.orders.find_one({"_id": row["order_id"]})
        assert order is not None
        assert order["status"] == "completed"
        sides = {"client": order["client_id"], "freelancer": order["freelancer_id"]}
        assert row["author_id"] == sides.pop(row["side"])
        assert [row["subject_id"]] == list(sides.values())
        assert order["reviewed"][row["side"]] == row["created_at"]
        assert (row["reveal_at"] is None) == (row["revealed_at"] is not None)
        pair = list(db.reviews.find({"order_id": row["order_id"]}))
        assert len(pair) == len({each["side"] for each in pair}) == len(order["reviewed"])
        assert len(pair) == 1 or all(each["revealed_at"] for each in pair)
    for person in people:
        user = db.users.find_one({"_id": ObjectId(person.id)})
        assert user is not None
        for part, author in (("freelancer", "client"), ("client", "freelancer")):
            query = {"subject_id": user["_id"], "side": author}
            assert user["rating"][part] == _recount(db, query)
    for service in services:
        _check_service(db, ObjectId(service["id"]))


def _check_service(db: Db, service_id: ObjectId) -> None:
    service = db.gigs.find_one({"_id": service_id})
    assert service is not None
    recount = _recount(db, {"gig_id": service_id, "side": "client"})
    count, total = recount["count"], recount["sum"]
    assert service["rating"] == recount
    assert service["stars"] == (total / count if count else None)
    by_client: dict[ObjectId, list[int]] = {}
    for row in db.reviews.find({"gig_id": service_id, "side": "client", "revealed_at": {"$ne": None}}):
        by_client.setdefault(row["author_id"], []).append(row["rating"])
    averages = [round(100 * (sum(each) / len(each))) for each in by_client.values()]
    assert service["rank"] == rank_of(len(averages), sum(averages))


def _recount(db: Db, query: Json) -> Json:
    stars = [row["rating"] for row in db.reviews.find({**query, "revealed_at": {"$ne": None}})]
    return {"count": len(stars), "sum": sum(stars)}


def _pay(client: Client, order: Json) -> Json:
    """The order, paid. Who asks to pay again has the sandbox looked at, so that nobody waits for its news."""
    paid = pay_at(checkout(client, order).json()["checkoutUrl"])
    assert paid.status_code == 200, paid.text
    assert checkout(client, order).status_code == 409
    return order


def _complete(client: Client, freelancer: Client, order: Json) -> Json:
    do(freelancer, _pay(client, order), "deliver", message="Here it is.")
    return do(client, order, "accept")
