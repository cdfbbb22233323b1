"""Services for people, with JavaScript off: offer, edit, show, pause, archive, and what each reader sees."""

import pytest

from tests.conftest import shared
from tests.services.moderating import STATES
from tests.support.client import Client, Json, Page, Person
from tests.support.images import picture
from tests.support.invariants import Db
from tests.support.market import (
    add_image,
    ask_question,
    change_profile,
    offer_service,
    put_into,
    show_picture,
    unique_word,
)

alice = shared("Alice Owner")
bob = shared("Bob Bidder")

FORM = "#service-form"
TYPED = {
    "title": "I draw maps",
    "description": "By hand.\nIn ink.",
    "price": "1,200.50",
    "category": "illustration",
    "skills": "ink, maps",
    "delivery_days": "14",
    "revisions": "3",
}
TOOLS = {
    "draft": {"publish"},
    "pending": {"take-back"},
    "live": {"pause"},
    "rejected": {"publish"},
    "paused": {"resume"},
    "archived": set(),
}


def act(person: Client, service: Json, event: str) -> Page:
    """Press the button of the page."""
    return person.page(f"/gigs/{service['id']}").submit(f"form[action='/gigs/{service['id']}/{event}']")


def stored(owner: Person, page: Page) -> Json:
    """What the API says of the service that a page shows."""
    answer = owner.get(f"/api{page.path.partition('?')[0]}")
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    return body


def test_offering_a_service(alice: Person, visitor: Client) -> None:
    page = alice.page("/gigs/new?kind=service")
    assert page.values(FORM)["delivery_days"] == "7"
    assert page.values(FORM)["revisions"] == "1"
    done = page.submit(FORM, **TYPED)
    assert (done.status, done.one("h1").to_text()) == (200, "I draw maps")
    service = stored(alice, done)
    assert (service["status"], service["price"], service["deliveryDays"]) == ("live", 1200.5, 14)
    assert (service["skills"], service["revisions"]) == (["ink", "maps"], 3)
    assert service["description"] == TYPED["description"]
    seen = visitor.page(done.path)
    for shown in ("$1,200.50", "14 days", "Illustration", "ink", "By hand.", "Alice Owner"):
        assert shown in seen.text
    assert seen.link("Illustration") == "/categories/illustration"
    assert seen.link("ink") == "/services?skills=ink"


def test_a_draft_is_saved_by_its_own_button(alice: Person, visitor: Client) -> None:
    page = alice.page("/gigs/new?kind=service")
    assert page.all(f"{FORM} button[name=draft]")
    draft = page.submit(FORM, **TYPED, draft="1")
    assert stored(alice, draft)["status"] == "draft"
    assert "Only you can see it." in draft.text
    assert visitor.page(draft.path).status == 404
    assert "I draw maps" in alice.page("/freelancing").texts(".gig-title")


def test_a_refused_service_keeps_what_was_typed(alice: Person) -> None:
    wrong = {
        **TYPED,
        "title": " ",
        "price": "a lot",
        "delivery_days": "soon",
        "revisions": "21",
        "skills": "x" * 41,
    }
    refused = alice.page("/gigs/new?kind=service").submit(FORM, **wrong)
    assert refused.status == 400
    assert refused.errors(FORM).keys() == {"title", "price", "delivery_days", "revisions", "skills"}
    kept = refused.values(FORM)
    for name in wrong.keys() - {"title"}:
        assert kept[name] == wrong[name], name
    assert len(refused.all(f"{FORM} [autofocus]")) == 1
    done = refused.submit(FORM, **TYPED)
    assert (done.status, stored(alice, done)["price"]) == (200, 1200.5)


def test_what_may_be_left_empty(alice: Person) -> None:
    done = alice.page("/gigs/new?kind=service").submit(
        FORM, **{**TYPED, "delivery_days": "", "revisions": "", "skills": ""}
    )
    service = stored(alice, done)
    assert (service["deliveryDays"], service["revisions"], service["skills"]) == (7, 1, [])


def test_both_kinds_are_offered(alice: Person) -> None:
    for path in ("/gigs/new", "/gigs/new?kind=service"):
        page = alice.page(path)
        assert page.link("Offer a service") == "/gigs/new?kind=service"
        assert page.all("main a[href='/gigs/new']")
    assert alice.page("/services").all("a[href='/gigs/new?kind=service']")


def test_editing(alice: Person) -> None:
    service = offer_service(alice, title="Old", price=99.9, skills=["ink"], deliveryDays=5, revisions=0)
    page = alice.page(alice.page(f"/gigs/{service['id']}").link("Edit"))
    before = page.values(FORM)
    assert (before["title"], before["price"], before["skills"]) == ("Old", "99.90", "ink")
    assert (before["delivery_days"], before["revisions"], before["category"]) == ("5", "0", "other")
    done = page.submit(FORM, title="New", price="100")
    assert (done.path, done.one("h1").to_text()) == (f"/gigs/{service['id']}", "New")
    changed = stored(alice, done)
    assert (changed["price"], changed["skills"], changed["version"]) == (100, ["ink"], 2)
    refused = alice.page(f"/gigs/{service['id']}/edit").submit(FORM, price="0")
    assert (refused.status, refused.errors(FORM).keys()) == (400, {"price"})


def test_an_edit_in_two_windows(alice: Person) -> None:
    """What the other window saved is not overwritten unseen; what was typed here is not lost either."""
    service = offer_service(alice, title="Old")
    first, second = (alice.page(f"/gigs/{service['id']}/edit") for _ in range(2))
    assert first.submit(FORM, title="First").status == 200
    refused = second.submit(FORM, title="Second", description="Mine")
    assert refused.status == 409
    assert "another window" in refused.text
    assert refused.values(FORM)["title"] == "Second"
    assert alice.get(f"/api/gigs/{service['id']}").json()["title"] == "First"
    assert refused.submit(FORM).status == 200
    assert alice.get(f"/api/gigs/{service['id']}").json()["title"] == "Second"


def test_pictures_are_changed_beside_an_open_form(alice: Person) -> None:
    """Adding one in place is no other window."""
    service = offer_service(alice)
    page = alice.page(f"/gigs/{service['id']}/edit")
    in_place = alice.post(
        f"/gigs/{service['id']}/images",
        data={"csrf_token": alice.form_token(), "alt": "A street"},
        files={"picture": ("a.png", picture(60, 40))},
        headers={"HX-Request": "true", "HX-Request-Type": "partial"},
    )
    assert in_place.status_code == 200
    assert "A street" in in_place.text
    saved = page.submit(FORM, title="Typed meanwhile")
    assert (saved.status, saved.one("h1").to_text()) == (200, "Typed meanwhile")
    assert len(stored(alice, saved)["images"]) == 1


def test_pausing_and_resuming(alice: Person, visitor: Client) -> None:
    service = offer_service(alice)
    paused = act(alice, service, "pause")
    assert paused.path == f"/gigs/{service['id']}"
    assert "Hidden from search." in paused.text
    assert "Alice Owner has paused this service." in visitor.page(paused.path).text
    assert "Visible to everyone." in act(alice, service, "resume").text


def test_publishing_a_draft(alice: Person, visitor: Client) -> None:
    draft = offer_service(alice, draft=True)
    assert "Visible to everyone." in act(alice, draft, "publish").text
    assert visitor.page(f"/gigs/{draft['id']}").status == 200


def test_archiving_asks_first(alice: Person, visitor: Client) -> None:
    service = add_image(alice, offer_service(alice, title="Globe"))
    asked = alice.page(alice.page(f"/gigs/{service['id']}").link("Archive"))
    assert "Globe" in asked.text
    assert "its picture is deleted" in asked.text
    assert alice.get(f"/api/gigs/{service['id']}").json()["status"] == "live"
    done = asked.submit(f"form[action='/gigs/{service['id']}/archive']")
    assert (done.status, done.path) == (200, "/freelancing")
    assert visitor.page(f"/gigs/{service['id']}").status == 404
    archived = alice.page(f"/gigs/{service['id']}")
    assert "You took it off the market for good." in archived.text
    assert not archived.all(f"form[action^='/gigs/{service['id']}'], a[href^='/gigs/{service['id']}/']")
    again = alice.post(f"/gigs/{service['id']}/archive", data={"csrf_token": alice.form_token()})
    assert again.status_code == 409


def test_what_is_archived_is_not_edited(alice: Person) -> None:
    """As a job that is not open: said before anything is typed."""
    service = offer_service(alice)
    open_form = alice.page(f"/gigs/{service['id']}/edit")
    alice.delete(f"/api/gigs/{service['id']}")
    late = open_form.submit(FORM, title="Late")
    assert late.status == 409
    assert "This service was archived." in late.text
    for path in ("edit", "archive"):
        assert alice.page(f"/gigs/{service['id']}/{path}").status == 409, path


@pytest.mark.parametrize("state", STATES)
def test_the_owner_has_the_tools_of_the_state(state: str, alice: Person, bob: Person, db: Db) -> None:
    service = put_into(db, offer_service(alice), state)
    page = alice.page(f"/gigs/{service['id']}")
    base = f"/gigs/{service['id']}/"
    offered = {
        (form.attrs["action"] or "").removeprefix(base) for form in page.all(f"form[action^='{base}']")
    }
    assert offered == TOOLS[state]
    assert bool(page.all(f"a[href='{base}edit']")) is (state != "archived")
    for event in offered:
        assert act(alice, service, event).status == 200
        put_into(db, service, state)
    if state in ("live", "paused"):
        stranger = bob.page(f"/gigs/{service['id']}")
        assert not stranger.all(
            f"form[action$='pause'], form[action$='resume'], a[href^='{base}']:not([href$='/buy']), .turn.mine"
        )


@pytest.mark.parametrize("event", ["publish", "take-back", "pause", "resume"])
def test_a_button_of_an_old_page(event: str, alice: Person, db: Db) -> None:
    """The state changed meanwhile: 409, in the site's own words."""
    service = put_into(db, offer_service(alice), "archived")
    answer = alice.post(f"/gigs/{service['id']}/{event}", data={"csrf_token": alice.form_token()})
    assert answer.status_code == 409
    assert "This service was archived." in answer.text


def test_a_button_in_place(alice: Person) -> None:
    service = offer_service(alice)
    done = alice.fragment("POST", f"/gigs/{service['id']}/pause", at=f"/gigs/{service['id']}")
    assert (done.status, done.response.headers.get("HX-Redirect")) == (204, f"/gigs/{service['id']}")


def test_another_window_saved_first(alice: Person) -> None:
    """The conflict leads to what stands there now, beside what was typed."""
    service = offer_service(alice)
    late = alice.page(f"/gigs/{service['id']}/edit")
    alice.page(f"/gigs/{service['id']}/edit").submit(FORM, title="First")
    page = late.submit(FORM, title="Second")
    assert (page.status, page.values(FORM)["title"]) == (409, "Second")
    assert page.link("See the current version in a new tab") == f"/gigs/{service['id']}-first"


def test_the_first_picture_stands_in_lists(alice: Person, visitor: Client) -> None:
    word = unique_word()
    service = add_image(alice, offer_service(alice, title=word), alt="A street")
    service = add_image(alice, service, alt="A square")
    plain = offer_service(alice, title=f"{word} plain")
    page = visitor.page(f"/services?q={word}")
    (shown,) = page.all(".offer img")
    assert (shown.attrs["src"], shown.attrs["alt"]) == (service["images"][0]["picture"]["small"], "A street")
    assert not visitor.page(f"/gigs/{plain['id']}").all(".gallery")


def test_who_offers_it(alice: Person, bob: Person, visitor: Client) -> None:
    shown = show_picture(alice)
    service = offer_service(alice)
    change_profile(alice, name="Alice Owner")
    page = visitor.page(f"/gigs/{service['id']}")
    assert page.all(f"main a[href='/u/{alice.id}']")
    assert page.one("aside img").attrs["src"] == shown["small"]
    profile = visitor.page(f"/u/{alice.id}")
    assert profile.all(f"section[aria-labelledby=services] a[href='/gigs/{service['id']}-a-map-by-hand']")


def test_services_stand_on_the_front_pages(alice: Person, bob: Person, visitor: Client) -> None:
    word = unique_word()
    offer_service(alice, title=word)
    for reader in (visitor, bob):
        assert reader.page("/").all("a[href='/services']")
    # Members see the newest; what visitors see is in market/test_front_page.py.
    newest = bob.get("/api/gigs/search?kind=service&limit=1").json()["gigs"][0]
    assert newest["title"] in bob.page("/").text
    assert word in alice.page("/freelancing").texts(".gig-title")
    assert word not in bob.page("/freelancing").text


def test_a_page_from_before_it_was_left(alice: Person, bob: Person, visitor: Client) -> None:
    """Everything that a member may do is for members: a visitor is sent to sign in, and comes back."""
    service = offer_service(alice)
    path = f"/gigs/{service['id']}"
    assert visitor.page(path).link("Sign in to ask") == f"/login?next={path}%23questions"
    for event in ("publish", "pause", "resume", "take-back", "archive", "questions", "images"):
        answer = visitor.post(f"{path}/{event}", data={"csrf_token": visitor.form_token()})
        assert answer.status_code == 303, event
        assert answer.headers["Location"].startswith("/login")
    ask_question(bob, service)
    assert "Which paper?" in visitor.page(path).text
