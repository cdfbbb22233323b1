"""What each side of a dispute says, with files, until it is decided (docs/domain.md, Dispute)."""

from typing import Any

import pytest
import requests
from bson import ObjectId

from gigflow.orders.models import FILES_MAX, STATEMENTS_MAX
from tests.conftest import shared
from tests.support.client import Json, Person
from tests.support.invariants import check_orders
from tests.support.market import code_of
from tests.support.money import disputed, in_progress, news_of_order, read
from tests.support.server import Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
charlie = shared("Charlie Stranger")
root = shared("Root Admin", is_admin=True)


def state(
    person: Person, order: Json, text: str, *names: str, remove: tuple[str, ...] = ()
) -> requests.Response:
    """Try to give a statement, with files of these names."""
    path = f"/api/orders/{order['id']}/dispute/statement"
    files = [("files", (name, name.encode())) for name in names] or [("files", ("", b""))]
    return person.post(path, data={"text": text, "remove": list(remove)}, files=files)


def statements_of(order: Json) -> Json:
    found: Json = order["dispute"]["statements"]
    return found


@pytest.fixture
def order(server: Server, alice: Person, bob: Person) -> Json:
    return disputed(server, alice, bob, title="Poster")


def test_both_sides_are_heard_beside_each_other(
    order: Json, alice: Person, bob: Person, root: Person, db: Any
) -> None:
    """By each other and by admins, who also read who has not spoken; the other side is told once, without the words."""
    assert statements_of(order) == {"client": None, "freelancer": None}
    assert state(alice, order, "Nothing came.").status_code == 200
    page = root.page(f"/orders/{order['id']}")
    assert "Nothing came." in page.text
    assert "Bob Bidder has not given a statement." in page.text
    given = state(bob, order, "I was ill.").json()
    assert [statements_of(given)[side]["text"] for side in ("client", "freelancer")] == [
        "Nothing came.",
        "I was ill.",
    ]
    assert statements_of(read(root, order)) == statements_of(given)
    state(alice, order, "Nothing came at all.")
    told = [text for event, text in news_of_order(bob, order) if "statement" in text]
    assert told == ["Alice Owner has given a statement about “Poster”."]
    waiting = root.get("/api/admin/disputes?limit=100").json()["disputes"]
    (mine,) = [each for each in waiting if each["orderId"] == order["id"]]
    assert mine["statements"]["client"]["text"] == "Nothing came at all."
    check_orders(db, order["id"])


def test_files_are_read_by_both_sides_and_admins_only(
    order: Json, alice: Person, bob: Person, charlie: Person, root: Person
) -> None:
    given = state(alice, order, "Look.", "plan.pdf").json()
    (file,) = statements_of(given)["client"]["files"]
    statuses = [person.get(file["url"]).status_code for person in (alice, bob, charlie, root)]
    assert statuses == [200, 200, 404, 200]
    assert bob.get(file["url"]).content == b"plan.pdf"


def test_files_are_added_and_removed(order: Json, alice: Person, bob: Person, db: Any) -> None:
    """What is not removed stays, also where only the words change; what is removed is gone for everybody."""
    state(alice, order, "Look.", "a.txt", "b.txt")
    given = statements_of(state(alice, order, "Look again.").json())["client"]
    assert [file["name"] for file in given["files"]] == ["a.txt", "b.txt"]
    first = given["files"][0]
    given = statements_of(state(alice, order, "Look.", "c.txt", remove=(first["id"],)).json())["client"]
    assert [file["name"] for file in given["files"]] == ["b.txt", "c.txt"]
    assert bob.get(first["url"]).status_code == 404
    assert db.files.count_documents({"_id": ObjectId(first["id"]), "drop_at": None}) == 0
    too_many = state(alice, order, "Look.", *"defg")
    assert (too_many.status_code, too_many.json()["error"]["fields"].keys()) == (400, {"files"})
    assert len(statements_of(read(bob, order))["client"]["files"]) == 2


def test_the_files_of_the_other_side_are_not_ones_own_to_remove(
    order: Json, alice: Person, bob: Person
) -> None:
    (file,) = statements_of(state(bob, order, "Look.", "a.txt").json())["freelancer"]["files"]
    state(alice, order, "I see.", remove=(file["id"],))
    assert bob.get(file["url"]).status_code == 200


def test_it_may_be_changed_a_few_times(order: Json, alice: Person, root: Person) -> None:
    for number in range(STATEMENTS_MAX):
        assert state(alice, order, f"Version {number}").status_code == 200
    refused = state(alice, order, "Once more.", "a.txt")
    assert (refused.status_code, code_of(refused)) == (409, "too_many_statements")
    assert "Change your statement" not in alice.page(f"/orders/{order['id']}").text
    assert root.post(f"/api/admin/orders/{order['id']}/cancel").status_code == 200


@pytest.mark.parametrize("text", ["", "  ", None, 5, ["x"], {"$gt": ""}, "x" * 2001])
def test_a_statement_says_something(text: object, order: Json, alice: Person) -> None:
    answer = alice.post(f"/api/orders/{order['id']}/dispute/statement", {"text": text})
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"text"})


@pytest.mark.parametrize("remove", ["x", ["x"], [5], {"a": 1}, ["f" * 24] * (FILES_MAX + 1)])
def test_what_names_no_files(remove: object, order: Json, alice: Person) -> None:
    answer = alice.post(f"/api/orders/{order['id']}/dispute/statement", {"text": "x", "remove": remove})
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"remove"})


def test_only_while_it_is_disputed(
    server: Server, order: Json, alice: Person, bob: Person, root: Person
) -> None:
    """Afterwards it stands as it was said; before there is nothing to say."""
    working = in_progress(server, alice, bob)
    assert code_of(state(alice, working, "Hm.", "a.txt")) == "order_state"
    state(bob, order, "I was ill.")
    assert root.post(f"/api/admin/orders/{order['id']}/cancel", {"note": "So."}).status_code == 200
    assert code_of(state(bob, order, "I am well.")) == "order_state"
    assert "I was ill." in alice.page(f"/orders/{order['id']}").text


def test_the_page_keeps_what_was_said_and_loses_nothing(order: Json, alice: Person, bob: Person) -> None:
    """Without JavaScript, from the order's page."""
    page = alice.page(alice.page(f"/orders/{order['id']}").link("Give a statement"))
    refused = page.submit("#ask form", text=" ")
    assert (refused.status, "Describe your view." in refused.text) == (400, True)
    assert refused.submit("#ask form", text="Nothing came.").path == f"/orders/{order['id']}"
    state(alice, order, "Nothing came.", "a.txt", "b.txt")
    page = alice.page(alice.page(f"/orders/{order['id']}").link("Change your statement"))
    assert page.values("#ask form")["text"] == "Nothing came."
    (first, _) = statements_of(read(alice, order))["client"]["files"]
    page.submit("#ask form", text="Little came.", remove=first["id"])
    said = statements_of(read(bob, order))["client"]
    assert (said["text"], [file["name"] for file in said["files"]]) == ("Little came.", ["b.txt"])
