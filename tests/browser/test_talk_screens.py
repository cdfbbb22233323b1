"""A thread on small screens and with odd texts, and what happens around the field while one writes (the letters are
those of the design of conversations, B22, B23 … the faults of others that must not come back)."""

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.conftest import OpenWindow
from tests.browser.look import SIZES, be_ready, look
from tests.browser.talking import at, partners, shows, was_cut, write
from tests.support.client import Person
from tests.support.talk import say

LOW: ViewportSize = {"width": 360, "height": 400}  # with the keyboard of a phone
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    return partners(alice, bob)


def test_odd_texts_stay_inside_a_phone(window: OpenWindow, alice: Person, bob: Person, talk: str) -> None:
    """(m), B23: a word of 2,000 letters, Arabic, emoji, and as much as fits into a message."""
    for text in ("S" * 2_000, "مرحبا، كيف حالك؟", "👩‍👩‍👧‍👦" * 60, "word " * 999):
        say(bob, talk, text)
    opened = window(alice)
    opened.page.set_viewport_size(SIZES["phone"])
    page = at(opened, talk)
    expect(page.locator("#entries .said")).to_have_count(4)
    assert page.evaluate(OVERFLOW) <= 0
    arabic = page.locator("#m2 p", has_text="مرحبا")
    assert arabic.evaluate("each => getComputedStyle(each).direction") == "rtl"


@pytest.mark.parametrize("screen", [SIZES["phone"], LOW])
def test_the_field_is_on_the_screen(
    screen: ViewportSize, window: OpenWindow, alice: Person, bob: Person, talk: str
) -> None:
    """B22: also above the keyboard of a phone, and one can still zoom in."""
    for number in range(12):
        say(bob, talk, f"Line {number}")
    alice.post(f"/api/chat/{talk}/read", {})
    opened = window(alice)
    opened.page.set_viewport_size(screen)
    page = at(opened, talk)
    page.locator("#message-text").focus()
    expect(page.locator("#message-text")).to_be_in_viewport(ratio=1)
    zoom = page.locator("meta[name=viewport]").get_attribute("content") or ""
    assert "user-scalable" not in zoom
    assert "maximum-scale" not in zoom


@pytest.mark.parametrize("screen", [SIZES["phone"], SIZES["desktop"]])
def test_the_log_scrolls_and_the_page_does_not(
    screen: ViewportSize, window: OpenWindow, alice: Person, bob: Person, talk: str
) -> None:
    """What only screen readers get stands in the log, too: it must not make the page longer."""
    for number in range(12):
        say(alice, talk, f"Line {number}, which Bob has not seen")
    alice.post("/api/notifications/read", {})  # a toast makes room for itself
    opened = window(alice)
    opened.page.set_viewport_size(screen)
    page = at(opened, f"{talk}#end")
    assert page.evaluate("() => document.documentElement.scrollHeight - innerHeight") <= 0
    expect(page.locator("#talk")).to_be_in_viewport(ratio=1)


def test_what_comes_takes_neither_focus_nor_words(
    window: OpenWindow, alice: Person, bob: Person, talk: str
) -> None:
    """B43: the field is in no swap."""
    page = at(window(alice), talk)
    field = page.locator("#message-text")
    field.press_sequentially("Half a sent")
    say(bob, talk, "Meanwhile, at Bob's")
    shows(page, "Meanwhile, at Bob's")
    expect(field).to_be_focused()
    page.keyboard.type("ence")
    expect(field).to_have_value("Half a sentence")


def test_a_page_of_who_was_signed_out_gets_nothing(
    window: OpenWindow, alice: Person, bob: Person, talk: str
) -> None:
    """B38: its device was ended elsewhere; what is said from then on does not reach it."""
    page = at(window(alice), talk)
    elsewhere = alice.twin()
    assert elsewhere.post("/api/auth/logout").status_code == 200
    elsewhere.close()
    page.locator("body:not([data-connected])").wait_for()
    say(bob, talk, "Not for this page")
    page.wait_for_url("**/login?next=*")
    expect(page.get_by_text("Not for this page")).to_have_count(0)


def test_what_scripts_show_is_accessible(window: OpenWindow, alice: Person, bob: Person, talk: str) -> None:
    """(o): what is not sent yet, a file that is refused, and the way to the end."""
    for number in range(12):
        say(bob, talk, f"Line {number}")
    alice.post(f"/api/chat/{talk}/read", {})
    opened = window(alice)
    be_ready(opened)
    opened.page.set_viewport_size(SIZES["phone"])
    page = at(opened, talk)
    opened.context.set_offline(True)
    write(page, "Not yet", "Nor this")
    page.locator("#message-files").set_input_files(
        [{"name": "empty.txt", "mimeType": "text/plain", "buffer": b""}]
    )
    expect(page.locator("#outbox li").first).to_contain_text("Waiting for a connection")
    expect(page.locator("#attached li")).to_contain_text("This file is empty.")
    problems = look(page, (("phone", "light"), ("desktop", "dark")))
    assert not problems, "\n".join(problems)
    opened.context.set_offline(False)
    expect(page.locator("#outbox li")).to_have_count(0)
    was_cut(opened)
