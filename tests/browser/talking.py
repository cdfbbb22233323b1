"""What tests of conversations do on their page."""

from playwright.sync_api import CDPSession, Page, expect

from tests.browser.chromium import Window, connected
from tests.support.client import Person
from tests.support.market import place_bid, post_job
from tests.support.talk import heard, open_talk

CUT = ("ERR_", "WebSocket connection", "Failed to fetch")


def partners(one: Person, other: Person) -> str:
    """What two people talk about who share a bid, so that nothing is limited."""
    job = post_job(one)
    place_bid(other, job)
    return open_talk(one, other, gigId=job["id"])


def at(opened: Window, talk: str) -> Page:
    """The page of a conversation, once nothing can be missed there."""
    return ready(opened.page, talk)


def ready(page: Page, talk: str) -> Page:
    """The same, in any tab."""
    page.goto(f"/messages/{talk}")
    connected(page)
    return page


def write(page: Page, *words: str) -> None:
    """Write these messages and hand each over by Enter."""
    for each in words:
        page.locator("#message-text").fill(each)
        page.locator("#message-text").press("Enter")


def shows(page: Page, *words: str) -> None:
    """The log has these messages and no others, in this order."""
    expect(page.locator("#entries .said .rich")).to_have_text(list(words))


def stored(person: Person, talk: str) -> list[str]:
    """The words of the conversation as this person gets them."""
    return [each["text"] for each in heard(person, talk) if each["kind"] == "text"]


def unsent(page: Page) -> int:
    """How many messages this browser keeps to be sent."""
    count: int = page.evaluate(
        "() => Object.keys(localStorage).filter(key => key.startsWith('outbox:')).length"
    )
    return count


def was_cut(*windows: Window) -> None:
    """The test has cut connections, of which the console tells."""
    for opened in windows:
        for part in CUT:
            opened.expect_complaint(part)


def cdp(page: Page) -> CDPSession:
    """Chromium's own protocol, for what no person can do."""
    return page.context.new_cdp_session(page)
