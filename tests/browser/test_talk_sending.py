"""What is handed over is sent once, in order, whatever becomes of the connection, the tab or the sign-in (the letters
are those of the design of conversations, and B1, B2 … the faults of others that must not come back)."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect
from pymongo.database import Database

from tests.browser.chromium import connected
from tests.browser.conftest import OpenWindow
from tests.browser.talking import at, partners, ready, shows, stored, unsent, was_cut, write
from tests.support.client import Person
from tests.support.waiting import wait_for

SENDING = "**/api/chat/*"
WITHOUT_STORAGE = """Object.defineProperty(globalThis, 'localStorage', {
  get() { throw new DOMException('It is switched off.', 'SecurityError') }
})"""
A_DAY = 25 * 3_600  # seconds, and an hour


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    return partners(alice, bob)


def keep_old(page: Page, user_id: str, talk: str, text: str, age: int) -> None:
    """Let this browser keep a message that was written so long ago."""
    key = f"outbox:{user_id}:{talk}:{int((time.time() - age) * 1000)}:0000:{'ab' * 16}"
    message = {"send": f"/api/chat/{talk}", "page": f"/messages/{talk}", "text": text, "fileIds": []}
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [key, json.dumps(message)])


def test_what_is_written_stands_with_both_at_once(
    window: OpenWindow, alice: Person, bob: Person, talk: str
) -> None:
    ours, theirs = at(window(alice), talk), at(window(bob), talk)
    write(ours, "Good morning")
    for page in (ours, theirs):
        shows(page, "Good morning")
    expect(ours.locator("#message-text")).to_have_value("")
    expect(ours.locator("#outbox li")).to_have_count(0)
    assert unsent(ours) == 0


def test_both_write_without_a_connection(window: OpenWindow, alice: Person, bob: Person, talk: str) -> None:
    """(a), B4, B11: ten each; back on, both logs are the same, each message once, in the order of its writer."""
    first, second = window(alice), window(bob)
    ours, theirs = at(first, talk), at(second, talk)
    for opened, page, name in ((first, ours, "a"), (second, theirs, "b")):
        opened.context.set_offline(True)
        write(page, *(f"{name}{number}" for number in range(10)))
        expect(page.locator("#message-text")).to_have_value("")
        assert unsent(page) == 10
        expect(page.locator("#outbox li")).to_have_count(10)
    assert stored(alice, talk) == []
    for opened in (first, second):
        opened.context.set_offline(False)
    wait_for(lambda: len(stored(alice, talk)) == 20)
    order = stored(alice, talk)
    for name in "ab":
        assert [each for each in order if each[0] == name] == [f"{name}{number}" for number in range(10)]
    for page in (ours, theirs):
        shows(page, *order)
        expect(page.locator("#outbox li")).to_have_count(0)
        assert unsent(page) == 0
    was_cut(first, second)


def test_an_answer_that_is_lost_doubles_nothing(window: OpenWindow, alice: Person, talk: str) -> None:
    """(b), B1, B2: the message was stored and its answer cut; it stands once, and no longer as unsent."""
    opened = window(alice)
    page = at(opened, talk)
    lost: list[str] = []

    def lose_once(route: Route) -> None:
        if lost:
            return route.continue_()
        route.fetch()
        lost.append(route.request.post_data or "")
        return route.abort()

    page.route(SENDING, lose_once)
    write(page, "Once")
    shows(page, "Once")
    expect(page.locator("#outbox li")).to_have_count(0)
    wait_for(lambda: unsent(page) == 0)
    assert (stored(alice, talk), len(lost)) == (["Once"], 1)
    was_cut(opened)


def lose(route: Route) -> None:
    route.abort()


def answer_as_a_hotel(route: Route) -> None:
    """As the page does by which one signs in to a network, whatever was asked for."""
    route.fulfill(status=200, content_type="text/html", body="Welcome!")


@pytest.mark.parametrize(
    ("meet", "words"),
    [(lose, "Waiting for a connection."), (answer_as_a_hotel, "GigFlow does not answer.")],
)
def test_a_request_that_is_lost_is_sent_again_in_order(
    meet: Callable[[Route], None], words: str, window: OpenWindow, alice: Person, talk: str
) -> None:
    """(c), B11: nothing reached the server; the words left the field and are kept, and the next one waits behind."""
    opened = window(alice)
    page = at(opened, talk)
    page.route(SENDING, meet)
    write(page, "One", "Two")
    expect(page.locator("#outbox li").first).to_contain_text(words)
    assert (stored(alice, talk), unsent(page)) == ([], 2)
    page.unroute(SENDING)
    shows(page, "One", "Two")
    assert stored(alice, talk) == ["One", "Two"]
    was_cut(opened)


def test_a_closed_tab_sends_from_any_page(window: OpenWindow, alice: Person, talk: str) -> None:
    """(d): written without a connection, its tab closed; the next page of any kind sends it."""
    opened = window(alice)
    page = ready(opened.context.new_page(), talk)
    opened.context.set_offline(True)
    write(page, "From the train")
    assert unsent(page) == 1
    page.close()
    opened.context.set_offline(False)
    opened.page.goto("/jobs")
    wait_for(lambda: stored(alice, talk) == ["From the train"])
    wait_for(lambda: unsent(opened.page) == 0)
    was_cut(opened)


def test_two_tabs_are_in_step(window: OpenWindow, alice: Person, talk: str) -> None:
    """(e): what is typed in one stands in the other, and what is sent stands once in both."""
    opened = window(alice)
    first, second = at(opened, talk), ready(opened.context.new_page(), talk)
    first.locator("#message-text").press_sequentially("Half a sent")
    expect(second.locator("#message-text")).to_have_value("Half a sent")
    write(first, "Half a sentence")
    for page in (first, second):
        shows(page, "Half a sentence")
        expect(page.locator("#message-text")).to_have_value("")
    assert stored(alice, talk) == ["Half a sentence"]


def test_a_flapping_connection_sends_once(window: OpenWindow, alice: Person, talk: str) -> None:
    """B6: ten times off and on are ten attempts at most, and one message."""
    opened = window(alice)
    page = at(opened, talk)
    opened.context.set_offline(True)
    write(page, "Hello?")
    for _ in range(10):
        opened.context.set_offline(False)
        opened.context.set_offline(True)
    opened.context.set_offline(False)
    shows(page, "Hello?")
    assert stored(alice, talk) == ["Hello?"]
    was_cut(opened)


def test_who_was_signed_out_while_typing_sends_after_signing_in(
    window: OpenWindow, alice: Person, bob: Person, talk: str
) -> None:
    """(k), B12: it is kept, sent by nobody else who signs in there, and sent once its writer is back."""
    opened = window(alice)
    page = at(opened, talk)
    page.locator("#message-text").fill("Do you have time on Monday?")
    opened.context.clear_cookies()
    page.locator("#message-text").press("Enter")
    expect(page.locator("#outbox li")).to_contain_text("You are signed out.")
    opened.sign_in(bob)
    page.goto(f"/messages/{talk}")
    connected(page)
    assert (stored(alice, talk), unsent(page)) == ([], 1)
    opened.sign_in(alice)
    page.goto("/jobs")
    wait_for(lambda: stored(bob, talk) == ["Do you have time on Monday?"])
    opened.expect_complaint("401")


def test_a_page_of_somebody_else_sends_nothing(
    window: OpenWindow, alice: Person, bob: Person, talk: str
) -> None:
    """(k): Bob has signed in in the same browser; the page that Alice has left open does not write in his name."""
    opened = window(alice)
    page = at(opened, talk)
    opened.sign_in(bob)
    write(page, "Yours, Alice")
    expect(page.get_by_text("Sign in to send your message.")).to_be_visible()
    assert (stored(alice, talk), unsent(page)) == ([], 1)
    opened.expect_complaint("409")


def test_what_was_written_long_ago_is_asked_about(window: OpenWindow, alice: Person, talk: str) -> None:
    opened = window(alice)
    page = opened.page
    page.goto("/healthz")
    keep_old(page, alice.id, talk, "See you tomorrow", A_DAY)
    at(opened, talk)
    line = page.locator("#outbox li")
    # An hour after midnight, 25 hours ago was not yesterday.
    expect(line).to_contain_text(re.compile(r"You wrote this (yesterday|on [A-Z][a-z]+day)\. Send it now\?"))
    assert stored(alice, talk) == []
    line.get_by_role("button", name="Send").click()
    shows(page, "See you tomorrow")


def test_what_is_refused_says_why_and_comes_back_into_the_field(
    window: OpenWindow, alice: Person, talk: str, db: Database[dict[str, Any]]
) -> None:
    """Its file is gone: nothing is tried again in any tab, and the words go back to be changed."""
    opened = window(alice)
    page = at(opened, talk)
    page.locator("#message-files").set_input_files(
        [{"name": "plan.txt", "mimeType": "text/plain", "buffer": b"one"}]
    )
    wait_for(lambda: db.files.count_documents({"name": "plan.txt"}))
    expect(page.locator("#attached progress")).to_be_hidden()
    db.files.delete_many({"name": "plan.txt"})
    write(page, "Here is the plan")
    line = page.locator("#outbox li")
    expect(line).to_contain_text("Not sent. No longer there: plan.txt.")
    page.reload()
    expect(line).to_contain_text("Not sent.")
    line.get_by_role("button", name="Edit").click()
    expect(page.locator("#message-text")).to_have_value("Here is the plan")
    expect(line).to_have_count(0)
    assert (stored(alice, talk), unsent(page)) == ([], 0)
    opened.expect_complaint("409")
    opened.expect_complaint("404")


def test_signing_out_asks_about_what_is_not_sent(window: OpenWindow, alice: Person, talk: str) -> None:
    opened = window(alice)
    page = at(opened, talk)
    page.route(SENDING, lambda route: route.abort())
    write(page, "Not yet")
    for choice, kept in (("Do not sign out", 1), ("Discard it", 0)):
        page.get_by_role("button", name="Account").click()
        page.get_by_role("button", name="Sign out").click()
        dialog = page.get_by_role("dialog", name="1 message has not been sent")
        dialog.get_by_role("button", name=choice).click()
        expect(dialog).to_have_count(0)
        assert unsent(page) == kept
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    page.unroute(SENDING)
    was_cut(opened)


def test_a_full_browser_sends_the_form_itself(window: OpenWindow, alice: Person, talk: str) -> None:
    """B36: nothing more can be kept, so the form posts, as it does without a script."""
    page = at(window(alice), talk)
    page.locator("#message-text").fill("All the same")
    page.evaluate("""() => {
      for (let size = 4_000_000; size >= 1; size = Math.floor(size / 2))
        try { while (true) localStorage.setItem(`full-${size}-${Math.random()}`, 'x'.repeat(size)) } catch {}
    }""")
    with page.expect_navigation():
        page.locator("#message-text").press("Enter")
    shows(page, "All the same")
    assert stored(alice, talk) == ["All the same"]


def test_a_browser_that_keeps_nothing_sends_the_form_itself(
    window: OpenWindow, alice: Person, talk: str
) -> None:
    """Its storage is switched off: the form posts, with its files, as it does without a script."""
    opened = window(alice)
    opened.begin_with(WITHOUT_STORAGE)
    page = at(opened, talk)
    page.locator("#message-text").fill("Plainly")
    page.locator("#message-files").set_input_files(
        [{"name": "plan.txt", "mimeType": "text/plain", "buffer": b"one"}]
    )
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#entries .said")).to_contain_text("plan.txt")
    assert stored(alice, talk) == ["Plainly"]
