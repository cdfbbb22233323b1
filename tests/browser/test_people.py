"""A forgotten password, devices, the profile, what one hears of."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import connected
from tests.browser.conftest import OpenWindow
from tests.support.client import Client, Person
from tests.support.images import picture
from tests.support.mailbox import Outbox
from tests.support.market import hire, place_bid, post_job, unique_word
from tests.support.server import Server


@pytest.fixture
def outbox(server: Server) -> Outbox:
    """The letters of the worker's server."""
    return Outbox(server.var_dir)


def path_of(link: str, server: Server) -> str:
    assert link.startswith(server.url)
    return link.removeprefix(server.url)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_forgotten_password(
    window: OpenWindow, server: Server, outbox: Outbox, bob: Person, javascript: bool
) -> None:
    """From the request to signing in with the new password; the link works once."""
    opened = window(javascript=javascript)
    page = opened.page
    page.goto("/login")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("E-mail").fill(bob.email)
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_text(f"If there is an account for {bob.email}")).to_be_visible()

    link = outbox.wait_for(bob.email, "Choose a new password").links[0]
    page.goto(path_of(link, server))
    page.get_by_label("New password", exact=True).fill("short")
    page.get_by_role("button", name="Save the new password").click()
    expect(page.get_by_text("At least 6 characters.")).to_be_visible()
    page.get_by_label("New password", exact=True).fill("much longer now")
    page.get_by_role("button", name="Save the new password").click()
    expect(page.get_by_text("Your password is changed and all devices are signed out.")).to_be_visible()

    page.get_by_label("E-mail").fill(bob.email)
    page.get_by_label("Password", exact=True).fill("much longer now")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your turn")).to_be_visible()
    page.goto(path_of(link, server))
    expect(page.get_by_text("This link has expired.")).to_be_visible()
    assert bob.get("/api/auth/me").status_code == 401
    opened.expect_complaint("400 (BAD REQUEST)")


def test_another_device_signs_out_by_itself(window: OpenWindow, bob: Person) -> None:
    """SECURITY 3: ended in the settings of one device, the open page of the other says so and goes to sign in."""
    other = Client(bob.url)
    other.session.headers["User-Agent"] = (
        "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    )
    assert other.post("/api/auth/login", bob.credentials).status_code == 200
    here, there = window(bob).page, window(other).page
    there.goto("/freelancing")
    connected(there)
    here.goto("/settings/devices")
    expect(here.get_by_text("This device", exact=True)).to_have_count(1)
    here.get_by_role("button", name="Sign out Firefox on Linux").click()
    expect(here.get_by_text("1 device is signed out.")).to_be_visible()
    expect(here.get_by_text("Firefox on Linux")).to_have_count(0)
    expect(there.get_by_text("You were signed out on this device.")).to_be_visible()
    there.wait_for_url("**/login?next=%2Ffreelancing")
    other.close()


def test_a_new_password_keeps_this_browser_and_ends_the_others(window: OpenWindow, bob: Person) -> None:
    """SECURITY 2: the page goes on, in a second tab too, and is live again; the other device is out."""
    other = Client(bob.url)
    assert other.post("/api/auth/login", bob.credentials).status_code == 200
    opened = window(bob)
    page, tab = opened.page, opened.context.new_page()
    elsewhere = window(other).page
    for each in (tab, elsewhere):
        each.goto("/freelancing")
        connected(each)
    page.goto("/settings/password")
    page.get_by_label("Current password", exact=True).fill("wrong")
    page.get_by_label("New password", exact=True).fill("a better password")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("This is not your password.")).to_be_visible()
    page.get_by_label("Current password", exact=True).fill(bob.password)
    page.get_by_label("New password", exact=True).fill("a better password")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("Your password is changed.")).to_be_visible()
    elsewhere.wait_for_url("**/login?next=%2Ffreelancing")
    page.goto("/settings/devices")
    expect(page.get_by_text("This device", exact=True)).to_have_count(1)
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    # The second tab came back with the new cookies and was not told that it is signed out.
    connected(tab)
    expect(tab.locator("#toasts .toast")).to_have_count(0)
    assert bob.get("/api/auth/me").status_code == 401  # the copy of the old cookies
    opened.expect_complaint("400 (BAD REQUEST)")
    other.close()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_profile_is_written_and_read(
    window: OpenWindow, bob: Person, visitor: Client, tmp_path: Path, javascript: bool
) -> None:
    """Words, skills, a picture and a piece of work, and the public page with all of it."""
    page = window(bob, javascript=javascript).page
    page.goto("/settings/profile")
    page.get_by_label("Headline").fill("Draws maps by hand")
    page.get_by_label("About you").fill("I **love** maps.")
    skills_of(page).fill("Cartography, Ink")
    page.get_by_role("radio", name="Limited").check()
    page.get_by_role("button", name="Save the profile").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()

    file = tmp_path / "me.jpg"
    file.write_bytes(picture(kind="JPEG"))
    page.locator("input[type=file]").set_input_files(file)
    if not javascript:
        page.get_by_role("button", name="Save this picture").click()
    expect(page.locator("#profile-picture img")).to_be_visible()

    page.goto("/settings/portfolio")
    page.get_by_role("link", name="Add the first piece").click()
    page.get_by_label("Title").fill("A map of Prague")
    page.get_by_role("textbox", name="Link").fill("example.org/prague")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Add this piece").click()
    expect(page.get_by_role("heading", name="A map of Prague")).to_be_visible()

    reader = window(javascript=javascript).page
    reader.goto(f"/u/{bob.id}")
    expect(reader.get_by_role("heading", name=bob.name)).to_be_visible()
    for text in ("Draws maps by hand", "Cartography", "Limited", "A map of Prague"):
        expect(reader.get_by_text(text).first).to_be_visible()
    expect(reader.locator("strong", has_text="love")).to_be_visible()
    expect(reader.get_by_role("link", name="example.org")).to_have_attribute(
        "href", "https://example.org/prague"
    )
    assert everything_is_loaded(reader)


def skills_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Skills")


def everything_is_loaded(page: Page) -> bool:
    """Whether each picture that is on screen came."""
    script = "() => [...document.images].filter(i => i.loading !== 'lazy').every(i => i.naturalWidth > 0)"
    return bool(page.evaluate(script))


def test_skills_are_suggested_as_one_types(window: OpenWindow, alice: Person, bob: Person) -> None:
    """From those in use, by mouse or keyboard; a chosen one completes the list."""
    word = unique_word().capitalize()
    assert alice.put("/api/users/profile", {"skills": [f"{word} Making"], "listed": True}).status_code == 200
    page = window(bob).page
    page.goto("/settings/profile")
    typed = word[:-1].lower()
    with page.expect_response(f"**?*q={typed}*"):  # what comes for less of it would take the focus away
        skills_of(page).press_sequentially(f"Ink, {typed}")
    suggestion = page.get_by_role("button", name=f"{word} Making")
    suggestion.focus()
    page.keyboard.press("Enter")
    expect(skills_of(page)).to_have_value(f"Ink, {word} Making, ")
    expect(skills_of(page)).to_be_focused()
    page.get_by_role("button", name="Save the profile").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    assert bob.get("/api/users/profile").json()["skills"] == ["Ink", f"{word} Making"]


@pytest.mark.parametrize("javascript", [True, False])
def test_a_new_address_is_confirmed_by_its_letter(
    window: OpenWindow, server: Server, outbox: Outbox, bob: Person, javascript: bool
) -> None:
    """Asked for with the password, used once the letter's link was followed and its button pressed."""
    page = window(bob, javascript=javascript).page
    page.goto("/settings/account")
    new = f"new-{bob.email}"
    page.get_by_label("New e-mail").fill(new)
    page.get_by_label("Your password", exact=True).fill(bob.password)
    page.get_by_role("button", name="Send a link to the new address").click()
    expect(page.get_by_text(f"A link is on its way to {new}.")).to_be_visible()
    link = outbox.wait_for(new, "Confirm your new address").links[0]
    page.goto(path_of(link, server))
    page.get_by_role("button", name=f"Use {new} for {bob.name}’s account").click()
    expect(page.get_by_text(f"You sign in with {new}")).to_be_visible()
    assert outbox.wait_for(bob.email, "Your e-mail address was changed")


def test_what_one_does_not_want_to_hear_of_makes_no_toast(
    window: OpenWindow, alice: Person, bob: Person
) -> None:
    """Switched off in the app: no toast and no number; the list has it, and other news still come."""
    gig, other = (post_job(alice, title=f"Quiet {unique_word()}") for _ in range(2))
    page = window(alice).page
    page.goto("/settings/notifications")
    page.get_by_role("row", name="Someone bids on your job").get_by_role("checkbox").first.uncheck()
    page.get_by_role("button", name="Save the choices").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.goto("/hiring")
    connected(page)
    place_bid(bob, gig)
    assert bob.patch(f"/api/bids/{place_bid(bob, other)['id']}/withdraw").status_code == 200
    expect(page.locator("#toasts").get_by_text(f"{bob.name} withdrew the bid")).to_be_visible()
    expect(page.locator("#toasts .toast")).to_have_count(1)
    expect(page.get_by_role("link", name="1 unread notification")).to_be_visible()
    page.goto("/notifications")
    expect(page.get_by_role("main").get_by_text(f"{bob.name} has bid on “{gig['title']}”")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_an_account_is_deleted(
    window: OpenWindow, alice: Person, bob: Person, outbox: Outbox, javascript: bool
) -> None:
    """Asked once, with the password; refused while somebody counts on its person."""
    gig = post_job(alice, title=f"Farewell {unique_word()}")
    hired = post_job(alice, title=f"Still going {unique_word()}")
    opened = window(bob, javascript=javascript)
    page = opened.page
    page.goto("/settings/account")
    place_bid(bob, gig)
    page.get_by_role("link", name="Delete").click()
    page.locator("#ask").get_by_label("Your password", exact=True).fill("wrong")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("This is not your password.")).to_be_visible()
    page.locator("#ask").get_by_label("Your password", exact=True).fill(bob.password)
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Your account is deleted.")).to_be_visible()
    assert outbox.wait_for(bob.email, "Your account is deleted")
    assert alice.get(f"/api/gigs/{gig['id']}").json()["bidCount"] == 0
    opened.expect_complaint("400 (BAD REQUEST)")

    assert hired["status"] == "open"
    owner = window(alice, javascript=javascript).page
    owner.goto(f"/gigs/{gig['id']}")
    expect(owner.get_by_text("Somebody who left").first).to_be_visible()


def test_who_is_counted_on_cannot_leave(window: OpenWindow, alice: Person, bob: Person) -> None:
    """docs/domain.md, Leaving: whoever hired or was hired is told what to finish first."""
    assert hire(alice, place_bid(bob, post_job(alice))).status_code == 200
    for person in (alice, bob):
        page = window(person).page
        page.goto("/settings/account")
        page.get_by_role("link", name="Delete").click()
        expect(page.get_by_text("You have an order that has not ended yet.")).to_be_visible()
        expect(page.get_by_role("button", name="Delete my account")).to_have_count(0)
