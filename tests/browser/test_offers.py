"""From a quote to a paid order without a job: two people in two windows, with JavaScript and without it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import story
from tests.browser.conftest import OpenWindow
from tests.browser.look import check
from tests.conftest import Join
from tests.invitations.steps import listed
from tests.offers.steps import answer_offer, offer
from tests.support.client import Person
from tests.support.market import offer_service
from tests.support.money import do, in_progress
from tests.support.server import Server
from tests.support.talk import open_talk, say


@pytest.mark.parametrize("javascript", [True, False])
def test_a_quote_other_terms_and_a_paid_order(
    window: OpenWindow, alice: Person, bob: Person, javascript: bool
) -> None:
    """Each hears of the other's step where they are."""
    say(alice, open_talk(alice, bob, gigId=offer_service(bob)["id"]), "Could you draw a map?")
    client, freelancer = [window(each, javascript=javascript).page for each in (alice, bob)]
    if javascript:
        client.goto("/")
        expect(client.locator("body[data-connected]")).to_be_attached()
    freelancer.goto(f"/u/{alice.id}")
    freelancer.get_by_role("link", name="Send a quote").click()
    fill(freelancer, title="A map of the old town", price="500")
    freelancer.get_by_role("button", name="Send this offer").click()
    expect(freelancer.locator("#offer")).to_contain_text("Alice Owner has to answer by")
    expect(freelancer.locator("#offer")).to_contain_text("$450")  # after the fee

    hear(client, "Bob Bidder has sent you an offer.", javascript)
    client.get_by_role("link", name="Propose other terms").click()
    client.get_by_label("Price", exact=True).fill("450")
    client.get_by_role("button", name="Send this answer").click()
    expect(client.locator("#offer")).to_contain_text("Changed: the price")
    if not javascript:
        freelancer.goto("/notifications")
    hear(freelancer, "Alice Owner answers your offer with other terms.", javascript)
    freelancer.get_by_role("link", name="Accept", exact=True).click()
    freelancer.get_by_role("button", name="Accept for $450").click()
    expect(freelancer.locator("#order")).to_contain_text("A map of the old town")
    if not javascript:
        client.goto("/notifications")
    hear(client, "Bob Bidder has accepted your offer. Pay, and the work begins.", javascript)
    client.wait_for_url("**/orders/*")
    story.pay(client)
    expect(client.locator("#order")).to_contain_text("In progress")


@pytest.mark.parametrize("javascript", [True, False])
def test_hire_again_begins_with_the_last_terms(
    window: OpenWindow, server: Server, alice: Person, bob: Person, javascript: bool
) -> None:
    order = in_progress(server, alice, bob)
    do(bob, order, "deliver", message="Here.")
    do(alice, order, "accept")
    page = window(alice, javascript=javascript).page
    page.goto(f"/orders/{order['id']}")
    page.get_by_role("link", name="Hire again").first.click()
    expect(page.get_by_label("Title")).to_have_value(str(order["terms"]["title"]))
    page.get_by_label("Price", exact=True).fill("120")
    page.get_by_role("button", name="Send this offer").click()
    expect(page.locator("#offer")).to_contain_text("Bob Bidder has to answer by")
    (sent,) = bob.get("/api/offers").json()["offers"]
    assert (sent["price"], sent["title"]) == (120, order["terms"]["title"])


def hear(page: Page, words: str, javascript: bool) -> None:
    """Follow the news of an offer."""
    if not javascript and not page.url.endswith("/notifications"):
        page.goto("/notifications")
    page.locator("#toasts" if javascript else "main").get_by_text(words).click()


def fill(page: Page, title: str, price: str) -> None:
    """The terms of a first offer."""
    page.get_by_label("Title").fill(title)
    page.get_by_label("What is agreed").fill("Drawn in ink, and scanned.")
    page.get_by_label("Price", exact=True).fill(price)


def test_every_page_of_offers(window: OpenWindow, alice: Person, bob: Person) -> None:
    """axe-core finds nothing, nothing sticks out, every control can be hit, on each page and in each state."""
    long = {"title": "W" * 120, "description": "M" * 300, "note": "A few words."}
    sent = offer(alice, listed(bob), **long)
    countered = answer_offer(bob, sent, "counter", price=500).json()
    answer_offer(bob, offer(alice, bob), "decline", reason="Too far.", price=900)
    ask = [f"/offers/{countered['id']}/{act}" for act in ("accept", "decline", "counter")]
    check(
        window(alice),
        f"/offers/{countered['id']}",
        *ask,
        f"/offers/new?to={bob.id}",
        "/hiring",
        f"/u/{bob.id}",
    )
    check(window(alice), f"/messages/new?to={bob.id}", "/hiring?offers=ended")
    check(
        window(bob),
        f"/offers/{sent['id']}",
        f"/offers/{countered['id']}",
        f"/offers/{countered['id']}/withdraw",
    )


def test_a_refusal_above_a_long_form_is_in_sight(window: OpenWindow, join: Join, bob: Person) -> None:
    """It has the focus, so the page goes there, and it leads to the offers that are in the way."""
    alice = join("Alice Asks")
    sent = [offer(alice, listed(bob)) for _ in range(3)]
    opened = window(alice)
    page = opened.page
    page.goto(f"/offers/new?to={bob.id}")
    fill(page, title="A map of the harbour", price="300")
    page.get_by_role("button", name="Send this offer").click()
    refusal = page.get_by_role("alert")
    expect(refusal).to_be_focused()
    expect(refusal).to_be_in_viewport()
    expect(refusal.get_by_role("link")).to_have_count(len(sent))
    expect(page.get_by_label("Title")).to_have_value("A map of the harbour")
    opened.expect_complaint("409 (CONFLICT)")
