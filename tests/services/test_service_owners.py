"""What happens to services with their owners: names, availability, leaving; and who looks at them."""

from contextlib import closing

import pytest
from bson import ObjectId

from gigflow.turn.models import READ_MAX
from gigflow.web.sections import ROWS
from tests.conftest import Connect, Join
from tests.services.moderating import STATES, row_of
from tests.support.client import Client, Json, Person
from tests.support.invariants import Db, check_services
from tests.support.market import SERVICE, add_image, change_profile, offer_service, put_into, unique_word
from tests.support.money import buy
from tests.support.operator import disable, enable
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.ticks import do_house
from tests.support.waiting import wait_for


def search(client: Client, query: str) -> list[str]:
    """The ids that a search finds."""
    answer = client.get(f"/api/gigs/search?{query}")
    assert answer.status_code == 200, answer.text
    return [gig["id"] for gig in answer.json()["gigs"]]


def views(owner: Person, service: Json) -> str:
    """What the page says to its owner."""
    (line,) = [text for text in owner.page(f"/gigs/{service['id']}").texts(".turn .meta") if "view" in text]
    return line


def test_an_open_page_hears_of_an_order(alice: Person, bob: Person, connect: Connect) -> None:
    """The owner's page is told that there is something new on it, and a stranger cannot read from it how much."""
    service = offer_service(alice)
    before = alice.page(f"/gigs/{service['id']}").one("#service").attrs["data-stamp"]
    socket = connect(alice)
    socket.send("watch", {"gig": service["id"]})
    socket.wait("gig", lambda news: news["stamp"] == before)
    assert buy(bob, service).status_code == 201
    socket.wait("gig", lambda news: news["stamp"] != before)
    assert "1 order" in views(alice, service)


def test_a_new_name_stands_at_once_everywhere(alice: Person, visitor: Client) -> None:
    """docs/decisions/0003."""
    word = unique_word()
    service, draft = offer_service(alice, title=word), offer_service(alice, draft=True)
    assert search(visitor, f"q={word}") == [service["id"]]
    change_profile(alice, name="Alice Newname")
    listed = visitor.get(f"/api/gigs/search?q={word}").json()["gigs"][0]
    assert listed["owner"]["name"] == visitor.get(f"/api/gigs/{service['id']}").json()["owner"]["name"]
    assert listed["owner"]["name"] == "Alice Newname"
    assert alice.get(f"/api/gigs/{draft['id']}").json()["owner"]["name"] == "Alice Newname"
    for path in (f"/services?q={word}", f"/gigs/{service['id']}"):
        assert "Alice Newname" in visitor.page(path).text


def test_availability_is_searched_for_as_it_is(alice: Person, bob: Person, visitor: Client) -> None:
    word = unique_word()
    change_profile(bob, availability="unavailable")
    services = [offer_service(owner, title=word) for owner in (alice, alice, bob)]
    of_alice = [services[1]["id"], services[0]["id"]]
    assert search(visitor, f"q={word}&available=true") == of_alice
    assert search(visitor, f"q={word}") == [services[2]["id"], *of_alice]
    change_profile(alice, availability="limited")
    assert search(visitor, f"q={word}&available=true") == []
    change_profile(bob, availability="available")
    assert search(visitor, f"q={word}&available=true") == [services[2]["id"]]
    change_profile(alice, availability="available")
    assert search(visitor, f"q={word}&available=true") == [services[2]["id"], *of_alice]
    assert search(visitor, f"q={word}&available=false") == [services[2]["id"], *of_alice]


def test_an_offer_beside_a_new_availability(join: Join, db: Db) -> None:
    """The copy in the service is the owner's, whichever came first."""
    for _ in range(6):
        nina = join("Nina")
        service, _ = at_once(
            [
                lambda who=nina: offer_service(who.twin()),
                lambda who=nina: change_profile(who, availability="unavailable"),
            ]
        )
        assert row_of(db, service)["owner_availability"] == "unavailable"


def test_who_leaves_takes_their_services_along(
    server: Server, alice: Person, visitor: Client, db: Db
) -> None:
    """docs/domain.md, Leaving: deleting is for good."""
    word = unique_word()
    services = {state: put_into(db, offer_service(alice, title=word), state) for state in STATES}
    pictures = add_image(alice, services["live"])["images"]
    assert alice.delete("/api/auth/account", {"password": alice.password}).status_code == 200
    for service in services.values():
        row = row_of(db, service)
        assert (row["status"], row["images"], row["owner_name"]) == ("archived", [], "Somebody who left")
        assert visitor.get(f"/api/gigs/{service['id']}").status_code == 404
        check_services(db, service["id"])
    wait_for(lambda: search(visitor, f"q={word}") == [])
    do_house(server.house)  # which sweeps
    wait_for(
        lambda: {visitor.get(address).status_code for address in pictures[0]["picture"].values()} == {404}
    )


def test_an_offer_beside_leaving(join: Join, db: Db) -> None:
    """Nothing is offered by somebody who is not there, whichever came first."""
    for _ in range(5):
        nina = join("Nina")
        draft, tabs = offer_service(nina, draft=True), [nina.twin() for _ in range(4)]
        gone, *others = at_once(
            [
                lambda who=nina: who.delete("/api/auth/account", {"password": who.password}),
                *[lambda tab=tab: tab.post("/api/gigs", {**SERVICE, "kind": "service"}) for tab in tabs[1:]],
                lambda tab=tabs[0], it=draft: tab.post(f"/api/gigs/{it['id']}/publish"),
            ]
        )
        assert gone.status_code == 200
        assert {answer.status_code for answer in others} <= {200, 201, 401, 404, 409}
        assert {row["status"] for row in db.gigs.find({"owner_id": ObjectId(nina.id)})} == {"archived"}


def test_who_is_shut_out_is_not_offered(join: Join, visitor: Client, server: Server, db: Db) -> None:
    """docs/domain.md, Shutting out: disabling pauses; when it was a mistake, its owner resumes."""
    nina = join("Nina")
    word = unique_word()
    services = {state: put_into(db, offer_service(nina, title=word), state) for state in STATES}
    pictures = add_image(nina, services["live"])["images"]
    disable(server, nina.email)
    wait_for(lambda: search(visitor, f"q={word}") == [])
    assert row_of(db, services["live"])["status"] == "paused"
    for state in ("draft", "paused", "rejected", "archived"):
        assert row_of(db, services[state])["status"] == state
    assert visitor.get(pictures[0]["picture"]["small"]).status_code == 200
    assert visitor.page(f"/services?q={word}").texts(".gig-title") == []

    enable(server, nina.email)
    with closing(Client(nina.url)) as device:
        assert device.post("/api/auth/login", nina.credentials).status_code == 200
        assert device.post(f"/api/gigs/{services['live']['id']}/resume").json()["status"] == "live"
    wait_for(lambda: search(visitor, f"q={word}") == [services["live"]["id"]])


def test_others_are_counted_and_its_owner_is_not(alice: Person, bob: Person, visitor: Client, db: Db) -> None:
    """Each once a day, however often they look; and only where a page was shown."""
    service, other = offer_service(alice), offer_service(alice)
    for reader in (alice, bob, visitor, bob, visitor, alice):
        assert reader.request("HEAD", f"/gigs/{service['id']}").status_code == 200
        assert reader.page(f"/gigs/{service['id']}").status == 200
    for _ in range(3):
        assert Client(alice.url, **{"User-Agent": "Another"}).page(f"/gigs/{service['id']}").status == 200
    visitor.request("HEAD", f"/gigs/{other['id']}")
    wait_for(lambda: "3 views" in views(alice, service))
    assert "0 views" in views(alice, other)
    assert "3 views" in alice.page("/freelancing").text
    assert "0 orders" in views(alice, service)
    for reader in (bob, visitor):
        assert not reader.page(f"/gigs/{service['id']}").all(".turn")
    # Programs and lists look at no page.
    visitor.get(f"/api/gigs/{service['id']}")
    visitor.page("/services")
    assert db.gig_views.find_one({"_id": ObjectId(service["id"])})["count"] == 3  # type: ignore[index]


def test_what_is_kept_of_who_looked(alice: Person, bob: Person, visitor: Client, db: Db) -> None:
    """SECURITY 18: neither address nor browser nor account, and no longer than a day; another day counts anew."""
    service = offer_service(alice)
    for reader in (bob, visitor):
        reader.page(f"/gigs/{service['id']}")
    looks = list(db.gig_looks.find({"_id": {"$regex": f"^{service['id']}-[0-9a-f]{{32}}$"}}))
    assert [each.keys() for each in looks] == [{"_id", "at"}] * 2
    assert db.gig_looks.index_information()["expiry"]["expireAfterSeconds"] == 86_400
    db.gig_looks.delete_many({"_id": {"$in": [each["_id"] for each in looks]}})
    visitor.page(f"/gigs/{service['id']}")
    wait_for(lambda: "3 views" in views(alice, service))


def test_many_services_are_shown_in_pages(join: Join, visitor: Client) -> None:
    """Those that are live, behind however many drafts; each once, to its owner with the drafts."""
    nina = join("Nina")
    live = [offer_service(nina, title=f"Live {number}")["title"] for number in range(25)][::-1]
    drafts = [offer_service(nina, title=f"Draft {number}", draft=True)["title"] for number in range(101)][
        ::-1
    ]
    seen: list[str] = []
    address: str | None = f"/u/{nina.id}"
    while address:
        page = visitor.page(address)
        found = page.texts("#services ~ ul .gig-title")
        assert 0 < len(found) <= 12
        seen += found
        address = page.link("More services") if "More services" in page.text else None
    assert seen == live
    own: list[str] = []
    address = "/freelancing"
    while address:
        page = nina.page(address)
        own += page.texts(".gig-title")
        address = page.link("Older services") if "Older services" in page.text else None
    # Of what waits a page comes first, what waits longest of all that the list of turns has; then the newest.
    first = drafts[READ_MAX - ROWS : READ_MAX][::-1]
    assert own == [*first, *(title for title in drafts if title not in first), *live]


def test_what_nobody_may_see_nobody_has_looked_at(alice: Person, bob: Person, root: Person, db: Db) -> None:
    """Nor is an admin's look before it is on the market counted, nor what a browser only fetches in advance."""
    draft = offer_service(alice, draft=True)
    assert bob.page(f"/gigs/{draft['id']}").status == 404
    assert root.page(f"/gigs/{draft['id']}").status == 200
    public = offer_service(alice)
    for purpose in ("prefetch", "prefetch;prerender"):
        page = bob.page(f"/gigs/{public['id']}", headers={"Sec-Purpose": purpose})
        assert (page.status, db.gig_looks.count_documents({"_id": {"$regex": f"^{public['id']}"}})) == (
            200,
            0,
        )
    bob.page(f"/gigs/{public['id']}")
    wait_for(lambda: db.gig_views.count_documents({"_id": ObjectId(public["id"])}))
    assert db.gig_views.count_documents({"_id": ObjectId(draft["id"])}) == 0


@pytest.mark.parametrize("event", ["pause", "resume", "publish", "take-back"])
def test_the_same_twice_at_once_is_done_once(event: str, alice: Person, db: Db) -> None:
    source = {"pause": "live", "resume": "paused", "publish": "draft", "take-back": "pending"}[event]
    service = put_into(db, offer_service(alice), source)
    tabs = [alice.twin() for _ in range(5)]
    answers = at_once([lambda tab=tab: tab.post(f"/api/gigs/{service['id']}/{event}") for tab in tabs])
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert row_of(db, service)["version"] == 2


def test_partial_edits_at_once_lose_nothing(alice: Person, visitor: Client, db: Db) -> None:
    """And it is found by the newest words of each, and by no older ones."""
    old, title, skill, text = (unique_word() for _ in range(4))
    service = offer_service(alice, title=old, skills=[f"{old}s"], description=f"{old}d")
    changes: list[Json] = [
        {"title": title},
        {"skills": [skill]},
        {"description": text},
        {"price": 77},
        {"deliveryDays": 3, "revisions": 9},
        {"category": "data"},
    ]
    path = f"/api/gigs/{service['id']}"
    answers = at_once([lambda change=change: alice.twin().patch(path, change) for change in changes])
    assert {answer.status_code for answer in answers} == {200}
    now = alice.get(f"/api/gigs/{service['id']}").json()
    for change in changes:
        assert now | change == now
    assert (now["version"], row_of(db, service)["version"]) == (7, 7)
    for word in (title, skill, text, title[2:9]):
        assert search(visitor, f"q={word}") == [service["id"]], word
    assert search(visitor, f"q={title}+{skill}+{text}") == [service["id"]]
    assert search(visitor, f"skills={skill}") == [service["id"]]
    assert search(visitor, f"q={old}") == search(visitor, f"skills={old}s") == []


def test_an_edit_beside_a_pause_does_not_bring_it_back(alice: Person, db: Db) -> None:
    for number in range(5):
        service = offer_service(alice)
        edited, paused = at_once(
            [
                lambda it=service, n=number: alice.twin().patch(f"/api/gigs/{it['id']}", {"title": f"T{n}"}),
                lambda it=service: alice.twin().post(f"/api/gigs/{it['id']}/pause"),
            ]
        )
        assert (edited.status_code, paused.status_code) == (200, 200)
        row = row_of(db, service)
        assert (row["status"], row["title"], row["version"]) == ("paused", f"T{number}", 3)


def test_an_edit_beside_an_archiving(alice: Person, db: Db) -> None:
    for _ in range(5):
        service = offer_service(alice)
        edited, archived = at_once(
            [
                lambda it=service: alice.twin().patch(f"/api/gigs/{it['id']}", {"title": "Late"}),
                lambda it=service: alice.twin().delete(f"/api/gigs/{it['id']}"),
            ]
        )
        assert archived.status_code == 200, archived.text
        assert edited.status_code in (200, 409)
        assert row_of(db, service)["status"] == "archived"
