"""Every route for everybody: anonymous, a stranger, the other party, the owner, an admin (SECURITY 16).

The table names each route of the application once; a route that it does not name fails.
"""

import re
import secrets
from typing import Any

import pytest
import requests
from pymongo.database import Database

from gigflow.web import signed_links
from tests.accounts.routes import ROUTES as ROUTES_OF_ACCOUNTS
from tests.accounts.routes import mailed_token
from tests.bids.routes import ROUTES as ROUTES_OF_BIDS
from tests.chat.routes import ROUTES as ROUTES_OF_CHAT
from tests.chat.routes import chat_things
from tests.conftest import PASSWORD, Join
from tests.help.routes import ROUTES as ROUTES_OF_HELP
from tests.invitations.routes import ROUTES as ROUTES_OF_INVITATIONS
from tests.invitations.routes import invitation_things
from tests.matching.routes import ROUTES as ROUTES_OF_MATCHING
from tests.offers.routes import ROUTES as ROUTES_OF_OFFERS
from tests.offers.routes import offer_things
from tests.orders.routes import ROUTES as ROUTES_OF_ORDERS
from tests.orders.routes import order_things
from tests.reports.routes import ROUTES as ROUTES_OF_REPORTS
from tests.reports.routes import report_things
from tests.requests.routes import ROUTES as ROUTES_OF_REQUESTS
from tests.requests.routes import request_things
from tests.reviews.routes import ROUTES as ROUTES_OF_REVIEWS
from tests.services.routes import ROUTES as ROUTES_OF_GIGS
from tests.support.client import Client, Person
from tests.support.images import picture
from tests.support.market import (
    JOB,
    PIECE,
    SERVICE,
    add_image,
    ask_question,
    change_profile,
    offer_service,
    place_bid,
    post_job,
    put_into,
    show_picture,
)
from tests.support.money import GOOD
from tests.support.server import FORM_SECRET, Server

# Who asks, in the order of the statuses below. Bob has a pending bid on Alice's open job.
WHO = ("visitor", "charlie", "bob", "alice", "root")

SIGN_IN = "sign in"  # pages send a visitor to sign in, and then back

Body = dict[str, object]
Db = Database[dict[str, Any]]
Status = int | str
Unused = dict[frozenset[str], dict[str, str]]  # by the names in braces

PICTURE: Body = {"picture": picture(8, 8)}  # bytes are sent as a file
CARD: Body = {"card_number": GOOD, "expiry": "12 / 34", "cvc": "123", "name": "Bob Bidder"}

# method, path, form or JSON that is right, statuses for WHO. Names in braces are made for each row (`things` below) and
# anew when somebody has used them up; what nobody used up serves the next row of the same names. The job, the services
# (one live, three in the states that name them), the device, the piece and the pictures are Alice's, the bid, the
# question, the delivered file and the review are Bob's, the tokens were mailed to a newcomer.
TABLE: list[tuple[str, str, Body | None, tuple[Status, Status, Status, Status, Status]]] = [
    # pages
    ("GET", "/", None, (200, 200, 200, 200, 200)),
    ("GET", "/jobs", None, (200, 200, 200, 200, 200)),
    ("GET", "/fee", None, (303, 303, 303, 303, 303)),
    ("GET", "/register", None, (200, 303, 303, 303, 303)),
    ("POST", "/register", {}, (400, 400, 400, 400, 400)),
    ("GET", "/login", None, (200, 303, 303, 303, 303)),
    ("POST", "/login", {}, (400, 400, 400, 400, 400)),
    ("POST", "/logout", {}, (303, 303, 303, 303, 303)),
    ("GET", "/gigs/new", None, (200, 200, 200, 200, 200)),
    ("GET", "/gigs", None, (303, 303, 303, 303, 303)),
    ("POST", "/gigs", JOB, (303, 303, 303, 303, 303)),
    ("GET", "/gigs/{gig}", None, (200, 200, 200, 200, 200)),
    ("POST", "/gigs/{gig}", JOB, (SIGN_IN, 403, 403, 303, 403)),
    ("GET", "/gigs/{gig}/live", None, (303, 303, 303, 303, 303)),
    ("GET", "/gigs/{gig}/edit", None, (SIGN_IN, 403, 403, 200, 403)),
    ("GET", "/gigs/{gig}/close", None, (SIGN_IN, 403, 403, 200, 403)),
    ("POST", "/gigs/{gig}/close", {}, (SIGN_IN, 403, 403, 303, 403)),
    ("GET", "/services", None, (200, 200, 200, 200, 200)),
    ("GET", "/people", None, (200, 200, 200, 200, 200)),
    ("GET", "/people/invite", None, (SIGN_IN, 400, 400, 400, 400)),  # nobody is ticked
    ("GET", "/robots.txt", None, (200, 200, 200, 200, 200)),
    ("GET", "/sitemap.xml", None, (200, 200, 200, 200, 200)),
    ("GET", "/sitemaps/pages.xml", None, (200, 200, 200, 200, 200)),
    ("GET", "/sitemaps/{sitemap}.xml", None, (200, 200, 200, 200, 200)),
    ("GET", "/favicon.ico", None, (200, 200, 200, 200, 200)),
    ("GET", "/apple-touch-icon.png", None, (200, 200, 200, 200, 200)),
    ("GET", "/icons/{side}.png", None, (200, 200, 200, 200, 200)),
    ("GET", "/manifest.webmanifest", None, (200, 200, 200, 200, 200)),
    ("GET", "/cards/site.png", None, (200, 200, 200, 200, 200)),
    ("GET", "/cards/gigs/{gig}.png", None, (200, 200, 200, 200, 200)),
    ("GET", "/cards/people/{alice}.png", None, (200, 200, 200, 200, 200)),
    ("POST", "/services", SERVICE, (303, 303, 303, 303, 303)),
    ("GET", "/categories", None, (200, 200, 200, 200, 200)),
    ("GET", "/categories/{slug}", None, (200, 200, 200, 200, 200)),
    ("POST", "/gigs/{draft}/publish", {}, (SIGN_IN, 404, 404, 303, 403)),
    ("POST", "/gigs/{pending}/take-back", {}, (SIGN_IN, 404, 404, 303, 403)),
    ("POST", "/gigs/{service}/pause", {}, (SIGN_IN, 403, 403, 303, 403)),
    ("POST", "/gigs/{paused}/resume", {}, (SIGN_IN, 403, 403, 303, 403)),
    ("GET", "/gigs/{service}/archive", None, (SIGN_IN, 403, 403, 200, 403)),
    ("POST", "/gigs/{service}/archive", {}, (SIGN_IN, 403, 403, 303, 403)),
    ("POST", "/gigs/{service}/images", PICTURE, (SIGN_IN, 403, 403, 303, 403)),
    ("POST", "/services/questions", {"more": "1"}, (200, 200, 200, 200, 200)),
    ("POST", "/gigs/{service}/form/questions", {"more": "1"}, (SIGN_IN, 403, 403, 200, 403)),
    ("GET", "/gigs/{service}/images", None, (SIGN_IN, 403, 403, 303, 403)),
    ("GET", "/gigs/{service}/images/{image}/{change}", None, (SIGN_IN, 403, 403, 303, 403)),
    ("POST", "/gigs/{service}/images/{image}/up", {}, (SIGN_IN, 403, 403, 303, 403)),
    ("POST", "/gigs/{service}/images/{image}/down", {}, (SIGN_IN, 403, 403, 303, 403)),
    ("POST", "/gigs/{service}/images/{image}/remove", {}, (SIGN_IN, 403, 403, 303, 403)),
    ("POST", "/gigs/{service}/questions", {"text": "Which?"}, (SIGN_IN, 303, 303, 403, 303)),
    ("GET", "/gigs/{service}/questions", None, (200, 200, 200, 200, 200)),
    ("POST", "/questions/{question}", {"answer": "This."}, (SIGN_IN, 403, 403, 303, 403)),
    ("POST", "/questions/{question}/remove", {}, (SIGN_IN, 403, 303, 303, 303)),
    ("GET", "/u/{alice}", None, (200, 200, 200, 200, 200)),
    ("GET", "/pictures/{picture}/{size}.webp", None, (200, 200, 200, 200, 200)),
    ("GET", "/skills", None, (303, 303, 303, 303, 303)),
    ("GET", "/hiring", None, (SIGN_IN, 200, 200, 200, 200)),
    ("GET", "/freelancing", None, (SIGN_IN, 200, 200, 200, 200)),
    ("GET", "/notifications", None, (SIGN_IN, 200, 200, 200, 200)),
    ("GET", "/begun/{gig}", None, (SIGN_IN, 404, 404, 404, 404)),
    ("GET", "/begun/{gig}/edit", None, (404, 404, 404, 404, 404)),
    ("POST", "/begun/{gig}", {}, (SIGN_IN, 404, 404, 404, 404)),
    ("POST", "/begun/{gig}/go-on", {}, (SIGN_IN, 404, 404, 404, 404)),
    ("POST", "/begun/{gig}/discard", {}, (404, 404, 404, 404, 404)),
    ("POST", "/first-steps/dismiss", {}, (SIGN_IN, 303, 303, 303, 303)),
    ("POST", "/notifications/read", {}, (SIGN_IN, 303, 303, 303, 303)),
    ("GET", "/turn", None, (SIGN_IN, 303, 303, 303, 303)),
    ("GET", "/notifications/bell", None, (SIGN_IN, 303, 303, 303, 303)),
    ("GET", "/settings", None, (303, 303, 303, 303, 303)),
    ("GET", "/settings/profile", None, (SIGN_IN, 200, 200, 200, 200)),
    (
        "POST",
        "/settings/profile",
        {"name": "Robin", "availability": "limited"},
        (SIGN_IN, 303, 303, 303, 303),
    ),
    ("POST", "/settings/profile/picture", PICTURE, (SIGN_IN, 303, 303, 303, 303)),
    ("POST", "/settings/profile/picture/remove", {}, (SIGN_IN, 303, 303, 303, 303)),
    ("POST", "/settings/profile/back", {}, (SIGN_IN, 303, 303, 303, 303)),
    ("POST", "/settings/profile/availability", {"availability": "available"}, (SIGN_IN, 303, 303, 303, 303)),
    ("POST", "/settings/profile/listed", {}, (SIGN_IN, 303, 303, 303, 303)),
    ("GET", "/settings/portfolio", None, (SIGN_IN, 200, 200, 200, 200)),
    ("GET", "/settings/portfolio/new", None, (SIGN_IN, 200, 200, 200, 200)),
    ("POST", "/settings/portfolio", {**PIECE, **PICTURE}, (SIGN_IN, 303, 303, 303, 303)),
    ("GET", "/settings/portfolio/{piece}", None, (SIGN_IN, 404, 404, 200, 404)),
    ("POST", "/settings/portfolio/{piece}", {**PIECE, **PICTURE}, (SIGN_IN, 404, 404, 303, 404)),
    ("POST", "/settings/portfolio/{piece}/up", {}, (SIGN_IN, 404, 404, 303, 404)),
    ("GET", "/settings/portfolio/{piece}/remove", None, (SIGN_IN, 404, 404, 200, 404)),
    ("POST", "/settings/portfolio/{piece}/remove", {}, (SIGN_IN, 404, 404, 303, 404)),
    # whoever has the link of a letter may stop such letters
    ("GET", "/unsubscribe/{letter}", None, (200, 200, 200, 200, 200)),
    ("POST", "/unsubscribe/{letter}", {}, (200, 200, 200, 200, 200)),
    ("GET", "/settings/notifications", None, (SIGN_IN, 200, 200, 200, 200)),
    ("POST", "/settings/notifications", {"app": "hired"}, (SIGN_IN, 303, 303, 303, 303)),
    *ROUTES_OF_GIGS,
    *ROUTES_OF_BIDS,
    *ROUTES_OF_HELP,
    *ROUTES_OF_CHAT,
    *ROUTES_OF_INVITATIONS,
    *ROUTES_OF_OFFERS,
    *ROUTES_OF_REQUESTS,
    *ROUTES_OF_MATCHING,
    *ROUTES_OF_ACCOUNTS,
    *ROUTES_OF_ORDERS,
    *ROUTES_OF_REVIEWS,
    *ROUTES_OF_REPORTS,
    ("GET", "/api/docs", None, (200, 200, 200, 200, 200)),
    ("GET", "/static/any/css/base.css", None, (200, 200, 200, 200, 200)),
    # the API
    ("GET", "/api/users/{alice}", None, (200, 200, 200, 200, 200)),
    ("GET", "/api/users/profile", None, (401, 200, 200, 200, 200)),
    ("PUT", "/api/users/profile", {"headline": "Maps by hand"}, (401, 200, 200, 200, 200)),
    ("PUT", "/api/users/profile/picture", PICTURE, (401, 200, 200, 200, 200)),
    ("DELETE", "/api/users/profile/picture", None, (401, 200, 200, 200, 200)),
    ("PUT", "/api/users/profile/portfolio/{piece}/picture", PICTURE, (401, 404, 404, 200, 404)),
    ("GET", "/api/gigs", None, (200, 200, 200, 200, 200)),
    ("POST", "/api/gigs", JOB, (401, 201, 201, 201, 201)),
    ("GET", "/api/gigs/search", None, (200, 200, 200, 200, 200)),
    ("GET", "/api/freelancers", None, (200, 200, 200, 200, 200)),
    ("GET", "/api/categories", None, (200, 200, 200, 200, 200)),
    ("GET", "/api/gigs/mine", None, (401, 200, 200, 200, 200)),
    ("GET", "/api/gigs/{gig}", None, (200, 200, 200, 200, 200)),
    ("PUT", "/api/gigs/{gig}", JOB, (401, 403, 403, 200, 403)),
    ("PATCH", "/api/gigs/{gig}", {"budget": 5}, (401, 403, 403, 200, 403)),
    ("DELETE", "/api/gigs/{gig}", None, (401, 403, 403, 200, 403)),
    ("POST", "/api/gigs/{draft}/publish", None, (401, 404, 404, 200, 403)),
    ("POST", "/api/gigs/{pending}/take-back", None, (401, 404, 404, 200, 403)),
    ("POST", "/api/gigs/{service}/pause", None, (401, 403, 403, 200, 403)),
    ("POST", "/api/gigs/{paused}/resume", None, (401, 403, 403, 200, 403)),
    ("POST", "/api/gigs/{service}/images", PICTURE, (401, 403, 403, 201, 403)),
    ("PUT", "/api/gigs/{service}/images", {"images": []}, (401, 403, 403, 200, 403)),
    ("GET", "/api/gigs/{service}/questions", None, (200, 200, 200, 200, 200)),
    ("POST", "/api/gigs/{service}/questions", {"text": "Which?"}, (401, 201, 201, 403, 201)),
    ("PUT", "/api/questions/{question}", {"answer": "This."}, (401, 403, 403, 200, 403)),
    ("DELETE", "/api/questions/{question}", None, (401, 403, 200, 200, 200)),
    ("GET", "/api/notifications", None, (401, 200, 200, 200, 200)),
    ("POST", "/api/notifications/read", None, (401, 200, 200, 200, 200)),
    ("GET", "/api/notifications/choices", None, (401, 200, 200, 200, 200)),
    ("PUT", "/api/notifications/choices", {"choices": {}}, (401, 200, 200, 200, 200)),
    ("POST", "/api/files", {"file": picture(8, 8)}, (401, 201, 201, 201, 201)),
    ("GET", "/api/files/{file}", None, (401, 404, 200, 200, 200)),
    ("GET", "/api/files/{file}/preview", None, (401, 404, 404, 404, 404)),  # it is no picture
    # whoever has the link of a checkout may pay there
    ("GET", "/sandbox/checkout/{checkout}", None, (200, 200, 200, 200, 200)),
    ("POST", "/sandbox/checkout/{checkout}", CARD, (303, 303, 303, 303, 303)),
    ("POST", "/api/sandbox/checkout/{checkout}", {"cardNumber": GOOD}, (200, 200, 200, 200, 200)),
    ("GET", "/api/openapi.json", None, (200, 200, 200, 200, 200)),
    ("GET", "/healthz", None, (200, 200, 200, 200, 200)),
    ("GET", "/readyz", None, (200, 200, 200, 200, 200)),
]
# Other rows may have filled the balance of a person of the table.
EMPTY_BALANCE = ("GET", "/settings/payouts/withdraw")
# Who asked is signed out afterwards or has another password, so everybody asks as somebody of their own.
SIGNS_OUT = {
    ("POST", "/logout"),
    ("POST", "/api/auth/logout"),
    ("POST", "/reset/{reset}"),
    ("POST", "/settings/password"),
    ("PATCH", "/api/auth/password"),
    ("POST", "/settings/account/delete"),
    ("DELETE", "/api/auth/account"),
}
TOKENS = ("{reset}", "{confirm}")
# Other rows block those who talk, end offers, and change what a person has once: each row has these made.
NOT_FOR_LONG = {"{talk}", "{said}", "{offer}", "{offered}", "{device}", "{piece}", "{picture}", "{email}"}
NOT_FOR_LONG |= {*TOKENS}


def _shape(path: str) -> str:
    if path.startswith("/static/"):
        return "/static/*"
    parts = path.partition("?")[0].split("/")
    return "/".join("*" if part.startswith(("{", "<")) else part for part in parts)


def test_the_table_names_every_route(server: Server) -> None:
    """A new route has no right to stay untested."""
    there = {(method, _shape(rule)) for method, rule in server.routes()}
    assert there == {(method, _shape(path)) for method, path, _, _ in TABLE}


@pytest.fixture(scope="module")
def people(server: Server) -> dict[str, Client]:
    """One of each for the whole table; who signs out by it is somebody else."""
    found: dict[str, Client] = {"visitor": Client(server.url)}
    for name in WHO[1:]:
        found[name] = Person(server.url, name.title(), f"{name}-{server.mongo_db}@example.test", PASSWORD)
    server.make_admin(f"root-{server.mongo_db}@example.test")
    return found


@pytest.fixture(scope="module")
def unused() -> Unused:
    """What rows had made and nobody has used up: neither reading nor what is refused changes a thing."""
    return {}


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"), TABLE, ids=lambda value: value if isinstance(value, str) else ""
)
def test_who_may_do_what(
    method: str,
    path: str,
    body: Body | None,
    expected: tuple[Status, ...],
    people: dict[str, Client],
    join: Join,
    db: Db,
    unused: Unused,
) -> None:
    """SECURITY 16."""
    found: dict[str, Status] = {}
    row = f"{path} {body}"
    names = frozenset(re.findall(r"{\w+}", row))
    ids = unused.pop(names, None)
    for name in WHO:
        ids = ids or things(row, people, join, db)
        of_their_own = name != "visitor" and (method, path) in {*SIGNS_OUT, EMPTY_BALANCE}
        answer = ask(join() if of_their_own else people[name], method, path, body, ids)
        sent_to_sign_in = answer.headers.get("Location", "").startswith("/login?next=")
        found[name] = SIGN_IN if sent_to_sign_in else answer.status_code
        if method != "GET" and answer.ok and not sent_to_sign_in:
            ids = None  # used up
    if ids and names and not names & NOT_FOR_LONG:
        unused[names] = ids
    assert found == dict(zip(WHO, expected, strict=True))


def things(row: str, people: dict[str, Any], join: Join, db: Db) -> dict[str, str]:
    """What a row names in braces."""
    alice: Person = people["alice"]
    made = {
        "{alice}": alice.id,
        "{size}": "small",
        "{slug}": "data",
        "{side}": "192",
        "{topic}": "fees",
        "{sitemap}": f"job-{'0' * 24}",
        "{change}": "up",
        "{decision}": "take-down",
        "{email}": f"new-{secrets.token_hex(6)}@example.test",
    }
    if "{gig}" in row or "{bid}" in row:
        gig = post_job(alice)
        made |= {"{gig}": gig["id"], "{bid}": place_bid(people["bob"], gig)["id"]}
    made |= service_things(row, alice, people["bob"], db)
    made |= order_things(row, alice, people["bob"], db)
    made |= chat_things(row, alice, people["bob"])
    made |= report_things(row, alice, people["bob"])
    made |= invitation_things(row, alice, people["bob"])
    made |= offer_things(row, alice, people["bob"])
    made |= request_things(row, alice, people["bob"], people["root"])
    if "{device}" in row:
        made["{device}"] = second_device(alice)
    if "{piece}" in row:
        made["{piece}"] = change_profile(alice, portfolio=[PIECE])["portfolio"][0]["id"]
    if "{picture}" in row:
        made["{picture}"] = show_picture(alice)["small"].split("/")[2]
    if "{letter}" in row:
        made["{letter}"] = signed_links.sign(FORM_SECRET, signed_links.STOP_LETTERS, [alice.id, "hired"])
    if "{reset}" in row:
        made["{reset}"] = mailed_token(db, join(), "reset")
    if "{confirm}" in row:
        made["{confirm}"] = mailed_token(db, join(), "email")
    return made


def service_things(row: str, alice: Person, bob: Person, db: Db) -> dict[str, str]:
    """The services that a row names, and what belongs to them."""
    made = {}
    for name in ("{draft}", "{pending}", "{paused}"):
        if name in row:
            made[name] = put_into(db, offer_service(alice), name.strip("{}"))["id"]
    if "{service}" in row or "{question}" in row:
        service = offer_service(alice)
        made["{service}"] = service["id"]
        if "{image}" in row:
            made["{image}"] = add_image(alice, service)["images"][0]["id"]
        if "{question}" in row:
            made["{question}"] = ask_question(bob, service)["id"]
    return made


def second_device(person: Person) -> str:
    """The id of another device of this person."""
    program = Client(person.url)
    assert program.post("/api/auth/login", person.credentials).status_code == 200
    devices = program.get("/api/auth/sessions").json()["sessions"]
    return next(device["id"] for device in devices if device["current"])


def ask(client: Client, method: str, path: str, body: Body | None, ids: dict[str, str]) -> requests.Response:
    """Send JSON or files to the API, and a form with its token to a page."""
    path = filled(path, ids)
    texts = {key: filled(value, ids) for key, value in (body or {}).items() if not isinstance(value, bytes)}
    files = {
        key: ("me.png", value, "image/png") for key, value in (body or {}).items() if isinstance(value, bytes)
    }
    if method == "GET":
        return client.get(path)
    if not path.startswith("/api/"):
        return client.request(method, path, data={**texts, "csrf_token": client.form_token()}, files=files)
    return client.request(method, path, None if files else texts or None, files=files)


def filled(value: object, ids: dict[str, str]) -> Any:
    """The value with what its braces name."""
    return re.sub(r"{\w+}", lambda name: ids[name[0]], value) if isinstance(value, str) else value


@pytest.mark.parametrize("nothing", ["f" * 24, "nonsense", "0", "F" * 23, "%00", "a" * 500, "💥"])
def test_an_id_that_nothing_has_is_404(nothing: str, people: dict[str, Client]) -> None:
    """docs/api.md, Errors: not there, or a malformed id; never a 500."""
    for method, path, body, _ in TABLE:
        braces = set(re.findall(r"{\w+}", path)) - {*TOKENS}
        if braces:
            person = people["root" if path.startswith("/api/admin/") else "alice"]
            answer = ask(person, method, path, body or {}, dict.fromkeys(braces, nothing))
            assert answer.status_code == 404, (method, path)


@pytest.mark.parametrize("nothing", ["f" * 32, "nonsense", "%00", "a" * 500, "💥", "%ff"])
def test_a_token_that_nobody_was_sent_opens_nothing(nothing: str, people: dict[str, Client]) -> None:
    """It is not told from one that has run out: the page says so, and sending its form does nothing."""
    for method, path, body, _ in TABLE:
        if any(each in path for each in TOKENS):
            answer = ask(people["visitor"], method, path, body, dict.fromkeys(TOKENS, nothing))
            assert answer.status_code == (200 if method == "GET" else 400), (method, path)
