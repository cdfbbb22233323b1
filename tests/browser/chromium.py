"""A real Chromium, and pages in it that fail a test by what they say on the console."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    ViewportSize,
    sync_playwright,
)

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
SCREEN: ViewportSize = {"width": 1280, "height": 720}
BETWEEN = "/healthz"  # a page of the site, in its process, that has no scripts

# Where the focus is, and the words of the page.
SEEN = """() => `focus: ${document.activeElement?.outerHTML.slice(0, 200)}
${document.body.innerText.replace(/\\s*\\n\\s*/g, ' | ').slice(0, 1500)}`"""

Theme = Literal["light", "dark"]


def binary() -> str:
    """Return where Chromium is."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "Chromium is not installed: apt-get install chromium"
    return found


@contextmanager
def chromium(slow_ms: int = 0) -> Iterator[Browser]:
    """Chromium as Debian brings it, without a window; for people who watch, with a pause after each act."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary(), args=list(FLAGS), slow_mo=slow_ms)
        yield browser
        browser.close()


class Window:
    """A browser context of one person, whose pages may say nothing on the console but what a test expects."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        self.complaints: list[str] = []
        self._expected: list[str] = []  # parts of those that this test may cause
        # Fading is drawn by the processor here, and would be most of what a test costs.
        still = {"reduced_motion": "reduce", "viewport": SCREEN, **options}
        self.context: BrowserContext = browser.new_context(base_url=url, **still)
        self.context.set_default_timeout(PATIENCE)
        self.context.on("console", self._on_console)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.page: Page = self.context.new_page()
        self._scripts = ExitStack()

    def sign_in(self, person: Client) -> None:
        """Take over the cookies of somebody who has signed in."""
        cookies = person.session.cookies.get_dict().items()
        self.context.add_cookies(
            [{"name": name, "value": value, "url": person.url} for name, value in cookies]
        )

    def begin_with(self, script: str) -> None:
        """Run a script at the beginning of every page that is opened from now on."""
        self._scripts.enter_context(self.context.add_init_script(script))

    def expect_complaint(self, part: str) -> None:
        """Let one kind of complaint pass in this test, such as the failed requests of a connection that it cut. Some of
        them are told once the test has ended.
        """
        self._expected.append(part)

    def clear(self) -> None:
        """Leave its pages and forget what they kept, as if it had just been opened; fails where a page complained.

        Only the files of the site, and what was compiled of them, are still there.
        """
        for page in self.context.pages:
            if page != self.page:
                page.close()
        self._scripts.close()
        for routes in (self.page, self.context):
            routes.unroute_all(behavior="ignoreErrors")
        self.context.set_offline(False)
        self.page.goto(BETWEEN)
        self.page.evaluate("() => { localStorage.clear(); sessionStorage.clear() }")
        self.context.clear_cookies()
        self.page.set_viewport_size(SCREEN)
        self.page.emulate_media(media="null", color_scheme="light")
        self._check()

    def seen(self) -> str:
        """What its pages show, for the reader of a test that failed there."""
        return "\n\n".join(f"{page.url}\n{page.evaluate(SEEN)}" for page in self.context.pages)

    def close(self) -> None:
        """Close it; fails where a page complained."""
        self.context.close()
        self._check()

    def _check(self) -> None:
        complaints, expected = self.complaints, self._expected
        self.complaints, self._expected = [], []
        unexpected = [each for each in complaints if not any(part in each for part in expected)]
        assert not unexpected, unexpected

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location['url']})")


class Windows:
    """The windows of a worker. A new one, with its process and all that a first page fetches and compiles, costs more
    than most tests do in it, so one that a test has left is cleared and given to the next.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._free: dict[bool, list[Window]] = {True: [], False: []}  # with JavaScript, without
        self.lent: list[Window] = []

    @contextmanager
    def lend(self, *, javascript: bool = True, fresh: bool = False) -> Iterator[Window]:
        """Lend a window; a `fresh` one is closed after the test, for what cannot be cleared."""
        free = self._free[javascript]
        new = fresh or not free
        window = Window(self._browser, self._url, java_script_enabled=javascript) if new else free.pop()
        self.lent.append(window)
        yield window
        self.lent.remove(window)
        try:
            if not fresh:
                window.clear()
                free.append(window)
                return
        except Error:
            pass  # such as a page that goes elsewhere by itself at this moment
        window.close()


def connected(page: Page) -> None:
    """Wait until the page's socket stands: its news begin with a replay, so nothing before that can be missed."""
    page.locator("body[data-connected]").wait_for()
