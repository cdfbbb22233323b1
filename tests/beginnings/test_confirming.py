"""Where addresses are confirmed, what a visitor wrote goes out by itself when the letter's link is followed, once."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from bson import ObjectId

from tests.accounts.steps import token_of
from tests.beginnings.test_visitors import found, typed, write_job
from tests.conftest import PASSWORD
from tests.support.client import Client, Person
from tests.support.mailbox import Outbox
from tests.support.market import offer_service, unique_word
from tests.support.races import at_once
from tests.support.server import Server
from tests.support.ticks import do_house
from tests.support.waiting import wait_for

JOINED = "Confirm your address"


@pytest.fixture(scope="module")
def asking(start_server: Callable[..., Server]) -> Server:
    """Two processes, where addresses have to be confirmed."""
    return start_server(CONFIRM_EMAIL="on", WEB_PROCESSES="2")


@pytest.fixture(scope="module")
def outbox(asking: Server) -> Outbox:
    return Outbox(asking.var_dir)


class Newcomer(Client):
    """A browser that has written a job and joined for it a moment ago."""

    def __init__(self, server: Server, title: str = "", service: str = "") -> None:
        super().__init__(server.url)
        self.email = f"nina-{secrets.token_hex(6)}@example.test"
        page = write_job(self, title) if title else self.page(f"/gigs/{service}/buy").submit("#ask form")
        self.first = page.submit("#register-form", name="Nina", email=self.email, password=PASSWORD)


def tick(server: Server) -> None:
    """Do all that is due, in a process of its own."""
    assert server.command("gigflow", "tick").returncode == 0


def is_out(person: Client, title: str) -> None:
    """It is listed, once: in each process a moment after it went out in one of them."""
    assert wait_for(lambda: found(person, title), what="the job in the list") == [title]


def test_it_goes_out_when_the_link_is_followed_on_another_device(asking: Server, outbox: Outbox) -> None:
    title = unique_word()
    nina = Newcomer(asking, title)
    assert f"“{title}” goes out by itself once your e-mail address is confirmed." in nina.first.text
    assert found(nina, title) == []
    phone = Client(asking.url)
    page = phone.page(f"/confirm/{token_of(outbox.wait_for(nina.email, JOINED))}").submit("#confirm form")
    assert f"Your job “{title}” is published." in page.text
    is_out(nina, title)
    assert phone.page(page.one("#confirm .alert a").attrs["href"] or "").texts("h1") == [title]
    login = phone.page(page.one("#confirm a.button").attrs["href"] or "")
    page = login.submit("#login-form", email=nina.email, password=PASSWORD)
    assert page.texts("h1") == [title]


def test_the_letter_says_what_waits_in_none_of_their_words(asking: Server, outbox: Outbox) -> None:
    title = unique_word()
    nina = Newcomer(asking, title)
    letter = outbox.wait_for(nina.email, JOINED)
    assert "Your job goes out once you confirm." in letter.text
    assert title not in letter.text


def test_the_home_page_where_it_was_written_says_that_it_is_out(asking: Server, outbox: Outbox) -> None:
    title = unique_word()
    nina = Newcomer(asking, title)
    token = token_of(outbox.wait_for(nina.email, JOINED))
    Client(asking.url).page(f"/confirm/{token}").submit("#confirm form")
    home = nina.page("/")
    assert f"Your job “{title}” is published." in home.text
    assert "is published." not in home.submit(".alert form[action$='/discard']").text
    is_out(nina, title)


def test_what_waits_can_be_corrected(asking: Server, outbox: Outbox) -> None:
    """What goes out is what was written last; a day that has passed is refused at its field."""
    title, right = unique_word(), unique_word()
    nina = Newcomer(asking, title)
    begun = asking.db["beginnings"].find_one({"job.title": title})
    page = nina.page(f"/begun/{begun['_id']}")
    refused = page.submit("#gig-form", title=right, due_on="2020-01-01")
    assert (refused.status, refused.values("#gig-form")["title"]) == (400, right)
    home = page.submit("#gig-form", title=right)
    assert (home.path, f"“{right}” goes out by itself" in home.text) == ("/", True)
    nina.page(f"/confirm/{token_of(outbox.wait_for(nina.email, JOINED))}").submit("#confirm form")
    is_out(nina, right)
    assert found(nina, title) == []


def test_followed_at_once_in_two_processes_it_goes_out_once(asking: Server, outbox: Outbox) -> None:
    title = unique_word()
    nina = Newcomer(asking, title)
    token = token_of(outbox.wait_for(nina.email, JOINED))
    tabs = [nina, *(Client(asking.url) for _ in range(5))]
    sent = [{"csrf_token": tab.form_token()} for tab in tabs]
    at_once(
        [
            lambda tab=tab, data=data: tab.post(f"/confirm/{token}", data=data)
            for tab, data in zip(tabs, sent, strict=True)
        ]
        + [lambda: tick(asking)]
    )
    is_out(nina, title)
    tick(asking)
    is_out(nina, title)


def test_a_killed_process_leaves_it_to_the_tick(asking: Server, outbox: Outbox) -> None:
    """The address was confirmed, and the process did not live to publish: what is due stands in the database."""
    title = unique_word()
    nina = Newcomer(asking, title)
    token = token_of(outbox.wait_for(nina.email, JOINED))
    # The API's confirmation is the transaction alone, as of a process that is killed right after it.
    assert nina.post("/api/auth/confirm", {"token": token}).ok
    at_once([lambda: tick(asking), lambda: tick(asking)])
    is_out(nina, title)


def test_what_no_longer_passes_says_so_and_loses_nothing(asking: Server, outbox: Outbox) -> None:
    title = unique_word()
    nina = Newcomer(asking, title)
    begun = asking.db["beginnings"].find_one({"job.title": title})
    crossed = {
        "job.start_on": datetime(2031, 1, 2, tzinfo=UTC),
        "job.due_on": datetime(2031, 1, 1, tzinfo=UTC),
    }
    asking.db["beginnings"].update_one({"_id": begun["_id"]}, {"$set": crossed})
    page = nina.page(f"/confirm/{token_of(outbox.wait_for(nina.email, JOINED))}").submit("#confirm form")
    assert page.response.url == f"{asking.url}/begun/{begun['_id']}"
    assert "This is before the start." in page.text
    assert page.values("#gig-form")["title"] == title
    assert "could not go out" in nina.page("/").text
    shown = page.submit("#gig-form", due_on="2031-02-01")
    assert shown.texts("h1") == [title]
    is_out(nina, title)
    assert nina.get(f"/begun/{begun['_id']}", allow_redirects=False).status_code == 303


def test_a_purchase_waits_for_the_link_too(asking: Server, outbox: Outbox) -> None:
    seller = Person(asking.url, "Sam", f"sam-{secrets.token_hex(6)}@example.test", PASSWORD)
    seller.post("/api/auth/confirm", {"token": token_of(outbox.wait_for(seller.email, JOINED))})
    service = offer_service(seller, title=unique_word())
    nina = Newcomer(asking, service=service["id"])
    assert service["title"] in nina.first.text
    page = nina.page(f"/confirm/{token_of(outbox.wait_for(nina.email, JOINED))}").submit("#confirm form")
    assert page.texts("#dialog-title") == ["Buy this service?"]


def test_a_purchase_goes_on_where_it_was_begun_if_the_link_was_followed_elsewhere(
    asking: Server, outbox: Outbox
) -> None:
    seller = Person(asking.url, "Sam", f"sam-{secrets.token_hex(6)}@example.test", PASSWORD)
    seller.post("/api/auth/confirm", {"token": token_of(outbox.wait_for(seller.email, JOINED))})
    service = offer_service(seller, title=unique_word())
    nina = Newcomer(asking, service=service["id"])
    token = token_of(outbox.wait_for(nina.email, JOINED))
    Client(asking.url).page(f"/confirm/{token}").submit("#confirm form")
    home = nina.page("/")
    assert f"You can now order “{service['title']}”." in home.text
    asked = home.submit("form[action$='/go-on']")
    assert asked.texts("#dialog-title") == ["Buy this service?"]


def test_what_nobody_joins_for_expires(asking: Server) -> None:
    title, visitor = unique_word(), Client(asking.url)
    write_job(visitor, title)
    rows = asking.db["beginnings"]
    rows.update_one({"job.title": title}, {"$set": {"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}})
    do_house(asking.house)
    wait_for(lambda: rows.find_one({"job.title": title}) is None)
    assert visitor.page("/register").all("#register-form .alert") == []


def test_strangers_are_limited(start_server: Callable[..., Server]) -> None:
    strict = start_server(RATE_LIMITS="strict", LIMIT_BEGINNINGS="1/hour")
    visitor = Client(strict.url)
    assert write_job(visitor, "One").all("#register-form .alert")
    refused = write_job(visitor, "Two")
    assert refused.response.status_code == 429
    assert refused.values("#gig-form") | typed("Two") == refused.values("#gig-form")


def test_deleting_the_account_deletes_what_it_began(asking: Server) -> None:
    title = unique_word()
    nina = Newcomer(asking, title)
    begun = asking.db["beginnings"].find_one({"job.title": title})
    assert isinstance(begun["user_id"], ObjectId)
    answer = nina.delete("/api/auth/account", {"password": PASSWORD})
    assert answer.ok, answer.text
    wait_for(lambda: asking.db["beginnings"].find_one({"job.title": title}) is None)
