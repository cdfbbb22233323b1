"""Issue 4's flows in a real browser: filters and the way back, offering a service, asking about it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenWindow
from tests.support.client import Person
from tests.support.images import picture
from tests.support.market import post_job, unique_word


def titles(page: Page) -> list[str]:
    return page.locator("#results .gig-title").all_inner_texts()


@pytest.fixture
def word(alice: Person) -> str:
    """Three jobs that are found by one word: cheap and dear, in two categories."""
    found = unique_word()
    for name, budget, category in (("a", 100, "writing"), ("b", 300, "writing"), ("c", 900, "audio")):
        post_job(alice, title=f"{found} {name}", budget=budget, category=category)
    return found


def test_filters_work_as_one_goes_and_the_way_back_is_right(window: OpenWindow, word: str) -> None:
    """The address has everything; back and forward bring back the filters and what they found."""
    page = window().page
    page.goto("/jobs")
    page.get_by_role("searchbox").press_sequentially(word)
    expect(page.locator("#results .gig-title")).to_have_text([f"{word} c", f"{word} b", f"{word} a"])
    expect(page).to_have_url(re.compile(rf"/jobs\?q={word}$"))
    page.get_by_label("Category", exact=True).select_option("writing")
    expect(page.locator("#results .gig-title")).to_have_text([f"{word} b", f"{word} a"])
    page.get_by_role("textbox", name="Up to").fill("200")
    expect(page.locator("#results .gig-title")).to_have_text([f"{word} a"])
    expect(page).to_have_url(re.compile(r"category=writing"))
    expect(page).to_have_url(re.compile(r"max_price=200"))

    page.go_back()
    expect(page.locator("#results .gig-title")).to_have_text([f"{word} b", f"{word} a"])
    expect(page.get_by_role("textbox", name="Up to")).to_have_value("")
    page.go_back()
    expect(page.locator("#results .gig-title")).to_have_text([f"{word} c", f"{word} b", f"{word} a"])
    expect(page.get_by_label("Category", exact=True)).to_have_value("")
    page.go_forward()
    expect(page.locator("#results .gig-title")).to_have_text([f"{word} b", f"{word} a"])
    expect(page.get_by_label("Category", exact=True)).to_have_value("writing")
    page.reload()
    expect(page.locator("#results .gig-title")).to_have_text([f"{word} b", f"{word} a"])

    page.locator("#results").get_by_role(
        "link", name="Copy and articles"
    ).click()  # the chip takes itself away
    expect(page.locator("#results .gig-title")).to_have_text([f"{word} c", f"{word} b", f"{word} a"])
    page.get_by_label("Order").select_option("price")
    expect(page.locator("#results .gig-title")).to_have_text([f"{word} a", f"{word} b", f"{word} c"])


def test_filters_without_javascript(window: OpenWindow, word: str) -> None:
    page = window(java_script_enabled=False).page
    page.goto("/jobs")
    page.get_by_role("searchbox").fill(word)
    page.get_by_label("Category", exact=True).select_option("writing")
    page.get_by_role("textbox", name="Up to").fill("200")
    page.get_by_role("button", name="Show results").click()
    assert titles(page) == [f"{word} a"]
    page.locator("#results").get_by_role("link", name=re.compile("up to")).click()
    assert titles(page) == [f"{word} b", f"{word} a"]
    page.goto(f"/jobs?q={word}&max_price=abc")
    expect(page.get_by_text("Give an amount")).to_be_visible()


def test_nothing_found_says_what_to_loosen(window: OpenWindow, word: str) -> None:
    page = window().page
    page.goto(f"/jobs?q={word}&min_price=5000")
    expect(page.locator("#results .gig-title")).to_have_count(0)
    page.locator("#results").get_by_role("link", name=re.compile("Without “from")).last.click()
    expect(page.locator("#results .gig-title")).to_have_count(3)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_service_is_offered_shown_asked_about_and_archived(
    window: OpenWindow, alice: Person, bob: Person, tmp_path: Path, javascript: bool
) -> None:
    """From a draft with a picture to a question and its answer, and off the market."""
    word, file = unique_word(), tmp_path / "work.png"
    file.write_bytes(picture(900, 600))
    owner = window(bob, java_script_enabled=javascript).page
    owner.goto("/gigs/new?kind=service")
    owner.get_by_label("Title").fill(f"I will draw {word}")
    owner.get_by_label("Description").fill("By hand, in ink.")
    owner.get_by_label("Price").fill("120")
    owner.get_by_role("button", name="Save as a draft").click()
    expect(owner.get_by_role("heading", name=f"I will draw {word}")).to_be_visible()
    address = owner.url

    reader = window(alice, java_script_enabled=javascript)
    page = reader.page
    page.goto(address)
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()

    owner.get_by_role("link", name="Edit", exact=True).click()
    owner.locator("input[type=file]").set_input_files(file)
    owner.locator("#images form[enctype]").get_by_label("Shown in it").fill("A red and a blue field")
    owner.get_by_role("button", name="Add this picture").click()
    expect(owner.locator("#images img")).to_have_count(1)
    owner.get_by_role("button", name="Save the changes").click()
    owner.get_by_role("button", name="Publish").first.click()
    expect(owner.get_by_text("Live").first).to_be_visible()

    page.goto("/services")
    page.get_by_role("searchbox").fill(word)
    if not javascript:
        page.get_by_role("button", name="Search").click()
    page.locator("#results").get_by_role("link", name=f"I will draw {word}").click()
    expect(page.get_by_alt_text("A red and a blue field").first).to_be_visible()
    page.get_by_label("Your question").fill("In colour, too?")
    page.get_by_role("button", name=f"Ask {bob.name}").click()
    expect(page.get_by_text("In colour, too?")).to_be_visible()

    owner.goto(address)
    owner.get_by_label("Your answer").fill("Yes, for a little more.")
    owner.get_by_role("button", name="Answer").click()
    expect(owner.locator("#questions").get_by_text("Yes, for a little more.").first).to_be_visible()
    page.goto(address)
    expect(page.get_by_text("Yes, for a little more.")).to_be_visible()

    owner.get_by_role("link", name="Archive").click()
    owner.get_by_role("button", name="Archive").click()
    owner.wait_for_url("**/freelancing")
    page.goto(address)
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    reader.expect_complaint("404 (NOT FOUND)")
