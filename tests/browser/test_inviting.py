"""Inviting somebody, and a bid that answers it: two people, two windows."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.invitations.steps import listed
from tests.support.client import Person
from tests.support.market import change_profile, post_job, unique_word


def test_somebody_is_invited_and_bids(window: OpenWindow, alice: Person, bob: Person) -> None:
    """From the directory. The invited person's open window hears of it; the owner's page shows the bid by itself."""
    job = post_job(alice, title="A globe of paper")
    word = unique_word()
    change_profile(listed(bob), headline=word)
    owner, freelancer = window(alice).page, window(bob).page
    freelancer.goto("/")
    expect(freelancer.locator("body[data-user]")).to_be_attached()
    owner.goto(f"/gigs/{job['id']}")
    owner.get_by_role("link", name="Invite freelancers").click()
    owner.get_by_label("Search freelancers").fill(word)
    owner.get_by_label("Invite Bob Bidder").click()  # and not the name, whose link is the whole row
    owner.get_by_role("button", name="Invite the ticked").click()
    owner.get_by_label("Note").fill("Yours is the calm hand that it needs.")
    owner.get_by_role("button", name="Invite", exact=True).click()
    expect(owner.locator("#invitations")).to_contain_text("Bob Bidder")
    expect(owner.locator("#invitations")).to_contain_text("Invited")

    toast = freelancer.locator("#toasts").get_by_text("Alice Owner invites you to bid on a job.")
    toast.click()
    freelancer.wait_for_url(f"**/gigs/{job['id']}*")
    invitation = freelancer.locator("#invitation")
    expect(invitation).to_contain_text("Alice Owner invited you")
    expect(invitation).to_contain_text("Yours is the calm hand that it needs.")
    freelancer.get_by_role("textbox", name="Message").fill("I would like to.")
    freelancer.get_by_label("Your price").fill("450")
    freelancer.get_by_role("button", name="Send this bid").click()
    expect(freelancer.locator("#my-bid")).to_be_visible()
    expect(invitation.get_by_role("link")).to_have_count(0)
    expect(owner.locator("#invitations")).to_contain_text("Has bid")
