"""Looking for freelancers with a script: filters, and ticks that stay."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.invitations.steps import listed
from tests.support.client import Person
from tests.support.market import change_profile, post_job, unique_word


def test_ticks_stay_while_one_searches(
    window: OpenWindow, alice: Person, bob: Person, charlie: Person
) -> None:
    """Languages are names, half a name is none, and taking a filter away forgets neither ticks nor the job."""
    job, word, other = post_job(alice, title="A globe of paper"), unique_word(), unique_word()
    change_profile(listed(bob), headline=word, languages=["en", "cs"])
    change_profile(listed(charlie), headline=other)
    page = window(alice).page
    page.goto(f"/people?invite={job['id']}&q={word}")
    invite, none = page.get_by_role("button", name="Invite the ticked"), page.locator("#none-ticked")
    invite.click()
    expect(none).to_be_visible()
    page.get_by_label("Invite Bob Bidder").check()
    expect(none).to_be_hidden()
    languages = page.get_by_label("Languages, number 1")
    languages.fill("Czec")
    languages.fill("Czech")
    chips = page.locator("[aria-label='Active filters']")
    expect(chips).to_contain_text("Czech")
    expect(page.get_by_label("Languages, number 2")).to_have_value("")
    page.get_by_label("Languages, number 2").fill("English")
    expect(chips).to_contain_text("English")
    expect(page.get_by_label("Invite Bob Bidder")).to_be_checked()
    chips.get_by_role("link", name="Czech").click()
    expect(languages).to_have_value("English")
    chips.get_by_role("link", name="English").click()
    expect(languages).to_have_value("")
    page.set_viewport_size({"width": 360, "height": 740})
    assert (
        page.locator(".invite-bar").evaluate("bar => bar.offsetHeight") < 80
    )  # so that a phone shows those who can be ticked
    page.get_by_label("Search freelancers").fill(other)
    expect(page.locator(".ticked-elsewhere")).to_contain_text("Bob Bidder")
    page.get_by_label("Invite Charlie Stranger").check()
    invite.click()
    expect(page.get_by_role("heading", name="Invite freelancers")).to_be_visible()
    expect(page.get_by_label("Bob Bidder")).to_be_checked()
    expect(page.get_by_label("Charlie Stranger")).to_be_checked()
    expect(page.get_by_label("Job")).to_have_value(job["id"])
