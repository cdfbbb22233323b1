"""Lists of orders, with their counts and filters (docs/api.md)."""

from typing import Any

import pytest

from tests.conftest import Join, shared
from tests.support.client import Client, Json, Person
from tests.support.money import bought, delivered, disputed, do, hired, in_progress
from tests.support.server import Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")
root = shared("Root Admin", is_admin=True)


def listed(person: Client, query: str = "", path: str = "/api/orders") -> list[str]:
    answer = person.get(f"{path}{query}")
    assert answer.status_code == 200, answer.text
    return [order["id"] for order in answer.json()["orders"]]


@pytest.fixture(scope="module")
def orders(server: Server, alice: Person, bob: Person) -> dict[str, Json]:
    """One in each state; in most Alice is the client."""
    return {
        "unpaid": hired(alice, bob),
        "in progress": in_progress(server, alice, bob),
        "delivered": delivered(server, alice, bob),
        "disputed": disputed(server, alice, bob),
        "completed": do(alice, delivered(server, alice, bob), "accept"),
        "cancelled": do(bob, hired(bob, alice), "cancel"),
    }


def test_orders_by_state_and_side(
    orders: dict[str, Json], alice: Person, bob: Person, charlie: Person, visitor: Client
) -> None:
    ids = {name: order["id"] for name, order in orders.items()}
    newest_first = list(ids.values())[::-1]
    assert listed(alice) == listed(bob) == newest_first
    active = [ids[name] for name in ("disputed", "delivered", "in progress", "unpaid")]
    assert listed(alice, "?state=active") == active
    assert listed(bob, "?state=completed") == [ids["completed"]]
    assert listed(alice, "?state=cancelled,completed") == [ids["cancelled"], ids["completed"]]
    assert listed(alice, "?side=freelancer") == [ids["cancelled"]]
    assert listed(bob, "?side=client&state=active") == []
    assert listed(bob, "?side=freelancer&state=active") == active
    everything = alice.get("/api/orders").json()
    assert everything["counts"] == {"active": 4, "completed": 1, "cancelled": 1}
    assert alice.get("/api/orders?side=client").json()["counts"] == {
        "active": 4,
        "completed": 1,
        "cancelled": 0,
    }
    assert all(order["next"] for order in everything["orders"])
    nothing = charlie.get("/api/orders").json()
    assert nothing == {
        "orders": [],
        "next": None,
        "counts": {"active": 0, "completed": 0, "cancelled": 0},
    }
    assert visitor.get("/api/orders").status_code == 401


def test_orders_come_in_pages(join: Join) -> None:
    alice, bob = join("Alice Owner"), join("Bob Bidder")
    ids = [bought(alice, bob)["id"] for _ in range(5)][::-1]
    first = alice.get("/api/orders?limit=2").json()
    second = alice.get(f"/api/orders?limit=2&cursor={first['next']}").json()
    last = alice.get(f"/api/orders?limit=2&cursor={second['next']}").json()
    pages = [[order["id"] for order in page["orders"]] for page in (first, second, last)]
    assert (pages, last["next"]) == ([ids[:2], ids[2:4], ids[4:]], None)
    assert first["counts"] == last["counts"] == {"active": 5, "completed": 0, "cancelled": 0}


@pytest.mark.parametrize(
    ("query", "field"), [("state=open", "state"), ("state=active,gone", "state"), ("side=both", "side")]
)
def test_a_wrong_filter_is_named(query: str, field: str, alice: Person) -> None:
    answer = alice.get(f"/api/orders?{query}")
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {field})


def test_admins_list_everybodys(
    orders: dict[str, Json], root: Person, alice: Person, charlie: Person
) -> None:
    ids = [order["id"] for order in orders.values()][::-1]
    path = "/api/admin/orders"
    assert [each for each in listed(root, "?limit=20", path) if each in ids] == ids
    assert listed(root, "?limit=1&state=cancelled", path) == [orders["cancelled"]["id"]]
    assert root.get("/api/orders").json()["orders"] == []
    assert [person.get(path).status_code for person in (alice, charlie)] == [403, 403]
    waiting: Any = root.get("/api/admin/disputes?limit=100").json()  # oldest first: orders/test_deciding.py
    assert orders["disputed"]["id"] in [each["orderId"] for each in waiting["disputes"]]
