"""Every route for everybody: anonymous, a stranger, the other party, the owner, an admin (SECURITY 16).

The table names each route of the application once; a route that it does not name fails.
"""

import pytest

from tests.conftest import Join
from tests.support.client import Client, Person
from tests.support.market import BID, JOB, place_bid, post_job
from tests.support.server import Server

pytestmark = pytest.mark.xdist_group("routes")  # one worker, so that its server is started once

# Who asks, in the order of the statuses below. Bob has a pending bid on Alice's open job.
WHO = ("visitor", "charlie", "bob", "alice", "root")

SIGN_IN = 303  # pages send a visitor to sign in; the address is checked below

# method, path ({gig} and {bid} are Alice's and Bob's), form or JSON that is right, statuses for WHO
TABLE: list[tuple[str, str, dict[str, object] | None, tuple[int, int, int, int, int]]] = [
    # pages
    ("GET", "/", None, (200, 200, 200, 200, 200)),
    ("GET", "/jobs", None, (200, 200, 200, 200, 200)),
    ("GET", "/register", None, (200, 303, 303, 303, 303)),
    ("POST", "/register", {}, (400, 400, 400, 400, 400)),
    ("GET", "/login", None, (200, 303, 303, 303, 303)),
    ("POST", "/login", {}, (400, 400, 400, 400, 400)),
    ("POST", "/logout", {}, (303, 303, 303, 303, 303)),
    ("GET", "/gigs/new", None, (SIGN_IN, 200, 200, 200, 200)),
    ("GET", "/gigs", None, (303, 303, 303, 303, 303)),
    ("POST", "/gigs", JOB, (SIGN_IN, 303, 303, 303, 303)),
    ("GET", "/gigs/{gig}", None, (200, 200, 200, 200, 200)),
    ("POST", "/gigs/{gig}", JOB, (SIGN_IN, 403, 403, 303, 403)),
    ("GET", "/gigs/{gig}/live", None, (303, 303, 303, 303, 303)),
    ("GET", "/gigs/{gig}/edit", None, (SIGN_IN, 403, 403, 200, 403)),
    ("GET", "/gigs/{gig}/close", None, (SIGN_IN, 403, 403, 200, 403)),
    ("POST", "/gigs/{gig}/close", {}, (SIGN_IN, 403, 403, 303, 403)),
    ("GET", "/gigs/{gig}/bids", None, (303, 303, 303, 303, 303)),
    ("POST", "/gigs/{gig}/bids", BID, (SIGN_IN, 303, 409, 403, 303)),
    ("GET", "/hiring", None, (SIGN_IN, 200, 200, 200, 200)),
    ("GET", "/freelancing", None, (SIGN_IN, 200, 200, 200, 200)),
    ("GET", "/bids/{bid}/edit", None, (SIGN_IN, 404, 200, 403, 404)),
    ("GET", "/bids/{bid}", None, (SIGN_IN, 404, 303, 403, 404)),
    ("POST", "/bids/{bid}", BID, (SIGN_IN, 404, 303, 403, 404)),
    ("GET", "/bids/{bid}/withdraw", None, (SIGN_IN, 404, 200, 403, 404)),
    ("POST", "/bids/{bid}/withdraw", {}, (SIGN_IN, 404, 303, 403, 404)),
    ("GET", "/bids/{bid}/hire", None, (SIGN_IN, 403, 403, 200, 403)),
    ("POST", "/bids/{bid}/hire", {}, (SIGN_IN, 403, 403, 303, 403)),
    ("GET", "/notifications", None, (SIGN_IN, 200, 200, 200, 200)),
    ("POST", "/notifications/read", {}, (SIGN_IN, 303, 303, 303, 303)),
    ("GET", "/notifications/bell", None, (SIGN_IN, 303, 303, 303, 303)),
    ("GET", "/api/docs", None, (200, 200, 200, 200, 200)),
    ("GET", "/static/css/base.css", None, (200, 200, 200, 200, 200)),
    # the API
    ("POST", "/api/auth/register", {}, (400, 400, 400, 400, 400)),
    ("POST", "/api/auth/login", {}, (400, 400, 400, 400, 400)),
    ("POST", "/api/auth/logout", None, (200, 200, 200, 200, 200)),
    ("POST", "/api/auth/refresh", None, (401, 200, 200, 200, 200)),
    ("GET", "/api/auth/me", None, (401, 200, 200, 200, 200)),
    ("GET", "/api/gigs", None, (200, 200, 200, 200, 200)),
    ("POST", "/api/gigs", JOB, (401, 201, 201, 201, 201)),
    ("GET", "/api/gigs/mine", None, (401, 200, 200, 200, 200)),
    ("GET", "/api/gigs/{gig}", None, (200, 200, 200, 200, 200)),
    ("PUT", "/api/gigs/{gig}", JOB, (401, 403, 403, 200, 403)),
    ("PATCH", "/api/gigs/{gig}", {"budget": 5}, (401, 403, 403, 200, 403)),
    ("DELETE", "/api/gigs/{gig}", None, (401, 403, 403, 200, 403)),
    ("POST", "/api/bids", {**BID, "gigId": "{gig}"}, (401, 201, 409, 403, 201)),
    ("GET", "/api/bids/{gig}", None, (401, 403, 403, 200, 403)),
    ("GET", "/api/bids/mine", None, (401, 200, 200, 200, 200)),
    ("PATCH", "/api/bids/{bid}", {"price": 5}, (401, 404, 200, 403, 404)),
    ("PATCH", "/api/bids/{bid}/withdraw", None, (401, 404, 200, 403, 404)),
    ("PATCH", "/api/bids/{bid}/hire", None, (401, 403, 403, 200, 403)),
    ("GET", "/api/notifications", None, (401, 200, 200, 200, 200)),
    ("POST", "/api/notifications/read", None, (401, 200, 200, 200, 200)),
    ("GET", "/api/openapi.json", None, (200, 200, 200, 200, 200)),
    ("GET", "/healthz", None, (200, 200, 200, 200, 200)),
    ("GET", "/readyz", None, (200, 200, 200, 200, 200)),
]
SIGNS_OUT = {"/logout", "/api/auth/logout"}


def _shape(path: str) -> str:
    if path.startswith("/static/"):
        return "/static/*"
    return "/".join("*" if part.startswith(("{", "<")) else part for part in path.split("/"))


def test_the_table_names_every_route(server: Server) -> None:
    """A new route has no right to stay untested."""
    there = {(method, _shape(rule)) for method, rule in server.routes()}
    assert there == {(method, _shape(path)) for method, path, _, _ in TABLE}


@pytest.fixture(scope="module")
def people(server: Server) -> dict[str, Client]:
    """One of each for the whole table; who signs out by it is somebody else."""
    found: dict[str, Client] = {"visitor": Client(server.url)}
    for name in WHO[1:]:
        found[name] = Person(
            server.url, name.title(), f"{name}-{server.mongo_db}@example.test", "correct horse 7"
        )
    assert server.command("gigflow", "admin", f"root-{server.mongo_db}@example.test").returncode == 0
    return found


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"), TABLE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_who_may_do_what(
    method: str,
    path: str,
    body: dict[str, object] | None,
    expected: tuple[int, ...],
    people: dict[str, Client],
    join: Join,
) -> None:
    """SECURITY 16."""
    found = {}
    for name in WHO:
        gig = post_job(people["alice"])
        bid = place_bid(people["bob"], gig)
        ids = {"{gig}": gig["id"], "{bid}": bid["id"]}
        asks: Client = join() if path in SIGNS_OUT and name != "visitor" else people[name]
        answer = ask(
            asks, method, filled(path, ids), {key: filled(value, ids) for key, value in (body or {}).items()}
        )
        found[name] = answer.status_code
        if name == "visitor" and answer.status_code == 303 and expected[1] != 303:
            assert answer.headers["Location"].startswith("/login?next=")
    assert found == dict(zip(WHO, expected, strict=True))


def filled(value: object, ids: dict[str, str]) -> str:
    text = str(value)
    for name, found in ids.items():
        text = text.replace(name, found)
    return text


def ask(client: Client, method: str, path: str, body: dict[str, str]):  # type: ignore[no-untyped-def]
    """Send JSON to the API and a form with its token to a page."""
    if path.startswith("/api/"):
        return client.request(method, path, body or None)
    if method == "GET":
        return client.get(path)
    return client.request(method, path, data={**body, "csrf_token": client.form_token()})


@pytest.mark.parametrize("nothing", ["f" * 24, "nonsense", "0", "F" * 23, "%00", "a" * 500, "💥"])
def test_an_id_that_nothing_has_is_404(nothing: str, people: dict[str, Client]) -> None:
    """API.md, 404: not there, or a malformed id; never a 500."""
    for method, path, body, _ in TABLE:
        if "{" not in path:
            continue
        answer = ask(people["alice"], method, filled(path, {"{gig}": nothing, "{bid}": nothing}), body or {})  # type: ignore[arg-type]
        assert answer.status_code == 404, (method, path)
