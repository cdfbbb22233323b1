"""One Chromium per worker, and windows of people that fail their test when a page complains."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import PATIENCE, Window, chromium
from tests.support.client import Client
from tests.support.server import Server

OpenWindow = Callable[..., Window]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs Chromium."""
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium of this worker."""
    expect.set_options(timeout=PATIENCE)
    with chromium() as running:
        yield running


@pytest.fixture
def window(browser: Browser, server: Server) -> Iterator[OpenWindow]:
    """Opens windows, of visitors or of people; each is closed and checked after the test."""
    opened: list[Window] = []

    def open_window(person: Client | None = None, **options: Any) -> Window:
        opened.append(Window(browser, server.url, person, **options))
        return opened[-1]

    yield open_window
    for each in opened:
        each.close()
