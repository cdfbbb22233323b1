"""A restart of the web processes during an exchange."""

import signal
from collections.abc import Callable
from subprocess import Popen

from playwright.sync_api import Browser, expect

from tests.browser.chromium import Windows
from tests.browser.talking import at, partners, shows, stored, was_cut, write
from tests.conftest import Join
from tests.support.server import Server
from tests.support.waiting import wait_for


def test_a_restart_loses_nothing_of_an_exchange(
    start_server: Callable[..., Server], browser: Browser, join: Join
) -> None:
    """(f): SIGHUP while both write; each message stands once with both, and nobody has to reload."""
    server = start_server(whole=True)
    alice, bob = join("Alice Owner", at=server), join("Bob Bidder", at=server)
    talk, windows = partners(alice, bob), Windows(browser, server.url)
    with windows.lend(fresh=True) as first, windows.lend(fresh=True) as second:
        pages = []
        for opened, person in ((first, alice), (second, bob)):
            opened.sign_in(person)
            pages.append(at(opened, talk))
        before = server.worker_pids()
        assert isinstance(server.process, Popen)
        server.process.send_signal(signal.SIGHUP)
        for number in range(3):
            for page, name in zip(pages, "ab", strict=True):
                write(page, f"{name}{number}")
        wait_for(lambda: not set(before) & set(server.worker_pids()))
        for page in pages:
            write(page, "after")
        wait_for(lambda: len(stored(alice, talk)) == 8)
        order = stored(alice, talk)
        assert sorted(order) == ["a0", "a1", "a2", "after", "after", "b0", "b1", "b2"]
        for page in pages:
            shows(page, *order)
            expect(page.locator("#outbox li")).to_have_count(0)
        was_cut(first, second)
