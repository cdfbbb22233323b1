"""What people choose by, at every width: the rows of bids, the filters, covers and the net of a price."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import OpenWindow
from tests.browser.look import check
from tests.support.client import Person
from tests.support.invariants import Db
from tests.support.market import offer_service, place_bid, post_job

WIDTHS = (360, 480, 576, 768, 1280)
NAME = "Linh Nguyễn-Hoàng"

# How each part of a bid's row stands: the lines of its texts, and its box.
ROW = """row => {
  const lines = element => new Set([...element.getClientRects()].map(({top}) => Math.round(top))).size
  const box = element => { const {left, top, right, bottom} = element.getBoundingClientRect()
    return {left, top, right, bottom} }
  const [face, who, price, words, foot] = ['.avatar', '.bid-who', '.bid-price', '.words', '.bid-foot'].map(
    part => box(row.querySelector(part)))
  return {
    parts: {face, who, price, words, foot}, row: box(row),
    name: lines(row.querySelector('h3 bdi')),
    rating: lines(row.querySelector('.rating')),
    amount: box(row.querySelector('.bid-price data')), budget: box(row.querySelector('.bid-price span')),
  }
}"""


def at(page: Page, width: int) -> None:
    size: ViewportSize = {"width": width, "height": 800}
    page.set_viewport_size(size)


@pytest.fixture
def rated(bob: Person, db: Db) -> Person:
    """Bob by a longer name, with two reviews."""
    changed = bob.put("/api/users/profile", {"name": NAME})
    assert changed.status_code == 200, changed.text
    db.users.update_one({"email": bob.email}, {"$set": {"rating.freelancer": {"count": 2, "sum": 9}}})
    return bob


def test_the_row_of_a_bid_at_every_width(window: OpenWindow, alice: Person, rated: Person) -> None:
    """Nothing overlaps or leaves the row, the price stands apart from its distance to the budget, and neither a name
    nor a rating breaks inside.
    """
    job = post_job(alice, budget=650)
    place_bid(rated, job, price=640, message="I will do it. " * 20)
    page = window(alice).page
    page.goto(f"/gigs/{job['id']}")
    for width in WIDTHS:
        at(page, width)
        found = page.locator(".bid").first.evaluate(ROW)
        assert (found["name"], found["rating"]) == (1, 1), width
        boxes = list(found["parts"].values())
        for box in boxes:
            assert found["row"]["left"] - 1 <= box["left"], (width, found)
            assert box["right"] <= found["row"]["right"] + 1, (width, found)
        for number, one in enumerate(boxes):
            for other in boxes[number + 1 :]:
                is_beside = one["right"] <= other["left"] + 1 or other["right"] <= one["left"] + 1
                assert is_beside or one["bottom"] <= other["top"] + 1 or other["bottom"] <= one["top"] + 1, (
                    width
                )
        amount, budget = found["amount"], found["budget"]
        assert budget["left"] >= amount["right"] + 4 or budget["top"] >= amount["bottom"] - 1, (width, found)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_filters_of_a_phone_have_a_title_and_an_end(
    window: OpenWindow, alice: Person, bob: Person
) -> None:
    """Nothing is seen below their button, wherever they are scrolled to."""
    for number in range(3):
        offer_service(bob, title=f"Maps {number}", skills=[f"Skill {number} {each}" for each in range(8)])
    page = window(alice).page
    at(page, 360)
    page.goto("/services")
    page.get_by_role("button", name=re.compile("^Filters")).click()
    sheet = page.locator("#filters")
    expect(sheet.get_by_role("heading", name="Filters")).to_be_visible()
    for scrolled in (0, 120, 10_000):
        seen = sheet.evaluate(
            """(sheet, to) => {
              sheet.scrollTop = to
              const button = sheet.querySelector(':scope > .button')
              const spread = parseFloat(getComputedStyle(button).boxShadow.match(/([0-9.]+)px$/)[1])
              return {spread, left: sheet.getBoundingClientRect().bottom - button.getBoundingClientRect().bottom}
            }""",
            scrolled,
        )
        assert 0 <= seen["left"] <= seen["spread"], (scrolled, seen)
    sheet.get_by_role("button", name="Close the filters").click()
    expect(sheet).to_be_hidden()


def test_services_have_a_cover_each(window: OpenWindow, alice: Person, bob: Person) -> None:
    """No hole in the grid: a service without a picture is as tall as one with it, up to its title."""
    for number in range(3):
        offer_service(bob, title=f"Something {number}", category="data")
    opened = window(alice)
    page = opened.page
    page.goto("/services?category=data")
    cards = page.locator(".offer").all()
    tops = [each.locator("h2").bounding_box() for each in cards[:3]]
    assert len({round(box["y"]) for box in tops if box}) == 1
    for one, other in pairwise(cards[:3]):
        assert (
            one.locator(".shot").bounding_box()["height"] == other.locator(".shot").bounding_box()["height"]
        )  # type: ignore[index]
    expect(page.locator(".offer .seller").first).to_contain_text("Bob Bidder")
    check(opened, "/services?category=data")


def test_the_net_follows_what_is_typed(window: OpenWindow, alice: Person, bob: Person) -> None:
    """And asks for nothing but it: the rest of the form is not sent along."""
    job = post_job(alice)
    page = window(bob).page
    page.goto(f"/gigs/{job['id']}")
    page.get_by_label("Message", exact=True).fill("Not to be sent along")
    net = page.locator("#price-net")
    expect(net).to_contain_text("you receive the rest")
    with page.expect_request("**/fee?*") as asked:
        page.get_by_label("Your price").fill("320")
    assert asked.value.url.endswith("/fee?price=320")
    expect(net).to_have_text("You receive $288 after the 10% fee.")
    page.get_by_label("Your price").fill("1,500.50")
    expect(net).to_have_text("You receive $1,350.45 after the 10% fee.")


def test_choosing_among_bids_without_leaving_the_page(
    window: OpenWindow, alice: Person, bob: Person, charlie: Person
) -> None:
    """A star is a button in its place, and what was ticked stays ticked while the list is ordered or changes."""
    job = post_job(alice, budget=650)
    first, second = place_bid(bob, job, price=640), place_bid(charlie, job, price=600)
    page = window(alice).page
    page.goto(f"/gigs/{job['id']}")
    star = page.locator(f"#star-button-{first['id']}")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(star).to_be_focused()
    for bid in (first, second):
        page.locator(f"#pick-{bid['id']}").check()
    page.get_by_role("link", name="Lowest price").click()
    expect(page.locator(".bid h3").first).to_have_text("Charlie Stranger")
    expect(page).to_have_url(re.compile(r"sort=price$"))
    bob.patch(f"/api/bids/{first['id']}", {"price": 590})
    expect(page.locator(".bid h3").first).to_have_text("Bob Bidder")
    for bid in (first, second):
        expect(page.locator(f"#pick-{bid['id']}")).to_be_checked()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.locator(".compare h2")).to_have_text(["Bob Bidder", "Charlie Stranger"])
    page.get_by_role("link", name="Decline the bid of Charlie Stranger").click()
    page.get_by_label("A few words to the freelancer").fill("Thank you!")
    page.get_by_role("button", name="Decline this bid").click()
    expect(page.locator("#declined")).to_contain_text("You declined the bid of Charlie Stranger.")
    expect(page.locator(".compare .mark")).to_have_text("Declined")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".compare .mark")).to_have_count(0)
