"""The routes of help in the table of tests/test_routes.py."""

Status = int | str
Body = dict[str, object]

# For a visitor, a stranger, Bob, Alice and an admin.
ROUTES: list[tuple[str, str, Body | None, tuple[Status, Status, Status, Status, Status]]] = [
    ("GET", "/help", None, (200, 200, 200, 200, 200)),
    ("GET", "/help/{topic}", None, (200, 200, 200, 200, 200)),
    ("GET", "/about", None, (200, 200, 200, 200, 200)),
    ("GET", "/terms", None, (200, 200, 200, 200, 200)),
    ("GET", "/privacy", None, (200, 200, 200, 200, 200)),
    ("GET", "/contact", None, (200, 200, 200, 200, 200)),
]
