"""A form belongs to the person who opened it (decision 27), without JavaScript too."""

from bson import ObjectId

from tests.support.client import Client, Person
from tests.support.server import Server


def sign_in(browser: Client, person: Person) -> None:
    """Sign in as this person at a browser where somebody else may be."""
    answer = browser.post("/api/auth/login", person.credentials)
    assert answer.status_code == 200, answer.text


def posted(server: Server, person: Person) -> int:
    return server.db.gigs.count_documents({"owner_id": ObjectId(person.id)})


JOB = {"title": "A map of the harbour", "description": "By hand.", "budget": "300", "category": "data"}
FORM = "main form[method=post]"


def test_a_form_of_one_person_is_not_sent_by_the_next(server: Server, alice: Person, bob: Person) -> None:
    page = alice.page("/gigs/new")
    sign_in(alice, bob)
    refused = page.submit(FORM, **JOB)
    assert refused.status == 409
    assert "You are signed in as Bob Bidder now" in refused.text
    assert (posted(server, alice), posted(server, bob)) == (0, 0)
    assert JOB.items() <= refused.values(FORM).items()
    assert refused.submit(FORM).status == 200
    assert (posted(server, alice), posted(server, bob)) == (0, 1)


def test_forms_of_several_tabs_survive_a_refresh_and_the_same_person_again(
    server: Server, alice: Person
) -> None:
    tabs = [alice.page("/gigs/new") for _ in range(2)]
    alice.forget_cookie("token")  # which is renewed silently
    assert tabs[0].submit(FORM, **JOB).status == 200
    alice.post("/api/auth/logout")
    sign_in(alice, alice)
    assert tabs[1].submit(FORM, **JOB).status == 200
    assert posted(server, alice) == 2


def test_a_form_is_good_again_for_whom_it_was_opened(server: Server, alice: Person, bob: Person) -> None:
    page = alice.page("/gigs/new")
    sign_in(alice, bob)
    theirs = alice.page("/gigs/new")
    sign_in(alice, alice)
    assert page.submit(FORM, **JOB).status == 200
    assert theirs.submit(FORM, **JOB).status == 409
    assert (posted(server, alice), posted(server, bob)) == (1, 0)


def test_a_visitors_form_may_be_sent_after_signing_in(visitor: Client, alice: Person) -> None:
    page = visitor.page("/login")
    sign_in(visitor, alice)
    assert page.submit(FORM, **alice.credentials).status == 200


def test_a_token_of_another_browser_is_no_token(alice: Person, bob: Person) -> None:
    alice.page("/gigs/new")
    refused = alice.post("/gigs", data={**JOB, "csrf_token": bob.form_token()})
    assert refused.status_code == 400
    assert "older session" in refused.text


def test_what_a_script_sends_says_whose_page_it_is(alice: Person, bob: Person) -> None:
    """JSON has no form token: a page that Alice left open does nothing in the name of Bob."""
    page_of = {"X-Viewer": alice.id}
    assert alice.post("/api/notifications/read", {}, headers=page_of).status_code == 200
    refused = bob.post("/api/notifications/read", {}, headers=page_of)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "another_persons_form")
    assert bob.post("/api/notifications/read", {}).status_code == 200
