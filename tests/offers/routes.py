"""The routes of offers in the table of tests/test_routes.py."""

from tests.invitations.steps import listed
from tests.offers.steps import OFFER, answer_offer, offer
from tests.support.client import Person

Status = int | str
Body = dict[str, object]
SIGN_IN = "sign in"

# For a visitor, a stranger, Bob, Alice and an admin. Alice has sent Bob the offer `{offer}`.
ROUTES: list[tuple[str, str, Body | None, tuple[Status, Status, Status, Status, Status]]] = [
    ("POST", "/api/offers", {**OFFER, "userId": "f" * 24}, (401, 404, 404, 404, 404)),
    ("GET", "/api/offers", None, (401, 200, 200, 200, 200)),
    ("GET", "/api/offers/{offer}", None, (401, 404, 200, 200, 404)),
    ("POST", "/api/offers/{offer}/accept", {}, (401, 404, 200, 403, 404)),
    ("POST", "/api/offers/{offer}/decline", {}, (401, 404, 200, 403, 404)),
    ("POST", "/api/offers/{offer}/withdraw", None, (401, 404, 403, 200, 404)),
    ("POST", "/api/offers/{offer}/counter", OFFER, (401, 404, 201, 403, 404)),
    ("GET", "/offers/new?to={offered}", None, (SIGN_IN, 200, 400, 200, 200)),
    ("POST", "/offers/new?to={offered}", {}, (SIGN_IN, 400, 400, 400, 400)),
    ("GET", "/offers/{offer}", None, (SIGN_IN, 404, 200, 200, 404)),
    ("GET", "/offers/{offer}/accept", None, (SIGN_IN, 404, 200, 403, 404)),
    ("POST", "/offers/{offer}/accept", {"price": "400"}, (SIGN_IN, 404, 303, 403, 404)),
    ("GET", "/offers/{offer}/decline", None, (SIGN_IN, 404, 200, 403, 404)),
    ("POST", "/offers/{offer}/decline", {}, (SIGN_IN, 404, 303, 403, 404)),
    ("GET", "/offers/{offer}/withdraw", None, (SIGN_IN, 404, 403, 200, 404)),
    ("POST", "/offers/{offer}/withdraw", {}, (SIGN_IN, 404, 403, 303, 404)),
    ("GET", "/offers/{offer}/counter", None, (SIGN_IN, 404, 200, 403, 404)),
    ("POST", "/offers/{offer}/counter", {"title": ""}, (SIGN_IN, 404, 400, 403, 404)),
]


def offer_things(row: str, alice: Person, bob: Person) -> dict[str, str]:
    """The offer that a row names, and who got it."""
    if "{offer" not in row:
        return {}
    for person, box, act in ((alice, "sent", "withdraw"), (alice, "received", "decline")):
        for each in person.get(f"/api/offers?state=open&box={box}").json()["offers"]:  # of the rows before
            answer_offer(person, each, act)
    return {"{offer}": offer(alice, listed(bob))["id"], "{offered}": bob.id}
