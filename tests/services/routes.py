"""What admins decide about services, in the table of tests/test_routes.py."""

Status = int | str
Body = dict[str, object]
SIGN_IN = "sign in"
DOWN: Body = {"version": "1", "note": "Not allowed here."}

# For a visitor, a stranger, Bob, Alice (whose services these are) and an admin.
ROUTES: list[tuple[str, str, Body | None, tuple[Status, Status, Status, Status, Status]]] = [
    ("GET", "/gigs/{service}/moderate/{decision}", None, (SIGN_IN, 403, 403, 403, 200)),
    ("POST", "/gigs/{service}/moderate/{decision}", DOWN, (SIGN_IN, 403, 403, 403, 303)),
    ("GET", "/api/admin/services", None, (401, 403, 403, 403, 200)),
    ("POST", "/api/admin/services/{pending}/approve", {"version": 1}, (401, 403, 403, 403, 200)),
    ("POST", "/api/admin/services/{pending}/reject", {"version": 1, "note": "x"}, (401, 403, 403, 403, 200)),
    ("POST", "/api/admin/services/{service}/take-down", {"note": "x"}, (401, 403, 403, 403, 200)),
]
