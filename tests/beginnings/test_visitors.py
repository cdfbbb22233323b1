"""A visitor writes first and joins at the end: nothing is lost, and it goes out by itself, once."""

import secrets

import pytest

from tests.conftest import PASSWORD, shared
from tests.support.client import Client, Page, Person
from tests.support.market import offer_service, unique_word
from tests.support.races import at_once
from tests.support.server import Server

alice = shared("Alice Owner")


def typed(title: str) -> dict[str, str]:
    return {"title": title, "description": "What it is about.", "budget": "120"}


def write_job(visitor: Client, title: str) -> Page:
    """The page at which the visitor joins."""
    return visitor.page("/gigs/new").submit("#gig-form", **typed(title))


def join_by(page: Page, name: str = "Nina New") -> Page:
    email = f"nina-{secrets.token_hex(6)}@example.test"
    return page.submit("#register-form", name=name, email=email, password=PASSWORD, intent="client")


def found(client: Client, title: str) -> list[str]:
    return [gig["title"] for gig in client.get("/api/gigs/search", params={"q": title}).json()["gigs"]]


def test_a_job_goes_out_when_its_writer_joins(visitor: Client) -> None:
    title = unique_word()
    page = write_job(visitor, title)
    assert page.texts("#register-form .alert p") == [f"Your job “{title}” is ready. Join to publish it."]
    assert found(visitor, title) == []
    shown = join_by(page)
    assert shown.texts("h1") == [title]
    assert found(visitor, title) == [title]
    assert visitor.cookie("begun") is None


def test_the_cookie_is_signed_and_out_of_reach(visitor: Client, server: Server) -> None:
    title = unique_word()
    token = visitor.page("/gigs/new").values("#gig-form")
    answer = visitor.post("/gigs", data={**token, **typed(title)}, allow_redirects=False)
    kept = answer.headers["Set-Cookie"]
    assert "begun=" in kept
    assert "HttpOnly" in kept
    assert "SameSite=Lax" in kept
    other = Client(server.url)
    other.set_cookie("begun", (visitor.cookie("begun") or "")[:-3] + "abc")
    assert other.page("/register").all("#register-form .alert") == []


def test_what_is_wrong_is_said_before_one_joins(visitor: Client) -> None:
    form = visitor.page("/gigs/new")
    refused = form.submit("#gig-form", title="", description="Kept text", budget="10")
    assert refused.response.status_code == 400
    assert refused.errors("#gig-form").keys() == {"title"}
    assert refused.values("#gig-form")["description"] == "Kept text"
    assert visitor.cookie("begun") is None


def test_a_service_goes_out_by_signing_in(server: Server, alice: Person) -> None:
    title, browser = unique_word(), Client(server.url)
    page = browser.page("/gigs/new?kind=service").submit(
        "#service-form", title=title, description="All of it", price="80"
    )
    page = browser.page("/login")
    assert title in page.texts("#login-form .alert p")[0]
    shown = page.submit("#login-form", **alice.credentials)
    assert shown.texts("h1") == [title]
    assert found(browser, title) == [title]


def test_nobody_publishes_what_they_have_not_seen(server: Server, alice: Person) -> None:
    """Somebody else has left it at this computer; the sign-in page was open before."""
    browser, title = Client(server.url), unique_word()
    opened = browser.page("/login")
    write_job(browser, title)
    opened.submit("#login-form", **alice.credentials)
    assert found(browser, title) == []


def opened_before(server: Server, who: Person, title: str) -> tuple[Client, Page]:
    """A browser whose owner signed in by a page that was open before they wrote a job, and their home page."""
    browser = Client(server.url)
    opened = browser.page("/login")
    write_job(browser, title)
    opened.submit("#login-form", **who.credentials)
    return browser, browser.page("/")


def test_what_a_sign_in_did_not_name_can_be_published(server: Server, alice: Person) -> None:
    title = unique_word()
    browser, home = opened_before(server, alice, title)
    assert f"You wrote “{title}” before you signed in." in home.text
    shown = home.submit("form[action$='/go-on']")
    assert shown.texts("h1") == [title]
    assert found(browser, title) == [title]
    assert browser.cookie("begun") is None


def test_what_a_sign_in_did_not_name_can_be_thrown_away(server: Server, alice: Person) -> None:
    title = unique_word()
    browser, home = opened_before(server, alice, title)
    home = home.submit("form[action$='/discard']")
    assert "before you signed in" not in home.text
    assert browser.cookie("begun") is None
    assert server.db["beginnings"].find_one({"job.title": title}) is None


def test_only_this_browser_can_publish_it(server: Server, alice: Person) -> None:
    title, writer = unique_word(), Client(server.url)
    begun = write_job(writer, title).values("#register-form")["kept"]
    data = {"csrf_token": alice.form_token()}
    assert alice.post(f"/begun/{begun}/go-on", data=data).status_code == 404
    assert found(alice, title) == []


def test_a_visitor_reads_that_the_order_goes_on(visitor: Client, alice: Person) -> None:
    service = offer_service(alice, title=unique_word())
    assert visitor.page(f"/gigs/{service['id']}/buy").texts("#ask button") == ["Continue to order"]


def test_it_can_be_thrown_away(visitor: Client) -> None:
    title = unique_word()
    page = write_job(visitor, title)
    page = page.submit("form[action$='/discard']")
    assert page.all("#register-form .alert") == []
    join_by(page)
    assert found(visitor, title) == []


def test_each_thing_that_waits_has_its_own_button_to_discard_it(visitor: Client) -> None:
    title = unique_word()
    write_job(visitor, f"{title} one")
    page = write_job(visitor, f"{title} two")
    forms = [button.attrs["form"] for button in page.all("#register-form .alert button")]
    assert page.texts("#register-form .alert button") == [
        f"Discard : {title} {each}" for each in ("one", "two")
    ]
    page = page.submit(f"#{forms[0]}")
    assert page.texts("#register-form .alert p") == [f"Your job “{title} two” is ready. Join to publish it."]


def test_what_waits_can_be_edited_and_takes_its_place(visitor: Client) -> None:
    title = unique_word()
    form = visitor.page(write_job(visitor, f"{title} old").one("#register-form .alert a").attrs["href"] or "")
    assert form.values("#gig-form")["title"] == f"{title} old"
    refused = form.submit("#gig-form", title="")
    assert refused.errors("#gig-form").keys() == {"title"}
    page = refused.submit("#gig-form", title=f"{title} new")
    assert page.texts("#register-form .alert p") == [f"Your job “{title} new” is ready. Join to publish it."]
    join_by(page)
    assert found(visitor, title) == [f"{title} new"]


def test_a_service_that_waits_can_be_edited(visitor: Client) -> None:
    title = unique_word()
    page = visitor.page("/gigs/new?kind=service").submit(
        "#service-form", title=f"{title} old", description="All of it", price="80"
    )
    form = visitor.page(page.one("#register-form .alert a").attrs["href"] or "")
    page = form.submit("#service-form", title=f"{title} new")
    assert len(page.all("#register-form .alert")) == 1
    assert f"{title} new" in page.texts("#register-form .alert p")[0]


def test_another_browser_cannot_edit_it(visitor: Client, server: Server) -> None:
    """Neither is it shown there, nor does a form that names it replace it."""
    title, other = unique_word(), Client(server.url)
    begun = write_job(visitor, title).values("#register-form")["kept"]
    assert other.get(f"/begun/{begun}/edit").status_code == 404
    data = {**other.page("/gigs/new").values("#gig-form"), **typed("Mine"), "begun": begun}
    assert other.post("/gigs", data=data).ok
    assert f"“{title}”" in visitor.page("/register").texts("#register-form .alert p")[0]


def test_another_browser_cannot_throw_it_away_or_read_it(
    visitor: Client, server: Server, alice: Person
) -> None:
    page = write_job(visitor, unique_word())
    begun = page.values("#register-form")["kept"]
    other = Client(server.url)
    data = {"csrf_token": other.form_token()}
    assert other.post(f"/begun/{begun}/discard", data=data).status_code == 404
    assert alice.get(f"/begun/{begun}").status_code == 404
    assert visitor.page("/register").all("#register-form .alert")


def test_the_same_again_takes_its_place_and_there_is_a_bound(visitor: Client) -> None:
    title = unique_word()
    for _ in range(2):
        page = write_job(visitor, title)
    assert len(page.all("#register-form .alert")) == 1
    for number in range(2):
        page = write_job(visitor, f"{title} {number}")
    assert len(page.all("#register-form .alert")) == 3
    refused = write_job(visitor, f"{title} too many")
    assert refused.response.status_code == 409
    assert refused.values("#gig-form")["title"] == f"{title} too many"
    join_by(page)
    assert sorted(found(visitor, title)) == [title, f"{title} 0", f"{title} 1"]


def test_two_tabs_that_join_at_once_post_one_job(server: Server, alice: Person) -> None:
    """Two sign-ins of the same browser, with the same cookie, at the same moment."""
    browser, title = Client(server.url), unique_word()
    write_job(browser, title)
    values = {**browser.page("/login").values("#login-form"), **alice.credentials}
    tabs = [browser.twin() for _ in range(4)]
    answers = at_once(
        [lambda tab=tab: tab.post("/login", data=values, allow_redirects=False) for tab in tabs]
    )
    assert {answer.status_code for answer in answers} == {303}
    assert found(browser, title) == [title]


def test_buying_goes_on_after_joining(visitor: Client, alice: Person) -> None:
    service = offer_service(alice, title=unique_word())
    page = visitor.page(f"/gigs/{service['id']}/buy").submit("#ask form")
    assert page.texts("#register-form .alert p") == [
        f"“{service['title']}” is waiting for you. Join to order it."
    ]
    asked = join_by(page)
    assert asked.texts("#dialog-title") == ["Buy this service?"]
    assert asked.all(".alert[role=alert]") == []
    paying = asked.submit("#ask form")
    assert "/checkout/" in paying.response.url


def test_a_price_that_changed_in_between_is_told(visitor: Client, alice: Person) -> None:
    service = offer_service(alice, title=unique_word(), price=40)
    page = visitor.page(f"/gigs/{service['id']}/buy").submit("#ask form")
    assert alice.patch(f"/api/gigs/{service['id']}", {"price": 55}).ok
    asked = join_by(page)
    assert "has changed" in asked.texts(".alert")[0]
    assert "55" in asked.texts(".terms .total dd")[0]


def test_a_service_that_is_gone_is_told(visitor: Client, alice: Person) -> None:
    service = offer_service(alice, title=unique_word())
    page = visitor.page(f"/gigs/{service['id']}/buy").submit("#ask form")
    assert alice.delete(f"/api/gigs/{service['id']}").ok
    gone = join_by(page)
    assert "no longer offered" in gone.text
    assert service["title"] in gone.text


def test_a_visitor_can_open_the_dialog_of_a_service_without_an_account(
    visitor: Client, alice: Person
) -> None:
    service = offer_service(alice, title=unique_word())
    page = visitor.page(f"/gigs/{service['id']}")
    assert visitor.page(page.one("a[href$='/buy']").attrs["href"] or "").texts("#dialog-title")


@pytest.mark.parametrize("intent", ["client", "freelancer", ""])
def test_first_steps_go_away_when_they_are_dismissed(visitor: Client, intent: str) -> None:
    values = visitor.page("/register").values("#register-form")
    email = f"nina-{secrets.token_hex(6)}@example.test"
    data = {**values, "name": "Nina", "email": email, "password": PASSWORD, "intent": intent}
    assert visitor.post("/register", data=data).ok
    page = visitor.page("/")
    words = " ".join(page.texts(".first-steps li"))
    assert ("Post a job, or buy" in words, "Send a bid" in words) == (
        intent != "freelancer",
        intent != "client",
    )
    page = page.submit(".first-steps form")
    assert page.all(".first-steps") == []
    assert visitor.page("/").all(".first-steps") == []
