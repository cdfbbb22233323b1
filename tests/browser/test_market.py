"""Filters and the way back, offering a service, asking about it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import connected
from tests.browser.conftest import OpenWindow
from tests.conftest import shared
from tests.support.client import Json, Person
from tests.support.images import picture
from tests.support.market import add_image, ask_question, offer_service, post_job, unique_word


def titles(page: Page) -> list[str]:
    return page.locator("#results .gig-title").all_inner_texts()


poster = shared("Petra Poster")


@pytest.fixture(scope="module")
def word(poster: Person) -> str:
    """Three jobs that are found by one word: cheap and dear, in two categories."""
    found = unique_word()
    for name, budget, category in (("a", 100, "writing"), ("b", 300, "writing"), ("c", 900, "audio")):
        post_job(poster, title=f"{found} {name}", budget=budget, category=category)
    return found


@pytest.fixture(scope="module")
def many(poster: Person) -> str:
    """The word by which 45 jobs are found: three pages."""
    found = unique_word()
    for number in range(45):
        post_job(poster, title=f"{found} {number:02}")
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


def test_the_way_back_twice(window: OpenWindow, word: str) -> None:
    """The second step back comes while the page is on its way, before HTMX listens: the list is that of the address."""
    page = window().page
    page.goto(f"/jobs?q={word}")
    page.get_by_label("Category", exact=True).select_option("writing")
    expect(page.locator("#results .gig-title")).to_have_count(2)
    expect(page).to_have_title(f"“{word}” in open jobs · GigFlow")
    page.locator("#results").get_by_role("link", name=f"{word} a").click()
    expect(page.get_by_role("heading", level=1, name=f"{word} a")).to_be_visible()
    page.route("**/vendor/htmx.min.js", lambda _route: None)  # on its way for ever
    page.go_back(wait_until="commit")
    expect(page.locator("#results .gig-title")).to_have_count(2)
    page.evaluate("() => history.back()")
    expect(page).to_have_url(re.compile(rf"/jobs\?q={word}$"))
    expect(page.locator("#results .gig-title")).to_have_count(3)


def test_filters_without_javascript(window: OpenWindow, word: str) -> None:
    page = window(javascript=False).page
    page.goto("/jobs")
    page.get_by_role("searchbox").fill(word)
    page.get_by_label("Category", exact=True).select_option("writing")
    page.get_by_role("textbox", name="Up to").fill("200")
    page.get_by_role("button", name="Show results").click()
    assert titles(page) == [f"{word} a"]
    page.locator("#results").get_by_role("link", name=re.compile("up to")).click()
    assert titles(page) == [f"{word} b", f"{word} a"]
    page.goto(f"/jobs?q={word}&max_price=abc")
    expect(page.locator("#max_price-error")).to_contain_text("Enter an amount")
    expect(page.locator("#left-out")).to_contain_text("Up to (Enter an amount")


def test_nothing_is_searched_while_an_input_method_composes(window: OpenWindow, word: str) -> None:
    """It is, once, when what is composed is whole."""
    page = window().page
    page.goto("/jobs")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/jobs?" in request.url else None)
    page.get_by_role("searchbox").focus()
    page.evaluate("document.addEventListener('htmx:config:request', () => (document.body.dataset.due = ''))")
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": word[:4], "selectionStart": 4, "selectionEnd": 4})
    expect(page.locator("body[data-due]")).to_be_attached()
    assert asked == []
    keyboard.send("Input.insertText", {"text": word})
    expect(page).to_have_url(re.compile(rf"/jobs\?q={word}$"))
    assert len(asked) == 1


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
    owner = window(bob, javascript=javascript).page
    owner.goto("/gigs/new?kind=service")
    owner.get_by_label("Title").fill(f"I will draw {word}")
    owner.get_by_label("Description").fill("By hand, in ink.")
    owner.get_by_label("Price").fill("120")
    owner.get_by_role("button", name="Save as a draft").click()
    expect(owner.get_by_role("heading", name=f"I will draw {word}")).to_be_visible()
    address = owner.url

    reader = window(alice, javascript=javascript)
    page = reader.page
    page.goto(address)
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()

    owner.get_by_role("link", name="Edit", exact=True).click()
    owner.locator("input[type=file]").set_input_files(file)
    owner.get_by_label("Describe this picture").fill("A red and a blue field")
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
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    reader.expect_complaint("404 (NOT FOUND)")


def test_half_a_skill_is_not_asked_for(window: OpenWindow, poster: Person) -> None:
    """A skill is asked for when it ends: by a comma, by a suggestion, or by Enter."""
    word = unique_word()
    for skills in (["ink"], ["ink", "paper"]):
        post_job(poster, title=f"{word} {len(skills)}", skills=skills)
    page = window(fresh=True).page  # with a clock of its own
    page.clock.install()
    page.goto(f"/jobs?q={word}")
    field = page.get_by_label("Skills", exact=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/jobs?" in request.url else None)
    field.press_sequentially("pape", delay=60)
    page.clock.run_for(1000)  # longer than any pause that is waited for
    assert asked == []
    field.press_sequentially("r,")
    expect(page.locator("#results .gig-title")).to_have_text([f"{word} 2"])
    expect(field).to_have_value("paper,")
    field.press_sequentially(" in")
    page.clock.run_for(1000)  # longer than any pause that is waited for
    expect(page.locator("#results .gig-title")).to_have_text([f"{word} 2"])
    # Nor is it by what is typed elsewhere.
    page.get_by_role("searchbox").fill(f"{word} 2")
    expect(page).to_have_url(re.compile(rf"q={word}\+2&skills=paper%2C?$"))
    expect(field).to_have_value("paper, in")
    field.press("End")
    field.press_sequentially("k")
    field.press("Enter")
    expect(page).to_have_url(re.compile("skills=paper%2C\\+ink"))
    page.get_by_role("searchbox").fill(word)
    expect(page).to_have_url(re.compile(rf"q={word}&skills=paper%2C\+ink$"))
    assert len(asked) == 4


def test_the_way_back_finds_what_was_loaded(window: OpenWindow, many: str) -> None:
    """More is loaded, a job of it opened, and the way back leads to that very row."""
    page = window().page
    page.goto(f"/jobs?q={many}")
    expect(page.locator("#results .gig-title")).to_have_count(20)
    for count in (40, 45):
        page.get_by_role("link", name="Load more jobs").click()
        expect(page.locator("#results .gig-title")).to_have_count(count)
    expect(page).to_have_url(re.compile(r"pages=3$"))
    page.get_by_role("link", name=f"{many} 02").click()
    expect(page.get_by_role("heading", level=1, name=f"{many} 02")).to_be_visible()
    page.go_back()
    expect(page.locator("#results .gig-title")).to_have_count(45)
    expect(page.get_by_role("link", name=f"{many} 02")).to_be_in_viewport()
    page.get_by_label("Order").select_option("price")
    expect(page).to_have_url(re.compile(r"sort=price$"))


def test_more_is_a_page_of_its_own_without_javascript(window: OpenWindow, many: str) -> None:
    page = window(javascript=False).page
    page.goto(f"/jobs?q={many}")
    for number in (44, 24, 4):
        expect(page.locator("#results .gig-title").first).to_have_text(f"{many} {number:02}")
        expect(page.locator("#results .gig-title")).to_have_count(min(number + 1, 20))
        if number > 4:
            page.get_by_role("link", name="Load more jobs").click()


def test_an_order_by_words_leaves_the_address_with_them(window: OpenWindow, word: str) -> None:
    page = window().page
    page.goto(f"/jobs?q={word}&sort=relevance&category=writing")
    page.get_by_role("searchbox").fill("")
    expect(page).to_have_url(re.compile(r"/jobs\?category=writing$"))


def test_a_search_that_never_arrived_is_asked_again(window: OpenWindow, word: str) -> None:
    opened = window()
    page = opened.page
    page.goto("/jobs")
    opened.context.set_offline(True)
    page.get_by_label("Category", exact=True).select_option("writing")
    expect(page.locator("#toasts")).to_contain_text("Could not reach GigFlow. Please try again.")
    page.get_by_label("Category", exact=True).select_option("")
    page.get_by_role("searchbox").fill(word)
    expect(page.locator("#toasts")).to_contain_text("What you typed is still here.")
    opened.context.set_offline(False)
    expect(page.locator("#results .gig-title")).to_have_text([f"{word} {name}" for name in "cba"])
    opened.expect_complaint("ERR_INTERNET_DISCONNECTED")
    opened.expect_complaint("Failed to fetch")


def test_a_service_is_followed_live(window: OpenWindow, alice: Person, bob: Person) -> None:
    """Its price, its pause and the answers appear on an open page, and a half-typed question stays."""
    service = offer_service(bob, title=f"Live {unique_word()}", price=120)
    question = ask_question(alice, service, "In colour, too?")
    page = window(alice).page
    page.goto(f"/gigs/{service['id']}")
    connected(page)
    field = page.get_by_label("Your question")
    field.press_sequentially("And on")
    changed = bob.put(f"/api/gigs/{service['id']}", {"price": 135})
    assert changed.status_code == 200, changed.text
    expect(page.locator(".terms").get_by_text("$135")).to_be_visible()
    answered = bob.put(f"/api/questions/{question['id']}", {"answer": "Yes, for a little more."})
    assert answered.status_code == 200, answered.text
    expect(page.locator("#questions").get_by_text("Yes, for a little more.")).to_be_visible()
    expect(field).to_have_value("And on")
    expect(field).to_be_focused()
    # The notice leads to this very page, where the answer stands already.
    page.locator("#toasts").get_by_role("link", name=re.compile("answered your question")).click()
    expect(page.locator("#questions").get_by_text("Yes, for a little more.")).to_be_in_viewport()
    bob.post(f"/gigs/{service['id']}/pause", data={"csrf_token": bob.form_token()})
    expect(page.get_by_text("has paused this service.")).to_be_visible()
    bob.delete(f"/api/gigs/{service['id']}")
    expect(page.get_by_role("heading", name="No longer available")).to_be_visible()


def test_what_is_typed_as_an_answer_stays(window: OpenWindow, alice: Person, bob: Person) -> None:
    """Half an answer, a refused one and an open form stay as they are, whatever is asked, answered or reloaded."""
    service = offer_service(bob, title=f"Asked {unique_word()}")
    given, refused, half, sent = (ask_question(alice, service, f"{name}?") for name in "GRHS")
    bob.put(f"/api/questions/{given['id']}", {"answer": "Yes."})
    opened = window(bob)
    page = opened.page
    page.goto(f"/gigs/{service['id']}")
    connected(page)

    def answer_to(question: Json) -> Locator:
        return page.locator(f"#answer-{question['id']}")

    answer_to(refused).evaluate("field => (field.value = 'x'.repeat(1100))")
    answer_to(refused).press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(f"#answer-{refused['id']}-error")).to_be_visible()
    answer_to(half).fill("Half")
    answer_to(sent).fill("Whole")
    page.locator(f"#question-{sent['id']}").get_by_role("button", name="Answer").click()
    expect(page.locator(f"#question-{sent['id']} .reply")).to_contain_text("Whole")
    page.locator(f"#question-{given['id']} summary").click()
    answer_to(given).fill("Yes, and")
    asked = ask_question(alice, service, "New?")
    expect(page.locator(f"#question-{asked['id']}")).to_be_visible()
    expect(answer_to(given)).to_be_focused()
    page.locator(f"#question-{asked['id']}").get_by_role("button", name="Remove").click()
    expect(page.locator(f"#question-{asked['id']}")).to_have_count(0)
    expect(answer_to(refused)).to_have_value("x" * 1100)
    for _ in ("as it stands", "reloaded"):
        expect(answer_to(half)).to_have_value("Half")
        expect(answer_to(given)).to_have_value("Yes, and")
        expect(answer_to(given)).to_be_visible()
        expect(answer_to(sent)).to_have_value("Whole")
        page.reload()
    opened.expect_complaint("400 (BAD REQUEST)")


def test_pictures_and_terms_keep_each_other(window: OpenWindow, bob: Person, tmp_path: Path) -> None:
    """A picture is added, moved and removed while terms and descriptions are half typed; one button saves them all."""
    file = tmp_path / "work.png"
    file.write_bytes(picture(300, 200))
    service = add_image(bob, offer_service(bob, title="Old"), alt="A street")
    page = window(bob).page
    page.goto(f"/gigs/{service['id']}/edit")
    page.get_by_label("Title").fill("New")
    page.locator("#images li").get_by_label("Describe this picture").fill("A lane")
    page.locator("input[type=file]").set_input_files(file)
    page.locator("#alt").fill("A bridge")
    page.wait_for_function("() => JSON.stringify(localStorage).includes('A bridge')")
    page.get_by_role("button", name="Add this picture").click()
    expect(page.locator("#images li")).to_have_count(2)
    page.reload()
    expect(page.locator("#alt")).to_have_value("")  # what was taken is no draft any more
    expect(page.locator("#images li").get_by_label("Describe this picture").first).to_have_value("A lane")
    page.get_by_role("button", name="Move down picture 1").click()
    expect(page.locator("#images li input:visible").first).to_have_value("A bridge")
    expect(page.locator("#images li input:visible").last).to_have_value("A lane")
    expect(page.get_by_label("Title")).to_have_value("New")
    page.get_by_label("Title").press("Enter")
    page.wait_for_url(f"**/gigs/{service['id']}")
    saved = bob.get(f"/api/gigs/{service['id']}").json()
    assert (saved["title"], [image["alt"] for image in saved["images"]]) == ("New", ["A bridge", "A lane"])
