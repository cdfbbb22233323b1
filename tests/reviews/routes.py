"""The routes of reviews in the table of tests/test_routes.py: Alice is reviewed by Bob, whose order is {done}."""

Status = int | str
Body = dict[str, object]
SIGN_IN = "sign in"
GOOD: Body = {"rating": "5", "text": "Good."}
THANKS: Body = {"text": "Thanks."}

# For a visitor, a stranger, Bob, Alice and an admin.
ROUTES: list[tuple[str, str, Body | None, tuple[Status, Status, Status, Status, Status]]] = [
    ("POST", "/orders/{done}/review", GOOD, (SIGN_IN, 404, 303, 303, 403)),
    ("POST", "/reviews/{review}/reply", THANKS, (SIGN_IN, 403, 403, 303, 403)),
    ("GET", "/u/{alice}/reviews", None, (200, 200, 200, 200, 200)),
    ("GET", "/gigs/{service}/reviews", None, (200, 200, 200, 200, 200)),
    ("POST", "/api/orders/{done}/review", GOOD, (401, 404, 201, 201, 403)),
    ("GET", "/api/orders/{done}/reviews", None, (401, 404, 200, 200, 200)),
    ("GET", "/api/users/{alice}/reviews", None, (200, 200, 200, 200, 200)),
    ("GET", "/api/gigs/{service}/reviews", None, (200, 200, 200, 200, 200)),
    ("POST", "/api/reviews/{review}/reply", THANKS, (401, 403, 403, 201, 403)),
]
