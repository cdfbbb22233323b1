"""The routes of bids in the table of tests/test_routes.py: Bob has a pending bid, {bid}, on Alice's open job, {gig}."""

from tests.support.market import BID

Status = int | str
Body = dict[str, object]
SIGN_IN = "sign in"

# For a visitor, a stranger, Bob, Alice and an admin.
ROUTES: list[tuple[str, str, Body | None, tuple[Status, Status, Status, Status, Status]]] = [
    ("GET", "/gigs/{gig}/bids", None, (303, 303, 303, 303, 303)),
    ("POST", "/gigs/{gig}/bids", BID, (SIGN_IN, 303, 409, 403, 303)),
    ("GET", "/gigs/{gig}/compare", None, (SIGN_IN, 403, 403, 200, 403)),
    ("GET", "/bids/{bid}/edit", None, (SIGN_IN, 404, 200, 403, 404)),
    ("GET", "/bids/{bid}", None, (SIGN_IN, 404, 303, 403, 404)),
    ("POST", "/bids/{bid}", BID, (SIGN_IN, 404, 303, 403, 404)),
    ("POST", "/bids/{bid}/confirm", {}, (SIGN_IN, 404, 303, 403, 404)),
    ("GET", "/bids/{bid}/withdraw", None, (SIGN_IN, 404, 200, 403, 404)),
    ("POST", "/bids/{bid}/withdraw", {}, (SIGN_IN, 404, 303, 403, 404)),
    ("GET", "/bids/{bid}/decline", None, (SIGN_IN, 403, 403, 200, 403)),
    ("POST", "/bids/{bid}/decline", {}, (SIGN_IN, 403, 403, 303, 403)),
    ("POST", "/bids/{bid}/reconsider", {}, (SIGN_IN, 403, 403, 409, 403)),
    ("POST", "/bids/{bid}/star", {}, (SIGN_IN, 403, 403, 303, 403)),
    ("POST", "/bids/{bid}/unstar", {}, (SIGN_IN, 403, 403, 303, 403)),
    ("GET", "/bids/{bid}/hire", None, (SIGN_IN, 403, 403, 200, 403)),
    ("POST", "/bids/{bid}/hire", {}, (SIGN_IN, 403, 403, 303, 403)),
    ("POST", "/api/bids", {**BID, "gigId": "{gig}"}, (401, 201, 409, 403, 201)),
    ("GET", "/api/bids/{gig}", None, (401, 403, 403, 200, 403)),
    ("GET", "/api/bids/mine", None, (401, 200, 200, 200, 200)),
    ("PATCH", "/api/bids/{bid}", {"price": 5}, (401, 404, 200, 403, 404)),
    ("PATCH", "/api/bids/{bid}/withdraw", None, (401, 404, 200, 403, 404)),
    ("PATCH", "/api/bids/{bid}/hire", None, (401, 403, 403, 200, 403)),
    ("PATCH", "/api/bids/{bid}/decline", None, (401, 403, 403, 200, 403)),
    ("PATCH", "/api/bids/{bid}/reconsider", None, (401, 403, 403, 409, 403)),
    ("PUT", "/api/bids/{bid}/star", None, (401, 403, 403, 200, 403)),
    ("DELETE", "/api/bids/{bid}/star", None, (401, 403, 403, 200, 403)),
]
