"""What somebody may try with offers who is not meant to: files of others, forged forms, odd bodies."""

from typing import Any

import pytest

from tests.files.test_files_of_jobs import fetched, ids_of, upload
from tests.invitations.steps import listed
from tests.offers.steps import answer_offer, offer, try_to_offer
from tests.support.client import Person


@pytest.mark.parametrize("kind", ["order", "offer"])
def test_nobody_else_gets_what_somebody_sent(alice: Person, bob: Person, charlie: Person, kind: str) -> None:
    """`like` names something of the same two people: Bob's file does not go on to Charlie."""
    listed(charlie)
    file = upload(bob)
    back = answer_offer(bob, offer(alice, listed(bob)), "counter", price=450, fileIds=ids_of(file)).json()
    order = answer_offer(alice, back, "accept").json()["order"]
    like = {"kind": kind, "id": order["id"] if kind == "order" else back["id"]}
    refused = try_to_offer(alice, charlie, fileIds=ids_of(file), like=like)
    assert (refused.status_code, [*refused.json()["error"]["fields"]]) == (400, ["like"])
    assert fetched(file, alice, bob, charlie) == [200, 200, 404]
    assert offer(alice, bob, fileIds=ids_of(file), like=like)["files"][0]["id"] == file["id"]


def test_an_admin_shares_no_files_of_an_order_of_others(
    alice: Person, bob: Person, charlie: Person, root: Person
) -> None:
    file = upload(alice)
    order = answer_offer(bob, offer(alice, listed(bob), fileIds=ids_of(file)), "accept").json()["order"]
    like = {"kind": "order", "id": order["id"]}
    assert try_to_offer(root, listed(charlie), fileIds=ids_of(file), like=like).status_code == 400
    form = root.page(f"/offers/new?to={charlie.id}&like={order['id']}").values("#offer-form")
    assert (form["title"], fetched(file, charlie)) == ("", [404])


def test_files_of_others_are_no_files_of_an_offer(alice: Person, bob: Person, charlie: Person) -> None:
    """Neither of what nobody has adopted, nor of an offer that is not the sender's."""
    sent = upload(alice)
    theirs = offer(alice, listed(charlie), fileIds=ids_of(sent))
    loose = upload(charlie)
    for ids, like in ((ids_of(loose), None), (ids_of(sent), {"kind": "offer", "id": theirs["id"]})):
        more: dict[str, Any] = {"like": like} if like else {}
        answer = try_to_offer(bob, charlie, fileIds=ids, **more)
        assert answer.status_code in (400, 409), answer.text
    assert fetched(sent, bob) == [404]


def test_whom_one_has_blocked_gets_no_offer(alice: Person, bob: Person) -> None:
    assert alice.post(f"/api/users/{listed(bob).id}/block").status_code == 200
    refused = try_to_offer(alice, bob)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "you_blocked")
    assert alice.delete(f"/api/users/{bob.id}/block").status_code == 200
    assert try_to_offer(alice, bob).status_code == 201


@pytest.mark.parametrize(
    "terms",
    [
        {"deliveryDays": None, "dueOn": "9999-12-31"},
        {"deliveryDays": None, "dueOn": "0001-01-01"},
        {"price": 10**18},
        {"price": -1},
        {"price": True},
        {"deliveryDays": 10**9},
        {"revisions": -1},
        {"expiresDays": 0},
        {"title": {"$gt": ""}},
        {"title": "\u202e"},
        {"title": "\ud800"},
        {"userId": {"$ne": None}},
        {"userId": None},
        {"side": None},
        {"side": ["client"]},
        {"category": "nothing"},
        {"fileIds": "f" * 24},
        {"fileIds": [{"$ne": None}]},
        {"like": [1]},
        {"like": {"kind": "offer"}},
        {"like": {"kind": ["offer"], "id": "f" * 24}},
        {"like": "offer:" + "f" * 24},
        {"note": 5},
    ],
)
def test_odd_terms_are_refused_at_their_field(alice: Person, bob: Person, terms: dict[str, Any]) -> None:
    answer = try_to_offer(alice, listed(bob), **terms)
    assert answer.status_code in (400, 404) or terms == {"side": None}, answer.text
