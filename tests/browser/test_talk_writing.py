"""The field of a thread: keys, drafts, the counter, files, and what changing a message does (the letters are those of
the design of conversations, B13, B21 … the faults of others that must not come back)."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from pymongo.database import Database

from tests.browser.chromium import connected
from tests.browser.conftest import OpenWindow
from tests.browser.talking import at, cdp, partners, ready, shows, stored, was_cut, write
from tests.support.client import Person
from tests.support.market import place_bid, post_job
from tests.support.waiting import wait_for

MB = 1_000_000


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    return partners(alice, bob)


def file(name: str, content: bytes = b"one") -> dict[str, Any]:
    return {"name": name, "mimeType": "text/plain", "buffer": content}


def test_an_input_method_keeps_its_enter(window: OpenWindow, alice: Person, talk: str) -> None:
    """(j), B21: while words are composed, Enter takes them and sends nothing."""
    page = at(window(alice), talk)
    field = page.locator("#message-text")
    field.focus()
    protocol = cdp(page)
    protocol.send("Input.imeSetComposition", {"text": "你好", "selectionStart": 2, "selectionEnd": 2})
    for kind in ("rawKeyDown", "keyUp"):
        protocol.send("Input.dispatchKeyEvent", {"type": kind, "key": "Enter", "windowsVirtualKeyCode": 229})
    protocol.send("Input.insertText", {"text": "你好"})
    expect(field).to_have_value("你好")
    assert stored(alice, talk) == []
    field.press("Enter")
    shows(page, "你好")


def test_enter_sends_as_its_box_says(window: OpenWindow, alice: Person, talk: str) -> None:
    """Shift+Enter is a new line, Ctrl+Enter always sends, and the choice is remembered."""
    page = at(window(alice), talk)
    field = page.locator("#message-text")
    field.press_sequentially("One")
    field.press("Shift+Enter")
    field.press_sequentially("two")
    expect(field).to_have_value("One\ntwo")
    page.get_by_label("Enter sends").uncheck()
    field.press("Enter")
    expect(field).to_have_value("One\ntwo\n")
    field.press("Control+Enter")
    wait_for(lambda: stored(alice, talk) == ["One\ntwo"])
    page.reload()
    expect(page.get_by_label("Enter sends")).not_to_be_checked()


def test_a_draft_survives_another_conversation_and_a_reload(
    window: OpenWindow, alice: Person, bob: Person, charlie: Person, talk: str
) -> None:
    """B13: each conversation has its own; the key for the next page takes none of it."""
    other = partners(alice, charlie)
    page = at(window(alice), talk)
    page.locator("#message-text").press_sequentially("For Bob g j")
    ready(page, other)
    expect(page.locator("#message-text")).to_have_value("")
    ready(page, talk)
    expect(page.locator("#message-text")).to_have_value("For Bob g j")


def test_too_many_characters_are_said_at_the_field(window: OpenWindow, alice: Person, talk: str) -> None:
    """B36: counted from 4,500; nothing is cut and nothing is lost."""
    page = at(window(alice), talk)
    field, count = page.locator("#message-text"), page.locator("#count")
    field.fill("x" * 4_499)
    expect(count).to_be_empty()
    field.fill("x" * 4_500)
    expect(count).to_have_text("500 left")
    field.fill("x" * 5_001)
    field.press("Enter")
    expect(page.locator("#message-text-error")).to_have_text("1 character too many.")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("x" * 5_000)
    expect(page.locator("#message-text-error")).to_have_count(0)
    field.press("Enter")
    wait_for(lambda: [len(each) for each in stored(alice, talk)] == [5_000])


def test_files_go_before_their_message(window: OpenWindow, alice: Person, bob: Person, talk: str) -> None:
    """B36: one that is too large is refused at itself before it is sent; the others and the text stay."""
    ours, theirs = at(window(alice), talk), at(window(bob), talk)
    ours.locator("#composer").evaluate("(form, most) => (form.dataset.largestFile = most)", MB)
    ours.locator("#message-files").set_input_files([file("short.txt"), file("long.txt", b"x" * (MB + 1))])
    long = ours.locator("#attached li", has_text="long.txt")
    expect(long).to_contain_text("Larger than 1 MB.")
    expect(ours.locator("#attached progress:visible")).to_have_count(0)
    long.get_by_role("button", name="Remove").click()
    write(ours, "Both, but one")
    expect(theirs.locator("#entries .said")).to_contain_text("short.txt")
    expect(theirs.locator("#entries .said")).to_contain_text("Both, but one")
    expect(ours.locator("#attached li")).to_have_count(0)


def test_attaching_needs_a_connection(window: OpenWindow, alice: Person, talk: str) -> None:
    opened = window(alice)
    page = at(opened, talk)
    opened.context.set_offline(True)
    page.locator("#message-files").set_input_files([file("plan.txt")])
    expect(page.locator("#attached li")).to_contain_text("Attaching needs a connection.")
    opened.context.set_offline(False)
    opened.expect_complaint("WebSocket connection")
    opened.expect_complaint("ERR_INTERNET_DISCONNECTED")


def test_a_file_that_has_not_arrived_keeps_its_message_back(
    window: OpenWindow, alice: Person, talk: str
) -> None:
    """The message would go without it; it is tried again, or removed."""
    opened = window(alice)
    page = at(opened, talk)
    page.route("**/api/files", lambda route: route.abort())
    page.locator("#message-files").set_input_files([file("plan.txt")])
    line = page.locator("#attached li")
    expect(line).to_contain_text("It has not arrived.")
    write(page, "The plan")
    expect(page.locator("#message-text-error")).to_contain_text("A file has not arrived.")
    page.unroute("**/api/files")
    line.get_by_role("button", name="Try again").click()
    expect(line.get_by_role("button", name="Try again")).to_have_count(0)
    expect(line.locator("progress")).to_be_hidden()
    page.locator("#message-text").press("Enter")
    expect(page.locator("#entries .said")).to_contain_text("plan.txt")
    assert stored(alice, talk) == ["The plan"]
    was_cut(opened)


def test_a_file_on_its_way_is_stopped(
    window: OpenWindow, alice: Person, talk: str, db: Database[dict[str, Any]]
) -> None:
    """Removed while it is sent slowly: it is stored nowhere, and the message goes without it."""
    page = at(window(alice), talk)
    protocol = cdp(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 50_000}
    protocol.send("Network.emulateNetworkConditions", slow)
    page.locator("#message-files").set_input_files([file("stopped.txt", b"x" * MB)])
    line = page.locator("#attached li")
    wait_for(lambda: 0 < line.locator("progress").evaluate("meter => meter.value") < 1)
    with page.expect_event("requestfailed"):
        line.get_by_role("button", name="Remove").click()
    expect(line).to_have_count(0)
    protocol.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    protocol.detach()
    write(page, "Without the plan")
    shows(page, "Without the plan")
    assert db.files.count_documents({"name": "stopped.txt"}) == 0
    expect(page.locator("#entries .sent-files")).to_have_count(0)


def test_attached_files_survive_a_reload(
    window: OpenWindow, alice: Person, talk: str, db: Database[dict[str, Any]]
) -> None:
    """They are kept beside the draft, in step in all tabs. One that has gone meanwhile is named and dropped; the text
    and the others stay, and go with the message.
    """
    opened = window(alice)
    page = at(opened, talk)
    page.locator("#message-text").fill("Both of them")
    page.locator("#message-files").set_input_files([file("gone.txt"), file("kept.txt")])
    expect(page.locator("#attached li")).to_have_count(2)
    expect(page.locator("#attached progress:visible")).to_have_count(0)
    other = ready(opened.context.new_page(), talk)
    expect(other.locator("#attached li bdi")).to_have_text(["gone.txt", "kept.txt"])
    db.files.delete_many({"name": "gone.txt"})
    page.reload()
    expect(page.locator("#attached li", has_text="gone.txt")).to_contain_text("No longer there.")
    expect(page.locator("#message-text")).to_have_value("Both of them")
    expect(other.locator("#attached li bdi")).to_have_text(["kept.txt"])
    page.locator("#message-text").press("Enter")
    expect(page.locator("#entries .sent-files")).to_contain_text("kept.txt")
    for tab in (page, other):
        expect(tab.locator("#attached li")).to_have_count(0)
    assert stored(alice, talk) == ["Both of them"]
    opened.expect_complaint("404")


def test_files_are_pasted_and_dropped(window: OpenWindow, alice: Person, talk: str) -> None:
    page = at(window(alice), talk)
    page.locator("#message-text").evaluate("""field => {
      const carry = (name) => {
        const data = new DataTransfer()
        data.items.add(new File(['png'], name, {type: 'image/png'}))
        return data
      }
      const once = {bubbles: true, cancelable: true}
      field.dispatchEvent(new ClipboardEvent('paste', {clipboardData: carry('pasted.png'), ...once}))
      field.dispatchEvent(new DragEvent('drop', {dataTransfer: carry('dropped.png'), ...once}))
    }""")
    expect(page.locator("#attached li")).to_have_count(2)
    expect(page.locator("#attached progress:visible")).to_have_count(0)
    page.get_by_role("button", name="Send").click()
    for name in ("pasted.png", "dropped.png"):
        expect(page.locator("#entries .said")).to_contain_text(name)


def test_the_last_message_is_changed_by_the_arrow_up(
    window: OpenWindow, alice: Person, bob: Person, talk: str
) -> None:
    """B5: both see it change where it stands."""
    ours, theirs = at(window(alice), talk), at(window(bob), talk)
    write(ours, "Gud morning")
    shows(theirs, "Gud morning")
    ours.locator("#message-text").press("ArrowUp")
    dialog = ours.locator("dialog[open]")
    dialog.locator("textarea").fill("Good morning")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    for page in (ours, theirs):
        shows(page, "Good morning")
        expect(page.locator("#entries .said")).to_contain_text("Edited")


def test_the_first_message_begins_the_conversation_in_place(
    window: OpenWindow, alice: Person, bob: Person
) -> None:
    page = window(alice).page
    job = post_job(alice)
    place_bid(bob, job)
    page.goto(f"/messages/new?to={bob.id}&gig={job['id']}")
    connected(page)
    write(page, "Hello")
    shows(page, "Hello")
    expect(page).to_have_url(re.compile("/messages/[0-9a-f]{24}$"))
    write(page, "Again")
    shows(page, "Hello", "Again")
