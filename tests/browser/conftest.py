"""One Chromium per worker, and windows of people that fail their test when a page complains."""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, suppress

import pytest
from playwright.sync_api import Browser, Error, expect

from tests.browser.chromium import PATIENCE, Window, Windows, chromium
from tests.support.client import Client
from tests.support.server import Server

OpenWindow = Callable[..., Window]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs Chromium."""
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker("browser")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed says what its windows showed at that moment."""
    report = yield
    windows = getattr(item, "funcargs", {}).get("windows")
    if report.failed and call.when == "call" and isinstance(windows, Windows):
        with suppress(Error):
            report.sections += [("a window", window.seen()) for window in windows.lent]
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this worker."""
    expect.set_options(timeout=PATIENCE)
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def windows(browser: Browser, server: Server) -> Windows:
    """The windows of this worker, at its server."""
    return Windows(browser, server.url)


@pytest.fixture
def window(windows: Windows) -> Iterator[OpenWindow]:
    """Opens windows, of visitors or of people; each is left and checked after the test."""
    with ExitStack() as stack:

        def open_window(person: Client | None = None, **options: bool) -> Window:
            opened = stack.enter_context(windows.lend(**options))
            if person:
                opened.sign_in(person)
            return opened

        yield open_window
