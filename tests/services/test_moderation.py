"""Services where an admin looks at them first: what waits, who decides, what the owner is told (docs/states.md)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import PASSWORD, Connect, Join, shared
from tests.services.moderating import approve, reject, row_of
from tests.support.client import Client, Json, Person
from tests.support.images import picture
from tests.support.invariants import Db
from tests.support.market import add_image, code_of, news_of, offer_service, unique_word
from tests.support.operator import disable
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.waiting import wait_for

alice = shared("Alice Owner")
bob = shared("Bob Bidder")


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Server:
    """Everything here happens where services are moderated."""
    return start_server(MODERATE_SERVICES="on")


@pytest.fixture(scope="module")
def root(server: Server) -> Person:
    """An admin for all of these tests."""
    person = Person(server.url, "Root Admin", f"root-{unique_word()}@example.test", PASSWORD)
    server.make_admin(person.email)
    return person


def status_of(owner: Person, service: Json) -> str:
    return str(owner.get(f"/api/gigs/{service['id']}").json()["status"])


def approved(owner: Person, admin: Person, **fields: Any) -> Json:
    """A live service that an admin has seen."""
    answer = approve(admin, offer_service(owner, **fields))
    assert (answer.status_code, answer.json()["status"]) == (200, "live"), answer.text
    body: Json = answer.json()
    return body


def test_what_is_offered_waits(alice: Person, visitor: Client) -> None:
    service = offer_service(alice)
    assert service["status"] == "pending"
    assert visitor.get(f"/api/gigs/{service['id']}").status_code == 404
    assert offer_service(alice, draft=True)["status"] == "draft"


def test_what_was_sent_first_waits_in_front(
    alice: Person, bob: Person, root: Person, visitor: Client, db: Db
) -> None:
    """By the time of sending and not of making; what waits is seen once, whatever is decided meanwhile."""
    db.gigs.delete_many({"status": "pending"})
    services = [offer_service(alice, title=f"Map {number}") for number in range(4)]
    alice.post(f"/api/gigs/{services[0]['id']}/take-back")
    assert alice.post(f"/api/gigs/{services[0]['id']}/publish").status_code == 200
    order = [service["id"] for service in (*services[1:], services[0])]
    first = root.get("/api/admin/services?limit=2").json()
    assert [gig["id"] for gig in first["gigs"]] == order[:2]
    for gig in first["gigs"]:
        approve(root, gig)
    second = root.get(f"/api/admin/services?limit=2&cursor={first['next']}").json()
    assert ([gig["id"] for gig in second["gigs"]], second["next"]) == (order[2:], None)
    for other, status in ((visitor, 401), (bob, 403), (alice, 403)):
        assert other.get("/api/admin/services").status_code == status
    for wrong in ("limit=0", "cursor=x", f"cursor={services[0]['id']}", "cursor=price_1_" + "f" * 24):
        assert root.get(f"/api/admin/services?{wrong}").status_code == 400
    far = "cursor=sent_999999999999999_" + "f" * 24
    assert root.get(f"/api/admin/services?{far}").json()["gigs"] == []


def test_an_edit_keeps_its_place_in_the_queue(alice: Person, root: Person, db: Db) -> None:
    db.gigs.delete_many({"status": "pending"})
    services = [offer_service(alice, title=f"Map {number}") for number in range(2)]
    alice.patch(f"/api/gigs/{services[0]['id']}", {"title": "Atlas"})
    waiting = root.get("/api/admin/services").json()["gigs"]
    assert [gig["title"] for gig in waiting] == ["Atlas", "Map 1"]


def test_an_approved_service_is_found_and_its_owner_told(
    alice: Person, root: Person, visitor: Client, connect: Connect
) -> None:
    word = unique_word()
    service = offer_service(alice, title=word)
    socket = connect(alice)
    assert approve(root, service).json()["status"] == "live"
    wait_for(lambda: visitor.get(f"/api/gigs/search?q={word}").json()["gigs"])
    sentence = f"“{word}” is live now."
    assert news_of(alice, service) == [("service_approved", sentence)]
    told = socket.wait("notification", lambda news: news["gigId"] == service["id"])
    assert (told[0]["message"], told[0]["url"]) == (sentence, f"/gigs/{service['id']}")
    again = approve(root, service, version=service["version"] + 1)
    assert (again.status_code, code_of(again)) == (409, "service_state")
    assert len(news_of(alice, service)) == 1


def test_the_page_follows_what_is_decided_and_what_is_hidden(
    alice: Person, bob: Person, root: Person, visitor: Client, connect: Connect
) -> None:
    """Its owner sees the approval, and who looks at it that it is not on offer any more, and that it is again."""
    service = offer_service(alice, title="Atlas")
    page, gone = f"/gigs/{service['id']}", "This service has been taken off the market."
    sockets = {person: connect(person) for person in (alice, root, bob)}
    for socket in sockets.values():
        socket.send("watch", {"gig": service["id"]})
    for person in (alice, root):
        sockets[person].wait("gig", lambda news: news["status"] == "pending")
    approve(root, service)
    for person in (alice, root):
        sockets[person].wait("gig", lambda news: news["status"] == "live")
    assert [news["status"] for news in sockets[bob].of("gig")] == [""]
    sockets[bob].send("watch", {"gig": service["id"]})
    sockets[bob].wait("gig", lambda news: news["status"] == "live")
    alice.patch(f"/api/gigs/{service['id']}", {"price": 50})
    told = sockets[bob].wait("gig", lambda news: news["status"] != "live", count=2)
    assert told == [{"id": service["id"], "status": "", "stamp": ""}] * 2
    sockets[alice].wait("gig", lambda news: news["status"] == "pending" and news["stamp"] == "3.0")
    for reader in (bob, visitor):
        shown = reader.fragment("GET", f"{page}/live", at=page)
        assert (shown.status, gone in shown.text, "Atlas" in shown.text) == (200, True, False)
        assert shown.one("#service").attrs["data-stamp"] == ""
        assert reader.get(f"{page}/live").status_code == 404
    for reader in (alice, root):
        assert "Atlas" in reader.fragment("GET", f"{page}/live", at=page).text
    # The same is said of what never was there.
    assert gone in visitor.fragment("GET", f"/gigs/{'f' * 24}/live", at=page).text
    approve(root, alice.get(f"/api/gigs/{service['id']}").json())
    sockets[bob].wait("gig", lambda news: news["stamp"] == "4.0")


def test_a_rejected_service_says_why(alice: Person, root: Person) -> None:
    service = offer_service(alice, title="Anything")
    rejected = reject(root, service, note="Say\nwhat you do.")
    assert rejected.status_code == 200, rejected.text
    assert (rejected.json()["status"], rejected.json()["note"]) == ("rejected", "Say\nwhat you do.")
    assert news_of(alice, service) == [
        ("service_rejected", "“Anything” was not approved. See why, change it, and send it again.")
    ]
    assert "Say what you do." in alice.page(f"/gigs/{service['id']}").text
    edited = alice.patch(f"/api/gigs/{service['id']}", {"title": "A map by hand"}).json()
    assert (edited["status"], edited["note"]) == ("rejected", "Say\nwhat you do.")
    again = alice.post(f"/api/gigs/{service['id']}/publish").json()
    assert (again["status"], again["note"]) == ("pending", "")
    live = approve(root, again).json()
    assert (live["status"], live["note"]) == ("live", "")
    assert [event for event, _ in news_of(alice, service)] == ["service_approved", "service_rejected"]


@pytest.mark.parametrize("event", ["approve", "reject"])
def test_only_what_was_seen_is_decided(event: str, alice: Person, root: Person, db: Db) -> None:
    """Naming the version seen: another one is 409, and nobody is told anything."""
    service = offer_service(alice)
    path = f"/api/admin/services/{service['id']}/{event}"
    edited = alice.patch(f"/api/gigs/{service['id']}", {"description": "Something else entirely."}).json()
    assert (edited["status"], edited["version"]) == ("pending", 2)
    before = row_of(db, service)
    for version in (1, 3, 99):
        answer = root.post(path, {"version": version, "note": "x"})
        assert (answer.status_code, code_of(answer)) == (409, "version_changed")
    for version in (0, -1, "x", 1.5, True, {"$gt": 0}, 10**12):
        answer = root.post(path, {"version": version, "note": "x"})
        assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"version"}), version
    assert row_of(db, service) == before
    assert news_of(alice, service) == []
    assert root.post(path, {"version": 2, "note": "x"}).status_code == 200


def test_a_program_may_leave_out_what_it_saw(alice: Person, root: Person) -> None:
    service = offer_service(alice)
    assert root.post(f"/api/admin/services/{service['id']}/approve", {}).json()["status"] == "live"


def test_pictures_are_seen_too(alice: Person, root: Person) -> None:
    """What an admin approves is what was seen: adding, changing, ordering and removing a picture makes it another."""
    service = offer_service(alice)
    path = f"/api/gigs/{service['id']}/images"

    def arrange(images: list[Json]) -> Json:
        body: Json = alice.put(path, {"images": images}).json()
        return body

    changes: list[Callable[[Json], Json]] = [
        lambda seen: add_image(alice, seen, alt="A map"),
        lambda seen: add_image(alice, seen),
        lambda seen: arrange(seen["images"][::-1]),
        lambda seen: arrange([{**image, "alt": "Another"} for image in seen["images"]]),
        lambda seen: arrange(seen["images"][:1]),
    ]
    for change in changes:
        changed = change(service)
        assert changed["version"] > service["version"]
        assert (changed["status"], changed["images"]) != ("pending", service["images"])
        refused = approve(root, service)
        assert (refused.status_code, code_of(refused)) == (409, "version_changed")
        service = changed
    assert arrange(service["images"])["version"] == service["version"]  # as it was
    assert approve(root, service).json()["status"] == "live"


@pytest.mark.parametrize("note", ["", "   ", "\n", None, 5, ["x"], {"$gt": ""}, "x" * 1001])
def test_a_rejection_has_a_reason(note: object, alice: Person, root: Person) -> None:
    service = offer_service(alice)
    answer = root.post(f"/api/admin/services/{service['id']}/reject", {"version": 1, "note": note})
    assert (answer.status_code, answer.json()["error"]["fields"].keys()) == (400, {"note"})
    assert status_of(alice, service) == "pending"
    assert reject(root, service, note="x" * 1000).status_code == 200


@pytest.mark.parametrize("nothing", ["f" * 24, "nonsense", "%00"])
def test_nothing_to_decide(nothing: str, root: Person) -> None:
    for event in ("approve", "reject"):
        answer = root.post(f"/api/admin/services/{nothing}/{event}", {"version": 1, "note": "x"})
        assert answer.status_code == 404


@pytest.mark.parametrize("field", ["title", "description", "price"])
@pytest.mark.parametrize("paused", [False, True])
def test_what_was_approved_is_looked_at_again(
    field: str, paused: bool, alice: Person, root: Person, visitor: Client
) -> None:
    """docs/states.md: an edit of price, title or text of a live or paused one sends it back."""
    word = unique_word()
    service = approved(alice, root, title=word)
    if paused:
        assert alice.post(f"/api/gigs/{service['id']}/pause").status_code == 200
    changed = alice.patch(f"/api/gigs/{service['id']}", {field: 77 if field == "price" else "Another"})
    assert (changed.status_code, changed.json()["status"]) == (200, "pending")
    wait_for(lambda: visitor.get(f"/api/gigs/search?q={word}").json()["gigs"] == [])
    assert approve(root, changed.json()).json()["status"] == "live"


@pytest.mark.parametrize("what", ["skills", "picture", "alt"])
@pytest.mark.parametrize("paused", [False, True])
def test_skills_and_pictures_are_looked_at_again(
    what: str, paused: bool, alice: Person, root: Person, visitor: Client
) -> None:
    """docs/decisions/0023: all that says what it is."""
    offered = add_image(alice, offer_service(alice, skills=["ink"]), alt="A map")
    service = approve(root, offered).json()
    path = f"/api/gigs/{service['id']}"
    if paused:
        assert alice.post(f"{path}/pause").status_code == 200
    changes: dict[str, Callable[[], Json]] = {
        "skills": lambda: alice.patch(path, {"skills": ["ink", "buy now"]}).json(),
        "picture": lambda: add_image(alice, service),
        "alt": lambda: alice.put(
            f"{path}/images", {"images": [{**service["images"][0], "alt": "Buy"}]}
        ).json(),
    }
    assert changes[what]()["status"] == "pending"
    assert visitor.get(path).status_code == 404
    assert approve(root, alice.get(path).json()).json()["status"] == "live"


def test_pictures_in_another_order_or_away_are_not(alice: Person, root: Person) -> None:
    """All that is left to be seen has been seen."""
    offered = offer_service(alice)
    for number in range(3):
        offered = add_image(alice, offered, alt=f"Map {number}")
    path = f"/api/gigs/{offered['id']}"
    images = approve(root, offered).json()["images"]
    for wanted in (images[::-1], images[:2], []):
        answer = alice.put(f"{path}/images", {"images": wanted})
        assert (answer.status_code, answer.json()["status"]) == (200, "live")


def test_a_picture_beside_an_open_form(alice: Person, root: Person) -> None:
    """The owner's own picture is no conflict with what they are typing; another change of the terms is."""
    service = approved(alice, root)
    path = f"/gigs/{service['id']}"
    form = f"form[action='{path}']"
    page = alice.page(f"{path}/edit")
    add_image(alice, service)
    assert page.submit(form, title="Another map").path == path
    assert status_of(alice, service) == "pending"
    late = alice.page(f"{path}/edit")
    assert alice.patch(f"/api{path}", {"revisions": 9}).status_code == 200
    add_image(alice, service)
    assert late.submit(form, title="A third map").status == 409


def test_who_publishes_or_edits_knows_of_the_approval(alice: Person, root: Person) -> None:
    """Before it is done: an admin comes in between."""
    first = "After you publish it, GigFlow reviews it"
    assert first in alice.page("/gigs/new?kind=service").text
    draft = offer_service(alice, draft=True)
    assert first in alice.page(f"/gigs/{draft['id']}/edit").text
    assert "GigFlow reviews it first" in alice.page(f"/gigs/{draft['id']}").text
    path = f"/gigs/{approved(alice, root)['id']}"
    again = "A new title, text, price or skill has to be approved."
    assert again in alice.page(f"{path}/edit").text
    alice.post(f"/api{path}/pause")
    assert "on the market again and no longer paused" in alice.page(f"{path}/edit").text


def test_a_new_picture_takes_it_off_the_market_with_a_word(alice: Person, root: Person) -> None:
    """Before it is added, and where it was."""
    before = "A new picture or description has to be approved; until then the service is hidden."
    after = "This service is awaiting approval and hidden until then."
    service = approved(alice, root)
    page = alice.page(f"/gigs/{service['id']}/edit")
    assert (before in page.text, after in page.text) == (True, False)
    added = alice.post(
        f"/gigs/{service['id']}/images",
        data=page.values(f"form[action='/gigs/{service['id']}']"),
        files={"picture": ("a.png", picture(60, 40))},
        headers={"HX-Request": "true", "HX-Request-Type": "partial"},
    )
    assert (added.status_code, before in added.text, after in added.text) == (200, False, True)


def test_a_decision_beside_an_open_form(alice: Person, root: Person) -> None:
    """An approval and a pause are no change of the terms: neither the form nor its draft is old."""
    service = offer_service(alice)
    path = f"/gigs/{service['id']}"
    form = f"form[action='{path}']"
    page = alice.page(f"{path}/edit")
    approve(root, service)
    alice.post(f"/api{path}/pause")
    draft = alice.page(f"{path}/edit").one(form).attrs["data-draft"]
    assert draft == page.one(form).attrs["data-draft"]
    assert page.submit(form, title="Typed meanwhile").path == path


def test_what_need_not_be_looked_at(alice: Person, root: Person) -> None:
    """Category, days, revisions; and what is sent and the same."""
    service = approved(alice, root, skills=["ink"])
    same = {name: service[name] for name in ("title", "description", "price", "skills")}
    others = {"category": "data", "deliveryDays": 30, "revisions": 0}
    for changes in (same, others, {**same, **others}, {**same, "price": "120.00"}):
        answer = alice.put(f"/api/gigs/{service['id']}", changes)
        assert (answer.status_code, answer.json()["status"]) == (200, "live"), changes
    paused = alice.post(f"/api/gigs/{service['id']}/pause").json()
    assert alice.patch(f"/api/gigs/{service['id']}", others).json()["status"] == paused["status"] == "paused"
    assert alice.post(f"/api/gigs/{service['id']}/resume").json()["status"] == "live"


def test_one_cannot_slip_past_by_pausing(alice: Person, root: Person) -> None:
    """Paused, changed, resumed: it still waits."""
    service = approved(alice, root)
    alice.post(f"/api/gigs/{service['id']}/pause")
    alice.patch(f"/api/gigs/{service['id']}", {"price": 1})
    answer = alice.post(f"/api/gigs/{service['id']}/resume")
    assert (answer.status_code, status_of(alice, service)) == (409, "pending")
    drafted = alice.post(f"/api/gigs/{service['id']}/take-back").json()
    assert drafted["status"] == "draft"
    assert alice.post(f"/api/gigs/{service['id']}/publish").json()["status"] == "pending"


def test_of_many_decisions_one_counts(alice: Person, root: Person) -> None:
    """Two admins at once: one wins, the others hear that it is decided, and the owner is told once."""
    for _ in range(4):
        service = offer_service(alice)
        works = [lambda it=service: approve(root.twin(), it), lambda it=service: reject(root.twin(), it)] * 3
        answers = at_once(works)
        assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
        decided = next(answer.json()["status"] for answer in answers if answer.status_code == 200)
        assert status_of(alice, service) == decided
        event = {"live": "service_approved", "rejected": "service_rejected"}[decided]
        assert [told for told, _ in news_of(alice, service)] == [event]


def test_what_was_not_seen_never_goes_live(alice: Person, root: Person, db: Db) -> None:
    """An edit beside an approval: either the edit waits again, or the approval is refused."""
    for number in range(6):
        service = offer_service(alice, title="Seen")
        edited, decided = at_once(
            [
                lambda it=service, n=number: alice.twin().patch(
                    f"/api/gigs/{it['id']}", {"title": f"Unseen {n}"}
                ),
                lambda it=service: approve(root, it),
            ]
        )
        assert edited.status_code == 200
        assert decided.status_code in (200, 409)
        row = row_of(db, service)
        assert (row["status"], row["title"]) == ("pending", f"Unseen {number}")
        assert len(news_of(alice, service)) == (decided.status_code == 200)


def test_who_is_shut_out_is_not_put_on_the_market(join: Join, root: Person, server: Server) -> None:
    """docs/domain.md, Shutting out: disabling somebody takes their services off the market, also those that wait."""
    nina = join("Nina")
    waiting = offer_service(nina)
    disable(server, nina.email)
    approve(root, waiting)
    shown = Client(server.url).get(f"/api/gigs/search?q={waiting['title']}&limit=100").json()["gigs"]
    assert waiting["id"] not in [gig["id"] for gig in shown]
