"""Forms as people use them: errors at their fields, drafts, the keyboard, the impatient double click."""

from typing import Any

from playwright.sync_api import expect
from pymongo.database import Database

from tests.browser import story
from tests.browser.conftest import OpenWindow
from tests.support.client import Client, Person
from tests.support.market import hire, place_bid, post_job, unique_word

Db = Database[dict[str, Any]]


def test_errors_stand_at_their_fields(window: OpenWindow, alice: Person) -> None:
    """A wrong form comes back in place with everything that was typed and the focus on the first wrong field."""
    opened = window(alice)
    page = opened.page
    page.goto("/gigs/new")
    page.get_by_label("Title").fill("Keep me")
    page.get_by_label("Budget").fill("a lot")
    page.get_by_label("Skills").fill("Flask, HTMX")
    page.get_by_role("button", name="Post this job").click()
    expect(page.get_by_text("Describe the job.")).to_be_visible()
    expect(page.get_by_text("Enter an amount, such as 500 or 449.50.")).to_be_visible()
    expect(page.get_by_label("Description")).to_be_focused()
    expect(page.get_by_label("Title")).to_have_value("Keep me")
    expect(page.get_by_label("Budget")).to_have_value("a lot")
    expect(page.get_by_label("Skills")).to_have_value("Flask, HTMX")
    assert page.url.endswith("/gigs/new")
    opened.expect_complaint("400 (BAD REQUEST)")


def test_a_draft_survives_reload_and_sign_in(window: OpenWindow, alice: Person) -> None:
    """A long form is there again after a reload, and after being signed out while typing; then it is gone."""
    opened = window(alice)
    page = opened.page
    page.goto("/gigs/new")
    page.get_by_label("Title").fill(f"Draft {unique_word()}")
    page.get_by_label("Description").fill(story.DESCRIPTION)
    page.reload()
    expect(page.get_by_text("Draft restored")).to_be_visible()
    expect(page.get_by_label("Description")).to_have_value(story.DESCRIPTION)
    page.get_by_label("Budget").fill("500")

    opened.context.clear_cookies()
    page.get_by_role("button", name="Post this job").click()
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password", exact=True).fill(alice.password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_label("Description")).to_have_value(story.DESCRIPTION)
    expect(page.get_by_label("Budget")).to_have_value("500")
    page.get_by_role("button", name="Post this job").click()
    expect(page.get_by_text("Waiting for the first bid.")).to_be_visible()
    page.goto("/gigs/new")
    expect(page.get_by_label("Title")).to_have_value("")
    opened.expect_complaint("socket.io")


def test_an_impatient_double_click_posts_once(window: OpenWindow, alice: Person, db: Db) -> None:
    """Two clicks on the button are one job, with and without HTMX's help."""
    page = window(alice).page
    title = f"Once {unique_word()}"
    page.goto("/gigs/new")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Description").fill("One, please.")
    page.get_by_label("Budget").fill("20")
    page.get_by_role("button", name="Post this job").dblclick()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    assert db.gigs.count_documents({"title": title}) == 1


def test_the_terms_that_one_saw(window: OpenWindow, alice: Person, bob: Person) -> None:
    """The bid is changed while the dialog is open: the hire is refused, the new price shown, and then taken."""
    gig = post_job(alice, title=f"Terms {unique_word()}")
    bid = place_bid(bob, gig)
    opened = window(alice)
    page = opened.page
    page.goto(f"/gigs/{gig['id']}")
    page.get_by_role("listitem").filter(has_text=bob.name).get_by_role("link", name="Hire").click()
    expect(page.get_by_role("button", name="Hire for $449.50")).to_be_visible()
    assert bob.patch(f"/api/bids/{bid['id']}", {"price": 600}).status_code == 200
    page.get_by_role("button", name="Hire for $449.50").click()
    expect(page.get_by_text("This bid has changed since you opened it.")).to_be_visible()
    page.get_by_role("button", name="Hire for $600").click()
    expect(page.get_by_text("Pay $").first).to_be_visible()
    opened.expect_complaint("409 (CONFLICT)")


def test_a_bid_that_comes_too_late(window: OpenWindow, alice: Person, bob: Person, charlie: Person) -> None:
    """Somebody else is hired while one writes: the page says so and the words are not lost."""
    gig = post_job(alice, title=f"Late {unique_word()}")
    bid = place_bid(bob, gig)
    opened = window(charlie)
    page = opened.page
    page.goto(f"/gigs/{gig['id']}")
    page.get_by_label("Message", exact=True).fill("I am too late.")
    page.get_by_label("Your price").fill("100")
    opened.context.route("**/live", lambda route: route.abort())  # its news has not come through yet
    assert hire(alice, bid).status_code == 200
    page.get_by_role("button", name="Send this bid").click()
    expect(page.get_by_text("Someone has already been hired for this job.").first).to_be_visible()
    opened.expect_complaint("409 (CONFLICT)")
    opened.expect_complaint("Failed to fetch")
    opened.expect_complaint("ERR_FAILED")


def test_search_as_one_types(window: OpenWindow, alice: Person, visitor: Client) -> None:
    """`/` focuses the search; the list follows the typing, the address bar the list, and back works."""
    word = unique_word()
    for number in range(3):
        post_job(alice, title=f"Search {word} number{number}")
    page = window().page
    page.goto("/jobs")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type(f"{word[1:9].upper()} number1")
    expect(page.locator("#results").get_by_role("link", name=f"Search {word} number1")).to_be_visible()
    expect(page.locator("#results li.gig")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.wait_for_url(f"**/jobs?q={word[1:9].upper()}+number1")
    page.get_by_role("link", name=f"Search {word} number1").click()
    page.go_back()
    expect(page.locator("#results li.gig")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_have_value(f"{word[1:9].upper()} number1")
    page.get_by_role("searchbox").fill(f"{word} nothing has this")
    expect(page.locator("#results")).to_contain_text("No open job")


def test_the_dialog_by_keyboard(window: OpenWindow, alice: Person, bob: Person) -> None:
    """Enter opens it, Escape closes it, and the focus is back where it was."""
    gig = post_job(alice, title=f"Keys {unique_word()}")
    place_bid(bob, gig)
    page = window(alice).page
    page.goto(f"/gigs/{gig['id']}")
    opener = page.get_by_role("listitem").filter(has_text=bob.name).get_by_role("link", name="Hire")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
