"""Every page, light and dark, on a phone and on a desktop: accessible, inside its width, silent on the console."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import AXE, Theme
from tests.browser.conftest import OpenWindow
from tests.support.client import Person
from tests.support.market import hire, place_bid, post_job, unique_word

WIDTHS = {"phone": {"width": 360, "height": 740}, "desktop": {"width": 1280, "height": 800}}
SMALLEST_TARGET = 24  # CSS px (UI.md, Behave); links inside a sentence are exempt (WCAG 2.5.8)

# A whole page is looked at as it stands after its motion; views that fade in would be measured half transparent.
STILL = "() => document.getAnimations().every(animation => animation.playState !== 'running')"
SMALL_TARGETS = """smallest => [...document.querySelectorAll('button, .button, input, select, textarea, summary')]
  .filter(element => element.checkVisibility() && !['radio', 'checkbox', 'hidden'].includes(element.type))
  .map(element => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.width < smallest || box.height < smallest))
  .map(([html, box]) => `${html}: ${box.width} x ${box.height}`)"""


def check(page: Page, path: str) -> list[str]:
    """What is wrong with the page at this address."""
    page.goto(path)
    page.wait_for_function(STILL)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    problems = [
        f"{path}: {violation['id']}: {node['html'][:120]} ({node['failureSummary'][:200]})"
        for violation in found["violations"]
        for node in violation["nodes"][:3]
    ]
    overflow = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    if overflow > 0:
        problems.append(f"{path}: {overflow} px wider than the screen")
    problems += [f"{path}: too small: {target}" for target in page.evaluate(SMALL_TARGETS, SMALLEST_TARGET)]
    return problems


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page(
    window: OpenWindow, alice: Person, bob: Person, charlie: Person, theme: Theme, width: str
) -> None:
    """axe-core finds nothing, nothing sticks out, every control can be hit, in every state of every page."""
    open_job = post_job(
        alice, title=f"Open {unique_word()} {'x' * 80}", description="Long words: " + "y" * 300
    )
    bid = place_bid(bob, open_job, message="z" * 400)
    given = post_job(alice, title=f"Given {unique_word()}", skills=["Flask", "HTMX"], dueOn="2030-01-01")
    won, lost = place_bid(bob, given), place_bid(charlie, given)
    assert hire(alice, won).status_code == 200
    assert lost["status"] == "pending"
    options = {"color_scheme": theme, "viewport": WIDTHS[width], "reduced_motion": "reduce"}
    visits = {
        None: ["/", "/jobs", "/jobs?q=nothing-has-this", "/login", "/register", "/api/docs", "/nothing-here"],
        alice: [
            "/",
            "/gigs/new",
            "/hiring",
            "/notifications",
            f"/gigs/{given['id']}",
            f"/bids/{bid['id']}/hire",
        ],
        bob: [
            "/freelancing",
            f"/gigs/{given['id']}",
            f"/bids/{bid['id']}/edit",
            f"/bids/{bid['id']}/withdraw",
        ],
        charlie: ["/freelancing", f"/gigs/{open_job['id']}", f"/gigs/{given['id']}", "/hiring", "/gigs/new"],
    }
    visits[None].append(f"/gigs/{open_job['id']}")
    visits[alice] += [
        f"/gigs/{open_job['id']}",
        f"/gigs/{open_job['id']}/edit",
        f"/gigs/{open_job['id']}/close",
    ]
    problems = []
    for person, paths in visits.items():
        opened = window(person, **options)
        for path in paths:
            problems += check(opened.page, path)
        opened.expect_complaint("404 (NOT FOUND)")
    assert not problems, "\n".join(problems)
