"""How many letters an account may have sent to addresses that are not its own (SECURITY 8)."""

import re
from collections.abc import Callable

import pytest
import requests

from tests.accounts.steps import CONFIRM, letters_are_done
from tests.conftest import PASSWORD, Join
from tests.support.client import Client, Person
from tests.support.mailbox import Outbox
from tests.support.market import code_of
from tests.support.server import Server

HOUR = 3600


@pytest.fixture(scope="module")
def limited(start_server: Callable[..., Server]) -> Server:
    """A server with its usual limits."""
    return start_server(RATE_LIMITS="on")


def ask(person: Person, email: str, password: str = "") -> requests.Response:
    """Ask for a letter to this address, with the right password or another."""
    return person.patch("/api/auth/email", {"email": email, "password": password or person.password})


def assert_too_many(answer: requests.Response) -> None:
    """In JSON it says when to ask again (docs/api.md, Errors)."""
    assert (answer.status_code, code_of(answer)) == (429, "too_many_requests")
    assert HOUR / 2 < int(answer.headers["Retry-After"]) <= HOUR + 1


def test_letters_of_one_account_are_limited(limited: Server, join: Join) -> None:
    """5 an hour, whether to many addresses or to the one that waits already."""
    alice, bob = join("Alice", at=limited), join("Bob", at=limited)
    for _ in range(4):
        assert ask(alice, f"1-{alice.email}", "wrong").status_code == 400  # has nothing sent
    for number in (1, 2, 3, 3, 3):
        assert ask(alice, f"{number}-{alice.email}").status_code == 202
    for number in (3, 4):
        assert_too_many(ask(alice, f"{number}-{alice.email}"))
    assert ask(bob, f"new-{bob.email}").status_code == 202
    letters_are_done(limited.db)
    # Of a wish that was replaced before its letter left nothing is sent.
    sent = [each for each in Outbox(limited.var_dir).received() if alice.email in each.receivers[0]]
    assert 1 <= len(sent) <= 5


def test_letters_to_one_stranger_are_limited(limited: Server, join: Join) -> None:
    """5 an hour, however many accounts ask and however they spell the address."""
    alice, bob = join("Alice", at=limited), join("Bob", at=limited)
    stranger = f"stranger-{alice.email}"
    for person, email in (
        (alice, stranger),
        (alice, stranger.upper()),
        (alice, f" {stranger} "),
        (bob, stranger),
        (bob, stranger.title()),
    ):
        assert ask(person, email).status_code == 202
    assert_too_many(ask(bob, stranger))
    assert_too_many(ask(alice, stranger.upper()))
    assert ask(bob, f"new-{bob.email}").status_code == 202
    letters_are_done(limited.db)
    assert 1 <= len(Outbox(limited.var_dir).of(stranger, CONFIRM)) <= 5


def test_the_page_says_when_to_ask_again(limited: Server, join: Join) -> None:
    """A change that is taken back counts."""
    alice = join("Alice", at=limited)
    typed = {"email": f"new-{alice.email}", "password": alice.password}
    for _ in range(4):
        assert ask(alice, typed["email"]).status_code == 202
    page = alice.page("/settings/account").submit("#email-form form")  # Keep the old one
    page = page.submit("#email-form form", **typed)
    assert (page.status, "A link is on its way" in page.text) == (200, True)
    page = page.submit("#email-form form")
    refused = page.submit("#email-form form", **typed)
    assert refused.status == 429
    assert refused.values("#email-form form")["email"] == typed["email"]
    assert re.search(r"in \d+ minutes", refused.text), refused.text
    assert HOUR / 2 < int(refused.response.headers["Retry-After"]) <= HOUR + 1


@pytest.fixture(scope="module")
def confirming(start_server: Callable[..., Server]) -> Server:
    """A server with its usual limits, where addresses have to be confirmed."""
    return start_server(RATE_LIMITS="on", CONFIRM_EMAIL="on")


def test_the_letter_that_confirms_is_sent_again_so_often(confirming: Server, join: Join) -> None:
    """5 an hour; the page says so, too."""
    zoe = join("Zoe", at=confirming)
    for _ in range(5):
        assert zoe.post("/api/auth/confirm/send").status_code == 202
    assert_too_many(zoe.post("/api/auth/confirm/send"))
    page = zoe.page("/").submit("#send-confirmation")
    assert page.status == 429
    assert "Try again in" in page.one("#unconfirmed [role=alert]").to_text()


def test_nobody_joins_by_one_address_again_and_again(confirming: Server, join: Join) -> None:
    """Each time its owner would get a letter, who may be a stranger."""
    zoe = join("Zoe", at=confirming)
    for _ in range(4):
        assert zoe.delete("/api/auth/account", {"password": zoe.password}).status_code == 200
        again = zoe.post("/api/auth/register", {"name": "Zoe", **zoe.credentials})
        assert again.status_code == 201
    assert zoe.delete("/api/auth/account", {"password": zoe.password}).status_code == 200
    assert_too_many(zoe.post("/api/auth/register", {"name": "Zoe", **zoe.credentials}))
    letters_are_done(confirming.db)
    assert len(Outbox(confirming.var_dir).of(zoe.email)) <= 5


def test_wrong_passwords_count_together_however_the_address_is_spelt(limited: Server) -> None:
    """Or a domain in two scripts would be twice as many guesses."""
    zoe = Person(limited.url, "Zoe", "zoe@bücher.example", PASSWORD)
    spellings = (zoe.email, "zoe@xn--bcher-kva.example")
    guesser = Client(limited.url)
    statuses = [
        guesser.post("/api/auth/login", {"email": spellings[each % 2], "password": "wrong"}).status_code
        for each in range(6)
    ]
    assert statuses == [401] * 5 + [429]
