"""The routes of invitations in the table of tests/test_routes.py."""

from tests.invitations.steps import invite, listed
from tests.support.client import Person
from tests.support.market import post_job

Status = int | str
Body = dict[str, object]
SIGN_IN = "sign in"

# For a visitor, a stranger, Bob, Alice and an admin. Alice has invited Bob to her job `{inviting}`.
ROUTES: list[tuple[str, str, Body | None, tuple[Status, Status, Status, Status, Status]]] = [
    ("POST", "/api/gigs/{inviting}/invitations", {"freelancerIds": ["f" * 24]}, (401, 403, 403, 200, 403)),
    ("GET", "/api/gigs/{inviting}/invitations", None, (401, 403, 403, 200, 403)),
    ("GET", "/api/invitations", None, (401, 200, 200, 200, 200)),
    ("POST", "/api/invitations/{invitation}/decline", {}, (401, 404, 200, 403, 404)),
    ("GET", "/invite", None, (SIGN_IN, 200, 200, 200, 200)),
    ("POST", "/invite", {"people": "f" * 24}, (SIGN_IN, 400, 400, 400, 400)),  # without a job
    ("GET", "/invitations/{invitation}/decline", None, (SIGN_IN, 404, 200, 403, 404)),
    ("POST", "/invitations/{invitation}/decline", {}, (SIGN_IN, 404, 303, 403, 404)),
]


def invitation_things(row: str, alice: Person, bob: Person) -> dict[str, str]:
    """The invitation that a row names, and its job."""
    if "{inviting}" not in row and "{invitation}" not in row:
        return {}
    job = post_job(alice)
    made = invite(alice, job, listed(bob))
    return {"{inviting}": job["id"], "{invitation}": made["id"]}
