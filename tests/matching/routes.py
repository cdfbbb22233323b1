"""The route of matching in the table of tests/test_routes.py."""

Status = int | str
Body = dict[str, object]

# For a visitor, a stranger, Bob, Alice and an admin.
ROUTES: list[tuple[str, str, Body | None, tuple[Status, Status, Status, Status, Status]]] = [
    ("GET", "/api/admin/freelancers?requestId={request}", None, (401, 403, 403, 403, 200)),
]
