"""The pages of people where something is in the way: a second tab, a shared browser, a small screen, a refused form."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import connected
from tests.browser.conftest import OpenWindow
from tests.browser.look import check
from tests.support.client import Client, Person
from tests.support.images import picture
from tests.support.market import change_profile, place_bid, post_job, unique_word

LONG_CODE = "Mine:\n\n```\n" + "paint(sheet, ink); " * 20 + "\n```"

REMEMBER_HOW_IT_WAS_LEFT = """() => addEventListener('pagehide', () => sessionStorage.setItem('left', JSON.stringify({
  said: document.querySelector('#toasts .toast-text')?.textContent,
  inert: document.querySelector('main').inert,
  dialogs: document.querySelectorAll('dialog[open]').length,
})))"""


def drafts(page: Page) -> list[str]:
    """Whose drafts this browser keeps, and of which forms."""
    found: list[str] = page.evaluate(
        "() => Object.keys(localStorage).filter(key => key.startsWith('draft:')).sort()"
    )
    return found


def leave_draft(page: Page, person: Person) -> str:
    """Begin a job of this person, who is signed in, and wait until its draft is kept. Returns its name."""
    key = f"draft:{person.id}:job:new"
    page.goto("/gigs/new")
    page.get_by_label("Description").fill("Nobody else is to read this.")
    page.wait_for_function("key => key in localStorage", arg=key)
    return key


def keep_draft_of(page: Page, person: Person) -> str:
    """A draft of somebody else who uses the same browser."""
    key = f"draft:{person.id}:job:new"
    page.evaluate("key => localStorage.setItem(key, JSON.stringify({at: Date.now(), values: {}}))", key)
    return key


def test_drafts_end_with_signing_out(window: OpenWindow, alice: Person, bob: Person) -> None:
    """What one has typed is not left on a browser that one leaves, not even the last words; others keep theirs."""
    page = window(alice).page
    leave_draft(page, alice)
    others = keep_draft_of(page, bob)
    page.get_by_role("button", name="Account").click()
    page.get_by_label("Title").fill("Typed at the last moment")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    assert drafts(page) == [others]


def test_drafts_end_with_the_account(window: OpenWindow, alice: Person, bob: Person) -> None:
    """They are still there while the deletion is refused."""
    opened = window(bob)
    page = opened.page
    own, others = leave_draft(page, bob), keep_draft_of(page, alice)
    page.goto("/settings/account")
    page.get_by_role("link", name="Delete").click()
    asked = page.locator("#ask")
    asked.get_by_label("Your password", exact=True).fill("wrong")
    asked.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("This is not your password.")).to_be_visible()
    assert drafts(page) == sorted([own, others])
    asked.get_by_label("Your password", exact=True).fill(bob.password)
    asked.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Your account is deleted.")).to_be_visible()
    assert drafts(page) == [others]
    opened.expect_complaint("400 (BAD REQUEST)")


def test_a_draft_outlives_the_suggestions_in_its_form(window: OpenWindow, alice: Person, bob: Person) -> None:
    """What the form only asks for is no answer to it."""
    word = unique_word()
    change_profile(bob, skills=[word], listed=True)
    page = window(alice).page
    draft = leave_draft(page, alice)
    page.get_by_role("textbox", name="Skills").fill(word[:-1])
    expect(page.get_by_role("button", name=word)).to_be_visible()
    assert drafts(page) == [draft]


def test_a_page_that_is_signed_out_takes_nothing_more(window: OpenWindow, bob: Person) -> None:
    """It says so and cannot be used while it goes to sign in; what was typed is there again afterwards."""
    other = Client(bob.url)
    assert other.post("/api/auth/login", bob.credentials).status_code == 200
    page = window(other).page
    draft = leave_draft(page, bob)
    connected(page)
    page.get_by_role("button", name="Keyboard").click()
    page.evaluate(REMEMBER_HOW_IT_WAS_LEFT)
    assert bob.delete("/api/auth/sessions").status_code == 200
    page.wait_for_url("**/login?next=%2Fgigs%2Fnew")
    left = page.evaluate("() => JSON.parse(sessionStorage.getItem('left'))")
    assert left == {"said": "You were signed out on this device.", "inert": True, "dialogs": 0}
    assert drafts(page) == [draft]
    other.close()


def test_a_long_line_of_code_scrolls_in_its_place(window: OpenWindow, bob: Person, visitor: Client) -> None:
    """The page of somebody who shows code is as wide as the screen."""
    change_profile(bob, bio=LONG_CODE)
    assert visitor.page(f"/u/{bob.id}").all("pre")
    opened = window()
    # Browsers let the keys scroll a block that holds nothing to focus; axe-core wants a tabindex in it.
    check(opened, f"/u/{bob.id}")
    assert opened.page.locator("pre").evaluate("block => block.scrollWidth > block.clientWidth")


def test_a_profile_in_two_tabs(window: OpenWindow, bob: Person) -> None:
    """Who saves second is told and loses nothing; saved again, it replaces what the other tab saved."""
    opened = window(bob)
    first, second = opened.page, opened.context.new_page()
    for tab in (first, second):
        tab.goto("/settings/profile")
    first.get_by_label("Headline").fill("Draws maps")
    second.get_by_label("About you").fill("I love maps.")
    for saving in ("Draws maps", "Draws maps by hand"):  # a tab does not stand in its own way
        first.get_by_label("Headline").fill(saving)
        first.get_by_role("button", name="Save the profile").click()
        expect(first.get_by_text("Saved", exact=True)).to_be_visible()

    second.get_by_role("button", name="Save the profile").click()
    expect(second.get_by_role("alert").get_by_text("in another window since you opened it")).to_be_visible()
    expect(second.get_by_label("About you")).to_have_value("I love maps.")
    assert bob.get("/api/users/profile").json()["headline"] == "Draws maps by hand"
    second.get_by_role("button", name="Save the profile").click()
    expect(second.get_by_text("Saved", exact=True)).to_be_visible()
    profile = bob.get("/api/users/profile").json()
    assert (profile["headline"], profile["bio"]) == ("", "I love maps.")
    opened.expect_complaint("409 (CONFLICT)")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_chosen_picture_is_asked_for_again(
    window: OpenWindow, bob: Person, tmp_path: Path, javascript: bool
) -> None:
    """A browser does not send it a second time, so a piece that was refused for something else says so."""
    file = tmp_path / "map.jpg"
    file.write_bytes(picture(kind="JPEG"))
    opened = window(bob, javascript=javascript)
    page = opened.page
    page.goto("/settings/portfolio/new")
    page.get_by_label("Picture").set_input_files(file)
    page.get_by_role("button", name="Add this piece").click()
    expect(page.get_by_text("What is it called?")).to_be_visible()
    expect(page.get_by_label("Picture")).to_have_accessible_description(
        re.compile("Choose the picture again.")
    )
    page.get_by_label("Title").fill("A map of Prague")
    page.get_by_label("Picture").set_input_files(file)
    expect(page.get_by_text("Choose the picture again.")).to_have_count(0 if javascript else 1)
    page.get_by_role("button", name="Add this piece").click()
    expect(page.get_by_role("heading", name="A map of Prague")).to_be_visible()
    assert bob.get("/api/users/profile").json()["portfolio"][0]["picture"]
    opened.expect_complaint("400 (BAD REQUEST)")


def test_a_click_before_the_scripts_are_there_is_not_lost(
    window: OpenWindow, alice: Person, bob: Person
) -> None:
    """HTMX starts after those who listen to it: until then a link is a plain link."""
    gig = post_job(alice, title=f"Early {unique_word()}")
    place_bid(bob, gig)
    page = window(bob).page
    page.route("**/js/times.js*", lambda _route: None)  # on its way for ever
    page.goto(f"/gigs/{gig['id']}", wait_until="commit")
    page.wait_for_function("() => document.readyState === 'interactive'")
    page.get_by_role("link", name="Withdraw").click()
    page.get_by_role("button", name="Withdraw my bid").click()
    expect(page.get_by_text("You withdrew this bid.").first).to_be_visible()
