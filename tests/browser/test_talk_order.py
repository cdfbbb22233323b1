"""The conversation on the page of its order."""

from playwright.sync_api import expect

from tests.browser.chromium import connected
from tests.browser.conftest import OpenWindow
from tests.browser.talking import shows, write
from tests.support.client import Person
from tests.support.market import offer_service
from tests.support.money import buy, do, in_progress
from tests.support.server import Server
from tests.support.talk import open_talk, say


def test_what_is_written_beside_an_order_survives_its_changes(
    window: OpenWindow, server: Server, alice: Person, bob: Person
) -> None:
    """(l): the order changes under the writer's hands; words, focus and place in the log stay. Sent, it is in both."""
    order = in_progress(server, alice, bob)
    talk = open_talk(alice, bob, gigId=order["gigId"])
    for number in range(15):
        say(bob, talk, f"Line {number}")
    alice.post(f"/api/chat/{talk}/read", {})
    page = window(alice).page
    page.goto(f"/orders/{order['id']}")
    connected(page)
    field = page.locator("#composer textarea")
    field.press_sequentially("Half a sent")
    page.evaluate("() => { document.getElementById('log').scrollTop = 100 }")
    do(bob, order, "cancel", reason="We moved.")
    expect(page.locator("#order")).to_contain_text("We moved.")
    expect(field).to_be_focused()
    page.keyboard.type("ence")
    expect(field).to_have_value("Half a sentence")
    assert page.evaluate("() => document.getElementById('log').scrollTop") == 100
    field.press("Enter")
    shows(page, *(f"Line {number}" for number in range(15)), "Half a sentence")


def test_the_first_words_can_be_written_beside_an_order(
    window: OpenWindow, server: Server, alice: Person, bob: Person
) -> None:
    """Nothing was said yet: the page stays the order's, and goes on as the conversation's."""
    order = in_progress(server, alice, bob)
    page = window(alice).page
    page.goto(f"/orders/{order['id']}")
    connected(page)
    write(page, "Hello", "Again")
    shows(page, "Hello", "Again")
    assert page.url.endswith(f"/orders/{order['id']}")


def test_where_an_order_began_stands_once(window: OpenWindow, alice: Person, bob: Person) -> None:
    """Also if the page has shown it before the message came that it stands above."""
    service = offer_service(bob)
    talk = open_talk(alice, bob, gigId=service["id"])
    say(alice, talk, "Hello")
    order = buy(alice, service).json()["order"]
    page = window(alice).page
    page.goto(f"/orders/{order['id']}")
    connected(page)
    expect(page.locator("#entries .began")).to_have_count(1)
    say(bob, talk, "Thank you")
    shows(page, "Hello", "Thank you")
    rows = page.locator("#entries > :is(.said, .began)")
    assert rows.evaluate_all("rows => rows.map(row => row.id)") == ["m1", f"began-{order['id']}", "m2"]
