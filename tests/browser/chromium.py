"""A real Chromium, and pages in it that fail a test by what they say on the console."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.support.client import Client

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the lightest first
# Nothing that Chromium does by itself may reach for the network.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)
FLAGS += ("--disable-component-update", "--disable-sync")
# No page lives long enough here to earn back what compiling its scripts well, or forgetting them, costs.
FLAGS += ("--js-flags=--no-opt --no-maglev --no-flush-bytecode",)
AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js"
PATIENCE = 15_000  # ms; never spent where things work

Theme = Literal["light", "dark"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium as Debian brings it, without a window."""
    binary = next(filter(None, map(shutil.which, NAMES)), None)
    assert binary, "Chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=list(FLAGS))
        yield browser
        browser.close()


class Window:
    """A browser context of one person, whose pages may say nothing on the console but what a test expects."""

    def __init__(self, browser: Browser, url: str, person: Client | None = None, **options: Any) -> None:
        self.complaints: list[str] = []
        # Fading is drawn by the processor here, and would be most of what a test costs.
        still = {"reduced_motion": "reduce", **options}
        self.context: BrowserContext = browser.new_context(base_url=url, **still)
        self.context.set_default_timeout(PATIENCE)
        self.context.on("console", self._on_console)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        if person:
            self.sign_in(person)
        self.page: Page = self.context.new_page()

    def sign_in(self, person: Client) -> None:
        """Take over the cookies of somebody who has signed in."""
        cookies = person.session.cookies.get_dict().items()
        self.context.add_cookies(
            [{"name": name, "value": value, "url": person.url} for name, value in cookies]
        )

    def close(self) -> None:
        """Close it; fails where a page complained."""
        self.context.close()
        assert not self.complaints, self.complaints

    def expect_complaint(self, part: str) -> None:
        """Let one kind of complaint pass, such as the failed requests of a connection that a test cut."""
        self.complaints = [complaint for complaint in self.complaints if part not in complaint]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location['url']})")


def connected(page: Page) -> None:
    """Wait until the page's socket stands: its news begin with a replay, so nothing before that can be missed."""
    page.locator("body[data-connected]").wait_for()
