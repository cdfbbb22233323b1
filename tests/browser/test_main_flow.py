"""Hiring and the order that it leads to, in a real browser: two people, two windows."""

import pytest
from playwright.sync_api import expect

from tests.browser import story
from tests.browser.conftest import OpenWindow
from tests.support.client import Person


def test_log_in_create_bid_hire_toast_pay_deliver_accept(
    window: OpenWindow, alice: Person, bob: Person
) -> None:
    """The demo video's steps; the toast, and every change, comes to a page that nobody touches."""
    title = f"{story.TITLE} {alice.id[-6:]}"
    owner, freelancer = window().page, window().page
    story.log_in(owner, alice.email, alice.password)
    story.log_in(freelancer, bob.email, bob.password)
    story.create_gig(owner, title)

    story.find_gig(freelancer, title)
    story.bid(freelancer)
    # The owner's open page shows the bid by itself, and tells of it.
    expect(owner.get_by_role("listitem").filter(has_text=story.MESSAGE)).to_be_visible()
    expect(owner.locator("#toasts").get_by_text(f"{bob.name} has bid on “{title}”.")).to_be_visible()

    freelancer.goto("/")
    expect(freelancer.locator("body[data-user]")).to_be_attached()
    story.hire(owner, bob.name)
    story.see_toast(freelancer, title)
    expect(freelancer.get_by_role("link", name="1 unread notification")).to_be_visible()

    # The toast leads to the order; followed, it counts as read and does not come again.
    freelancer.locator("#toasts a").click()
    freelancer.wait_for_url(owner.url)
    expect(story.turn(freelancer)).to_contain_text(f"{alice.name} has to pay $")
    expect(freelancer.get_by_role("link", name="Notifications, none unread")).to_be_visible()
    expect(freelancer.locator("#toasts .toast")).to_have_count(0)

    story.pay(owner)
    expect(story.turn(freelancer)).to_contain_text("Deliver by")
    story.deliver(freelancer)
    expect(story.turn(owner)).to_contain_text("Accept or request changes by")
    story.accept(owner)
    expect(story.turn(freelancer)).to_contain_text("Completed. ")


def test_the_same_without_javascript(window: OpenWindow, alice: Person, bob: Person) -> None:
    """Every step of the story works with JavaScript off, and what was looked at counts as read."""
    title = f"{story.TITLE} {bob.id[-6:]}"
    owner, freelancer = window(javascript=False).page, window(javascript=False).page
    story.live_it_without_scripts(owner, freelancer, alice, bob, title)
    freelancer.goto("/jobs")
    expect(freelancer.get_by_role("link", name="Notifications, none unread")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_join_post_edit_close_withdraw(window: OpenWindow, bob: Person, javascript: bool) -> None:
    """A newcomer joins, posts, edits and closes; a bidder changes the bid and takes it back."""
    newcomer = window(javascript=javascript).page
    newcomer.goto("/register")
    newcomer.get_by_label("Your name").fill("Nina Newcomer")
    newcomer.get_by_label("E-mail").fill(f"nina-{bob.id}-{javascript}@example.test")
    newcomer.get_by_label("Password", exact=True).fill("a long password")
    newcomer.get_by_role("radio", name="I want to hire").check()
    newcomer.get_by_role("main").get_by_role("button", name="Join").click()
    expect(newcomer.get_by_role("heading", name="Your first steps")).to_be_visible()
    address = story.create_gig(newcomer)

    newcomer.get_by_role("link", name="Edit").click()
    newcomer.get_by_label("Budget").fill("750")
    newcomer.get_by_role("button", name="Save the changes").click()
    expect(newcomer.get_by_text("$750").first).to_be_visible()

    bidder = window(bob, javascript=javascript).page
    bidder.goto(address)
    story.bid(bidder)
    bidder.get_by_role("link", name="Change").click()
    bidder.get_by_label("Your price").fill("425.50")
    bidder.get_by_role("button", name="Save the changes").click()
    expect(bidder.get_by_role("button", name="Save the changes")).to_have_count(0)
    expect(bidder.get_by_text("$425.50").first).to_be_visible()
    bidder.get_by_role("link", name="Withdraw").click()
    bidder.get_by_role("button", name="Withdraw my bid").click()
    expect(bidder.get_by_role("button", name="Send this bid")).to_be_visible()
    expect(bidder.get_by_text("You withdrew this bid.").first).to_be_visible()

    newcomer.goto(address)
    newcomer.get_by_role("link", name="Close job").click()
    newcomer.get_by_role("button", name="Close this job").click()
    expect(newcomer.get_by_text("You closed this job without hiring.")).to_be_visible()
