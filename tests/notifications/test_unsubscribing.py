"""One click in a mail program switches letters off (RFC 8058): signed out, from anywhere, whatever the body."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from bson import ObjectId
from pymongo.database import Database

from gigflow.web import signed_links
from tests.accounts.steps import letters_are_done
from tests.conftest import Join
from tests.support.client import Client, Person
from tests.support.mailbox import Outbox, Received
from tests.support.market import hire, place_bid, post_job
from tests.support.server import FORM_SECRET, Server

Db = Database[dict[str, Any]]

ONE_CLICK: list[dict[str, Any]] = [
    {"data": {"List-Unsubscribe": "One-Click"}},
    {"files": {"List-Unsubscribe": (None, "One-Click")}},
    {"data": b"", "headers": {"Content-Length": "0"}},
    {"json": {"anything": 1}},
    {"data": b"\xff\xfe{", "headers": {"Content-Type": "application/json"}},
    {"data": b"x", "headers": {"Content-Type": "multipart/form-data"}},
    {"data": b"x" * 1000, "headers": {"Content-Type": "text/plain; charset=none"}},
    {"data": b"a=b", "headers": {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}},
]


@pytest.fixture
def outbox(server: Server) -> Outbox:
    return Outbox(server.var_dir)


def hired_letter(alice: Person, bob: Person, outbox: Outbox) -> Received:
    """The letter that tells Bob of one more job."""
    before = len(outbox.of(bob.email))
    assert hire(alice, place_bid(bob, post_job(alice))).status_code == 200
    return outbox.wait_for(bob.email, "You have been hired", count=before + 1)


def stop_path(letter: Received) -> str:
    """Where the mail program's button leads, on whatever host."""
    assert letter.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    header = str(letter.message["List-Unsubscribe"])
    assert header.startswith("<http")
    assert header.endswith(">")
    return urlsplit(header[1:-1]).path


def email_choice(person: Person, event: str) -> bool:
    """Whether this person is written to of such an event."""
    return bool(person.get("/api/notifications/choices").json()["choices"][event]["email"])


def test_one_click_switches_off_letters_of_that_kind(
    alice: Person, bob: Person, visitor: Client, outbox: Outbox, db: Db
) -> None:
    path = stop_path(hired_letter(alice, bob, outbox))
    answer = visitor.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "These e-mails are off" in answer.text
    assert not email_choice(bob, "hired")
    assert email_choice(bob, "order_paid")
    assert bob.get("/api/notifications/choices").json()["choices"]["hired"]["app"]
    assert hire(alice, place_bid(bob, post_job(alice))).status_code == 200
    letters_are_done(db)
    assert len(outbox.of(bob.email, "You have been hired")) == 1
    assert bob.get("/api/notifications").json()["unread"] == 2


@pytest.mark.parametrize("sent", ONE_CLICK, ids=range(len(ONE_CLICK)))
def test_whatever_the_body_and_wherever_from(bob: Person, visitor: Client, sent: dict[str, Any]) -> None:
    answer = visitor.post(link_of(bob), **sent)
    assert answer.status_code == 200, answer.text
    assert not email_choice(bob, "hired")
    assert visitor.post(link_of(bob), **sent).status_code == 200  # as often as one likes


def link_of(person: Person, *events: str) -> str:
    """The link of a letter to this person."""
    words = [person.id, *(events or ("hired",))]
    return f"/unsubscribe/{signed_links.sign(FORM_SECRET, signed_links.STOP_LETTERS, words)}"


def test_following_the_link_changes_nothing_and_the_page_does(bob: Person, visitor: Client) -> None:
    """And there is a way back. No word on the page says whose letters they are."""
    page = visitor.page(link_of(bob))
    assert email_choice(bob, "hired")
    assert "You are hired for a job" in page.text
    assert bob.name not in page.text
    assert bob.email not in page.text
    off = page.submit("form[action$='turn=off']")
    assert (off.status, email_choice(bob, "hired")) == (200, False)
    on = off.submit("form[action$='turn=on']")
    assert (on.status, email_choice(bob, "hired")) == (200, True)
    none = on.submit("form[action$='turn=all-off']")
    assert (email_choice(bob, "hired"), email_choice(bob, "order_paid")) == (False, False)
    none.submit("form[action$='turn=all-on']")
    assert (email_choice(bob, "hired"), email_choice(bob, "bid_withdrawn")) == (True, False)


def test_a_letter_leads_to_the_settings_and_out(alice: Person, bob: Person, outbox: Outbox) -> None:
    letter = hired_letter(alice, bob, outbox)
    paths = [urlsplit(link).path for link in letter.links]
    assert "/settings/notifications" in paths
    assert stop_path(letter) in paths
    assert stop_path(letter) in letter.text


def test_letters_about_the_account_cannot_be_switched_off(bob: Person, outbox: Outbox) -> None:
    assert bob.post("/api/auth/forgot", {"email": bob.email}).status_code == 202
    letter = outbox.wait_for(bob.email)
    assert letter.message["List-Unsubscribe"] is None
    assert "/unsubscribe/" not in letter.text


def test_the_link_does_nothing_else(bob: Person, visitor: Client) -> None:
    """It signs nobody in, and is no other token."""
    path = link_of(bob)
    visitor.post(path)
    assert visitor.get("/api/auth/me").status_code == 401
    token = path.rpartition("/")[2]
    reset = visitor.post("/api/auth/reset", {"token": token, "password": "another horse 8"})
    assert reset.status_code == 400
    assert visitor.post("/api/auth/confirm", {"token": token}).status_code == 400


def test_a_link_that_nobody_was_sent_is_404(bob: Person, visitor: Client) -> None:
    token = link_of(bob).rpartition("/")[2]
    forged = [
        # Not the last: of its six bits some are no part of the signature.
        token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1],
        signed_links.sign("another secret", signed_links.STOP_LETTERS, [bob.id, "hired"]),
        signed_links.sign(FORM_SECRET, "another purpose", [bob.id, "hired"]),
        signed_links.sign(FORM_SECRET, signed_links.STOP_LETTERS, [str(ObjectId()), "hired"]),
        signed_links.sign(FORM_SECRET, signed_links.STOP_LETTERS, []),
        "nonsense",
        "💥",
        "%00",
        "a" * 2000,
    ]
    for each in forged:
        assert visitor.get(f"/unsubscribe/{each}").status_code == 404, each
        assert visitor.post(f"/unsubscribe/{each}").status_code == 404, each
    assert email_choice(bob, "hired")


def test_the_link_of_somebody_who_left_is_404(join: Join, visitor: Client) -> None:
    dora = join()
    path = link_of(dora)
    assert dora.delete("/api/auth/account", {"password": dora.password}).status_code == 200
    assert visitor.post(path).status_code == 404
