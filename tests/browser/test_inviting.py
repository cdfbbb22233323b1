"""From finding somebody to hiring them: a client and a freelancer in two windows, with JavaScript and without it."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser import story
from tests.browser.conftest import OpenWindow
from tests.invitations.steps import listed
from tests.support.client import Json, Person
from tests.support.market import change_profile, place_bid, post_job, unique_word

INVITES = "Alice Owner invites you to bid on a job."
NOTE = "Yours is the calm hand that it needs."
SKETCH: FilePayload = {"name": "sketch.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}


@pytest.mark.parametrize("javascript", [True, False])
def test_somebody_is_found_invited_compared_and_hired(
    window: OpenWindow, alice: Person, bob: Person, charlie: Person, javascript: bool
) -> None:
    """The invited one hears of it where they are, and bids with a file; the other bidder is declined."""
    job = post_job(alice, title="A globe of paper", budget=500)
    word = unique_word()
    change_profile(listed(bob), headline=word)
    opened = [window(each, javascript=javascript).page for each in (alice, bob)]
    owner, freelancer = opened
    if javascript:
        freelancer.goto("/")
        expect(freelancer.locator("body[data-user]")).to_be_attached()
    owner.goto(f"/gigs/{job['id']}")
    invite(owner, word)
    expect(owner.locator("#invitations")).to_contain_text("Bob Bidder")
    expect(owner.locator("#invitations")).to_contain_text("Invited")

    if not javascript:
        freelancer.goto("/notifications")
    freelancer.locator("#toasts" if javascript else "main").get_by_text(INVITES).click()
    freelancer.wait_for_url(f"**/gigs/{job['id']}*")
    answer_by_bid(freelancer)
    other = place_bid(charlie, job, price=520)
    if not javascript:
        owner.reload()
    expect(owner.locator("#invitations")).to_contain_text("Has bid")
    choose(owner, other)
    story.hire(owner, "Bob Bidder")
    expect(owner.locator("#order")).to_contain_text("sketch.svg")
    expect(owner.locator("#order")).to_contain_text("I would like to.")

    if not javascript:
        freelancer.goto("/notifications")
    told = freelancer.locator("#toasts" if javascript else "main")
    told.get_by_text("You have been hired for A globe of paper!").click()
    freelancer.wait_for_url(owner.url)
    (declined,) = charlie.get("/api/bids/mine").json()["bids"]
    assert (declined["status"], declined["reason"]) == ("rejected", "Thank you all the same.")


def test_a_note_comes_back_for_the_job_and_the_people_that_it_was_for(
    window: OpenWindow, alice: Person, bob: Person, charlie: Person
) -> None:
    """A draft chooses no other job than the one whose page one came from."""
    first, second = post_job(alice), post_job(alice)
    page = window(alice).page
    page.goto(f"/invite?gig={first['id']}&to={listed(bob).id}")
    page.get_by_label("Note").fill(NOTE)
    page.goto(f"/invite?gig={second['id']}&to={listed(charlie).id}")
    expect(page.get_by_label("Job")).to_have_value(second["id"])
    expect(page.get_by_label("Note")).to_have_value("")
    page.go_back()
    expect(page.get_by_label("Note")).to_have_value(NOTE)


def invite(owner: Page, word: str) -> None:
    """From the page of a job to the directory, and to the one who is found by this word."""
    owner.get_by_role("link", name="Invite freelancers").click()
    owner.get_by_label("Search freelancers").fill(word)
    owner.get_by_label("Search freelancers").press("Enter")
    expect(owner.locator(".freelancer")).to_have_count(1)
    owner.get_by_label("Invite Bob Bidder").click()  # and not the name, whose link is the whole row
    owner.get_by_role("button", name="Invite the ticked").click()
    owner.get_by_label("Note").fill(NOTE)
    owner.get_by_role("button", name="Invite", exact=True).click()


def answer_by_bid(freelancer: Page) -> None:
    """Read the invitation, and bid with a file."""
    invitation = freelancer.locator("#invitation")
    expect(invitation).to_contain_text("Alice Owner invited you")
    expect(invitation).to_contain_text(NOTE)
    freelancer.get_by_role("textbox", name="Message").fill("I would like to.")
    freelancer.get_by_label("Your price").fill("450")
    freelancer.locator("#bid-form [name=files]").set_input_files(SKETCH)
    freelancer.get_by_role("button", name="Send this bid").click()
    expect(freelancer.locator("#my-bid")).to_contain_text("sketch.svg")
    expect(invitation.get_by_role("link")).to_have_count(0)


def choose(owner: Page, other: Json) -> None:
    """The cheaper bid first, a star for it, both side by side, and a word for the other one, who is declined."""
    owner.get_by_role("link", name="Lowest price").click()
    expect(owner.locator(".bid:not(.invitation) h3")).to_have_text(["Bob Bidder", "Charlie Stranger"])
    owner.get_by_role("button", name="Star the bid of Bob Bidder").click()
    star = owner.get_by_role("button", name="Star the bid of Bob Bidder")
    expect(star).to_have_attribute("aria-pressed", "true")
    for name in ("Bob Bidder", "Charlie Stranger"):
        owner.get_by_label(f"Compare the bid of {name}").check()
    owner.get_by_role("button", name="Compare", exact=True).click()
    expect(owner.locator(".compare h2")).to_have_text(["Bob Bidder", "Charlie Stranger"])
    expect(owner.locator(".compare")).to_contain_text("sketch.svg")
    owner.get_by_role("link", name="Decline the bid of Charlie Stranger").click()
    owner.get_by_label("A few words to the freelancer").fill("Thank you all the same.")
    owner.get_by_role("button", name="Decline this bid").click()
    expect(owner.locator("#declined")).to_contain_text("You declined the bid of Charlie Stranger.")
    expect(owner.locator(f"#bid-{other['id']} .mark")).to_have_text("Declined")
    expect(owner).to_have_url(re.compile("/compare"))
