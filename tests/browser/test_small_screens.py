"""Small screens and habits: the bar at the bottom, the header between phones and desktops, single keys, long names and
wide texts.
"""

from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.chromium import connected
from tests.browser.conftest import OpenWindow
from tests.conftest import shared
from tests.support.client import Person
from tests.support.market import ask_question, offer_service, place_bid, post_job
from tests.support.money import bought

client = shared("C" * 80)
seller = shared("S" * 80)

# The links of a bar: their texts' lines, and whether all of each is inside its own box.
BAR = """bar => [...bar.querySelectorAll('a')].map(link => {
  const range = document.createRange()
  range.selectNodeContents(link)
  const {left, right, width, height} = link.getBoundingClientRect(), text = range.getBoundingClientRect()
  const words = [...link.childNodes].find(({nodeType, data}) => nodeType === 3 && data.trim())
  range.selectNode(words)
  return {words: words.data.trim(), lines: range.getClientRects().length, width, height,
    isInside: text.left >= left - 1 && text.right <= right + 1}
})"""

# What stands in the header: whether anything in it has a second line, leaves the page, or lies upon its neighbour.
HEADER = """() => {
  const shown = [...document.querySelectorAll('.top .brand, .top .nav a, .top .tools > *')].filter(
    element => element.getBoundingClientRect().width)
  const boxes = shown.map(element => [element, element.getBoundingClientRect()])
  const problems = []
  boxes.forEach(([element, box], number) => {
    const range = document.createRange()
    range.selectNodeContents(element)
    const tops = [...range.getClientRects()].filter(({height}) => height > 8).map(({top}) => top)
    const name = element.textContent.trim()
    const isRead = !element.querySelector('.hidden')  // words of an icon, for screen readers
    if (isRead && Math.max(...tops) - Math.min(...tops) > 12) problems.push(`${name}: has two lines`)
    if (box.right > innerWidth || box.left < 0) problems.push(`${name}: leaves the page`)
    if (number && box.left < boxes[number - 1][1].right - 1) problems.push(`${name}: lies upon what is before it`)
  })
  return problems
}"""

# WCAG 1.4.12. A sheet that is made by a script is nothing that the content security policy forbids.
SPACED = """() => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
    p { margin-block-end: 2em !important }`)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
}"""

# What leaves the page at its side, outermost first.
TOO_WIDE = """() => {
  const {scrollWidth, clientWidth} = document.documentElement
  if (scrollWidth <= clientWidth) return []
  const out = [...document.querySelectorAll('body *')].filter(
    element => element.getBoundingClientRect().right > clientWidth + 1)
  return [`${scrollWidth} px`, ...out.slice(0, 5).map(element => element.outerHTML.slice(0, 90))]
}"""


def at(page: Page, width: int) -> None:
    size: ViewportSize = {"width": width, "height": 740}
    page.set_viewport_size(size)


def test_the_bar_at_the_bottom_begins_with_home(window: OpenWindow, alice: Person) -> None:
    """Six entries fit a phone: each with its words on one line, inside a box that a thumb can hit."""
    page = window(alice).page
    at(page, 360)
    page.goto("/orders")
    connected(page)
    expect(page.locator("nav.bottom a").first).to_be_visible()
    links = page.locator("nav.bottom").evaluate(BAR)
    assert [link["words"] for link in links] == ["Home", "Jobs", "Services", "Work", "Hiring", "Post"]
    for link in links:
        assert (link["lines"], link["isInside"]) == (1, True), link
        assert min(link["width"], link["height"]) >= 44, link
    page.locator("nav.bottom").get_by_role("link", name="Home").click()
    page.wait_for_url("**/")
    expect(page.locator("nav.bottom a[aria-current]")).to_have_text("Home")


def test_single_keys_can_be_switched_off(window: OpenWindow, alice: Person) -> None:
    """In the dialog that lists them; the browser keeps the choice, and Escape goes on closing what is open."""
    page = window(alice).page
    page.goto("/notifications")
    connected(page)
    dialog, box = (
        page.get_by_role("dialog", name="Keyboard"),
        page.get_by_label("Use these keys in this browser"),
    )
    page.keyboard.press("?")
    box.uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.goto("/jobs")
    connected(page)
    for key in ("?", "/", "g", "j", "n"):
        page.keyboard.press(key)
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Keyboard").click()
    expect(box).not_to_be_checked()
    box.check()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("n")
    page.wait_for_url("**/gigs/new")


def test_the_header_between_phones_and_desktops(window: OpenWindow, client: Person, seller: Person) -> None:
    """One line each, and nothing upon anything, with the count of what is the reader's turn beside My hiring."""
    place_bid(seller, post_job(client))
    page = window(client).page
    page.goto("/")
    for width in (704, 736, 768, 832, 1024):
        at(page, width)
        assert page.evaluate(HEADER) == [], width


def test_orders_are_in_the_menu_where_the_header_has_no_room(window: OpenWindow, client: Person) -> None:
    page = window(client).page
    at(page, 768)
    page.goto("/")
    expect(page.locator(".top .nav").get_by_role("link", name="Orders")).to_be_hidden()
    page.get_by_role("button", name="Account").click()
    page.locator("#account-menu").get_by_role("link", name="Orders").click()
    page.wait_for_url("**/orders")


def test_long_names_and_wide_texts(window: OpenWindow, client: Person, seller: Person) -> None:
    """No page is wider than a phone by a name of 80 letters, nor than 320 px by the text spacing of WCAG 1.4.12."""
    job, service = post_job(client), offer_service(seller)
    bid = place_bid(seller, job)
    ask_question(client, service)
    order = bought(client, seller)
    seen = [
        "/",
        "/jobs",
        f"/gigs/{job['id']}",
        f"/gigs/{service['id']}",
        f"/orders/{order['id']}",
        "/freelancing",
    ]
    named = ["/services", f"/u/{seller.id}", f"/u/{client.id}", "/hiring", "/orders", "/notifications"]
    asked = [f"/bids/{bid['id']}/hire", f"/gigs/{service['id']}/buy", "/settings/account"]
    page = window(client).page
    problems = []
    for path in (*seen, *named, *asked):
        at(page, 360)
        assert page.goto(path)
        problems += [(path, 360, found) for found in page.evaluate(TOO_WIDE)]
        if path in seen:
            at(page, 320)
            page.evaluate(SPACED)
            problems += [(path, 320, found) for found in page.evaluate(TOO_WIDE)]
    assert not problems, "\n".join(map(str, problems))
