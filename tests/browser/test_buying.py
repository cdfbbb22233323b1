"""Buying a service that asks: a client and a freelancer in two windows, with JavaScript and without it."""

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.conftest import OpenWindow
from tests.browser.look import MEASURE, SMALLEST_TARGET, check
from tests.files.test_files_of_jobs import ids_of, upload
from tests.orders.test_briefs import CHOICE, FILE, WORDS, answers_to, bought, service_that_asks
from tests.support.client import Person
from tests.support.money import GOOD

LOGO: FilePayload = {"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}
NOTES: FilePayload = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"Roads in red."}
CARD = {"card_number": GOOD, "expiry": "12 / 34", "cvc": "123", "name": "Alice"}
COLOURS, SIZE, YOUR_LOGO = "Which colours do you like?", "Which size?", "Your logo, please."  # as they ask


@pytest.mark.parametrize("javascript", [True, False])
def test_what_is_needed_is_said_changed_and_agreed_by_paying(
    window: OpenWindow, alice: Person, bob: Person, javascript: bool
) -> None:
    """A missing answer is named at its place and nothing is lost; what was paid for both read, and nobody changes."""
    service = service_that_asks(bob, WORDS, {**CHOICE, "required": True}, FILE)
    opened = window(alice, javascript=javascript)
    client = opened.page
    client.goto(f"/gigs/{service['id']}")
    client.get_by_role("link", name="Buy for $120").click()
    asked = client.locator("#ask")
    asked.get_by_label("What do you need?").fill("A map of Prague.")
    asked.get_by_label("A3").check()
    asked.locator("[name=files]").set_input_files(NOTES)
    order_it(asked)
    colours = asked.get_by_label(COLOURS)
    expect(colours).to_have_attribute("aria-invalid", "true")
    expect(asked).to_contain_text("Answer this question.")
    expect(asked.get_by_label("What do you need?")).to_have_value("A map of Prague.")
    expect(asked.get_by_label("A3")).to_be_checked()
    expect(asked.get_by_label("notes.txt")).to_be_checked()
    colours.fill("Blue")
    asked.get_by_label(YOUR_LOGO).set_input_files(LOGO)
    order_it(asked)
    expect(client.locator("#checkout")).to_contain_text("with 3 answers and 2 files")

    client.get_by_role("link", name="Change it before you pay").click()
    expect(asked.get_by_label("logo.svg")).to_be_checked()
    asked.get_by_label(COLOURS).fill("Red")
    asked.get_by_label("notes.txt").uncheck()
    asked.get_by_role("button", name="Save").click()
    order = client.locator("#order")
    for said in ("A map of Prague.", "Red", "A3", "logo.svg"):
        expect(order).to_contain_text(said)
    expect(order).not_to_contain_text("notes.txt")
    client.locator("#order").get_by_role("link", name="Pay", exact=True).click()
    pay(client)

    freelancer = window(bob, javascript=javascript).page
    freelancer.goto(client.url)
    for page in (client, freelancer):
        shown = page.locator("#order")
        for said in ("A map of Prague.", COLOURS, "Red", SIZE, "A3", "logo.svg"):
            expect(shown).to_contain_text(said)
        expect(shown.locator("[href$='/brief']")).to_have_count(0)
    opened.expect_complaint("400 (BAD REQUEST)")


def order_it(asked: Locator) -> None:
    asked.get_by_role("button", name="Order and pay $120").click()


def pay(client: Page) -> None:
    """Pay at the sandbox, and come back to the order."""
    client.get_by_role("button", name="Pay $120").click()
    for name, text in CARD.items():
        client.locator(f"[name={name}]").fill(text)
    client.get_by_role("button", name="Pay $120").click()
    client.wait_for_url("**/orders/*")
    expect(client.locator("#order .turn [role=status]")).to_contain_text("has to deliver by")


def test_pages_that_ask_and_what_was_said(window: OpenWindow, alice: Person, bob: Person) -> None:
    """Right by axe-core in both themes, and inside a phone, a tablet and a desktop with words that do not break."""
    long = {"text": "Q" * 300, "kind": "choice", "choices": ["c" * 100, "d" * 100]}
    service = service_that_asks(bob, WORDS, {**long, "required": True}, FILE)
    said, file = answers_to(service, "b" * 300, "c" * 100), upload(alice, f"{'n' * 80}.txt")
    order = bought(alice, service, brief="t" * 300, answers=said, fileIds=ids_of(file))
    here = f"/orders/{order['id']}"
    paths = [f"/gigs/{service['id']}/buy", f"{here}/brief", f"/checkout/{order['id']}", here]
    opened = window(alice)
    check(opened, *paths)
    opened.page.set_viewport_size({"width": 768, "height": 1024})
    for path in paths:
        opened.page.goto(path)
        assert opened.page.evaluate(MEASURE, SMALLEST_TARGET) == [], path
