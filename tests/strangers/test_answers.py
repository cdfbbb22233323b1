"""What answers carry for clients of other back ends (docs/api.md, Answers), and what they are without it."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests.conftest import Join
from tests.support.client import Client, Json
from tests.support.images import picture
from tests.support.market import BID, JOB, SERVICE, unique_word
from tests.support.money import in_progress
from tests.support.server import Server

NEW = {"name": "Sally Script", "password": "secret123"}


@pytest.fixture(scope="module")
def tolerant(start_server: Callable[..., Server]) -> Server:
    return start_server(API_ANSWERS="tolerant")


@pytest.fixture(params=["tolerant", "lean"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def here(kind: str, tolerant: Server, server: Server) -> Server:
    """A server that answers in this way."""
    return tolerant if kind == "tolerant" else server


def email() -> str:
    return f"{unique_word()}@example.test"


def bare(read: Json) -> Json:
    """An answer without its additions."""
    return {name: value for name, value in read.items() if name not in ("success", "data", "user")}


class Row:
    """What a row answers, as a client may read it: by `name` an object, by `rows` a list."""

    def __init__(self, answer: requests.Response, name: str = "", rows: str = "") -> None:
        assert answer.ok, answer.text
        self.read: Json = answer.json()
        self.name, self.rows = name, rows

    def check(self, kind: str) -> None:
        if kind == "lean":
            assert not {"success", "data", self.name} & self.read.keys()
        elif self.rows:
            assert self.read["success"] is True
            assert self.read["data"] == self.read[self.rows]
        elif self.name:
            plain = self.read[self.name]
            assert self.read == {
                "success": True,
                **plain,
                self.name: plain,
                "data": {**plain, self.name: plain},
            }
        else:
            plain = {key: value for key, value in self.read.items() if key not in ("success", "data")}
            assert self.read == {"success": True, **plain, "data": plain}


def test_every_row_of_the_seeds(kind: str, here: Server, join: Join) -> None:
    """Seeds 000 and 002: bare, by its name, under `data`, and under `data` by its name."""
    alice, bob = join("Alice Owner", at=here), join("Bob Bidder", at=here)
    gig = alice.post("/api/gigs", JOB)
    gig_id = gig.json()["id"]
    bid = bob.post("/api/bids", {**BID, "gigId": gig_id})
    service = bob.post("/api/gigs", SERVICE)
    checkout = alice.post("/api/payment/checkout", {"gigId": service.json()["id"]})
    order = checkout.json()["order"]["id"]
    rows = [
        Row(gig, "gig"),
        Row(bid, "bid"),
        Row(service, "gig"),
        Row(checkout),
        Row(alice.get("/api/gigs"), rows="gigs"),
        Row(alice.get("/api/gigs/search?facets=1"), rows="gigs"),
        Row(alice.get(f"/api/gigs/{gig_id}"), "gig"),
        Row(alice.put(f"/api/gigs/{gig_id}", {"budget": 501}), "gig"),
        Row(alice.get(f"/api/bids/{gig_id}"), rows="bids"),
        Row(alice.get("/api/auth/me"), "user"),
        Row(alice.get("/api/users/profile"), "user"),
        Row(alice.put("/api/users/profile", {"headline": "Maps"}), "user"),
        Row(alice.put("/api/users/profile/picture", files={"picture": picture(8, 8)}), "user"),
        Row(alice.get(f"/api/users/{bob.id}"), "user"),
        Row(alice.get(f"/api/payment/orders/{order}"), ""),
        Row(alice.get("/api/orders"), rows="orders"),
        Row(alice.get(f"/api/orders/{order}"), "order"),
        Row(bob.patch(f"/api/bids/{bid.json()['id']}"), "bid"),  # confirmed for the job as it is now
        Row(alice.patch(f"/api/bids/{bid.json()['id']}/hire"), ""),
    ]
    for row in rows[:3] + rows[4:]:
        if not row.name and not row.rows and kind == "lean":
            assert "success" not in row.read
            continue
        row.check(kind)


@pytest.mark.parametrize("path", ["/api/auth/register", "/api/users/register"])
def test_signing_up_answers_the_token(kind: str, here: Server, path: str) -> None:
    client = Client(here.url)
    answer = client.post(path, {**NEW, "email": email()})
    assert answer.status_code == 201
    assert ("token" in answer.json()) is (kind == "tolerant" or "users" in path)
    client.close()


def test_what_was_read_can_be_sent_back(tolerant: Server, join: Join) -> None:
    alice = join("Alice Owner", at=tolerant)
    read = alice.post("/api/gigs", JOB).json()
    again = alice.put(f"/api/gigs/{read['id']}", read)
    assert again.status_code == 200
    assert {**bare(again.json()["gig"]), "updatedAt": "", "version": 0} == {
        **bare(read["gig"]),
        "updatedAt": "",
        "version": 0,
    }


def test_a_refusal_names_its_fields(kind: str, here: Server, join: Join) -> None:
    """`message` is all that many clients show."""
    refused = join("Alice Owner", at=here).post("/api/gigs", {**JOB, "budget": -1, "deliveryDays": "x"})
    told = "Budget: this must be more than 0. Delivery days: a whole number from 1 to 365."
    assert refused.status_code == 400
    assert (refused.json()["message"] == told) is (kind == "tolerant")
    assert refused.json()["success"] is False
    assert refused.json()["error"]["fields"].keys() == {"budget", "deliveryDays"}


def test_references_have_both_ids(here: Server, join: Join) -> None:
    alice, bob = join("Alice Owner", at=here), join("Bob Bidder", at=here)
    order = in_progress(here, alice, bob)
    bid = bob.get("/api/bids/mine").json()["bids"][0]
    gig = alice.get(f"/api/gigs/{bid['gigId']}").json()
    for reference in (
        bid["gig"],
        bid["freelancer"],
        gig["owner"],
        order["client"],
        order["freelancer"],
        order["source"],
    ):
        assert reference["_id"] == reference["id"]


def test_copies_of_public_lists_carry_the_same(tolerant: Server, join: Join, visitor: Client) -> None:
    join("Alice Owner", at=tolerant).post("/api/gigs", JOB)
    reader = Client(tolerant.url)
    first, second, third = (reader.get(path) for path in ("/api/gigs", "/api/gigs", "/api/gigs/"))
    assert first.json()["data"] == first.json()["gigs"] != []
    assert first.content == second.content == third.content
    reader.close()


# An address, its method, and the one that it is the same as; `{gig}` is Alice's job, `{bid}` Bob's bid on it.
SAME: list[tuple[str, str, str]] = [
    ("GET", "/api/gigs/my", "/api/gigs/mine"),
    ("GET", "/api/gigs/my-gigs", "/api/gigs/mine"),
    ("GET", "/api/bids/my", "/api/bids/mine"),
    ("GET", "/api/bids/my-bids", "/api/bids/mine"),
    ("GET", "/api/bids/gig/{gig}", "/api/bids/{gig}"),
    ("GET", "/api/gigs/{gig}/", "/api/gigs/{gig}"),
    ("GET", "/api/gigs/search/?q=map", "/api/gigs/search?q=map"),
    ("GET", "/api/auth/me/", "/api/auth/me"),
]


@pytest.mark.parametrize(("method", "path", "same"), SAME, ids=[path for _, path, _ in SAME])
def test_other_addresses(
    method: str, path: str, same: str, tolerant: Server, server: Server, join: Join
) -> None:
    """The same answer for each of the five who ask; not there if answers are lean."""
    alice, bob, charlie = (
        join(name, at=tolerant) for name in ("Alice Owner", "Bob Bidder", "Charlie Stranger")
    )
    root = join("Root Admin", at=tolerant)
    tolerant.make_admin(root.email)
    gig = alice.post("/api/gigs", JOB).json()["id"]
    bob.post("/api/bids", {**BID, "gigId": gig})
    visitor = Client(tolerant.url)
    for who in (visitor, charlie, bob, alice, root):
        one, other = (who.request(method, address.format(gig=gig)) for address in (path, same))
        assert one.status_code == other.status_code
        assert _without_request(one.json()) == _without_request(other.json())
    visitor.close()
    lean = join("Lena Lean", at=server).request(method, path.format(gig=gig))
    assert lean.status_code == 404


def test_hiring_by_put(tolerant: Server, server: Server, join: Join) -> None:
    for here, status in ((tolerant, 200), (server, 405)):
        alice, bob = join("Alice Owner", at=here), join("Bob Bidder", at=here)
        gig = alice.post("/api/gigs", JOB).json()["id"]
        bid = bob.post("/api/bids", {**BID, "gigId": gig}).json()["id"]
        assert bob.put(f"/api/bids/{bid}/hire").status_code == (403 if here is tolerant else 405)
        assert alice.put(f"/api/bids/{bid}/hire").status_code == status


def test_nothing_ends_a_session_by_get(tolerant: Server, join: Join) -> None:
    alice = join("Alice Owner", at=tolerant)
    assert alice.get("/api/auth/logout").status_code == 405
    assert alice.get("/api/auth/me").status_code == 200
    for path in ("/api//auth/me//", "/api/"):
        nothing = alice.get(path)
        assert (nothing.status_code, nothing.json()["success"]) == (404, False)


@pytest.mark.parametrize(
    ("word", "slug"),
    [("Web Development", "web-development"), ("WEB-DEVELOPMENT", "web-development"), ("Other", "other")],
)
def test_a_category_by_its_name(server: Server, join: Join, word: str, slug: str) -> None:
    alice = join("Alice Owner")
    assert alice.post("/api/gigs", {**JOB, "category": word}).json()["category"] == slug
    assert alice.get(f"/api/gigs?category={word}").status_code == 200
    assert alice.post("/api/gigs", {**JOB, "category": "Gardening"}).status_code == 400


@pytest.mark.parametrize("name", ["mine", "me", "ownerId", "owner_id", "clientId", "postedBy"])
def test_nobody_gets_everybodys_gigs_as_their_own(server: Server, join: Join, name: str) -> None:
    """Also not of a copy that was made before."""
    alice = join("Alice Owner")
    for path in ("/api/gigs", "/api/gigs/search"):
        assert alice.get(path).status_code == 200
        refused = alice.get(f"{path}?{name}=true")
        assert refused.status_code == 400
        assert "/api/gigs/mine" in str(refused.json()["error"]["fields"])


def test_the_document_says_what_is_added(here: Server, kind: str) -> None:
    reader = Client(here.url)
    document = reader.get("/api/openapi.json").json()
    row = document["paths"]["/api/gigs/mine"]["get"]
    schema = row["responses"]["200"]["content"]["application/json"]["schema"]
    assert ("allOf" in schema) is (kind == "tolerant")
    assert ("/api/gigs/my-gigs" in row.get("description", "")) is (kind == "tolerant")
    assert "/api/gigs/my" not in document["paths"]
    reader.close()


def _without_request(read: Any) -> Any:
    if "error" in read:
        read["error"].pop("requestId")
    return read
