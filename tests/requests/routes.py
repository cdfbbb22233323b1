"""The routes of requests, and of offers for them, in the table of tests/test_routes.py."""

from tests.requests.steps import REQUEST, ask_for, assign, reject
from tests.support.client import Person

Status = int | str
Body = dict[str, object]
SIGN_IN = "sign in"

# For a visitor, a stranger, Bob, Alice and an admin. The requests are Alice's: one waits, one is `{back}` with her, one
# is `{assigned}` to Bob by the offer `{tender}`.
ROUTES: list[tuple[str, str, Body | None, tuple[Status, Status, Status, Status, Status]]] = [
    ("POST", "/api/requests", REQUEST, (401, 201, 201, 201, 201)),
    ("GET", "/api/requests", None, (401, 200, 200, 200, 200)),
    ("GET", "/api/requests/{assigned}", None, (401, 404, 200, 200, 200)),
    ("PATCH", "/api/requests/{request}", {"budget": "600"}, (401, 404, 404, 200, 403)),
    ("POST", "/api/requests/{back}/send", {}, (401, 404, 404, 200, 403)),
    ("POST", "/api/requests/{assigned}/take-back", None, (401, 404, 403, 200, 403)),
    ("POST", "/api/requests/{request}/cancel", None, (401, 404, 404, 200, 403)),
    ("POST", "/api/requests/{request}/open-up", {}, (401, 404, 404, 201, 403)),
    ("GET", "/api/admin/requests", None, (401, 403, 403, 403, 200)),
    ("GET", "/api/admin/requests/{assigned}", None, (401, 403, 403, 403, 200)),
    ("POST", "/api/admin/requests/{request}/reject", {"note": "Why?"}, (401, 403, 403, 403, 200)),
    ("POST", "/api/admin/requests/{request}/assign", {}, (401, 403, 403, 403, 400)),
    ("POST", "/api/admin/offers/{tender}/withdraw", {}, (401, 403, 403, 403, 200)),
    ("GET", "/api/offers/{tender}", None, (401, 404, 200, 404, 200)),
    ("POST", "/api/offers/{tender}/accept", {}, (401, 404, 200, 404, 403)),
    ("POST", "/api/offers/{tender}/decline", {}, (401, 404, 200, 404, 403)),
    ("POST", "/api/offers/{tender}/withdraw", None, (401, 404, 403, 404, 200)),
    ("GET", "/requests/new", None, (SIGN_IN, 200, 200, 200, 200)),
    ("POST", "/requests/new", {}, (SIGN_IN, 400, 400, 400, 400)),
    ("GET", "/requests/{assigned}", None, (SIGN_IN, 404, 404, 200, 200)),
    ("GET", "/requests/{request}/edit", None, (SIGN_IN, 404, 404, 200, 403)),
    ("POST", "/requests/{request}/edit", {"title": ""}, (SIGN_IN, 404, 404, 400, 403)),
    ("POST", "/requests/{back}/raise", {"version": "1"}, (SIGN_IN, 404, 404, 409, 403)),
    ("GET", "/requests/{assigned}/take-back", None, (SIGN_IN, 404, 403, 200, 403)),
    ("POST", "/requests/{assigned}/take-back", {}, (SIGN_IN, 404, 403, 303, 403)),
    ("GET", "/requests/{request}/cancel", None, (SIGN_IN, 404, 404, 200, 403)),
    ("POST", "/requests/{request}/cancel", {}, (SIGN_IN, 404, 404, 303, 403)),
    ("GET", "/requests/{request}/open-up", None, (SIGN_IN, 404, 404, 200, 403)),
    ("POST", "/requests/{request}/open-up", {"budget": "500"}, (SIGN_IN, 404, 404, 303, 403)),
    ("GET", "/offers/{tender}", None, (SIGN_IN, 404, 200, 404, 303)),
    ("GET", "/offers/{tender}/accept", None, (SIGN_IN, 404, 200, 404, 403)),
    ("POST", "/offers/{tender}/accept", {"price": "500"}, (SIGN_IN, 404, 303, 404, 403)),
    ("GET", "/offers/{tender}/decline", None, (SIGN_IN, 404, 200, 404, 403)),
    ("POST", "/offers/{tender}/decline", {}, (SIGN_IN, 404, 303, 404, 403)),
]


def request_things(row: str, alice: Person, bob: Person, root: Person) -> dict[str, str]:
    """The requests that a row names, and the offer of one."""
    made = {}
    if "{request}" in row:
        made["{request}"] = ask_for(alice)["id"]
    if "{back}" in row:
        back = ask_for(alice)
        assert reject(root, back).status_code == 200
        made["{back}"] = back["id"]
    if "{assigned}" in row or "{tender}" in row:
        assigned = ask_for(alice)
        (asked,) = assign(root, assigned, bob)
        made |= {"{assigned}": assigned["id"], "{tender}": asked["id"]}
    return made
