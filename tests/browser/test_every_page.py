"""Every page, light and dark, on a phone and on a desktop: accessible, inside its width, silent on the console."""

import itertools
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.browser.chromium import AXE, Theme
from tests.browser.conftest import OpenWindow
from tests.support.client import Person
from tests.support.images import picture
from tests.support.mailbox import Outbox
from tests.support.market import hire, place_bid, post_job, unique_word
from tests.support.server import Server

THEMES: tuple[Theme, ...] = ("light", "dark")
WIDTHS: dict[str, ViewportSize] = {
    "phone": {"width": 360, "height": 740},
    "desktop": {"width": 1280, "height": 800},
}
SMALLEST_TARGET = 24  # CSS px (UI.md, Behave); links inside a sentence are exempt (WCAG 2.5.8)

# A whole page is looked at as it stands after its motion; views that fade in would be measured half transparent.
STILL = "() => document.getAnimations().every(animation => animation.playState !== 'running')"
SMALL_TARGETS = """smallest => [...document.querySelectorAll('button, .button, input, select, textarea, summary')]
  .filter(element => element.checkVisibility() && !['radio', 'checkbox', 'hidden'].includes(element.type))
  .map(element => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.width < smallest || box.height < smallest))
  .map(([html, box]) => `${html}: ${box.width} x ${box.height}`)"""


def check(page: Page, path: str) -> list[str]:
    """What is wrong with the page at this address, in any theme and at any width."""
    page.goto(path)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    problems = []
    for theme, (width, size) in itertools.product(THEMES, WIDTHS.items()):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.set_viewport_size(size)
        page.wait_for_function(STILL)
        problems += [f"{path} ({theme}, {width}): {problem}" for problem in look(page)]
    return problems


def look(page: Page) -> list[str]:
    """What is wrong with the page as it stands now."""
    found: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    problems = [
        f"{violation['id']}: {node['html'][:120]} ({node['failureSummary'][:200]})"
        for violation in found["violations"]
        for node in violation["nodes"][:3]
    ]
    overflow = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    if overflow > 0:
        problems.append(f"{overflow} px wider than the screen")
    return problems + [f"too small: {target}" for target in page.evaluate(SMALL_TARGETS, SMALLEST_TARGET)]


FULL_PROFILE = {
    "headline": "H" * 120,
    "bio": "**Bold** and [a link](https://example.org), `code`.\n\n- one\n- " + "x" * 200 + "\n\n> said",
    "skills": ["Flask", "W" * 40],
    "availability": "limited",
    "portfolio": [
        {"title": "T" * 120, "url": "https://" + "h" * 60 + ".example.org/" + "p" * 200, "text": "t" * 900},
        {"title": "Plain"},
    ],
}


@pytest.mark.parametrize("reader", ["visitor", "owner", "freelancer", "loser"])
def test_every_page(window: OpenWindow, alice: Person, bob: Person, charlie: Person, reader: str) -> None:
    """axe-core finds nothing, nothing sticks out, every control can be hit, in every state of every page."""
    open_job = post_job(
        alice, title=f"Open {unique_word()} {'x' * 80}", description="Long words: " + "y" * 300
    )
    bid = place_bid(bob, open_job, message="z" * 400)
    given = post_job(alice, title=f"Given {unique_word()}", skills=["Flask", "HTMX"], dueOn="2030-01-01")
    won, lost = place_bid(bob, given), place_bid(charlie, given)
    assert hire(alice, won).status_code == 200
    assert lost["status"] == "pending"
    here, there = f"/gigs/{open_job['id']}", f"/gigs/{given['id']}"
    person, paths = {
        "visitor": (
            None,
            ["/", "/jobs", "/jobs?q=nothing-has-this", "/login", "/register", "/api/docs", "/no", here],
        ),
        "owner": (
            alice,
            ["/", "/gigs/new", "/hiring", "/notifications", there, here, f"{here}/edit", f"{here}/close"],
        ),
        "freelancer": (
            bob,
            ["/freelancing", there, here, f"/bids/{bid['id']}/edit", f"/bids/{bid['id']}/withdraw"],
        ),
        "loser": (charlie, ["/", "/freelancing", here, there, "/hiring"]),
    }[reader]
    if person is alice:
        paths.append(f"/bids/{bid['id']}/hire")
    opened = window(person)
    problems = [problem for path in paths for problem in check(opened.page, path)]
    opened.expect_complaint("404 (NOT FOUND)")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("reader", ["visitor", "person", "newcomer"])
def test_every_page_of_people(window: OpenWindow, server: Server, bob: Person, reader: str) -> None:
    """The same for profiles and settings, full and empty, and for the ways in when a password is forgotten."""
    bob.put("/api/users/profile", FULL_PROFILE)
    bob.put("/api/users/profile/picture", files={"picture": picture()})
    piece = bob.get("/api/users/profile").json()["portfolio"][0]["id"]
    bob.put(f"/api/users/profile/portfolio/{piece}/picture", files={"picture": picture(1200, 500)})
    bob.twin().post("/api/auth/login", bob.credentials)
    post_job(bob)
    bob.post("/api/auth/forgot", {"email": bob.email})
    letter = Outbox(server.var_dir).wait_for(bob.email, "Choose a new password")
    reset = urlsplit(letter.links[0]).path
    sections = ("profile", "portfolio", "account", "password", "devices", "notifications")
    settings = [f"/settings/{section}" for section in sections]
    person, paths = {
        "visitor": (
            None,
            ["/forgot", reset, "/reset/nothing", "/confirm/nothing", f"/u/{bob.id}", "/u/nobody"],
        ),
        "person": (
            bob,
            [
                *settings,
                "/settings/portfolio/new",
                f"/settings/portfolio/{piece}",
                f"/settings/portfolio/{piece}/remove",
                "/settings/account/delete",
                f"/u/{bob.id}",
            ],
        ),
        "newcomer": (Person(server.url, "N" * 80, f"long-{bob.id}@example.test", "secret123"), settings[:2]),
    }[reader]
    if reader == "newcomer":
        assert isinstance(person, Person)
        paths.append(f"/u/{person.id}")
    opened = window(person)
    problems = [problem for path in paths for problem in check(opened.page, path)]
    opened.expect_complaint("404 (NOT FOUND)")
    assert not problems, "\n".join(problems)
