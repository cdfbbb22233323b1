"""From a request to finished work: a client, two freelancers and an admin, with JavaScript and without it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import story
from tests.browser.chromium import connected
from tests.browser.conftest import OpenWindow
from tests.browser.look import check
from tests.offers.steps import answer_offer
from tests.requests.steps import accept, ask_for, assign, day, reject, seen
from tests.support.client import Person
from tests.support.money import do


@pytest.mark.parametrize("javascript", [True, False])
def test_a_request_two_offers_and_finished_work(
    window: OpenWindow, alice: Person, bob: Person, charlie: Person, root: Person, javascript: bool
) -> None:
    """The first to accept gets it; the other's page says so by itself."""
    client, first, second = [window(each, javascript=javascript).page for each in (alice, bob, charlie)]
    client.goto("/hiring")
    client.get_by_role("link", name="Ask us to find one").click()
    fill(client)
    client.get_by_role("button", name="Send this request").click()
    expect(client.locator("#request")).to_contain_text("GigFlow has to review it by")
    sent = {"id": client.url.rpartition("/")[2]}
    if javascript:
        for page in (client, first, second):
            if page is not client:
                page.goto("/freelancing")
            connected(page)
    mine, other = assign(root, sent, bob, charlie, price=450)
    follow(first, mine, javascript)
    follow(second, other, javascript)
    refreshed(client, javascript)
    expect(client.locator("#request")).to_contain_text("2 freelancers have to answer by")
    if javascript:
        connected(second)
    first.get_by_role("link", name="Accept", exact=True).click()
    expect(first.locator("#ask")).to_contain_text("$405")
    first.get_by_role("button", name="Accept for $450").click()
    expect(first.locator("#order")).to_contain_text("A logo for a bakery")
    refreshed(second, javascript)
    expect(second.locator("#offer")).to_contain_text("Another freelancer was quicker to accept this.")
    refreshed(client, javascript)
    client.get_by_role("link", name="Open the order").click()
    story.pay(client)
    expect(client.locator("#order")).to_contain_text("In progress")
    order = {"id": seen(alice, sent)["orderId"]}
    do(bob, order, "deliver", message="Here it is.")
    do(alice, order, "accept")
    client.goto(f"/requests/{sent['id']}")
    expect(client.locator("#request")).to_contain_text("The work is done.")


def fill(page: Page) -> None:
    page.get_by_label("Title").fill("A logo for a bakery")
    page.get_by_label("Description").fill("A wheat ear, one colour, as SVG.")
    page.get_by_label("Budget").fill("500")
    page.get_by_label("Due date").fill(day(20))


def follow(page: Page, offer: dict[str, str], javascript: bool) -> None:
    """The row of an offer, which appears by itself, leads to its page."""
    if not javascript:
        page.goto("/freelancing")
    page.locator(f"#sections a[href='/offers/{offer['id']}']").click()
    expect(page.locator("#offer")).to_contain_text("You have to accept or decline by")


def refreshed(page: Page, javascript: bool) -> None:
    """Without JavaScript one looks again."""
    if not javascript:
        page.reload()


def test_what_was_typed_survives_a_reload(window: OpenWindow, alice: Person) -> None:
    page = window(alice).page
    page.goto("/requests/new")
    fill(page)
    page.reload()
    expect(page.get_by_label("Description")).to_have_value("A wheat ear, one colour, as SVG.")


def test_every_page_of_requests(window: OpenWindow, alice: Person, bob: Person, root: Person) -> None:
    """axe-core finds nothing, nothing sticks out, every control can be hit, on each page and in each state."""
    long = {"title": "W" * 120, "description": "M" * 300}
    waits, back, out, matched = (ask_for(alice, **long, skills=["S" * 40]) for _ in range(4))
    reject(root, back, "N" * 300, suggestedBudget=700)
    (offer,) = assign(root, out, bob, note="K" * 300)
    (mine,) = assign(root, matched, bob)
    accept(bob, mine)
    check(
        window(alice),
        "/requests/new",
        *(f"/requests/{each['id']}" for each in (waits, back, out, matched)),
        f"/requests/{back['id']}/edit",
        f"/requests/{out['id']}/take-back",
        f"/requests/{back['id']}/open-up",
        f"/requests/{waits['id']}/cancel",
        "/hiring?requests=matched",
    )
    check(window(bob), f"/offers/{offer['id']}", f"/offers/{offer['id']}/decline", "/freelancing")
    answer_offer(bob, offer, "decline", reason="No time.", price=600)
    check(window(bob), f"/offers/{offer['id']}")
    check(window(root), f"/requests/{out['id']}")
