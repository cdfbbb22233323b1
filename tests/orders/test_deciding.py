"""What an admin decides about an order: on the version that they saw, once, and not about their own
(docs/domain.md).
"""

import re
from typing import Any

import pytest
from bson import ObjectId

from tests.conftest import shared
from tests.support.client import Json, Person
from tests.support.invariants import check_orders
from tests.support.market import code_of
from tests.support.money import delivered, disputed, do, in_progress, news_of_order, read
from tests.support.races import at_once
from tests.support.server import Server

alice = shared("Alice Owner")
bob = shared("Bob Bidder")
root = shared("Root Admin", is_admin=True)
ann = shared("Ann Admin", is_admin=True)


def version_of(db: Any, order: Json) -> int:
    return int(db.orders.find_one({"_id": ObjectId(order["id"])})["version"])


def paths_of(order: Json) -> dict[str, Json]:
    """Every way in which a program decides about a disputed order, with a body that is right."""
    return {
        f"/api/admin/orders/{order['id']}/complete": {"note": "So."},
        f"/api/admin/orders/{order['id']}/cancel": {"note": "So."},
        f"/api/admin/disputes/{order['dispute']['id']}/resolve": {"amount": 1, "note": "So."},
    }


def test_programs_may_name_the_version_that_they_saw(
    server: Server, alice: Person, bob: Person, root: Person, db: Any
) -> None:
    """It stands in the order; another one is 409, and nothing happens."""
    for number in range(3):
        order = disputed(server, alice, bob)
        path, body = list(paths_of(order).items())[number]
        seen = read(root, order)["version"]
        assert seen == version_of(db, order)
        do(bob, order, "dispute/offer", amount=90)
        refused = root.post(path, {**body, "version": seen})
        assert (refused.status_code, code_of(refused)) == (409, "version_changed")
        assert "has changed since you opened it" in refused.json()["message"]
        for wrong in (0, -1, "x", True, {"$gt": 0}):
            answer = root.post(path, {**body, "version": wrong})
            assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"version"})
        assert read(alice, order)["status"] == "disputed"
        assert root.post(path, {**body, "version": seen + 1}).status_code == 200
        check_orders(db, order["id"])


def test_the_later_of_two_admins_is_told_who_decided_what(two_processes: Server, db: Any) -> None:
    """At once on two processes: one decision, one notice for each side, one row."""
    server = two_processes
    alice, bob, root, ann = (_person(server, name) for name in ("Alice", "Bob", "Root", "Ann"))
    for admin in (root, ann):
        server.make_admin(admin.email)
    for _ in range(3):
        order = delivered(server, alice, bob)
        answers = at_once(
            [
                lambda it=order: root.twin().post(
                    f"/api/admin/orders/{it['id']}/complete", {"note": "Done."}
                ),
                lambda it=order: ann.twin().post(
                    f"/api/admin/orders/{it['id']}/cancel", {"note": "Not done."}
                ),
            ]
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        lost = next(answer for answer in answers if answer.status_code == 409)
        name, what = (
            ("Ann", "the full amount is refunded to the client.")
            if lost is answers[0]
            else ("Root", "the full amount is released to the freelancer.")
        )
        message = lost.json()["message"]
        assert message.startswith(f"{name} decided about this order on "), message
        assert message.endswith(what)
        for side in (alice, bob):
            assert [event for event, _ in news_of_order(side, order)].count("order_decided") == 1
        rows = list(server.db.audit.find({"subject.id": ObjectId(order["id"])}))
        assert [row["event"] for row in rows] == ["order_decided"]
        check_orders(server.db, order["id"])


def test_a_page_that_saw_less_asks_again_and_loses_nothing(
    server: Server, alice: Person, bob: Person, root: Person
) -> None:
    order = disputed(server, alice, bob, price=20)
    page = root.page(f"/orders/{order['id']}/decide")
    do(bob, order, "dispute/statement", text="I was ill.")
    refused = page.submit("#ask form", amount="15", note="Half was done.")
    assert (refused.status, "has changed since you opened it" in refused.text) == (409, True)
    typed = refused.values("#ask form")
    assert (typed["amount"], typed["note"]) == ("15", "Half was done.")
    assert read(alice, order)["status"] == "disputed"
    assert refused.submit("#ask form").path == f"/orders/{order['id']}"
    assert read(alice, order)["status"] == "completed"


def test_a_page_has_to_say_what_it_showed(server: Server, alice: Person, bob: Person, root: Person) -> None:
    order = in_progress(server, alice, bob)
    typed = {"amount": "1", "note": "x", "csrf_token": root.form_token()}
    assert root.post(f"/orders/{order['id']}/decide", data=typed).status_code == 400
    assert read(alice, order)["status"] == "in_progress"


def test_an_admin_who_is_a_side_sees_that_another_has_to_decide(
    server: Server, alice: Person, root: Person, ann: Person
) -> None:
    """403 `own_order`, and no button that fails."""
    order = disputed(server, alice, root, price=400)
    for path, body in paths_of(order).items():
        refused = root.post(path, body)
        assert (refused.status_code, code_of(refused)) == (403, "own_order")
    for person, amount in ((alice, 1), (root, 300)):
        do(person, order, "dispute/offer", amount=amount)
    page = root.page(f"/orders/{order['id']}")
    assert page.texts("#order .turn p")[0].startswith("Another admin has to decide")
    assert page.all("#order a[href$='/decide']") == []
    assert root.get(f"/orders/{order['id']}/decide").status_code == 403
    assert ann.page(f"/orders/{order['id']}").texts("#order .turn.mine a.go") == ["Decide"]


def test_the_oldest_dispute_waits_in_front(server: Server, alice: Person, bob: Person, root: Person) -> None:
    """Those that are decided meanwhile move nothing: each is seen once."""
    orders = [disputed(server, alice, bob) for _ in range(4)]
    mine = [order["dispute"]["id"] for order in orders]
    found, cursor = [], ""
    while cursor is not None:
        page = root.get(f"/api/admin/disputes?limit=2{cursor and '&cursor=' + cursor}").json()
        found += [each["id"] for each in page["disputes"]]
        cursor = page["next"]
        if mine[0] in found:
            root.post(f"/api/admin/disputes/{mine[0]}/resolve", {"amount": 0, "note": "So."})
    assert [each for each in found if each in mine] == mine
    assert len(set(found)) == len(found)


def _person(server: Server, name: str) -> Person:
    return Person(server.url, name, f"{name.lower()}-{ObjectId()}@example.test", "correct horse 7")


@pytest.mark.parametrize("how", ["complete", "cancel"])
def test_an_admin_whose_right_has_just_ended_decides_nothing(
    how: str, server: Server, alice: Person, bob: Person, db: Any
) -> None:
    former = _person(server, "Former")
    server.make_admin(former.email)
    db.users.update_one({"email": former.email}, {"$set": {"is_admin": False}})
    order = in_progress(server, alice, bob)
    assert former.post(f"/api/admin/orders/{order['id']}/{how}", {"note": "x"}).status_code == 403
    assert read(alice, order)["status"] == "in_progress"


def test_the_page_says_what_each_decision_means(
    server: Server, alice: Person, bob: Person, root: Person
) -> None:
    """Before it is taken, for everything, for nothing, and for what is typed, in the words of the form."""
    order = disputed(server, alice, bob, price=400)
    page = root.page(f"/orders/{order['id']}/decide")
    for said in (
        "All of it, $400: Bob Bidder receives $360 after the 10% fee, and nothing is refunded.",
        "Nothing, $0: Bob Bidder receives nothing, and $400 is refunded to Alice Owner without a fee.",
    ):
        assert said in page.text.replace(" .", "."), said
    assert page.texts("#amount-net") == [
        "GigFlow’s fee is 10% of what Bob Bidder gets; Alice Owner pays none."
    ]
    asked = page.one("#amount-net").attrs["data-hx-get"] or ""
    part = {
        root: "Bob Bidder receives $90 after the 10% fee, and $300 is refunded to Alice Owner.",
        bob: "At this amount you receive $90 after the 10% fee, and $300 is refunded to Alice Owner.",
        alice: "At this amount Bob Bidder receives $90 after the 10% fee, and $300 is refunded to you.",
    }
    for reader, said in part.items():
        assert live(reader, asked, "100") == said
    for typed in ("401", "10.000", "-1", "much"):
        refused = page.submit("#ask form", amount=typed, note="So.")
        assert live(root, asked, typed) == refused.errors("#ask form")["amount"]
    refused = page.submit("#ask form", amount="100", note="")
    assert [said.replace(" .", ".") for said in refused.texts("#amount-net")] == [part[root]]
    assert "what you get; Alice Owner pays none." in bob.page(f"/orders/{order['id']}/number").text


def live(reader: Person, address: str, typed: str) -> str:
    answer = reader.get(address, params={"amount": typed}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return re.sub(r"</?bdi>", "", answer.text).strip()
