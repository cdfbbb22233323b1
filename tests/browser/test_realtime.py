"""What reaches an open page without anybody touching it, and what a lost connection must not lose."""

import json

import pytest
from bson import ObjectId
from playwright.sync_api import Route, expect

from tests.browser.chromium import connected
from tests.browser.conftest import OpenWindow
from tests.browser.look import SIZES
from tests.support.client import Client, Person
from tests.support.market import hire, place_bid, post_job, unique_word
from tests.support.money import do, in_progress
from tests.support.server import Server
from tests.support.waiting import wait_for

# As behind a proxy that lets none through.
NO_WEBSOCKETS = """globalThis.WebSocket = class {
  constructor() { setTimeout(() => this.onerror(new Event('error'))) }
  close() {}
}"""


def test_a_lost_connection_still_gets_the_toast_once(window: OpenWindow, alice: Person, bob: Person) -> None:
    """SECURITY 26: hired while offline; after the reconnect the toast comes, once, and the banner told of both."""
    gig = post_job(alice, title=f"Offline {unique_word()}")
    bid = place_bid(bob, gig)
    opened = window(bob)
    page = opened.page
    page.goto("/freelancing")
    connected(page)
    opened.context.set_offline(True)
    expect(page.locator("#offline")).to_be_visible(timeout=60_000)
    assert hire(alice, bid).status_code == 200
    opened.context.set_offline(False)
    expect(page.locator("#online")).to_be_visible(timeout=30_000)
    words = f"You have been hired for {gig['title']}!"
    expect(page.locator("#toasts").get_by_text(words, exact=True)).to_have_count(1)
    expect(page.locator("#offline")).to_be_hidden()
    opened.expect_complaint("ERR_INTERNET_DISCONNECTED")
    opened.expect_complaint("WebSocket connection")


def test_a_hire_stays_until_it_is_closed(window: OpenWindow, alice: Person, bob: Person) -> None:
    """The news that matters comes in every tab and on the next page too, until it is closed in one of them."""
    gig = post_job(alice, title=f"Sticky {unique_word()}")
    bid = place_bid(bob, gig)
    opened = window(bob)
    first, second = opened.page, opened.context.new_page()
    first.goto("/")
    second.goto("/jobs")
    assert hire(alice, bid).status_code == 200
    words = f"You have been hired for {gig['title']}!"
    for page in (first, second):
        expect(page.locator("#toasts").get_by_text(words, exact=True)).to_have_count(1)
    first.goto("/freelancing")
    expect(first.locator("#toasts").get_by_text(words, exact=True)).to_have_count(1)
    first.locator("#toasts").get_by_role("button", name="Close this notice").click()
    expect(second.locator("#toasts .toast")).to_have_count(0)
    expect(first.get_by_role("link", name="Notifications, none unread")).to_be_visible()
    first.reload()
    connected(first)
    expect(first.get_by_role("link", name="Notifications, none unread")).to_be_visible()
    expect(first.locator("#toasts .toast")).to_have_count(0)


def test_a_payment_stays_but_not_on_its_own_page(
    window: OpenWindow, server: Server, alice: Person, bob: Person
) -> None:
    """It comes on every page (docs/ui.md), until somebody looks at the order's own."""
    page, news = window(bob).page, {"user_id": ObjectId(bob.id), "type": "order_paid"}
    page.goto("/")
    connected(page)
    order = in_progress(server, alice, bob)
    paid = page.locator("#toasts").get_by_text("paid for")
    for path in ("/jobs", "/services"):
        page.goto(path)
        expect(paid).to_have_count(1)
    assert not (server.db.notifications.find_one(news) or {})["acked_by"]
    page.goto(f"/orders/{order['id']}")
    assert (server.db.notifications.find_one(news) or {})["read_at"]
    connected(page)
    expect(page.get_by_role("link", name="Notifications, none unread")).to_be_visible()
    expect(page.locator("#toasts .toast")).to_have_count(0)


def test_what_stays_leaves_room_for_the_next(
    window: OpenWindow, server: Server, alice: Person, bob: Person
) -> None:
    """On a phone the news of a hire and of its payment would fill the screen for good."""
    page = window(bob).page
    page.set_viewport_size(SIZES["phone"])
    page.goto("/jobs")
    connected(page)
    order = in_progress(server, alice, bob)
    expect(page.locator("#toasts .toast")).to_have_count(1)
    do(alice, order, "cancel", reason="We moved.")
    expect(page.locator("#toasts")).to_contain_text("asks to cancel")


def test_what_stays_hides_nothing_of_the_page_for_good(
    window: OpenWindow, server: Server, alice: Person, bob: Person
) -> None:
    """The end of a page can be scrolled to above the toasts, and the room for it goes with them."""
    order = do(alice, in_progress(server, alice, bob), "cancel", reason="We moved.")
    page = window(bob).page
    page.set_viewport_size(SIZES["phone"])
    page.goto(f"/orders/{order['id']}")
    connected(page)
    in_progress(server, alice, bob)
    expect(page.locator("#toasts .toast").first).to_be_visible()
    below = """() => {
      scrollTo(0, document.documentElement.scrollHeight)
      const top = document.querySelector('#toasts').getBoundingClientRect().top
      return document.querySelector('.foot').getBoundingClientRect().bottom - top
    }"""
    wait_for(lambda: page.evaluate(below) <= 0)
    # Closed one by one, also those that come later.
    close = """() => {
      document.querySelector('#toasts button')?.click()
      return parseFloat(getComputedStyle(document.documentElement).paddingBlockEnd)
    }"""
    wait_for(lambda: page.evaluate(close) == 0)


def test_everybody_sees_the_state_change(
    window: OpenWindow, alice: Person, bob: Person, charlie: Person
) -> None:
    """A visitor, a rejected bidder and the owner look at the job when it is given away elsewhere."""
    gig = post_job(alice, title=f"Watched {unique_word()}")
    bid, other = place_bid(bob, gig), place_bid(charlie, gig)
    visitor, loser, owner = window().page, window(charlie).page, window(alice).page
    for page in (visitor, loser, owner):
        page.goto(f"/gigs/{gig['id']}")
        connected(page)
    expect(visitor.get_by_role("link", name="Sign in to bid")).to_be_visible()
    assert hire(alice, bid).status_code == 200
    expect(visitor.get_by_text("Someone has been hired for this job.")).to_be_visible()
    expect(visitor.get_by_role("link", name="Sign in to bid")).to_have_count(0)
    expect(loser.get_by_text("This job went to someone else.").first).to_be_visible()
    expect(owner.get_by_text("Pay $").first).to_be_visible()
    assert other["status"] == "pending"


# A second part of a page that follows a job, as it stood before anybody bid; it notes what it is told.
ANOTHER_PART = """(gig) => addEventListener('DOMContentLoaded', () => {
  const part = Object.assign(document.createElement('p'), {id: 'other', textContent: 'as it was'})
  Object.assign(part.dataset, {watch: 'gig', id: gig.id, stamp: gig.stamp})
  part.addEventListener('gig:changed', () => (part.textContent = 'has changed'))
  document.querySelector('main').append(part)
})"""


def test_each_part_of_a_page_is_told_of_its_own(
    window: OpenWindow, visitor: Client, alice: Person, bob: Person
) -> None:
    """A page that follows two jobs: what happens to one asks for nothing of the other."""
    here, there = post_job(alice), post_job(alice)
    stamp = visitor.page(f"/gigs/{there['id']}").one("[data-watch]").attrs["data-stamp"]
    opened = window()
    opened.begin_with(f"({ANOTHER_PART})({json.dumps({'id': there['id'], 'stamp': stamp})})")
    page = opened.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/gigs/{here['id']}")
    connected(page)
    place_bid(bob, there)
    expect(page.locator("#other")).to_have_text("has changed")
    assert not [url for url in asked if url.endswith("/live")]
    place_bid(bob, here)
    expect(page.get_by_text("1 bid so far.")).to_be_visible()


def test_a_half_typed_bid_survives_the_news(
    window: OpenWindow, alice: Person, bob: Person, charlie: Person
) -> None:
    """Others bid while somebody types: the count changes, what was typed and the focus stay."""
    gig = post_job(alice, title=f"Typing {unique_word()}")
    page = window(bob).page
    page.goto(f"/gigs/{gig['id']}")
    connected(page)
    page.get_by_label("Your price").fill("333")
    page.get_by_label("Message", exact=True).press_sequentially("Half a sent")
    place_bid(charlie, gig)
    expect(page.get_by_text("1 bid so far.")).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    page.keyboard.type("ence.")
    expect(page.get_by_label("Message", exact=True)).to_have_value("Half a sentence.")
    expect(page.get_by_label("Your price")).to_have_value("333")


@pytest.mark.parametrize("websockets", [True, False])
def test_a_page_signs_out_by_itself(window: OpenWindow, bob: Person, websockets: bool) -> None:
    """SECURITY 2: a device that is ended elsewhere loses its socket, and its open page says so, also where it polls."""
    opened = window(bob)
    page = opened.page
    if not websockets:
        opened.begin_with(NO_WEBSOCKETS)
    page.goto("/freelancing")
    connected(page)
    thief_or_second_tab = bob.twin()
    assert thief_or_second_tab.post("/api/auth/logout").status_code == 200
    expect(page.get_by_text("You were signed out on this device.")).to_be_visible()
    page.wait_for_url("**/login?next=%2Ffreelancing")
    thief_or_second_tab.close()


def test_a_page_that_deletes_its_account_waits_for_the_answer(window: OpenWindow, bob: Person) -> None:
    """Its socket knows first that it is signed out; the page does not go to sign in instead."""
    page = window(bob).page
    page.goto("/settings/account/delete")
    connected(page)
    given_up: list[bool] = []

    def answer_late(route: Route) -> None:
        answer = route.fetch()
        page.locator("body:not([data-connected])").wait_for()
        given_up.append(page.locator("#main").evaluate("main => main.inert"))
        route.fulfill(response=answer)

    page.route("**/settings/account/delete", answer_late)
    page.get_by_label("Your password", exact=True).fill(bob.password)
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_text("Your account is deleted.")).to_be_visible()
    assert given_up == [False]


def test_a_visitor_gets_no_news_of_others(
    window: OpenWindow, alice: Person, bob: Person, visitor: Client
) -> None:
    """A page of a stranger shows no toast about somebody else's bid."""
    gig = post_job(alice, title=f"Private {unique_word()}")
    page = window().page
    page.goto(f"/gigs/{gig['id']}")
    connected(page)
    bid = place_bid(bob, gig)
    expect(page.get_by_text("1 bid so far.")).to_be_visible()
    assert hire(alice, bid).status_code == 200
    expect(page.get_by_text("Someone has been hired for this job.")).to_be_visible()
    expect(page.locator("#toasts .toast")).to_have_count(0)
