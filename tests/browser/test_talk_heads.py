"""The clock of the other one at the head of a thread: it stays right, and knows the clock of the device."""

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import connected
from tests.browser.conftest import OpenWindow
from tests.browser.talking import cdp, partners
from tests.support.client import Person
from tests.support.market import change_profile

AT, LATER = "2026-12-04T12:40:00Z", "2026-12-04T18:40:00Z"


@pytest.fixture
def talk(alice: Person, bob: Person) -> str:
    change_profile(alice, timeZone="Asia/Kathmandu")
    return partners(alice, bob)


def test_the_clock_of_the_other_stays_right(window: OpenWindow, bob: Person, talk: str) -> None:
    page = window(bob, fresh=True).page
    page.clock.set_fixed_time(AT)
    page.goto(f"/messages/{talk}")
    there = page.locator("[data-there]")
    expect(there).to_contain_text("18:25 for Alice Owner (UTC+5:45)")
    page.clock.set_fixed_time(LATER)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as when one comes back to it
    expect(there).to_contain_text("00:25 for")


@pytest.mark.parametrize(("device", "is_shown"), [("Asia/Kathmandu", False), ("Europe/Prague", True)])
def test_a_device_whose_clock_says_the_same_shows_none(
    window: OpenWindow, bob: Person, talk: str, device: str, is_shown: bool
) -> None:
    """Bob's account has no zone, so only his device knows."""
    page = window(bob, fresh=True).page
    cdp(page).send("Emulation.setTimezoneOverride", {"timezoneId": device})
    page.goto(f"/messages/{talk}")
    connected(page)
    expect(page.locator("[data-there]")).to_be_visible(visible=is_shown)
