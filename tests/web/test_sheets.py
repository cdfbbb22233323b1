"""Style sheets: what every page shares, what a page has for itself, and how much both may be (docs/ui.md, Look)."""

from pathlib import Path

import pytest

from tests.support.client import Client, Person
from tests.support.house import SHEETS
from tests.support.market import offer_service, post_job
from tests.support.money import bought, checkout
from tests.support.server import Server

SHARED_MOST = 40 * 1024  # bytes
PAGE_MOST = 48 * 1024  # with what is shared
LINE_MOST = 120


def sheets_of(client: Client, path: str) -> dict[str, int]:
    """The sheets that a page links, below static/css/, and their sizes as they are served."""
    links = [link.attrs["href"] or "" for link in client.page(path).all("link[rel=stylesheet]")]
    return {link.partition("/css/")[2]: len(client.get(link).content) for link in links}


def test_every_page_keeps_to_the_budget(server: Server, visitor: Client, alice: Person, bob: Person) -> None:
    """What is shared is the same everywhere, a page adds one sheet at most, and each sheet has a page."""
    job, service = post_job(alice), offer_service(bob)
    order = bought(alice, bob)
    shared = sheets_of(visitor, "/login")
    assert sum(shared.values()) <= SHARED_MOST
    added = set()
    for path in (
        "/",
        "/jobs",
        "/services",
        "/categories",
        "/api/docs",
        "/help",
        f"/gigs/{job['id']}",
        f"/gigs/{service['id']}",
        f"/u/{bob.id}",
        "/settings/account",
        "/notifications",
        "/messages",
        "/orders",
        f"/orders/{order['id']}",
    ):
        sheets = sheets_of(alice, path)
        own = sheets.keys() - shared.keys()
        assert sheets.keys() >= shared.keys(), path
        assert len(own) <= 1, path
        assert sum(sheets.values()) <= PAGE_MOST, path
        added |= own
    pay = checkout(alice, order).json()["checkoutUrl"]
    sandbox = sheets_of(alice, pay.removeprefix(server.url))
    assert sandbox.keys() == {"pages/sandbox.css"}  # another company's page
    assert added | sandbox.keys() == {f"pages/{sheet.name}" for sheet in (SHEETS / "pages").glob("*.css")}


@pytest.mark.parametrize("sheet", sorted(SHEETS.rglob("*.css")), ids=lambda sheet: sheet.stem)
def test_lines_of_a_sheet_can_be_read(sheet: Path) -> None:
    for number, line in enumerate(sheet.read_text(encoding="utf-8").splitlines(), 1):
        assert len(line) <= LINE_MOST, f"{sheet.name}:{number}"
