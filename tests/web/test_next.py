"""Where people get to after signing in or up: a page of this site, whatever an address says (SECURITY 14)."""

import secrets

import pytest

from tests.conftest import PASSWORD
from tests.support.client import Client, Person

FOREIGN = (
    "https://evil.test/",
    "//evil.test/",
    "/\\evil.test",
    "javascript:alert(1)",
    "/\t/evil.test",
    "evil.test",
)


@pytest.mark.parametrize("target", FOREIGN)
def test_signing_up_leads_nowhere_else(visitor: Client, target: str) -> None:
    """SECURITY 14."""
    account = {"name": "Nina", "email": f"n-{secrets.token_hex(6)}@example.test", "password": PASSWORD}
    form = {"csrf_token": visitor.form_token(), "next": target, **account}
    answer = visitor.post("/register", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/notifications/read"),
        ("POST", "/settings/profile"),
        ("POST", "/settings/portfolio"),
        ("POST", "/settings/notifications"),
        ("POST", "/settings/account/email"),
    ],
)
def test_a_form_of_a_visitor_leads_back_to_its_page_of_this_site(
    visitor: Client, method: str, path: str
) -> None:
    """SECURITY 14: whatever the Referer or HTMX claim."""
    here = f"{visitor.url}/settings/profile?saved=1"
    for name in ("Referer", "HX-Current-URL"):
        for said, back in ((here, "/settings/profile?saved=1"), *((foreign, "/") for foreign in FOREIGN)):
            answer = visitor.request(method, path, data={}, headers={name: said.strip().replace("\t", "%09")})
            assert answer.status_code == 303
            target = (
                Client(visitor.url).page(answer.headers["Location"]).values("#login-form").get("next", "/")
            )
            assert target == back, (name, said)


@pytest.mark.parametrize(
    "path", ["/settings/profile", "/settings/portfolio/new", "/settings/devices?ended=2"]
)
def test_signing_in_leads_to_the_page_that_was_wanted(visitor: Client, alice: Person, path: str) -> None:
    sign_in = visitor.page(path)
    assert sign_in.path.startswith("/login?next=")
    assert sign_in.submit("#login-form", **alice.credentials).path == path


def test_a_notice_is_one_of_ours(visitor: Client) -> None:
    """What stands in the address of the sign-in page is never shown as our own words."""
    assert "all devices are signed out" in visitor.page("/login?notice=reset").text
    for made_up in ("<b>Call 555</b>", "Your account was shut", "", "__class__"):
        page = visitor.page("/login", params={"notice": made_up})
        assert not page.all("[role=status] p:not(.banner)")
        assert "555" not in page.text
