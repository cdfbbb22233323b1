"""The routes of reports in the table of tests/test_routes.py."""

from tests.reports.steps import reported
from tests.support.client import Person

Status = int | str
Body = dict[str, object]

SIGN_IN = "sign in"
REPORT: Body = {"reason": "spam"}
OF_JOB: Body = {**REPORT, "kind": "gig", "id": "{gig}"}

# For a visitor, a stranger, Bob, Alice and an admin. The job is Alice's, `{report}` is Bob's about her.
ROUTES: list[tuple[str, str, Body | None, tuple[Status, Status, Status, Status, Status]]] = [
    ("GET", "/report/{kind}/{gig}", None, (SIGN_IN, 200, 200, 403, 200)),
    ("POST", "/report/{kind}/{gig}", REPORT, (SIGN_IN, 303, 303, 403, 303)),
    ("POST", "/api/reports", OF_JOB, (401, 201, 201, 403, 201)),
    ("GET", "/api/reports/mine", None, (401, 200, 200, 200, 200)),
    ("GET", "/admin/reports", None, (SIGN_IN, 404, 404, 404, 200)),
    ("GET", "/admin/reports/{report}", None, (SIGN_IN, 404, 404, 404, 200)),
    ("GET", "/api/admin/reports", None, (401, 404, 404, 404, 200)),
    ("GET", "/api/admin/reports/{report}", None, (401, 404, 404, 404, 200)),
    # It has no files.
    ("GET", "/api/admin/reports/{report}/files/{report}", None, (401, 404, 404, 404, 404)),
]


def report_things(row: str, alice: Person, bob: Person) -> dict[str, str]:
    """The report that a row names, and the kind of thing that is reported."""
    if "{report}" not in row:
        return {"{kind}": "gig"}
    seen = bob.get("/api/reports/mine", params={"limit": 100}).json()["reports"]
    known = [each["id"] for each in seen if each["subjectId"] == alice.id]
    return {"{report}": known[0] if known else reported(bob, "person", alice.id)["id"]}
