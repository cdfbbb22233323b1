"""Every page, light and dark, on a phone and on a desktop: accessible, inside its width, silent on the console."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.browser.chromium import AXE, Window
from tests.browser.conftest import OpenWindow
from tests.support.client import Person
from tests.support.images import picture
from tests.support.invariants import Db
from tests.support.mailbox import Outbox
from tests.support.market import (
    add_image,
    ask_question,
    hire,
    offer_service,
    place_bid,
    post_job,
    put_into,
    unique_word,
)
from tests.support.server import Server

WIDTHS: dict[str, ViewportSize] = {
    "phone": {"width": 360, "height": 740},
    "desktop": {"width": 1280, "height": 800},
}
SMALLEST_TARGET = 24  # CSS px (UI.md, Behave); links inside a sentence are exempt (WCAG 2.5.8)

# What is wrong with the page as it stands after its motion, which is brought to its end at once; what fades would be
# measured half transparent.
# While all is as large, where and as visible as at the last look, the theme has changed colours alone, and of the rules
# of axe-core only those on colours can find anything new (but for that of level AAA, which nobody asks for).
LOOK = """async smallest => {
  let moving
  do {
    await new Promise(requestAnimationFrame)
    moving = document.getAnimations().filter(animation => animation.playState === 'running')
    for (const animation of moving) animation.finish()
  } while (moving.length)
  const shape = JSON.stringify([...document.querySelectorAll('*')].map(element => {
    const {x, y, width, height} = element.getBoundingClientRect()
    return [element.tagName, x, y, width, height, element.checkVisibility({visibilityProperty: true})]
  }))
  const colours = {runOnly: ['cat.color'], rules: {'color-contrast-enhanced': {enabled: false}}}
  const options = {resultTypes: ['violations'], ...(shape === window.lastShape && colours)}
  window.lastShape = shape
  const {violations} = await axe.run(document, options)
  const problems = violations.flatMap(({id, nodes}) => nodes.slice(0, 3).map(
    ({html, failureSummary}) => `${id}: ${html.slice(0, 120)} (${failureSummary.slice(0, 200)})`))
  const {scrollWidth, clientWidth} = document.documentElement
  if (scrollWidth > clientWidth) problems.push(`${scrollWidth - clientWidth} px wider than the screen`)
  for (const element of document.querySelectorAll('button, .button, input, select, textarea, summary')) {
    if (!element.checkVisibility() || ['radio', 'checkbox', 'hidden'].includes(element.type)) continue
    const {width, height} = element.getBoundingClientRect()
    if (width && (width < smallest || height < smallest))
      problems.push(`too small: ${element.outerHTML.slice(0, 80)}: ${width} x ${height}`)
  }
  return problems
}"""


def check(opened: Window, *paths: str, complaint: str = "404 (NOT FOUND)") -> None:
    """Nothing is wrong with the pages at these addresses, in any theme and at any width."""
    opened.context.add_init_script(path=AXE)
    problems = [problem for path in paths for problem in _problems(opened.page, path)]
    opened.expect_complaint(complaint)
    assert not problems, "\n".join(problems)


def _problems(page: Page, path: str) -> list[str]:
    problems: list[str] = []
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(WIDTHS["phone"])
    page.goto(path)
    # From one to the next only one thing changes.
    for width, themes in (("phone", ("light", "dark")), ("desktop", ("dark", "light"))):
        page.set_viewport_size(WIDTHS[width])
        for theme in themes:
            page.emulate_media(color_scheme=theme)
            found = page.evaluate(LOOK, SMALLEST_TARGET)
            problems += [f"{path} ({theme}, {width}): {problem}" for problem in found]
    return problems


STATES = ("draft", "pending", "rejected", "paused", "archived")  # beside live
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


@pytest.mark.parametrize("reader", ["visitor", "program", "owner", "freelancer", "loser"])
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
            ["/", "/jobs", "/jobs?q=nothing-has-this", "/login", "/register", "/no", here],
        ),
        "program": (None, ["/api/docs"]),  # by itself, since it is as long as many
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
    check(window(person), *paths)


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
    check(window(person), *paths)


@pytest.mark.parametrize("kind", ["jobs", "services"])
def test_every_list(window: OpenWindow, alice: Person, bob: Person, kind: str) -> None:
    """Found and not found, filtered, with what to loosen, refused, and more of it; for visitors and for members."""
    word = unique_word()
    for number in range(21):
        put = post_job if kind == "jobs" else offer_service
        gig = put(alice, title=f"{word} {number}", skills=["Ink", "W" * 40], category="illustration")
    if kind == "services":
        add_image(alice, gig, picture(900, 600), "A map")
    more = alice.page(f"/{kind}?q={word}").one("a[href*=cursor]").attrs["href"] or ""
    chips = f"/{kind}?q={word}&category=illustration&skills=ink&min_price=1&max_price=900000&sort=price"
    found = [f"/{kind}", chips, more]
    empty = [f"/{kind}?q={word}&min_price=5000&available=1&max_days=3", f"/{kind}?q={'x' * 200}"]
    check(window(), *found, *empty)
    check(window(bob), found[1], empty[0])
    check(window(), f"/{kind}?max_price=abc", complaint="400 (BAD REQUEST)")


def test_every_page_of_categories(window: OpenWindow, alice: Person) -> None:
    for put in (post_job, offer_service):
        put(alice, title=f"{unique_word()} {'x' * 80}", category="data")
    check(window(), "/categories", "/categories/data", "/categories/translation", "/categories/none")
    check(window(alice), "/categories", "/categories/data")


@pytest.mark.parametrize("reader", ["visitor", "owner", "form", "other"])
def test_every_page_of_services(window: OpenWindow, db: Db, alice: Person, bob: Person, reader: str) -> None:
    """In every state, with all its pictures and with none, asked about and not; the forms, and what they ask first."""
    title = f"{unique_word()} {'x' * 80}"
    live = offer_service(alice, title=title, description="y" * 300, skills=["Ink", "W" * 40], revisions=0)
    for number in range(5):
        add_image(alice, live, picture(900, 600), "A map of a town. " * 10 if number else "")
    answered = ask_question(bob, live, "z" * 300)
    assert alice.put(f"/api/questions/{answered['id']}", {"text": "a" * 300}).status_code == 200
    ask_question(bob, live)
    others = {status: offer_service(alice, title=f"{status} {title}") for status in STATES}
    for status, service in others.items():
        if status == "archived":
            assert alice.delete(f"/api/gigs/{service['id']}").status_code == 200
        else:
            put_into(db, service, status)
    add_image(alice, others["draft"], picture(80, 60), "Small")
    shown = f"/gigs/{live['id']}"
    hidden = {status: f"/gigs/{service['id']}" for status, service in others.items()}
    if reader == "owner":
        check(window(alice), shown, *hidden.values(), "/freelancing")
    elif reader == "form":
        edited = [f"{shown}/edit", f"{hidden['draft']}/edit", f"{hidden['rejected']}/edit"]
        check(window(alice), "/gigs/new?kind=service", *edited, f"{shown}/archive")
    else:
        person = None if reader == "visitor" else bob
        check(window(person), shown, hidden["paused"], hidden["draft"], f"/u/{alice.id}")
