"""How a thread is read: what counts as seen, where it scrolls, what a sleeping page misses, and who is told elsewhere
(the letters are those of the design of conversations, B4, B5 … the faults of others that must not come back)."""

import re
from datetime import datetime
from typing import Any

import pytest
from bson import ObjectId
from playwright.sync_api import expect
from pymongo.database import Database

from tests.browser.chromium import connected
from tests.browser.conftest import OpenWindow
from tests.browser.talking import at, cdp, partners, ready, shows, was_cut, write
from tests.support.client import Person
from tests.support.talk import say
from tests.support.waiting import wait_for

# A page that nobody looks at: another tab is in front of it, or another window.
HIDE = """() => {
  Object.defineProperty(document, 'hidden', {value: true, configurable: true})
  document.hasFocus = () => false
  document.dispatchEvent(new Event('visibilitychange'))
}"""
# What is done at most once a second is done once; counts how often what is looked at was noted.
NEVER_A_SECOND_TIME = """(() => {
  const later = setTimeout
  globalThis.looked = 0
  const noted = (call) => (...given) => { call(...given); globalThis.looked += 1 }
  globalThis.setTimeout = (call, ms, ...given) => (
    ms === 1000 ? -1 : later(ms === 500 ? noted(call) : call, ms, ...given)
  )
})()"""
SHOW = """() => {
  delete document.hidden
  delete document.hasFocus
  document.dispatchEvent(new Event('visibilitychange'))
}"""
FROM_END = """() => {
  const {scrollHeight, scrollTop, clientHeight} = document.getElementById('log')
  return scrollHeight - scrollTop - clientHeight
}"""
# Where the first row that is wholly on the screen stands.
PLACE = """() => {
  const log = document.getElementById('log').getBoundingClientRect()
  const topOf = (row) => Math.round(row.getBoundingClientRect().top)
  const row = [...document.querySelectorAll('#entries .said')].find((each) => topOf(each) >= log.top)
  return [row.id, topOf(row)]
}"""


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    return partners(alice, bob)


def seen_by(db: Database[dict[str, Any]], talk: str, person: Person, mark: str = "seen") -> int:
    """How far somebody has it, as it is stored."""
    row = db.conversations.find_one({"_id": ObjectId(talk)}) or {}
    return int(row[mark].get(person.id, 0))


def say_many(person: Person, talk: str, count: int, words: str = "Line") -> None:
    for number in range(count):
        say(person, talk, f"{words} {number}")


def test_nobody_sees_what_comes_to_a_page_that_is_not_looked_at(
    window: OpenWindow, alice: Person, bob: Person, talk: str, db: Database[dict[str, Any]]
) -> None:
    """(h), B17: hidden, it is delivered, and a toast tells of it without its words; looked at, it is seen."""
    page = at(window(alice), talk)
    page.evaluate(HIDE)
    for _ in range(2):
        said = say(bob, talk, "Are you there?")["seq"]
    toast = page.locator("#toasts .toast-text", has_text="wrote to you")
    expect(toast).to_have_text("Bob Bidder wrote to you 2 times")
    expect(page).to_have_title("(1) Bob Bidder · GigFlow")
    wait_for(lambda: seen_by(db, talk, alice, "delivered") == said)
    assert seen_by(db, talk, alice) == 0
    page.evaluate(SHOW)
    wait_for(lambda: seen_by(db, talk, alice) == said)
    expect(page).to_have_title("Bob Bidder · GigFlow")
    expect(toast).to_have_count(0)


def test_what_was_looked_at_is_told_by_a_page_that_is_left(
    window: OpenWindow, alice: Person, bob: Person, talk: str, db: Database[dict[str, Any]]
) -> None:
    """It tells at most once a second; what it has not told yet it tells with its last breath."""
    opened = window(alice)
    opened.begin_with(NEVER_A_SECOND_TIME)
    page = at(opened, talk)
    say(bob, talk, "One")
    wait_for(lambda: seen_by(db, talk, alice) == 1)
    looked = page.evaluate("() => globalThis.looked")
    say(bob, talk, "Two")
    shows(page, "One", "Two")
    wait_for(lambda: page.evaluate("() => globalThis.looked") > looked)
    assert seen_by(db, talk, alice) == 1
    page.goto("/jobs")
    wait_for(lambda: seen_by(db, talk, alice) == 2)


def test_days_are_split_where_the_reader_is(
    window: OpenWindow, alice: Person, bob: Person, talk: str, db: Database[dict[str, Any]]
) -> None:
    """B25: 23:30 and 00:30 in Kathmandu are two days there and one in UTC; the account has no time zone."""
    for moment in ("2025-03-01T17:40", "2025-03-01T17:45", "2025-03-01T18:45", "2025-03-01T23:45"):
        sent = say(bob, talk, moment)["id"]
        at_then = {"created_at": datetime.fromisoformat(f"{moment}+00:00")}
        db.messages.update_one({"_id": ObjectId(sent)}, {"$set": at_then})
    opened = window(alice, fresh=True)
    cdp(opened.page).send("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Kathmandu"})
    page = at(opened, talk)
    rows = page.locator("#entries .day, #entries .said time")
    before = ["1 Mar 2025", "23:25", "23:30", "2 Mar 2025", "00:30", "05:30"]
    expect(rows).to_have_text(before)
    say(bob, talk, "Good morning")
    expect(rows).to_have_text([*before, "Today", re.compile("..:..")])


def test_what_is_read_in_one_tab_is_read_in_all(
    window: OpenWindow, alice: Person, bob: Person, talk: str
) -> None:
    """B14: the envelope and the title of another page follow, and the writer sees that it was seen."""
    opened, writer = window(alice), window(bob)
    other = opened.page
    other.goto("/jobs")
    connected(other)
    theirs = at(writer, talk)
    write(theirs, "News")
    expect(other.locator("#envelope")).to_have_attribute("data-unread", "1")
    expect(other).to_have_title("(1) Open jobs · GigFlow")
    expect(theirs.locator("#entries .own")).to_have_attribute("data-state", "delivered")
    ready(opened.context.new_page(), talk)
    expect(other.locator("#envelope")).to_have_attribute("data-unread", "0")
    expect(other).to_have_title("Open jobs · GigFlow")
    expect(theirs.locator("#entries .own")).to_have_attribute("data-state", "seen")


def test_a_muted_conversation_is_neither_counted_nor_told(
    window: OpenWindow, alice: Person, bob: Person, charlie: Person, talk: str
) -> None:
    other = partners(alice, charlie)
    assert alice.post(f"/api/chat/{talk}/mute").status_code == 200
    page = window(alice).page
    page.goto("/jobs")
    connected(page)
    say(bob, talk, "Psst")
    say(charlie, other, "Hello")
    expect(page.locator("#toasts .toast-text", has_text="wrote to you")).to_have_text(
        "Charlie Stranger wrote to you"
    )
    expect(page.locator("#envelope")).to_have_attribute("data-unread", "1")


def test_what_is_marked_unread_stays_so_until_somebody_acts(
    window: OpenWindow, alice: Person, bob: Person, talk: str, db: Database[dict[str, Any]]
) -> None:
    """B18: a page that lies open reads nothing again by itself; the other has seen it all the same."""
    say_many(bob, talk, 2)
    page = at(window(alice), talk)
    wait_for(lambda: seen_by(db, talk, alice, "read") == 2)
    assert alice.post(f"/api/chat/{talk}/unread", {"seq": 2}).status_code == 200
    expect(page.locator("#envelope")).to_have_attribute("data-unread", "1")
    say(bob, talk, "One more")
    shows(page, "Line 0", "Line 1", "One more")
    assert (seen_by(db, talk, alice, "read"), seen_by(db, talk, alice)) == (1, 2)
    page.locator("#message-text").press_sequentially("I")
    wait_for(lambda: seen_by(db, talk, alice, "read") == 3)


def test_a_frozen_page_is_whole_when_it_comes_back(
    window: OpenWindow, alice: Person, bob: Person, talk: str
) -> None:
    """(g), B4, B5, B42: what was said, changed and taken back while it slept."""
    first, second = say(bob, talk, "Ten"), say(bob, talk, "Twenty")
    opened = window(alice)
    page = at(opened, talk)
    shows(page, "Ten", "Twenty")
    opened.context.set_offline(True)
    cdp(page).send("Page.setWebLifecycleState", {"state": "frozen"})
    assert bob.patch(f"/api/chat/{talk}/{first['id']}", {"text": "Eleven"}).status_code == 200
    assert bob.delete(f"/api/chat/{talk}/{second['id']}").status_code == 200
    say(bob, talk, "Thirty")
    opened.context.set_offline(False)
    cdp(page).send("Page.setWebLifecycleState", {"state": "active"})
    shows(page, "Eleven", "Thirty")
    expect(page.locator("#entries")).to_contain_text("This message was taken back")
    was_cut(opened)


def test_a_reader_who_has_scrolled_up_is_left_alone(
    window: OpenWindow, alice: Person, bob: Person, talk: str
) -> None:
    """(i), B19: the place stays through twenty arrivals and older messages; a button leads to the end."""
    say_many(bob, talk, 70)
    alice.post(f"/api/chat/{talk}/read", {})
    page = at(window(alice), talk)
    wait_for(lambda: page.evaluate(FROM_END) <= 1)
    page.evaluate("() => { document.getElementById('log').scrollTop = 700 }")
    expect(page.locator("#m40")).to_be_attached()
    place = page.evaluate(PLACE)
    say_many(bob, talk, 20, "New")
    expect(page.locator("#to-end")).to_have_text("20 new ↓")
    assert page.evaluate(PLACE) == place
    page.locator("#older a").evaluate("link => link.click()")
    expect(page.locator("#m1")).to_be_attached()
    name, top = page.evaluate(PLACE)
    assert name == place[0]
    assert abs(top - place[1]) <= 1
    page.locator("#to-end").click()
    wait_for(lambda: page.evaluate(FROM_END) <= 1)
    expect(page.locator("#to-end")).to_be_hidden()
    say(bob, talk, "At the end")
    expect(page.locator("#entries .said").last).to_contain_text("At the end")
    wait_for(lambda: page.evaluate(FROM_END) <= 1)


def test_it_opens_at_the_first_unread_message(
    window: OpenWindow, alice: Person, bob: Person, talk: str
) -> None:
    say_many(bob, talk, 20)
    alice.post(f"/api/chat/{talk}/read", {"seq": 5})
    page = at(window(alice), talk)
    expect(page.locator("#first-unread")).to_be_in_viewport()
    expect(page.locator("#m6")).to_be_in_viewport()
    expect(page.locator("#m20")).not_to_be_in_viewport()


def test_who_is_typing_is_shown_until_the_message_comes(
    window: OpenWindow, alice: Person, bob: Person, talk: str
) -> None:
    ours, theirs = at(window(alice), talk), at(window(bob), talk)
    theirs.locator("#message-text").press_sequentially("Wel")
    expect(ours.locator("#typing")).to_have_text("Bob Bidder is typing…")
    write(theirs, "Welcome")
    shows(ours, "Welcome")
    expect(ours.locator("#typing")).to_be_empty()


def test_arrivals_are_announced_and_history_is_not(
    window: OpenWindow, alice: Person, bob: Person, talk: str
) -> None:
    """(o): the log is a live region, but not while older messages come."""
    say_many(bob, talk, 60)
    alice.post(f"/api/chat/{talk}/read", {})
    page = at(window(alice), talk)
    page.evaluate("""() => {
      globalThis.live = []
      const log = document.getElementById('log')
      const note = (rows) => rows.forEach(({addedNodes}) => [...addedNodes].forEach((row) =>
        row.id?.startsWith('m') && live.push([row.id, log.getAttribute('aria-live')])))
      new MutationObserver(note).observe(document.getElementById('entries'), {childList: true})
    }""")
    page.locator("#older a").evaluate("link => link.click()")
    expect(page.locator("#m1")).to_be_attached()
    expect(page.locator("#log")).to_have_attribute("aria-live", "polite")
    say(bob, talk, "And now?")
    expect(page.locator("#m61")).to_be_attached()
    live = dict(page.evaluate("() => globalThis.live"))
    assert (live["m1"], live["m61"]) == ("off", "polite")


def test_a_page_out_of_the_history_is_the_persons_who_is_there(
    window: OpenWindow, alice: Person, bob: Person, charlie: Person, talk: str
) -> None:
    """B41: somebody else has signed in since; their socket rings, and the page is left."""
    say(bob, talk, "For Alice alone")
    opened = window(alice)
    page = at(opened, talk)
    shows(page, "For Alice alone")
    opened.sign_in(charlie)
    page.evaluate("() => dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(page.get_by_text("There is no such conversation.")).to_be_visible()
    expect(page.get_by_text("For Alice alone")).to_have_count(0)
    opened.expect_complaint("409")
    opened.expect_complaint("404")
