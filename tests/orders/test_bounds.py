"""What one side can repeat has an end, no timeline can fill a document, and lists do not read what they do not show
(docs/decisions/0028).
"""

from datetime import timedelta
from typing import Any

import bson
import pytest
from bson import ObjectId

from gigflow.core.clock import now
from gigflow.core.transitions import AS_IT_WAS
from gigflow.gigs import models as gigs
from gigflow.orders.models import CANCELLATIONS_MAX, MESSAGE_MAX, NUMBERS_MAX, ORDER, REVISIONS_MAX
from tests.conftest import shared
from tests.support.client import Json, Person
from tests.support.invariants import check_orders
from tests.support.market import code_of
from tests.support.money import delivered, disputed, do, in_progress, read, try_to
from tests.support.server import Server

DOCUMENT_MAX = 16 * 1024 * 1024
# Each of these ends what `ask_to_cancel` has begun, so that it happens no more often.
ANSWERS = {"take_back", "refuse"}
LONGEST = "𝕎" * MESSAGE_MAX  # four bytes each

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
root = shared("Root Admin", is_admin=True)


def take_back(person: Person, order: Json) -> None:
    assert person.delete(f"/api/orders/{order['id']}/cancel").status_code == 200


def lengthen(db: Any, order: Json, name: str, actor: str, times: int) -> None:
    """Put lines into the timeline of an order, as long as they can be."""
    data = {"round": 1} if name == "offer" else {"reason": LONGEST, "message": LONGEST}
    line = {"at": now() - timedelta(days=400), "actor": actor, "name": name, "data": data}
    db.orders.update_one({"_id": ObjectId(order["id"])}, {"$push": {"events": {"$each": [line] * times}}})


def test_each_side_asks_to_cancel_a_few_times(
    server: Server, alice: Person, bob: Person, root: Person, db: Any
) -> None:
    """Then it is told what to do instead, what was typed stays, and everything else goes on."""
    order = in_progress(server, alice, bob)
    for _ in range(CANCELLATIONS_MAX):
        do(alice, order, "cancel", reason="We moved.")
        take_back(alice, order)
    refused = try_to(alice, order, "cancel", reason="We moved.")
    assert (refused.status_code, code_of(refused)) == (409, "too_many_cancellations")
    assert "dispute" in refused.json()["message"]
    assert len(read(alice, order)["timeline"]) == 2 + 2 * CANCELLATIONS_MAX
    form = alice.page(f"/orders/{order['id']}/cancel")
    page = form.submit("#ask form", reason="Typed with care.")
    assert page.status == 409
    assert page.values("#ask form")["reason"] == "Typed with care."
    assert "5 times" in page.text
    assert "Ask to cancel" not in alice.get(f"/orders/{order['id']}").text
    # The other side has asked for nothing yet.
    do(bob, order, "cancel")
    do(alice, order, "cancel/answer", agree=False)
    do(alice, order, "dispute", reason="Nothing comes.")
    assert root.post(f"/api/admin/orders/{order['id']}/complete").status_code == 200
    check_orders(db, order["id"])


def test_a_side_names_so_many_numbers_and_then_an_admin_decides(
    server: Server, alice: Person, bob: Person, root: Person, db: Any
) -> None:
    order = disputed(server, alice, bob)
    lengthen(db, order, "offer", "client", NUMBERS_MAX - 1)
    do(alice, order, "dispute/offer", amount=1)
    begun = now() - timedelta(days=40)
    db.disputes.update_one({"order_id": ObjectId(order["id"])}, {"$set": {"created_at": begun}})
    db.orders.update_one(
        {"_id": ObjectId(order["id"]), "events.name": "dispute"}, {"$set": {"events.$.at": begun}}
    )
    refused = try_to(alice, order, "dispute/offer", amount=2)
    assert (refused.status_code, code_of(refused)) == (409, "too_many_numbers")
    assert read(bob, order)["nextWho"] == "freelancer"
    assert do(bob, order, "dispute/offer", amount=400)["next"] == "An admin has to decide."
    assert "Propose an amount" not in alice.get(f"/orders/{order['id']}").text
    assert root.post(f"/api/admin/orders/{order['id']}/cancel").status_code == 200
    check_orders(db, order["id"])


def test_of_what_can_be_repeated_everything_is_counted() -> None:
    """Without the transitions that are counted, and those that end one of them, no way leads back to where it began."""
    assert gigs.REVISIONS_MAX <= REVISIONS_MAX
    free = [
        each
        for each in ORDER.transitions.values()
        if each.at_most is None and each.name not in ANSWERS and each.actor not in ("admin", "provider")
    ]
    assert [each.name for each in free if each.target == AS_IT_WAS] == []
    ways = {(source, each.target) for each in free for source in each.sources}
    for _ in ORDER.transitions:
        ways |= {(first, last) for first, middle in ways for start, last in ways if middle == start}
    assert [state for state, again in ways if state == again] == []


@pytest.fixture
def longest(server: Server, alice: Person, bob: Person, db: Any) -> Json:
    """A delivered order with more lines, and longer ones, than can come together."""
    order = delivered(server, alice, bob, description="words " * 800)
    for each in ORDER.transitions.values():
        for actor in each.actors:
            if each.at_most is not None:
                lengthen(db, order, each.name, actor, each.at_most)
    return order


def test_the_longest_timeline_is_far_from_filling_a_document(
    longest: Json, alice: Person, bob: Person, db: Any
) -> None:
    stored = db.orders.find_one({"_id": ObjectId(longest["id"])})
    assert len(bson.encode(stored)) < DOCUMENT_MAX / 10
    assert do(alice, longest, "accept")["status"] == "completed"


def test_lists_read_little_of_long_orders(longest: Json, alice: Person, root: Person, db: Any) -> None:
    """What the database sends for a list, by its own profile."""
    size = len(bson.encode(db.orders.find_one({"_id": ObjectId(longest["id"])})))
    assert size > 400_000
    db.command("profile", 2, filter={"ns": f"{db.name}.orders"})
    try:
        listed = alice.get("/api/orders").json()["orders"]
        assert root.get("/api/admin/orders?limit=1").status_code == 200
        for path in ("/orders", "/", "/hiring"):
            assert alice.get(path).status_code == 200
    finally:
        db.command("profile", 0)
    # A letter that is written at this moment reads its one order, by its id; a list never asks for one id.
    lists = {"op": "query", "command.filter._id": {"$not": {"$type": "objectId"}}}
    read_by_lists = [row["responseLength"] for row in db["system.profile"].find(lists)]
    db.drop_collection("system.profile")
    assert len(read_by_lists) >= 5
    assert max(read_by_lists) < 20_000
    mine = next(each for each in listed if each["id"] == longest["id"])
    assert mine["terms"].keys() == {"title", "price", "deliveryDays", "revisions"}
    assert mine["next"] == read(alice, longest)["next"]
