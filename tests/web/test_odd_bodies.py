"""Odd values where people are found, invited, chosen and briefed: always 400 at the field, whatever it is."""

import re

import pytest

from tests.conftest import shared
from tests.invitations.steps import invite, listed
from tests.orders.test_briefs import answers_to, bought, service_that_asks
from tests.support.client import Json, Person
from tests.support.market import BID, JOB, place_bid, post_job

alice = shared("Alice Owner")
bob = shared("Bob Bidder")

Row = tuple[Person, str, str, Json]
ODD: list[object] = [True, -1.5, 10**400, "\0", "x" * 100_000, [[]], [None], [""], ["\0"], [{}], {"a": 1}]


@pytest.fixture(scope="module")
def rows(alice: Person, bob: Person) -> list[Row]:
    """What takes a body, with one that is right but for the field that is odd."""
    job, asks = post_job(alice), service_that_asks(bob)
    bid, invitation = place_bid(bob, job), invite(alice, post_job(alice), listed(bob))
    order = bought(alice, asks, answers=answers_to(asks, "Blue"))
    brief = {"brief": "A map.", "answers": answers_to(asks, "Red"), "fileIds": []}
    invitations = f"/api/gigs/{job['id']}/invitations"
    return [
        (alice, "POST", invitations, {"freelancerId": "f" * 24, "note": "?"}),
        (alice, "POST", invitations, {"freelancerIds": ["f" * 24]}),
        (bob, "POST", f"/api/invitations/{invitation['id']}/decline", {"reason": "?"}),
        (alice, "PATCH", f"/api/bids/{bid['id']}/decline", {"reason": "?"}),
        (bob, "POST", "/api/chat/replies", {"title": "?", "text": "!"}),
        (alice, "POST", "/api/gigs", {**JOB, "fileIds": []}),
        (alice, "PATCH", f"/api/gigs/{job['id']}", {"fileIds": []}),
        (bob, "POST", "/api/bids", {**BID, "gigId": job["id"], "fileIds": []}),
        (bob, "PATCH", f"/api/bids/{bid['id']}", {"fileIds": []}),
        (alice, "PUT", f"/api/orders/{order['id']}/brief", brief),
        (alice, "POST", "/api/payment/checkout", {"gigId": asks["id"], **brief}),
    ]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:12])
def test_an_odd_value_is_refused_at_its_field(rows: list[Row], odd: object) -> None:
    for person, method, path, body in rows:
        for name in body:
            answer = person.request(method, path, {**body, name: odd})
            if name == "gigId" and answer.status_code == 404:  # a text that is no id is that of nothing
                continue
            assert answer.status_code == 400, (path, name, answer.text)
            fields = answer.json()["error"]["fields"]
            assert {re.split(r"[.\[]", each)[0] for each in fields} == {name}, (path, name, fields)


@pytest.mark.parametrize(
    "body", [b"null", b"[]", b"5", b"{", b"\xff", b'{"note":NaN}', b"[" * 5_000], ids=repr
)
def test_a_body_that_is_no_object_is_refused(rows: list[Row], body: bytes) -> None:
    for person, method, path, _ in rows:
        headers = {"Content-Type": "application/json"}
        assert person.request(method, path, data=body, headers=headers).status_code == 400, path


@pytest.mark.parametrize("odd", ["\0", "9" * 500, "[]", "$gt"])
def test_an_odd_query_is_refused_at_its_field(alice: Person, odd: str) -> None:
    words = {"q", "skills"}
    job = post_job(alice)["id"]
    asked = [
        "q",
        "skills",
        "languages",
        "category",
        "available",
        "minRating",
        "maxFromPrice",
        "sort",
        "limit",
    ]
    queries = [*(("/api/freelancers", name) for name in [*asked, "cursor"]), ("/api/invitations", "state")]
    queries += [(f"/api/gigs/{job}/invitations", name) for name in ("limit", "cursor")]
    queries += [(f"/api/bids/{job}", name) for name in ("sort", "limit", "cursor")]
    for path, name in queries:
        answer = alice.get(path, params={name: odd})
        if name in words and odd in ("[]", "$gt"):
            assert answer.status_code == 200, (path, name)
            continue
        assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, [name]), (path, name)
