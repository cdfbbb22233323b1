"""News on the screen: toasts for what happens now, one line for the rest, read in all tabs at once."""

import re

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.chromium import connected
from tests.browser.conftest import OpenWindow
from tests.support.client import Person
from tests.support.market import hire, place_bid, post_job, unique_word
from tests.support.money import do, in_progress
from tests.support.server import Server
from tests.support.talk import open_talk, say

SMALL: ViewportSize = {"width": 360, "height": 640}
USUAL: ViewportSize = {"width": 1280, "height": 800}

# The toasts and their close buttons that are not wholly on the screen.
OFF_SCREEN = """() => [...document.querySelectorAll('#toasts .toast, #toasts button')].filter((each) => {
  const {top, left, bottom, right} = each.getBoundingClientRect()
  return top < 0 || left < 0 || bottom > innerHeight || right > innerWidth
}).length"""


def test_what_happened_while_one_was_away_is_one_line(window: OpenWindow, alice: Person, bob: Person) -> None:
    """Four bids are no four toasts over the first page after signing in, and the line comes once."""
    for _ in range(4):
        place_bid(bob, post_job(alice))
    opened = window(alice)
    page = opened.page
    page.goto("/jobs")
    connected(page)
    line = page.locator("#toasts .toast")
    expect(line).to_have_count(1)
    expect(line).to_have_text(re.compile(r"^\s*4 new since \d\d:\d\d\s*$"))
    page.goto("/services")
    connected(page)
    expect(page.get_by_role("link", name="4 unread notifications")).to_be_visible()
    expect(page.locator("#toasts .toast")).to_have_count(0)


def test_a_single_one_is_its_sentence_and_nothing_of_this_moment(
    window: OpenWindow, alice: Person, bob: Person
) -> None:
    """Also a hire, whose toast stays if it happens now: the line goes by itself and is not shown again."""
    title = f"Missed {unique_word()}"
    gig = post_job(alice, title=title)
    hire(alice, place_bid(bob, gig))
    page = window(bob).page
    page.goto("/jobs")
    connected(page)
    line = page.locator("#toasts .toast")
    expect(line).to_have_text(re.compile(rf"^\s*While you were away: You have been hired for {title}!\s*$"))
    expect(line).not_to_have_attribute("data-sticky", "")
    page.goto("/services")
    connected(page)
    expect(page.get_by_role("link", name="1 unread notification")).to_be_visible()
    expect(line).to_have_count(0)


def test_a_long_title_leaves_a_toast_on_a_phone_its_end(
    window: OpenWindow, server: Server, alice: Person, bob: Person
) -> None:
    """Nothing of the sentence has to be scrolled to."""
    page = window(bob).page
    page.set_viewport_size(SMALL)
    page.goto("/jobs")
    connected(page)
    order = in_progress(
        server, alice, bob, title="A landing page for a small bakery in the old town " * 2 + "and more"
    )
    bob.post("/api/notifications/read")
    expect(page.locator("#toasts .toast")).to_have_count(0)
    do(alice, order, "dispute", reason="Late.")
    said = page.locator("#toasts .toast-text")
    expect(said).to_have_text(
        re.compile(r"disputes “A landing page for a small bakery in the old town A landing…”\.$")
    )
    assert said.evaluate("each => each.scrollHeight <= each.clientHeight")


def test_a_followed_toast_is_read_and_goes_in_every_tab(
    window: OpenWindow, alice: Person, bob: Person
) -> None:
    """Also one that goes by itself, and the bell of the other tab falls without a click."""
    gig = post_job(alice, title=f"Followed {unique_word()}")
    opened = window(alice)
    first, second = opened.page, opened.context.new_page()
    for page, path in ((first, "/jobs"), (second, "/services")):
        page.goto(path)
        connected(page)
    place_bid(bob, gig)
    said = f"{bob.name} has bid on “{gig['title']}”."
    for page in (first, second):
        expect(page.locator("#toasts").get_by_text(said)).to_be_visible()
    first.locator("#toasts").get_by_role("link", name=said).click()
    first.wait_for_url(f"**/gigs/{gig['id']}*")
    expect(second.locator("#toasts .toast")).to_have_count(0)
    expect(second.get_by_role("link", name="Notifications, none unread")).to_be_visible()


def test_the_home_page_changes_with_the_news(window: OpenWindow, alice: Person, bob: Person) -> None:
    """What is one's turn comes by itself, and goes when it is read in another tab."""
    opened = window(alice)
    home, other = opened.page, opened.context.new_page()
    home.goto("/")
    connected(home)
    expect(home.locator("#home-turn")).to_contain_text("You’re all caught up")
    gig = post_job(alice, title=f"Awaited {unique_word()}")
    place_bid(bob, gig)
    expect(home.locator(".need")).to_contain_text("1 new bid to review.")
    news = home.locator("#home-latest .entry.unread")
    expect(news).to_contain_text(f"{bob.name} has bid on “{gig['title']}”.")
    other.goto(f"/gigs/{gig['id']}")
    expect(home.locator("#home-turn")).to_contain_text("You’re all caught up")
    expect(news).to_have_count(0)


def test_the_home_page_says_who_waits_for_an_answer(window: OpenWindow, alice: Person, bob: Person) -> None:
    """It comes with the message, and goes with the answer, wherever that is written."""
    talk = open_talk(bob, alice, gigId=post_job(alice)["id"])
    home = window(alice).page
    home.goto("/")
    connected(home)
    caught_up = home.locator("#home-turn", has_text="You’re all caught up")
    expect(caught_up).to_be_visible()
    say(bob, talk, "Which paper?")
    expect(home.locator(".need")).to_contain_text("1 person waits for your answer")
    say(alice, talk, "Matte")
    expect(caught_up).to_be_visible()


def test_the_list_is_read_one_by_one_and_in_every_tab(
    window: OpenWindow, alice: Person, bob: Person, charlie: Person
) -> None:
    """By the keyboard: the focus goes on to the next, then to the heading. Another tab, and both bells, follow."""
    gig, other = (post_job(alice, title=f"{word} {unique_word()}") for word in ("First", "Second"))
    for person in (bob, charlie):
        place_bid(person, gig)
    place_bid(bob, other)
    opened = window(alice)
    page, tab = opened.page, opened.context.new_page()
    for each in (page, tab):
        each.goto("/notifications")
        connected(each)
    expect(page.locator(".news-of")).to_have_count(2)
    newest = page.get_by_role("button", name=f"Mark as read: {bob.name} has bid on “{other['title']}”.")
    newest.focus()
    page.keyboard.press("Enter")
    expect(newest).to_have_count(0)
    expect(
        page.get_by_role("button", name=f"Mark as read: {charlie.name} has bid on “{gig['title']}”.")
    ).to_be_focused()
    for each in (page, tab):
        expect(each.get_by_role("link", name="2 unread notifications")).to_be_visible()
        expect(each.locator(".news-of")).to_have_count(1)
        expect(each.locator("#notices > .plain-list .entry")).to_have_count(1)
    page.get_by_role("button", name=f"Mark these as read: {gig['title']}").press("Enter")
    expect(page.get_by_text("Nothing new.")).to_be_visible()
    expect(page.get_by_role("heading", name="New")).to_be_focused()
    for each in (page, tab):
        expect(each.get_by_role("link", name="Notifications, none unread")).to_be_visible()
        expect(each.locator(".news-of")).to_have_count(0)


def test_what_happens_now_comes_into_the_list_and_stays_new(
    window: OpenWindow, alice: Person, bob: Person
) -> None:
    """Looking at the list is not looking at what it tells of."""
    gig = post_job(alice, title=f"Arriving {unique_word()}")
    page = window(alice).page
    page.goto("/notifications")
    connected(page)
    expect(page.get_by_text("No notifications yet")).to_be_visible()
    place_bid(bob, gig)
    expect(page.locator(".news-of .entry")).to_contain_text(f"{bob.name} has bid on “{gig['title']}”.")
    expect(page.locator("#toasts .toast")).to_have_count(1)
    expect(page.get_by_role("link", name="1 unread notification")).to_be_visible()
    page.reload()
    expect(page.locator(".news-of .entry")).to_have_count(1)


@pytest.mark.parametrize("size", [SMALL, USUAL], ids=["360x640", "1280x800"])
def test_a_toast_always_fits_its_screen(
    size: ViewportSize, window: OpenWindow, server: Server, alice: Person, bob: Person
) -> None:
    """After a reason of 2,000 characters, and with a sentence far longer than any that we write."""
    page = window(bob).page
    page.set_viewport_size(size)
    page.goto("/jobs")
    connected(page)
    order = in_progress(server, alice, bob)
    expect(page.locator("#toasts .toast").first).to_be_visible()
    bob.post("/api/notifications/read")
    expect(page.locator("#toasts .toast")).to_have_count(0)
    do(alice, order, "dispute", reason="Nothing of it is what we agreed on. " * 55)
    expect(page.locator("#toasts").get_by_text("disputes")).to_be_visible()
    assert page.evaluate(OFF_SCREEN) == 0
    page.locator("#toasts a").evaluate_all(
        "links => links.forEach((each) => (each.textContent = 'Unbreakable'.repeat(180)))"
    )
    assert page.evaluate(OFF_SCREEN) == 0
    scrolls = "each => each.scrollHeight > each.clientHeight && getComputedStyle(each).overflowY === 'auto'"
    assert page.locator("#toasts .toast-text").first.evaluate(scrolls)


def test_one_box_chooses_for_a_whole_group(window: OpenWindow, alice: Person) -> None:
    """And one select for its e-mails, or for those of all groups."""
    page = window(alice).page
    page.goto("/settings/notifications")
    orders = page.get_by_role("table", name="Orders")
    everything = orders.get_by_role("checkbox", name="All of these In the app")
    expect(everything).to_be_checked()
    orders.get_by_role("checkbox", name="Your order is delivered In the app").uncheck()
    expect(everything).to_have_js_property("indeterminate", True)
    everything.check()
    everything.uncheck()
    page.get_by_label("E-mails of all kinds").select_option("Never")
    orders.get_by_label("E-mails of Orders").select_option("Daily")
    orders.get_by_role("combobox", name="An order is disputed E-mail").select_option("At once")
    expect(orders.get_by_label("E-mails of Orders")).to_have_value("")
    page.get_by_role("button", name="Save the choices").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    expect(orders.locator("input[name=app]:checked")).to_have_count(0)
    ways = orders.locator("select[name=email]").evaluate_all(
        "selects => selects.map((each) => each.selectedOptions[0].textContent)"
    )
    assert (ways.count("At once"), set(ways)) == (1, {"At once", "Daily"})
    jobs = page.get_by_role("table", name="Jobs and bids")
    expect(jobs.get_by_role("combobox", name="You are hired for a job E-mail")).to_have_value("hired:never")
    expect(jobs.locator("input[name=app]:checked")).not_to_have_count(0)


def test_quiet_hours_are_chosen_where_they_are_wanted(window: OpenWindow, alice: Person) -> None:
    """A refusal stands at its field, has the focus, and loses nothing."""
    opened = window(alice)
    page = opened.page
    page.goto("/settings/notifications")
    start, end = page.get_by_label("From"), page.get_by_label("Until")
    expect(start).to_be_hidden()
    page.get_by_label("Quiet hours").check()
    start.select_option("21:00")
    end.select_option("21:00")
    page.get_by_label("Hour of the daily e-mail").select_option("18:00")
    page.get_by_role("button", name="Save the choices").click()
    expect(page.get_by_text("Choose two different hours.")).to_be_visible()
    expect(end).to_be_focused()
    expect(page.get_by_label("Hour of the daily e-mail")).to_have_value("18")
    end.select_option("06:00")
    page.get_by_role("button", name="Save the choices").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_focused()
    page.reload()
    expect(start).to_have_value("21")
    expect(end).to_have_value("6")
    opened.expect_complaint("400 (BAD REQUEST)")


# Where the boxes of each group stand: the middle of its columns, from the page's left.
COLUMNS = """() => [...document.querySelectorAll('.events tbody')].map(({rows: [row]}) => [...row.cells].map((cell) => {
  const {left, right} = cell.getBoundingClientRect()
  return Math.round((left + right) / 2)
}))"""


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_columns_of_the_groups_line_up(width: int, window: OpenWindow, alice: Person) -> None:
    """And nothing has to be scrolled to at the side."""
    page = window(alice).page
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/settings/notifications")
    first, *others = page.evaluate(COLUMNS)
    assert [each == first for each in others] == [True] * 5
    _, app, email = first
    assert email - app < 130  # the rest of the line is for the words
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
