"""A saved reply goes in where the cursor is, by keys alone, and nothing that was typed is lost."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenWindow
from tests.browser.look import check
from tests.browser.talking import at, partners, shows, stored
from tests.support.client import Person
from tests.support.market import place_bid, post_job


def test_a_saved_reply_goes_in_at_the_cursor(window: OpenWindow, alice: Person, bob: Person) -> None:
    talk = partners(alice, bob)
    for title, text in (("Greeting", "Hello!"), ("Times", "A week.\nOr two.")):
        assert alice.post("/api/chat/replies", {"title": title, "text": text}).status_code == 201
    page = at(window(alice), talk)
    field = page.locator("#message-text")
    field.press_sequentially("Before. Behind.")
    for _ in range(len(" Behind.")):
        field.press("ArrowLeft")
    page.get_by_role("link", name="Saved replies").press("Enter")
    page.locator("#dialog").get_by_role("link", name="Times").press("Enter")
    expect(page.locator("#dialog")).not_to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value("Before. A week.\nOr two. Behind.")
    page.keyboard.type(" And on.")
    expect(field).to_have_value("Before. A week.\nOr two. And on. Behind.")
    page.keyboard.press("Enter")
    shows(page, "Before. A week. Or two. And on. Behind.")
    assert stored(alice, talk) == ["Before. A week.\nOr two. And on. Behind."]


def test_every_page_of_saved_replies(window: OpenWindow, alice: Person, bob: Person) -> None:
    """axe-core finds nothing, nothing sticks out, every control can be hit: with none, with long ones, and with all."""
    job = post_job(alice)
    place_bid(bob, job)
    pages = ["/messages/replies", "/messages/replies/choose?next=/messages"]
    check(window(bob), *pages, "/messages/replies/new", f"/messages/new?to={alice.id}&gig={job['id']}")
    for number in range(20):
        body = {"title": f"{number} " + "T" * 50, "text": "W" * 400 if number else "Two\n\nlines"}
        answer = bob.post("/api/chat/replies", body)
        assert answer.status_code == 201
    there = f"/messages/replies/{answer.json()['id']}"
    used = f"/messages/new?to={alice.id}&gig={job['id']}&reply={answer.json()['id']}"
    check(window(bob), *pages, there, f"{there}/delete", used)
