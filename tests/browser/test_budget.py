"""What a first visit costs: bytes on the wire and requests (decision 55)."""

from playwright.sync_api import Browser, Request

from tests.support.client import Person
from tests.support.market import offer_service

MOST_BYTES = 60 * 1024  # of the bodies, as they are sent
MOST_FONTS = 75 * 1024
MOST_REQUESTS = 20  # without fonts and people's pictures


def test_a_first_visit_keeps_to_the_budget(browser: Browser, alice: Person) -> None:
    """A list, with its search, and a page that is followed, for visitors whose browsers have nothing of the site yet.

    Home asks for less than a list, and a job for as much as a service.
    """
    service = offer_service(alice)
    for path in ("/jobs", f"/gigs/{service['id']}"):
        context = browser.new_context(base_url=alice.url, viewport={"width": 360, "height": 740})
        page = context.new_page()
        seen: list[Request] = []
        page.on("requestfinished", lambda request, seen=seen: seen.append(request))
        page.goto(path, wait_until="networkidle")
        sizes = {request.url: request.sizes()["responseBodySize"] for request in seen}
        context.close()
        fonts = {url: size for url, size in sizes.items() if "/fonts/" in url}
        rest = {url: size for url, size in sizes.items() if not ("/fonts/" in url or "/pictures/" in url)}
        assert any(url.endswith("/htmx.min.js") for url in rest)
        assert len(rest) <= MOST_REQUESTS, (path, sorted(rest))
        assert sum(rest.values()) <= MOST_BYTES, (path, rest)
        assert sum(fonts.values()) <= MOST_FONTS, (path, fonts)
