"""Threads at servers of their own: one that restarts during an exchange, and one that takes a message now and then."""

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


def test_who_writes_too_fast_is_sent_when_the_server_says(
    start_server: Callable[..., Server], browser: Browser, join: Join
) -> None:
    """429: its own time to wait is kept, whatever else happens on the page."""
    server = start_server(RATE_LIMITS="on", LIMIT_MESSAGES="1 per 3 second")
    alice, bob = join("Alice Owner", at=server), join("Bob Bidder", at=server)
    talk = partners(alice, bob)
    with Windows(browser, server.url).lend(fresh=True) as opened:
        opened.sign_in(alice)
        page = at(opened, talk)
        answers: list[int] = []
        page.on(
            "response", lambda answer: answers.append(answer.status) if "/api/chat/" in answer.url else None
        )
        write(page, "One", "Two")
        expect(page.locator("#outbox li").last).to_contain_text("Too many messages at once.")
        page.evaluate("() => dispatchEvent(new Event('pageshow'))")
        shows(page, "One", "Two")
        assert answers.count(429) == 1
        opened.expect_complaint("429")
